//! What disputes of runs need on the chain, an oracle that is judged by them, and requests to it.

use alloy_primitives::{Address, B256, Bytes, U256, keccak256};
use alloy_sol_types::{SolEvent, SolValue};
use anyhow::{Context, Result, bail};
use openimo_core::commit::{Hash, merkle};
use openimo_core::dispute::abi;
use openimo_core::model::file::{Header, Parsed};
use serde::Deserialize;
use serde_json::Value;

use super::{Chain, ETHER};

/// What only somebody who asks calls.
mod asking {
    alloy_sol_types::sol! {
        function claimModelRevenue(uint256 modelId) external;
        function calculate(uint256 modelId, bytes input, uint64 gasLimit) external payable returns (uint256);
        // The receiver declares a string, which travels as bytes do; a result may be a picture.
        function results(uint256 requestId) external view returns (bytes);
    }
}

/// What the receiver calls itself with besides.
const CALLBACK_DATA: &[u8] = b"data";

/// Amounts in wei and times in seconds, fixed where the contracts are deployed.
pub struct Terms {
    /// Bond of an assertion.
    pub bond: u128,
    /// Bond of a challenge.
    pub challenge_bond: u128,
    /// Fee of an answer in a dispute.
    pub question_fee: u128,
    /// How long an assertion can be challenged.
    pub window: u64,
    /// Time of a move.
    pub clock: u64,
    /// Reward of an answer to a request.
    pub answer_fee: u128,
    /// Of a unit of gas of a receiver's call.
    pub gas_price: u128,
}

impl Terms {
    /// Those of the demo and the bench.
    pub const LOCAL: Self = Self {
        bond: ETHER,
        challenge_bond: ETHER / 5,
        question_fee: ETHER / 200,
        window: 3_600,
        clock: 600,
        answer_fee: ETHER / 100,
        gas_price: 1_000_000_000,
    };
}

/// The contracts.
pub struct Oracle {
    /// The oracle.
    pub address: Address,
    /// Who judges its answers.
    pub verifier: Address,
}

/// A request, with what later calls need of it.
pub struct Asked {
    /// Its number.
    pub id: U256,
    /// The request.
    pub request: abi::OracleRequest,
    /// What was paid for it.
    pub fee: U256,
}

#[derive(Deserialize)]
struct Log {
    topics: Vec<B256>,
    data: Bytes,
}

impl Oracle {
    /// Deploy all of it, as `contracts/script` does.
    ///
    /// # Errors
    /// If the script fails.
    pub fn deploy(chain: &Chain, by: Address, registry: Address, terms: &Terms) -> Result<Self> {
        let registry = registry.to_string();
        let Terms { bond, challenge_bond, question_fee, window, clock, answer_fee, gas_price } = terms;
        let amounts = [*bond, *challenge_bond, *question_fee, u128::from(*window), u128::from(*clock), *answer_fee, *gas_price];
        let names = ["BOND", "CHALLENGE_BOND", "QUESTION_FEE", "WINDOW", "CLOCK", "ANSWER_FEE", "CALLBACK_GAS_PRICE"];
        let texts = amounts.map(|amount| amount.to_string());
        let mut variables: Vec<(&str, &str)> = names.into_iter().zip(texts.iter().map(String::as_str)).collect();
        variables.push(("ORACLE_REGISTRY", &registry));
        let deployed = chain.script(by, "Deploy", "disputes()", &variables)?;
        Ok(Self { address: deployed.address("oracle")?, verifier: deployed.address("verifier")? })
    }

    /// Make a model known to the referee, by the manifest of its file. Anybody can.
    ///
    /// # Errors
    /// If the file is none, or the chain refuses.
    pub fn learn(&self, chain: &Chain, by: Address, file: &[u8]) -> Result<()> {
        let Parsed::Header(header) = Header::parse(file)? else { bail!("the model file is cut off") };
        let manifest = header.manifest.canonical();
        let sections = (0..header.manifest.sections.len()).map(|section| header.section_root(section));
        let parts: Vec<Hash> = [merkle::leaf(&manifest)].into_iter().chain(sections).collect();
        let siblings = merkle::open_range(&parts, 0..1).iter().map(|hash| B256::from(hash.0)).collect();
        let model_id = B256::from(header.model_id().0);
        let programs = chain.read(self.verifier, &abi::programsCall {})?;
        let call = abi::registerCall { modelId: model_id, manifest: manifest.into(), siblings };
        chain.write(by, programs, U256::ZERO, &call).map(drop)
    }

    /// Give a model of the registry its number.
    ///
    /// # Errors
    /// If it has no record there.
    pub fn list(&self, chain: &Chain, by: Address, model_id: B256, owner: Address) -> Result<U256> {
        chain.write(by, self.address, U256::ZERO, &abi::listModelCall { id: model_id, owner })?;
        Ok(U256::from_be_bytes(keccak256((model_id, owner).abi_encode()).0))
    }

    /// Ask a model, by a receiver that is called with the result.
    ///
    /// # Errors
    /// If it is refused.
    pub fn ask(&self, chain: &Chain, by: Address, receiver: Address, model: U256, input: &str, gas: u64) -> Result<Asked> {
        let fee = chain.read(self.address, &abi::estimateFeeCall { modelId: model, gasLimit: U256::from(gas) })?;
        let call = asking::calculateCall { modelId: model, input: input.as_bytes().to_vec().into(), gasLimit: gas };
        let receipt = chain.write(by, receiver, fee, &call)?;
        let asked = logs(&receipt)?.into_iter().find(|log| log.topics.first() == Some(&abi::Requested::SIGNATURE_HASH));
        let asked = asked.context("nothing was asked")?;
        let event = abi::Requested::decode_raw_log(asked.topics, &asked.data)?;
        Ok(Asked { id: event.requestId, request: event.request, fee })
    }

    /// Pay what a model has earned to its revenue token. Anybody can.
    ///
    /// # Errors
    /// If it is refused.
    pub fn pay_revenue(&self, chain: &Chain, by: Address, model: U256) -> Result<()> {
        chain.write(by, self.address, U256::ZERO, &asking::claimModelRevenueCall { modelId: model }).map(drop)
    }

    /// The text that a receiver was given; empty before.
    ///
    /// # Errors
    /// As [`Chain::read`].
    pub fn result(chain: &Chain, receiver: Address, id: U256) -> Result<Bytes> {
        chain.read(receiver, &asking::resultsCall { requestId: id })
    }

    /// Commit to an assertion as the answer to a request, and give it.
    ///
    /// # Errors
    /// If it is refused.
    pub fn answer(&self, chain: &Chain, by: Address, asked: &Asked, run: &abi::Run, number: B256) -> Result<()> {
        let (domain, salt) = (keccak256("openimo/commitment/1"), B256::ZERO);
        let about = (domain, U256::from(super::CHAIN_ID), self.address, by, B256::from(asked.id), number, salt);
        chain.write(by, self.address, U256::ZERO, &abi::commitCall { commitment: keccak256(about.abi_encode()) })?;
        let (request, callback_data) = (asked.request.clone(), Bytes::from_static(CALLBACK_DATA));
        let call = abi::answerCall { requestId: asked.id, request, run: run.clone(), callbackData: callback_data, salt };
        let bond = chain.read(self.verifier, &abi::bondCall {})?;
        chain.write(by, self.address, bond, &call).map(drop)
    }
}

fn logs(receipt: &Value) -> Result<Vec<Log>> {
    Ok(Vec::<Log>::deserialize(&receipt["logs"])?)
}
