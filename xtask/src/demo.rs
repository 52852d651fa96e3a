//! `cargo xtask demo`: the whole way on real input. A model is fetched and imported, generates an answer, the answer is verified, three
//! forgeries of it are each caught by name; on a local chain the model is offered and earns, an oracle serves it and a liar is refuted, and the
//! answer becomes a token; and the pages are served with all of it.

mod disputes;
mod market;
mod oracle;

use std::path::{Path, PathBuf};
use std::task::Poll;

use anyhow::{Context, Result, bail, ensure};
use openimo_core::bundle::Bundle;
use openimo_core::model::Model;
use openimo_core::model::file::{Header, Parsed, load};
use openimo_core::picture::Picture;
use openimo_core::request::Request;
use openimo_core::simd::Simd;
use openimo_core::simd::level::Level;
use openimo_core::tokenizer::Tokenizer;
use serde_json::Value;

use market::{Input, Market};

use crate::chain::{CHAIN_ID, Chain, PHRASE};
use crate::serve::{self, Site};
use crate::setup::{model, node, rust};
use crate::sh::cmd;
use crate::{paths, pkg};

#[derive(clap::Args)]
pub struct Args {
    /// Do everything on free ports, fetch each page once, and exit: 0 if all of it came out right.
    #[arg(long)]
    check: bool,
    /// Another model than pixel, which ships and draws: pixel-nano; smollm2, which is downloaded and writes; a GGUF file or a Hugging Face
    /// folder; or the URL of a GGUF file.
    #[arg(long, value_name = "NAME|PATH|URL")]
    model: Option<String>,
    /// What to ask [default: a panda, or why the sky is blue].
    #[arg(long)]
    prompt: Option<String>,
    /// Port of the pages.
    #[arg(long, default_value_t = 8017)]
    port: u16,
    /// Port of the local chain.
    #[arg(long, default_value_t = 8545)]
    chain_port: u16,
}

/// Run the demo.
///
/// # Errors
/// If something is missing, the answer is not verified, or a forgery is not caught.
pub fn run(args: &Args) -> Result<()> {
    say("Setting up");
    rust::toolchain()?;
    node::node()?;
    let source = model::source(args.model.as_deref())?;
    let imo = model::imo(&source)?;
    // The same weights with another residual format: a model of its own.
    let other = model::import(&source, &format!("{}-other", model::stem(&source)), &["--fres", "13"])?;
    let demo = Demo { openimo: rust::openimo()?, folder: paths::cache().join("demo"), draws: draws(&imo)?, imo };
    std::fs::create_dir_all(&demo.folder)?;

    say("Generating");
    let asked = if demo.draws { "panda face" } else { "Why is the sky blue? Answer in two sentences." };
    let bundle = demo.generate(args.prompt.as_deref().unwrap_or(asked))?;
    say("Verifying: the output is run again and compared, bit for bit");
    demo.verify(&bundle)?;

    let mut forge = Forge::new(&demo.imo, &bundle)?;
    say("One token changed, all hashes made to fit");
    demo.caught("one-token", &forge.one_token()?, &demo.imo, "recompute.ids")?;
    if let Some(changed) = forge.one_pixel()? {
        say("One pixel changed, all hashes made to fit");
        demo.caught("one-pixel", &changed, &demo.imo, "output.text")?;
    }
    say("The same content claimed for another seed");
    demo.caught("another-seed", &forge.another_seed(), &demo.imo, "recompute.ids")?;
    say("The answer checked against another model");
    demo.caught("another-model", &forge.bundle, &other, "model.id")?;

    say("Building the page's package");
    for size in pkg::pkg(&paths::root())? {
        println!("{size}");
    }
    demo.serve(args, &bundle)
}

struct Demo {
    openimo: PathBuf,
    /// What is served at /demo/.
    folder: PathBuf,
    imo: PathBuf,
    /// Whether the model draws.
    draws: bool,
}

/// Whether the model of a file draws.
fn draws(imo: &Path) -> Result<bool> {
    match Header::parse(&std::fs::read(imo)?)? {
        Parsed::Header(header) => Ok(header.manifest.config.image.is_some()),
        Parsed::NeedMore { .. } => bail!("{} is not whole", imo.display()),
    }
}

impl Demo {
    fn generate(&self, prompt: &str) -> Result<PathBuf> {
        let bundle = self.folder.join("bundle.json");
        let text = ["--temperature", "0.3", "--top-k", "40", "--max-tokens", "96"];
        // A picture's file has the bundle beside it.
        let output = if self.draws { bundle.with_extension("png") } else { bundle.clone() };
        cmd(&self.openimo)
            .arg("generate")
            .arg("--model")
            .arg(&self.imo)
            .args(["--seed", "1"])
            .args(text.into_iter().filter(|_| !self.draws))
            .arg("-o")
            .arg(&output)
            .arg(prompt)
            .run()?;
        Ok(bundle)
    }

    fn verify(&self, bundle: &Path) -> Result<()> {
        cmd(&self.openimo).arg("verify").arg(bundle).arg("--model").arg(&self.imo).run().context("the answer was not verified")
    }

