//! Steps of the real model, of one with the longest rows and of one as wide as the widest in use, and what they cost.

use openimo_core::model::config::Config;
use openimo_core::model::testing::Tiny;
use openimo_core::ops::attention::ScoreScale;
use openimo_core::ops::sample::Sampler;
use openimo_core::random::Random;
use openimo_differential::model_file;
use openimo_differential::referee::chain::Chain;
use openimo_differential::referee::compare::{Gas, all_kinds, holds};
use openimo_differential::referee::run::Run;
use openimo_differential::tally::Tally;

/// The down projection of the first layer among the matrices.
const DOWN: usize = 7;

/// Lines that `cargo xtask bench gas` reads.
fn print(name: &str, gas: &Gas) {
    gas.iter().for_each(|(kind, (gas, bytes))| println!("referee {name} {kind}: {gas} gas, witness of {bytes} bytes"));
}

#[test]
fn every_step_of_the_real_model_holds() {
    let (mut chain, mut tally, mut gas) = (Chain::default(), Tally::default(), Gas::new());
    let file = model_file();
    for (seed, sampler) in [(1, Sampler { beta: 135_070, top_k: 40, top_p: 60_000 }), (2, Sampler::GREEDY)] {
        let mut rng = Random::new(seed);
        let ids: Vec<u32> = (0..100).map(|_| rng.below(49_152) as u32).collect();
        let mut run = Run::new(file.clone(), &ids, 4, sampler, [seed as u8; 32]);
        holds(&mut chain, &mut run, &mut rng, 3, &mut tally, &mut gas).unwrap();
    }
    println!("SmolLM2: {tally}");
    print("SmolLM2", &gas);
    assert_eq!(tally.missing(&all_kinds()), [""; 0], "nothing was compared about these");
}

#[test]
fn the_longest_rows_hold() {
    let mut chain = Chain::default();
    for bits in [4, 5, 6, 8] {
        let (mut tally, mut gas) = (Tally::default(), Gas::new());
        let config = Config {
            d_model: 64,
            d_ff: 28_672,
            n_heads: 2,
            vocab: 300,
            context: 64,
            eps: 900_000,
            ..Config::one_head(32, ScoreScale { c: 38_600, ce: 18 })
        };
        let models = (0..).map(|seed| Tiny::with_config(&mut Random::new(seed), config.clone()));
        let tiny = models.into_iter().find(|tiny| tiny.specs[DOWN].bits == bits && tiny.specs[DOWN].block == 32);
        let tiny = tiny.expect("some seed has it");
        let mut run = Run::new(tiny.imo(), &[1, 2, 3, 4, 5], 2, Sampler::GREEDY, [0; 32]);
        holds(&mut chain, &mut run, &mut Random::new(0), 3, &mut tally, &mut gas).unwrap();
        print(&format!("K = 28672, {bits} bits"), &gas);
    }
}

#[test]
fn normalisations_of_8192_columns_hold() {
    let (mut chain, mut tally, mut gas) = (Chain::default(), Tally::default(), Gas::new());
    let config = Config {
        d_model: 8192,
        d_ff: 64,
        n_heads: 2,
        vocab: 300,
        context: 64,
        eps: 900_000,
        ..Config::one_head(32, ScoreScale { c: 38_600, ce: 18 })
    };
    let tiny = Tiny::with_config(&mut Random::new(0), config);
    let mut run = Run::new(tiny.imo(), &[1, 2, 3, 4, 5], 2, Sampler::GREEDY, [0; 32]);
    holds(&mut chain, &mut run, &mut Random::new(0), 3, &mut tally, &mut gas).unwrap();
    gas.retain(|kind, _| kind.ends_with("Normed"));
    print("d = 8192", &gas);
    assert!(gas.values().all(|&(gas, _)| gas < 3_500_000), "{gas:?}");
}
