//! Private servers for the tests, on loopback ports, in a folder that goes away with them.
//!
//! To add a server, write its file beside `postgres.rs` and put it into [`SERVERS`].

mod instance;
mod kafka;
mod mariadb;
mod postgres;
mod program;
mod rabbitmq;
mod redis;

use std::fs;
use std::io::ErrorKind;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use rustix::process::Signal;
use serde::{Deserialize, Serialize};

use crate::process::{self, End};
use crate::workspace::Workspace;

pub use instance::Instance;
pub use kafka::Kafka;
pub use mariadb::MariaDb;
pub use postgres::Postgres;
pub use rabbitmq::RabbitMq;
pub use redis::Redis;

/// What Rust tests look for.
pub const SERVERS: &[&dyn Server] = &[&Postgres, &MariaDb, &Kafka, &RabbitMq, &Redis];
/// What browser tests look for.
pub const PROGRAM: &[&dyn Server] = &[&program::Program];

const READY_LIMIT: Duration = Duration::from_secs(120);

/// What one kind of server needs to be told apart by.
pub trait Server: Sync {
    fn name(&self) -> &'static str;
    /// The environment variable in which tests look for its address.
    fn variable(&self) -> &'static str;
    /// Makes sure that its programs are on this machine.
    fn install(&self) -> Result<()>;
    /// The account that it runs as when we are root, if it refuses to be root itself.
    fn account(&self) -> Option<&'static str>;
    /// Makes its data folder.
    fn prepare(&self, place: &Place) -> Result<()>;
    /// What starts it. The place's folder has to be among the arguments: it is known by that.
    fn command(&self, place: &Place) -> Result<std::process::Command>;
    /// Whether it answers; `false` means not yet.
    fn answers(&self, place: &Place) -> Result<bool>;
    /// Its URL, without the name of a database.
    fn address(&self, place: &Place) -> String;
    /// The signal that ends it at once but in order.
    fn stop_signal(&self) -> Signal;
}

#[derive(clap::Subcommand)]
pub enum Command {
    /// Starts the servers and leaves them running; prints their addresses as environment lines.
    Up,
    /// Stops what `up` started.
    Down,
    /// Prints the addresses of what `up` started.
    Env,
    /// Starts the servers, runs a command with their addresses in its environment, stops them.
    Run {
        /// Start the program itself instead, as a debug build left it, with its address in BASE_URL.
        #[arg(long)]
        program: bool,
        /// The command and its arguments, after `--`.
        #[arg(last = true, required = true)]
        command: Vec<String>,
    },
}

