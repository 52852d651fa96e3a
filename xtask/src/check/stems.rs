//! A test file has the stem of the source file or folder that it tests, alone or followed by `_` and what of it is tested; or it is one
//! of the listed stories that cross several.

use std::collections::BTreeSet;

use super::tree::{extension, stem};
use super::{Finding, Tree};

/// Tests of something that no single file is.
const STORIES: [&str; 5] = [
    // The vectors of the independent implementation.
    "cis1_model",
    "cis1_ops",
    // Devices that fail in the middle of a run.
    "faults",
    // A model that draws, from its ids to a verdict.
    "pictures",
    // Every executor, split and batching.
    "same_bits",
];

pub fn stems(tree: &Tree) -> Vec<Finding> {
    [rust(tree), contracts(tree)].concat()
}

/// `contracts/test/<folder>/<Contract>.t.sol`, or `<Contract>.<part>.t.sol`, tests `contracts/src/<folder>/<Contract>.sol`. What is in
/// contracts/test/faults shows faults of published contracts, and that ours has them not.
fn contracts(tree: &Tree) -> Vec<Finding> {
    let suites = tree.below("contracts/test/").map(|(path, _)| path).filter(|path| path.ends_with(".t.sol"));
    let tested = |path: &str| {
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder).replacen("contracts/test", "contracts/src", 1);
        path.starts_with("contracts/test/faults/") || tree.get(&format!("{folder}/{}.sol", stem(path))).is_some()
    };
    let unnamed = suites.filter(|path| !tested(path));
    unnamed.map(|path| Finding::new(path, 0, "has not the stem of a contract in the same folder of contracts/src")).collect()
}

fn rust(tree: &Tree) -> Vec<Finding> {
    // crates/<name>/tests/
    let is_test = |path: &str| path.starts_with("crates/") && path.split('/').nth(2) == Some("tests");
    let mut sources = BTreeSet::new();
    for (path, _) in tree.iter().filter(|(path, _)| path.starts_with("crates/") && !is_test(path)) {
        sources.insert(stem(path).to_owned());
        sources.extend(path.split('/').map(str::to_owned));
    }
    let tests =
        tree.iter().map(|(path, _)| path).filter(|path| is_test(path) && ["rs", "ts", "mjs", "js"].contains(&extension(path)));
    // Below tests/ only the files at the first level are suites; deeper ones are shared by them.
    let suites = tests.filter(|path| !path.split_once("/tests/").is_some_and(|(_, rest)| rest.contains('/')));
    let named = |stem: &str| {
        let starts = stem.match_indices('_').map(|(i, _)| &stem[..i]);
        starts.chain([stem]).any(|start| sources.contains(start)) || STORIES.contains(&stem)
    };
    let unnamed = suites.filter(|path| !named(stem(path)));
    unnamed.map(|path| Finding::new(path, 0, "has not the stem of a source file or folder, and is not a listed story")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_of_nothing_is_reported() {
        let sources =
            [("crates/core/src/ops/mod.rs", ""), ("crates/core/src/generate.rs", ""), ("crates/core/src/ops/tests/odd.rs", "")];
        let tests = [("crates/core/tests/ops.rs", ""), ("crates/cli/tests/generate.rs", ""), ("crates/core/tests/misc.rs", "")];
        let part = [("crates/core/tests/ops_linear.rs", "")];
        let found = stems(&Tree::of(&[&sources[..], &tests, &part].concat()));
        assert_eq!(found.into_iter().map(|f| f.path).collect::<Vec<_>>(), ["crates/core/tests/misc.rs"]);
    }

    #[test]
    fn a_test_of_no_contract_is_reported() {
        let named = ["src/a/A.sol", "test/a/A.t.sol", "test/a/A.claim.t.sol", "test/a/Handler.sol", "test/faults/Dust.t.sol"];
        let files = [&named[..], &["test/b/A.t.sol", "test/a/Other.t.sol"]].concat();
        let files: Vec<_> = files.iter().map(|file| format!("contracts/{file}")).collect();
        let tree: Vec<_> = files.iter().map(|file| (file.as_str(), "")).collect();
        let found: Vec<_> = stems(&Tree::of(&tree)).into_iter().map(|f| f.path).collect();
        assert_eq!(found, ["contracts/test/a/Other.t.sol", "contracts/test/b/A.t.sol"]);
    }
}