    /// A forgery is not verified, and the report names `code`.
    fn caught(&self, name: &str, bundle: &Bundle, imo: &Path, code: &str) -> Result<()> {
        let file = self.folder.join(format!("{name}.json"));
        std::fs::write(&file, bundle.to_json())?;
        let verify = || cmd(&self.openimo).arg("verify").arg(&file).arg("--model").arg(imo);
        ensure!(!verify().tee()?.ok, "the forgery {name} was verified");
        let report = verify().arg("--json").output()?;
        let report: Value = serde_json::from_str(&report).context("the report is not JSON")?;
        let check = report["checks"].as_array().and_then(|checks| checks.iter().find(|check| check["code"] == code));
        let passed = check.is_none_or(|check| check.to_string().contains("\"passed\""));
        ensure!(!passed, "the report on {name} does not name {code}: {report}");
        println!("caught: {code}");
        Ok(())
    }

    fn serve(&self, args: &Args, bundle: &Path) -> Result<()> {
        let port = |port| if args.check { 0 } else { port };
        let site = Site::bind(&serve::Args { port: port(args.port), isolated: true })?;
        let origin = site.origin.clone();
        let server = site.start();
        let model = format!("/models/{}", self.imo.file_name().expect("a model file has a name").to_string_lossy());
        let url = format!("{origin}{model}");
        let input = Input { bundle, imo: &self.imo, url: &url };
        let mut market = Market::open(&self.openimo, &self.folder, &input, port(args.chain_port))?;
        let answer = ("the answer, from its file", format!("{origin}/verify/?source=/demo/bundle.json&model={model}"));
        let pages: Vec<_> = std::iter::once(answer).chain(market.pages(&origin, &model)).collect();
        if args.check {
            say("Fetching each page once");
            let files = ["/demo/bundle.json", "/pkg/index.js", "/pkg/chain/index.js"].map(|path| format!("{origin}{path}"));
            for url in pages.iter().map(|(_, url)| url).chain(&files) {
                println!("GET {url}: {} bytes", ureq::get(url).call()?.body_mut().read_to_vec()?.len());
            }
            println!("\nverified");
            return Ok(());
        }
        println!();
        for (what, url) in pages {
            println!("Open {url}\n     {what}");
        }
        let Chain { url, accounts, .. } = &market.chain;
        println!(
            "\nTo buy and claim on these pages, add the chain {url} (number {CHAIN_ID}) to a wallet, and import the test phrase"
        );
        println!("“{PHRASE}”: its second account, {},", accounts[1]);
        println!("holds shares of the model. (Ctrl-C ends the server and the chain)");
        std::thread::scope(|scope| {
            scope.spawn(|| market.lie_on());
            server.join().expect("the server thread panicked");
        });
        Ok(())
    }
}

/// Forgeries of a bundle whose hashes all fit: only running the model tells.
struct Forge {
    bundle: Bundle,
    request: Request,
    tokenizer: Tokenizer,
    model: Model<Simd>,
}

impl Forge {
    fn new(imo: &Path, bundle: &Path) -> Result<Self> {
        let bundle = Bundle::parse(&std::fs::read(bundle)?)?;
        let request = Request::parse(&bundle.request)?;
        let model = load(&std::fs::read(imo)?, Simd::new(Level::detect()))?;
        let tokenizer = Tokenizer::new(&model.tokenizer_section)?;
        Ok(Self { bundle, request, tokenizer, model })
    }

    /// The id in the middle is replaced by its neighbour in the vocabulary.
    fn one_token(&mut self) -> Result<Bundle> {
        let output = &self.bundle.output;
        let mut ids = output.ids.clone();
        let middle = ids.len() / 2;
        let stop = self.tokenizer.stop_ids();
        let neighbour = (ids[middle] + 1..).find(|id| !stop.contains(id)).expect("not every id is a stop id");
        ids[middle] = neighbour;
        let content = match self.model.draw(&ids) {
            Some(mut drawing) => match drawing.poll() {
                Poll::Ready(picture) => picture?.png(),
                Poll::Pending => unreachable!("a processor is ready at once"),
            },
            None => self.tokenizer.content_bytes(&ids),
        };
        Ok(Bundle::new(self.bundle.model.clone(), &self.request, ids, &content, output.finish))
    }

    /// A picture with one colour of its middle a little brighter or darker; none of a text.
    fn one_pixel(&self) -> Result<Option<Bundle>> {
        let output = &self.bundle.output;
        if output.picture.is_none() {
            return Ok(None);
        }
        let mut picture = Picture::read(&output.content()?)?;
        let middle = picture.pixels.len() / 2;
        picture.pixels[middle] ^= 8;
        Ok(Some(Bundle::new(self.bundle.model.clone(), &self.request, output.ids.clone(), &picture.png(), output.finish)))
    }

    fn another_seed(&self) -> Bundle {
        let mut request = self.request.clone();
        request.seed.0[31] ^= 1;
        let output = &self.bundle.output;
        let content = output.content().expect("the bundle was read");
        Bundle::new(self.bundle.model.clone(), &request, output.ids.clone(), &content, output.finish)
    }
}

fn say(what: &str) {
    println!("\n== {what}");
}
