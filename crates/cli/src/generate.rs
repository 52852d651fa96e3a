//! `openimo generate`: a prompt in, text as it comes or a picture out, and a bundle that lets anybody check it.

use std::io::{IsTerminal, Read, Write};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::Ordering;
use std::time::Instant;

use clap::Args as ClapArgs;
use openimo_core::backend::Backend;
use openimo_core::bundle::{Bundle, ModelRef};
use openimo_core::device::Fault;
use openimo_core::generate::{GenerateError, GenerateJob, Phase, finish};
use openimo_core::model::Model;
use openimo_core::picture::Picture;
use openimo_core::request::{Draft, Message};
use openimo_core::tokenizer::{Tokenizer, TokenizerError};
use openimo_core::trace::record;
use openimo_core::trace::recorder::trace_root;

use crate::engine::{Engine, Job, OnProgress};
use crate::failure::Failure;
use crate::locate;
use crate::status::{Status, stop_flag};
use crate::terminal;

/// Generate text or a picture, and a bundle that proves which model, request and seed it came from.
#[derive(Debug, ClapArgs)]
pub struct Args {
    /// What to say to the model; read from standard input if it is left out or `-`.
    prompt: Option<String>,
    /// The model file, or the name of a model that ships: pixel, pixel-nano [default: OPENIMO_MODEL, else the only one in the cache, else
    /// pixel]
    #[arg(short, long, value_name = "FILE")]
    model: Option<PathBuf>,
    /// What the model is told before the prompt.
    #[arg(long, value_name = "TEXT", conflicts_with = "raw")]
    system: Option<String>,
    /// Continue the prompt as it stands, without the model's chat template.
    #[arg(long)]
    raw: bool,
    /// Seed of the draws: 0x and 64 hex digits, or a decimal number.
    #[arg(long, default_value = "0")]
    seed: String,
    /// Decimal; 0 always takes the most likely token [default: 0; 0.5 for a picture].
    #[arg(long, value_name = "T")]
    temperature: Option<String>,
    /// Keep the K most likely tokens; 0 keeps all.
    #[arg(long, default_value_t = 0, value_name = "K")]
    top_k: u32,
    /// Keep the most likely tokens that hold this share; 1 keeps all [default: 1; 0.9 for a picture].
    #[arg(long, value_name = "P")]
    top_p: Option<String>,
    /// Most tokens to generate [default: 128; a picture has its own number].
    #[arg(short = 'n', long, value_name = "N")]
    max_tokens: Option<u32>,
    /// Write the bundle here. A picture goes to a name that ends in .png, with its bundle beside it under .json.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Commit to the intermediates of the run too, so that single steps of it can be checked. Takes a verification's time more.
    #[arg(long, conflicts_with = "device")]
    trace: bool,
    /// Where the model may be had, noted in the bundle; may be given several times.
    #[arg(long, value_name = "URL")]
    source: Vec<String>,
    #[command(flatten)]
    engine: Engine,
}

/// Run the verb.
pub fn run(args: &Args) -> Result<ExitCode, Failure> {
    let file = locate::any(args.model.as_deref())?;
    let draws = file.header().manifest.config.image.is_some();
    if !draws && args.output.as_deref().is_some_and(is_picture) {
        let name = &file.header().manifest.name;
        return Err(Failure::new(format!("the model {name} writes text, and the output is to be a picture"))
            .next("name another file for the bundle, or a model that draws, such as --model pixel"));
    }
    let draft = args.draft()?;
    let stop = stop_flag()?;
    let header = file.header();
    let status = Status::new(&format!("loading {}", header.manifest.name));
    let total = header.file_len();
    let mut out = std::io::stdout().lock();
    let mut prefill_ended: Option<Instant> = None;
    let job = Generate { draft: &draft, sources: &args.source, trace: args.trace };
    let made = args.engine.run(
        &file,
        &job,
        &mut |bytes| status.say(format!("loading the model, {} %", bytes * 100 / total)),
        &mut |progress| {
            match progress.phase {
                Phase::Prefill => status.say(format!("reading the prompt, {} of {}", progress.done, progress.total)),
                Phase::Draw | Phase::Verify => {
                    status.say(format!("recording the trace, {} of {}", progress.done, progress.total))
                }
                Phase::Generate => {
                    status.clear();
                    prefill_ended.get_or_insert_with(Instant::now);
                    if write!(out, "{}", progress.piece).and_then(|()| out.flush()).is_err() {
                        return ControlFlow::Break(());
                    }
                }
            }
            if stop.load(Ordering::Acquire) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        },
    );
    status.clear();
    let bundle = made??;
    let picture = bundle.output.picture.is_some().then(|| bundle.output.content()).transpose()?;
    match picture.as_deref().map(Picture::read).transpose()? {
        Some(picture) if out.is_terminal() => write!(out, "{}", terminal::picture(&picture))?,
        Some(_) => {}
        None => writeln!(out)?,
    }
    let ids = bundle.output.ids.len();
    if std::io::stderr().is_terminal() {
        let seconds = prefill_ended.map_or(0.0, |at| at.elapsed().as_secs_f64());
        let speed =
            if ids > 1 && seconds > 0.0 { format!(", {:.1} a second", (ids - 1) as f64 / seconds) } else { String::new() };
        eprintln!("{ids} tokens{speed}; model {}", bundle.model.id);
    }
    let write = |path: &Path, bytes: &[u8]| {
        std::fs::write(path, bytes).map_err(|e| Failure::new(format!("cannot write {}: {e}", path.display())))
    };
    if let Some(path) = &args.output {
        let mut path = path.clone();
        if let Some(picture) = picture.filter(|_| is_picture(&path)) {
            write(&path, &picture)?;
            eprintln!("picture written to {}", path.display());
            path.set_extension("json");
        }
        write(&path, bundle.to_json().as_bytes())?;
        eprintln!("bundle written to {}; check it with `openimo verify {0}`", path.display());
    }
    Ok(ExitCode::SUCCESS)
}

