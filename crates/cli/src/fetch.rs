//! `openimo fetch`: bring a model file here from a server or another place, every chunk checked before it is kept.

pub mod download;
pub mod source;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args as ClapArgs;
use indicatif::{ProgressBar, ProgressStyle};
use openimo_core::commit::ModelId;

use crate::failure::Failure;
use download::{Event, download};
use source::Source;

/// Fetch a model file, resume a fetch that was broken off, or check and copy a local one.
#[derive(Debug, ClapArgs)]
pub struct Args {
    /// http:// or https:// address, or path, of a model file.
    source: String,
    /// Where to put it; by default the source's last name, here.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Refuse every model but this one.
    #[arg(long, value_name = "0x…")]
    model_id: Option<ModelId>,
}

/// Run the verb.
pub fn run(args: &Args) -> Result<ExitCode, Failure> {
    let output = match &args.output {
        Some(path) => path.clone(),
        None => source::file_name(&args.source).map(PathBuf::from).ok_or_else(|| {
            Failure::new(format!("{} does not end with a file name", args.source))
                .next("say where to put the model with --output FILE")
        })?,
    };
    let mut source = Source::open(&args.source)?;
    let bar = ProgressBar::no_length().with_style(style());
    let fetched = download(&mut source, &output, args.model_id, &mut |event| match event {
        Event::Head { header, kept } => {
            bar.set_length(header.file_len());
            bar.set_position(kept);
            bar.reset_eta();
            let resumed = if kept > header.len() { format!(", {kept} bytes are here and intact") } else { String::new() };
            bar.suspend(|| eprintln!("{} ({}{resumed})", header.manifest.name, header.model_id()));
        }
        Event::Done(bytes) => bar.set_position(bytes),
        Event::Again { attempt, of, error } => {
            bar.suspend(|| eprintln!("{error}; fetching again ({attempt} of {of})"));
        }
    });
    bar.finish_and_clear();
    let fetched = fetched?;
    let done = if fetched.was_there { "is already there and intact" } else { "fetched and checked" };
    println!("{} {done}\nmodel {}\n{} bytes", output.display(), fetched.model_id, fetched.bytes);
    Ok(ExitCode::SUCCESS)
}

fn style() -> ProgressStyle {
    let template = "{bar:32} {binary_bytes}/{binary_total_bytes} {binary_bytes_per_sec} {eta}";
    ProgressStyle::with_template(template).expect("the template is valid")
}
