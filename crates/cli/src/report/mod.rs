//! What a program that runs for months tells whoever runs it: what happens, as lines; how much of it, as metrics; and whether it is well.
//!
//! Nothing here can fail or wait: a log that cannot be written is no reason to lose a bond.

mod health;
mod log;
mod metrics;
mod note;
mod serve;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use clap::ValueEnum;

pub use metrics::Metrics;
pub use note::Note;

use crate::chain::node::Block;
use crate::failure::Failure;
use health::Health;
use log::Log;

/// How it is told.
#[derive(Clone, Debug, clap::Args)]
#[group(skip)]
pub struct ReportArgs {
    /// Serve metrics for Prometheus at http://ADDRESS/metrics, and whether all is well at /healthz.
    #[arg(long, value_name = "ADDRESS:PORT")]
    metrics: Option<SocketAddr>,
    /// What a line of the log is.
    #[arg(long, value_enum, default_value = "text")]
    log_format: Format,
}

/// What a line of the log is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// A sentence.
    Text,
    /// A JSON object with time, level, event, message and what the event has besides.
    Json,
}

/// Where it is told; clones tell the same.
#[derive(Clone)]
pub struct Report(Arc<Inner>);

struct Inner {
    log: Log,
    metrics: Metrics,
    health: Health,
    stop: Arc<AtomicBool>,
}

impl ReportArgs {
    /// Begin. A round that succeeds must come `every` so long at least.
    ///
    /// # Errors
    /// If metrics cannot be served at that address.
    pub fn open(&self, every: Duration, stop: &Arc<AtomicBool>) -> Result<Report, Failure> {
        let (metrics, health) = (Metrics::new(), Health::new(every));
        let log = Log::new(self.log_format, metrics.lines_lost.clone())?;
        let report = Report(Arc::new(Inner { log, metrics, health, stop: Arc::clone(stop) }));
        if let Some(address) = self.metrics {
            let address = serve::serve(address, report.clone())?;
            report.tell(&Note::Listening { address });
        }
        Ok(report)
    }
}

impl Report {
    /// Something happened.
    pub fn tell(&self, note: &Note) {
        self.0.metrics.count(note);
        self.0.log.write(note);
    }

    /// What is counted that is no event.
    pub fn metrics(&self) -> &Metrics {
        &self.0.metrics
    }

    /// This is the newest block.
    pub fn block(&self, block: Block) {
        self.0.metrics.block(block);
    }

    /// A round has ended.
    pub fn round(&self, is_good: bool) {
        self.0.metrics.round(is_good);
        self.0.health.round(is_good, Instant::now());
    }

    /// A long run of the model has come a step further.
    pub fn goes_on(&self) {
        self.0.health.goes_on(Instant::now());
    }

    /// Run something and note how long it took.
    pub fn timed<R>(&self, what: &str, run: impl FnOnce() -> R) -> R {
        let start = Instant::now();
        let result = run();
        self.0.metrics.model_run.with_label_values(&[what]).observe(start.elapsed().as_secs_f64());
        result
    }

    /// Wait a moment for what was told to be written.
    pub fn flush(&self) {
        self.0.log.flush();
    }

    /// The metrics as Prometheus reads them.
    fn exposition(&self) -> String {
        self.0.metrics.exposition(self.0.stop.load(Ordering::Acquire))
    }

    /// Why it is not well.
    fn ill(&self) -> Option<String> {
        self.0.health.ill(Instant::now())
    }
}
