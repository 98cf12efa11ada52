//! Every check in order, each with its log; the last line is `N passed, M failed`.

mod counts;

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
pub use counts::Counts;
use counts::Format;

use crate::debian;
use crate::process::{self, End};
use crate::services::{self, Server, Servers};
use crate::workspace::{Workspace, XTASK};

const STEPS: &[Step] = &[
    Step::check("format", &["cargo", "fmt", "--all", "--check"]),
    Step::check("tidy", &[XTASK, "tidy"]),
    Step::check("licences and bans", &[XTASK, "deny"]),
    Step::check(WEB_PACKAGES, &["make", "--silent", "web/node_modules/.package-lock.json"]),
    Step::check("web types", &["npm", "--prefix", "web", "run", "check"]).after(&[WEB_PACKAGES]),
    Step::tests("web unit tests", Format::Vitest, &["npm", "--prefix", "web", "run", "test"])
        .after(&[WEB_PACKAGES]),
    // Before anything that compiles the program, which has the client's files inside.
    Step::check(WEB_BUILD, &["npm", "--prefix", "web", "run", "build"]).after(&[WEB_PACKAGES]),
    Step::check(
        "clippy",
        &[
            "cargo",
            "clippy",
            "--workspace",
            "--all-targets",
            "--locked",
            "--keep-going",
            "--",
            "-D",
            "warnings",
        ],
    ),
    Step::tests(
        "rust tests",
        Format::Cargo,
        // The system's suite follows, once in each shape.
        &[
            "cargo",
            "test",
            "--workspace",
            "--locked",
            "--no-fail-fast",
            "--",
            "--skip",
            "suite::",
            "--skip",
            "away::",
        ],
    )
    .with(services::SERVERS),
    Step::suite("suite in one process", "one-process", &SUITE),
    Step::suite("suite split, PostgreSQL", "split-postgres", &SUITE_WITH_LOSSES),
    Step::suite("suite split, MariaDB", "split-mysql", &SUITE_WITH_LOSSES),
    Step::check(PROGRAM, &["cargo", "build", "--locked", "--package", "expense-tracker"]),
    Step::check("generated files", &[XTASK, "generate", "--check"]).after(&[PROGRAM, WEB_PACKAGES]),
    Step::tests("browser tests", Format::Playwright, &["npm", "--prefix", "web", "run", "e2e"])
        .after(&[PROGRAM, WEB_BUILD])
        .with(services::PROGRAM)
        .with_package("chromium"),
];

/// Of the whole workspace, so that nothing is built with other features than before.
const SUITE: [&str; 8] =
    ["cargo", "test", "--workspace", "--locked", "--test", "it", "--", "suite::"];
/// Where there are servers to lose.
const SUITE_WITH_LOSSES: [&str; 9] =
    ["cargo", "test", "--workspace", "--locked", "--test", "it", "--", "suite::", "away::"];

const WEB_PACKAGES: &str = "web packages";
const WEB_BUILD: &str = "web build";
const PROGRAM: &str = "program";

const STEP_LIMIT: Duration = Duration::from_secs(25 * 60);
const SIGN_OF_LIFE: Duration = Duration::from_secs(60);
const SHOWN_LINES: usize = 80;

struct Step {
    name: &'static str,
    command: &'static [&'static str],
    format: Format,
    /// The steps without which this one makes no sense.
    needs: &'static [&'static str],
    /// What has to run beside it.
    servers: &'static [&'static dyn Server],
    /// A Debian package that brings a program of the same name.
    package: Option<&'static str>,
    /// The shape of the system that its tests are held against.
    shape: Option<&'static str>,
}

