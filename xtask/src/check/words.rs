//! Words that must not stand in some places.

use super::source::lines_with;
use super::tree::extension;
use super::{Finding, Tree};

/// Rooms in which every value is an integer.
const INTEGER_ROOMS: [&str; 6] = [
    "crates/core/src/ops/",
    "crates/core/src/simd/",
    "crates/core/src/trace/",
    "crates/core/src/model/forward.rs",
    "crates/gpu/src/ops/",
    "crates/gpu/shaders/",
];

pub fn floats(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in INTEGER_ROOMS.iter().flat_map(|room| tree.below(room)) {
        for word in ["f16", "f32", "f64"] {
            findings.extend(lines_with(text, word).map(|line| Finding::new(path, line, format!("{word} in a room of integers"))));
        }
    }
    findings
}

/// What no contract does: run foreign code as its own, destroy itself, trust the sender of the transaction.
const NOT_IN_CONTRACTS: [&str; 4] = ["delegatecall", "callcode", "selfdestruct", "tx.origin"];

pub fn contracts(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in tree.below("contracts/src/") {
        for word in NOT_IN_CONTRACTS {
            findings.extend(lines_with(text, word).map(|line| Finding::new(path, line, format!("{word} in a contract"))));
        }
    }
    findings
}

/// Marks of work that is not done, by extension. Written in two halves, so that this file is not a finding of its own.
const UNFINISHED: [(&[&str], &[&str]); 4] = [
    (&["rs"], &[concat!("to", "do!("), concat!("unimpl", "emented!("), concat!("#[ign", "ore"), concat!("assert!(", "true)")]),
    (
        &["ts", "js", "mjs"],
        &[
            concat!("it.", "skip("),
            concat!("it.", "only("),
            concat!("test.", "skip("),
            concat!("test.", "only("),
            concat!("describe.", "skip("),
            concat!("describe.", "only("),
        ],
    ),
    (&["sol"], &[concat!("vm.", "skip("), concat!("vm.", "assume(false)")]),
    (&["rs", "ts", "js", "mjs", "html", "css", "toml", "md", "sol"], &[concat!("FIX", "ME"), concat!("XX", "X")]),
];

pub fn unfinished(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in tree.iter() {
        for &mark in
            UNFINISHED.iter().filter(|(extensions, _)| extensions.contains(&extension(path))).flat_map(|(_, marks)| *marks)
        {
            let lines = text.lines().enumerate().filter(|(_, line)| line.contains(mark));
            findings
                .extend(lines.map(|(i, _)| Finding::new(path, i + 1, format!("`{mark}` marks something unfinished or skipped"))));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_float_in_a_room_of_integers_is_reported() {
        let text = "fn a(x: i32) {}\nfn b(x: f32) {}\n// f64 in prose counts\nlet f320 = 1;";
        let outside = ("crates/core/src/import/decimal.rs", text);
        for room in INTEGER_ROOMS {
            let file = format!("{}x.rs", room.trim_end_matches("forward.rs"));
            let file = if room.ends_with(".rs") { room } else { &file };
            let lines: Vec<usize> = floats(&Tree::of(&[(file, text), outside])).into_iter().map(|f| f.line).collect();
            assert_eq!(lines, [2, 3], "{file}");
        }
    }

    #[test]
    fn a_dangerous_word_in_a_contract_is_reported() {
        for word in NOT_IN_CONTRACTS {
            let text = format!("a\nb.{word}(c)\nnot{word}");
            let tree = Tree::of(&[("contracts/src/a/A.sol", &text), ("contracts/test/a/A.t.sol", &text)]);
            let found: Vec<_> = contracts(&tree).into_iter().map(|f| (f.path, f.line)).collect();
            assert_eq!(found, [("contracts/src/a/A.sol".into(), 2)], "{word}");
        }
    }

    #[test]
    fn unfinished_marks_are_reported_by_language() {
        for (extensions, marks) in UNFINISHED {
            for mark in marks {
                let text = format!("a\nb {mark}c");
                let path = format!("x/y.{}", extensions[0]);
                let found = unfinished(&Tree::of(&[(&path, &text)]));
                assert_eq!(found.iter().map(|f| f.line).collect::<Vec<_>>(), [2], "{mark}");
            }
        }
        // An iterator's skip is no skipped test.
        assert_eq!(unfinished(&Tree::of(&[("a.rs", "test.iter().skip(1)"), ("b.json", concat!("to", "do!("))])), []);
    }
}
