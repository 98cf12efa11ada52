//! Checks one after the other, each told when it ends; the last line is `N passed, M failed`.

use std::io::Write as _;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Result, bail};

use crate::process;
use crate::test::Counts;

#[derive(Default)]
pub struct Checks {
    counts: Counts,
}

impl Checks {
    /// Tells how a check went, and gives what it found if it went well.
    pub fn run<T>(&mut self, name: &str, check: impl FnOnce() -> Result<T>) -> Option<T> {
        print!("{name:<72} ");
        // Nobody listens any more: the exit code still tells.
        let _closed = std::io::stdout().flush();
        let begun = Instant::now();
        let outcome = if process::interrupted() {
            Err(anyhow::anyhow!("not run: interrupted"))
        } else {
            check()
        };
        let took = begun.elapsed().as_secs();
        match outcome {
            Ok(found) => {
                self.counts.passed += 1;
                println!("passed ({took} s)");
                Some(found)
            }
            Err(error) => {
                self.counts.failed += 1;
                println!("FAILED ({took} s)\n    {}", format!("{error:#}").replace('\n', "\n    "));
                None
            }
        }
    }

    pub fn finish(&self) -> ExitCode {
        println!("{}", self.counts);
        if self.counts.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}

/// Asks again and again until the answer is right; the last one that was not says why.
pub fn eventually<T>(limit: std::time::Duration, mut ask: impl FnMut() -> Result<T>) -> Result<T> {
    let mut last = None;
    process::wait_until(limit, || {
        let answer = ask();
        let is_settled = answer.is_ok() || process::interrupted();
        last = Some(answer);
        is_settled
    });
    match last {
        Some(answer) => answer.map_err(|error| error.context(format!("still so after {limit:?}"))),
        None => bail!("nothing was asked"),
    }
}
