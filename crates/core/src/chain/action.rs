//! What a person can do, and the calls that do it.

use alloy_primitives::{Address, B256, Bytes, U256, keccak256};
use alloy_sol_types::{SolCall, SolValue};
use serde::{Deserialize, Serialize};

use super::abi::aigc::AigcToken;
use super::abi::bonded::BondedAssertionVerifier;
use super::abi::erc20::Erc20;
use super::abi::offering::ModelOffering;
use super::abi::oracle::AIOracle;
use super::abi::registry::ModelRegistry;
use super::abi::revshare::RevShareToken;
use super::abi::vesting::OfferingVesting;
use super::create::Creation;
use super::error::ChainError;
use super::permit::PermitDomain;

/// An action. Amounts are in smallest units.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "camelCase", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum Action {
    /// Create a token and its offering.
    CreateOffering {
        /// The factory.
        factory: Address,
        /// The terms.
        creation: Box<Creation>,
    },
    /// Deposit into an offering.
    Deposit {
        /// The offering.
        offering: Address,
        /// How much.
        amount: U256,
        /// For an ERC-20: what the offering may take already.
        #[serde(default)]
        allowance: U256,
        /// For an ERC-20: sign a permit instead of sending an approval.
        #[serde(default)]
        permit: Option<PermitTerms>,
    },
    /// After success: tokens and the rest of the deposit.
    ClaimAllocation {
        /// The offering.
        offering: Address,
        /// Who is paid, by default the caller's own account: `to` is for the caller alone, see the contract's `claimTo`.
        #[serde(default)]
        to: Option<Address>,
        /// Whose deposit, where it is not the caller's; paid to itself.
        #[serde(default)]
        account: Option<Address>,
    },
    /// After failure: the whole deposit.
    Refund {
        /// The offering.
        offering: Address,
        /// Who is paid.
        #[serde(default)]
        to: Option<Address>,
        /// Whose deposit, where it is not the caller's; paid to itself.
        #[serde(default)]
        account: Option<Address>,
    },
    /// Book the outcome.
    Finalize {
        /// The offering.
        offering: Address,
    },
    /// Move a part to its vesting wallet.
    Release {
        /// The offering.
        offering: Address,
        /// 0 team, 1 treasury, 2 liquidity.
        part: u8,
    },
    /// Pay what is vested to a vesting wallet's owner.
    ReleaseVested {
        /// The vesting wallet.
        wallet: Address,
        /// ETH (zero) or a token.
        asset: Address,
    },
    /// Share out new revenue.
    Snapshot {
        /// The revenue token.
        token: Address,
    },
    /// Be paid one's shares of many snapshots and assets.
    ClaimRevenue {
        /// The revenue token.
        token: Address,
        /// Which snapshots.
        snapshot_ids: Vec<U256>,
        /// Which assets; zero is ETH.
        assets: Vec<Address>,
        /// Who is paid.
        to: Address,
    },
    /// Be paid what a token refused before.
    Collect {
        /// The revenue token.
        token: Address,
        /// Which assets.
        assets: Vec<Address>,
        /// Who is paid.
        to: Address,
    },
    /// Burn tokens for their share of the pools.
    Burn {
        /// The revenue token.
        token: Address,
        /// How many.
        amount: U256,
        /// The pools that are paid from.
        assets: Vec<Address>,
        /// Who is paid.
        to: Address,
    },
    /// Commit to a prompt and mint it some blocks later.
    Mint {
        /// The collection.
        collection: Address,
        /// The canonical request.
        prompt: String,
        /// The content, where it is minted with it.
        #[serde(default)]
        content: Option<Bytes>,
        /// What the verifier asks for.
        #[serde(default)]
        proof: Bytes,
        /// 32 random bytes.
        salt: B256,
        /// The mint fee.
        fee: U256,
        /// The collection's least number of blocks between both.
        min_commit_age: u64,
    },
    /// Add the content to a token that was minted without.
    AddContent {
        /// The collection.
        collection: Address,
        /// The canonical request.
        prompt: String,
        /// The content.
        content: Bytes,
        /// What the verifier asks for.
        #[serde(default)]
        proof: Bytes,
    },
    /// Assert content with a bond.
    AssertContent {
        /// The verifier.
        verifier: Address,
        /// The model.
        model_id: B256,
        /// The canonical request.
        prompt: String,
        /// The content.
        content: Bytes,
        /// The bond.
        bond: U256,
    },
    /// Ask an oracle for a model's answer.
    RequestCallback {
        /// The oracle.
        oracle: Address,
        /// The model's number there.
        model_id: U256,
        /// The canonical request.
        input: String,
        /// Who is called with the result.
        callback_contract: Address,
        /// Gas for that.
        gas_limit: u64,
        /// What the receiver is called with besides.
        #[serde(default)]
        callback_data: Bytes,
        /// What `estimateFee` says.
        fee: U256,
    },
    /// A move in a dispute, as who has run the model has made it.
    Dispute {
        /// The optimistic verifier.
        verifier: Address,
        /// Wei.
        value: U256,
        /// Calldata.
        data: Bytes,
    },
    /// Register a model.
    RegisterModel {
        /// The registry.
        registry: Address,
        /// The model.
        model_id: B256,
        /// Where fees go.
        revenue_token: Address,
        /// Wei for a use.
        fee: U256,
        /// Where the file is.
        uri: String,
    },
}

