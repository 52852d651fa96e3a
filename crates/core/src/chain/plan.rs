//! Plans: the exact requests of an action, each with what it says.

use alloy_primitives::{Address, Bytes, U256};
use alloy_sol_types::SolCall;
use serde::{Deserialize, Serialize};

use super::abi::offering::ModelOffering;
use super::action::{self, Action, Call, PermitTerms};
use super::book::{Book, Kind};
use super::error::{ChainError, Code};
use super::permit::{Permit, Signature};
use super::preview::{self, Preview};

/// Longest data of a call, bytes: what nodes take.
const MAX_DATA: usize = 128 << 10;

/// What is asked of the wallet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum Request {
    /// `eth_sendTransaction`, or a call of `wallet_sendCalls`.
    Transaction {
        /// The contract.
        to: Address,
        /// Wei.
        value: U256,
        /// Calldata.
        data: Bytes,
    },
    /// `eth_signTypedData_v4`.
    Signature {
        /// What is signed.
        permit: Permit,
        /// The same as the wallet gets it.
        typed_data: String,
    },
}

/// One request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Step {
    /// Which, in this plan.
    pub id: String,
    /// What is asked of the wallet.
    pub request: Request,
    /// What it says.
    pub preview: Preview,
    /// The earlier step whose signature is filled in first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signed_by: Option<usize>,
    /// Blocks that must pass after the step before.
    #[serde(default)]
    pub wait_blocks: u64,
}

/// The requests of an action, in order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Plan {
    /// The chain.
    pub chain_id: u64,
    /// Who signs.
    pub account: Address,
    /// The requests.
    pub steps: Vec<Step>,
    /// What the previews were made with.
    pub book: Book,
}

/// The plan of an action.
///
/// # Errors
/// If the action names contracts that are not in the book, or is none that can be planned.
pub fn plan(action: &Action, book: &Book) -> Result<Plan, ChainError> {
    let steps = match action {
        Action::Deposit { offering, amount, allowance, permit } => {
            deposit(book, *offering, *amount, *allowance, permit.as_ref())?
        }
        _ => {
            let calls = action::calls(action, book.chain_id, book.account, None)?;
            transactions(book, calls.ok_or_else(|| invalid("no calls follow from the action"))?)?
        }
    };
    check(action)?;
    Ok(Plan { chain_id: book.chain_id, account: book.account, steps, book: book.clone() })
}

/// What a step says, from its request alone; it must be what its preview says.
///
/// # Errors
/// `plan.changed` if it says something else, and as [`preview::of_call`].
pub fn review(step: &Step, book: &Book) -> Result<(), ChainError> {
    let says = match &step.request {
        Request::Transaction { to, value, data } => preview::of_call(book, *to, *value, data)?,
        Request::Signature { permit, typed_data } => {
            if permit.typed_data() != *typed_data {
                return Err(ChainError::new(Code::PlanChanged, "the typed data is not that of the permit shown"));
            }
            permit.preview(book)?
        }
    };
    if says == step.preview {
        return Ok(());
    }
    let details = serde_json::json!({ "shown": step.preview.sentence, "signed": says.sentence });
    Err(ChainError::new(Code::PlanChanged, "what would be signed is not what the preview shows").with(details))
}

/// A step that was waiting for a signature, with it. The preview stays what it was.
///
/// # Errors
/// If the signature is malformed or the step takes none.
pub fn complete(step: &Step, signature: &str) -> Result<Step, ChainError> {
    let Signature { v, r, s } = Signature::parse(signature)?;
    let takes_none = || invalid("the step takes no signature");
    let Request::Transaction { to, value, data } = &step.request else { return Err(takes_none()) };
    let call = ModelOffering::depositWithPermitCall::abi_decode(data).map_err(|_| takes_none())?;
    let data = ModelOffering::depositWithPermitCall { v, r, s, ..call }.abi_encode().into();
    Ok(Step { request: Request::Transaction { to: *to, value: *value, data }, signed_by: None, ..step.clone() })
}

