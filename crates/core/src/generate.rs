//! Generation: a request and a model in, ids and content out, one piece of text at a time.
//!
//! The prompt runs in batches, then each id is chosen by the seeded sampler and fed back alone. Nothing but the model and the request
//! determines the output.

use std::ops::ControlFlow;
use std::task::{Poll, ready};

use crate::backend::Backend;
use crate::bundle::{Bundle, Finish, ModelRef};
use crate::commit::PromptHash;
use crate::content::content_ids;
use crate::device::Fault;
use crate::forced::Forced;
pub use crate::forced::window;
use crate::model::Model;
use crate::model::draw::Drawing;
use crate::model::image::ImageConfig;
use crate::picture::Picture;
use crate::request::{Request, prompt_hash};
use crate::tokenizer::{Tokenizer, TokenizerError, Utf8Stream};

/// What is being done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// The prompt is read.
    Prefill,
    /// Ids are generated.
    Generate,
    /// The ids of a picture become pixels.
    Draw,
    /// An output is run again.
    Verify,
}

/// How far it is. A caller answers whether to go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress<'a> {
    /// What is being done.
    pub phase: Phase,
    /// Ids done in this phase. While generating it goes up by one a step, unless the job was resumed with ids of which some were wrong:
    /// then it goes back to those that stand.
    pub done: usize,
    /// Ids of this phase; the most there can be while generating.
    pub total: usize,
    /// Text that is new since the last call; empty in the other phases and within a character.
    pub piece: &'a str,
    /// What a model that draws has drawn so far, where it was asked to show it; what is not there yet is drawn as its first code.
    pub picture: Option<&'a Picture>,
}

impl Progress<'_> {
    /// Without anything to show.
    pub const fn new(phase: Phase, done: usize, total: usize) -> Self {
        Self { phase, done, total, piece: "", picture: None }
    }
}

/// A generated output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// Generated ids, the stop id included.
    pub ids: Vec<u32>,
    /// What the ids decode to, without the stop id at the end: text, or the file of a picture.
    pub content: Vec<u8>,
    /// Why it ended.
    pub finish: Finish,
}

impl Output {
    /// The bundle that lets anybody check this output.
    pub fn bundle(&self, model: ModelRef, request: &Request) -> Bundle {
        Bundle::new(model, request, self.ids.clone(), &self.content, self.finish)
    }
}

/// Why nothing was generated.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GenerateError {
    /// The sampler's integers are out of their domain.
    #[error("the sampler is not valid: beta {beta} (expected below 2147483648), top_p {top_p} (expected 1 to 65536)")]
    Sampler {
        /// β.
        beta: u32,
        /// π.
        top_p: u32,
    },
    /// The template or the tokenizer refuses the prompt.
    #[error(transparent)]
    Prompt(#[from] TokenizerError),
    /// There is nothing to continue.
    #[error("the prompt has no ids, so there is nothing to continue")]
    EmptyPrompt,
    /// The request was made with another tokenizer.
    #[error("the request commits to other prompt ids than this model's tokenizer makes (request: {got}, this model: {expected})")]
    PromptHash {
        /// The request's hash.
        got: PromptHash,
        /// The hash of this model's ids.
        expected: PromptHash,
    },
    /// Too long for the model.
    #[error("{prompt} prompt ids and max_tokens {max_tokens} exceed the model's context of {context}")]
    Context {
        /// Ids of the prompt.
        prompt: usize,
        /// Ids asked for.
        max_tokens: u32,
        /// Positions the model has.
        context: u32,
    },
    /// A picture has a fixed number of ids.
    #[error("max_tokens is {max_tokens}, but a picture of this model is {expected} ids: ask for as many")]
    PictureIds {
        /// Ids asked for.
        max_tokens: u32,
        /// Ids of a picture.
        expected: u32,
    },
    /// No id was asked for.
    #[error("max_tokens is 0, expected at least 1")]
    NoTokens,
    /// The caller stopped it.
    #[error("generation was cancelled after {done} ids")]
    Cancelled {
        /// Ids generated so far.
        done: usize,
    },
    /// The device failed; [`GenerateJob::resume`] goes on from the ids on another executor.
    #[error("{fault} (after {} ids)", ids.len())]
    Device {
        /// What happened.
        fault: Fault,
        /// The ids so far.
        ids: Vec<u32>,
    },
}

