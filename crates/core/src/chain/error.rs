//! What can go wrong between a page, a wallet and a chain: every code, defined once.
//!
//! Codes are append-only. `docs/chain-codes.md` and the TypeScript union are rendered from here.

use serde_json::{Value, json};

macro_rules! codes {
    ($($name:ident $code:literal $meaning:literal)*) => {
        /// What went wrong.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Code {
            $(#[doc = $meaning] $name,)*
        }

        impl Code {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// How it is written: `wallet.rejected`.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// What it means, in a sentence or two.
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$name => $meaning,)* }
            }
        }
    };
}

codes! {
    WalletNone "wallet.none" "No wallet was found in this browser."
    WalletRejected "wallet.rejected" "The request was rejected in the wallet. Nothing was sent."
    WalletUnauthorized "wallet.unauthorized" "The wallet has not allowed this page to use the account."
    WalletMethod "wallet.unsupported_method" "The wallet does not know this request."
    WalletDisconnected "wallet.disconnected" "The wallet is not connected to any chain."
    WalletChainDisconnected "wallet.chain_disconnected" "The wallet is not connected to the chain that is needed."
    WalletChainMissing "wallet.chain_missing" "The wallet does not know the chain that is needed; it has to be added first."
    WalletPending "wallet.pending" "The wallet still waits for an answer to an earlier request. Open it and answer."
    WalletTransaction "wallet.transaction_refused" "The wallet or its node refused the transaction, for want of funds or gas for example."
    WalletInput "wallet.invalid_input" "The wallet could not read the request."
    WalletCapability "wallet.unsupported_capability" "The wallet does not offer what was asked of a batch."
    WalletUnknownBatch "wallet.unknown_batch" "The wallet does not know this batch (any longer)."
    WalletBatchSize "wallet.batch_too_large" "The batch is too large for the wallet."
    WalletOther "wallet.failed" "The wallet failed in a way that it does not explain."
    WalletAnswer "wallet.malformed" "The wallet's answer is not of the form that the standards prescribe."
    AccountChanged "wallet.account_changed" "The wallet's account is not the one that the plan was made for."
    ChainChanged "wallet.chain_changed" "The wallet's chain is not the one that the plan was made for."
    PlanInvalid "plan.invalid" "What was asked for is no action that can be planned."
    PlanChanged "plan.changed" "What would be signed is not what the preview showed. Nothing was sent."
    PlanUnknownCall "plan.unknown_call" "The call cannot be explained, so it is not sent."
    TransactionReverted "transaction.reverted" "The transaction was included, and the contract refused it. Only its fee is gone."
    TransactionReplaced "transaction.replaced" "Another transaction of the same account took this one's place."
    TransactionDropped "transaction.dropped" "The chain knows the transaction no longer."
    TransactionTimeout "transaction.timeout" "The transaction was not included in the time given. It may be still."
    BatchFailed "batch.failed" "No call of the batch had an effect."
    BatchPartial "batch.partial" "Some calls of the batch had an effect, and others not."
    JournalUnreadable "journal.unreadable" "The record of an earlier run cannot be read or belongs to another plan."
    RpcUnreachable "rpc.unreachable" "The node could not be reached."
    RpcTimeout "rpc.timeout" "The node did not answer in time."
    RpcTooLong "rpc.too_long" "The node's answer is longer than any right one."
    RpcMalformed "rpc.malformed" "The node's answer is not of the form that was asked for."
    RpcRefused "rpc.refused" "The node answered with an error."
    RpcReverted "rpc.reverted" "The contract refuses this call."
    RpcNoContract "rpc.no_contract" "There is no contract of the expected kind at this address."
    RpcOtherChain "rpc.other_chain" "The node is on another chain."
    RpcStale "rpc.stale" "The node's newest block is too old: it has stalled."
    RpcReorganised "rpc.reorganised" "The chain changed while it was read. Read again."
    RpcDisagree "rpc.disagree" "Two nodes answer differently, so neither is believed."
    RpcInconsistent "rpc.inconsistent" "The node's answers contradict each other, so none is believed."
    AmountInvalid "amount.invalid" "This is no amount of the unit."
}