fn deposit(
    book: &Book,
    offering: Address,
    amount: U256,
    allowance: U256,
    permit: Option<&PermitTerms>,
) -> Result<Vec<Step>, ChainError> {
    let entry = book.entry(offering).filter(|entry| entry.kind == Kind::Offering);
    let currency = entry.ok_or_else(|| invalid("the offering was not looked at"))?.currency;
    if amount.is_zero() {
        return Err(invalid("a deposit of nothing"));
    }
    let action = Action::Deposit { offering, amount, allowance, permit: None };
    let pay = || Ok::<_, ChainError>(action::calls(&action, book.chain_id, book.account, Some(currency))?.unwrap_or_default());
    if currency == Address::ZERO {
        return if permit.is_some() { Err(invalid("ETH has no permit")) } else { transactions(book, pay()?) };
    }
    let Some(terms) = permit else {
        // An allowance that suffices is not raised; a smaller one is replaced, since what is left of it is not meant for this.
        let approval = (allowance < amount).then(|| action::approve(currency, offering, amount));
        return transactions(book, approval.into_iter().chain(pay()?).collect());
    };
    if !terms.domain.holds(book.chain_id, currency) {
        return Err(ChainError::new(Code::PlanInvalid, "the token's permits are of another chain, token or version"));
    }
    let permit = Permit {
        token: currency,
        name: terms.domain.name.clone(),
        version: terms.domain.version.clone(),
        chain_id: book.chain_id,
        owner: book.account,
        spender: offering,
        value: amount,
        nonce: terms.domain.nonce,
        deadline: terms.deadline,
    };
    let preview = permit.preview(book)?;
    let request = Request::Signature { typed_data: permit.typed_data(), permit };
    let sign = Step { id: "permit".into(), request, preview, signed_by: None, wait_blocks: 0 };
    let mut steps = transactions(book, vec![action::deposit_with_permit(offering, amount, terms.deadline)])?;
    steps[0].signed_by = Some(0);
    steps.insert(0, sign);
    Ok(steps)
}

fn transactions(book: &Book, calls: Vec<Call>) -> Result<Vec<Step>, ChainError> {
    calls.into_iter().map(|call| transaction(book, call)).collect()
}

fn transaction(book: &Book, Call { id, to, value, data, wait_blocks }: Call) -> Result<Step, ChainError> {
    if data.len() > MAX_DATA {
        return Err(
            invalid("the call is larger than nodes take").with(serde_json::json!({ "bytes": data.len(), "most": MAX_DATA }))
        );
    }
    let preview = preview::of_call(book, to, value, &data)?;
    Ok(Step { id: id.into(), request: Request::Transaction { to, value, data }, preview, signed_by: None, wait_blocks })
}

/// What contracts would take and people would regret.
fn check(action: &Action) -> Result<(), ChainError> {
    match action {
        Action::ClaimAllocation { to: Some(_), account: Some(_), .. } | Action::Refund { to: Some(_), account: Some(_), .. } => {
            Err(invalid("only one's own deposit can be paid to another address"))
        }
        Action::ClaimRevenue { to, .. } | Action::Collect { to, .. } | Action::Burn { to, .. } if *to == Address::ZERO => {
            Err(invalid("the payment would go to the zero address"))
        }
        Action::Burn { amount, .. } if amount.is_zero() => Err(invalid("a burn of nothing")),
        Action::ClaimRevenue { snapshot_ids, assets, .. } if snapshot_ids.is_empty() || assets.is_empty() => {
            Err(invalid("a claim of nothing"))
        }
        Action::RegisterModel { fee, .. } if fee.bit_len() > 208 => Err(invalid("the fee is too large")),
        Action::Release { part, .. } if *part > 2 => Err(invalid("an offering has three parts")),
        Action::Mint { min_commit_age, .. } if *min_commit_age == 0 => Err(invalid("a mint waits at least a block")),
        _ => Ok(()),
    }
}

fn invalid(message: &str) -> ChainError {
    ChainError::new(Code::PlanInvalid, message)
}
