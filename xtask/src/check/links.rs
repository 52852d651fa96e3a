//! A relative link of a document leads to a file or folder of the repository.

use super::tree::extension;
use super::{Finding, Tree};

pub fn links(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in tree.iter().filter(|(path, _)| extension(path) == "md" && !path.contains("node_modules")) {
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        for (i, line) in text.lines().enumerate() {
            for target in line.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(target, _)| target) {
                let file = target.split('#').next().unwrap_or_default();
                if !file.is_empty() && !target.contains(':') && !tree.exists(&resolve(folder, file)) {
                    findings.push(Finding::new(path, i + 1, format!("links to {target}, which is not there")));
                }
            }
        }
    }
    findings
}

/// `target` as seen from `folder`, from the root.
fn resolve(folder: &str, target: &str) -> String {
    let mut parts: Vec<&str> = if target.starts_with('/') { Vec::new() } else { folder.split('/').collect() };
    for part in target.split('/') {
        match part {
            ".." => drop(parts.pop()),
            "." => {}
            part => parts.push(part),
        }
    }
    parts.retain(|part| !part.is_empty());
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_to_nothing_is_reported() {
        let text = "[a](../README.md) [b](gone.md)\n[c](https://example.org/x) [d](#here) [e](sub/) [f](sub/x.md#y)";
        let tree = Tree::of(&[("docs/a.md", text), ("README.md", ""), ("docs/sub/x.md", "")]);
        assert_eq!(links(&tree).into_iter().map(|f| f.line).collect::<Vec<_>>(), [1]);
    }
}
