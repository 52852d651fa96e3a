//! What a transaction or a signature does, in plain words, made from nothing but what is signed and the [`Book`].

use alloy_primitives::{Address, U256, keccak256};
use serde::{Deserialize, Serialize};

use super::book::{Book, Kind};
use super::calls::{self, CURRENCY, Call, Field, Format, NEW_DECIMALS, Value};
use super::date;
use super::error::{ChainError, Code};
use super::text::inert;
use super::units;

/// The parts of a model's run, as `core::dispute::stage` numbers them.
pub(super) const STAGES: [&str; 4] = ["the embedding", "a layer", "the choice of an id", "the picture"];
/// Longest text of a stranger in a preview, characters.
const MAX_TEXT: usize = 280;

/// What is shown before anything is signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Preview {
    /// What the user wants: the descriptor's intent.
    pub intent: String,
    /// The contract that is called, or that a signature is for.
    pub contract: String,
    /// The chain.
    pub chain_id: u64,
    /// The descriptor's fields with their values.
    pub facts: Vec<Fact>,
    /// All of it as a sentence or two.
    pub sentence: String,
}

/// A field with its value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Fact {
    /// What it is.
    pub label: String,
    /// The value, as people write it.
    pub text: String,
}

/// What a transaction does.
///
/// # Errors
/// If the contract is not in the book, the call is none that can be explained, or it pays a contract that takes no payment.
pub fn of_call(book: &Book, to: Address, value: U256, data: &[u8]) -> Result<Preview, ChainError> {
    let unknown = |message: String| ChainError::new(Code::PlanUnknownCall, message);
    let entry =
        book.entry(to).ok_or_else(|| unknown(format!("{} is not a contract that was looked at", to.to_checksum(None))))?;
    let selector = || alloy_primitives::hex::encode_prefixed(&data[..data.len().min(4)]);
    let (call, values) = calls::decode(entry.kind, data)
        .ok_or_else(|| unknown(format!("a {} has no call {} with such data", entry.kind.word(), selector())))?;
    let of = Units { book, to, currency: currency(entry.currency, call.fields, &values) };
    let mut facts = facts(&of, call.fields, &values);
    match call.fields.iter().find(|field| field.path == "@.value") {
        Some(field) => facts.push(Fact { label: field.label.into(), text: book.amount(Address::ZERO, value) }),
        None if value.is_zero() => {}
        None => {
            return Err(unknown(format!(
                "{} takes no payment, but {} would be sent",
                call.signature,
                book.amount(Address::ZERO, value)
            )));
        }
    }
    if entry.kind == Kind::Offering && call.signature == "deposit(uint256)" {
        let expected = if entry.currency == Address::ZERO { values.first().cloned() } else { Some(Value::Uint(U256::ZERO)) };
        if expected != Some(Value::Uint(value)) {
            return Err(ChainError::new(Code::PlanInvalid, "the ETH sent and the deposit named differ"));
        }
    }
    Ok(Preview {
        intent: call.intent.into(),
        contract: book.name(to),
        chain_id: book.chain_id,
        sentence: sentence(call, &facts),
        facts,
    })
}

/// What amounts are of.
pub(super) struct Units<'a> {
    pub book: &'a Book,
    /// The contract that is called.
    pub to: Address,
    /// Of an offering.
    pub currency: Address,
}

/// The currency that a call names, or else that of what is called.
fn currency(of_called: Address, fields: &[Field], values: &[Value]) -> Address {
    let named = fields.iter().zip(values).find(|(field, _)| field.path == CURRENCY);
    if let Some((_, Value::Address(named))) = named { *named } else { of_called }
}

fn facts(of: &Units<'_>, fields: &[Field], values: &[Value]) -> Vec<Fact> {
    let text = |(field, value): (&Field, &Value)| Fact { label: field.label.into(), text: shown(of, field.format, value) };
    fields.iter().zip(values).map(text).collect()
}

pub(super) fn sentence(call: &Call, facts: &[Fact]) -> String {
    let mut text = String::new();
    let mut rest = call.sentence;
    // Values are never searched for braces: what a stranger wrote stays what it is.
    while let Some((before, label, after)) =
        rest.split_once('{').and_then(|(before, rest)| rest.split_once('}').map(|(label, after)| (before, label, after)))
    {
        text.push_str(before);
        text.push_str(facts.iter().find(|fact| fact.label == label).map_or("", |fact| &fact.text));
        rest = after;
    }
    text + rest
}

/// A value as people write it.
pub(super) fn shown(of: &Units<'_>, format: Format, value: &Value) -> String {
    let Units { book, to, currency } = *of;
    match (format, value) {
        (_, Value::List(values)) if values.is_empty() => "nothing".into(),
        (_, Value::List(values)) => {
            let texts: Vec<_> = values.iter().map(|value| shown(of, format, value)).collect();
            texts.join(", ")
        }
        (Format::This, Value::Uint(amount)) if *amount == U256::MAX => {
            format!("every amount of {}, without limit", book.asset(to))
        }
        (Format::This, Value::Uint(amount)) => book.amount(to, *amount),
        (Format::Native, Value::Uint(amount)) => book.amount(Address::ZERO, *amount),
        (Format::Currency, Value::Uint(amount)) => book.amount(currency, *amount),
        (Format::New, Value::Uint(amount)) => format!("{} tokens", units::format(*amount, NEW_DECIMALS)),
        (Format::BasisPoints, Value::Uint(points)) => format!("{} %", units::format(*points, 2)),
        (Format::Duration, Value::Uint(seconds)) => u64::try_from(*seconds).map_or_else(|_| "for ever".into(), date::span),
        (Format::Date, Value::Uint(seconds)) => u64::try_from(*seconds).map_or_else(|_| "for ever".into(), date::utc),
        (Format::Part, Value::Uint(part)) => match u8::try_from(*part) {
            Ok(0) => "the team".into(),
            Ok(1) => "the treasury".into(),
            Ok(2) => "the liquidity".into(),
            _ => format!("part {part}"),
        },
        (Format::Stage, Value::Uint(stage)) => match usize::try_from(*stage).ok().and_then(|stage| STAGES.get(stage)) {
            Some(name) => (*name).into(),
            None => format!("part {stage}"),
        },
        (Format::Asset, Value::Address(asset)) => book.asset(*asset),
        (_, Value::Address(address)) => book.name(*address),
        (_, Value::Uint(number)) => number.to_string(),
        (_, Value::Bool(yes)) => if *yes { "yes" } else { "no" }.into(),
        (_, Value::Hash(hash)) => hash.to_string(),
        (_, Value::Text(text)) => format!("“{}”", inert(text, MAX_TEXT)),
        (_, Value::Bytes(bytes)) => match std::str::from_utf8(bytes) {
            Ok(text) if !text.is_empty() && text.chars().count() <= MAX_TEXT => format!("“{}”", inert(text, MAX_TEXT)),
            Ok(text) if !text.is_empty() => {
                format!("“{}” ({} bytes, keccak256 {})", inert(text, MAX_TEXT), bytes.len(), keccak256(bytes))
            }
            _ => format!("{} bytes with keccak256 {}", bytes.len(), keccak256(bytes)),
        },
    }
}