/// Whether a file of this name is a picture's.
fn is_picture(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("png"))
}

impl Args {
    fn draft(&self) -> Result<Draft, Failure> {
        let prompt = match self.prompt.as_deref() {
            Some(text) if text != "-" => text.to_owned(),
            _ => {
                let mut text = String::new();
                std::io::stdin().read_to_string(&mut text).map_err(|e| {
                    Failure::new(format!("cannot read the prompt from standard input: {e}")).next("give UTF-8 text")
                })?;
                text.strip_suffix('\n').map(str::to_owned).unwrap_or(text)
            }
        };
        let mut draft = Draft {
            temperature: self.temperature.clone(),
            top_k: Some(self.top_k),
            top_p: self.top_p.clone(),
            seed: Some(self.seed.clone()),
            max_tokens: self.max_tokens,
            ..Draft::default()
        };
        if self.raw {
            draft.prompt = Some(prompt);
        } else {
            let system = self.system.iter().map(|text| Message::new("system", text));
            draft.messages = Some(system.chain([Message::user(prompt)]).collect());
        }
        // What is wrong with the numbers is said before the model is loaded.
        draft.request(&[])?;
        Ok(draft)
    }
}

struct Generate<'a> {
    draft: &'a Draft,
    sources: &'a [String],
    trace: bool,
}

impl Job for Generate<'_> {
    type Output = Result<Bundle, Failure>;
    type Begun = Vec<u32>;

    fn run<B: Backend>(
        &self,
        model: &mut Model<B>,
        tokenizer: &Tokenizer,
        begun: Option<&(Fault, Vec<u32>)>,
        progress: &mut OnProgress<'_>,
    ) -> Result<Self::Output, (Fault, Vec<u32>)> {
        match self.generate(model, tokenizer, begun, progress) {
            Err(Stopped::Device(fault, ids)) => Err((fault, ids)),
            Err(Stopped::Failure(failure)) => Ok(Err(failure)),
            Ok(bundle) => Ok(Ok(bundle)),
        }
    }
}

/// Why there is no bundle.
enum Stopped {
    Failure(Failure),
    /// The device failed, with the ids so far.
    Device(Fault, Vec<u32>),
}

impl From<Failure> for Stopped {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

impl From<GenerateError> for Stopped {
    fn from(error: GenerateError) -> Self {
        match error {
            GenerateError::Device { fault, ids } => Self::Device(fault, ids),
            GenerateError::Context { prompt, context, .. } => {
                let room = (context as usize).saturating_sub(prompt);
                let next = format!("shorten the prompt, or ask for at most {room} tokens with --max-tokens");
                Self::Failure(Failure::from(error).next(next))
            }
            _ => Self::Failure(error.into()),
        }
    }
}

impl Generate<'_> {
    fn generate<B: Backend>(
        &self,
        model: &mut Model<B>,
        tokenizer: &Tokenizer,
        begun: Option<&(Fault, Vec<u32>)>,
        progress: &mut OnProgress<'_>,
    ) -> Result<Bundle, Stopped> {
        let prompt = self.draft.prompt().map_err(Failure::from)?;
        let draft = self.draft.for_model(&model.manifest.config);
        let request = draft.request(&tokenizer.encode_prompt(&prompt).map_err(explained)?).map_err(Failure::from)?;
        let (ids, stand) = begun.map_or((&[][..], 0), |(fault, ids)| (ids, if fault.keeps_results() { ids.len() } else { 0 }));
        let job = GenerateJob::resume(model, tokenizer, &request, ids, stand)?;
        let output = finish(job, model, tokenizer, progress)?;
        let name = model.manifest.name.clone();
        let mut bundle = output.bundle(ModelRef { id: model.id, name, sources: self.sources.to_vec() }, &request);
        if self.trace {
            let prompt = tokenizer.encode_prompt(&prompt).map_err(explained)?;
            let sequence: Vec<u32> = prompt.iter().chain(&output.ids).copied().collect();
            let recorded = record(model, &request, &sequence, prompt.len(), progress);
            let parts = recorded.map_err(|fault| Stopped::Device(fault, output.ids.clone()))?;
            let parts = parts.ok_or_else(|| Failure::new("the trace was cancelled, so there is no bundle"))?;
            bundle.statement.trace_root = Some(trace_root(&parts));
        }
        Ok(bundle)
    }
}

fn explained(error: TokenizerError) -> Failure {
    let next = matches!(error, TokenizerError::NoTemplate).then_some("give the whole text to continue, with --raw");
    let failure = Failure::from(error);
    next.into_iter().fold(failure, Failure::next)
}
