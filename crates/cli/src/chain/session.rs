//! The arguments of every verb that reaches a chain, and what they open.

use std::time::Duration;

use alloy_primitives::{Address, U256};
use openimo_core::chain::book::{Book, Entry};
use openimo_core::chain::units;

use super::node::Node;
use super::rpc::Rpc;
use crate::failure::Failure;
use crate::signer::{Signer, SignerArgs};

/// Where the chain is.
#[derive(Clone, Debug, clap::Args)]
#[group(skip)]
pub struct NodeArgs {
    /// A node of the chain, by its JSON-RPC address.
    #[arg(long, value_name = "URL", env = "OPENIMO_RPC", hide_env_values = true)]
    rpc: String,
    /// The chain that the node must be on.
    #[arg(long, value_name = "ID")]
    chain_id: Option<u64>,
    /// Seconds that the node has for an answer.
    #[arg(long, value_name = "SECONDS", default_value_t = 15, value_parser = clap::value_parser!(u64).range(1..=600))]
    rpc_timeout: u64,
}

impl NodeArgs {
    /// The node.
    ///
    /// # Errors
    /// If it cannot be asked, or is on another chain.
    pub fn open(&self) -> Result<Node, Failure> {
        let rpc = Rpc::node(&self.rpc, Duration::from_secs(self.rpc_timeout))?;
        Ok(Node::open(rpc, self.chain_id)?)
    }
}

/// How something is signed and sent.
#[derive(Clone, Debug, clap::Args)]
#[group(skip)]
pub struct SendArgs {
    #[command(flatten)]
    node: NodeArgs,
    #[command(flatten)]
    signer: SignerArgs,
    /// Show what would be signed, and end.
    #[arg(long)]
    pub dry_run: bool,
    /// Print what was done, or with --dry-run what would be, as JSON.
    #[arg(long)]
    pub json: bool,
    /// Sign without being asked, within --max-fee.
    #[arg(short, long)]
    pub yes: bool,
    /// The most that all network fees of this command may come to, in the chain's own currency.
    #[arg(long, value_name = "AMOUNT", default_value = "0.1", value_parser = ether)]
    pub max_fee: U256,
    /// Blocks that must contain or follow a transaction.
    #[arg(long, value_name = "BLOCKS", default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=1000))]
    pub confirmations: u64,
    /// Seconds that each transaction has to be included.
    #[arg(long, value_name = "SECONDS", default_value_t = 600)]
    pub wait: u64,
}

/// An amount of the chain's own currency.
///
/// # Errors
/// If it is none.
pub fn ether(text: &str) -> Result<U256, String> {
    units::parse(text, 18).map_err(|error| error.to_string())
}

/// A chain, and who signs on it.
pub struct Session {
    /// The chain.
    pub node: Node,
    /// Who signs.
    pub signer: Box<dyn Signer>,
    /// How.
    pub args: SendArgs,
}

impl Session {
    /// Open both.
    ///
    /// # Errors
    /// If one cannot be reached.
    pub fn open(args: &SendArgs) -> Result<Self, Failure> {
        let node = args.node.open()?;
        Ok(Self { node, signer: args.signer.signer()?, args: args.clone() })
    }

    /// The account that signs.
    pub fn account(&self) -> Address {
        self.signer.address()
    }

    /// The contracts that were read, for previews.
    pub fn book(&self, entries: impl IntoIterator<Item = Entry>) -> Book {
        let mut book = Book {
            chain_id: self.node.chain_id,
            account: self.account(),
            native: native(self.node.chain_id).into(),
            entries: vec![],
        };
        for entry in entries {
            if book.entry(entry.address).is_none() {
                book.entries.push(entry);
            }
        }
        book
    }
}

/// What people call a chain.
pub fn chain_name(chain_id: u64) -> String {
    let name = match chain_id {
        1 => "Ethereum",
        10 => "OP Mainnet",
        137 => "Polygon",
        8453 => "Base",
        42161 => "Arbitrum One",
        560_048 => "Hoodi, a test chain",
        11_155_111 => "Sepolia, a test chain",
        31337 => "a local chain",
        _ => return format!("chain {chain_id}"),
    };
    format!("chain {chain_id} ({name})")
}

/// What its own currency is called.
pub fn native(chain_id: u64) -> &'static str {
    if chain_id == 137 { "POL" } else { "ETH" }
}
