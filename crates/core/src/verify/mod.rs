//! Verification: a bundle, and a model if one is at hand, become a [`Report`].
//!
//! A pure function. Every check has a status code ([`status`]); what cannot be checked is never shown as false; a level
//! ([`level`]) exists only with the markers of its checks.

pub mod checks;
mod job;
pub mod level;
pub mod model_checks;
pub mod recompute;
mod render;
pub mod report;
pub mod status;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
#[cfg(test)]
mod tests;

use std::ops::ControlFlow;
use std::task::Poll;

use crate::backend::Backend;
use crate::bundle::Bundle;
use crate::content::content_ids;
use crate::device::{Fault, RecomputedOn};
use crate::generate::Progress;
use crate::model::Model;
use crate::picture::Picture;
use crate::request::Request;
use crate::scalar::Scalar;
use crate::tokenizer::{Tokenizer, Utf8Stream};
use checks::Outcome;
pub use job::VerifyJob;
use level::Level;
use recompute::{IdsRecomputed, Recomputation};
use report::{Check, Difference, IdOutcome, IdView, OutputView, PictureView, Piece, Verifier};
pub use report::{Report, Verdict};
use status::{Code, Status};

/// Check a bundle. With a model the output is run again; without one no more than consistency can be found. Where a run is split over
/// ranks, each calls this with the same arguments and its own part of the model, and each gets the report.
///
/// # Errors
/// If the device failed that the model is on; with the number of ids that it had found the same, from which [`VerifyJob::resume`] goes
/// on on another executor.
pub fn verify<B: Backend>(
    bytes: &[u8],
    at_hand: Option<(&mut Model<B>, &Tokenizer)>,
    progress: &mut dyn FnMut(Progress<'_>) -> ControlFlow<()>,
) -> Result<Report, (Fault, usize)> {
    let Some((model, tokenizer)) = at_hand else { return Ok(VerifyJob::<B>::new(bytes, None).report(None)) };
    finish(VerifyJob::new(bytes, Some((model, tokenizer))), model, tokenizer, progress)
}

/// Run a job to its end; see [`verify`].
///
/// # Errors
/// As [`verify`].
pub fn finish<B: Backend>(
    mut job: VerifyJob<B>,
    model: &mut Model<B>,
    tokenizer: &Tokenizer,
    progress: &mut dyn FnMut(Progress<'_>) -> ControlFlow<()>,
) -> Result<Report, (Fault, usize)> {
    loop {
        match job.step(model) {
            Poll::Pending => std::thread::yield_now(),
            Poll::Ready(None) => break,
            Poll::Ready(Some(Err(fault))) => return Err((fault, job.checked())),
            Poll::Ready(Some(Ok(step))) => {
                let stop = progress(step).is_break();
                if model.backend.agree(stop) {
                    break;
                }
            }
        }
    }
    Ok(job.report(Some(tokenizer)))
}

/// Check a bundle without a model.
pub fn check_bundle(bytes: &[u8]) -> Report {
    VerifyJob::<Scalar>::new(bytes, None).report(None)
}

/// Statuses as they come in, and what else goes into the report.
#[derive(Default)]
struct Findings {
    statuses: Vec<(Code, Status)>,
    level: Option<Level>,
    ids: Vec<IdView>,
    difference: Option<Difference>,
}

impl Findings {
    fn set(&mut self, code: Code, status: Status) {
        self.statuses.push((code, status));
    }

    /// Note what came of a check, and pass its marker on.
    fn take<M>(&mut self, code: Code, outcome: Outcome<M>) -> Option<M> {
        match outcome {
            Ok(marker) => {
                self.set(code, Status::Passed);
                Some(marker)
            }
            Err(status) => {
                self.set(code, status);
                None
            }
        }
    }

    /// Split the output's text by ids.
    fn pieces(&mut self, bundle: &Bundle, tokenizer: &Tokenizer, stop_ids: &[u32]) {
        let content = content_ids(&bundle.output.ids, stop_ids).len();
        let mut shown = Utf8Stream::new();
        for view in &mut self.ids[..content] {
            view.text = Some(shown.push(tokenizer.id_bytes(view.id)));
        }
        let rest = shown.finish();
        if let Some(last) = content.checked_sub(1) {
            self.ids[last].text.as_mut().expect("it was set above").push_str(&rest);
        }
        for view in &mut self.ids[content..] {
            view.text = Some(String::new());
        }
    }

    /// Note what running it again said.
    fn recomputed(&mut self, result: Recomputation, tokenizer: &Tokenizer) -> Option<IdsRecomputed> {
        let (same, outcome) = match result {
            Recomputation::Same(marker) => (self.ids.len(), Ok(marker)),
            Recomputation::Cancelled { checked } => {
                (checked, Err(Status::skipped(format!("cancelled after {checked} of {} ids", self.ids.len()))))
            }
            Recomputation::Differs { position, expected, found } => {
                let piece = |id| Piece { id, text: String::from_utf8_lossy(tokenizer.id_bytes(id)).into_owned() };
                let (expected, found) = (piece(expected), piece(found));
                self.ids[position].outcome = IdOutcome::Differs;
                let detail = format!(
                    "at generated id {position} the model picks {} {:?}, the bundle has {} {:?}",
                    expected.id, expected.text, found.id, found.text
                );
                self.difference = Some(Difference { position, expected, found });
                (position, Err(Status::failed(detail)))
            }
        };
        self.ids[..same].iter_mut().for_each(|view| view.outcome = IdOutcome::Same);
        self.take(Code::RecomputeIds, outcome)
    }

    /// The report: every check of the table, those that were not reached as skipped.
    fn report(
        self,
        bundle: Option<&Bundle>,
        request: Option<&Request>,
        recomputed_on: Option<RecomputedOn>,
        drawn: Option<&Picture>,
    ) -> Report {
        let checks: Vec<Check> = Code::ALL
            .iter()
            .map(|&code| {
                let status = self.statuses.iter().find(|(c, _)| *c == code).map(|(_, status)| status.clone());
                let status = status.unwrap_or_else(|| Status::skipped("a check that it rests on did not pass"));
                let explanation = if matches!(status, Status::Failed { .. }) { code.failure() } else { code.checks() };
                Check { code, status, explanation }
            })
            .collect();
        let failed = checks.iter().find(|check| matches!(check.status, Status::Failed { .. }));
        let level = if failed.is_some() { Some(Level::Invalid) } else { self.level };
        let verdict = match level {
            Some(Level::Invalid) => Verdict::NotVerified,
            Some(Level::Recomputed(_) | Level::Proven(_)) => Verdict::Verified,
            Some(Level::Consistent(_)) | None => Verdict::CouldNotCheck,
        };
        let output = bundle.map(|b| {
            let content = b.output.content().unwrap_or_default();
            let picture = PictureView::new(&content, drawn);
            OutputView { text: b.output.text.clone(), picture, finish: b.output.finish, ids: self.ids }
        });
        Report {
            verifier: Verifier::THIS,
            verdict,
            level,
            summary: summary(level, &checks),
            checks,
            statement: bundle.map(|b| b.statement),
            statement_hash: bundle.map(|b| b.statement.hash()),
            model: bundle.map(|b| b.model.clone()),
            request: request.map(Into::into),
            output,
            difference: self.difference,
            recomputed_on,
        }
    }
}

/// The answer in one sentence.
fn summary(level: Option<Level>, checks: &[Check]) -> String {
    let first = |wanted: fn(&Status) -> bool| checks.iter().find(|check| wanted(&check.status));
    match level {
        Some(Level::Invalid) => {
            let failed = first(|status| matches!(status, Status::Failed { .. }));
            failed.map_or("", |check| check.explanation).to_owned()
        }
        Some(Level::Recomputed(_)) => {
            "run again here, this model produces exactly this content for this request, bit for bit".to_owned()
        }
        Some(Level::Proven(_)) => "a valid proof shows that this model produced this content for this request".to_owned(),
        Some(Level::Consistent(_)) | None => {
            let open = first(|status| matches!(status, Status::Unsupported { .. }))
                .or_else(|| checks.iter().find(|check| check.code == Code::RecomputeIds && check.status.detail().is_some()))
                .or_else(|| checks.iter().find(|check| check.code == Code::StatementTraceRoot));
            let reason = open.and_then(|check| check.status.detail()).unwrap_or("not every check was made");
            format!("nothing was found wrong, but the output was not verified: {reason}")
        }
    }
}
