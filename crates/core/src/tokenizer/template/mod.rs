//! The chat template: from messages to the text that the model was trained on.
//!
//! Templates are Jinja as the `transformers` library runs it: `trim_blocks` and `lstrip_blocks` on, Python's string methods, and the
//! names `messages`, `tools` and `documents` (none), `add_generation_prompt` (true), `bos_token` and its kin, `raise_exception`.
//!
//! A template comes with a model, so it is hostile until shown otherwise. The same template and messages give the same text everywhere:
//! there is no clock (`strftime_now` is not defined; templates that ask whether it is take their fixed date), no float and nothing
//! random. Work is bounded by steps, by nesting, by the size of each value and by the sum of all of them; see `scan` and `meter`.

mod json;
mod meter;
mod python;
mod scan;

use std::collections::BTreeMap;
use std::io;

use minijinja::value::{Kwargs, Rest};
use minijinja::{Environment, Error, ErrorKind, State, Value, context, filters, functions, tests};

use self::meter::Meter;
use super::TokenizerError;
use super::error::{limit, short};
use crate::request::Message;

/// Most bytes of a template's source.
pub const MAX_TEMPLATE: usize = 1 << 18;
/// Most bytes of messages, roles and contents together.
pub const MAX_CHAT: usize = 1 << 23;
/// Most steps of the template engine.
const FUEL: usize = 1 << 20;
/// Most bytes that text outside tags may write in all: the engine has no hook there, but every such write is a step.
const LITERALS: usize = 1 << 28;
/// Nesting of blocks and macro calls.
const RECURSION: usize = 48;

/// A template that compiles.
#[derive(Clone, Debug)]
pub struct ChatTemplate {
    prepared: scan::Prepared,
    tokens: BTreeMap<String, String>,
}

impl ChatTemplate {
    /// Checks and compiles `source`; `tokens` are names that the template sees, such as `bos_token`.
    pub fn new(source: &str, tokens: BTreeMap<String, String>) -> Result<Self, TokenizerError> {
        limit("the chat template", source.len(), MAX_TEMPLATE)?;
        let prepared = scan::prepare(source)?;
        let environment = environment(&Meter::new(0, 0), 0);
        environment.template_from_str(&prepared.source).map_err(|e| TokenizerError::Template(describe(&e)))?;
        Ok(Self { prepared, tokens })
    }

    /// The text of `messages`, up to where the model's answer begins.
    pub fn render(&self, messages: &[Message]) -> Result<String, TokenizerError> {
        let input = messages.iter().fold(0usize, |sum, m| sum.saturating_add(m.role.len() + m.content.len() + 32));
        limit("the chat", input, MAX_CHAT)?;
        let largest = (1 << 17) + 4 * (input + self.prepared.source.len());
        let fuel = (FUEL + 256 * messages.len()).min(LITERALS / self.prepared.longest_text.max(64));
        let meter = Meter::new(largest, 64 * largest);
        let environment = environment(&meter, fuel as u64);
        let values = context! {
            messages => messages,
            tools => (),
            documents => (),
            add_generation_prompt => true,
            ..Value::from_serialize(&self.tokens)
        };
        let mut out = Bounded { bytes: Vec::new(), limit: largest };
        let result =
            environment.template_from_str(&self.prepared.source).and_then(|t| t.render_captured_to(values, &mut out).map(drop));
        if let Err(error) = result {
            return Err(meter.take_error().unwrap_or_else(|| explain(&error, out.bytes.len() > out.limit)));
        }
        String::from_utf8(out.bytes).map_err(|_| TokenizerError::Template("its output is not UTF-8".to_owned()))
    }
}

/// Keeps what is written up to a limit, and remembers that it was passed.
struct Bounded {
    bytes: Vec<u8>,
    limit: usize,
}

impl io::Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.bytes.len() > self.limit {
            return Err(io::Error::other("the output is too long"));
        }
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn explain(error: &Error, too_long: bool) -> TokenizerError {
    match error.kind() {
        _ if too_long => TokenizerError::Exhausted("length of the output"),
        ErrorKind::OutOfFuel => TokenizerError::Exhausted("steps"),
        ErrorKind::UnknownFunction if error.detail().is_some_and(|d| d.contains("strftime_now")) => TokenizerError::Clock,
        _ => TokenizerError::Template(describe(error)),
    }
}

fn describe(error: &Error) -> String {
    let line = error.line().map_or_else(String::new, |line| format!(" (line {line})"));
    short(&format!("{}{line}", error.detail().map_or_else(|| error.kind().to_string(), str::to_owned)))
}

/// An environment with exactly what is listed here.
fn environment(meter: &Meter, fuel: u64) -> Environment<'static> {
    let mut env = Environment::empty();
    env.set_trim_blocks(true);
    env.set_lstrip_blocks(true);
    env.set_recursion_limit(RECURSION);
    env.set_fuel(Some(fuel));
    let account = meter.clone();
    env.set_formatter(move |out, state, value| {
        account.weigh(value)?;
        match value {
            value if value.is_none() => out.write_str("None").map_err(Error::from),
            value if value.kind() == minijinja::value::ValueKind::Bool => {
                out.write_str(if value.is_true() { "True" } else { "False" }).map_err(Error::from)
            }
            value => minijinja::escape_formatter(out, state, value),
        }
    });
    let account = meter.clone();
    env.set_unknown_method_callback(move |_, value, name, args| python::method(&account, value, name, args));
    add_functions(&mut env, meter);
    add_filters(&mut env, meter);
    add_tests(&mut env);
    env
}

