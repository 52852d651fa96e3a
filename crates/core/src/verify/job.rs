//! A verification in steps: what needs no computing is checked when the job is made, then each step runs one window again.

use std::task::{Poll, ready};

use super::Findings;
use super::checks::{self, TraceSettled};
use super::level::{Consistent, ConsistentChecks, Level, Recomputed, RecomputedChecks};
use super::model_checks::{self, ContextHolds, FinishHolds, IdsHold, ModelAtHand, PromptIdsMatch, TextMatches};
use super::recompute::{IdsRecomputed, RecomputeJob, TraceFound};
use super::report::{IdOutcome, IdView, Report};
use super::status::{Code, Status};
use crate::backend::Backend;
use crate::bundle::Bundle;
use crate::device::{Executor, Fault, RecomputedOn};
use crate::generate::{Phase, Progress};
use crate::model::Model;
use crate::model::draw::Drawing;
use crate::picture::Picture;
use crate::request::Request;
use crate::tokenizer::Tokenizer;

/// A verification. It does not hold the model between steps, so that whoever runs it can attend to other things there (a worker of a
/// page: to messages).
pub struct VerifyJob<B: Backend> {
    found: Findings,
    bundle: Option<Bundle>,
    request: Option<Request>,
    consistent: Option<Consistent>,
    waiting: Option<Waiting<B>>,
    executor: Option<Executor>,
    /// The fault of the device that began it.
    fault: Option<Fault>,
    /// What the ids of a picture give.
    picture: Option<Picture>,
}

/// What recomputing is for, and the markers that it completes.
struct Waiting<B: Backend> {
    job: RecomputeJob<B>,
    model: ModelAtHand,
    ids: IdsHold,
    finish: Option<FinishHolds>,
    prompt_ids: PromptIdsMatch,
    context: ContextHolds,
    text: Option<TextMatches>,
    /// The picture has yet to be drawn from the ids.
    undrawn: bool,
    drawing: Option<Drawing<B>>,
}

impl<B: Backend> VerifyJob<B> {
    /// Make every check that needs no computing.
    pub fn new(bytes: &[u8], at_hand: Option<(&Model<B>, &Tokenizer)>) -> Self {
        Self::resume(bytes, at_hand, 0, None)
    }

    /// The same, to go on where a device failed with `fault` that had found the first `checked` ids the same. They are not run again,
    /// unless the fault casts doubt on them.
    pub fn resume(bytes: &[u8], at_hand: Option<(&Model<B>, &Tokenizer)>, checked: usize, fault: Option<Fault>) -> Self {
        let checked = if fault.as_ref().is_some_and(Fault::keeps_results) { checked } else { 0 };
        let mut found = Findings::default();
        let (read, version) = checks::bundle(bytes);
        found.set(Code::BundleVersion, version);
        let Some((bundle, bundle_read)) = found.take(Code::BundleParse, read) else {
            return Self {
                found,
                bundle: None,
                request: None,
                consistent: None,
                waiting: None,
                executor: None,
                fault,
                picture: None,
            };
        };

        let (read, version) = checks::request(&bundle.request);
        found.set(Code::RequestVersion, version);
        let request = found.take(Code::RequestParse, read);
        let canonical =
            request.as_ref().and_then(|(r, _)| found.take(Code::RequestCanonical, checks::canonical(r, &bundle.request)));
        let sampler = request.as_ref().and_then(|(r, _)| found.take(Code::RequestSampler, checks::sampler(r)));
        let limits = request.as_ref().and_then(|(r, _)| found.take(Code::RequestLimits, checks::limits(r)));
        let request_hash = found.take(Code::StatementRequestHash, checks::request_hash(&bundle));
        let content_hash = found.take(Code::StatementContentHash, checks::content(&bundle));
        let model_named = found.take(Code::StatementModelId, checks::model_named(&bundle));

        found.ids = bundle.output.ids.iter().map(|&id| IdView { id, text: None, outcome: IdOutcome::Unchecked }).collect();
        let runnable = sampler.is_some() && limits.is_some();
        let waiting = request.as_ref().and_then(|(r, _)| found.with_model(&bundle, r, runnable, at_hand, checked));
        let consistent = (|| {
            Some(Consistent::new(ConsistentChecks {
                bundle: bundle_read,
                request: request.as_ref()?.1,
                canonical: canonical?,
                sampler: sampler?,
                limits: limits?,
                request_hash: request_hash?,
                content_hash: content_hash?,
                model_named: model_named?,
            }))
        })();
        let executor = waiting.is_some().then(|| at_hand.map(|(model, _)| model.backend.executor())).flatten();
        Self {
            found,
            bundle: Some(bundle),
            request: request.map(|(r, _)| r),
            consistent,
            waiting,
            executor,
            fault,
            picture: None,
        }
    }

