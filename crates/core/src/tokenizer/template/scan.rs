//! A look at a template's source before the engine compiles it.
//!
//! - Refuses what would not give the same text everywhere: floats (`1.5`, `/`, `**`).
//! - Refuses statements that chat templates do not need and whose cost could not be followed.
//! - After every statement that binds a name (`set`, `for`, `macro`) it adds one that weighs the value: `{% set x = x|weigh %}`. A value
//!   can only grow without bound by being bound to a name again and again, so that bounds the memory of a template.
//! - Takes the marks `{% generation %}` out, which say which part of a chat the model wrote and which do not change the text.

use std::ops::Range;

use super::super::TokenizerError;
use super::super::error::short;

/// The filter that [`prepare`] inserts.
pub(super) const WEIGH: &str = "weigh";
/// Most operators in one tag: bounds how much longer than its operands an expression can be.
const MAX_OPERATORS: usize = 64;

/// A template that is ready to compile.
#[derive(Clone, Debug)]
pub(super) struct Prepared {
    /// Its source.
    pub source: String,
    /// Bytes of the longest text outside tags, which one step can write.
    pub longest_text: usize,
}

/// Checks and rewrites a template.
pub(super) fn prepare(source: &str) -> Result<Prepared, TokenizerError> {
    let mut out = String::with_capacity(source.len() * 2);
    let mut longest_text = 0;
    let mut open_sets: Vec<Option<String>> = Vec::new();
    let mut rest = source;
    while let Some(at) = rest.find('{') {
        let (text, tag) = rest.split_at(at);
        longest_text = longest_text.max(text.len());
        out.push_str(text);
        let kind = tag.as_bytes().get(1).copied();
        match kind {
            Some(b'#') => {
                let end = tag.find("#}").ok_or_else(|| refused("a comment does not end"))? + 2;
                out.push_str(&tag[..end]);
                rest = &tag[end..];
            }
            Some(b'{' | b'%') => {
                let close = if kind == Some(b'{') { "}}" } else { "%}" };
                let (tokens, end) = lex(tag, close)?;
                check(tag, &tokens)?;
                if kind == Some(b'{') {
                    out.push_str(&tag[..end]);
                } else {
                    statement(&tag[..end], &tokens, &mut open_sets, &mut out)?;
                }
                rest = &tag[end..];
            }
            _ => {
                out.push('{');
                rest = &tag[1..];
            }
        }
    }
    longest_text = longest_text.max(rest.len());
    out.push_str(rest);
    Ok(Prepared { source: out, longest_text })
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Name,
    Number,
    Text,
    Sign(char),
}

type Token = (Kind, Range<usize>);

/// The tokens of the tag at the start of `tag`, and where it ends. A sign at the closing delimiter (`-%}`) belongs to no token.
fn lex(tag: &str, close: &str) -> Result<(Vec<Token>, usize), TokenizerError> {
    let mut tokens = Vec::new();
    let mut at = 2;
    let mut depth = 0usize;
    if tag[at..].starts_with(['-', '+']) {
        at += 1;
    }
    loop {
        let here = &tag[at..];
        let Some(c) = here.chars().next() else { return Err(refused("a tag does not end")) };
        let signed = here.strip_prefix(['-', '+']).unwrap_or(here);
        if depth == 0 && signed.starts_with(close) {
            return Ok((tokens, tag.len() - signed.len() + close.len()));
        }
        let len = match c {
            '\'' | '"' => text_len(here, c)?,
            c if is_name(c) => here.find(|c| !is_name(c)).unwrap_or(here.len()),
            c => c.len_utf8(),
        };
        let kind = match c {
            '\'' | '"' => Kind::Text,
            '0'..='9' => Kind::Number,
            c if is_name(c) => Kind::Name,
            c => Kind::Sign(c),
        };
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            _ => (),
        }
        if !c.is_whitespace() {
            tokens.push((kind, at..at + len));
        }
        at += len;
    }
}

fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || !c.is_ascii()
}

