use std::ops::ControlFlow;

use super::open::{OpenError, open};
use super::recorder::{Shape, Which, trace_root};
use super::spot::{Finding, Row, Spot, SpotError, Step};
use super::*;
use crate::bundle::Bundle;
use crate::commit::{Hash, merkle};
use crate::content::{content_hash, content_ids};
use crate::model::Model;
use crate::model::file::load;
use crate::request::Request;
use crate::scalar::{Ints, Scalar};
use crate::simd::Simd;
use crate::simd::level::Level;
use crate::simd::threads;
use crate::tokenizer::Tokenizer;
use crate::verify::status::Code;
use crate::verify::testing::{VALID, bundle_model, bundles};
use crate::verify::{Verdict, check_bundle, verify};

const GO_ON: fn(crate::generate::Progress<'_>) -> ControlFlow<()> = |_| ControlFlow::Continue(());

/// A model, a bundle of it whose trace root is right, and the ids of its prompt.
fn case() -> (Model<Scalar>, Tokenizer, Bundle, Vec<u32>) {
    let mut model = load(&bundle_model().imo(), Scalar).unwrap();
    let tokenizer = model.tokenizer().unwrap();
    let text = bundles().into_iter().find(|(name, _)| *name == VALID).unwrap().1;
    let mut bundle = Bundle::parse(text.as_bytes()).unwrap();
    let request = Request::parse(&bundle.request).unwrap();
    let prompt = tokenizer.encode_prompt(&request.prompt).unwrap();
    let parts = record(&mut model, &request, &sequence(&prompt, &bundle), prompt.len(), &mut GO_ON.clone()).unwrap().unwrap();
    bundle.statement.trace_root = Some(trace_root(&parts));
    (model, tokenizer, bundle, prompt)
}

fn sequence(prompt: &[u32], bundle: &Bundle) -> Vec<u32> {
    prompt.iter().chain(&bundle.output.ids).copied().collect()
}

/// Every boundary's vectors.
struct All(Vec<Vec<i32>>);

impl Observer<Scalar> for All {
    fn boundary(&mut self, _: &mut Scalar, boundary: usize, x: &Ints) {
        self.0[boundary].extend_from_slice(&x.v);
    }
}

fn vectors(model: &mut Model<Scalar>, ids: &[u32], windows: &[usize]) -> Vec<Vec<i32>> {
    let mut all = All(vec![Vec::new(); model.manifest.config.n_layers as usize + 1]);
    let mut session = model.session(ids.len());
    let mut rest = &ids[..ids.len() - 1];
    for &n in windows.iter().cycle() {
        if rest.is_empty() {
            break;
        }
        let (now, later) = rest.split_at(n.min(rest.len()));
        model.forward_observed(&mut session, now, 0, Some(&mut all));
        rest = later;
    }
    all.0
}

/// The parts by the definition, from all vectors.
fn parts(vectors: &[Vec<i32>], width: usize, ids: &[u32], prompt: usize) -> Vec<Hash> {
    let tree = |leaves: &[Vec<u8>]| merkle::root_of(&leaves.iter().map(Vec::as_slice).collect::<Vec<_>>());
    let vector = |row: &[i32]| {
        let leaves: Vec<Vec<u8>> = row.chunks(512).map(|c| c.iter().flat_map(|v| v.to_be_bytes()).collect()).collect();
        tree(&leaves)
    };
    let head: Vec<u8> =
        [ids.len() - 1, prompt, vectors.len() - 1, width].iter().flat_map(|&n| (n as u32).to_be_bytes()).collect();
    let all_ids: Vec<i32> = ids.iter().map(|id| id.cast_signed()).collect();
    let boundaries = vectors.iter().map(|rows| merkle::root(&rows.chunks(width).map(vector).collect::<Vec<_>>()));
    [merkle::leaf(&head), vector(&all_ids)].into_iter().chain(boundaries).collect()
}

#[test]
fn the_root_is_that_of_the_definition_on_every_executor_split_and_window() {
    let (mut model, _, bundle, prompt) = case();
    let (ids, width) = (sequence(&prompt, &bundle), model.manifest.config.d_model as usize);
    let expected = vectors(&mut model, &ids, &[1]);
    assert_eq!(vectors(&mut model, &ids, &[3, 1, 7]), expected);
    assert_eq!(vectors(&mut model, &ids, &[100]), expected);
    let wanted = parts(&expected, width, &ids, prompt.len());
    assert_eq!(Some(trace_root(&wanted)), bundle.statement.trace_root);
    let request = Request::parse(&bundle.request).unwrap();
    let mut levels = vec![Level::Scalar];
    levels.extend((Level::detect() != Level::Scalar).then(Level::detect));
    for (level, ranks) in levels.into_iter().flat_map(|level| [1, 2, 3, 5].map(|ranks| (level, ranks))) {
        let shared = load(&bundle_model().imo(), Simd::new(level)).unwrap();
        let found = threads::run(ranks, |end| {
            let mut mine = shared.share(Simd::ranked(level, Box::new(end), false));
            record(&mut mine, &request, &ids, prompt.len(), &mut GO_ON.clone()).unwrap().unwrap()
        });
        assert!(found.iter().all(|parts| *parts == wanted), "{level:?}, {ranks} ranks");
    }
}

#[test]
fn a_trace_root_is_recomputed_and_a_wrong_one_is_found() {
    let (mut model, tokenizer, bundle, _) = case();
    let mut check =
        |bundle: &Bundle| verify(bundle.to_json().as_bytes(), Some((&mut model, &tokenizer)), &mut GO_ON.clone()).unwrap();
    let report = check(&bundle);
    assert_eq!(
        (report.verdict, report.status(Code::StatementTraceRoot).word()),
        (Verdict::Verified, "passed"),
        "{}",
        report.render()
    );
    let mut wrong = bundle.clone();
    wrong.statement.trace_root.as_mut().unwrap().0[31] ^= 1;
    let report = check(&wrong);
    assert_eq!(report.verdict, Verdict::NotVerified);
    assert_eq!(report.failed().collect::<Vec<_>>(), [Code::StatementTraceRoot]);
    assert_eq!(report.status(Code::RecomputeIds).word(), "passed", "the ids are the model's all the same");
    // Without a model it is left open, and says so.
    let report = check_bundle(bundle.to_json().as_bytes());
    assert_eq!((report.verdict, report.status(Code::StatementTraceRoot).word()), (Verdict::CouldNotCheck, "skipped"));
}

/// Every step that the run has.
fn steps(model: &Model<Scalar>, prompt: usize, positions: usize) -> Vec<(Which, usize)> {
    let layers = (0..model.manifest.config.n_layers).map(Which::Layer);
    let all = layers.chain([Which::Embedding]).flat_map(|which| (0..positions).map(move |position| (which, position)));
    all.chain((prompt - 1..positions).map(|position| (Which::Choice, position))).collect()
}

#[test]
fn every_step_opens_and_holds() {
    let (mut model, tokenizer, bundle, prompt) = case();
    let positions = prompt.len() + bundle.output.ids.len() - 1;
    let mut fast = load(&bundle_model().imo(), Simd::new(Level::detect())).unwrap();
    for (which, position) in steps(&model, prompt.len(), positions) {
        let spot = open(&mut model, &bundle, &prompt, which, position, &mut GO_ON.clone()).unwrap();
        let read = Spot::parse(spot.to_json().as_bytes()).unwrap();
        assert_eq!(read, spot);
        assert_eq!(read.check(&mut model, &tokenizer).unwrap(), Finding::Holds, "{which:?} at {position}");
        assert_eq!(read.check(&mut fast, &tokenizer).unwrap(), Finding::Holds, "{which:?} at {position}, by vectors");
        assert_eq!(open(&mut fast, &bundle, &prompt, which, position, &mut GO_ON.clone()).unwrap(), spot);
    }
    let missing =
        [(Which::Layer(2), 0), (Which::Layer(0), positions), (Which::Embedding, positions), (Which::Choice, prompt.len() - 2)];
    for (which, position) in missing {
        let opened = open(&mut model, &bundle, &prompt, which, position, &mut GO_ON.clone());
        assert!(matches!(opened, Err(OpenError::NoSuchStep { .. })), "{which:?} at {position}");
    }
    let stop = &mut |_: crate::generate::Progress<'_>| ControlFlow::Break(());
    assert!(matches!(open(&mut model, &bundle, &prompt, Which::Embedding, 0, stop), Err(OpenError::Cancelled)));
    let mut none = bundle.clone();
    none.statement.trace_root = None;
    assert!(matches!(open(&mut model, &none, &prompt, Which::Embedding, 0, &mut GO_ON.clone()), Err(OpenError::NoTraceRoot)));
    let mut other = bundle;
    other.statement.trace_root.as_mut().unwrap().0[0] ^= 1;
    assert!(matches!(
        open(&mut model, &other, &prompt, Which::Embedding, 0, &mut GO_ON.clone()),
        Err(OpenError::OtherRoot { .. })
    ));
}

/// A run in which one number of one boundary is another, committed as if it were right.
fn forged(
    model: &mut Model<Scalar>,
    bundle: &Bundle,
    prompt: &[u32],
    boundary: usize,
    position: usize,
    column: usize,
) -> (Bundle, Vec<Vec<i32>>) {
    let (ids, width) = (sequence(prompt, bundle), model.manifest.config.d_model as usize);
    let mut all = vectors(model, &ids, &[64]);
    all[boundary][position * width + column] ^= 1 << 7;
    let mut bundle = bundle.clone();
    bundle.statement.trace_root = Some(trace_root(&parts(&all, width, &ids, prompt.len())));
    (bundle, all)
}

/// What [`open`] would give of a forged run, which a liar makes by hand.
fn opened(bundle: &Bundle, prompt: &[u32], all: &[Vec<i32>], width: usize, which: Which, position: usize) -> Spot {
    let ids = sequence(prompt, bundle);
    let row = |boundary: usize| {
        let digests = vector::digests(&all[boundary], width);
        Row { values: all[boundary][position * width..][..width].to_vec(), path: merkle::open(&digests, position).path }
    };
    let step = match which {
        Which::Embedding => Step::Embedding { after: row(0) },
        Which::Choice => Step::Choice { before: row(all.len() - 1) },
        Which::Layer(layer) => {
            let (seen, later) = all[layer as usize].split_at((position + 1) * width);
            let later = vector::digests(later, width);
            Step::Layer { layer, before: spot::History { values: seen.to_vec(), later }, after: row(layer as usize + 1) }
        }
    };
    Spot {
        format: spot::FORMAT.into(),
        version: spot::VERSION,
        statement: bundle.statement,
        request: bundle.request.clone(),
        prompt: prompt.len() as u32,
        boundaries: parts(all, width, &ids, prompt.len())[2..].to_vec(),
        ids,
        position: position as u32,
        step,
    }
}

#[test]
fn a_forged_number_is_found_at_its_step_and_nowhere_before() {
    let (mut model, tokenizer, bundle, prompt) = case();
    let width = model.manifest.config.d_model as usize;
    let layers = model.manifest.config.n_layers as usize;
    for (boundary, position, column) in [(0, 0, 0), (0, 20, 31), (1, 3, 17), (2, 5, 1), (1, 26, 30)] {
        let (bundle, all) = forged(&mut model, &bundle, &prompt, boundary, position, column);
        let verdict = verify(bundle.to_json().as_bytes(), Some((&mut model, &tokenizer)), &mut GO_ON.clone()).unwrap().verdict;
        assert_eq!(verdict, Verdict::NotVerified, "the trace root tells that something is wrong");
        let mut check = |which, at| opened(&bundle, &prompt, &all, width, which, at).check(&mut model, &tokenizer).unwrap();
        let which = if boundary == 0 { Which::Embedding } else { Which::Layer(boundary as u32 - 1) };
        let Finding::Differs { column: at, expected, found } = check(which, position) else { panic!("{which:?} holds") };
        assert_eq!((at, expected ^ found), (column, 1 << 7));
        // Before it, and beside it, all is right.
        for layer in 0..boundary.saturating_sub(1) {
            assert_eq!(check(Which::Layer(layer as u32), position), Finding::Holds);
        }
        if position > 0 {
            assert_eq!(check(which, position - 1), Finding::Holds);
        }
        // After it, the step from a wrong vector does not lead to the right one.
        if boundary < layers {
            assert!(matches!(check(Which::Layer(boundary as u32), position), Finding::Differs { .. }));
        }
    }
}

#[test]
fn an_id_that_the_model_does_not_pick_is_found_where_it_is_chosen() {
    let (mut model, tokenizer, mut bundle, prompt) = case();
    let request = Request::parse(&bundle.request).unwrap();
    let right = bundle.output.ids[4];
    bundle.output.ids[4] = if right == 65 { 66 } else { 65 };
    let ids = sequence(&prompt, &bundle);
    let content = tokenizer.decode_bytes(content_ids(&bundle.output.ids, &model.manifest.stop_ids));
    bundle.statement.content_hash = content_hash(&content);
    let parts = record(&mut model, &request, &ids, prompt.len(), &mut GO_ON.clone()).unwrap().unwrap();
    bundle.statement.trace_root = Some(trace_root(&parts));
    for generated in 0..5 {
        let spot = open(&mut model, &bundle, &prompt, Which::Choice, prompt.len() - 1 + generated, &mut GO_ON.clone()).unwrap();
        let found = spot.check(&mut model, &tokenizer).unwrap();
        let wanted =
            if generated < 4 { Finding::Holds } else { Finding::OtherId { expected: right, found: bundle.output.ids[4] } };
        assert_eq!(found, wanted, "generated id {generated}");
    }
}

#[test]
fn what_is_not_committed_is_refused() {
    let (mut model, tokenizer, bundle, prompt) = case();
    let position = prompt.len() + 3;
    type Change = fn(&mut Spot);
    let changes: [(Which, Change, &str); 22] = [
        (Which::Layer(1), |s| s.statement.request_hash.0[0] ^= 1, "the request"),
        (Which::Layer(1), |s| s.statement.content_hash.0[0] ^= 1, "the content"),
        (Which::Layer(1), |s| s.statement.trace_root = None, "the trace root"),
        (Which::Layer(1), |s| s.statement.trace_root.as_mut().unwrap().0[0] ^= 1, "the trace root"),
        (Which::Layer(1), |s| s.boundaries[0].0[0] ^= 1, "the trace root"),
        (Which::Layer(1), |s| s.boundaries.truncate(2), "the trace root"),
        (Which::Layer(1), |s| s.ids[0] += 1, "the sequence"),
        (Which::Layer(1), |s| s.ids.truncate(1), "the sequence"),
        (Which::Layer(1), |s| s.ids.clear(), "the sequence"),
        (Which::Layer(1), |s| *s.ids.last_mut().unwrap() = u32::MAX, "the sequence"),
        (Which::Layer(1), |s| s.prompt += 1, "the sequence"),
        (Which::Layer(1), |s| s.prompt = 0, "the sequence"),
        (Which::Layer(1), |s| s.position += 1, "before the step"),
        (Which::Layer(1), |s| s.position = 1000, "no such step"),
        (Which::Choice, |s| s.position = 0, "no such step"),
        (Which::Choice, |s| s.position += 1, "before the step"),
        (Which::Embedding, |s| s.position += 1, "after the step"),
        (Which::Layer(1), |s| layer(s).0.values[7] ^= 1, "before the step"),
        (Which::Layer(1), |s| layer(s).0.later.truncate(1), "before the step"),
        (Which::Layer(1), |s| layer(s).1.values[7] ^= 1, "after the step"),
        (Which::Layer(1), |s| layer(s).1.values.truncate(31), "after the step"),
        (Which::Layer(1), |s| layer(s).1.path[0].0[0] ^= 1, "after the step"),
    ];
    for (i, (which, change, wanted)) in changes.into_iter().enumerate() {
        let mut spot = open(&mut model, &bundle, &prompt, which, position, &mut GO_ON.clone()).unwrap();
        change(&mut spot);
        let error = spot.check(&mut model, &tokenizer).unwrap_err().to_string();
        assert!(error.contains(wanted), "{i}: {error}");
    }
    let spot = open(&mut model, &bundle, &prompt, Which::Choice, position, &mut GO_ON.clone()).unwrap();
    let mut other = spot.clone();
    other.statement.model_id.0[0] ^= 1;
    assert!(matches!(other.check(&mut model, &tokenizer), Err(SpotError::OtherModel { .. })));
    let text = spot.to_json();
    let version = text.replace("\"version\":1", "\"version\":2");
    assert!(matches!(Spot::parse(version.as_bytes()), Err(SpotError::Version { got: 2 })));
    for bad in [
        text.replace("openimo-spot", "spot"),
        text.replace("\"prompt\"", "\"promt\""),
        text[..text.len() / 2].to_owned(),
        "[]".into(),
    ] {
        assert!(matches!(Spot::parse(bad.as_bytes()), Err(SpotError::Malformed(_))));
    }
}

#[test]
fn what_a_liar_commits_is_computed_with_and_nothing_breaks() {
    let (mut model, tokenizer, bundle, prompt) = case();
    let width = model.manifest.config.d_model as usize;
    let mut fast = load(&bundle_model().imo(), Simd::new(Level::detect())).unwrap();
    let (ids, right) = (sequence(&prompt, &bundle), vectors(&mut model, &sequence(&prompt, &bundle), &[64]));
    for value in [i32::MIN, i32::MAX, i32::MIN + 1, -1, 0] {
        let mut all = right.clone();
        all[1].fill(value);
        all[2].fill(value);
        let mut bundle = bundle.clone();
        bundle.statement.trace_root = Some(trace_root(&parts(&all, width, &ids, prompt.len())));
        for which in [Which::Layer(0), Which::Layer(1), Which::Choice] {
            let spot = opened(&bundle, &prompt, &all, width, which, prompt.len());
            let (slow, fast) = (spot.check(&mut model, &tokenizer), spot.check(&mut fast, &tokenizer));
            if value == i32::MIN && which != Which::Layer(0) {
                assert!(matches!((slow, fast), (Err(SpotError::OutOfDomain), Err(SpotError::OutOfDomain))));
                continue;
            }
            let found = slow.unwrap();
            assert_eq!(fast.unwrap(), found, "{which:?} from {value}");
            assert!(which != Which::Layer(0) || found != Finding::Holds);
        }
    }
}

#[test]
fn whatever_is_done_to_the_bytes_of_a_spot_it_never_holds_another_way() {
    let (mut model, tokenizer, bundle, prompt) = case();
    let spot = open(&mut model, &bundle, &prompt, Which::Layer(0), 3, &mut GO_ON.clone()).unwrap();
    let bytes = spot.to_json().into_bytes();
    let mut rng = crate::random::Random::new(7);
    let mut read = 0;
    for _ in 0..2_000 {
        let mut bytes = bytes.clone();
        for _ in 0..=rng.below(2) {
            let at = rng.below(bytes.len() as u64) as usize;
            // Mostly digits, so that it can still be read.
            bytes[at] = if rng.below(4) == 0 { rng.below(256) as u8 } else { b'0' + rng.below(10) as u8 };
        }
        let Ok(changed) = Spot::parse(&bytes) else { continue };
        read += 1;
        let holds = matches!(changed.check(&mut model, &tokenizer), Ok(Finding::Holds));
        assert_eq!(holds, changed == spot, "{}", String::from_utf8_lossy(&bytes));
    }
    assert!(read > 500, "{read} were read");
}

fn layer(spot: &mut Spot) -> (&mut spot::History, &mut Row) {
    match &mut spot.step {
        Step::Layer { before, after, .. } => (before, after),
        _ => panic!("not a layer"),
    }
}

#[test]
fn the_head_is_part_of_the_root() {
    let shape = Shape { positions: 5, prompt: 3, layers: 2, width: 8 };
    let others = [
        Shape { positions: 6, ..shape },
        Shape { prompt: 2, ..shape },
        Shape { layers: 3, ..shape },
        Shape { width: 9, ..shape },
    ];
    assert!(others.iter().all(|other| other.leaf() != shape.leaf()));
}
