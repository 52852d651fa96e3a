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
    let prompt = check(model, tokenizer, request)?;
    let window = window(&model.manifest.config).min(prompt.len());
    let mut session = model.session(window);
    let mut batches = prompt.chunks(window);
    let mut input = batches.next_back().expect("the prompt is not empty").to_vec();
    for batch in batches {
        model.forward(&mut session, batch, 0);
        let stop = progress(Progress::prefill(session.position(), prompt.len())).is_break();
        if model.backend.agree(stop) {
            return Err(GenerateError::Cancelled { done: 0 });
        }
    }
    let most = request.max_tokens as usize;
    let mut shown = Utf8Stream::new();
    let mut ids: Vec<u32> = Vec::new();
    loop {
        let logits = model.forward(&mut session, &input, 1);
        let id = pick(&mut model.backend, logits, 0, request, ids.len());
        ids.push(id);
        let stopped = model.manifest.stop_ids.contains(&id);
        let ended = stopped || ids.len() == most;
        let mut piece = if stopped { String::new() } else { shown.push(tokenizer.id_bytes(id)) };
        if ended {
            piece.push_str(&std::mem::take(&mut shown).finish());
        }
        let stop = progress(Progress { phase: Phase::Generate, done: ids.len(), total: most, piece: &piece }).is_break();
        let stop = model.backend.agree(stop);
        if ended {
            let content = tokenizer.decode_bytes(content_ids(&ids, &model.manifest.stop_ids));
            return Ok(Output { ids, content, finish: if stopped { Finish::Stop } else { Finish::Length } });
        }
        if stop {
            return Err(GenerateError::Cancelled { done: ids.len() });
        }
        input.clear();
        input.push(id);
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