/// A generation, one batch of the prompt or one id a step. It does not hold the model between steps, so that whoever runs it can
/// attend to other things there (a worker of a page: to messages).
pub struct GenerateJob<B: Backend> {
    request: Request,
    run: Forced<B>,
    /// The prompt, then the ids.
    sequence: Vec<u32>,
    shown: Utf8Stream,
    /// Ids that `shown` has had.
    fed: usize,
    piece: String,
    /// Show the picture so far whenever as many ids are new; 0: never.
    show_every: usize,
    drawing: Option<Drawing<B>>,
    picture: Option<Picture>,
    finish: Option<Finish>,
}

impl<B: Backend> GenerateJob<B> {
    /// Prepare to generate what `request` asks of `model`.
    ///
    /// # Errors
    /// Whatever keeps this model from serving this request.
    pub fn new(model: &Model<B>, tokenizer: &Tokenizer, request: &Request) -> Result<Self, GenerateError> {
        Self::resume(model, tokenizer, request, &[], 0)
    }

    /// Prepare to go on after `ids`, the beginning of what another executor generated for this request. All but the first `stand` of
    /// them are checked on the way, in batches; from the first that the model does not pick on, ids are generated anew. The last id that
    /// was asked for is always generated anew, so a picture that could not be drawn can be resumed too.
    ///
    /// # Errors
    /// As [`GenerateJob::new`].
    ///
    /// # Panics
    /// If the ids are more than were asked for, one is outside the vocabulary, or more stand than there are.
    pub fn resume(
        model: &Model<B>,
        tokenizer: &Tokenizer,
        request: &Request,
        ids: &[u32],
        stand: usize,
    ) -> Result<Self, GenerateError> {
        let mut sequence = check(model, tokenizer, request)?;
        assert!(ids.len() <= request.max_tokens as usize && stand <= ids.len(), "these ids cannot be gone on from");
        let ids = &ids[..ids.len().min(request.max_tokens as usize - 1)];
        let stand = stand.min(ids.len());
        let prompt = sequence.len();
        sequence.extend_from_slice(ids);
        let run = Forced::new(model, prompt, stand, sequence.len());
        Ok(Self {
            request: request.clone(),
            run,
            sequence,
            shown: Utf8Stream::new(),
            fed: 0,
            piece: String::new(),
            show_every: 0,
            drawing: None,
            picture: None,
            finish: None,
        })
    }

    /// Show the picture so far after every `lines` lines of codes, if the model draws. It is drawn as a whole each time; where a run is
    /// split over ranks, all of them must be told the same.
    #[must_use]
    pub fn showing(mut self, model: &Model<B>, lines: u32) -> Self {
        self.show_every = model.manifest.config.image.as_ref().map_or(0, |image| (image.grid_width * lines) as usize);
        self
    }

    /// Run the next batch of the prompt, or choose the next id (the last batch of the prompt chooses the first). Pending while a device
    /// is at work: ask again when it is done.
    ///
    /// # Errors
    /// If the device failed; the ids so far can be resumed from on another executor.
    ///
    /// # Panics
    /// If it is done, or `model` is not the one that it was made for.
    pub fn step(&mut self, model: &mut Model<B>, tokenizer: &Tokenizer) -> Poll<Result<Progress<'_>, Fault>> {
        assert!(!self.is_done(), "a job that is done has no further step");
        if let Some(drawing) = &mut self.drawing {
            let drawn = ready!(drawing.poll());
            self.drawing = None;
            return Poll::Ready(drawn.map(|picture| {
                let (done, total) = (self.ids().len(), self.request.max_tokens as usize);
                Progress { picture: Some(self.picture.insert(picture)), ..Progress::new(Phase::Draw, done, total) }
            }));
        }
        let chosen = ready!(self.run.step(model, &self.sequence, &self.request));
        Poll::Ready(chosen.map(move |(first, ids)| self.take(model, tokenizer, first, &ids)))
    }

    /// `ids` are the choices from generated id `first` on.
    fn take(&mut self, model: &mut Model<B>, tokenizer: &Tokenizer, first: usize, ids: &[u32]) -> Progress<'_> {
        let (prompt, total) = (self.run.prompt, self.sequence.len());
        let known = &self.sequence[prompt..];
        let Some((at, &id)) = ids.iter().enumerate().find(|(i, id)| known.get(first + i) != Some(id)) else {
            return Progress::new(Phase::Prefill, self.run.session.position(), total);
        };
        let place = prompt + first + at;
        self.run.session.truncate(&mut model.backend, place);
        self.sequence.truncate(place);
        for &id in &self.sequence[prompt + self.fed..] {
            self.shown.push(tokenizer.id_bytes(id));
        }
        self.sequence.push(id);
        self.fed = self.sequence.len() - prompt;
        let most = self.request.max_tokens as usize;
        let stopped = model.manifest.stop_ids.contains(&id);
        let draws = model.manifest.config.image.is_some();
        self.piece = if stopped || draws { String::new() } else { self.shown.push(tokenizer.id_bytes(id)) };
        if stopped || self.fed == most {
            if !draws {
                self.piece.push_str(&std::mem::take(&mut self.shown).finish());
            }
            self.finish = Some(if stopped { Finish::Stop } else { Finish::Length });
        }
        let is_shown = self.show_every > 0 && self.fed.is_multiple_of(self.show_every);
        if self.finish.is_some() || is_shown {
            self.drawing = model.draw(&self.sequence[prompt..]);
        }
        Progress { piece: &self.piece, ..Progress::new(Phase::Generate, self.fed, most) }
    }

    /// Whether the output is complete.
    pub const fn is_done(&self) -> bool {
        self.finish.is_some() && self.drawing.is_none()
    }

    /// The ids so far.
    pub fn ids(&self) -> &[u32] {
        &self.sequence[self.run.prompt..]
    }

    /// The output, if it is complete.
    pub fn output(&self, model: &Model<B>, tokenizer: &Tokenizer) -> Option<Output> {
        let (finish, ids) = (self.finish.filter(|_| self.is_done())?, self.ids());
        let content = match &self.picture {
            Some(picture) => picture.png(),
            None => tokenizer.decode_bytes(content_ids(ids, &model.manifest.stop_ids)),
        };
        Some(Output { ids: ids.to_vec(), content, finish })
    }
}