impl Step {
    const fn check(name: &'static str, command: &'static [&'static str]) -> Self {
        Self::tests(name, Format::OneCheck, command)
    }

    const fn tests(name: &'static str, format: Format, command: &'static [&'static str]) -> Self {
        Self { name, command, format, needs: &[], servers: &[], package: None, shape: None }
    }

    /// The system's suite in one shape, which `crates/app/tests/it/harness/shape.rs` knows.
    const fn suite(
        name: &'static str,
        shape: &'static str,
        command: &'static [&'static str],
    ) -> Self {
        Self { shape: Some(shape), ..Self::tests(name, Format::Cargo, command) }
            .with(services::SERVERS)
    }

    const fn after(mut self, needs: &'static [&'static str]) -> Self {
        self.needs = needs;
        self
    }

    const fn with(mut self, servers: &'static [&'static dyn Server]) -> Self {
        self.servers = servers;
        self
    }

    const fn with_package(mut self, package: &'static str) -> Self {
        self.package = Some(package);
        self
    }
}

/// What became of a step.
struct Outcome {
    name: &'static str,
    counts: Counts,
    /// Why it failed, with the end of its log.
    trouble: Option<String>,
    took: Duration,
}

impl Outcome {
    fn failed(step: &Step, trouble: String) -> Self {
        let counts = Counts { passed: 0, failed: 1 };
        Self { name: step.name, counts, trouble: Some(trouble), took: Duration::ZERO }
    }
}