/// How a permit is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PermitTerms {
    /// The token's.
    pub domain: PermitDomain,
    /// The permit's last second.
    pub deadline: U256,
}

/// The payment and the data of a call.
pub(super) struct Call {
    pub id: &'static str,
    pub to: Address,
    pub value: U256,
    pub data: Bytes,
    /// Blocks that must pass after the call before.
    pub wait_blocks: u64,
}

fn call(id: &'static str, to: Address, value: U256, call: &impl SolCall) -> Call {
    Call { id, to, value, data: call.abi_encode().into(), wait_blocks: 0 }
}

/// Allow exactly `value`.
pub(super) fn approve(token: Address, spender: Address, value: U256) -> Call {
    call("approve", token, U256::ZERO, &Erc20::approveCall { spender, value })
}

/// Deposit with a permit whose signature is still missing.
pub(super) fn deposit_with_permit(offering: Address, amount: U256, deadline: U256) -> Call {
    let unsigned = ModelOffering::depositWithPermitCall { amount, deadline, v: 0, r: B256::ZERO, s: B256::ZERO };
    call("deposit", offering, U256::ZERO, &unsigned)
}

/// The calls of an action; `None` for a deposit whose currency is not given.
pub(super) fn calls(
    action: &Action,
    chain_id: u64,
    account: Address,
    currency: Option<Address>,
) -> Result<Option<Vec<Call>>, ChainError> {
    let free = U256::ZERO;
    Ok(Some(match action {
        Action::CreateOffering { factory, creation } => vec![call("create", *factory, free, &creation.call()?)],
        Action::Deposit { offering, amount, .. } => {
            let Some(currency) = currency else { return Ok(None) };
            let value = if currency == Address::ZERO { *amount } else { U256::ZERO };
            vec![call("deposit", *offering, value, &ModelOffering::depositCall { amount: *amount })]
        }
        Action::ClaimAllocation { offering, to, account: of } => vec![match to {
            Some(to) => call("claim", *offering, free, &ModelOffering::claimToCall { to: *to }),
            None => call("claim", *offering, free, &ModelOffering::claimCall { account: of.unwrap_or(account) }),
        }],
        Action::Refund { offering, to, account: of } => vec![match to {
            Some(to) => call("refund", *offering, free, &ModelOffering::refundToCall { to: *to }),
            None => call("refund", *offering, free, &ModelOffering::refundCall { account: of.unwrap_or(account) }),
        }],
        Action::Finalize { offering } => vec![call("finalize", *offering, free, &ModelOffering::finalizeCall {})],
        Action::Release { offering, part } => {
            vec![call("release", *offering, free, &ModelOffering::releaseCall { part: *part })]
        }
        Action::ReleaseVested { wallet, asset } => vec![if *asset == Address::ZERO {
            call("release", *wallet, free, &OfferingVesting::release_0Call {})
        } else {
            call("release", *wallet, free, &OfferingVesting::release_1Call { token: *asset })
        }],
        Action::Snapshot { token } => vec![call("snapshot", *token, free, &RevShareToken::snapshotCall {})],
        Action::ClaimRevenue { token, snapshot_ids, assets, to } => {
            let claim = RevShareToken::claimToCall { snapshotIds: snapshot_ids.clone(), assets: assets.clone(), to: *to };
            vec![call("claim", *token, free, &claim)]
        }
        Action::Collect { token, assets, to } => {
            vec![call("collect", *token, free, &RevShareToken::collectCall { assets: assets.clone(), to: *to })]
        }
        Action::Burn { token, amount, assets, to } => {
            let burn = RevShareToken::burnToCall { amount: *amount, assets: assets.clone(), to: *to };
            vec![call("burn", *token, free, &burn)]
        }
        Action::Mint { collection, prompt, content, proof, salt, fee, min_commit_age } => {
            let prompt = Bytes::from(prompt.clone().into_bytes());
            let commitment = commitment(chain_id, *collection, account, &prompt, content.as_ref(), *salt);
            let commit = call("commit", *collection, free, &AigcToken::commitCall { commitment });
            let mint = match content.clone() {
                Some(content) => call(
                    "mint",
                    *collection,
                    *fee,
                    &AigcToken::mintWithAigcDataCall { prompt_: prompt, aigcData: content, proof: proof.clone(), salt: *salt },
                ),
                None => call("mint", *collection, *fee, &AigcToken::mintCall { prompt_: prompt, salt: *salt }),
            };
            vec![commit, Call { wait_blocks: *min_commit_age, ..mint }]
        }
        Action::AddContent { collection, prompt, content, proof } => {
            let add = AigcToken::addAigcDataCall {
                id: keccak256(prompt).into(),
                prompt_: prompt.clone().into_bytes().into(),
                aigcData: content.clone(),
                proof: proof.clone(),
            };
            vec![call("addContent", *collection, free, &add)]
        }
        Action::AssertContent { verifier, model_id, prompt, content, bond } => {
            let assert = BondedAssertionVerifier::assertContentCall {
                modelId: *model_id,
                prompt: prompt.clone().into_bytes().into(),
                content: content.clone(),
            };
            vec![call("assert", *verifier, *bond, &assert)]
        }
        Action::RequestCallback { oracle, model_id, input, callback_contract, gas_limit, callback_data, fee } => {
            let request = AIOracle::requestCallbackCall {
                modelId: *model_id,
                input: input.clone().into_bytes().into(),
                callbackContract: *callback_contract,
                gasLimit: *gas_limit,
                callbackData: callback_data.clone(),
            };
            vec![call("request", *oracle, *fee, &request)]
        }
        Action::Dispute { verifier, value, data } => {
            vec![Call { id: "dispute", to: *verifier, value: *value, data: data.clone(), wait_blocks: 0 }]
        }
        Action::RegisterModel { registry, model_id, revenue_token, fee, uri } => {
            let register = ModelRegistry::registerCall {
                modelId: *model_id,
                revenueToken: *revenue_token,
                fee: fee.saturating_to(),
                uri: uri.clone(),
            };
            vec![call("register", *registry, free, &register)]
        }
    }))
}

/// A minter's commitment to a prompt, as the collection computes it. Computed here: whoever is asked for it would know the prompt.
fn commitment(chain_id: u64, collection: Address, minter: Address, prompt: &[u8], content: Option<&Bytes>, salt: B256) -> B256 {
    let content_hash = content.map_or(B256::ZERO, keccak256);
    let domain = keccak256("openimo/commitment/1");
    keccak256((domain, U256::from(chain_id), collection, minter, keccak256(prompt), content_hash, salt).abi_encode())
}
