//! The bundles of `vectors/bundles`: one for each status code, of a small random model that any test can make again.

use std::ops::ControlFlow;

use super::status::Code;
use crate::bundle::{Bundle, BundleOutput, Finish, ModelRef};
use crate::commit::{ContentHash, ModelId, RequestHash, TraceRoot};
use crate::content::{content_hash, content_ids};
use crate::generate::{Output, generate};
use crate::model::Model;
use crate::model::config::{Config, RopePairing};
use crate::model::file::load;
use crate::model::testing::{Tiny, random_row};
use crate::random::Random;
use crate::request::{Draft, Request, prompt_hash};
use crate::scalar::Scalar;
use crate::tokenizer::Tokenizer;

/// Name of the bundle in which nothing is wrong.
pub const VALID: &str = "valid";

/// The model of the bundles: 260 vocabulary entries (the bytes, three fillers, the end), a context of 64.
pub fn bundle_model() -> Tiny {
    let config = Config {
        d_model: 32,
        n_layers: 2,
        n_heads: 2,
        n_kv_heads: 1,
        head_dim: 16,
        d_ff: 48,
        vocab: 260,
        context: 64,
        tied: false,
        fres: 12,
        eps: 5377,
        rope_inc: (0..8).map(|i| 683_565_276 >> (2 * i)).collect(),
        rope_pairing: RopePairing::Adjacent,
        score_c: 47274,
        score_ce: 17,
        sliding_window: None,
        image: None,
    };
    let mut rng = Random::new(41);
    let mut model = Tiny::with_config(&mut rng, config);
    // The first rows of a random matrix are edge values, which would drown everything else in so small a model.
    for (spec, rows) in model.specs.iter().zip(&mut model.rows) {
        rows.iter_mut().take(8).for_each(|row| *row = random_row(&mut rng, spec, 8));
    }
    model
}

/// What a verifier must say about the bundle of a code: the word of [`super::status::Status`].
pub fn expected(code: Code) -> &'static str {
    match code {
        Code::BundleVersion | Code::RequestVersion => "unsupported",
        Code::ModelId => "skipped",
        _ => "failed",
    }
}

/// Every bundle with its name: [`VALID`], and one for each code.
///
/// # Panics
/// If the model cannot be made, which its own tests exclude.
pub fn bundles() -> Vec<(&'static str, String)> {
    let maker = Maker::new();
    let valid = std::iter::once((VALID, maker.valid().to_json()));
    valid.chain(Code::ALL.iter().map(|&code| (code.as_str(), maker.bundle(code)))).collect()
}

struct Maker {
    tokenizer: Tokenizer,
    stop_ids: Vec<u32>,
    model: ModelRef,
    /// Ends at its length.
    long: (Request, Output),
    /// Ends at a stop id.
    stopped: (Request, Output),
}

impl Maker {
    fn new() -> Self {
        let mut model = load(&bundle_model().imo(), Scalar).expect("the model is valid");
        let tokenizer = Tokenizer::new(&model.tokenizer_section).expect("its tokenizer is valid");
        let named = ModelRef { id: model.id, name: model.manifest.name.clone(), sources: Vec::new() };
        let long = run(&mut model, &tokenizer, 12, Finish::Length);
        let stopped = run(&mut model, &tokenizer, 40, Finish::Stop);
        Self { tokenizer, stop_ids: model.manifest.stop_ids, model: named, long, stopped }
    }

    fn valid(&self) -> Bundle {
        self.long.1.bundle(self.model.clone(), &self.long.0)
    }

    /// The valid bundle with another request, whose hash the statement has.
    fn asked(&self, edit: impl FnOnce(&mut Request)) -> Bundle {
        let mut request = self.long.0.clone();
        edit(&mut request);
        self.spelt(request.canonical())
    }

    fn spelt(&self, request: String) -> Bundle {
        let mut bundle = self.valid();
        bundle.statement.request_hash = Request::hash_text(&request);
        bundle.request = request;
        bundle
    }

