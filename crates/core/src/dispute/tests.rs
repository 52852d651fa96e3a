//! What a lying node can say about a dispute: whatever it is, nobody panics.

use std::ops::ControlFlow;

use alloy_primitives::{Address, B256, Bytes, FixedBytes, U256, keccak256};
use alloy_sol_types::{SolEvent, SolValue};
use proptest::prelude::*;

use super::abi::{Asked, Challenged, Defended, Part, Place, Revealed, Run, Sampler};
use super::look::{self, Asserted, Log, Look, Standing, Terms, status, turn};
use super::{Case, Challenger, Deed, Fault, Move, Next, assertion, claimed, examine, stage};
use crate::generate::generate;
use crate::model::Model;
use crate::model::file::{Header, Parsed, load};
use crate::model::testing::Tiny;
use crate::picture::Picture;
use crate::request::Draft;
use crate::scalar::Scalar;
use crate::trace::step::picture::content;
use crate::trace::step::program::program;
use crate::trace::step::weights::Weights;
use crate::trace::step::{Kind, Step};
use crate::verify::testing::bundle_model;

/// A model with a run of it in which a boundary is forged.
fn forged() -> (Model<Scalar>, Vec<u8>, Run) {
    let file = bundle_model().imo();
    let mut model = load(&file, Scalar).unwrap();
    let tokenizer = model.tokenizer().unwrap();
    let draft = Draft { prompt: Some("Hi".into()), max_tokens: Some(4), ..Draft::default() };
    let prompt = tokenizer.encode_prompt(&draft.prompt().unwrap()).unwrap();
    let request = draft.request(&prompt).unwrap();
    let output = generate(&mut model, &tokenizer, &request, &mut |_| ControlFlow::Continue(())).unwrap();
    let (mut run, _) = assertion(&mut model, &tokenizer, &request, &prompt, &output.ids);
    run.boundaries[1].0[7] ^= 1;
    (model, file, run)
}

fn log(topics: Vec<B256>, data: Vec<u8>) -> Log {
    Log { address: Address::ZERO, topics, data: data.into(), block_number: U256::from(1) }
}

/// Words from bytes, which is all that these events are made of here.
fn events(place: (u8, u32, u32), tensors: usize, siblings: Vec<u8>, step: [u8; 13], witness: Vec<u8>) -> Vec<Log> {
    let (stage, layer, position) = place;
    let sampler = Sampler { beta: 0, topK: 0, topP: 65_536, seed: B256::ZERO };
    let part = Part {
        modelId: B256::ZERO,
        positions: 5,
        prompt: 2,
        position,
        layer,
        sampler,
        ids: B256::ZERO,
        before: B256::ZERO,
        tensors: (0..tensors).map(|i| keccak256([i as u8])).collect(),
    };
    let id = B256::with_last_byte(1);
    vec![
        log(vec![Challenged::SIGNATURE_HASH, id, B256::ZERO, B256::ZERO], Place { stage, layer, position }.abi_encode()),
        log(vec![Revealed::SIGNATURE_HASH, id], (part, Bytes::from(siblings)).abi_encode_params()),
        log(vec![Asked::SIGNATURE_HASH, id], FixedBytes(step).abi_encode()),
        log(vec![Defended::SIGNATURE_HASH, id], (Bytes::from(witness),).abi_encode_params()),
    ]
}

