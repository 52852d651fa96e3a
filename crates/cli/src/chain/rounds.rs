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
use crate::engine::{Device, threads};
use crate::failure::Failure;
use crate::locate;
use crate::model_file::ModelFile;
use crate::ranks::Ranks;
use crate::report::{Note, Report, ReportArgs};
use crate::signer::SignerArgs;
use crate::status::stop_flag;

/// Rounds in a row that may fail where nobody waits for the node to come back.
const FAILURES: u32 = 3;
/// Blocks that are looked at where no first one is named.
const BACK: u64 = 50_000;
/// Blocks that are looked at again, since they may be others now; and for which what was decided may be undecided again.
pub const AGAIN: u64 = 64;

/// How it is looked, who signs, what computes, and what is told.
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
    /// Seconds that a transaction waits before it is sent again at a higher price.
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=3600))]
    raise_after: u64,
    /// Threads to run the model with [default: all]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    threads: Option<u16>,
    /// Where to generate. What is asserted is always computed, and examined, on the processor.
    #[arg(long, value_enum, default_value = "cpu")]
    pub device: Device,
    #[command(flatten)]
    report: ReportArgs,
    #[command(flatten)]
    pub node: NodeArgs,
    #[command(flatten)]
    signer: SignerArgs,
}

/// What comes after a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum After {
    /// There is nothing to wait for.
    Nothing,
    /// There is something to wait for.
    Pause,
    /// There is more to do.
    AtOnce,
}

impl RoundArgs {
    /// Report while `work` is done, and wait for the last lines.
    ///
    /// # Errors
    /// If nothing can be reported, and as the work.
    pub fn reported<R>(&self, work: impl FnOnce(&Arc<AtomicBool>, &Report) -> Result<R, Failure>) -> Result<R, Failure> {
        let stop = stop_flag()?;
        let report = self.report.open(Duration::from_secs(self.every), &stop)?;
        let outcome = work(&stop, &report);
        report.flush();
        outcome
    }

    /// The model on one thread, every chunk of its file checked.
    ///
    /// # Errors
    /// If it is not named, or cannot be loaded.
    pub fn model(&self) -> Result<(ModelFile, Model<Simd>), Failure> {
        let missing = || Failure::new("no model was named").next("give the model's file with --model FILE");
        let file = locate::for_bundle(self.model.as_deref(), None)?.ok_or_else(missing)?;
        let model = file.load(Simd::new(Level::detect()), threads(self.threads), &mut |_| {})?;
        Ok((file, model))
    }

    /// The model on all threads.
    pub fn ranks(&self, model: &Model<Simd>) -> Ranks {
        Ranks::new(model, threads(self.threads))
    }

    /// Who sends.
    ///
    /// # Errors
    /// If nobody signs.
    pub fn sender(&self, stop: &Arc<AtomicBool>, report: &Report) -> Result<Sender, Failure> {
        let (signer, patience) = (self.signer.signer()?, Duration::from_secs(self.raise_after));
        Ok(Sender::new(signer, self.max_fee, patience, Arc::clone(stop), report.clone()))
    }

    /// The first block to look at.
    pub fn first(&self, newest: Block) -> u64 {
        self.from_block.unwrap_or_else(|| newest.number.saturating_sub(BACK))
    }

    /// Look again and again; a round that fails is repeated.
    ///
    /// # Errors
    /// That of the last round, where nobody waits.
    pub fn repeat(
        &self,
        stop: &AtomicBool,
        report: &Report,
        round: &mut dyn FnMut() -> Result<After, Failure>,
    ) -> Result<(), Failure> {
        let mut failures = 0;
        while !stop.load(Ordering::Acquire) {
            let outcome = round();
            report.round(outcome.is_ok());
            match outcome {
                Ok(after) => {
                    failures = 0;
                    if after == After::AtOnce {
                        continue;
                    }
                    if self.once && after == After::Nothing {
                        break;
                    }
                }
                Err(failure) => {
                    failures += 1;
                    report.tell(&Note::RoundFailed { failure: failure.to_string() });
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
