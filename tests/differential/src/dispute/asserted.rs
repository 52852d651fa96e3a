//! Runs as they are asserted, by who ran the model and by who did not.

use alloy_primitives::B256;
pub use openimo_core::dispute::stage::{CHOICE, EMBEDDING, LAYER};
use openimo_core::dispute::{Book, Revealed, assertion};
use openimo_core::generate::generate;
use openimo_core::model::file::load;
use openimo_core::model::testing::Tiny;
use openimo_core::request::{Draft, Request};
use openimo_core::scalar::Scalar;
use openimo_core::tokenizer::Tokenizer;
use openimo_core::trace::step::Step;
use openimo_core::trace::step::opened::Place;

use crate::referee::run::Run;

/// A request with the prompt's ids, and an answer to it.
pub struct Answer {
    /// The request.
    pub request: Request,
    /// Ids of the prompt.
    pub prompt: Vec<u32>,
    /// Ids of the output.
    pub output: Vec<u32>,
}

/// The model's answer to a request.
///
/// # Panics
/// If the model has no tokenizer, or the request does not fit it.
pub fn answer(tiny: &Tiny, text: &str, temperature: &str, max_tokens: u32, seed: u32) -> Answer {
    let mut model = load(&tiny.imo(), Scalar).expect("the model is valid");
    let tokenizer = model.tokenizer().expect("it has one");
    let draft = Draft {
        prompt: Some(text.into()),
        temperature: Some(temperature.into()),
        seed: Some(seed.to_string()),
        max_tokens: Some(max_tokens),
        ..Draft::default()
    };
    let prompt = tokenizer.encode_prompt(&draft.prompt().expect("there is one")).expect("it can be encoded");
    let request = draft.request(&prompt).expect("it is valid");
    let go_on = &mut |_: openimo_core::generate::Progress<'_>| std::ops::ControlFlow::Continue(());
    let output = generate(&mut model, &tokenizer, &request, go_on).expect("it fits");
    Answer { request, prompt, output: output.ids }
}

/// A run that somebody asserts, of a model that he says is another.
pub struct Asserted {
    /// What was run.
    pub run: Run,
    /// What is asserted.
    pub sol: super::Run,
    /// The run, to reveal parts of it.
    pub book: Book,
}

impl Asserted {
    /// A run of `tiny` over an answer, asserted of the model `claimed`.
    pub fn new(tiny: &Tiny, claimed: B256, answer: &Answer) -> Self {
        Self::of(tiny.imo(), claimed, answer)
    }

    /// The same of a model file.
    pub fn of(file: Vec<u8>, claimed: B256, answer: &Answer) -> Self {
        let ids = [&answer.prompt[..], &answer.output].concat();
        let mut run = Run::forced(file, &ids, answer.prompt.len(), answer.request.sampler, answer.request.seed.0);
        let tokenizer = Tokenizer::new(&run.model.tokenizer_section).expect("it has one");
        let (sol, book) = assertion(&mut run.model, &tokenizer, &answer.request, &answer.prompt, &answer.output);
        Self { run, sol: super::Run { modelId: claimed, ..sol }, book }
    }

    /// The first place where another run of the same ids differs: one of its own numbers, on equal ones before it.
    pub fn first_difference(&self, other: &Self) -> Option<super::Place> {
        for boundary in 0..self.sol.boundaries.len() {
            let (mine, others) = (self.book.digests(boundary), other.book.digests(boundary));
            if let Some(position) = mine.iter().zip(others).position(|(a, b)| a != b) {
                let (stage, layer) = if boundary == 0 { (EMBEDDING, 0) } else { (LAYER, boundary as u32 - 1) };
                return Some(super::Place { stage, layer, position: position as u32 });
            }
        }
        None
    }

    /// What the asserter reveals of a part.
    pub fn part(&mut self, place: &super::Place) -> Revealed {
        self.book.reveal(&mut self.run.model, self.sol.modelId, place)
    }
}

/// Every step of a part.
pub fn steps(revealed: &Revealed) -> Vec<Step> {
    let tensors = revealed.trace.tensors().iter().enumerate();
    let places = tensors.flat_map(|(tensor, t)| {
        let leaves = move |row| (0..t.leaves(row)).map(move |leaf| Place { tensor, row, leaves: (leaf, leaf + 1) });
        (0..t.rows()).flat_map(leaves)
    });
    places.flat_map(|place| revealed.trace.writing(&place)).chain(revealed.trace.choosing()).collect()
}
