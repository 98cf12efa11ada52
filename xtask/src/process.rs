//! Runs programs so that none outlives us: a log, a time limit, an end by process id.

use std::fs::{self, File};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

/// How often we look whether something has happened that we can't be told about.
pub const POLL_INTERVAL: Duration = Duration::from_millis(50);
const STOP_LIMIT: Duration = Duration::from_secs(20);

static INTERRUPTED: LazyLock<Arc<AtomicBool>> = LazyLock::new(Arc::default);

/// From now on Ctrl-C and a termination set a flag, so that what was started can be stopped first.
pub fn watch_for_interrupts() -> Result<()> {
    for signal in [SIGINT, SIGTERM, SIGHUP] {
        signal_hook::flag::register(signal, Arc::clone(&INTERRUPTED))
            .context("can't watch for signals")?;
    }
    Ok(())
}

pub fn interrupted() -> bool {
    INTERRUPTED.load(Ordering::Relaxed)
}

/// How a program came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    Exited(ExitStatus),
    TimedOut,
    Interrupted,
}

impl End {
    pub fn is_success(self) -> bool {
        matches!(self, Self::Exited(status) if status.success())
    }
}

impl std::fmt::Display for End {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Exited(status) => write!(out, "{status}"),
            Self::TimedOut => write!(out, "stopped: it took too long"),
            Self::Interrupted => write!(out, "stopped: interrupted"),
        }
    }
}

/// Runs a program to its end with all its output in `log`.
///
/// It gets a process group of its own, so that its children end with it. `tick` is called while
/// it runs, with the time that has passed.
pub fn run_logged(
    command: &mut Command,
    log: &Path,
    limit: Duration,
    mut tick: impl FnMut(Duration),
) -> Result<End> {
    let file = File::create(log).with_context(|| format!("can't write {}", log.display()))?;
    command.stdin(Stdio::null()).stdout(file.try_clone()?).stderr(file).process_group(0);
    let mut child = spawn(command)?;
    let begun = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            // A failed test may leave a server behind.
            let _nobody_left = kill_process_group(pid(child.id())?, Signal::KILL);
            return Ok(End::Exited(status));
        }
        if interrupted() {
            stop_group(&mut child)?;
            return Ok(End::Interrupted);
        }
        if begun.elapsed() > limit {
            stop_group(&mut child)?;
            return Ok(End::TimedOut);
        }
        tick(begun.elapsed());
        thread::sleep(POLL_INTERVAL);
    }
}

/// Runs a program in the foreground, as if the person had typed it.
pub fn run_foreground(command: &mut Command) -> Result<End> {
    let mut child = spawn(command)?;
    let mut asked_to_stop = false;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(if asked_to_stop { End::Interrupted } else { End::Exited(status) });
        }
        if interrupted() && !asked_to_stop {
            // Ctrl-C in a terminal has reached it already; a termination of us alone has not.
            // An error means that it has just ended, which the next round sees.
            let _already_gone = kill_process(pid(child.id())?, Signal::TERM);
            asked_to_stop = true;
        }
        thread::sleep(POLL_INTERVAL);
    }
}

/// Runs a short program and gives what it printed; an error carries what it complained about.
pub fn capture(command: &mut Command) -> Result<Vec<u8>> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("can't start {}", name(command)))?;
    if !output.status.success() {
        bail!(
            "{} failed ({}):\n{}{}",
            name(command),
            output.status,
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
    }
    Ok(output.stdout)
}

/// Starts a program that goes on without us, and gives its process id.
pub fn start_detached(command: &mut Command, log: &Path) -> Result<u32> {
    let file = File::create(log).with_context(|| format!("can't write {}", log.display()))?;
    command.stdin(Stdio::null()).stdout(file.try_clone()?).stderr(file).process_group(0);
    let mut child = spawn(command)?;
    let id = child.id();
    // Somebody has to collect its exit status, or `is_alive` would see a zombie.
    thread::spawn(move || child.wait());
    Ok(id)
}

/// Whether the process with this id runs and has `mark` on its command line.
///
/// The mark keeps a number that was given to another process since from being mistaken for ours.
pub fn is_alive(id: u32, mark: &str) -> bool {
    let folder = PathBuf::from(format!("/proc/{id}"));
    let command_line = fs::read(folder.join("cmdline")).unwrap_or_default();
    String::from_utf8_lossy(&command_line).contains(mark)
}

/// Whether there is no process with this id (any more).
pub fn has_ended(id: u32) -> bool {
    !PathBuf::from(format!("/proc/{id}")).exists()
}