fn text_len(here: &str, quote: char) -> Result<usize, TokenizerError> {
    let mut escaped = false;
    for (i, c) in here.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == quote => return Ok(i + 1),
            _ => (),
        }
    }
    Err(refused("a string does not end"))
}

/// Refuses floats and tags with too many operators.
fn check(tag: &str, tokens: &[Token]) -> Result<(), TokenizerError> {
    let mut operators = 0;
    for (i, (kind, range)) in tokens.iter().enumerate() {
        let next = tokens.get(i + 1).filter(|n| n.1.start == range.end);
        let before = i.checked_sub(1).and_then(|i| tokens.get(i)).filter(|b| b.1.end == range.start);
        let beside = |sign| [next, before].into_iter().flatten().any(|t| t.0 == Kind::Sign(sign));
        match kind {
            Kind::Sign('/') if !beside('/') => return Err(refused("it divides, and floats are not the same everywhere")),
            Kind::Sign('*') if beside('*') => return Err(refused("it takes powers, and floats are not the same everywhere")),
            Kind::Sign('~' | '+' | '*' | '%' | '/') => operators += 1,
            Kind::Number if tag[range.clone()].contains(['e', 'E']) && !tag[range.clone()].starts_with("0x") => {
                return Err(refused("it has a float, and floats are not the same everywhere"));
            }
            Kind::Number => {
                let follows = next.is_some_and(|n| n.0 == Kind::Sign('.'));
                if follows && tokens.get(i + 2).is_some_and(|t| t.0 == Kind::Number) {
                    return Err(refused("it has a float, and floats are not the same everywhere"));
                }
            }
            _ => (),
        }
    }
    if operators > MAX_OPERATORS { Err(refused("a tag has too many operators")) } else { Ok(()) }
}

/// Copies a statement and adds what its kind needs.
fn statement(tag: &str, tokens: &[Token], open_sets: &mut Vec<Option<String>>, out: &mut String) -> Result<(), TokenizerError> {
    let word = |i: usize| tokens.get(i).map(|t| &tag[t.1.clone()]);
    let mut bound = Vec::new();
    match word(0).unwrap_or("") {
        "if" | "elif" | "else" | "endif" | "endfor" | "endmacro" | "break" | "continue" => (),
        name @ ("generation" | "endgeneration") => {
            // The same whitespace control around a statement that always holds.
            let range = tokens[0].1.clone();
            out.push_str(&tag[..range.start]);
            out.push_str(if name == "generation" { "if true" } else { "endif" });
            out.push_str(&tag[range.end..]);
            return Ok(());
        }
        "set" => match assignment(tokens) {
            Some(equals) => bound = targets(tag, &tokens[1..equals])?,
            None => {
                let end = tokens.iter().position(|t| t.0 == Kind::Sign('|')).unwrap_or(tokens.len());
                open_sets.push(targets(tag, &tokens[1..end])?.pop());
            }
        },
        "endset" => bound.extend(open_sets.pop().flatten()),
        "for" => {
            let end = tokens.iter().position(|t| &tag[t.1.clone()] == "in").ok_or_else(|| refused("a for has no in"))?;
            if tokens.iter().any(|t| &tag[t.1.clone()] == "recursive") {
                return Err(refused("a for is recursive"));
            }
            bound = targets(tag, &tokens[1..end])?;
        }
        "macro" => bound = parameters(tag, tokens),
        other => return Err(refused(&format!("the statement {other:?} is not supported"))),
    }
    out.push_str(tag);
    if !bound.is_empty() {
        let signed = tag.as_bytes()[tag.len() - 3];
        let close = if matches!(signed, b'-' | b'+') { &tag[tag.len() - 3..] } else { "%}" };
        for (i, name) in bound.iter().enumerate() {
            let close = if i + 1 == bound.len() { close } else { "%}" };
            out.push_str(&format!("{{% set {name} = {name}|{WEIGH} {close}"));
        }
    }
    Ok(())
}

/// Where the `=` of a `set` is, if it has one outside brackets.
fn assignment(tokens: &[Token]) -> Option<usize> {
    let mut depth = 0usize;
    tokens.iter().position(|t| {
        match t.0 {
            Kind::Sign('(' | '[' | '{') => depth += 1,
            Kind::Sign(')' | ']' | '}') => depth = depth.saturating_sub(1),
            _ => (),
        }
        depth == 0 && t.0 == Kind::Sign('=')
    })
}

