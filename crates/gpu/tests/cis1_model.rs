//! Greedy runs of `vectors/cis1.json` on the real model, on a GPU: ids, and the SHA-256 of the logits. Natively the model is the file
//! that `OPENIMO_MODEL` names; in a browser it is fetched from where `OPENIMO_MODEL_URL` said when the test was compiled.

#[path = "room/device.rs"]
mod device;
#[path = "../../core/tests/cis1_model/runs.rs"]
mod runs;

use device::{open, ways};
use openimo_core::model::Model;
use openimo_core::model::file::load;
use openimo_gpu::{Gpu, Options};
use runs::{Run, digest, runs};
use web_time::Instant;

#[cfg(not(target_arch = "wasm32"))]
async fn model_file() -> Vec<u8> {
    let path = std::env::var_os("OPENIMO_MODEL").expect("OPENIMO_MODEL names the model file");
    std::fs::read(path).expect("the model file can be read")
}

#[cfg(target_arch = "wasm32")]
async fn model_file() -> Vec<u8> {
    use wasm_bindgen::prelude::*;

    #[wasm_bindgen(inline_js = "export const fetched = async (url) => new Uint8Array(await (await fetch(url)).arrayBuffer());")]
    extern "C" {
        #[wasm_bindgen(catch)]
        async fn fetched(url: &str) -> Result<JsValue, JsValue>;
    }
    let Some(url) = option_env!("OPENIMO_MODEL_URL") else { panic!("OPENIMO_MODEL_URL was not set when this test was compiled") };
    let bytes = fetched(url).await.unwrap_or_else(|e| panic!("{url}: {e:?}"));
    js_sys::Uint8Array::new(&bytes).to_vec()
}

/// The logits of the last `n` positions of `ids`, as the vectors have them.
async fn digests(
    model: &mut Model<Gpu>,
    session: &mut openimo_core::model::forward::Session<Gpu>,
    ids: &[u32],
    n: usize,
) -> Vec<String> {
    let logits = model.forward(session, ids, n);
    let reads: Vec<_> = (0..n).map(|t| model.backend.read_row(logits, t)).collect();
    let mut digests = Vec::new();
    for read in reads {
        let row: Vec<i32> = read.wait().await.expect("the device answers").into_iter().map(|v| v as i32).collect();
        digests.push(digest(&row));
    }
    digests
}

/// The ids as one batch after the prompt, which is how a verifier runs them.
async fn teacher_forced(model: &mut Model<Gpu>, run: &Run) {
    let (n, (last, prompt)) = (run.ids.len(), run.prompt.split_last().expect("there is a prompt"));
    let batch = [&[*last], &run.ids[..n - 1]].concat();
    let mut session = model.session(prompt.len().max(n));
    for warm in [false, true] {
        session.truncate(&mut model.backend, 0);
        // One row is read, so that the prompt is done when the clock starts.
        digests(model, &mut session, prompt, 1).await;
        let begin = Instant::now();
        let found = digests(model, &mut session, &batch, n).await;
        let seconds = begin.elapsed().as_secs_f64();
        assert_eq!(found, run.logits, "logits in a batch");
        let kernels = if warm { "" } else { ", kernels compiled in this time" };
        tell!(
            "{}: {n} ids teacher-forced after a prompt of {} in {seconds:.2} s{kernels}",
            model.backend.adapter(),
            run.prompt.len()
        );
    }
}

on_a_gpu!(greedy_runs_on_a_gpu, async {
    let (file, runs) = (model_file().await, runs());
    let run = runs.iter().find(|run| run.ids.len() >= 16).expect("a run of 16 ids");
    let mut model = load(&file, open(&Options { shape: None, ..ways().remove(0) }).await).expect("the model file is intact");
    teacher_forced(&mut model, run).await;
    let begin = Instant::now();
    let mut session = model.session(run.prompt.len());
    let mut ids = run.prompt.clone();
    let steps = if cfg!(target_arch = "wasm32") { 3 } else { 5 };
    for (step, (&id, expected)) in run.ids.iter().zip(&run.logits).enumerate().take(steps) {
        assert_eq!(&digests(&mut model, &mut session, &ids, 1).await, std::slice::from_ref(expected), "logits of step {step}");
        ids = vec![id];
    }
    tell!("{:?}: prompt and {steps} steps in {:.2} s", model.backend.shape(), begin.elapsed().as_secs_f64());
});
