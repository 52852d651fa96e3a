//! A watcher against asserters who are right, who lie and answer what they can, and who are silent; killed in between, and with a node that
//! comes and goes.

mod local;

use std::process::Child;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use alloy_primitives::{Address, B256, Bytes, U256};
use alloy_sol_types::{SolCall, SolValue};
use local::person::{Person, text};
use local::proxy::{Deed, proxy};
use local::{Chain, ether};
use openimo_core::commit::{Hash, merkle};
use openimo_core::dispute::abi::{
    Challenge, Place, Run, assertRunCall, challengeOfCall, defendCall, registerCall, revealCall, stakeOfCall,
};
use openimo_core::dispute::{Book, assertion};
use openimo_core::generate::{Progress, generate};
use openimo_core::model::Model;
use openimo_core::model::file::{Header, Parsed, load};
use openimo_core::model::testing::Tiny;
use openimo_core::request::Draft;
use openimo_core::scalar::Scalar;
use openimo_core::trace::step::Step;
use openimo_core::trace::step::program::program;
use openimo_core::trace::step::weights::Weights;
use openimo_core::verify::testing::bundle_model;

const WINDOW: u64 = 86_400;
const CLOCK: u64 = 3_600;

/// A chain with a verifier that knows the model, and somebody who watches.
struct Scene {
    chain: Chain,
    ann: Person,
    verifier: Address,
    file: Vec<u8>,
    header: Header,
    program: Bytes,
}

/// Somebody who asserts.
struct Asserter {
    model: Model<Scalar>,
    run: Run,
    book: Book,
}

impl Scene {
    fn new() -> Self {
        let chain = Chain::start();
        let ann = Person::new(&chain);
        let file = bundle_model().imo();
        std::fs::write(ann.path("a.imo"), &file).unwrap();
        let Ok(Parsed::Header(header)) = Header::parse(&file) else { panic!("a head") };
        let [programs, referee, reader] = ["ModelPrograms", "Referee", "RunReader"].map(|name| chain.deploy(name, &[]));
        // Bond, bond of a challenge, fee of an answer, window, clock.
        let terms = (ether(1), ether(1) / U256::from(5), ether(1) / U256::from(200), U256::from(WINDOW), U256::from(CLOCK));
        let verifier = chain.deploy("OptimisticVerifier", &(programs, referee, reader, terms).abi_encode());
        let sections = (0..header.manifest.sections.len()).map(|section| header.section_root(section));
        let manifest = header.manifest.canonical();
        let parts: Vec<Hash> = [merkle::leaf(&manifest)].into_iter().chain(sections).collect();
        let siblings = merkle::open_range(&parts, 0..1).iter().map(|hash| B256::from(hash.0)).collect();
        let model_id = B256::from(header.model_id().0);
        chain.write(programs, &registerCall { modelId: model_id, manifest: manifest.into(), siblings });
        let program = program(&header.manifest).into();
        Self { chain, ann, verifier, file, header: *header, program }
    }

    /// What somebody with `tiny` asserts of the watched model, as an answer to a request of this seed.
    fn asserter(&self, tiny: &Tiny, seed: u32) -> Asserter {
        let mut right = load(&self.file, Scalar).unwrap();
        let tokenizer = right.tokenizer().unwrap();
        let draft = Draft {
            prompt: Some("What is checked?".into()),
            temperature: Some("4".into()),
            seed: Some(seed.to_string()),
            max_tokens: Some(8),
            ..Draft::default()
        };
        let prompt = tokenizer.encode_prompt(&draft.prompt().unwrap()).unwrap();
        let request = draft.request(&prompt).unwrap();
        let go_on = &mut |_: Progress<'_>| std::ops::ControlFlow::Continue(());
        let output = generate(&mut right, &tokenizer, &request, go_on).unwrap().ids;
        let mut model = load(&tiny.imo(), Scalar).unwrap();
        let (run, book) = assertion(&mut model, &tokenizer, &request, &prompt, &output);
        Asserter { model, run: Run { modelId: right.id.0.into(), ..run }, book }
    }

    /// The asserter is one of anvil's own accounts.
    fn assert(&self, run: &Run) -> B256 {
        let call = assertRunCall { asserter: self.chain.unlocked(9), run: run.clone() };
        let receipt = self.chain.transact(Some(self.verifier), ether(1), &call.abi_encode());
        serde_json::from_value(receipt["logs"][0]["topics"][1].clone()).unwrap()
    }

