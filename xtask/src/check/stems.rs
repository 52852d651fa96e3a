//! A test file has the stem of the source file or folder that it tests, or is one of the listed stories that cross several.

use std::collections::BTreeSet;

use super::tree::{extension, stem};
use super::{Finding, Tree};

/// Tests of something that no single file is.
const STORIES: [&str; 0] = [];

pub fn stems(tree: &Tree) -> Vec<Finding> {
    let is_test = |path: &str| path.starts_with("crates/") && path.contains("/tests/");
    let mut sources = BTreeSet::new();
    for (path, _) in tree.iter().filter(|(path, _)| path.starts_with("crates/") && !is_test(path)) {
        sources.insert(stem(path).to_owned());
        sources.extend(path.split('/').map(str::to_owned));
    }
    let tests =
        tree.iter().map(|(path, _)| path).filter(|path| is_test(path) && ["rs", "ts", "mjs", "js"].contains(&extension(path)));
    // Below tests/ only the files at the first level are suites; deeper ones are shared by them.
    let suites = tests.filter(|path| !path.split_once("/tests/").is_some_and(|(_, rest)| rest.contains('/')));
    let unnamed = suites.filter(|path| !sources.contains(stem(path)) && !STORIES.contains(&stem(path)));
    unnamed.map(|path| Finding::new(path, 0, "has not the stem of a source file or folder, and is not a listed story")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_of_nothing_is_reported() {
        let sources =
            [("crates/core/src/ops/mod.rs", ""), ("crates/core/src/generate.rs", ""), ("crates/core/tests/common/mod.rs", "")];
        let tests = [("crates/core/tests/ops.rs", ""), ("crates/cli/tests/generate.rs", ""), ("crates/core/tests/misc.rs", "")];
        let found = stems(&Tree::of(&[sources, tests].concat()));
        assert_eq!(found.into_iter().map(|f| f.path).collect::<Vec<_>>(), ["crates/core/tests/misc.rs"]);
    }
}