pub fn run(workspace: &Workspace) -> Result<ExitCode> {
    let logs = workspace.target.join("test");
    fs::create_dir_all(&logs).with_context(|| format!("can't make {}", logs.display()))?;
    let mut outcomes: Vec<Outcome> = Vec::new();
    for (index, step) in STEPS.iter().enumerate() {
        say(&format!("[{:2}/{}] {:<24} ", index + 1, STEPS.len(), step.name));
        let log = logs.join(format!("{:02}-{}.log", index + 1, step.name.replace([' ', ','], "-")));
        let outcome = match missing_need(step, &outcomes) {
            _ if process::interrupted() => Outcome::failed(step, "not run: interrupted".into()),
            Some(need) => Outcome::failed(step, format!("not run: \"{need}\" failed")),
            None => perform(workspace, step, &log),
        };
        say(&line(&outcome));
        if let Some(trouble) = &outcome.trouble {
            say(&format!("\n{}\n\n", trouble.trim_end()));
        }
        outcomes.push(outcome);
    }
    let total = outcomes.iter().map(|outcome| outcome.counts).sum::<Counts>();
    say(&format!("\n{}\n", summary(&outcomes)));
    fs::write(logs.join("summary"), format!("{total}\n"))?;
    println!("{total}");
    Ok(if total.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn missing_need(step: &Step, outcomes: &[Outcome]) -> Option<&'static str> {
    let failed = outcomes
        .iter()
        .find(|outcome| step.needs.contains(&outcome.name) && outcome.counts.failed > 0);
    failed.map(|outcome| outcome.name)
}

fn perform(workspace: &Workspace, step: &Step, log: &Path) -> Outcome {
    let begun = Instant::now();
    let result = prepare(step).and_then(|mut servers| {
        let end = run_step(workspace, step, &servers, log)?;
        servers.stop()?;
        Ok(end)
    });
    let mut outcome = match result {
        Ok(end) => judge(step, end, log),
        Err(error) => Outcome::failed(step, format!("can't be run: {error:#}")),
    };
    outcome.took = begun.elapsed();
    outcome
}

/// Installs and starts what the step can't do without.
fn prepare(step: &Step) -> Result<Servers> {
    if let Some(package) = step.package {
        debian::ensure(package, || process::find(package).is_some())?;
    }
    Servers::start(step.servers)
}

fn run_step(workspace: &Workspace, step: &Step, servers: &Servers, log: &Path) -> Result<End> {
    let (program, arguments) = step.command.split_first().context("a step without a command")?;
    let mut command = workspace.command(program, arguments.iter().copied());
    command.envs(servers.addresses()).envs(step.shape.map(|shape| ("EXPENSE_TEST_SHAPE", shape)));
    make_plain(&mut command);
    let mut next_sign = SIGN_OF_LIFE;
    process::run_logged(&mut command, log, STEP_LIMIT, |elapsed| {
        if elapsed >= next_sign {
            next_sign += SIGN_OF_LIFE;
            let minutes = elapsed.as_secs() / 60;
            say(&format!("\n        {minutes} min: {}\n        ", last_line(log)));
        }
    })
}

/// Logs are read by people and by the counting, not by a terminal.
fn make_plain(command: &mut Command) {
    command.envs([("CI", "1"), ("NO_COLOR", "1"), ("CARGO_TERM_COLOR", "never")]);
    command.env_remove("FORCE_COLOR");
}

fn judge(step: &Step, end: End, log: &Path) -> Outcome {
    let text = fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let counts = step.format.count(&text, end.is_success());
    let trouble = (counts.failed > 0).then(|| {
        let telling = step.format.telling_lines(&text, SHOWN_LINES);
        format!(
            "{telling}\n{} ended with {end}; its whole output is in {}",
            step.name,
            log.display()
        )
    });
    Outcome { name: step.name, counts, trouble, took: Duration::ZERO }
}

fn line(outcome: &Outcome) -> String {
    let verdict = match outcome.counts {
        Counts { passed: 1, failed: 0 } => "passed".to_owned(),
        Counts { passed: 0, failed: 1 } => "FAILED".to_owned(),
        Counts { failed: 0, .. } => outcome.counts.to_string(),
        _ => format!("FAILED: {}", outcome.counts),
    };
    format!("{verdict} ({} s)\n", outcome.took.as_secs())
}

fn summary(outcomes: &[Outcome]) -> String {
    let mut text = String::new();
    for outcome in outcomes {
        // Writing to a string can't fail.
        let _infallible = write!(text, "{:<24} {}", outcome.name, line(outcome));
    }
    text
}

/// What a program said last.
fn last_line(log: &Path) -> String {
    let text = fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    text.lines().rfind(|line| !line.trim().is_empty()).unwrap_or_default().trim().to_owned()
}

/// Prints at once, also what is not a whole line.
fn say(text: &str) {
    let mut out = std::io::stdout().lock();
    // Nobody listens any more: the exit code still tells.
    let _closed = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    fn folder_with_workspace() -> (tempfile::TempDir, Workspace, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().to_path_buf();
        let log = root.join("log");
        (folder, Workspace { target: root.join("target"), root }, log)
    }

    #[test]
    fn a_failing_step_shows_the_end_of_its_log() {
        let (_folder, workspace, log) = folder_with_workspace();
        let step = Step::check("broken", &["sh", "-c", "echo the reason; exit 7"]);
        let outcome = perform(&workspace, &step, &log);
        assert_eq!(outcome.counts, Counts { passed: 0, failed: 1 });
        let trouble = outcome.trouble.unwrap();
        assert!(trouble.contains("the reason") && trouble.contains("7"), "{trouble}");
    }

    #[test]
    fn a_program_that_is_missing_is_a_failure() {
        let (_folder, workspace, log) = folder_with_workspace();
        let step = Step::check("missing", &["no-such-program-anywhere"]);
        let outcome = perform(&workspace, &step, &log);
        assert_eq!(outcome.counts.failed, 1);
        assert!(outcome.trouble.unwrap().contains("no-such-program-anywhere"));
    }

    #[test]
    fn a_step_is_not_run_without_what_it_needs() {
        let (_folder, workspace, log) = folder_with_workspace();
        let first = perform(&workspace, &Step::check("first", &["false"]), &log);
        let second = Step::check("second", &["true"]).after(&["first"]);
        let third = Step::check("third", &["true"]);
        let outcomes = [first];
        assert_eq!(missing_need(&second, &outcomes), Some("first"));
        assert_eq!(missing_need(&third, &outcomes), None);
    }

    #[test]
    fn steps_need_only_earlier_steps() {
        for (index, step) in STEPS.iter().enumerate() {
            for need in step.needs {
                assert!(STEPS[..index].iter().any(|earlier| earlier.name == *need), "{need}");
            }
        }
    }
}