/// The names that a statement binds: `a`, `a.b`, `a, b` or `(a, b)`.
fn targets(tag: &str, tokens: &[Token]) -> Result<Vec<String>, TokenizerError> {
    let mut names = vec![String::new()];
    for (kind, range) in tokens {
        match kind {
            Kind::Sign(',') => names.push(String::new()),
            Kind::Sign('(' | ')') => (),
            Kind::Name | Kind::Sign('.') => names[..].last_mut().into_iter().for_each(|n| n.push_str(&tag[range.clone()])),
            _ => return Err(refused("a name is bound in a way that is not supported")),
        }
    }
    names.retain(|n| !n.is_empty());
    Ok(names)
}

/// The parameters of a macro: names after `(` or `,` that are not inside a default.
fn parameters(tag: &str, tokens: &[Token]) -> Vec<String> {
    let mut depth = 0usize;
    let mut names = Vec::new();
    for (i, (kind, range)) in tokens.iter().enumerate() {
        let starts = i > 0 && matches!(tokens[i - 1].0, Kind::Sign('(' | ','));
        match kind {
            Kind::Sign('(' | '[' | '{') => depth += 1,
            Kind::Sign(')' | ']' | '}') => depth = depth.saturating_sub(1),
            Kind::Name if depth == 1 && starts => names.push(tag[range.clone()].to_owned()),
            _ => (),
        }
    }
    names
}

fn refused(why: &str) -> TokenizerError {
    TokenizerError::Template(short(why))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prepared(source: &str) -> String {
        prepare(source).unwrap().source
    }

    #[test]
    fn bound_names_are_weighed() {
        assert_eq!(prepared("{% set a = 1 -%} x"), "{% set a = 1 -%}{% set a = a|weigh -%} x");
        assert_eq!(prepared("{%- set ns.a = x == 1 %}"), "{%- set ns.a = x == 1 %}{% set ns.a = ns.a|weigh %}");
        assert_eq!(prepared("{% set a %}x{% endset %}"), "{% set a %}x{% endset %}{% set a = a|weigh %}");
        assert_eq!(
            prepared("{% for k, v in d.items() if v -%}"),
            "{% for k, v in d.items() if v -%}{% set k = k|weigh %}{% set v = v|weigh -%}"
        );
        assert_eq!(
            prepared("{% macro m(a, b=[1, c], d='x,y') %}"),
            "{% macro m(a, b=[1, c], d='x,y') %}{% set a = a|weigh %}{% set b = b|weigh %}{% set d = d|weigh %}"
        );
    }

    #[test]
    fn other_text_is_untouched() {
        for source in
            ["", "{", "a { b } c", "{# {% with %} 1.5 #}", "{{ '{% with %} 1.5 / 2' }}", "{{ {'a': {'b': 1}}['a'] }}", "%} }}"]
        {
            assert_eq!(prepared(source), source);
        }
        assert_eq!(prepared("{%- generation -%}a{% endgeneration %}"), "{%- if true -%}a{% endif %}");
        assert_eq!(prepare("abc{{ x }}defg").unwrap().longest_text, 4);
    }

    #[test]
    fn what_cannot_be_followed_is_refused() {
        for source in [
            "{{ 1.5 }}",
            "{{ 3 / 2 }}",
            "{{ 2 ** 3 }}",
            "{{ 1e3 }}",
            "{% with a = 1 %}",
            "{% call f() %}",
            "{% for x in y recursive %}",
            "{% raw %}",
            "{{ 'abc }}",
            "{{ a",
            "{# a",
            "{% for x %}",
            "{% set a['b'] = 1 %}",
            "{% include 'x' %}",
        ] {
            assert!(matches!(prepare(source), Err(TokenizerError::Template(_))), "{source}");
        }
        assert!(prepare(&format!("{{{{ x{} }}}}", "~x".repeat(65))).is_err());
    }
}
