//! Pictures that every executor must draw, stored with the hash of their content; for tests and tools (feature `testing`).

use std::ops::ControlFlow;

use openimo_core::backend::Backend;
use openimo_core::bundle::ModelRef;
use openimo_core::commit::ContentHash;
use openimo_core::content::content_hash;
use openimo_core::generate::{Output, generate};
use openimo_core::model::Model;
use openimo_core::model::file::load;
use openimo_core::request::{Draft, Message, Request};
use openimo_core::scalar::Scalar;
use openimo_core::tokenizer::Tokenizer;
use openimo_core::verify::{Verdict, verify};

use crate::{BUNDLED, Bundled};

/// What is drawn: a name of the training data, and words that it has never seen together.
const PROMPTS: [(&str, u32); 2] = [("a smiling cat", 7), ("purple octopus", 1)];

/// The stored file: a line a picture, `model, prompt, seed, content hash`, tabs between. Made by the reference.
///
/// # Panics
/// If a model cannot be made or run, which their tests exclude.
pub fn file() -> String {
    let mut text = String::new();
    for bundled in &BUNDLED {
        let file = bundled.model_file(1).expect("a model that ships can be imported");
        let mut model = load(&file, Scalar).expect("a model that ships can be loaded");
        for (prompt, seed) in PROMPTS {
            let (_, output) = draw(&mut model, prompt, seed).expect("a model that ships draws");
            text += &format!("{}\t{prompt}\t{seed}\t{}\n", bundled.name, content_hash(&output.content));
        }
    }
    text
}

/// Have `backend` draw every picture of `text`, and verify it too; the number of pictures.
///
/// # Errors
/// The first that differs, or that the text is no such file.
pub fn check<B: Backend>(text: &str, backend: impl Fn() -> B) -> Result<usize, String> {
    let mut loaded: Option<(&str, Model<B>)> = None;
    for (i, line) in text.lines().enumerate() {
        let fields: Vec<&str> = line.split('\t').collect();
        let [name, prompt, seed, expected] = fields[..] else { return Err(format!("line {} has not four fields", i + 1)) };
        let seed = seed.parse().map_err(|_| format!("line {}: {seed:?} is no seed", i + 1))?;
        let expected: ContentHash = expected.parse().map_err(|_| format!("line {}: {expected:?} is no hash", i + 1))?;
        if loaded.as_ref().is_none_or(|(loaded, _)| *loaded != name) {
            let bundled = Bundled::find(name).ok_or_else(|| format!("no model {name} ships"))?;
            let file = bundled.model_file(1).map_err(|e| e.to_string())?;
            loaded = Some((name, load(&file, backend()).map_err(|e| e.to_string())?));
        }
        let (_, model) = loaded.as_mut().expect("it was just loaded");
        let (request, output) = draw(model, prompt, seed)?;
        let got = content_hash(&output.content);
        if got != expected {
            return Err(format!("{name}, {prompt:?}, seed {seed}: the picture's hash is {got}, expected {expected}"));
        }
        let tokenizer = model.tokenizer().map_err(|e| e.to_string())?;
        let bundle = output.bundle(ModelRef { id: model.id, name: name.into(), sources: Vec::new() }, &request).to_json();
        let report = verify(bundle.as_bytes(), Some((model, &tokenizer)), &mut |_| ControlFlow::Continue(()));
        match report {
            Ok(report) if report.verdict == Verdict::Verified => {}
            Ok(report) => return Err(format!("{name}, {prompt:?}: {}", report.render())),
            Err((fault, _)) => return Err(fault.to_string()),
        }
    }
    Ok(text.lines().count())
}

fn draw<B: Backend>(model: &mut Model<B>, prompt: &str, seed: u32) -> Result<(Request, Output), String> {
    let tokenizer = model.tokenizer().map_err(|e| e.to_string())?;
    let request = request(model, &tokenizer, prompt, seed)?;
    let output = generate(model, &tokenizer, &request, &mut |_| ControlFlow::Continue(())).map_err(|e| e.to_string())?;
    Ok((request, output))
}

/// The request for a picture of `prompt`, with all else left to the model.
///
/// # Errors
/// Why the prompt cannot be asked.
pub fn request<B: Backend>(model: &Model<B>, tokenizer: &Tokenizer, prompt: &str, seed: u32) -> Result<Request, String> {
    let draft = Draft { messages: Some(vec![Message::user(prompt)]), seed: Some(seed.to_string()), ..Draft::default() };
    let ids = draft.prompt().map_err(|e| e.to_string())?;
    let ids = tokenizer.encode_prompt(&ids).map_err(|e| e.to_string())?;
    draft.for_model(&model.manifest.config).request(&ids).map_err(|e| e.to_string())
}
