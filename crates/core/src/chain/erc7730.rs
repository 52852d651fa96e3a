//! ERC-7730 descriptors of every call, from the same table as the previews, so that a wallet's words are the page's.
//!
//! A descriptor is bound to deployments, which are not known here: whoever deploys adds them, and for an offering its currency.

use serde_json::{Map, Value, json};

use super::abi;
use super::book::Kind;
use super::calls::{CALLS, CURRENCY, Call, Field, Format, NEW_DECIMALS};
use super::preview::STAGES;

const SCHEMA: &str = "https://eips.ethereum.org/assets/eip-7730/erc7730-v1.schema.json";

/// Name and text of the descriptor of each contract.
pub fn descriptors() -> Vec<(&'static str, String)> {
    abi::JSON.iter().map(|(name, text)| (*name, descriptor(name, text))).collect()
}

fn descriptor(name: &str, abi: &str) -> String {
    let kind = Kind::ALL.into_iter().find(|kind| kind.contract() == name).expect("every contract of the ABI has a kind");
    let functions: Vec<Value> = serde_json::from_str(abi).expect("the ABI is JSON");
    let functions: Vec<&Value> = functions.iter().filter(|entry| entry["type"] == "function").collect();
    let mut formats = Map::new();
    let mut called = Vec::new();
    for call in CALLS.iter().filter(|call| call.kind == kind) {
        let function =
            functions.iter().find(|function| signature(function, false) == call.signature).expect("the call is in the ABI");
        called.push(*function);
        formats.insert(signature(function, true), format(call, function));
    }
    let mut metadata = json!({ "owner": "openimo", "info": { "url": env!("CARGO_PKG_REPOSITORY") } });
    if kind == Kind::Offering {
        // The zero address is ETH, as the contract has it.
        metadata["constants"] = json!({ "currency": "0x0000000000000000000000000000000000000000" });
        metadata["enums"] = json!({ "part": { "0": "the team", "1": "the treasury", "2": "the liquidity" } });
    }
    if kind == Kind::Disputes {
        metadata["enums"] = json!({ "stage": { "0": STAGES[0], "1": STAGES[1], "2": STAGES[2], "3": STAGES[3] } });
    }
    let context = json!({ "$id": format!("openimo {name}"), "contract": { "deployments": [], "abi": called } });
    let descriptor = json!({ "$schema": SCHEMA, "context": context, "metadata": metadata, "display": { "formats": formats } });
    serde_json::to_string_pretty(&descriptor).expect("a descriptor has string keys") + "\n"
}

/// `deposit(uint256)` or `deposit(uint256 amount)`.
pub(crate) fn signature(function: &Value, named: bool) -> String {
    format!("{}{}", text(&function["name"]), tuple(&function["inputs"], named))
}