/// Asks a process to end with `signal`, and makes it end if it does not.
pub fn stop(id: u32, mark: &str, signal: Signal) -> Result<()> {
    for signal in [signal, Signal::KILL] {
        if !is_alive(id, mark) {
            return Ok(());
        }
        let _already_gone = kill_process(pid(id)?, signal);
        if wait_until(STOP_LIMIT, || !is_alive(id, mark)) {
            return Ok(());
        }
    }
    bail!("process {id} ({mark}) does not end")
}

/// Asks again and again until the answer is yes; false if it was not within the limit.
pub fn wait_until(limit: Duration, mut condition: impl FnMut() -> bool) -> bool {
    let begun = Instant::now();
    while !condition() {
        if begun.elapsed() > limit {
            return false;
        }
        thread::sleep(POLL_INTERVAL);
    }
    true
}

/// The path of a program; Debian keeps servers in folders that are not on everyone's PATH.
pub fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain(["/usr/local/sbin", "/usr/sbin", "/sbin"].map(PathBuf::from))
        .map(|folder| folder.join(program))
        .find(|candidate| candidate.is_file())
}

fn stop_group(child: &mut Child) -> Result<()> {
    let group = pid(child.id())?;
    for signal in [Signal::TERM, Signal::KILL] {
        let _already_gone = kill_process_group(group, signal);
        if wait_until(STOP_LIMIT, || matches!(child.try_wait(), Ok(Some(_)))) {
            break;
        }
    }
    // What the child itself left behind in its group.
    let _already_gone = kill_process_group(group, Signal::KILL);
    Ok(())
}

fn spawn(command: &mut Command) -> Result<Child> {
    command.spawn().with_context(|| format!("can't start {}", name(command)))
}

fn name(command: &Command) -> String {
    command.get_program().to_string_lossy().into_owned()
}

fn pid(id: u32) -> Result<Pid> {
    let raw = i32::try_from(id).context("a process id beyond what the system gives")?;
    Pid::from_raw(raw).context("process id 0 is nobody's")
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader};

    use super::*;

    const LONG: Duration = Duration::from_secs(600);

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn output_of_both_kinds_is_in_the_log() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        let end = run_logged(&mut shell("echo one; echo two >&2; exit 3"), &log, LONG, |_| ());
        assert!(matches!(end.unwrap(), End::Exited(status) if status.code() == Some(3)));
        assert_eq!(fs::read_to_string(&log).unwrap(), "one\ntwo\n");
    }

    #[test]
    fn what_a_program_leaves_behind_is_stopped() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        let mark = "left-behind-on-purpose";
        let script = format!("sh -c 'while :; do sleep 1; done' {mark} & echo $!");
        assert!(run_logged(&mut shell(&script), &log, LONG, |_| ()).unwrap().is_success());
        let child = fs::read_to_string(&log).unwrap().trim().parse().unwrap();
        assert!(wait_until(LONG, || !is_alive(child, mark)));
    }

    #[test]
    fn what_takes_too_long_is_stopped() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        let mut endless = shell("while :; do sleep 1; done");
        assert_eq!(run_logged(&mut endless, &log, Duration::ZERO, |_| ()).unwrap(), End::TimedOut);
    }

    #[test]
    fn a_group_is_stopped_with_its_children() {
        let mark = "a-child-of-the-group";
        let script = format!("sh -c 'while :; do sleep 1; done' {mark} & echo $!; wait");
        let mut command = shell(&script);
        let mut parent = command.process_group(0).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(parent.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let child = line.trim().parse().unwrap();
        stop_group(&mut parent).unwrap();
        assert!(wait_until(LONG, || !is_alive(child, mark)));
    }

    #[test]
    fn a_detached_program_is_stopped_by_its_id_and_only_with_its_mark() {
        let folder = tempfile::tempdir().unwrap();
        let mark = folder.path().display().to_string();
        let mut command = shell("while :; do sleep 1; done");
        command.arg(&mark);
        let id = start_detached(&mut command, &folder.path().join("log")).unwrap();
        assert!(wait_until(LONG, || is_alive(id, &mark)));
        stop(id, "another mark", Signal::TERM).unwrap();
        assert!(is_alive(id, &mark));
        stop(id, &mark, Signal::TERM).unwrap();
        assert!(!is_alive(id, &mark));
    }

    #[test]
    fn a_failed_program_is_reported_with_its_own_words() {
        let error = capture(&mut shell("echo 'no such town' >&2; exit 1")).unwrap_err();
        assert!(error.to_string().contains("no such town"), "{error}");
    }
}
