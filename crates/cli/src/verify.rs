//! `openimo verify`: runs a bundle's output again and prints the report. Exit status 0 verified, 1 not verified, 2 could not check.

use std::io::Write;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::Ordering;

use clap::Args as ClapArgs;
use openimo_core::backend::Backend;
use openimo_core::bundle::MAX_LEN;
use openimo_core::commit::ModelId;
use openimo_core::device::Fault;
use openimo_core::model::Model;
use openimo_core::tokenizer::Tokenizer;
use openimo_core::verify::{Report, Verdict, VerifyJob, check_bundle, finish};

use crate::engine::{Engine, Job, OnProgress};
use crate::failure::Failure;
use crate::locate;
use crate::status::{Status, stop_flag};

/// Check that a text came from its model, request and seed, bit for bit.
///
/// Exit status: 0 verified, 1 not verified (a check failed), 2 could not check.
#[derive(Debug, ClapArgs)]
pub struct Args {
    /// The bundle.
    bundle: PathBuf,
    /// The model file [default: OPENIMO_MODEL, else the bundle's model in the cache]
    #[arg(short, long, value_name = "FILE")]
    model: Option<PathBuf>,
    /// Print the report as JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    engine: Engine,
}

/// Run the verb.
pub fn run(args: &Args) -> Result<ExitCode, Failure> {
    let bytes = read(&args.bundle)?;
    let checked = check(&bytes, args.model.as_deref(), args.engine)?;
    let done = print(&checked.report, args.json)?;
    if let Some(model) = checked.missing {
        eprintln!("  next: give the file of model {model} with --model FILE");
    }
    Ok(done)
}

/// What was found out about a bundle.
pub struct Checked {
    /// The report.
    pub report: Report,
    /// The model whose file would be needed to find out more.
    pub missing: Option<ModelId>,
}

/// Check a bundle, with its model if that is named or in the cache.
///
/// # Errors
/// If the model cannot be used.
pub fn check(bytes: &[u8], model: Option<&Path>, engine: Engine) -> Result<Checked, Failure> {
    let alone = check_bundle(bytes);
    let file = match alone.statement {
        Some(statement) => locate::for_bundle(model, Some(statement.model_id))?,
        None => None,
    };
    let Some(file) = file else {
        let missing = alone.statement.filter(|_| alone.verdict == Verdict::CouldNotCheck).map(|statement| statement.model_id);
        return Ok(Checked { report: alone, missing });
    };
    let stop = stop_flag()?;
    let status = Status::new("loading the model");
    let total = file.header().file_len();
    let report = engine.run(
        &file,
        &Verify(bytes),
        &mut |bytes| status.say(format!("loading the model, {} %", bytes * 100 / total)),
        &mut |progress| {
            status.say(format!("running it again, {} of {}", progress.done, progress.total));
            if stop.load(Ordering::Acquire) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        },
    );
    status.clear();
    Ok(Checked { report: report?, missing: None })
}

struct Verify<'a>(&'a [u8]);

impl Job for Verify<'_> {
    type Output = Report;
    type Begun = usize;

    fn run<B: Backend>(
        &self,
        model: &mut Model<B>,
        tokenizer: &Tokenizer,
        begun: Option<&(Fault, usize)>,
        progress: &mut OnProgress<'_>,
    ) -> Result<Report, (Fault, usize)> {
        let (fault, checked) = begun.map_or((None, 0), |(fault, checked)| (Some(fault.clone()), *checked));
        let job = VerifyJob::resume(self.0, Some((model, tokenizer)), checked, fault);
        finish(job, model, tokenizer, progress)
    }
}

/// The file, or enough of it to see that it is too long.
///
/// # Errors
/// If it cannot be read.
pub fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let file = std::fs::File::open(path);
    let mut bytes = Vec::new();
    file.and_then(|file| std::io::Read::read_to_end(&mut std::io::Read::take(file, MAX_LEN as u64 + 1), &mut bytes))
        .map_err(|e| Failure::new(format!("cannot read the bundle {}: {e}", path.display())))?;
    Ok(bytes)
}

fn print(report: &Report, json: bool) -> Result<ExitCode, Failure> {
    let text = if json { report.to_json() + "\n" } else { report.render() };
    std::io::stdout().lock().write_all(text.as_bytes())?;
    Ok(ExitCode::from(report.verdict.exit_code()))
}
