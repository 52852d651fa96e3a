//! Reading a chain through a node that nobody trusts: a view says what to ask, is given the answers, and asks on or is done.
//!
//! A view is a plain function that asks as if every answer were there. While one is missing it stops; what it asked by then is one round
//! of queries, and it is run again from its start with the answers so far. So it needs no state and no waiting.

mod asker;
mod collection;
mod content;
mod disputes;
mod erc20;
mod facts;
mod history;
mod offering;
mod token;

use alloy_primitives::{Address, B256, U256};
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use asker::{Answer, MAX_ANSWER, Query};
use asker::{Asker, Stop};
pub use collection::{Assertion, CollectionView};
pub use content::{ContentView, content_of_log};
pub use disputes::{AssertionView, AssertionsView};
pub use erc20::Erc20View;
pub use history::{HistoryView, ShareView, SnapshotView};
pub use offering::{OfferingView, Phase, Share, Terms};
pub use token::{AssetView, TokenView};

use super::error::{ChainError, Code};

/// Most queries of a view.
const MAX_QUERIES: usize = 2_000;

/// What can be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "view", rename_all = "camelCase", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum View {
    /// An offering as an account sees it.
    Offering {
        /// The offering.
        offering: Address,
        /// The account.
        account: Address,
    },
    /// A revenue token as an account sees it.
    Token {
        /// The token.
        token: Address,
        /// The account.
        account: Address,
        /// The first snapshot whose claims are listed; 0 for the newest hundred.
        #[serde(default)]
        from_snapshot: u64,
    },
    /// What a revenue token's newest snapshots shared out, and what of it is an account's.
    History {
        /// The token.
        token: Address,
        /// The account.
        account: Address,
    },
    /// An ERC-20 as an owner sees it who pays a spender.
    Erc20 {
        /// The token.
        token: Address,
        /// Who pays.
        owner: Address,
        /// Who is paid.
        spender: Address,
        /// The chain, for the permit's domain.
        chain_id: u64,
    },
    /// A token of a collection.
    Content {
        /// The collection.
        collection: Address,
        /// The token.
        token_id: U256,
    },
    /// A collection, as somebody sees it who wants to mint a content in it.
    Collection {
        /// The collection.
        collection: Address,
        /// keccak256 of the canonical request.
        request_hash: B256,
        /// keccak256 of the content.
        content_hash: B256,
        /// Who mints.
        minter: Address,
    },
    /// What an optimistic verifier fixes, and what it knows of a model.
    Terms {
        /// The verifier.
        verifier: Address,
        /// The model.
        model_id: B256,
    },
    /// What is asserted of a model at an optimistic verifier.
    Assertions {
        /// The verifier.
        verifier: Address,
        /// The model.
        model_id: B256,
        /// The first block.
        from_block: u64,
    },
    /// An assertion as somebody sees it who may challenge it.
    Dispute {
        /// The verifier.
        verifier: Address,
        /// The assertion.
        assertion: B256,
        /// Who may challenge it.
        account: Address,
        /// The block of the assertion, or one before.
        from_block: u64,
    },
    /// Everything that an inspection of an offering looks at.
    Inspect {
        /// The offering.
        offering: Address,
        /// The registry, and whose record of the model is meant.
        #[serde(default)]
        registry: Option<(Address, Address)>,
    },
}

/// What to do next.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Next {
    /// Ask these, all at the same block, and append the answers in this order.
    Ask(Vec<Query>),
    /// What was read.
    Done(Value),
}

/// Go on with a view, given every answer so far.
///
/// # Errors
/// If an answer is malformed, too long, contradicts another or is the answer of something else than the expected contract.
pub fn read(view: &View, answers: &[Answer]) -> Result<Next, ChainError> {
    let mut asker = Asker::new(answers);
    let done = match view {
        View::Offering { offering, account } => json(offering::read(&mut asker, *offering, *account)),
        View::Token { token, account, from_snapshot } => json(token::read(&mut asker, *token, *account, *from_snapshot)),
        View::History { token, account } => json(history::read(&mut asker, *token, *account)),
        View::Erc20 { token, owner, spender, chain_id } => json(erc20::read(&mut asker, *token, *owner, *spender, *chain_id)),
        View::Content { collection, token_id } => json(content::read(&mut asker, *collection, *token_id)),
        View::Collection { collection, request_hash, content_hash, minter } => {
            json(collection::read(&mut asker, *collection, *request_hash, *content_hash, *minter))
        }
        View::Terms { verifier, model_id } => json(disputes::terms(&mut asker, *verifier, *model_id)),
        View::Assertions { verifier, model_id, from_block } => {
            json(disputes::assertions(&mut asker, *verifier, *model_id, *from_block))
        }
        View::Dispute { verifier, assertion, account, from_block } => {
            json(disputes::look(&mut asker, *verifier, *assertion, *account, *from_block))
        }
        View::Inspect { offering, registry } => json(facts::read(&mut asker, *offering, *registry)),
    };
    match done {
        Ok(value) => Ok(Next::Done(value)),
        Err(Stop::Failed(error)) => Err(error),
        Err(Stop::Pending) if answers.len() + asker.asked().len() > MAX_QUERIES => {
            Err(ChainError::new(Code::RpcTooLong, "the view needs more queries than any right one"))
        }
        Err(Stop::Pending) => Ok(Next::Ask(asker.into_asked())),
    }
}

fn json<T: Serialize>(read: Result<T, Stop>) -> Result<Value, Stop> {
    read.map(|view| serde_json::to_value(view).expect("views have string keys"))
}

/// The storage slots of ERC-1967: implementation, admin, beacon.
pub(super) const PROXY_SLOTS: [B256; 3] = [
    B256::new(alloy_primitives::hex!("360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc")),
    B256::new(alloy_primitives::hex!("b53127684a568b3173ae13b9f8a6016e243e63b6e8ee1178d6a717850b5d6103")),
    B256::new(alloy_primitives::hex!("a3f0ad74e5423aebfd80d3ef4346578335a9a72aeaee59ff6cb3582b35133d50")),
];