fn terms() -> Terms {
    Terms {
        verifier: Address::ZERO,
        referee: Address::ZERO,
        bond: U256::from(10),
        challenge_bond: U256::from(3),
        question_fee: U256::from(1),
        window: U256::from(9),
        clock: U256::from(9),
        program_hash: B256::ZERO,
        known_code: true,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn no_events_panic(
        place in prop_oneof![(0u8..3, 0u32..3, 0u32..8), any::<(u8, u32, u32)>()],
        tensors in prop_oneof![Just(19usize), Just(5), 0usize..40],
        siblings in proptest::collection::vec(any::<u8>(), 0..300),
        mut step in any::<[u8; 13]>(),
        is_small in any::<bool>(),
        witness in proptest::collection::vec(any::<u8>(), 0..4000),
        whose in 0u8..5,
        cut in 0usize..5,
    ) {
        if is_small {
            // A step that there may be.
            for at in [1, 2, 3, 5, 6, 7, 9, 10, 11] {
                step[at] = 0;
            }
            step[0] %= 50;
        }
        let (mut model, file, run) = forged();
        let Ok(Parsed::Header(header)) = Header::parse(&file) else { panic!("a head") };
        let tokenizer = model.tokenizer().unwrap();
        let found = examine(&mut model, &tokenizer, &run);
        let mut case = Case::new(Address::ZERO, terms(), program(&header.manifest).into(), Address::ZERO, run, found).unwrap();
        let events = events(place, tensors, siblings, step, witness);
        let challenge = look::Challenged { id: U256::from(1), turn: whose, deadline: 50, events: events[..cut.min(4)].to_vec() };
        let standing = Standing { status: status::ASSERTED, deadline: 100, open: 1 };
        let look = Look { standing, challenges: vec![challenge], credit: U256::ZERO };
        let weights = Weights::new(&header, &file);
        case.catch_up(&look, 10, &mut model, weights);
        let next = case.next(&look, 10, weights, &mut |_: &Part, _: &[u8]| Ok::<_, ()>(true)).unwrap();
        if whose == turn::CLOSED {
            prop_assert!(matches!(next, Next::Send(_)), "a closed challenge is none");
        }
    }
}

/// A run of a model that draws, with the model's file.
fn drawn() -> (Model<Scalar>, Vec<u8>, Run) {
    let file = Tiny::drawing(3).imo();
    let mut model = load(&file, Scalar).unwrap();
    let tokenizer = model.tokenizer().unwrap();
    let draft = Draft { prompt: Some("a cat".into()), max_tokens: Some(6), ..Draft::default() };
    let prompt = tokenizer.encode_prompt(&draft.prompt().unwrap()).unwrap();
    let request = draft.request(&prompt).unwrap();
    let output = generate(&mut model, &tokenizer, &request, &mut |_| ControlFlow::Continue(())).unwrap();
    let (run, book) = assertion(&mut model, &tokenizer, &request, &prompt, &output.ids);
    assert_eq!((&run.content[..], book.picture()), (&output.content[..], Some(&output.content[..])));
    assert!(run.lengths.is_empty());
    (model, file, run)
}

#[test]
fn a_forged_picture_is_led_to_the_pixel() {
    let (mut model, file, run) = drawn();
    let Ok(Parsed::Header(header)) = Header::parse(&file) else { panic!("a head") };
    let (tokenizer, weights) = (model.tokenizer().unwrap(), Weights::new(&header, &file));
    assert_eq!(examine(&mut model, &tokenizer, &run).fault, None, "an honest one stands");
    for pixel in [0usize, 100, 287] {
        let mut picture = Picture::read(&run.content).unwrap();
        picture.pixels[pixel] ^= 1;
        let lie = Run { content: picture.png().into(), ..run.clone() };
        let found = examine(&mut model, &tokenizer, &lie);
        assert_eq!(found.fault, Some(Fault::Picture));
        let mut challenger = Challenger::new(Fault::Picture, found.book, Vec::new()).ok().unwrap().knowing(&lie.content);
        let place = Place { ..*challenger.place() };
        assert_eq!((place.stage, place.to_string().as_str()), (stage::PICTURE, "the picture"));
        let mut part = examine(&mut model, &tokenizer, &run).book.unwrap().reveal(&mut model, run.modelId, &place).part;
        *part.tensors.last_mut().unwrap() = B256::from(content(&lie.content).root().0);
        challenger.revealed(&mut model, &part, &[]);
        // The pixel's own step is the first that is tried.
        let Ok(Move::Prove(witness)) = challenger.next(weights, &mut |_| Ok::<_, ()>(false)) else { panic!("it is known") };
        let step = Step::read(witness[..13].try_into().unwrap());
        assert_eq!(step, Some(Step::new(Kind::Pixels, 0, 0, pixel)));
    }
}

#[test]
fn a_case_of_a_forged_picture_begins_at_the_picture() {
    let (mut model, file, run) = drawn();
    let Ok(Parsed::Header(header)) = Header::parse(&file) else { panic!("a head") };
    let tokenizer = model.tokenizer().unwrap();
    let mut picture = Picture::read(&run.content).unwrap();
    picture.pixels[7] ^= 1;
    let forms = [
        (Run { content: picture.png().into(), ..run.clone() }, Fault::Picture),
        (Run { content: run.content.slice(1..), ..run.clone() }, Fault::Form),
        (Run { ids: run.ids.slice(..run.ids.len() - 4), ..run.clone() }, Fault::Form),
        (Run { lengths: vec![0, 1].into(), ..run.clone() }, Fault::Form),
    ];
    for (lie, fault) in forms {
        let found = examine(&mut model, &tokenizer, &lie);
        assert_eq!(found.fault, Some(fault.clone()));
        let program = program(&header.manifest).into();
        let mut case = Case::new(Address::ZERO, terms(), program, Address::ZERO, lie, found).unwrap();
        let standing = Standing { status: status::ASSERTED, deadline: 100, open: 0 };
        let look = Look { standing, challenges: Vec::new(), credit: U256::ZERO };
        let weights = Weights::new(&header, &file);
        let Ok(Next::Send(send)) = case.next(&look, 10, weights, &mut |_: &Part, _: &[u8]| Ok::<_, ()>(true)) else {
            panic!("there is something to do")
        };
        let here = Deed::Challenge(Place { stage: stage::PICTURE, layer: 0, position: 0 });
        assert_eq!(send.deed, if fault == Fault::Picture { here } else { Deed::Refute });
    }
}

#[test]
fn the_number_of_an_assertion_is_that_of_its_run() {
    let (_, _, run) = forged();
    let number = keccak256(claimed(Address::ZERO, &run).abi_encode());
    let asserted = |number, run: Vec<u8>| Asserted {
        number,
        block: U256::ZERO,
        asserter: Address::ZERO,
        request_hash: B256::ZERO,
        run: run.into(),
    };
    assert!(asserted(number, run.abi_encode()).run().is_some());
    assert!(asserted(B256::ZERO, run.abi_encode()).run().is_none());
    let other = Run { promptIds: run.promptIds + 1, ..run.clone() };
    assert!(asserted(number, other.abi_encode()).run().is_none());
    let bytes = run.abi_encode();
    for cut in (0..bytes.len()).step_by(31) {
        assert!(asserted(number, bytes[..cut].to_vec()).run().is_none());
    }
}
