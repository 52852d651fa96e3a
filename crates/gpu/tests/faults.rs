//! Devices that fail in the middle of a run: found out, named, and nothing is lost.

#[path = "room/device.rs"]
mod device;

use std::task::Poll;

use device::{open, ways};
use openimo_core::bundle::Bundle;
use openimo_core::device::Fault;
use openimo_core::generate::{GenerateJob, Output, finish, generate};
use openimo_core::model::Model;
use openimo_core::model::file::{Manifest, load};
use openimo_core::request::Request;
use openimo_core::scalar::Scalar;
use openimo_core::tokenizer::Tokenizer;
use openimo_core::verify::testing::{VALID, bundle_model, bundles};
use openimo_core::verify::{self, VerifyJob};
use openimo_gpu::{Gpu, Options, Plan};

/// The last row of every matrix is wrong, but for those of the self-test.
const WRONG_LAST_ROW: (&str, &str) =
    ("y[place] = v;", "v = select(v, v + 1, row + 1u == params.rows && params.stride != 37u);\n    y[place] = v;");
/// The sum of the last row is wrong. A wrong scale would do too, but where sums are small no output differs.
const WRONG_SUM: (&str, &str) = (
    "keep_sum(t, row, sum);",
    "keep_sum(t, row, vec2(sum.x + select(0u, 1u, row + 1u == params.rows && params.stride != 37u), sum.y));",
);

/// What is done to a device before the id with a number.
type Done = (usize, fn(&Gpu));

struct Place {
    bundle: String,
    request: Request,
    ids: Vec<u32>,
    tokenizer: Tokenizer,
    file: Vec<u8>,
}

impl Place {
    fn new() -> Self {
        let (_, bundle) = bundles().into_iter().find(|(name, _)| *name == VALID).expect("the valid bundle");
        let read = Bundle::parse(bundle.as_bytes()).expect("it is valid");
        let request = Request::parse(&read.request).expect("it is valid");
        let file = bundle_model().imo();
        let tokenizer = load(&file, Scalar).expect("the model is valid").tokenizer().expect("it has a tokenizer");
        Self { bundle, request, ids: read.output.ids, tokenizer, file }
    }

    /// With another number of ids, which the processor chooses.
    fn asked_for(mut self, max_tokens: u32) -> Self {
        self.request.max_tokens = max_tokens;
        let mut model = load(&self.file, Scalar).expect("the model is valid");
        let output = generate(&mut model, &self.tokenizer, &self.request, &mut |_| std::ops::ControlFlow::Continue(()));
        self.ids = output.expect("it can be served").ids;
        self
    }

    fn vocab(&self) -> u32 {
        load(&self.file, Scalar).expect("the model is valid").manifest.config.vocab
    }

    async fn model(&self, options: &Options) -> Model<Gpu> {
        let mut gpu = open(options).await;
        gpu.self_test().await.expect("the self-test does not see this fault");
        self.on(gpu)
    }

    fn on(&self, gpu: Gpu) -> Model<Gpu> {
        load(&self.file, gpu).expect("the model is valid")
    }

    /// Generate until the device fails, to which something may be done.
    async fn generate(&self, model: &mut Model<Gpu>, done: Option<Done>) -> Result<Output, (Fault, Vec<u32>)> {
        let mut job = GenerateJob::new(model, &self.tokenizer, &self.request).expect("it can be served");
        loop {
            if let Some((_, act)) = done.filter(|(before, _)| *before == job.ids().len()) {
                act(&model.backend);
            }
            match job.step(model, &self.tokenizer) {
                Poll::Pending => model.backend.settled().await,
                Poll::Ready(Err(fault)) => return Err((fault, job.ids().to_vec())),
                Poll::Ready(Ok(_)) => {}
            }
            if let Some(output) = job.output(model, &self.tokenizer) {
                return Ok(output);
            }
        }
    }

    /// Go on on the processor.
    fn resume(&self, fault: &Fault, ids: &[u32]) -> Output {
        let mut model = load(&self.file, Scalar).expect("the model is valid");
        let stand = if fault.keeps_results() { ids.len() } else { 0 };
        let job = GenerateJob::resume(&model, &self.tokenizer, &self.request, ids, stand).expect("it can be served");
        finish(job, &mut model, &self.tokenizer, &mut |_| std::ops::ControlFlow::Continue(())).expect("it has no faults")
    }

    async fn verify(&self, model: &mut Model<Gpu>, destroyed: bool) -> Result<(), (Fault, usize)> {
        let mut job = VerifyJob::new(self.bundle.as_bytes(), Some((model, &self.tokenizer)));
        loop {
            if destroyed {
                model.backend.destroy();
            }
            match job.step(model) {
                Poll::Pending => model.backend.settled().await,
                Poll::Ready(None) => return Ok(()),
                Poll::Ready(Some(Ok(_))) => {}
                Poll::Ready(Some(Err(fault))) => return Err((fault, job.checked())),
            }
        }
    }

    /// Finish a verification on the processor.
    fn verify_on(&self, fault: Fault, checked: usize) {
        let code = fault.code();
        let mut model = load(&self.file, Scalar).expect("the model is valid");
        let job = VerifyJob::resume(self.bundle.as_bytes(), Some((&model, &self.tokenizer)), checked, Some(fault));
        let report = verify::finish(job, &mut model, &self.tokenizer, &mut |_| std::ops::ControlFlow::Continue(()))
            .unwrap_or_else(|(fault, _)| panic!("{fault}"));
        assert_eq!(report.verdict, verify::Verdict::Verified);
        assert_eq!(report.recomputed_on.and_then(|on| on.fallback).map(|why| why.code), Some(code));
    }
}