    fn args<'a>(&'a self, verifier: &'a str, more: &[&'a str]) -> Vec<&'a str> {
        let args = ["watch", "--verifier", verifier, "--model", "a.imo", "--from-block", "0", "--every", "1"];
        args.iter().chain(more).copied().collect()
    }

    fn watches(&self, more: &[&str]) -> String {
        let verifier = self.verifier.to_string();
        self.ann.does(&self.args(&verifier, more))
    }

    fn starts(&self, more: &[&str]) -> Child {
        let verifier = self.verifier.to_string();
        self.ann.start(&self.args(&verifier, more))
    }

    fn status(&self, assertion: B256) -> u8 {
        self.chain.read(self.verifier, stakeOfCall { assertion }).status
    }

    fn challenge(&self, id: u64) -> Challenge {
        self.chain.read(self.verifier, challengeOfCall { id: U256::from(id) })
    }

    fn waits(&self, what: &str, mut until: impl FnMut() -> bool) {
        let end = Instant::now() + Duration::from_secs(120);
        while !until() {
            assert!(Instant::now() < end, "{what} does not happen");
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// The asserter answers what he can until the assertion is refuted; whether he ever was silent.
    fn answers(&self, asserter: &mut Asserter, number: B256) -> bool {
        let mut silent = false;
        let mut place = None;
        self.waits("a refutation", || {
            let id = U256::from(1);
            let challenge = self.challenge(1);
            if challenge.turn == 1 {
                place = Some(self.place());
            }
            let Some(place) = &place else { return self.status(number) == 2 };
            let revealed = || asserter.book.reveal(&mut asserter.model, asserter.run.modelId, place);
            if challenge.turn == 1 {
                let stage = place.stage;
                let openimo_core::dispute::Revealed { part, end, siblings, .. } = { revealed }();
                self.chain.write(self.verifier, &revealCall { id, stage, part, end, siblings });
            } else if challenge.turn == 3 {
                let revealed = { revealed }();
                let step = Step::read(&challenge.step.0).unwrap();
                let weights = Weights::new(&self.header, &self.file);
                let witness = revealed.trace.witness(weights, step).unwrap().into();
                let call = defendCall { id, program: self.program.clone(), part: revealed.part, witness };
                let data = Bytes::from(call.abi_encode());
                let from = self.chain.unlocked(9);
                let tried = serde_json::json!([{ "from": from, "to": self.verifier, "data": data }, "latest"]);
                if self.chain.try_ask("eth_call", tried).is_ok() {
                    self.chain.write(self.verifier, &call);
                } else if !silent {
                    silent = true;
                    self.chain.pass_time(CLOCK);
                }
            }
            self.status(number) == 2
        });
        silent
    }

    /// The part that is challenged now.
    fn place(&self) -> Place {
        use alloy_sol_types::SolEvent;
        use openimo_core::dispute::abi::Challenged;
        let filter =
            serde_json::json!([{ "address": self.verifier, "fromBlock": "0x0", "topics": [Challenged::SIGNATURE_HASH] }]);
        let logs = self.chain.ask("eth_getLogs", filter);
        let data: Bytes = serde_json::from_value(logs.as_array().unwrap().last().unwrap()["data"].clone()).unwrap();
        Place::abi_decode(&data).unwrap()
    }
}

/// A model with some weights of a matrix changed.
fn other(matrix: usize) -> Tiny {
    let mut tiny = bundle_model();
    for row in &mut tiny.rows[matrix] {
        row.q[3] = if row.q[3] > 0 { row.q[3] - 1 } else { row.q[3] + 1 };
    }
    tiny
}

fn interrupted(mut child: Child) -> String {
    let done = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(done.success());
    let end = Instant::now() + Duration::from_secs(30);
    while child.try_wait().unwrap().is_none() {
        assert!(Instant::now() < end, "it does not stop");
        std::thread::sleep(Duration::from_millis(50));
    }
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", text(&output));
    text(&output)
}

#[test]
fn what_is_right_is_left_alone_and_what_is_wrong_at_sight_is_refuted() {
    let scene = Scene::new();
    let right = scene.asserter(&bundle_model(), 1);
    let stays = scene.assert(&right.run);
    let mut content = right.run.content.to_vec();
    content[2] ^= 1;
    let told = scene.assert(&Run { content: content.into(), ..right.run.clone() });
    let formless = scene.assert(&Run { boundaries: right.run.boundaries[1..].to_vec(), ..right.run.clone() });
    let before = scene.chain.sent(scene.ann.address);
    let said = scene.watches(&["--once", "--dry-run"]);
    assert!(said.contains(&format!("right {stays}")) && said.contains(&format!("wrong {told}: output id 2")), "{said}");
    assert_eq!(scene.chain.sent(scene.ann.address), before, "nothing was signed");
    let said = scene.watches(&["--once"]);
    assert!(said.contains(&format!("refuted {told}")) && said.contains(&format!("refuted {formless}")), "{said}");
    assert_eq!([stays, told, formless].map(|number| scene.status(number)), [1, 2, 2]);
    assert!(scene.chain.balance(scene.ann.address) > ether(100) + ether(9) / U256::from(10), "half of two bonds");
    // There is nothing left to do.
    let before = scene.chain.sent(scene.ann.address);
    scene.watches(&["--once"]);
    assert_eq!(scene.chain.sent(scene.ann.address), before);
}

#[test]
fn a_lie_about_numbers_is_refuted_against_an_asserter_who_answers() {
    let scene = Scene::new();
    for (index, matrix) in [(1u64, 11usize)] {
        let mut liar = scene.asserter(&other(matrix), 5);
        let number = scene.assert(&liar.run);
        let watcher = scene.starts(&[]);
        let silent = scene.answers(&mut liar, number);
        scene.waits("the money", || scene.chain.balance(scene.ann.address) > ether(100) + ether(1) / U256::from(3));
        let said = interrupted(watcher);
        assert!(said.contains("layer 1 gives other numbers") && said.contains(&format!("refuted {number}")), "{said}");
        assert!(silent || said.contains("a step does not hold"), "{said}");
        assert_eq!(scene.challenge(index).turn, 0);
    }
}

#[test]
fn a_silent_asserter_loses_also_to_a_watcher_who_was_killed() {
    let scene = Scene::new();
    let liar = scene.asserter(&other(4), 6);
    let number = scene.assert(&liar.run);
    let mut watcher = scene.starts(&[]);
    scene.waits("a challenge", || scene.challenge(1).turn == 1);
    watcher.kill().unwrap();
    watcher.wait().unwrap();
    scene.chain.pass_time(CLOCK);
    let said = scene.watches(&["--once"]);
    assert!(said.contains("silence in challenge 1"), "{said}");
    assert_eq!(scene.status(number), 2);
    assert!(scene.challenge(2).challenger.is_zero(), "one challenge was enough");
}

#[test]
fn a_node_that_comes_and_goes_is_waited_for() {
    let scene = Scene::new();
    let right = scene.asserter(&bundle_model(), 1);
    let mut content = right.run.content.to_vec();
    content[0] ^= 1;
    let number = scene.assert(&Run { content: content.into(), ..right.run.clone() });
    let asked = AtomicU32::new(0);
    let node = proxy(&scene.chain.url, move |_, _| {
        // Away for a while after the first answers, longer than one request is repeated.
        if (12..40).contains(&asked.fetch_add(1, Ordering::Relaxed)) { Deed::Lose } else { Deed::Pass }
    });
    let verifier = scene.verifier.to_string();
    let mut args = scene.args(&verifier, &[]);
    args.extend(["--rpc", &node]);
    let watcher = scene.ann.start(&args);
    scene.waits("a refutation", || scene.status(number) == 2);
    let said = interrupted(watcher);
    assert!(said.contains("cannot be reached"), "{said}");
}

#[test]
fn what_cannot_be_watched_is_said() {
    let scene = Scene::new();
    let verifier = scene.verifier.to_string();
    let fails = |args: &[&str]| scene.ann.fails(args);
    assert!(fails(&["watch", "--verifier", &verifier]).contains("no model was named"));
    let nobody = Address::repeat_byte(7).to_string();
    assert!(fails(&["watch", "--verifier", &nobody, "--model", "a.imo"]).contains("does not answer"));
    assert!(fails(&scene.args(&verifier, &["--max-stake", "0.1"])).contains("puts 0.205 at stake"));
    std::fs::write(scene.ann.path("b.imo"), other(3).imo()).unwrap();
    assert!(fails(&["watch", "--verifier", &verifier, "--model", "b.imo"]).contains("does not know model"));
}
