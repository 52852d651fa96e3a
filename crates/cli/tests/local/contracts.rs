//! The contracts on a local chain, and the offering and the collection that the suites use.

use alloy_primitives::{Address, B256, U256, aliases::U48, aliases::U96};
use alloy_sol_types::SolConstructor;
use openimo_core::chain::abi::aigc::AigcToken;
use openimo_core::chain::abi::aigc::AigcToken::AigcTerms;
use openimo_core::chain::abi::bonded::BondedAssertionVerifier;
use openimo_core::chain::abi::revshare::IRevShareToken;
use openimo_core::chain::abi::revshare::RevShareToken;
use serde_json::Value;

use super::{Chain, DAY, ether, root};

/// The model of the offerings.
pub const MODEL: B256 = B256::repeat_byte(0x5a);

/// Seconds from now to the start of [`terms`], and how long deposits are taken.
pub const START: u64 = 1_000;
pub const OPEN: u64 = 7 * DAY;

impl Chain {
    /// Deploy what forge has built, with the constructor's arguments.
    pub fn deploy(&self, name: &str, arguments: &[u8]) -> Address {
        let path = root().join(format!("contracts/out/{name}.sol/{name}.json"));
        let text =
            std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{name} is not built ({e}): cargo xtask contracts build"));
        let artifact: Value = serde_json::from_str(&text).unwrap();
        let mut code = alloy_primitives::hex::decode(artifact["bytecode"]["object"].as_str().unwrap()).unwrap();
        code.extend_from_slice(arguments);
        let receipt = self.transact(None, U256::ZERO, &code);
        serde_json::from_value(receipt["contractAddress"].clone()).unwrap()
    }

    pub fn factory(&self) -> Address {
        self.deploy("ModelOfferingFactory", &[])
    }

    /// A revenue token, all of it the holder's; it serves as a currency with permits too.
    pub fn token(&self, symbol: &str, holder: Address, model_id: B256) -> Address {
        let terms = IRevShareToken::Terms {
            name: format!("The {symbol}"),
            symbol: symbol.into(),
            supply: ether(1_000),
            holder,
            percentClaimable: U256::from(80),
            snapshotInterval: U48::from(5),
            modelId: model_id,
            revenueTokens: vec![],
        };
        self.deploy("RevShareToken", &RevShareToken::constructorCall { terms }.abi_encode())
    }

    /// A verifier whose bond is one ether.
    pub fn verifier(&self) -> Address {
        let arguments = BondedAssertionVerifier::constructorCall {
            bond_: ether(1),
            window_: 3_600,
            arbitrationTime_: 3_600,
            arbiter_: self.unlocked(8),
        };
        self.deploy("BondedAssertionVerifier", &arguments.abi_encode())
    }

    /// A collection of a model, whose fee is a tenth of an ether and whose commitments ripen in two blocks and expire in `most`.
    pub fn collection(&self, model_id: B256, verifier: Address, most: u64) -> Address {
        let terms = AigcTerms {
            name: "Texts".into(),
            symbol: "TXT".into(),
            aigcType: "text".into(),
            modelId: model_id,
            verifier,
            revenueToken: self.token("AMO", self.unlocked(7), model_id),
            mintFee: ether(1) / U256::from(10),
            royaltyBps: U96::from(500),
            minCommitAge: U48::from(2),
            maxCommitAge: U48::from(most),
        };
        self.deploy("AigcToken", &AigcToken::constructorCall { terms }.abi_encode())
    }
}

/// Terms of an offering of 600 tokens that begins soon: target 10, cap 20, at most 15 an account; as a person writes them.
pub fn terms(chain: &Chain, currency: &str) -> String {
    let start = chain.now() + START;
    let [start, end] =
        [start, start + OPEN].map(|at| openimo_core::chain::date::utc(at).replacen(' ', "T", 1).replace(" UTC", "Z"));
    let [team, treasury, liquidity] = [1, 2, 3].map(|index| chain.unlocked(index));
    format!(
        r#"
model = "{MODEL}"
[token]
name = "A model"
symbol = "AMO"
percent_claimable = 80
snapshot_interval = 5
[offering]
currency = "{currency}"
for_sale = 600
target = 10
cap = "20.0"
account_cap = 15
start = {start}
end = {end}
[team]
beneficiary = "{team}"
tokens = 100
proceeds = "10 %"
cliff = "30 days"
vesting = "365 days"
[treasury]
beneficiary = "{treasury}"
tokens = 300
proceeds = "90 %"
cliff = "none"
vesting = "365 days"
[liquidity]
beneficiary = "{liquidity}"
tokens = 0
proceeds = "0 %"
"#
    )
}