async fn room(options: &Options, manifest: &Manifest) -> Result<(), Fault> {
    let gpu = open(options).await;
    gpu.room(Plan::new(manifest, gpu.max_binding())).await
}

on_a_gpu!(an_exact_device_has_no_faults, async {
    let place = Place::new();
    for options in ways() {
        let mut model = place.model(&options).await;
        let output = place.generate(&mut model, None).await.unwrap_or_else(|(fault, _)| panic!("{fault}"));
        assert_eq!(output.ids, place.ids);
        place.verify(&mut model, false).await.unwrap_or_else(|(fault, _)| panic!("{fault}"));
    }
});

on_a_gpu!(a_wrong_product_is_found_during_the_run, async {
    let place = Place::new();
    // A browser opens devices slowly; natively all ways are tried.
    let most = if cfg!(target_arch = "wasm32") { 1 } else { usize::MAX };
    for fault in [WRONG_LAST_ROW, WRONG_SUM] {
        for way in ways().into_iter().take(most) {
            let options = Options { fault: Some(fault), ..way };
            let mut model = place.model(&options).await;
            let (fault, ids) = place.generate(&mut model, None).await.expect_err("the device is wrong");
            assert!(matches!(fault, Fault::Mismatch { operator: "linear", .. }), "{fault}");
            assert_eq!(place.resume(&fault, &ids).ids, place.ids, "resumed after {ids:?}");
            let mut model = place.model(&options).await;
            let (fault, checked) = place.verify(&mut model, false).await.expect_err("the device is wrong");
            assert!(matches!(fault, Fault::Mismatch { .. }), "{fault}");
            place.verify_on(fault, checked);
        }
    }
});

on_a_gpu!(a_lost_device_costs_no_id, async {
    let place = Place::new();
    let way = ways().remove(0);
    for lost in [0, 1, 5, place.ids.len() - 1] {
        let mut model = place.model(&way).await;
        let (fault, ids) = place.generate(&mut model, Some((lost, Gpu::destroy))).await.expect_err("the device was lost");
        assert!(matches!(fault, Fault::Lost(_)), "{fault}");
        assert_eq!(ids, place.ids[..lost], "what was chosen before stands");
        assert_eq!(place.resume(&fault, &ids).ids, place.ids);
    }
    let mut model = place.model(&way).await;
    let (fault, checked) = place.verify(&mut model, true).await.expect_err("the device was lost");
    place.verify_on(fault, checked);
});

on_a_gpu!(a_device_without_memory_left_costs_no_id, async {
    // So many ids that the caches have to grow.
    let place = Place::new().asked_for(40);
    let way = ways().remove(0);
    let mut model = place.model(&way).await;
    let (fault, ids) = place.generate(&mut model, Some((2, Gpu::take_no_more_memory))).await.expect_err("it needs more");
    assert!(matches!(fault, Fault::OutOfMemory(_)), "{fault}");
    assert!(ids.len() >= 2, "{ids:?}");
    assert_eq!(ids, place.ids[..ids.len()], "what was chosen before stands");
    assert_eq!(place.resume(&fault, &ids).ids, place.ids);
    let mut model = place.on(open(&Options { memory: Some(1 << 14), ..way }).await);
    let (fault, ids) = place.generate(&mut model, None).await.expect_err("it needs more");
    assert!(matches!(fault, Fault::OutOfMemory(_)) && ids.is_empty(), "{fault}");
    assert_eq!(place.resume(&fault, &ids).ids, place.ids);
});

on_a_gpu!(a_rare_fault_takes_all_ids_back, async {
    let place = Place::new();
    // Only the logit of the last word is wrong, which is seldom chosen: it takes many steps until that product is the one checked.
    let vocab = place.vocab();
    let wrong = format!("v = select(v, v + 1, row + 1u == params.rows && params.stride == {vocab}u);\n    y[place] = v;");
    let options = Options { fault: Some(("y[place] = v;", wrong.leak())), ..ways().remove(0) };
    let mut model = place.model(&options).await;
    for _ in 0..100 {
        match place.generate(&mut model, None).await {
            Err((fault, ids)) if !ids.is_empty() => {
                assert!(matches!(fault, Fault::Mismatch { operator: "linear", .. }), "{fault}");
                assert!(!fault.keeps_results());
                assert_eq!(place.resume(&fault, &ids).ids, place.ids, "resumed after {ids:?}");
                return;
            }
            _ => {}
        }
    }
    panic!("the fault was never found after the first id");
});

on_a_gpu!(a_device_that_is_too_small_is_told_before_anything_is_loaded, async {
    let place = Place::new();
    let manifest = load(&place.file, Scalar).expect("the model is valid").manifest;
    let plan = Plan::new(&manifest, u64::MAX);
    assert!(plan.total() >= plan.weights + plan.caches && plan.largest > 0);
    let way = || ways().remove(0);
    room(&way(), &manifest).await.expect("a small model fits");
    for (small, needed) in [
        (Options { memory: Some(plan.total() - 1), ..way() }, plan.total()),
        (Options { max_binding: Some(plan.largest / 64), ..way() }, 0),
    ] {
        let error = room(&small, &manifest).await.expect_err("it does not fit");
        assert!(matches!(error, Fault::TooSmall { needed: n, .. } if n == needed || needed == 0), "{error}");
    }
    let tables = 64 << 10;
    room(&Options { memory: Some(plan.total() + tables), ..way() }, &manifest).await.expect("it just fits");
});
