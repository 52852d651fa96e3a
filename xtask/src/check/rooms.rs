//! Every operator of the table has its reference, its twins and its vectors, and each of these rooms holds operators alone.

use openimo_core::ops::Op;

use super::tree::stem;
use super::{Finding, Tree};

const REFERENCE: &str = "crates/core/src/ops/";
const SIMD: &str = "crates/core/src/simd/";
const GPU: &str = "crates/gpu/src/ops/";
const SHADERS: &str = "crates/gpu/shaders/";
const REFEREE: &str = "contracts/src/referee/ops/";
const VECTORS: &str = "vectors/ops/";
/// The rooms, and what their files end in.
const ROOMS: [(&str, &str); 6] =
    [(REFERENCE, "rs"), (SIMD, "rs"), (GPU, "rs"), (SHADERS, "wgsl"), (REFEREE, "sol"), (VECTORS, "json")];
/// Files of the reference that are no operators: the table, rounding, the two tables, and the exponential that three operators share.
const SHARED: [&str; 4] = ["mod", "fixed", "tables", "exp2neg"];

pub fn rooms(tree: &Tree) -> Vec<Finding> {
    let names: Vec<&str> = Op::ALL.iter().map(|op| op.info().name).collect();
    let mut findings = Vec::new();
    for name in &names {
        for (room, extension) in ROOMS {
            let file = file(room, name, extension);
            let folder = format!("{room}{name}");
            // A folder holds an operator of several files; a shader of several steps is several files of its name.
            let steps = tree.below(SHADERS).any(|(path, _)| room == SHADERS && path.starts_with(&format!("{folder}_")));
            let there = tree.exists(&file) || extension == "rs" && tree.exists(&folder) || steps;
            if !there {
                findings.push(Finding::new(file, 0, format!("operator {name} lacks this room")));
            }
        }
    }
    for (path, _) in tree.below(REFERENCE).chain(tree.below(GPU)).chain(tree.below(REFEREE)).chain(tree.below(VECTORS)) {
        let stem = stem(path).to_lowercase();
        let has_shared = [REFERENCE, REFEREE].iter().any(|room| path.starts_with(room));
        let shared = has_shared && SHARED.contains(&stem.as_str()) || path.starts_with(GPU) && stem == "mod";
        if !names.contains(&stem.as_str()) && !shared {
            findings.push(Finding::new(path, 0, "is not named after an operator of the table in ops/mod.rs"));
        }
    }
    findings
}

/// The file of an operator in a room; contracts begin with a capital.
fn file(room: &str, name: &str, extension: &str) -> String {
    let (first, rest) = name.split_at(1);
    let first = if room == REFEREE { first.to_uppercase() } else { first.to_owned() };
    format!("{room}{first}{rest}.{extension}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complete() -> Vec<(String, String)> {
        let file = |op: &Op, (room, ext): (&str, &str)| (file(room, op.info().name, ext), String::new());
        Op::ALL.iter().flat_map(|op| ROOMS.map(|room| file(op, room))).collect()
    }

    fn report(files: &[(String, String)]) -> Vec<String> {
        let files: Vec<(&str, &str)> = files.iter().map(|(p, t)| (p.as_str(), t.as_str())).collect();
        rooms(&Tree::of(&files)).into_iter().map(|f| f.path).collect()
    }

    #[test]
    fn a_missing_room_is_reported() {
        assert!(report(&complete()).is_empty());
        for left_out in 0..complete().len() {
            let mut files = complete();
            let (gone, _) = files.remove(left_out);
            assert_eq!(report(&files), [gone]);
        }
    }

    #[test]
    fn a_shader_may_be_several_steps() {
        let mut files = complete();
        let shader = files.iter_mut().find(|(path, _)| path.ends_with("attention.wgsl")).expect("its shader");
        shader.0 = shader.0.replace(".wgsl", "_scores.wgsl");
        assert!(report(&files).is_empty());
    }

    #[test]
    fn a_file_that_is_no_operator_is_reported() {
        for stranger in [
            "crates/core/src/ops/softplus.rs",
            "crates/gpu/src/ops/softplus.rs",
            "vectors/ops/softplus.json",
            "contracts/src/referee/ops/Softplus.sol",
        ] {
            let mut files = complete();
            files.push((stranger.into(), String::new()));
            assert_eq!(report(&files), [stranger]);
        }
    }
}
