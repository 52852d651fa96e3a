//! Generation: a request and a model in, ids and content out, one piece of text at a time.
//!
//! The prompt runs in batches, then each id is chosen by the seeded sampler and fed back alone. Nothing but the model and the request
//! determines the output.

use std::ops::ControlFlow;

use crate::backend::Backend;
use crate::bundle::{Bundle, Finish, ModelRef};
use crate::commit::PromptHash;
use crate::content::content_ids;
use crate::model::Model;
use crate::model::config::Config;
use crate::model::forward::Session;
use crate::ops::sample::draw;
use crate::request::{Request, prompt_hash};
use crate::tokenizer::{Tokenizer, TokenizerError, Utf8Stream};

/// What is being done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// The prompt is read.
    Prefill,
    /// Ids are generated.
    Generate,
    /// An output is run again.
    Verify,
}

/// How far it is. A caller answers whether to go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress<'a> {
    /// What is being done.
    pub phase: Phase,
    /// Ids done in this phase.
    pub done: usize,
    /// Ids of this phase; the most there can be while generating.
    pub total: usize,
    /// Text that is new since the last call; empty in the other phases and within a character.
    pub piece: &'a str,
}

impl Progress<'_> {
    const fn prefill(done: usize, total: usize) -> Self {
        Self { phase: Phase::Prefill, done, total, piece: "" }
    }
}

/// A generated output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// Generated ids, the stop id included.
    pub ids: Vec<u32>,
    /// What the ids decode to, without the stop id at the end.
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
    /// No id was asked for.
    #[error("max_tokens is 0, expected at least 1")]
    NoTokens,
    /// The caller stopped it.
    #[error("generation was cancelled after {done} ids")]
    Cancelled {
        /// Ids generated so far.
        done: usize,
    },
}

/// A generation, one batch of the prompt or one id a step. It does not hold the model between steps, so that whoever runs it can
/// attend to other things there (a worker of a page: to messages).
pub struct GenerateJob<B: Backend> {
    request: Request,
    prompt: Vec<u32>,
    window: usize,
    session: Session<B>,
    ids: Vec<u32>,
    shown: Utf8Stream,
    piece: String,
    finish: Option<Finish>,
}

impl<B: Backend> GenerateJob<B> {
    /// Prepare to generate what `request` asks of `model`.
    ///
    /// # Errors
    /// Whatever keeps this model from serving this request.
    pub fn new(model: &Model<B>, tokenizer: &Tokenizer, request: &Request) -> Result<Self, GenerateError> {
        let prompt = check(model, tokenizer, request)?;
        let window = window(&model.manifest.config).min(prompt.len());
        let session = model.session(window);
        let (shown, piece) = (Utf8Stream::new(), String::new());
        Ok(Self { request: request.clone(), prompt, window, session, ids: Vec::new(), shown, piece, finish: None })
    }

    /// Run the next batch of the prompt, or choose the next id (the last batch of the prompt chooses the first).
    ///
    /// # Panics
    /// If it is done, or `model` is not the one that it was made for.
    pub fn step(&mut self, model: &mut Model<B>, tokenizer: &Tokenizer) -> Progress<'_> {
        assert!(self.finish.is_none(), "a job that is done has no further step");
        let read = self.session.position();
        let batch = match self.ids.last() {
            Some(last) => std::slice::from_ref(last),
            None => &self.prompt[read..self.prompt.len().min(read + self.window)],
        };
        let choose = read + batch.len() >= self.prompt.len();
        let logits = model.forward(&mut self.session, batch, usize::from(choose));
        if !choose {
            return Progress::prefill(self.session.position(), self.prompt.len());
        }
        let id = pick(&mut model.backend, logits, 0, &self.request, self.ids.len());
        self.ids.push(id);
        let most = self.request.max_tokens as usize;
        let stopped = model.manifest.stop_ids.contains(&id);
        self.piece = if stopped { String::new() } else { self.shown.push(tokenizer.id_bytes(id)) };
        if stopped || self.ids.len() == most {
            self.piece.push_str(&std::mem::take(&mut self.shown).finish());
            self.finish = Some(if stopped { Finish::Stop } else { Finish::Length });
        }
        Progress { phase: Phase::Generate, done: self.ids.len(), total: most, piece: &self.piece }
    }

    /// Whether the output is complete.
    pub const fn is_done(&self) -> bool {
        self.finish.is_some()
    }

    /// The ids so far.
    pub fn ids(&self) -> &[u32] {
        &self.ids
    }

    /// The output, if it is complete.
    pub fn output(&self, model: &Model<B>, tokenizer: &Tokenizer) -> Option<Output> {
        let content = tokenizer.decode_bytes(content_ids(&self.ids, &model.manifest.stop_ids));
        Some(Output { ids: self.ids.clone(), content, finish: self.finish? })
    }
}

/// Generate what `request` asks of `model`. Where a run is split over ranks, each calls this with the same arguments and its own part
/// of the model; only one has a `progress` that does anything, and all of them stop together.
///
/// # Errors
/// Whatever keeps this model from serving this request, before anything is computed; or `Cancelled`.
pub fn generate<B: Backend>(
    model: &mut Model<B>,
    tokenizer: &Tokenizer,
    request: &Request,
    progress: &mut dyn FnMut(Progress<'_>) -> ControlFlow<()>,
) -> Result<Output, GenerateError> {
    let mut job = GenerateJob::new(model, tokenizer, request)?;
    loop {
        let stop = progress(job.step(model, tokenizer)).is_break();
        let stop = model.backend.agree(stop);
        if let Some(output) = job.output(model, tokenizer) {
            return Ok(output);
        }
        if stop {
            return Err(GenerateError::Cancelled { done: job.ids.len() });
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

/// The id that the request's sampler chooses from row `row` of the logits as generated id number `position`.
pub(crate) fn pick<B: Backend>(backend: &mut B, logits: &B::Ints, row: usize, request: &Request, position: usize) -> u32 {
    let sampler = &request.sampler;
    let draw = if sampler.beta == 0 { 0 } else { draw(&request.seed.0, position as u64) };
    backend.choose(logits, row, sampler, draw)
}

/// Ids of one batch: 64, or fewer where the logits of so many positions would take more than 32 MiB.
pub(crate) const fn window(config: &Config) -> usize {
    const MOST_LOGITS: usize = 8 << 20;
    let most = MOST_LOGITS / config.vocab as usize;
    if most > 64 { 64 } else { most }
}
