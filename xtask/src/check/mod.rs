//! `cargo xtask check`: the structure of the repository, rule by rule.
//!
//! A rule is a function from the [`Tree`] of files to findings; it sees no disk, so that each is shown to report a small fixture.

mod generated;
mod length;
mod links;
mod paths;
mod rooms;
mod source;
mod stems;
mod tree;
mod unsafety;
mod words;

use std::fmt;

use anyhow::{Result, ensure};

pub use tree::Tree;

/// One breach of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Path from the root of the checkout.
    pub path: String,
    /// Line, counted from 1; 0 for the whole file.
    pub line: usize,
    /// What is wrong, and what is right.
    pub what: String,
}

impl Finding {
    fn new(path: impl Into<String>, line: usize, what: impl Into<String>) -> Self {
        Self { path: path.into(), line, what: what.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}: {}", self.path, self.what),
            line => write!(f, "{}:{line}: {}", self.path, self.what),
        }
    }
}

type Rule = (&'static str, fn(&Tree) -> Vec<Finding>);

const RULES: [Rule; 10] = [
    ("every operator has its rooms", rooms::rooms),
    ("generated files are up to date", generated::generated),
    ("no floats where only integers belong", words::floats),
    ("no dangerous words in contracts", words::contracts),
    ("nothing unfinished or skipped", words::unfinished),
    ("no paths of one machine", paths::machine_paths),
    ("unsafe code only where it is listed, each with its reason", unsafety::unsafety),
    ("files of at most 400 lines", length::length),
    ("tests have the stem of what they test", stems::stems),
    ("links between documents lead somewhere", links::links),
];

/// Run every rule on the checkout.
///
/// # Errors
/// If a rule reports something.
pub fn run() -> Result<()> {
    let tree = Tree::of_checkout()?;
    let mut total = 0;
    for (name, rule) in RULES {
        let findings = rule(&tree);
        println!("{} {name}", if findings.is_empty() { "ok  " } else { "FAIL" });
        findings.iter().for_each(|finding| println!("     {finding}"));
        total += findings.len();
    }
    println!("{} rules on {} files, {total} findings", RULES.len(), tree.len());
    ensure!(total == 0, "{total} findings");
    Ok(())
}