fn add_functions(env: &mut Environment<'static>, meter: &Meter) {
    env.add_function("range", functions::range);
    env.add_function("dict", functions::dict);
    env.add_function("namespace", functions::namespace);
    let account = meter.clone();
    env.add_function("raise_exception", move |message: Option<&str>| -> Result<Value, Error> {
        Err(account.fail(TokenizerError::Refused(short(message.unwrap_or("no reason given")))))
    });
}

fn add_filters(env: &mut Environment<'static>, meter: &Meter) {
    let account = meter.clone();
    env.add_filter(scan::WEIGH, move |value: Value| account.weigh(&value).map(|()| value));
    env.add_filter("trim", |text: &str, args: Rest<Value>| python::strip(text, &args, true, true).map(str::to_owned));
    let account = meter.clone();
    env.add_filter("replace", move |text: &str, old: &str, new: &str| python::replace(&account, text, old, new, None));
    let account = meter.clone();
    env.add_filter("join", move |parts: &Value, between: Option<&str>| python::join(&account, parts, between.unwrap_or("")));
    let account = meter.clone();
    env.add_filter("tojson", move |value: &Value, options: Kwargs| -> Result<Value, Error> {
        account.weigh(value)?;
        let indent: Option<usize> = options.get("indent")?;
        // The default of both, so the option changes nothing; the other options of json.dumps would.
        let _: Option<bool> = options.get("ensure_ascii")?;
        options.assert_all_used()?;
        json::to_json(value, indent).map(Value::from_safe_string)
    });
    env.add_filter("upper", filters::upper);
    env.add_filter("lower", filters::lower);
    env.add_filter("title", filters::title);
    env.add_filter("capitalize", filters::capitalize);
    env.add_filter("length", filters::length);
    env.add_filter("count", filters::length);
    env.add_filter("default", filters::default);
    env.add_filter("d", filters::default);
    env.add_filter("first", filters::first);
    env.add_filter("last", filters::last);
    env.add_filter("list", filters::list);
    env.add_filter("items", filters::items);
    env.add_filter("dictsort", filters::dictsort);
    env.add_filter("sort", filters::sort);
    env.add_filter("unique", filters::unique);
    env.add_filter("reverse", filters::reverse);
    env.add_filter("map", filters::map);
    env.add_filter("select", filters::select);
    env.add_filter("reject", filters::reject);
    env.add_filter("selectattr", filters::selectattr);
    env.add_filter("rejectattr", filters::rejectattr);
    env.add_filter("attr", filters::attr);
    env.add_filter("int", filters::int);
    env.add_filter("abs", filters::abs);
    env.add_filter("min", filters::min);
    env.add_filter("max", filters::max);
    env.add_filter("string", filters::string);
    env.add_filter("safe", filters::safe);
}

fn add_tests(env: &mut Environment<'static>) {
    env.add_test("defined", tests::is_defined);
    env.add_test("undefined", tests::is_undefined);
    env.add_test("none", tests::is_none);
    env.add_test("boolean", tests::is_boolean);
    env.add_test("true", tests::is_true);
    env.add_test("false", tests::is_false);
    env.add_test("number", tests::is_number);
    env.add_test("integer", tests::is_integer);
    env.add_test("float", tests::is_float);
    env.add_test("string", tests::is_string);
    env.add_test("sequence", |value: &Value| python_sequence(value));
    env.add_test("iterable", |value: &Value| value.kind() == minijinja::value::ValueKind::String || tests::is_iterable(value));
    env.add_test("mapping", tests::is_mapping);
    env.add_test("odd", tests::is_odd);
    env.add_test("even", tests::is_even);
    env.add_test("divisibleby", tests::is_divisibleby);
    env.add_test("lower", |text: &str| tests::is_lower(text));
    env.add_test("upper", |text: &str| tests::is_upper(text));
    env.add_test("in", |state: &State, value: &Value, other: &Value| tests::is_in(state, value, other));
    for name in ["eq", "equalto", "=="] {
        env.add_test(name, |a: &Value, b: &Value| tests::is_eq(a, b));
    }
    for name in ["ne", "!="] {
        env.add_test(name, |a: &Value, b: &Value| tests::is_ne(a, b));
    }
    for (names, test) in [
        (["lt", "lessthan", "<"], tests::is_lt as fn(&Value, &Value) -> bool),
        (["gt", "greaterthan", ">"], tests::is_gt),
        (["le", "le", "<="], tests::is_le),
        (["ge", "ge", ">="], tests::is_ge),
    ] {
        for name in names {
            env.add_test(name, move |a: &Value, b: &Value| test(a, b));
        }
    }
}

/// In Jinja anything with a length and items is a sequence: lists, but also strings and dictionaries.
fn python_sequence(value: &Value) -> bool {
    use minijinja::value::ValueKind::{Map, Seq, String};
    matches!(value.kind(), Seq | String | Map)
}