/// Generate what `request` asks of `model`. Where a run is split over ranks, each calls this with the same arguments and its own part
/// of the model; only one has a `progress` that does anything, and all of them stop together.
///
/// # Errors
/// Whatever keeps this model from serving this request, before anything is computed; `Cancelled`; or `Device`.
pub fn generate<B: Backend>(
    model: &mut Model<B>,
    tokenizer: &Tokenizer,
    request: &Request,
    progress: &mut dyn FnMut(Progress<'_>) -> ControlFlow<()>,
) -> Result<Output, GenerateError> {
    finish(GenerateJob::new(model, tokenizer, request)?, model, tokenizer, progress)
}

/// Run a job to its end; see [`generate`].
///
/// # Errors
/// `Cancelled` or `Device`.
pub fn finish<B: Backend>(
    mut job: GenerateJob<B>,
    model: &mut Model<B>,
    tokenizer: &Tokenizer,
    progress: &mut dyn FnMut(Progress<'_>) -> ControlFlow<()>,
) -> Result<Output, GenerateError> {
    loop {
        let stop = match job.step(model, tokenizer) {
            Poll::Pending => {
                std::thread::yield_now();
                continue;
            }
            Poll::Ready(Ok(step)) => progress(step).is_break(),
            Poll::Ready(Err(fault)) => return Err(GenerateError::Device { fault, ids: job.ids().to_vec() }),
        };
        let stop = model.backend.agree(stop);
        if let Some(output) = job.output(model, tokenizer) {
            return Ok(output);
        }
        if stop {
            return Err(GenerateError::Cancelled { done: job.ids().len() });
        }
    }
}

/// The ids of the prompt, if this model can serve the request.
fn check<B: Backend>(model: &Model<B>, tokenizer: &Tokenizer, request: &Request) -> Result<Vec<u32>, GenerateError> {
    if !request.sampler.is_valid() {
        return Err(GenerateError::Sampler { beta: request.sampler.beta, top_p: request.sampler.top_p });
    }
    if request.max_tokens == 0 {
        return Err(GenerateError::NoTokens);
    }
    if let Some(expected) = model.manifest.config.image.as_ref().map(ImageConfig::ids).filter(|ids| *ids != request.max_tokens) {
        return Err(GenerateError::PictureIds { max_tokens: request.max_tokens, expected });
    }
    let prompt = tokenizer.encode_prompt(&request.prompt)?;
    let expected = prompt_hash(&prompt);
    if request.prompt_hash != expected {
        return Err(GenerateError::PromptHash { got: request.prompt_hash, expected });
    }
    if prompt.is_empty() {
        return Err(GenerateError::EmptyPrompt);
    }
    let context = model.manifest.config.context;
    if prompt.len() as u64 + u64::from(request.max_tokens) > u64::from(context) {
        return Err(GenerateError::Context { prompt: prompt.len(), max_tokens: request.max_tokens, context });
    }
    Ok(prompt)
}
