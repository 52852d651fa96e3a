//! `openimo import`: a published model into an integer model file.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Args as ClapArgs;
use indicatif::{ProgressBar, ProgressStyle};
use memmap2::Mmap;
use openimo_core::import::{ImportError, Options, Source, Stage, import};

use crate::failure::Failure;
use crate::mapped::map;

/// Import a GGUF file or a Hugging Face folder (safetensors, config.json, tokenizer.json) of the Llama family.
#[derive(Debug, ClapArgs)]
pub struct Args {
    /// A .gguf file, or a folder with config.json.
    source: PathBuf,
    /// The model file to write; by default the source's name with .imo, in this folder.
    #[arg(short, long)]
    output: Option<PathBuf>,
    /// Name of the model; by default what the source says, else the file's name.
    #[arg(long)]
    name: Option<String>,
    /// Licence of the weights; by default what the source says.
    #[arg(long)]
    licence: Option<String>,
    /// Fraction bits of the residual stream: fewer where a model's activations are very large.
    #[arg(long, default_value_t = 12, value_parser = clap::value_parser!(u8).range(8..=18))]
    fres: u8,
    /// Threads; by default one a core.
    #[arg(long)]
    threads: Option<usize>,
}

/// Run the verb.
pub fn run(args: &Args) -> Result<ExitCode, Failure> {
    let begin = Instant::now();
    let files = open(&args.source)?;
    let source = parse(&args.source, &files).map_err(advise)?;
    let stem = stem(&args.source);
    let output = args.output.clone().unwrap_or_else(|| PathBuf::from(format!("{stem}.imo")));
    let options = Options {
        name: args.name.clone().or(source.name()?.is_none().then_some(stem)),
        licence: args.licence.clone(),
        fres: args.fres,
        threads: args.threads.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from)),
    };
    let bar = progress_bar();
    let mut stage = Stage::Check;
    let mut progress = |now: Stage, done, all| {
        bar.set_length(all);
        bar.set_position(done);
        if now != stage || done == all {
            stage = now;
            bar.set_message(message(now));
        }
    };
    // A file of that name appears only when it is complete.
    let part = with_suffix(&output, ".part");
    let written = write(&part, |out| import(&source, &options, out, &mut progress));
    bar.finish_and_clear();
    let (id, info, bytes) = match written {
        Ok(written) => written,
        Err(failure) => {
            let _ = std::fs::remove_file(&part);
            return Err(failure);
        }
    };
    std::fs::rename(&part, &output).map_err(|e| Failure::new(format!("cannot write {}: {e}", output.display())))?;
    let seconds = begin.elapsed().as_secs_f64();
    println!("{id}");
    eprintln!("{} -> {} ({bytes} bytes, {seconds:.1} s)", info.name, output.display());
    Ok(ExitCode::SUCCESS)
}

type Imported = (openimo_core::commit::ModelId, openimo_core::model::file::ModelInfo, BufWriter<File>);

fn write(
    path: &Path,
    import: impl FnOnce(BufWriter<File>) -> Result<Imported, ImportError>,
) -> Result<(openimo_core::commit::ModelId, openimo_core::model::file::ModelInfo, u64), Failure> {
    let failed = |e: std::io::Error| Failure::new(format!("cannot write {}: {e}", path.display()));
    let file = File::create(path).map_err(failed)?;
    let (id, info, out) = import(BufWriter::with_capacity(1 << 20, file)).map_err(advise)?;
    let file = out.into_inner().map_err(|e| failed(e.into_error()))?;
    file.sync_all().map_err(failed)?;
    Ok((id, info, file.metadata().map_err(failed)?.len()))
}

/// The source's files by name: the one, or what a folder holds that an import can need.
fn open(source: &Path) -> Result<BTreeMap<String, Mmap>, Failure> {
    let failed = |path: &Path, e: std::io::Error| Failure::new(format!("cannot read {}: {e}", path.display()));
    let mut paths = vec![source.to_owned()];
    if source.is_dir() {
        let entries = std::fs::read_dir(source).and_then(|entries| entries.map(|e| Ok(e?.path())).collect::<Result<Vec<_>, _>>());
        paths = entries.map_err(|e| failed(source, e))?;
        paths
            .retain(|path| path.is_file() && path.extension().is_some_and(|x| x == "json" || x == "safetensors" || x == "jinja"));
    }
    let mut files = BTreeMap::new();
    for path in paths {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        files.insert(name, map(&path).map_err(|e| failed(&path, e))?);
    }
    Ok(files)
}

fn parse<'a>(path: &Path, files: &'a BTreeMap<String, Mmap>) -> Result<Source<'a>, ImportError> {
    match files.values().next() {
        Some(file) if !path.is_dir() => Source::gguf(file),
        _ => Source::hugging_face(files.iter().map(|(name, file)| (name.clone(), &file[..])).collect()),
    }
}

fn advise(error: ImportError) -> Failure {
    let next = match &error {
        ImportError::Gguf(_) => Some("name a whole GGUF file, or a Hugging Face folder"),
        ImportError::MissingFile { .. } => Some("name the folder with config.json, tokenizer.json and the .safetensors files"),
        ImportError::Unsupported { .. } | ImportError::UnknownTensor { .. } => {
            Some("supported are Llama 2 and 3, SmolLM2, Mistral, Qwen2 and Qwen2.5")
        }
        _ => None,
    };
    let failure = Failure::from(error);
    match next {
        Some(next) => failure.next(next),
        None => failure,
    }
}

fn stem(source: &Path) -> String {
    let name = if source.is_dir() { source.file_name() } else { source.file_stem() };
    name.map_or_else(|| "model".into(), |name| name.to_string_lossy().into_owned())
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

const fn message(stage: Stage) -> &'static str {
    match stage {
        Stage::Check => "checking",
        Stage::Write => "writing",
    }
}

fn progress_bar() -> ProgressBar {
    let style = ProgressStyle::with_template("{msg:>8} [{bar:40}] {percent:>3} % {human_pos} of {human_len} weights")
        .expect("a valid template")
        .progress_chars("=> ");
    let bar = ProgressBar::new(0).with_style(style).with_message(message(Stage::Check));
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}