/// The numbers that wallets and nodes give (EIP-1193, EIP-1474, EIP-5792), and what they mean.
pub const PROVIDER_CODES: &[(i64, Code)] = &[
    (4001, Code::WalletRejected),
    (4100, Code::WalletUnauthorized),
    (4200, Code::WalletMethod),
    (4900, Code::WalletDisconnected),
    (4901, Code::WalletChainDisconnected),
    (4902, Code::WalletChainMissing),
    (5700, Code::WalletCapability),
    (5710, Code::WalletChainMissing),
    (5720, Code::WalletInput),
    (5730, Code::WalletUnknownBatch),
    (5740, Code::WalletBatchSize),
    (5750, Code::WalletRejected),
    (5760, Code::WalletCapability),
    (-32000, Code::WalletTransaction),
    (-32001, Code::WalletInput),
    (-32002, Code::WalletPending),
    (-32003, Code::WalletTransaction),
    (-32004, Code::WalletMethod),
    (-32600, Code::WalletInput),
    (-32601, Code::WalletMethod),
    (-32602, Code::WalletInput),
    (-32603, Code::WalletOther),
];

/// A failure, with what was found and expected.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ChainError {
    /// Which.
    pub code: Code,
    /// One sentence.
    pub message: String,
    /// An object.
    pub details: Value,
}

impl ChainError {
    /// A failure whose sentence is `message`.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), details: json!({}) }
    }

    /// The same with details.
    #[must_use]
    pub fn with(mut self, details: Value) -> Self {
        self.details = details;
        self
    }
}

/// The table as `docs/chain-codes.md`.
pub fn render_markdown() -> String {
    let mut text = String::from(
        "# Codes of wallets and chains\n\n\
         Written by `cargo xtask vectors` from `crates/core/src/chain/error.rs`; do not edit.\n\n\
         | code | what it means | numbers of wallets and nodes |\n|---|---|---|\n",
    );
    for code in Code::ALL {
        let numbers: Vec<_> = PROVIDER_CODES.iter().filter(|(_, c)| c == code).map(|(n, _)| n.to_string()).collect();
        text.push_str(&format!("| `{}` | {} | {} |\n", code.as_str(), code.meaning(), numbers.join(", ")));
    }
    text
}

/// The table as TypeScript.
pub fn render_typescript() -> String {
    let mut text = String::from(
        "// Written by `cargo xtask vectors` from crates/core/src/chain/error.rs; do not edit.\n\n\
         /** What can go wrong between a page, a wallet and a chain. */\nexport const CHAIN_CODES = {\n",
    );
    for code in Code::ALL {
        text.push_str(&format!("  '{}': {},\n", code.as_str(), json!(code.meaning())));
    }
    text.push_str(
        "} as const;\n\nexport type ChainCode = keyof typeof CHAIN_CODES;\n\n\
         /** The numbers that wallets and nodes give. */\n\
         export const PROVIDER_CODES: Readonly<Record<number, ChainCode>> = {\n",
    );
    for (number, code) in PROVIDER_CODES {
        let key = if *number < 0 { format!("[{number}]") } else { number.to_string() };
        text.push_str(&format!("  {key}: '{}',\n", code.as_str()));
    }
    text + "};\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_distinct_and_rendered() {
        let (markdown, typescript) = (render_markdown(), render_typescript());
        for (i, code) in Code::ALL.iter().enumerate() {
            assert!(Code::ALL[..i].iter().all(|other| other.as_str() != code.as_str()));
            assert!(markdown.contains(&format!("| `{}` |", code.as_str())));
            assert!(typescript.contains(&format!("  '{}': ", code.as_str())));
        }
        for (i, (number, _)) in PROVIDER_CODES.iter().enumerate() {
            assert!(PROVIDER_CODES[..i].iter().all(|(other, _)| other != number));
        }
    }
}
