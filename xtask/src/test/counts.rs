//! How many tests a runner says have passed and failed.

use std::fmt;
use std::iter::Sum;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    pub passed: u32,
    pub failed: u32,
}

impl fmt::Display for Counts {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} passed, {} failed", self.passed, self.failed)
    }
}

impl Sum for Counts {
    fn sum<I: Iterator<Item = Self>>(counts: I) -> Self {
        counts.fold(Self::default(), |sum, next| Self {
            passed: sum.passed + next.passed,
            failed: sum.failed + next.failed,
        })
    }
}

/// What a step's output looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Nothing to count: the exit code is the result.
    OneCheck,
    Cargo,
    Vitest,
    Playwright,
}

impl Format {
    /// Reads the counts; a runner that failed, or ran nothing, has at least one failure.
    ///
    /// A test that was skipped, ignored or needed a second try counts as failed: it proves nothing.
    pub fn count(self, output: &str, is_success: bool) -> Counts {
        let words = match self {
            Self::OneCheck => {
                return Counts { passed: is_success.into(), failed: (!is_success).into() };
            }
            Self::Cargo => cargo(output),
            Self::Vitest => vitest(output),
            Self::Playwright => playwright(output),
        };
        let mut counts = Counts::default();
        for (number, word) in words {
            match word.as_str() {
                "passed" => counts.passed += number,
                "measured" | "filtered out" => {}
                _ => counts.failed += number,
            }
        }
        let proves_nothing = !is_success || counts.passed == 0;
        if counts.failed == 0 && proves_nothing {
            counts.failed = 1;
        }
        counts
    }
}

impl Format {
    /// The lines that say why it failed, at most so many.
    pub fn telling_lines(self, output: &str, most: usize) -> String {
        let failures = match self {
            Self::Cargo => cargo_failures(output),
            _ => Vec::new(),
        };
        // Most programs say at the end what went wrong.
        let lines = if failures.is_empty() { output.lines().collect() } else { failures };
        lines[lines.len().saturating_sub(most)..].join("\n")
    }
}

/// What failed tests printed; their programs are followed by others that say nothing.
fn cargo_failures(output: &str) -> Vec<&str> {
    let mut inside = false;
    let mut lines = Vec::new();
    for line in output.lines() {
        inside |= line == "failures:";
        if inside {
            lines.push(line);
        }
        inside &= !line.starts_with("test result: ");
    }
    lines
}

/// `test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 3 filtered out; finished in 1.0s`
fn cargo(output: &str) -> Vec<(u32, String)> {
    output
        .lines()
        .filter_map(|line| line.trim().strip_prefix("test result: "))
        .filter_map(|line| line.split_once(". "))
        .flat_map(|(_, counts)| counts.split(';').filter_map(number_and_word))
        .collect()
}

/// `      Tests  1 failed | 26 passed (27)`
fn vitest(output: &str) -> Vec<(u32, String)> {
    output
        .lines()
        .filter_map(|line| line.trim().strip_prefix("Tests  "))
        .flat_map(|line| line.split('|').filter_map(number_and_word))
        .collect()
}

/// Lines of their own at the end: `1 failed`, `2 did not run`, `12 passed (35.2s)`
fn playwright(output: &str) -> Vec<(u32, String)> {
    const WORDS: &[&str] = &["passed", "failed", "skipped", "flaky", "did not run", "interrupted"];
    let counts = output.lines().filter_map(number_and_word);
    counts.filter(|(_, word)| WORDS.contains(&word.as_str())).collect()
}

/// From `12 passed (35.2s)`: 12 and "passed".
fn number_and_word(text: &str) -> Option<(u32, String)> {
    let (number, word) = text.trim().split_once(' ')?;
    let word = word.split('(').next().unwrap_or(word).trim();
    Some((number.parse().ok()?, word.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(passed: u32, failed: u32) -> Counts {
        Counts { passed, failed }
    }

    #[test]
    fn a_check_is_one() {
        assert_eq!(Format::OneCheck.count("", true), counts(1, 0));
        assert_eq!(Format::OneCheck.count("", false), counts(0, 1));
    }

    #[test]
    fn cargo_is_summed_over_its_programs() {
        let output = "\
running 12 tests
test result: ok. 12 passed; 0 failed; 0 ignored; 0 measured; 3 filtered out; finished in 0.10s
   Doc-tests model
test result: FAILED. 4 passed; 1 failed; 1 ignored; 0 measured; 0 filtered out; finished in 1.10s
";
        assert_eq!(Format::Cargo.count(output, false), counts(16, 2));
    }

    #[test]
    fn of_cargo_the_failures_are_shown() {
        let output = "\
test a ... ok
failures:

---- b stdout ----
expected 1, got 2

test result: FAILED. 1 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out
   Doc-tests model
test result: ok. 0 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out
";
        let shown = Format::Cargo.telling_lines(output, 80);
        assert!(shown.starts_with("failures:") && shown.contains("got 2"), "{shown}");
        assert!(!shown.contains("Doc-tests"), "{shown}");
        let last = Format::Cargo.telling_lines("one\nerror: could not compile\n", 1);
        assert_eq!(last, "error: could not compile");
    }

    #[test]
    fn cargo_that_does_not_compile_has_failed() {
        assert_eq!(Format::Cargo.count("error: could not compile `model`", false), counts(0, 1));
    }

    #[test]
    fn a_program_that_dies_between_good_results_has_failed() {
        let output = "test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out";
        assert_eq!(Format::Cargo.count(output, false), counts(3, 1));
    }

    #[test]
    fn vitest_counts_tests_and_not_files() {
        let output = " Test Files  1 failed | 2 passed (3)\n      Tests  1 failed | 26 passed | 2 skipped (29)\n";
        assert_eq!(Format::Vitest.count(output, false), counts(26, 3));
        let output = " Test Files  3 passed (3)\n      Tests  27 passed (27)\n";
        assert_eq!(Format::Vitest.count(output, true), counts(27, 0));
    }

    #[test]
    fn playwright_counts_what_did_not_run() {
        let output = "\
Running 17 tests using 1 worker
  1 failed
    [e2e] › first.spec.ts:3:1 › 2 people
  1 flaky
  3 did not run
  12 passed (35.2s)
";
        assert_eq!(Format::Playwright.count(output, false), counts(12, 5));
        assert_eq!(Format::Playwright.count("  5 passed (3.1s)\n", true), counts(5, 0));
    }

    #[test]
    fn a_runner_that_ran_nothing_has_failed() {
        for format in [Format::Cargo, Format::Vitest, Format::Playwright] {
            assert_eq!(format.count("No tests found", true), counts(0, 1));
        }
    }

    #[test]
    fn the_last_line_is_plain() {
        let total: Counts = [counts(1, 0), counts(26, 3)].into_iter().sum();
        assert_eq!(total.to_string(), "27 passed, 3 failed");
    }
}
