//! Write the file of a small random model: `tiny_model SEED OUT.imo`. Its ids below 256 are the bytes; its context holds a short chat.
//! `tiny_model --drawing SEED OUT.imo` writes one that draws pictures of 12 by 8 pixels.

use std::process::ExitCode;

use openimo_core::model::testing::Tiny;

/// Shortest context that is of use to a test of a whole program.
const CONTEXT: u32 = 1024;

fn main() -> ExitCode {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    let all = arguments.len();
    arguments.retain(|argument| argument != "--drawing");
    let draws = arguments.len() < all;
    let [seed, out] = arguments.as_slice() else {
        eprintln!("usage: tiny_model [--drawing] SEED OUT.imo");
        return ExitCode::from(2);
    };
    let Ok(seed) = seed.parse::<u32>() else {
        eprintln!("tiny_model: the seed is {seed:?}, expected a number below 2^32");
        return ExitCode::from(2);
    };
    let (id, bytes) = if draws { Tiny::drawing(seed.into()) } else { writing(seed) }.write();
    if let Err(error) = std::fs::write(out, bytes) {
        eprintln!("tiny_model: {out}: {error}");
        return ExitCode::FAILURE;
    }
    println!("{id}");
    ExitCode::SUCCESS
}

/// Different seeds look through different models, so they never give the same one.
fn writing(seed: u32) -> Tiny {
    let mut models = (0..).map(|i| Tiny::new(u64::from(seed) << 32 | i)).filter(|model| model.config().context >= CONTEXT);
    models.next().expect("one in three has a long context")
}
