//! `tojson` as Python's `json.dumps(value, ensure_ascii=False)` writes it, which is what chat templates were written for.

use minijinja::value::ValueKind;
use minijinja::{Error, ErrorKind, Value};

/// The JSON of a value whose size was weighed; `indent` spaces a level, or all on one line.
pub(super) fn to_json(value: &Value, indent: Option<usize>) -> Result<String, Error> {
    let mut out = String::new();
    write(&mut out, value, indent.map(|n| n.min(16)), 0)?;
    Ok(out)
}

fn write(out: &mut String, value: &Value, indent: Option<usize>, level: usize) -> Result<(), Error> {
    match value.kind() {
        ValueKind::Undefined | ValueKind::None => out.push_str("null"),
        ValueKind::Bool => out.push_str(if value.is_true() { "true" } else { "false" }),
        ValueKind::Number if value.is_integer() => out.push_str(&value.to_string()),
        ValueKind::String => quote(out, value.as_str().unwrap_or_default()),
        ValueKind::Seq | ValueKind::Iterable => {
            let items: Vec<Value> = value.try_iter()?.collect();
            let written = items.iter().map(|item| (None, item));
            block(out, ['[', ']'], written, indent, level)?;
        }
        ValueKind::Map => {
            let mut pairs = Vec::new();
            for key in value.try_iter()? {
                let item = value.get_item(&key)?;
                pairs.push((key, item));
            }
            block(out, ['{', '}'], pairs.iter().map(|(k, v)| (Some(k), v)), indent, level)?;
        }
        other => return Err(Error::new(ErrorKind::BadSerialization, format!("tojson cannot write a value of kind {other}"))),
    }
    Ok(())
}

fn block<'a>(
    out: &mut String,
    brackets: [char; 2],
    items: impl ExactSizeIterator<Item = (Option<&'a Value>, &'a Value)>,
    indent: Option<usize>,
    level: usize,
) -> Result<(), Error> {
    let empty = items.len() == 0;
    out.push(brackets[0]);
    for (i, (key, item)) in items.enumerate() {
        match indent {
            Some(n) => {
                out.push_str(if i > 0 { ",\n" } else { "\n" });
                out.extend(std::iter::repeat_n(' ', n * (level + 1)));
            }
            None if i > 0 => out.push_str(", "),
            None => (),
        }
        if let Some(key) = key {
            quote(out, &key.to_string());
            out.push_str(": ");
        }
        write(out, item, indent, level + 1)?;
    }
    if let (Some(n), false) = (indent, empty) {
        out.push('\n');
        out.extend(std::iter::repeat_n(' ', n * level));
    }
    out.push(brackets[1]);
    Ok(())
}

fn quote(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            c if (c as u32) < 0x20 => out.push_str(&format!("\\u{:04x}", c as u32)),
            c => out.push(c),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_what_python_writes() {
        let value = Value::from_serialize(serde_json::json!({"a": [1, true, null, "é\n\u{1}\u{7f}\"<\\"], "b": {}, "c": []}));
        assert_eq!(
            to_json(&value, None).unwrap(),
            "{\"a\": [1, true, null, \"é\\n\\u0001\u{7f}\\\"<\\\\\"], \"b\": {}, \"c\": []}"
        );
        let small = Value::from_serialize(serde_json::json!({"a": [1, 2], "b": []}));
        assert_eq!(to_json(&small, Some(2)).unwrap(), "{\n  \"a\": [\n    1,\n    2\n  ],\n  \"b\": []\n}");
    }
}
