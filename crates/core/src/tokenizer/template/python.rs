//! The methods of Python's strings and dictionaries that chat templates call.

use minijinja::value::{ValueKind, from_args};
use minijinja::{Error, ErrorKind, Value};

use super::meter::Meter;

/// `value.method(args)` for values that have no such method of their own.
pub(super) fn method(meter: &Meter, value: &Value, method: &str, args: &[Value]) -> Result<Value, Error> {
    match (value.as_str(), value.kind()) {
        (Some(text), _) => string(meter, text, method, args),
        (None, ValueKind::Map) => map(value, method, args),
        _ => Err(Error::from(ErrorKind::UnknownMethod)),
    }
}

fn string(meter: &Meter, text: &str, method: &str, args: &[Value]) -> Result<Value, Error> {
    let none = || from_args::<()>(args);
    Ok(match method {
        "upper" => none().map(|()| text.to_uppercase().into())?,
        "lower" => none().map(|()| text.to_lowercase().into())?,
        "strip" => strip(text, args, true, true)?.into(),
        "lstrip" => strip(text, args, true, false)?.into(),
        "rstrip" => strip(text, args, false, true)?.into(),
        "startswith" => any(args, |part| text.starts_with(part))?.into(),
        "endswith" => any(args, |part| text.ends_with(part))?.into(),
        "isspace" => none().map(|()| Value::from(!text.is_empty() && text.chars().all(is_space)))?,
        "isdigit" => none().map(|()| Value::from(!text.is_empty() && text.chars().all(|c| c.is_ascii_digit())))?,
        "replace" => {
            let (old, new, count): (&str, &str, Option<i64>) = from_args(args)?;
            replace(meter, text, old, new, count)?.into()
        }
        "split" => split(meter, text, args, false)?,
        "rsplit" => split(meter, text, args, true)?,
        "splitlines" => none().and_then(|()| list(meter, text.lines()))?,
        "join" => {
            let (parts,): (&Value,) = from_args(args)?;
            join(meter, parts, text)?.into()
        }
        "find" => position(text, from_args::<(&str,)>(args).map(|(part,)| text.find(part))?),
        "rfind" => position(text, from_args::<(&str,)>(args).map(|(part,)| text.rfind(part))?),
        "count" => from_args::<(&str,)>(args).map(|(part,)| Value::from(text.matches(part).count()))?,
        "removeprefix" => from_args::<(&str,)>(args).map(|(part,)| text.strip_prefix(part).unwrap_or(text).into())?,
        "removesuffix" => from_args::<(&str,)>(args).map(|(part,)| text.strip_suffix(part).unwrap_or(text).into())?,
        "capitalize" => none().map(|()| capitalize(text).into())?,
        "title" => none().map(|()| title(text).into())?,
        _ => return Err(Error::from(ErrorKind::UnknownMethod)),
    })
}

fn map(value: &Value, method: &str, args: &[Value]) -> Result<Value, Error> {
    let keys = || value.try_iter().map(|keys| keys.collect::<Vec<_>>());
    Ok(match method {
        "get" => {
            let (key, default): (&Value, Option<Value>) = from_args(args)?;
            let item = value.get_item(key)?;
            if item.is_undefined() { default.unwrap_or(Value::from(())) } else { item }
        }
        "keys" => from_args::<()>(args).and_then(|()| keys())?.into(),
        "values" => {
            from_args::<()>(args)?;
            let values: Result<Vec<Value>, Error> = keys()?.iter().map(|key| value.get_item(key)).collect();
            values?.into()
        }
        "items" => {
            from_args::<()>(args)?;
            let items: Result<Vec<Value>, Error> =
                keys()?.into_iter().map(|key| Ok(Value::from(vec![key.clone(), value.get_item(&key)?]))).collect();
            items?.into()
        }
        _ => return Err(Error::from(ErrorKind::UnknownMethod)),
    })
}

