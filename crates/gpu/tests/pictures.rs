//! Pictures of models that draw, on a GPU: those of the reference, in every shape of the kernels.

#[path = "room/device.rs"]
mod device;

use std::ops::ControlFlow;
use std::task::Poll;

use device::{open, ways};
use openimo_core::backend::Backend;
use openimo_core::commit::Seed;
use openimo_core::device::Fault;
use openimo_core::generate::{GenerateJob, Output, generate};
use openimo_core::model::Model;
use openimo_core::model::config::Config;
use openimo_core::model::file::load;
use openimo_core::model::image::{ConvConfig, ImageConfig};
use openimo_core::model::testing::Tiny;
use openimo_core::ops::F;
use openimo_core::ops::bfpq::bfpq;
use openimo_core::ops::sample::Sampler;
use openimo_core::picture::Picture;
use openimo_core::random::Random;
use openimo_core::request::{Prompt, Request, prompt_hash};
use openimo_core::scalar::Scalar;
use openimo_core::tokenizer::Tokenizer;
use openimo_gpu::{Case, Expected, Gpu, Options};
use web_time::Instant;

/// Ids of a picture of [`Tiny::drawing`].
const IDS: u32 = 6;
// Browsers wait for the device after every few dispatches.
const MODELS: u64 = if cfg!(target_arch = "wasm32") { 4 } else { 20 };

/// Ids of a picture, one of them no code.
fn ids(seed: u64) -> Vec<u32> {
    let mut ids: Vec<u32> = (0..IDS).map(|i| 260 + (i * 7 + seed as u32) % 40).collect();
    ids[3] = 5;
    ids
}

fn request(tokenizer: &Tokenizer, seed: u64) -> Request {
    let prompt = Prompt::Text("a cat".into());
    let ids = tokenizer.encode_prompt(&prompt).expect("the prompt has ids");
    let sampler = Sampler { beta: 1 << 16, top_k: 0, top_p: 1 << 16 };
    Request { prompt, prompt_hash: prompt_hash(&ids), sampler, seed: Seed([seed as u8; 32]), max_tokens: IDS }
}

async fn draw(model: &mut Model<Gpu>, ids: &[u32]) -> Result<Picture, Fault> {
    let mut drawing = model.draw(ids).expect("the model draws");
    loop {
        match drawing.poll() {
            Poll::Pending => model.backend.settled().await,
            Poll::Ready(picture) => return picture,
        }
    }
}

/// With the picture shown after every line, which draws it more than once.
async fn generated(model: &mut Model<Gpu>, tokenizer: &Tokenizer, request: &Request) -> Output {
    let mut job = GenerateJob::new(model, tokenizer, request).expect("it can be served").showing(model, 1);
    loop {
        match job.step(model, tokenizer) {
            Poll::Pending => model.backend.settled().await,
            Poll::Ready(progress) => drop(progress.unwrap_or_else(|fault| panic!("{fault}"))),
        }
        if let Some(output) = job.output(model, tokenizer) {
            return output;
        }
    }
}

on_a_gpu!(random_models_draw_what_the_reference_draws, async {
    for options in ways() {
        let mut gpu = open(&options).await;
        for seed in 0..MODELS {
            let (file, ids) = (Tiny::drawing(seed).imo(), ids(seed));
            let mut reference = load(&file, Scalar).expect("the model is valid");
            let tokenizer = reference.tokenizer().expect("it has a tokenizer");
            let Poll::Ready(Ok(expected)) = reference.draw(&ids).expect("it draws").poll() else { panic!("it is ready") };
            let request = request(&tokenizer, seed);
            let output = generate(&mut reference, &tokenizer, &request, &mut |_| ControlFlow::Continue(()));
            let mut model = load(&file, gpu).expect("the model is valid");
            let found = draw(&mut model, &ids).await.unwrap_or_else(|fault| panic!("{fault}"));
            assert!(found == expected, "{options:?}, seed {seed}: another picture");
            let found = generated(&mut model, &tokenizer, &request).await;
            assert!(found == output.expect("it can be served"), "{options:?}, seed {seed}: another output");
            gpu = model.backend;
        }
        tell!("{options:?}: pictures of {MODELS} random models, 0 mismatches");
    }
});

