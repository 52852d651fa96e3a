//! No file names a folder that only one machine has.

use super::{Finding, Tree};

/// Top folders of people and build machines; written in two halves, so that this file is not a finding of its own.
const FOLDERS: [&str; 5] =
    [concat!("/wo", "rk/"), concat!("/ro", "ot/"), concat!("/fa", "rm/"), concat!("/ho", "me/"), concat!("/Us", "ers/")];

pub fn machine_paths(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in tree.iter() {
        for (i, line) in text.lines().enumerate() {
            for folder in FOLDERS.iter().filter(|folder| begins_a_path(line, folder)) {
                findings.push(Finding::new(path, i + 1, format!("names {folder}, a folder of one machine")));
            }
        }
    }
    findings
}

/// Whether `folder` stands at the start of a path, not inside of a longer one or of a URL.
fn begins_a_path(line: &str, folder: &str) -> bool {
    line.match_indices(folder)
        .any(|(i, _)| !line[..i].chars().next_back().is_some_and(|c| c.is_alphanumeric() || "_.-)}".contains(c)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_of_one_machine_is_reported() {
        for folder in FOLDERS {
            let text = format!("fine\nsee {folder}x\nhttps://host{folder}x\n\"{folder}y\"\n${{a}}{folder}");
            let lines: Vec<usize> = machine_paths(&Tree::of(&[("a.txt", &text)])).into_iter().map(|f| f.line).collect();
            assert_eq!(lines, [2, 4], "{folder}");
        }
    }
}
