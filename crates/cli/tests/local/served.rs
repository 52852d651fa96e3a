//! An oracle on a local chain that knows a small model, and somebody who answers it.

use std::process::Child;

use alloy_primitives::{Address, Bytes, U256};
use alloy_sol_types::{SolCall, SolValue};
use openimo_core::chain::abi::registry::ModelRegistry::registerCall;
use openimo_core::dispute::abi::{estimateFeeCall, isFinalizedCall, keptCall, listModelCall, requestCallbackCall};
use openimo_core::verify::testing::bundle_model;

use super::disputes::Scene;
use super::ether;

/// The scene with an oracle that knows the model.
pub struct Served {
    pub scene: Scene,
    pub oracle: Address,
    pub number: U256,
}

impl Served {
    pub fn new() -> Self {
        let scene = Scene::new();
        let chain = &scene.chain;
        let model_id = scene.header.model_id().0.into();
        let registry = chain.deploy("ModelRegistry", &[]);
        let revenue = chain.token("AMO", chain.unlocked(7), model_id);
        let uri = "https://example.org/model.imo".into();
        let fee = alloy_primitives::Uint::from(1_000);
        chain.write(registry, &registerCall { modelId: model_id, revenueToken: revenue, fee, uri });
        // An answer pays an ether, a unit of gas of a call back a gwei.
        let terms = (scene.verifier, registry, ether(1), U256::from(1_000_000_000));
        let oracle = chain.deploy("AIOracle", &terms.abi_encode_params());
        let owner = chain.unlocked(9);
        chain.write(oracle, &listModelCall { id: model_id, owner });
        let number = U256::from_be_bytes(alloy_primitives::keccak256((model_id, owner).abi_encode()).0);
        Self { scene, oracle, number }
    }

    /// Somebody asks; the request's number.
    pub fn asks(&self, input: Bytes) -> U256 {
        let chain = &self.scene.chain;
        let fee = chain.read(self.oracle, estimateFeeCall { modelId: self.number, gasLimit: U256::from(50_000) });
        let call = requestCallbackCall {
            modelId: self.number,
            input,
            callbackContract: Address::ZERO,
            gasLimit: 50_000,
            callbackData: Bytes::new(),
        };
        let receipt = chain.transact(Some(self.oracle), fee, &call.abi_encode());
        serde_json::from_value(receipt["logs"][0]["topics"][2].clone()).unwrap()
    }

    /// A request to the model, of this seed.
    pub fn request(&self, seed: u32) -> Bytes {
        self.scene.asserter(&bundle_model(), seed).run.prompt
    }

    /// What is given to the program, to answer.
    pub fn args(&self, more: &[&str]) -> Vec<String> {
        let oracle = self.oracle.to_string();
        let args = ["node", "--oracle", &oracle, "--model", "a.imo", "--from-block", "0", "--every", "1"];
        args.iter().chain(more).map(|arg| (*arg).to_owned()).collect()
    }

    pub fn starts(&self, more: &[&str]) -> Child {
        self.scene.ann.command(&self.args(more)).spawn().unwrap()
    }

    pub fn answers(&self, id: U256) -> u8 {
        self.scene.chain.read(self.oracle, keptCall { requestId: id }).answers
    }

    pub fn is_final(&self, id: U256) -> bool {
        self.scene.chain.read(self.oracle, isFinalizedCall { requestId: id })
    }

    pub fn balance(&self) -> U256 {
        self.scene.chain.balance(self.scene.ann.address)
    }
}