on_a_gpu!(a_picture_of_48_by_48_pixels_is_that_of_the_reference, async {
    let conv = |channels, upsample| ConvConfig { channels, upsample };
    let convs = vec![conv(96, false), conv(96, false), conv(96, true), conv(64, false), conv(32, true), conv(3, false)];
    let image = ImageConfig { code_dim: 64, codes: 511, convs, first_code: 260, grid_height: 12, grid_width: 12 };
    let config = Config { vocab: 800, context: 256, image: Some(image), ..Tiny::drawing(1).config().clone() };
    let file = Tiny::with_config(&mut Random::new(3), config).imo();
    let ids: Vec<u32> = (0..144).map(|i| 260 + i * 7 % 500).collect();
    let mut reference = load(&file, Scalar).expect("the model is valid");
    let Poll::Ready(Ok(expected)) = reference.draw(&ids).expect("it draws").poll() else { panic!("it is ready") };
    for options in ways() {
        let mut model = load(&file, open(&options).await).expect("the model is valid");
        // The first time compiles.
        draw(&mut model, &ids).await.unwrap_or_else(|fault| panic!("{fault}"));
        let begin = Instant::now();
        let found = draw(&mut model, &ids).await.unwrap_or_else(|fault| panic!("{fault}"));
        tell!("{options:?}: a picture of 48 by 48 pixels in {:.2} s", begin.elapsed().as_secs_f64());
        assert!(found == expected, "{options:?}: another picture");
    }
});

on_a_gpu!(a_wrong_value_of_a_convolution_is_found, async {
    let file = Tiny::drawing(1).imo();
    for way in ways() {
        // The last convolution has three rows and nothing else has; all its places are wrong, since one of them is checked.
        let wrong = "v = select(v, v + 1, params.stride == 3u);\n    y[place] = v;";
        let options = Options { fault: Some(("y[place] = v;", wrong)), ..way };
        let mut model = load(&file, open(&options).await).expect("the model is valid");
        let fault = draw(&mut model, &ids(1)).await.expect_err("the device is wrong");
        assert!(matches!(fault, Fault::Mismatch { operator: "conv2d", .. }), "{fault}");
    }
});

on_a_gpu!(a_map_of_more_values_than_loops_have_rounds_is_one_group, async {
    for options in ways().into_iter().take(2) {
        let (mut gpu, mut expected) = (open(&options).await, Expected::default());
        let mut random = Random::new(1);
        for (number, n) in [4096, 4097, 65_536, 48 * 48 * 96].into_iter().enumerate() {
            // The largest is the last, where a loop that ends too early does not come.
            let mut v: Vec<i32> = (0..n).map(|_| random.range(-(1 << 20), 1 << 20) as i32).collect();
            v[n - 1] = -i32::MAX;
            let wide: Vec<i64> = v.iter().map(|&v| v.into()).collect();
            let mut x = vec![0; n];
            let e = bfpq(&wide, F, &mut x);
            let (v, mut out) = (gpu.ints_of(n, &v), gpu.bfp(1, 1, n));
            gpu.bfpq(&v, F, &mut out);
            Case { expected: &mut expected, operator: "bfpq", number }.bfp(&gpu, &out, &x, e);
        }
        expected.compare().await.unwrap_or_else(|fault| panic!("{options:?}: {fault}"));
    }
});

#[cfg(not(target_arch = "wasm32"))]
#[test]
fn the_models_that_ship_draw_and_verify_the_stored_pictures() {
    let stored = include_str!("../../../vectors/golden/pictures.tsv");
    for options in ways() {
        let drawn = openimo_models::golden::check(stored, || pollster::block_on(open(&options)));
        assert_eq!(drawn, Ok(stored.lines().count()), "{options:?}");
    }
}
