//! Plans, previews, readings and inspections of the chain part. Values cross as JSON: numbers as `0x` quantities, bytes as `0x` digits.

use openimo_core::chain::action::Action;
use openimo_core::chain::book::Book;
use openimo_core::chain::error::{ChainError, Code};
use openimo_core::chain::inspect::{Circumstances, Facts, inspect};
use openimo_core::chain::plan::{self, Plan, Step};
use openimo_core::chain::read::{self, Answer, View};
use openimo_core::chain::{revert, units};
use openimo_core::commit::keccak256;
use openimo_core::revshare;
use serde::de::DeserializeOwned;
use serde_json::json;
use wasm_bindgen::prelude::*;

use crate::error::{Failure, plain};

impl From<ChainError> for Failure {
    fn from(error: ChainError) -> Self {
        Self { code: error.code.as_str(), message: error.message, details: error.details }
    }
}

fn failed(code: Code, message: impl ToString) -> JsValue {
    Failure::from(ChainError::new(code, message.to_string())).into()
}

fn parsed<T: DeserializeOwned>(text: &str) -> Result<T, JsValue> {
    serde_json::from_str(text).map_err(|error| failed(Code::PlanInvalid, error))
}

fn thrown(error: ChainError) -> JsValue {
    Failure::from(error).into()
}

/// The plan of an action.
#[wasm_bindgen(js_name = chainPlan)]
pub fn chain_plan(action: &str, book: &str) -> Result<JsValue, JsValue> {
    let plan = plan::plan(&parsed::<Action>(action)?, &parsed::<Book>(book)?).map_err(thrown)?;
    Ok(plain(&json!(plan)))
}

/// Throw unless every step of a plan says what it signs; the plan's digest.
#[wasm_bindgen(js_name = chainReview)]
pub fn chain_review(plan: &str) -> Result<String, JsValue> {
    let plan: Plan = parsed(plan)?;
    if plan.chain_id != plan.book.chain_id || plan.account != plan.book.account {
        return Err(failed(Code::PlanChanged, "the plan is for another chain or account than its previews"));
    }
    for step in &plan.steps {
        plan::review(step, &plan.book).map_err(thrown)?;
    }
    Ok(keccak256(json!(plan).to_string().as_bytes()).to_string())
}

/// A step with the signature that it waits for.
#[wasm_bindgen(js_name = chainComplete)]
pub fn chain_complete(step: &str, signature: &str) -> Result<JsValue, JsValue> {
    let step = plan::complete(&parsed::<Step>(step)?, signature).map_err(thrown)?;
    Ok(plain(&json!(step)))
}

/// What to ask next of a view, or what was read: `{ask}` or `{done}`.
#[wasm_bindgen(js_name = chainRead)]
pub fn chain_read(view: &str, answers: &str) -> Result<JsValue, JsValue> {
    let next = read::read(&parsed::<View>(view)?, &parsed::<Vec<Answer>>(answers)?).map_err(thrown)?;
    Ok(plain(&json!(next)))
}

/// What burning an amount of a supply pays from a pool, all of them digits.
#[wasm_bindgen(js_name = chainRedeem)]
pub fn chain_redeem(pool: &str, amount: &str, supply: &str) -> Result<String, JsValue> {
    let whole = |digits: &str| digits.parse::<u128>().map_err(|error| failed(Code::AmountInvalid, error));
    let paid = revshare::redeem(whole(pool)?, whole(amount)?, whole(supply)?);
    paid.map(|paid| paid.to_string()).map_err(|error| failed(Code::AmountInvalid, error))
}

/// The content in the data of an `AigcContent` event, whose hash is known.
#[wasm_bindgen(js_name = chainContent)]
pub fn chain_content(hash: &str, data: &str) -> Result<Vec<u8>, JsValue> {
    let hash = hash.parse().map_err(|error| failed(Code::PlanInvalid, error))?;
    read::content_of_log(hash, data).map_err(thrown)
}

/// The flags of an offering.
#[wasm_bindgen(js_name = chainInspect)]
pub fn chain_inspect(facts: &str, circumstances: &str) -> Result<JsValue, JsValue> {
    Ok(plain(&json!(inspect(&parsed::<Facts>(facts)?, &parsed::<Circumstances>(circumstances)?))))
}

/// Why a contract refused, in words.
#[wasm_bindgen(js_name = chainReason)]
pub fn chain_reason(data: &str) -> String {
    let most = data.len().min(2 + 2 * 4096) & !1;
    revert::reason(&hex_bytes(data.get(2..most).unwrap_or_default()))
}

/// keccak256 of a text's UTF-8 bytes.
#[wasm_bindgen(js_name = chainHash)]
pub fn chain_hash(text: &str) -> String {
    keccak256(text.as_bytes()).to_string()
}

/// Smallest units of a decimal number, as digits.
#[wasm_bindgen(js_name = chainParseUnits)]
pub fn chain_parse_units(text: &str, decimals: u8) -> Result<String, JsValue> {
    units::parse(text, decimals).map(|value| value.to_string()).map_err(|error| failed(Code::AmountInvalid, error))
}

/// A decimal number of smallest units, given as digits.
#[wasm_bindgen(js_name = chainFormatUnits)]
pub fn chain_format_units(value: &str, decimals: u8) -> Result<String, JsValue> {
    let value = units::parse(value, 0).map_err(|error| failed(Code::AmountInvalid, error))?;
    if decimals > units::MAX_DECIMALS {
        return Err(failed(Code::AmountInvalid, "no token has so many decimals"));
    }
    Ok(units::format(value, decimals))
}

fn hex_bytes(digits: &str) -> Vec<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16).map(|digit| digit as u8);
    digits.as_bytes().chunks_exact(2).map_while(|pair| Some(digit(pair[0])? << 4 | digit(pair[1])?)).collect()
}
