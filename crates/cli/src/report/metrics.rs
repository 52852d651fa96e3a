//! What is counted, under names as Prometheus wants them. `docs/contracts/operation.md` has the table, which a test compares.

use alloy_primitives::U256;
use prometheus::core::Collector;
use prometheus::{
    Counter, Gauge, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry, TextEncoder,
};

use super::note::Note;
use crate::chain::node::Block;

/// Upper ends of the classes of runs of the model, seconds.
const RUNS: [f64; 12] = [0.1, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 900.0, 3600.0];

/// All metrics of a program.
pub struct Metrics {
    registry: Registry,
    rounds: IntCounterVec,
    last_round: Gauge,
    block: IntGauge,
    block_time: IntGauge,
    requests: IntGaugeVec,
    requests_ended: IntCounterVec,
    assertions: IntCounterVec,
    challenges: IntCounterVec,
    /// Transactions, by what became of them.
    pub transactions: IntCounterVec,
    raised: IntCounter,
    fees: Counter,
    budget: Gauge,
    stake: Gauge,
    /// Seconds that the model ran, by what for.
    pub model_run: HistogramVec,
    devices_failed: IntCounter,
    /// Lines of the log that could not be written.
    pub lines_lost: IntCounter,
    stopping: IntGauge,
}

/// Makes metrics; names and labels are constants here, so that nothing can be wrong with them.
struct Maker(Registry);

impl Maker {
    fn keep<C: Collector + Clone + 'static>(&self, metric: Result<C, prometheus::Error>) -> C {
        let metric = metric.expect("the name is a name");
        self.0.register(Box::new(metric.clone())).expect("each name is given once");
        metric
    }

    fn counter(&self, name: &str, help: &str) -> IntCounter {
        self.keep(IntCounter::new(name, help))
    }

    /// A counter with one label, all of whose values are there from the start.
    fn counters(&self, name: &str, help: &str, label: &str, values: &[&str]) -> IntCounterVec {
        let counters = self.keep(IntCounterVec::new(Opts::new(name, help), &[label]));
        values.iter().for_each(|value| drop(counters.with_label_values(&[value])));
        counters
    }

    fn gauge(&self, name: &str, help: &str) -> Gauge {
        self.keep(Gauge::new(name, help))
    }

    fn int_gauge(&self, name: &str, help: &str) -> IntGauge {
        self.keep(IntGauge::new(name, help))
    }
}

impl Metrics {
    /// All of them, at nothing.
    pub fn new() -> Self {
        let make = Maker(Registry::new());
        let build = make.keep(IntGaugeVec::new(Opts::new("openimo_build_info", "What runs; always 1."), &["version"]));
        build.with_label_values(&[env!("CARGO_PKG_VERSION")]).set(1);
        let requests = Opts::new("openimo_requests", "Requests that are not decided, with an answer of this account or without.");
        let requests = make.keep(IntGaugeVec::new(requests, &["state"]));
        ["open", "answered"].iter().for_each(|state| drop(requests.with_label_values(&[state])));
        let runs = HistogramOpts::new("openimo_model_run_seconds", "How long the model ran, by what for.").buckets(RUNS.into());
        let model_run = make.keep(HistogramVec::new(runs, &["run"]));
        Self {
            rounds: make.counters(
                "openimo_rounds_total",
                "Looks at the chain, by how they ended.",
                "outcome",
                &["done", "failed"],
            ),
            last_round: make.gauge("openimo_last_round_timestamp_seconds", "When a look at the chain was done last, since 1970."),
            block: make.int_gauge("openimo_block_number", "The newest block that was seen."),
            block_time: make
                .int_gauge("openimo_block_timestamp_seconds", "The time of the newest block that was seen, since 1970."),
            requests,
            requests_ended: make.counters(
                "openimo_requests_ended_total",
                "Requests that are done with: handed over by this account, its answer refuted, or left.",
                "outcome",
                &["final", "lost", "left"],
            ),
            assertions: make.counters(
                "openimo_assertions_examined_total",
                "Assertions that the model was run on.",
                "verdict",
                &["right", "wrong"],
            ),
            challenges: make.counters(
                "openimo_challenges_total",
                "Challenges: opened by this account, won or lost by it, and moves of others that it answered.",
                "event",
                &["opened", "won", "lost", "defended"],
            ),
            transactions: make.counters(
                "openimo_transactions_total",
                "Transactions by what became of them.",
                "outcome",
                &["included", "failed"],
            ),
            raised: make.counter("openimo_transactions_replaced_total", "Transactions that were sent again at a higher price."),
            fees: make.keep(Counter::new("openimo_fees_wei_total", "Network fees that were paid.")),
            budget: make.gauge("openimo_fee_budget_wei", "What is left of --max-fee."),
            stake: make.gauge("openimo_stake_wei", "Bonds of this account that are not decided."),
            model_run,
            devices_failed: make.counter("openimo_device_failures_total", "Times that a GPU failed and the processor went on."),
            lines_lost: make.counter("openimo_log_lines_lost_total", "Lines of the log that could not be written."),
            stopping: make.int_gauge("openimo_stopping", "1 once the program was asked to stop."),
            registry: make.0,
        }
    }