/// What Python takes for white space: Unicode's, and four separators of ASCII.
pub(super) fn is_space(c: char) -> bool {
    c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c)
}

/// `strip`, `lstrip` and `rstrip`, also the filter `trim`.
pub(super) fn strip<'t>(text: &'t str, args: &[Value], start: bool, end: bool) -> Result<&'t str, Error> {
    let (chars,): (Option<&str>,) = from_args(args)?;
    let strips = |c: char| chars.map_or_else(|| is_space(c), |chars| chars.contains(c));
    let text = if start { text.trim_start_matches(strips) } else { text };
    Ok(if end { text.trim_end_matches(strips) } else { text })
}

/// The parts of `parts` with `between` between them.
pub(super) fn join(meter: &Meter, parts: &Value, between: &str) -> Result<String, Error> {
    meter.weigh(parts)?;
    let mut out = String::new();
    for (i, part) in parts.try_iter()?.enumerate() {
        let part = part.as_str().map_or_else(|| part.to_string(), str::to_owned);
        let between = if i > 0 { between } else { "" };
        meter.charge(between.len() + part.len())?;
        out.push_str(between);
        out.push_str(&part);
    }
    Ok(out)
}

/// `text` with `old` replaced by `new`, at most `count` times.
pub(super) fn replace(meter: &Meter, text: &str, old: &str, new: &str, count: Option<i64>) -> Result<String, Error> {
    let count = count.and_then(|n| usize::try_from(n).ok()).unwrap_or(usize::MAX);
    let matches = text.matches(old).take(count).count();
    let size = matches.checked_mul(new.len()).and_then(|size| size.checked_add(text.len()));
    meter.charge(size.unwrap_or(usize::MAX))?;
    Ok(text.replacen(old, new, matches))
}

fn any(args: &[Value], holds: impl Fn(&str) -> bool) -> Result<bool, Error> {
    let (part,): (&Value,) = from_args(args)?;
    if let Some(part) = part.as_str() {
        return Ok(holds(part));
    }
    for part in part.try_iter()? {
        let text = part.as_str().ok_or_else(|| Error::new(ErrorKind::InvalidOperation, "expected a string or strings"))?;
        if holds(text) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn split(meter: &Meter, text: &str, args: &[Value], from_end: bool) -> Result<Value, Error> {
    let (by, most): (Option<&str>, Option<i64>) = from_args(args)?;
    let most = most.and_then(|n| usize::try_from(n).ok());
    let Some(by) = by else {
        if most.is_some() {
            return Err(Error::new(ErrorKind::InvalidOperation, "split by white space takes no count"));
        }
        return list(meter, text.split(is_space).filter(|part| !part.is_empty()));
    };
    if by.is_empty() {
        return Err(Error::new(ErrorKind::InvalidOperation, "empty separator"));
    }
    match (most, from_end) {
        (None, _) => list(meter, text.split(by)),
        (Some(n), false) => list(meter, text.splitn(n.saturating_add(1), by)),
        (Some(n), true) => {
            let mut parts: Vec<&str> = text.rsplitn(n.saturating_add(1), by).collect();
            parts.reverse();
            list(meter, parts.into_iter())
        }
    }
}

fn list<'t>(meter: &Meter, parts: impl Iterator<Item = &'t str>) -> Result<Value, Error> {
    let mut out = Vec::new();
    for part in parts {
        meter.charge(part.len() + 1)?;
        out.push(Value::from(part));
    }
    Ok(out.into())
}

fn position(text: &str, at: Option<usize>) -> Value {
    at.map_or(Value::from(-1), |at| Value::from(text[..at].chars().count()))
}

fn capitalize(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars.flat_map(char::to_lowercase)).collect())
}

fn title(text: &str) -> String {
    let mut inside = false;
    let mut out = String::new();
    for c in text.chars() {
        if inside {
            out.extend(c.to_lowercase());
        } else {
            out.extend(c.to_uppercase());
        }
        inside = c.is_alphabetic();
    }
    out
}
