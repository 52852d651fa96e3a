//! Somebody who asserts what a model gives, and runs another: one number of its file is changed. All his hashes fit, and he answers every
//! challenge as well as can be answered.

use std::time::{Duration, Instant};

use alloy_primitives::{Address, B256, Bytes, U256, keccak256};
use alloy_sol_types::{SolEvent, SolValue};
use anyhow::{Result, bail, ensure};
use openimo_core::dispute::abi::{self, Place, Run};
use openimo_core::dispute::look::{status, turn};
use openimo_core::dispute::{Book, Revealed, assertion, claimed};
use openimo_core::generate::generate;
use openimo_core::model::Model;
use openimo_core::model::file::{Header, Parsed, load};
use openimo_core::request::Request;
use openimo_core::simd::Simd;
use openimo_core::simd::level::Level;
use openimo_core::tokenizer::Tokenizer;
use openimo_core::trace::step::Step;
use openimo_core::trace::step::program::program;
use openimo_core::trace::step::weights::Weights;
use serde_json::json;

use super::Chain;
use super::forge::forge;

/// Longest that nobody may refute him.
const PATIENCE: Duration = Duration::from_secs(180);
/// Seconds between two looks of his.
const LOOK: Duration = Duration::from_millis(20);

/// The liar.
pub struct Liar {
    /// His account, one of the chain's own.
    pub account: Address,
    /// The layer that is changed.
    pub layer: usize,
    model: Model<Simd>,
    tokenizer: Tokenizer,
    file: Vec<u8>,
    header: Box<Header>,
}

/// What he asserts.
pub struct Lie {
    /// The run, as one of the model that he speaks of.
    pub run: Run,
    /// The assertion's number.
    pub number: B256,
    book: Book,
}

/// How it ended.
pub struct Refuted {
    /// When he saw it.
    pub at: Instant,
    /// Whether he had no answer in the end.
    pub silent: bool,
}

impl Liar {
    /// Somebody with this model file, and one number in it changed.
    ///
    /// # Errors
    /// If the file is none.
    pub fn new(file: Vec<u8>, account: Address) -> Result<Self> {
        let Parsed::Header(header) = Header::parse(&file)? else { bail!("the model file is cut off") };
        let mut model = load(&file, Simd::new(Level::detect()))?;
        let tokenizer = model.tokenizer()?;
        let layer = model.weights.layers.len() / 2;
        forge(&mut model, &header, &file, layer)?;
        Ok(Self { account, layer, model, tokenizer, file, header })
    }

    /// How many layers the model has.
    pub const fn layers(&self) -> usize {
        self.model.manifest.config.n_layers as usize
    }

    /// What his model gives to a request, as if the other did.
    ///
    /// # Errors
    /// If it cannot serve the request.
    pub fn lie(&mut self, request: &Request) -> Result<Lie> {
        let go_on = &mut |_: openimo_core::generate::Progress<'_>| std::ops::ControlFlow::Continue(());
        let output = generate(&mut self.model, &self.tokenizer, request, go_on)?;
        let prompt = self.tokenizer.encode_prompt(&request.prompt)?;
        let (run, book) = assertion(&mut self.model, &self.tokenizer, request, &prompt, &output.ids);
        let number = keccak256(claimed(self.account, &run).abi_encode());
        Ok(Lie { run, number, book })
    }

    /// Assert it with the verifier's bond.
    ///
    /// # Errors
    /// If it is refused.
    pub fn assert(&self, chain: &Chain, verifier: Address, lie: &Lie) -> Result<()> {
        let bond = chain.read(verifier, &abi::bondCall {})?;
        let call = abi::assertRunCall { asserter: self.account, run: lie.run.clone() };
        chain.write(self.account, verifier, bond, &call).map(drop)
    }

    /// Answer what can be answered until the lie is refuted; who has no answer is silent until his time is over.
    ///
    /// # Errors
    /// If nobody refutes it.
    pub fn defend(&mut self, chain: &Chain, verifier: Address, lie: &Lie) -> Result<Refuted> {
        let until = Instant::now() + PATIENCE;
        let mut silent = false;
        let mut shown: Option<(Place, Revealed)> = None;
        while chain.read(verifier, &abi::stakeOfCall { assertion: lie.number })?.status != status::REFUTED {
            ensure!(Instant::now() < until, "nobody refutes {}", lie.number);
            if let Some((id, place)) = challenged(chain, verifier, lie.number)? {
                let abi::Challenge { turn: whose, step, .. } = chain.read(verifier, &abi::challengeOfCall { id })?;
                if shown.as_ref().is_none_or(|(of, _)| *of != place) {
                    shown = Some((Place { ..place }, lie.book.reveal(&mut self.model, lie.run.modelId, &place)));
                }
                let (_, revealed) = shown.as_ref().expect("it was revealed");
                match whose {
                    turn::REVEAL => {
                        let Revealed { part, end, siblings, .. } = revealed;
                        let (part, siblings) = (part.clone(), siblings.clone());
                        let call = abi::revealCall { id, stage: place.stage, part, end: *end, siblings };
                        chain.write(self.account, verifier, U256::ZERO, &call)?;
                    }
                    turn::DEFEND if !silent => {
                        let call = self.shows(id, revealed, step.0).filter(|call| !chain.refuses(self.account, verifier, call));
                        match call {
                            Some(call) => drop(chain.write(self.account, verifier, U256::ZERO, &call)?),
                            None => {
                                silent = true;
                                chain.pass(super::Terms::LOCAL.clock)?;
                            }
                        }
                    }
                    _ => {}
                }
            }
            std::thread::sleep(LOOK);
        }
        Ok(Refuted { at: Instant::now(), silent })
    }

    /// A step with the weights that the referee knows and his own numbers.
    fn shows(&self, id: U256, revealed: &Revealed, step: [u8; 13]) -> Option<abi::defendCall> {
        let weights = Weights::new(&self.header, &self.file);
        let witness = revealed.trace.witness(weights, Step::read(&step)?)?;
        let program = program(&self.header.manifest).into();
        Some(abi::defendCall { id, program, part: revealed.part.clone(), witness: witness.into() })
    }
}

/// The challenge of an assertion, and the part that is challenged now.
fn challenged(chain: &Chain, verifier: Address, assertion: B256) -> Result<Option<(U256, Place)>> {
    let topics = json!([abi::Challenged::SIGNATURE_HASH, null, assertion]);
    let logs = chain.ask("eth_getLogs", json!([{ "address": verifier, "fromBlock": "0x0", "topics": topics }]))?;
    let Some(last) = logs.as_array().and_then(|logs| logs.last()) else { return Ok(None) };
    let (topics, data): (Vec<B256>, Bytes) =
        (serde_json::from_value(last["topics"].clone())?, serde_json::from_value(last["data"].clone())?);
    let event = abi::Challenged::decode_raw_log(topics, &data)?;
    Ok(Some((event.challenge, event.place)))
}