    /// What an event adds.
    pub fn count(&self, note: &Note) {
        let (counters, value) = match note {
            Note::Final { .. } => (&self.requests_ended, "final"),
            Note::Left { .. } => (&self.requests_ended, "left"),
            Note::Lost { .. } => (&self.requests_ended, "lost"),
            Note::Right { .. } => (&self.assertions, "right"),
            Note::Wrong { .. } => (&self.assertions, "wrong"),
            Note::Challenged { .. } => (&self.challenges, "opened"),
            Note::Refuted { .. } => (&self.challenges, "won"),
            Note::Late { .. } | Note::Beyond { .. } => (&self.challenges, "lost"),
            Note::Defended { .. } => (&self.challenges, "defended"),
            Note::Raised { .. } => return self.raised.inc(),
            Note::DeviceFailed { .. } => return self.devices_failed.inc(),
            _ => return,
        };
        counters.with_label_values(&[value]).inc();
    }

    /// A round has ended.
    pub fn round(&self, is_good: bool) {
        self.rounds.with_label_values(&[if is_good { "done" } else { "failed" }]).inc();
        if is_good {
            let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
            self.last_round.set(now.map_or(0.0, |now| now.as_secs_f64()));
        }
    }

    /// This is the newest block.
    pub fn block(&self, block: Block) {
        self.block.set(block.number.cast_signed());
        self.block_time.set(block.timestamp.cast_signed());
    }

    /// So many requests are not decided.
    pub fn requests(&self, open: usize, answered: usize) {
        for (state, count) in [("open", open), ("answered", answered)] {
            self.requests.with_label_values(&[state]).set(i64::try_from(count).unwrap_or(i64::MAX));
        }
    }

    /// A transaction was included for this fee, and so much is left.
    pub fn paid(&self, fee: U256, left: U256) {
        self.transactions.with_label_values(&["included"]).inc();
        self.fees.inc_by(f64::from(fee));
        self.budget(left);
    }

    /// So much is left for fees.
    pub fn budget(&self, left: U256) {
        self.budget.set(f64::from(left));
    }

    /// So much is at stake.
    pub fn stake(&self, stake: U256) {
        self.stake.set(f64::from(stake));
    }

    /// The text that Prometheus reads.
    pub fn exposition(&self, is_stopping: bool) -> String {
        self.stopping.set(i64::from(is_stopping));
        TextEncoder::new().encode_to_string(&self.registry.gather()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Names and helps, as the text has them.
    fn described(text: &str) -> Vec<(&str, &str)> {
        text.lines().filter_map(|line| line.strip_prefix("# HELP ")?.split_once(' ')).collect()
    }

    #[test]
    fn names_are_as_prometheus_wants_them() {
        let metrics = Metrics::new();
        metrics.model_run.with_label_values(&["generate"]).observe(1.0);
        let text = metrics.exposition(true);
        for line in text.lines().filter(|line| line.starts_with("# TYPE ")) {
            let [_, _, name, kind] = line.split(' ').collect::<Vec<_>>()[..] else { panic!("{line}") };
            assert!(name.starts_with("openimo_"), "{line}");
            assert_eq!(name.ends_with("_total"), kind == "counter", "{line}");
        }
        assert!(text.contains("openimo_stopping 1\n") && text.contains("openimo_requests_ended_total{outcome=\"lost\"} 0\n"));
        assert!(text.contains("openimo_model_run_seconds_bucket{run=\"generate\",le=\"1\"} 1\n"), "{text}");
    }

    #[test]
    fn the_table_in_the_documents_is_this_one() {
        let metrics = Metrics::new();
        metrics.model_run.with_label_values(&["generate"]).observe(1.0);
        let text = metrics.exposition(false);
        let document = include_str!("../../../../docs/contracts/operation.md");
        let rows: Vec<&str> = document.lines().filter(|line| line.starts_with("| `openimo_")).collect();
        for (name, help) in described(&text) {
            let row = rows.iter().find(|row| row.starts_with(&format!("| `{name}`")));
            assert!(row.is_some_and(|row| row.contains(help)), "{name}: {help}");
        }
        assert_eq!(rows.len(), described(&text).len());
    }

    #[test]
    fn events_are_counted() {
        let metrics = Metrics::new();
        let request = U256::from(1).into();
        metrics.count(&Note::Final { request });
        metrics.count(&Note::Committed { request });
        metrics.paid(U256::from(21_000), U256::from(5));
        metrics.round(false);
        let text = metrics.exposition(false);
        for line in [
            "openimo_requests_ended_total{outcome=\"final\"} 1",
            "openimo_requests_ended_total{outcome=\"left\"} 0",
            "openimo_fees_wei_total 21000",
            "openimo_fee_budget_wei 5",
            "openimo_rounds_total{outcome=\"failed\"} 1",
            "openimo_last_round_timestamp_seconds 0",
            "openimo_transactions_total{outcome=\"included\"} 1",
        ] {
            assert!(text.lines().any(|found| found == line), "{line}: {text}");
        }
    }
}