    /// Run the next window again with the model that the job was made for; none if there is nothing left to run. Pending while a device
    /// is at work: ask again when it is done.
    ///
    /// # Errors
    /// If the device failed; [`VerifyJob::resume`] goes on from [`VerifyJob::checked`] on another executor.
    pub fn step(&mut self, model: &mut Model<B>) -> Poll<Option<Result<Progress<'static>, Fault>>> {
        if let Some((waiting, bundle)) = self.waiting.as_mut().zip(self.bundle.as_ref()).filter(|(waiting, _)| waiting.undrawn) {
            let ids = &bundle.output.ids;
            let drawing = match waiting.drawing.take() {
                Some(drawing) => Some(drawing),
                None => model.draw(ids),
            };
            let drawing = waiting.drawing.insert(drawing.expect("only a model that draws has something undrawn"));
            let drawn = ready!(drawing.poll());
            (waiting.undrawn, waiting.drawing) = (false, None);
            return Poll::Ready(Some(drawn.map(|picture| {
                waiting.text = self.found.take(Code::OutputText, model_checks::picture(bundle, &picture));
                self.picture = Some(picture);
                Progress::new(Phase::Draw, ids.len(), ids.len())
            })));
        }
        match self.waiting.as_mut().map(|waiting| &mut waiting.job).filter(|job| !job.is_done()) {
            Some(job) => job.step(model).map(Some),
            None => Poll::Ready(None),
        }
    }

    /// Ids that were found the same so far.
    pub fn checked(&self) -> usize {
        self.waiting.as_ref().map_or(0, |waiting| waiting.job.checked())
    }

    /// The report. A job that has steps left is one that was cancelled.
    pub fn report(self, tokenizer: Option<&Tokenizer>) -> Report {
        let Self { mut found, bundle, request, consistent, waiting, executor, fault, picture } = self;
        let trace = waiting.as_ref().map_or(TraceFound::Unknown("it was not run again"), |waiting| waiting.job.trace());
        let trace = bundle.as_ref().and_then(|bundle| {
            let (status, settled) = checks::trace(bundle, &trace);
            found.set(Code::StatementTraceRoot, status);
            settled
        });
        let recomputed = waiting.zip(tokenizer).and_then(|(waiting, tokenizer)| {
            let recomputed = found.recomputed(waiting.job.result(), tokenizer);
            waiting.checks(recomputed, trace)
        });
        found.level = match (consistent, recomputed) {
            (Some(consistent), Some(checks)) => Some(Level::Recomputed(Recomputed::new(consistent, checks))),
            (Some(consistent), None) => Some(Level::Consistent(consistent)),
            (None, _) => None,
        };
        let on = executor.map(|executor| RecomputedOn { executor, fallback: fault.as_ref().map(Into::into) });
        found.report(bundle.as_ref(), request.as_ref(), on, picture.as_ref())
    }
}

impl<B: Backend> Waiting<B> {
    fn checks(self, recomputed: Option<IdsRecomputed>, trace: Option<TraceSettled>) -> Option<RecomputedChecks> {
        let Self { model, ids, finish, prompt_ids, context, text, .. } = self;
        let (finish, text, recomputed, trace) = (finish?, text?, recomputed?, trace?);
        Some(RecomputedChecks { model, ids, finish, prompt_ids, context, text, recomputed, trace })
    }
}

impl Findings {
    /// The checks from `output.ids` on: with the model up to where it has to run, or as far as they go without it.
    fn with_model<B: Backend>(
        &mut self,
        bundle: &Bundle,
        request: &Request,
        runnable: bool,
        at_hand: Option<(&Model<B>, &Tokenizer)>,
        checked: usize,
    ) -> Option<Waiting<B>> {
        let at_hand = match at_hand {
            None => Err(Status::skipped("no model was given")),
            Some((model, tokenizer)) => model_checks::model_at_hand(bundle, model.id).map(|marker| (model, tokenizer, marker)),
        };
        let (model, tokenizer, marker) = match at_hand {
            Ok(at_hand) => at_hand,
            Err(status) => {
                self.take(Code::OutputIds, model_checks::ids(bundle, request, None));
                self.take(Code::OutputFinish, model_checks::finish(bundle, request, None));
                for code in [Code::ModelId, Code::RequestPromptIds, Code::RequestContext, Code::OutputText, Code::RecomputeIds] {
                    self.set(code, status.clone());
                }
                return None;
            }
        };
        self.set(Code::ModelId, Status::Passed);
        let (config, stop_ids) = (&model.manifest.config, &model.manifest.stop_ids);
        let ids = self.take(Code::OutputIds, model_checks::ids(bundle, request, Some(config)));
        let finish = self.take(Code::OutputFinish, model_checks::finish(bundle, request, Some(stop_ids)));
        let prompt = self.take(Code::RequestPromptIds, model_checks::prompt_ids(request, tokenizer));
        let context = prompt
            .as_ref()
            .filter(|_| runnable)
            .and_then(|(prompt, _)| self.take(Code::RequestContext, model_checks::context(request, prompt, config.context)));
        let ids = ids?;
        let text = if config.image.is_some() {
            None
        } else {
            self.pieces(bundle, tokenizer, stop_ids);
            self.take(Code::OutputText, model_checks::text(bundle, tokenizer, stop_ids))
        };
        let (prompt, prompt_ids) = prompt?;
        let context = context?;
        let ids_claimed = &bundle.output.ids;
        let has_trace = bundle.statement.trace_root.is_some();
        let job = RecomputeJob::new(model, &prompt, ids_claimed, request, checked.min(ids_claimed.len() - 1), has_trace);
        Some(Waiting {
            job,
            model: marker,
            ids,
            finish,
            prompt_ids,
            context,
            text,
            undrawn: config.image.is_some(),
            drawing: None,
        })
    }
}