pub fn run(workspace: &Workspace, command: Command) -> Result<ExitCode> {
    let file = workspace.target.join("services.json");
    match command {
        Command::Up => up(&file)?,
        Command::Down => down(&file)?,
        Command::Env => print_addresses(&Record::read(&file)?.addresses()),
        Command::Run { program, command } => {
            return run_with(if program { PROGRAM } else { SERVERS }, &command);
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn up(file: &Path) -> Result<()> {
    if let Ok(record) = Record::read(file) {
        if record.running.iter().all(Running::is_alive) {
            print_addresses(&record.addresses());
            return Ok(());
        }
        down(file)?;
    }
    let servers = Servers::start(SERVERS)?;
    print_addresses(&servers.addresses());
    servers.leave_running(file)
}

fn down(file: &Path) -> Result<()> {
    Record::read(file)?.stop()?;
    fs::remove_file(file).with_context(|| format!("can't remove {}", file.display()))
}

fn run_with(servers: &[&'static dyn Server], command: &[String]) -> Result<ExitCode> {
    let (program, arguments) = command.split_first().context("nothing to run")?;
    let mut servers = Servers::start(servers)?;
    let mut command = std::process::Command::new(program);
    command.args(arguments).envs(servers.addresses());
    let end = process::run_foreground(&mut command);
    servers.stop()?;
    Ok(match end? {
        End::Exited(status) => status
            .code()
            .and_then(|code| u8::try_from(code).ok())
            .map_or(ExitCode::FAILURE, ExitCode::from),
        End::TimedOut | End::Interrupted => ExitCode::from(130),
    })
}

fn print_addresses(addresses: &[(String, String)]) {
    for (variable, address) in addresses {
        println!("{variable}={address}");
    }
}

/// The servers of one run; what we started is stopped when this goes away.
#[derive(Default)]
pub struct Servers {
    record: Record,
}

/// What runs, as `up` leaves it for `down`.
#[derive(Default, Serialize, Deserialize)]
struct Record {
    running: Vec<Running>,
    /// Variables that were set already, with their values.
    given: Vec<(String, String)>,
}

/// A server that we started and have to stop.
#[derive(Serialize, Deserialize)]
struct Running {
    name: String,
    variable: String,
    address: String,
    dir: PathBuf,
    process: u32,
    stop_signal: i32,
}

impl Servers {
    /// Starts those whose address is not in the environment yet, all at once.
    pub fn start(wanted: &[&'static dyn Server]) -> Result<Self> {
        let mut servers = Self::default();
        let mut missing = Vec::new();
        for server in wanted {
            match std::env::var(server.variable()) {
                Ok(address) => servers.record.given.push((server.variable().to_owned(), address)),
                Err(_) => missing.push(*server),
            }
        }
        let mut failure = None;
        for outcome in start_all(&missing) {
            match outcome {
                Ok(running) => servers.record.running.push(running),
                Err(error) => failure = Some(error),
            }
        }
        // The others, if any, are stopped when `servers` goes.
        failure.map_or(Ok(servers), Err)
    }

    /// The environment that tests look into.
    pub fn addresses(&self) -> Vec<(String, String)> {
        self.record.addresses()
    }

    pub fn stop(&mut self) -> Result<()> {
        self.record.stop()
    }

    fn leave_running(mut self, file: &Path) -> Result<()> {
        self.record.write(file)?;
        self.record.running.clear();
        Ok(())
    }
}

impl Drop for Servers {
    fn drop(&mut self) {
        if let Err(error) = self.stop() {
            eprintln!("xtask: {error:#}");
        }
    }
}

impl Record {
    fn read(file: &Path) -> Result<Self> {
        let text = fs::read_to_string(file)
            .context("no servers are up; `cargo xtask services up` starts them")?;
        serde_json::from_str(&text).with_context(|| format!("can't read {}", file.display()))
    }

    fn write(&self, file: &Path) -> Result<()> {
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(file, serde_json::to_string_pretty(self)?)
            .with_context(|| format!("can't write {}", file.display()))
    }

    fn addresses(&self) -> Vec<(String, String)> {
        let started = self.running.iter();
        let started = started.map(|server| (server.variable.clone(), server.address.clone()));
        started.chain(self.given.iter().cloned()).collect()
    }

    fn stop(&mut self) -> Result<()> {
        let mut outcome = Ok(());
        for server in std::mem::take(&mut self.running) {
            outcome = outcome.and(server.stop());
        }
        outcome
    }
}

impl Running {
    /// What its command line is known by.
    fn mark(&self) -> String {
        self.dir.display().to_string()
    }

    fn is_alive(&self) -> bool {
        process::is_alive(self.process, &self.mark())
    }

    fn stop(&self) -> Result<()> {
        let signal = Signal::from_named_raw(self.stop_signal).unwrap_or(Signal::TERM);
        process::stop(self.process, &self.mark(), signal)
            .with_context(|| format!("can't stop {}", self.name))?;
        match fs::remove_dir_all(&self.dir) {
            // A restart of the machine may have emptied the folder for temporary files.
            Err(error) if error.kind() != ErrorKind::NotFound => {
                Err(error).with_context(|| format!("can't remove {}", self.dir.display()))
            }
            _ => Ok(()),
        }
    }
}

/// Where one server lives.
pub struct Place {
    dir: PathBuf,
    port: u16,
    account: Option<Account>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Account {
    user: u32,
    group: u32,
}

impl Place {
    fn new(server: &dyn Server) -> Result<Self> {
        let prefix = format!("expense-tracker-{}-", server.name().to_lowercase());
        let dir = tempfile::Builder::new().prefix(&prefix).tempdir()?.keep();
        fs::set_permissions(&dir, fs::Permissions::from_mode(0o700))?;
        let account = server.account().filter(|_| rustix::process::geteuid().is_root());
        let account = match account {
            Some(name) => Some(Account::of(name, &fs::read_to_string("/etc/passwd")?)?),
            None => None,
        };
        if let Some(account) = account {
            chown(&dir, Some(account.user), Some(account.group))?;
        }
        Ok(Self { dir, port: free_port()?, account })
    }

    /// A program that runs here, as the server's account.
    fn program(&self, path: &Path) -> std::process::Command {
        let mut command = std::process::Command::new(path);
        command.current_dir(&self.dir).env("LC_ALL", "C.UTF-8").env("HOME", &self.dir);
        if let Some(account) = self.account {
            command.uid(account.user).gid(account.group);
        }
        command
    }

    fn path(&self, name: &str) -> String {
        self.dir.join(name).display().to_string()
    }
}

impl Account {
    fn of(name: &str, passwd: &str) -> Result<Self> {
        let mut lines = passwd.lines().map(|line| line.split(':').collect::<Vec<_>>());
        let line = lines
            .find(|fields| fields.first() == Some(&name))
            .with_context(|| format!("this machine has no account `{name}`"))?;
        let number = |index: usize| -> Result<u32> {
            line.get(index)
                .context("a short line in the list of accounts")?
                .parse()
                .map_err(Into::into)
        };
        Ok(Self { user: number(2)?, group: number(3)? })
    }
}

fn start_all(servers: &[&'static dyn Server]) -> Vec<Result<Running>> {
    thread::scope(|scope| {
        let threads: Vec<_> = servers.iter().map(|server| scope.spawn(|| start(*server))).collect();
        threads.into_iter().map(|thread| thread.join().expect("no panic in a start")).collect()
    })
}

fn start(server: &dyn Server) -> Result<Running> {
    server.install()?;
    let place = Place::new(server)?;
    let started = server.prepare(&place).and_then(|()| start_at(server, &place));
    if started.is_err() {
        // The log has been read into the error by now.
        let _left_behind = fs::remove_dir_all(&place.dir);
    }
    started.with_context(|| format!("can't start {}", server.name()))
}

/// Starts a server on what its place holds.
fn start_at(server: &dyn Server, place: &Place) -> Result<Running> {
    let log = place.dir.join("log");
    let process = process::start_detached(&mut server.command(place)?, &log)?;
    let running = Running {
        name: server.name().to_owned(),
        variable: server.variable().to_owned(),
        address: server.address(place),
        dir: place.dir.clone(),
        process,
        stop_signal: server.stop_signal().as_raw(),
    };
    if let Err(error) = wait_until_ready(server, place, &running) {
        let said = fs::read_to_string(&log).unwrap_or_default();
        process::stop(process, &running.mark(), server.stop_signal())?;
        return Err(error.context(said));
    }
    Ok(running)
}

fn wait_until_ready(server: &dyn Server, place: &Place, running: &Running) -> Result<()> {
    let mut failure = None;
    let settled = process::wait_until(READY_LIMIT, || {
        if process::interrupted() {
            failure = Some(anyhow::anyhow!("interrupted"));
            return true;
        }
        if process::has_ended(running.process) {
            failure = Some(anyhow::anyhow!("it ended while starting; its own words are above"));
            return true;
        }
        server.answers(place).unwrap_or_else(|error| {
            failure = Some(error);
            true
        })
    });
    match failure {
        Some(error) => Err(error),
        None if settled => Ok(()),
        None => bail!("it does not answer after {} s", READY_LIMIT.as_secs()),
    }
}

/// A port that nobody listens on right now.
pub fn free_port() -> Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("no free port")?;
    Ok(listener.local_addr()?.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    const PASSWD: &str =
        "root:x:0:0:root:/root:/bin/bash\nmysql:x:102:105::/nonexistent:/bin/false\n";

    #[test]
    fn an_account_is_found_by_its_whole_name() {
        assert_eq!(Account::of("mysql", PASSWD).unwrap(), Account { user: 102, group: 105 });
        let error = Account::of("mysq", PASSWD).unwrap_err();
        assert!(error.to_string().contains("`mysq`"), "{error}");
    }

    #[test]
    fn without_a_record_one_is_told_how_to_start() {
        let folder = tempfile::tempdir().unwrap();
        let error = Record::read(&folder.path().join("none.json")).err().unwrap();
        assert!(error.to_string().contains("services up"), "{error}");
    }

    #[test]
    fn a_record_is_read_as_it_was_written() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("target/services.json");
        let given = vec![("EXPENSE_TEST_X".to_owned(), "x://there".to_owned())];
        Record { running: Vec::new(), given: given.clone() }.write(&file).unwrap();
        assert_eq!(Record::read(&file).unwrap().addresses(), given);
    }

    #[test]
    fn every_server_has_its_own_variable() {
        let mut variables: Vec<_> = SERVERS.iter().map(|server| server.variable()).collect();
        variables.sort_unstable();
        variables.dedup();
        assert_eq!(variables.len(), SERVERS.len());
    }
}