fn tuple(inputs: &Value, named: bool) -> String {
    let input = |input: &Value| {
        // `tuple`, or `tuple[]` and the like.
        let kind = text(&input["type"]);
        let kind = kind.strip_prefix("tuple").map_or(kind.into(), |list| tuple(&input["components"], named) + list);
        if named { format!("{kind} {}", text(&input["name"])) } else { kind }
    };
    let inputs: Vec<_> = inputs.as_array().into_iter().flatten().map(input).collect();
    format!("({})", inputs.join(","))
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// Every parameter that is not a struct, with dots into structs, and its type.
pub(super) fn parameters(inputs: &Value) -> Vec<(String, &str)> {
    let mut found = Vec::new();
    for input in inputs.as_array().into_iter().flatten() {
        let name = text(&input["name"]);
        match text(&input["type"]) {
            "tuple" => {
                found.extend(parameters(&input["components"]).into_iter().map(|(inner, kind)| (format!("{name}.{inner}"), kind)))
            }
            kind => found.push((name.into(), kind)),
        }
    }
    found
}

fn format(call: &Call, function: &Value) -> Value {
    let parameters = parameters(&function["inputs"]);
    let is_list = |path: &str| parameters.iter().any(|(name, kind)| name == path && kind.ends_with("[]"));
    let path = |field: &Field| if is_list(field.path) { format!("{}.[]", field.path) } else { field.path.to_owned() };
    let fields: Vec<Value> = call
        .fields
        .iter()
        .map(|field| {
            let mut shown = json!({ "path": path(field), "label": field.label });
            for (key, value) in style(call, field.format) {
                shown[key] = value;
            }
            shown
        })
        .collect();
    let required: Vec<_> = call.fields.iter().map(path).collect();
    json!({ "intent": call.intent, "fields": fields, "required": required, "excluded": call.excluded })
}

fn style(call: &Call, format: Format) -> Vec<(&'static str, Value)> {
    let zero = "0x0000000000000000000000000000000000000000";
    let (name, params) = match format {
        Format::Currency if call.fields.iter().any(|field| field.path == CURRENCY) => {
            ("tokenAmount", json!({ "tokenPath": CURRENCY, "nativeCurrencyAddress": zero }))
        }
        Format::Currency => ("tokenAmount", json!({ "token": "$.metadata.constants.currency", "nativeCurrencyAddress": zero })),
        Format::This => ("tokenAmount", json!({ "tokenPath": "@.to" })),
        Format::Native => ("amount", Value::Null),
        Format::New => ("unit", json!({ "base": " tokens", "decimals": NEW_DECIMALS })),
        Format::BasisPoints => ("unit", json!({ "base": " %", "decimals": 2 })),
        Format::Duration => ("duration", Value::Null),
        Format::Name => ("addressName", json!({ "types": ["wallet", "eoa", "contract"], "sources": ["local", "ens"] })),
        Format::Asset => ("addressName", json!({ "types": ["token"], "sources": ["local"] })),
        Format::Date => ("date", json!({ "encoding": "timestamp" })),
        Format::Part => ("enum", json!({ "$ref": "$.metadata.enums.part" })),
        Format::Stage => ("enum", json!({ "$ref": "$.metadata.enums.stage" })),
        Format::Content | Format::Raw => ("raw", Value::Null),
    };
    let params = (!params.is_null()).then_some(("params", params));
    std::iter::once(("format", json!(name))).chain(params).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the schema and its linter ask for: every path is in the function's ABI, every parameter is shown or excluded, every format is
    /// one of the list and has the parameters that it needs.
    #[test]
    fn descriptors_keep_the_rules_of_the_schema() {
        for (name, text) in descriptors() {
            let descriptor: Value = serde_json::from_str(&text).unwrap();
            let abi = descriptor["context"]["contract"]["abi"].as_array().unwrap();
            let formats = descriptor["display"]["formats"].as_object().unwrap();
            assert_eq!(abi.len(), formats.len(), "{name}");
            for function in abi {
                let shown = &formats[&signature(function, true)];
                assert!(shown["intent"].as_str().is_some_and(|intent| !intent.is_empty() && intent.len() <= 40), "{name}");
                let mut left: Vec<String> = parameters(&function["inputs"]).into_iter().map(|(name, _)| name).collect();
                for excluded in shown["excluded"].as_array().unwrap() {
                    left.retain(|name| name != excluded.as_str().unwrap());
                }
                for field in shown["fields"].as_array().unwrap() {
                    let path = field["path"].as_str().unwrap();
                    let known = left.iter().position(|name| name == path.trim_end_matches(".[]"));
                    assert!(path == "@.value" || known.is_some(), "{name}: {path}");
                    known.map(|at| left.remove(at));
                    let params = &field["params"];
                    match field["format"].as_str().unwrap() {
                        "tokenAmount" => assert!(params["token"].is_string() || params["tokenPath"].is_string()),
                        "date" => assert_eq!(params["encoding"], "timestamp"),
                        "enum" => {
                            let name = params["$ref"].as_str().unwrap().trim_start_matches("$.metadata.enums.");
                            assert!(descriptor["metadata"]["enums"][name].is_object(), "{name}");
                        }
                        "addressName" => assert!(params["types"].is_array()),
                        "unit" => assert!(params["base"].is_string() && params["decimals"].is_number()),
                        "amount" | "raw" | "duration" => assert!(params.is_null()),
                        other => panic!("{other} is no format of the schema"),
                    }
                }
                assert_eq!(left, [""; 0], "{name}: neither shown nor excluded");
            }
        }
    }
}
