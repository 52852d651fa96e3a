//! Prints load, prefill and decode figures of a model file: `cargo run -p openimo-core --example model_speed -- MODEL.imo`.

use std::time::Instant;

use openimo_core::backend::Backend;
use openimo_core::model::Model;
use openimo_core::model::file::load;
use openimo_core::simd::Simd;
use openimo_core::simd::level::Level;
use openimo_core::simd::threads;

const WINDOW: usize = 64;

fn main() {
    let path = std::env::args().nth(1).expect("usage: model_speed MODEL.imo");
    let bytes = std::fs::read(path).expect("the model file can be read");
    for level in Level::available().into_iter().skip(1) {
        let begin = Instant::now();
        let model = load(&bytes, Simd::new(level)).expect("a valid model");
        println!("{level:?} load {:.3} s", begin.elapsed().as_secs_f64());
        for size in [1, 2] {
            let results = threads::run(size, |end| run(&model, Simd::ranked(level, Box::new(end), false)));
            println!("{level:?} {size} threads: {}", results[0]);
        }
    }
}

fn run(model: &Model<Simd>, backend: Simd) -> String {
    let mut model = model.share(backend);
    let ids: Vec<u32> = (0..256).map(|i| 1000 + i * 37 % 20000).collect();
    let mut prefill = f64::INFINITY;
    let mut decode = [f64::INFINITY; 2];
    for _ in 0..3 {
        let mut session = model.session(WINDOW);
        let begin = Instant::now();
        for (i, window) in ids.chunks(WINDOW).enumerate() {
            model.forward(&mut session, window, usize::from(i == 3));
        }
        prefill = prefill.min(begin.elapsed().as_secs_f64() / 256.0);
        for (at, best) in [(32, 0), (256, 1)] {
            session.truncate(&mut model.backend, at);
            let mut id = 42;
            let begin = Instant::now();
            for _ in 0..32 {
                let out = model.forward(&mut session, &[id], 1);
                id = model.backend.choose(out, &openimo_core::ops::sample::Sampler::GREEDY, &[0])[0];
            }
            decode[best] = decode[best].min(begin.elapsed().as_secs_f64() / 32.0);
            if at == 32 {
                let mut again = model.session(WINDOW);
                std::mem::swap(&mut session, &mut again);
                for window in ids.chunks(WINDOW) {
                    model.forward(&mut session, window, 0);
                }
            }
        }
    }
    format!("prefill 256 {:.0}/s, decode after 32 {:.1}/s, after 256 {:.1}/s", 1.0 / prefill, 1.0 / decode[0], 1.0 / decode[1])
}
