//! What is risky about an offering, read from the chain and, where a record says where it is, from the model's file.

use alloy_primitives::Address;
use openimo_core::chain::book::{Book, Entry, Kind};
use openimo_core::chain::inspect::{Circumstances, Facts, Flag, ModelFile, Severity, inspect};
use openimo_core::chain::read::View;

use crate::chain::node::{Block, Node};
use crate::failure::Failure;
use crate::fetch::download::model_at;
use crate::fetch::source::Source;

/// What the user knows besides the chain.
#[derive(Clone, Debug, Default, clap::Args)]
#[group(skip)]
pub struct Known {
    /// A currency that is known to pay exact amounts; may be given several times.
    #[arg(long, value_name = "ADDRESS")]
    currency: Vec<Address>,
    /// A contract that is known to lock liquidity; may be given several times.
    #[arg(long, value_name = "ADDRESS")]
    locker: Vec<Address>,
}

/// An offering's risks, and what they were found in.
pub struct Risks {
    /// The risks.
    pub flags: Vec<Flag>,
    /// What was read.
    pub facts: Facts,
    /// The block at which it was.
    pub block: Block,
}

/// Read an offering and find every risk that can be told. `view` is [`View::Inspect`].
///
/// # Errors
/// If the chain cannot be read.
pub fn risks(node: &Node, view: &View, known: &Known) -> Result<Risks, Failure> {
    let (facts, block): (Facts, _) = node.view(view)?;
    let uris = facts.record.as_ref().map_or(&[][..], |record| &record.uris);
    let circumstances = Circumstances {
        now: block.timestamp,
        model_file: model_file(&facts, uris),
        currencies: known.currency.clone(),
        lockers: known.locker.clone(),
    };
    Ok(Risks { flags: inspect(&facts, &circumstances), facts, block })
}

/// The first of the places that has a file, and whether it is the model's. Strangers name the places, so nothing but HTTPS is asked.
fn model_file(facts: &Facts, uris: &[String]) -> ModelFile {
    let mut found = ModelFile::Unreachable;
    for uri in uris.iter().filter(|uri| uri.starts_with("https://")) {
        match Source::open(uri).map_err(Into::into).and_then(|mut source| model_at(&mut source)) {
            Ok(id) if id.0 == facts.terms.model_id.0 => return ModelFile::Verified,
            Ok(_) => found = ModelFile::Other,
            Err(_) => {}
        }
    }
    found
}

/// Whether everything can be lost.
pub fn is_danger(flag: &Flag) -> bool {
    flag.severity == Severity::Danger
}

/// A risk as a person reads it.
pub fn render(flag: &Flag) -> String {
    let severity = match flag.severity {
        Severity::Danger => "DANGER",
        Severity::Warning => "warning",
        Severity::Notice => "notice",
    };
    format!("{severity:<8} {}: {} ({})\n         {}", flag.title, flag.detail, flag.code, flag.explanation)
}

/// The book of an offering that is only looked at.
pub fn book(node: &Node, account: Address, facts: &Facts, currency: Option<Entry>) -> Book {
    let entry = |address, kind, symbol: &str, decimals| Entry {
        address,
        kind,
        symbol: symbol.to_owned(),
        decimals,
        currency: Address::ZERO,
    };
    let mut entries = vec![
        Entry { currency: facts.terms.currency, ..entry(facts.offering, Kind::Offering, "", 0) },
        entry(facts.token, Kind::Token, &facts.token_symbol, facts.token_decimals),
    ];
    entries.extend(currency);
    let native = crate::chain::session::native(node.chain_id).to_owned();
    Book { chain_id: node.chain_id, account, native, entries }
}
