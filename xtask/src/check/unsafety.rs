//! Unsafe code stands only where it is listed, and each use says why it is sound.

use super::source::{code_only, lines_with};
use super::tree::extension;
use super::{Finding, Tree};

/// Where unsafe code may stand, and what for.
const ALLOWED: [(&str, &str); 2] = [
    ("crates/core/src/simd/", "vector instructions, and the rows that threads share"),
    ("crates/cli/src/mapped.rs", "memory-mapped model files"),
];

pub fn unsafety(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in tree.iter().filter(|(path, _)| extension(path) == "rs") {
        let code = code_only(text);
        let allowed = ALLOWED.iter().any(|(room, _)| path.starts_with(room));
        let lines: Vec<&str> = text.lines().collect();
        for line in lines_with(&code, "unsafe") {
            if !allowed {
                findings.push(Finding::new(path, line, "unsafe code outside the rooms that may hold it"));
            } else if !has_reason(&lines, line - 1) {
                findings.push(Finding::new(
                    path,
                    line,
                    "unsafe without a `SAFETY:` line (or `# Safety` for a function) before it",
                ));
            }
        }
    }
    findings
}

/// Whether the line itself, or what leads to it without a statement in between (comments, attributes, the arms of one match), states
/// the reason.
fn has_reason(lines: &[&str], line: usize) -> bool {
    let states = |text: &str| text.contains("SAFETY:") || text.contains("# Safety");
    let above = lines[..line].iter().rev();
    let continues = |text: &&&str| {
        let text = text.trim_start();
        let opens = text.ends_with('(') || text.ends_with('=') || text.ends_with('{');
        text.starts_with("//") || text.starts_with("#[") || opens || (text.contains("=> unsafe {") && text.ends_with("},"))
    };
    states(lines[line]) || above.take_while(continues).any(|text| states(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(path: &str, text: &str) -> Vec<usize> {
        unsafety(&Tree::of(&[(path, text)])).into_iter().map(|f| f.line).collect()
    }

    #[test]
    fn unsafe_outside_its_rooms_is_reported() {
        let text = "// unsafe in prose\n#![deny(unsafe_code)]\nlet s = \"unsafe\";\n// SAFETY: no\nunsafe { f() }";
        assert_eq!(lines("crates/core/src/ops/linear.rs", text), [5]);
        assert_eq!(lines("crates/core/src/simd/linear.rs", text), [] as [usize; 0]);
    }

    #[test]
    fn unsafe_without_a_reason_is_reported() {
        let arms = "// SAFETY: checked\nmatch n {\n1 => unsafe { a() },\n2 => unsafe { b() },\n}";
        assert_eq!(lines("crates/core/src/simd/a.rs", arms), [] as [usize; 0]);
        assert_eq!(lines("crates/core/src/simd/a.rs", &arms.replace("SAFETY", "so")), [3, 4]);
        let text = "// SAFETY: in bounds\nlet x =\n    unsafe { f() };\n\nunsafe { g() }\n/// # Safety\n/// Needs AVX2.\n#[inline]\nunsafe fn h() {}";
        assert_eq!(lines("crates/core/src/simd/x86.rs", text), [5]);
    }
}
