//! A file that a person reads has at most 400 lines; generated files and vectors are exempt.

use super::tree::extension;
use super::{Finding, Tree};
use crate::vectors;

const MOST: usize = 400;
const READ: [&str; 10] = ["rs", "ts", "js", "mjs", "sol", "wgsl", "html", "css", "md", "toml"];

pub fn length(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in tree.iter() {
        let lines = text.lines().count();
        let generated = path.starts_with("vectors/") || vectors::is_generated(path);
        if READ.contains(&extension(path)) && !generated && lines > MOST {
            findings.push(Finding::new(path, 0, format!("has {lines} lines; split it by concept ({MOST} at most)")));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_file_is_reported() {
        let (fits, long) = ("x\n".repeat(MOST), "x\n".repeat(MOST + 1));
        let tree = Tree::of(&[("a.rs", &fits), ("b.rs", &long), ("c.ts", &long), ("d.json", &long), ("vectors/e.md", &long)]);
        assert_eq!(length(&tree).into_iter().map(|f| f.path).collect::<Vec<_>>(), ["b.rs", "c.ts"]);
    }
}
