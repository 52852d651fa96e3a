//! The generated files say what their generators say now.

use std::path::Path;

use super::{Finding, Tree};
use crate::vectors;

pub fn generated(tree: &Tree) -> Vec<Finding> {
    match vectors::generate() {
        Ok(files) => compare(tree, &files),
        Err(error) => vec![Finding::new("vectors", 0, format!("cannot be generated: {error:#}"))],
    }
}

fn compare(tree: &Tree, files: &[vectors::Generated]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in files {
        match tree.get(&file.path) {
            None => findings.push(Finding::new(&file.path, 0, "is missing; run `cargo xtask vectors`")),
            Some(text) if text != file.text => {
                let line = text.lines().zip(file.text.lines()).take_while(|(a, b)| a == b).count() + 1;
                findings.push(Finding::new(&file.path, line, "differs from what is generated; run `cargo xtask vectors`"));
            }
            Some(_) => {}
        }
    }
    for folder in vectors::FOLDERS {
        for (path, _) in tree.below(folder) {
            if Path::new(path).extension().is_some() && !files.iter().any(|file| file.path == path) {
                findings.push(Finding::new(path, 0, "is not generated, but lies in a folder of generated files"));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, text: &str) -> vectors::Generated {
        vectors::Generated { path: path.into(), text: text.into() }
    }

    #[test]
    fn a_stale_a_missing_and_a_stray_file_are_reported() {
        let files = [file("vectors/ops/a.json", "1\n2\n"), file("docs/b.md", "b")];
        let same = Tree::of(&[("vectors/ops/a.json", "1\n2\n"), ("docs/b.md", "b"), ("docs/c.md", "by hand")]);
        assert_eq!(compare(&same, &files), []);
        let stale = Tree::of(&[("vectors/ops/a.json", "1\n3\n"), ("vectors/ops/z.json", "")]);
        let found: Vec<(String, usize)> = compare(&stale, &files).into_iter().map(|f| (f.path, f.line)).collect();
        assert_eq!(found, [("vectors/ops/a.json".into(), 2), ("docs/b.md".into(), 0), ("vectors/ops/z.json".into(), 0)]);
    }
}
