//! `cargo xtask test`: every suite, with a line for each and one closing line.
//!
//! A suite that cannot run because something is missing is skipped by name; on a build machine (`CI=true`) that is a failure.

mod counts;
mod suites;

use std::time::Instant;

use anyhow::{Result, ensure};

use crate::setup::Missing;
use counts::Counts;
use suites::SUITES;

#[derive(clap::Args)]
pub struct Args {
    /// Run only the suites whose name contains one of these words.
    only: Vec<String>,
    /// List the suites.
    #[arg(long)]
    list: bool,
}

/// How a suite ended.
enum End {
    Ran(Counts),
    Skipped(Missing),
    Failed(anyhow::Error),
}

/// Run the suites.
///
/// # Errors
/// If a test failed, or on a build machine a suite was skipped.
pub fn run(args: &Args) -> Result<()> {
    let chosen: Vec<_> = SUITES
        .iter()
        .filter(|suite| args.only.is_empty() || args.only.iter().any(|word| suite.name.contains(word.as_str())))
        .collect();
    ensure!(!chosen.is_empty(), "no suite has such a name");
    if args.list {
        chosen.iter().for_each(|suite| println!("{:<14} {}", suite.name, suite.about));
        return Ok(());
    }
    let mut ends = Vec::new();
    for suite in chosen {
        println!("\n=== {}: {}", suite.name, suite.about);
        let start = Instant::now();
        let end = match (suite.run)() {
            Ok(counts) => End::Ran(counts),
            Err(error) => error.downcast::<Missing>().map_or_else(End::Failed, End::Skipped),
        };
        ends.push((suite.name, start.elapsed().as_secs_f64(), end));
    }
    conclude(&ends, std::env::var("CI").is_ok_and(|ci| ci == "true"))
}

fn conclude(ends: &[(&str, f64, End)], on_build_machine: bool) -> Result<()> {
    let mut total = Counts::default();
    println!("\n{:<14} {:>8} {:>8} {:>8} {:>8}", "suite", "seconds", "passed", "failed", "skipped");
    for (name, seconds, end) in ends {
        let (counts, note) = match end {
            End::Ran(counts) => (*counts, String::new()),
            End::Failed(error) => (Counts { failed: 1, ..Counts::default() }, format!("  {error:#}")),
            End::Skipped(missing) if on_build_machine => (Counts { failed: 1, ..Counts::default() }, format!("  {missing}")),
            End::Skipped(missing) => (Counts { skipped: 1, ..Counts::default() }, format!("  {missing}")),
        };
        println!("{name:<14} {seconds:>8.1} {:>8} {:>8} {:>8}{note}", counts.passed, counts.failed, counts.skipped);
        total += counts;
    }
    println!("\n{} passed, {} failed, {} skipped", total.passed, total.failed, total.skipped);
    ensure!(total.failed == 0, "{} failed", total.failed);
    ensure!(total.passed > 0, "nothing ran");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_skipped_suite_fails_on_a_build_machine_alone() {
        let ends = || {
            let ran = ("a", 1.0, End::Ran(Counts { passed: 2, ..Counts::default() }));
            vec![ran, ("b", 0.0, End::Skipped(Missing::new("x", "install x")))]
        };
        assert!(conclude(&ends(), false).is_ok());
        assert!(conclude(&ends(), true).is_err());
    }

    #[test]
    fn a_failure_or_nothing_at_all_is_no_success() {
        assert!(conclude(&[], false).is_err());
        let failed = ("a", 1.0, End::Ran(Counts { passed: 2, failed: 1, skipped: 0 }));
        assert!(conclude(&[failed], false).is_err());
    }
}
