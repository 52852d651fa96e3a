//! `openimo inspect`: what a model file says about itself, and whether it is intact.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args as ClapArgs;
use openimo_core::model::config::Config;
use openimo_core::model::file::{Header, Section};

use crate::failure::Failure;
use crate::model_file::ModelFile;

/// Print a model file's id, configuration and sections.
#[derive(Debug, ClapArgs)]
pub struct Args {
    /// The model file.
    model: PathBuf,
    /// Check every chunk too.
    #[arg(long)]
    check: bool,
    /// Print the manifest as JSON, with the model id.
    #[arg(long)]
    json: bool,
}

/// Run the verb.
pub fn run(args: &Args) -> Result<ExitCode, Failure> {
    let file = ModelFile::open(&args.model)?;
    let header = file.header();
    if args.json {
        let json = serde_json::json!({
            "model_id": header.model_id(), "bytes": header.file_len(), "chunks": header.chunks().len(), "manifest": header.manifest,
        });
        println!("{json:#}");
    } else {
        print!("{}", describe(header));
    }
    if args.check {
        file.check(std::thread::available_parallelism().map_or(1, usize::from), &mut |_| ())?;
        eprintln!("all {} chunks are intact", header.chunks().len());
    }
    Ok(ExitCode::SUCCESS)
}

fn describe(header: &Header) -> String {
    let m = &header.manifest;
    let c = &m.config;
    let mut lines = vec![
        format!("model         {}", header.model_id()),
        format!("name          {}", m.name),
        format!("licence       {}", m.licence),
        format!("arithmetic    {}", m.arithmetic),
        format!("size          {} bytes, {} chunks", header.file_len(), header.chunks().len()),
        format!("weights       {}", weights(&m.sections)),
        format!("stop ids      {:?}", m.stop_ids),
        format!("layers        {} of width {}, feed-forward {}", c.n_layers, c.d_model, c.d_ff),
        format!("attention     {} heads of {}, {} for keys and values{}", c.n_heads, c.head_dim, c.n_kv_heads, window(c)),
        format!("vocabulary    {}{}", c.vocab, if c.tied { ", head tied" } else { "" }),
        format!("context       {}", c.context),
        format!("residual      {} fraction bits", c.fres),
        String::new(),
        format!("{:<20} {:>14} {:>8} {:>6}  encoding", "section", "bytes", "leaves", "chunks"),
    ];
    lines.extend(m.sections.iter().map(|section| {
        let l = section.layout();
        let line = format!("{:<20} {:>14} {:>8} {:>6}  {}", section.name(), l.len, l.leaves, l.chunks(), encoding(section));
        line.trim_end().to_owned()
    }));
    lines.push(String::new());
    lines.join("\n")
}

fn weights(sections: &[Section]) -> u64 {
    sections.iter().filter_map(Section::spec).map(|s| u64::from(s.rows) * u64::from(s.cols)).sum()
}

fn window(config: &Config) -> String {
    config.sliding_window.map_or_else(String::new, |w| format!(", sliding window {w}"))
}

fn encoding(section: &Section) -> String {
    let Some(s) = section.spec() else { return String::new() };
    let m = if s.has_m { ", offsets" } else { "" };
    let bias = if s.has_bias { ", bias" } else { "" };
    let slabs = if s.nslab > 1 { format!(", {} slabs", s.nslab) } else { String::new() };
    format!("{} x {}, {} bits, blocks of {}{m}{bias}{slabs}", s.rows, s.cols, s.bits, s.block)
}
