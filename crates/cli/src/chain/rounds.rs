//! What programs share that look at a chain again and again until somebody stops them.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use alloy_primitives::U256;
use openimo_core::model::Model;
use openimo_core::simd::Simd;
use openimo_core::simd::level::Level;

use super::auto::Sender;
use super::node::Block;
use super::pending::sleep;
use super::session::{NodeArgs, ether};
use crate::failure::Failure;
use crate::locate;
use crate::model_file::ModelFile;
use crate::signer::SignerArgs;

/// Rounds in a row that may fail where nobody waits for the node to come back.
const FAILURES: u32 = 3;
/// Blocks that are looked at where no first one is named.
const BACK: u64 = 50_000;
/// Blocks that are looked at again, since they may be others now.
pub const AGAIN: u64 = 64;

/// How it is looked, and who signs.
#[derive(Clone, Debug, clap::Args)]
#[group(skip)]
pub struct RoundArgs {
    /// The model file [default: OPENIMO_MODEL]
    #[arg(short, long, value_name = "FILE")]
    model: Option<PathBuf>,
    /// The first block to look at [default: the last 50,000]
    #[arg(long, value_name = "BLOCK")]
    from_block: Option<u64>,
    /// Seconds between two looks.
    #[arg(long, value_name = "SECONDS", default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=3600))]
    every: u64,
    /// End when there is nothing left to do, and nothing to wait for.
    #[arg(long)]
    once: bool,
    /// The most that all network fees may come to, in the chain's own currency.
    #[arg(long, value_name = "AMOUNT", default_value = "0.5", value_parser = ether)]
    max_fee: U256,
    #[command(flatten)]
    pub node: NodeArgs,
    #[command(flatten)]
    signer: SignerArgs,
}

impl RoundArgs {
    /// The model on one thread, every chunk of its file checked.
    ///
    /// # Errors
    /// If it is not named, or cannot be loaded.
    pub fn model(&self) -> Result<(ModelFile, Model<Simd>), Failure> {
        let missing = || Failure::new("no model was named").next("give the model's file with --model FILE");
        let file = locate::for_bundle(self.model.as_deref(), None)?.ok_or_else(missing)?;
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let model = file.load(Simd::new(Level::detect()), threads, &mut |_| {})?;
        Ok((file, model))
    }

    /// Who sends.
    ///
    /// # Errors
    /// If nobody signs.
    pub fn sender(&self, stop: &Arc<AtomicBool>) -> Result<Sender, Failure> {
        Ok(Sender::new(self.signer.signer()?, self.max_fee, Arc::clone(stop)))
    }

    /// The first block to look at.
    pub fn first(&self, newest: Block) -> u64 {
        self.from_block.unwrap_or_else(|| newest.number.saturating_sub(BACK))
    }

    /// Look again and again. A round says whether there is something to wait for; one that fails is repeated.
    ///
    /// # Errors
    /// That of the last round, where nobody waits.
    pub fn repeat(&self, stop: &AtomicBool, round: &mut dyn FnMut() -> Result<bool, Failure>) -> Result<(), Failure> {
        let mut failures = 0;
        while !stop.load(Ordering::Acquire) {
            match round() {
                Ok(is_busy) => {
                    failures = 0;
                    if self.once && !is_busy {
                        break;
                    }
                }
                Err(failure) => {
                    failures += 1;
                    eprintln!("{failure}");
                    if self.once && failures >= FAILURES {
                        return Err(failure);
                    }
                }
            }
            if sleep(Duration::from_secs(self.every), stop).is_err() {
                break;
            }
        }
        Ok(())
    }
}
