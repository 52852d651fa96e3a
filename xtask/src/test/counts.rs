//! What test runners say in their closing lines.

use std::ops::AddAssign;

/// Tests by how they ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub passed: u64,
    pub failed: u64,
    pub skipped: u64,
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

impl Counts {
    /// One thing that passed.
    pub const ONE: Self = Self { passed: 1, failed: 0, skipped: 0 };

    /// Add up the closing lines of cargo test, cargo nextest, wasm-bindgen's runner, Node's runner, Playwright, forge and the plain
    /// `N passed, N failed`.
    pub fn of(text: &str) -> Self {
        let mut total = Self::default();
        // nextest runs each test in a process of its own, whose closing line may be shown as well.
        let nextest = text.lines().any(|line| line.trim().starts_with("Summary ["));
        for line in text.lines() {
            let line = line.trim();
            let closing = line.starts_with(if nextest { "Summary [" } else { "test result:" });
            // forge: `Ran 2 test suites in 1.5s (1.2s CPU time): 3 tests passed, 1 failed, 0 skipped (4 total tests)`.
            let forge = line.strip_prefix("Ran ").and_then(|rest| rest.split_once("): ")).map(|(_, counts)| counts);
            let forge = forge.filter(|counts| counts.ends_with(" total tests)")).map(|counts| counts.replacen(" tests ", " ", 1));
            let line = forge.as_deref().unwrap_or(line);
            let closing = closing || forge.is_some();
            let plain = line.chars().next().is_some_and(|c| c.is_ascii_digit())
                && ["passed", "failed", "skipped"].iter().any(|w| line.contains(w));
            if closing || (plain && is_list_of_counts(line)) {
                total += Self {
                    passed: before(line, "passed"),
                    failed: before(line, "failed"),
                    skipped: before(line, "skipped") + before(line, "ignored"),
                };
            }
            // Node: `# pass 3` (TAP) and `ℹ pass 3` (spec).
            if let Some(rest) = line.strip_prefix("# ").or_else(|| line.strip_prefix("ℹ "))
                && let Some((word, Ok(n))) = rest.split_once(' ').map(|(word, n)| (word, n.parse::<u64>()))
            {
                match word {
                    "pass" => total.passed += n,
                    "fail" | "cancelled" => total.failed += n,
                    "skipped" | "todo" => total.skipped += n,
                    _ => {}
                }
            }
        }
        total
    }
}

/// The number that stands right before `word`.
fn before(line: &str, word: &str) -> u64 {
    let mut last = None;
    for part in line.split(|c: char| c.is_whitespace() || ",;()".contains(c)).filter(|part| !part.is_empty()) {
        if part == word {
            return last.and_then(|n: &str| n.parse().ok()).unwrap_or(0);
        }
        last = Some(part);
    }
    0
}

/// Whether the line is nothing but `N word` pairs, a duration in brackets allowed.
fn is_list_of_counts(line: &str) -> bool {
    let counts = line.split(" (").next().unwrap_or(line);
    counts.split(',').all(|pair| {
        let mut parts = pair.split_whitespace();
        let number = parts.next().is_some_and(|n| n.parse::<u64>().is_ok());
        number && matches!(parts.next(), Some("passed" | "failed" | "skipped" | "flaky")) && parts.next().is_none()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(text: &str) -> [u64; 3] {
        let c = Counts::of(text);
        [c.passed, c.failed, c.skipped]
    }

    #[test]
    fn closing_lines_are_understood() {
        assert_eq!(counts("  Summary [  1.5s] 12 tests run: 10 passed (1 slow), 2 failed, 3 skipped"), [10, 2, 3]);
        assert_eq!(counts("test result: ok. 4 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out"), [4, 0, 1]);
        assert_eq!(counts("test result: ok. 4 passed; 0 failed\ntest result: FAILED. 1 passed; 2 failed;"), [5, 2, 0]);
        assert_eq!(counts("test result: ok. 1 passed; 0 failed\n  Summary [ 1.5s] 1 test run: 1 passed, 0 skipped"), [1, 0, 0]);
        assert_eq!(counts("# tests 5\n# pass 3\n# fail 1\n# cancelled 0\n# skipped 1"), [3, 1, 1]);
        assert_eq!(counts("ℹ pass 3\nℹ fail 0"), [3, 0, 0]);
        assert_eq!(counts("  1 failed\n  7 passed (2.3m)"), [7, 1, 0]);
        let forge = "Ran 2 test suites in 1.5s (1.2s CPU time): 3 tests passed, 1 failed, 4 skipped (8 total tests)";
        assert_eq!(counts(&format!("Suite result: FAILED. 3 passed; 1 failed; 4 skipped; finished in 1s\n\n{forge}")), [3, 1, 4]);
        assert_eq!(counts("8 passed, 1 failed, 2 skipped"), [8, 1, 2]);
    }

    #[test]
    fn prose_is_not_counted() {
        assert_eq!(counts("2 files passed the check\nall 3 passed\n3 bundles failed to load"), [0, 0, 0]);
    }
}