    /// `bundle` with other ids, their text, and the hash of it in the statement.
    fn answered(&self, mut bundle: Bundle, ids: Vec<u32>) -> Bundle {
        let content = self.tokenizer.decode_bytes(content_ids(&ids, &self.stop_ids));
        bundle.statement.content_hash = content_hash(&content);
        bundle.output = BundleOutput::new(ids, &content, bundle.output.finish);
        bundle
    }

    fn bundle(&self, code: Code) -> String {
        let mut bundle = self.valid();
        let (request, output) = &self.long;
        let mut ids = output.ids.clone();
        match code {
            Code::BundleParse => {
                let text = bundle.to_json();
                return text[..text.floor_char_boundary(text.len() / 2)].to_owned();
            }
            Code::BundleVersion => return bundle.to_json().replace("\"version\":1}", "\"version\":2}"),
            Code::RequestParse => bundle = self.spelt(request.canonical().replace("\"v\":1", "\"unknown\":0,\"v\":1")),
            Code::RequestVersion => bundle = self.spelt(request.canonical().replace("\"v\":1", "\"v\":2")),
            Code::RequestCanonical => bundle = self.spelt(request.canonical().replace(":12,", ": 12,")),
            Code::RequestSampler => bundle = self.asked(|request| request.sampler.top_p = 0),
            Code::RequestLimits => {
                let (mut request, output) = self.stopped.clone();
                request.max_tokens = 200_000;
                bundle = output.bundle(self.model.clone(), &request);
            }
            Code::StatementRequestHash => bundle.statement.request_hash = RequestHash([1; 32]),
            Code::StatementContentHash => bundle.statement.content_hash = ContentHash([1; 32]),
            Code::StatementModelId => bundle.model.id = ModelId([1; 32]),
            Code::StatementTraceRoot => bundle.statement.trace_root = Some(TraceRoot([1; 32])),
            Code::OutputIds => bundle.output.ids[3] = 260,
            Code::OutputFinish => {
                ids.pop();
                bundle = self.answered(bundle, ids);
            }
            Code::ModelId => {
                bundle.model.id = ModelId([1; 32]);
                bundle.statement.model_id = bundle.model.id;
            }
            Code::RequestPromptIds => bundle = self.asked(|request| request.prompt_hash = prompt_hash(&[1, 2, 3])),
            Code::RequestContext => {
                bundle = self.asked(|request| request.max_tokens = 64);
                bundle = self.answered(bundle, (0..64).map(|i| 65 + i % 26).collect());
            }
            Code::OutputText => {
                bundle.output.content_hex = None;
                bundle.output.text = "another text".into();
                bundle.statement.content_hash = content_hash(b"another text");
            }
            Code::RecomputeIds => {
                ids[5] = if ids[5] == 65 { 66 } else { 65 };
                bundle = self.answered(bundle, ids);
            }
        }
        bundle.to_json()
    }
}

/// Generate with one temperature and seed after the other until an output is varied and ends as wanted.
fn run(model: &mut Model<Scalar>, tokenizer: &Tokenizer, max_tokens: u32, finish: Finish) -> (Request, Output) {
    let temperatures = ["1", "4", "16", "64", "256", "1024", "16384"];
    for (temperature, seed) in temperatures.iter().flat_map(|t| (0..40).map(move |seed| (t, seed))) {
        let draft = Draft {
            prompt: Some("What is checked?".into()),
            temperature: Some((*temperature).into()),
            seed: Some(seed.to_string()),
            max_tokens: Some(max_tokens),
            ..Draft::default()
        };
        let ids = tokenizer.encode_prompt(&draft.prompt().expect("there is one")).expect("text can be encoded");
        let request = draft.request(&ids).expect("the draft is valid");
        let output = generate(model, tokenizer, &request, &mut |_| ControlFlow::Continue(())).expect("the request fits");
        let distinct = output.ids.iter().collect::<std::collections::BTreeSet<_>>().len();
        if output.finish == finish && distinct > 6 {
            return (request, output);
        }
    }
    panic!("no seed gives an output that ends as wanted")
}
