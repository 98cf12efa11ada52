//! Each service in a process of its own, behind a gateway in its own, as an operator would run them.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use expense_tracker::config::{Config, GATEWAY as GATEWAY_FILE};
use expense_tracker::services::{GATEWAY, SERVICES};
use serde_json::json;
use service::Secrets;
use tempfile::TempDir;
use tokio::sync::{Mutex, OnceCell, OwnedMutexGuard};
use uuid::Uuid;

use super::{PASSWORD, System, config_in, without_limits};

/// The servers that an installation stands on, by their addresses.
#[derive(Clone)]
pub struct Engines {
    pub database: String,
    pub bus: String,
    pub cache: String,
}

impl Engines {
    /// Those that the environment names, with the database server of this variable.
    pub fn with(database: &str) -> Engines {
        let server = |variable: &str| {
            let address = std::env::var(variable);
            let missing = "is not set; `cargo xtask services run -- cargo test …` sets it";
            address.unwrap_or_else(|_| panic!("{variable} {missing}"))
        };
        Engines {
            database: server(database),
            bus: server("EXPENSE_TEST_KAFKA"),
            cache: server("EXPENSE_TEST_REDIS"),
        }
    }
}

/// A running installation.
pub struct Split {
    pub(super) config: Config,
    processes: BTreeMap<&'static str, Process>,
    _folder: TempDir,
}

/// One service, or the gateway.
struct Process {
    name: &'static str,
    listen: SocketAddr,
    internal: SocketAddr,
    config: String,
    running: Option<Running>,
}

struct Running {
    watched: Child,
    /// The program itself.
    id: u32,
    /// Where it goes away, so does the program.
    leash: Option<ChildStdin>,
    /// What it said before it was ready.
    said: String,
}

/// How long a process may take to be ready, and to end.
const LIMIT: Duration = Duration::from_secs(60);

/// Starts a program, says its id, and ends it when whoever started it is gone: tests end without
/// tidying up, and may be killed.
const LEASH: &str = r#"
exec 3<&0
"$@" 3<&- & program=$!
echo "$program"
{ cat <&3 >/dev/null; kill -KILL "$program" 2>/dev/null; } >/dev/null & watch=$!
wait "$program"; code=$?
kill "$watch" 2>/dev/null
exit "$code"
"#;

impl Split {
    /// The installation of this run, for one test at a time; the first that asks starts it.
    pub async fn running(engines: &Engines) -> OwnedMutexGuard<Split> {
        static RUNNING: OnceCell<Arc<Mutex<Split>>> = OnceCell::const_new();
        let start = async || Arc::new(Mutex::new(Split::start(engines).await));
        Arc::clone(RUNNING.get_or_init(start).await).lock_owned().await
    }

    /// An installation of a test's own; it ends with it.
    pub async fn alone(engines: &Engines) -> System {
        let split = Arc::new(Mutex::new(Split::start(engines).await));
        System::Split(split.lock_owned().await)
    }

    /// Starts every service and the gateway, and signs the operator up.
    async fn start(engines: &Engines) -> Split {
        let folder = tempfile::tempdir().unwrap();
        let unique = format!("s{}", Uuid::now_v7().simple());
        let mut config = config_in(folder.path());
        config.database = format!("{}/{unique}_{{service}}", engines.database);
        config.bus = format!("{}?prefix={unique}", engines.bus);
        config.cache.clone_from(&engines.cache);
        config.log.level = "warn".to_owned();
        Secrets::load_or_make(Path::new(&config.secrets)).unwrap();
        let names = SERVICES.iter().map(|entry| entry.name).chain([GATEWAY]);
        let mut processes: BTreeMap<_, _> = names.map(|name| (name, Process::new(name))).collect();
        for (name, process) in &processes {
            if *name != GATEWAY {
                config.services.insert((*name).to_owned(), format!("http://{}", process.internal));
            }
        }
        let file = processes.iter().fold(without_limits(GATEWAY_FILE), |file, (name, process)| {
            file.replace(&format!("http://{name}:8000"), &format!("http://{}", process.listen))
        });
        std::fs::write(&config.gateway, file).unwrap();
        let settings = folder.path().join("settings.toml");
        std::fs::write(&settings, toml::to_string(&config).unwrap()).unwrap();
        for process in processes.values_mut() {
            process.config = settings.display().to_string();
        }
        let mut split = Split { config, processes, _folder: folder };
        split.start_all().await;
        split.sign_up_operator().await;
        split
    }

    /// In no order: each waits for the others that it needs.
    async fn start_all(&mut self) {
        self.processes.values_mut().for_each(Process::start);
        for process in self.processes.values_mut() {
            process.is_ready().await;
        }
    }

    /// As a person would: with the link that auth shows at its start.
    async fn sign_up_operator(&self) {
        let said = &self.processes["auth"].running.as_ref().unwrap().said;
        let (_, token) = said.split_once("/sign-up?setup=").expect("auth shows a link");
        let token = token.split_whitespace().next().unwrap();
        let operator = json!({
            "person": Uuid::now_v7(), "email": "operator@books.test", "password": PASSWORD,
            "client": "bearer", "setup_token": token,
        });
        let url = format!("{}/api/v1/auth/sign-up", self.url());
        let answer = reqwest::Client::new().post(url).json(&operator).send().await.unwrap();
        assert_eq!(answer.status(), 201, "{}", answer.text().await.unwrap());
    }

    pub async fn restart(&mut self) {
        self.processes.values_mut().for_each(Process::terminate);
        self.start_all().await;
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.processes[GATEWAY].listen)
    }

    pub fn internal(&self, service: &str) -> String {
        format!("http://{}", self.processes[service].internal)
    }
}

impl Process {
    fn new(name: &'static str) -> Process {
        let (listen, internal) = (free_address(), free_address());
        Process { name, listen, internal, config: String::new(), running: None }
    }

    fn start(&mut self) {
        let mut command = Command::new("sh");
        command.args(["-c", LEASH, "sh", env!("CARGO_BIN_EXE_expense-tracker")]).args([
            "--config",
            &self.config,
            "serve",
            self.name,
        ]);
        for (variable, _) in std::env::vars() {
            if variable.starts_with("EXPENSE_") {
                command.env_remove(variable);
            }
        }
        let mut watched = command
            .env("EXPENSE_LISTEN", self.listen.to_string())
            .env("EXPENSE_INTERNAL_LISTEN", self.internal.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let leash = watched.stdin.take();
        let mut lines = BufReader::new(watched.stdout.take().unwrap()).lines().map(Result::unwrap);
        let id = lines.next().unwrap().parse().unwrap();
        let mut said = String::new();
        for line in lines.by_ref() {
            said.push_str(&line);
            said.push('\n');
            if line.contains("Stop it with") {
                break;
            }
        }
        assert!(said.contains("is ready"), "{} does not start", self.name);
        // Somebody must read on, or it would block on a full pipe one day.
        std::thread::spawn(move || lines.count());
        self.running = Some(Running { watched, id, leash, said });
    }

    /// Waits until it says that it can do its work.
    async fn is_ready(&self) {
        let url = format!("http://{}/health/ready", self.internal);
        let ready = async {
            let mut waits = tokio::time::interval(Duration::from_millis(50));
            loop {
                waits.tick().await;
                let answer = reqwest::get(&url).await;
                if answer.is_ok_and(|answer| answer.status() == 200) {
                    return;
                }
            }
        };
        let is_ready = tokio::time::timeout(LIMIT, ready).await;
        assert!(is_ready.is_ok(), "{} is not ready", self.name);
    }

    /// Asks it to stop, and waits until it has.
    fn terminate(&mut self) {
        let Some(mut running) = self.running.take() else { return };
        let stopped = Command::new("kill").args(["-TERM", &running.id.to_string()]).status();
        assert!(stopped.unwrap().success());
        assert!(running.watched.wait().unwrap().success(), "{} ends in order", self.name);
        drop(running.leash.take());
    }
}

/// An address that nobody listens at right now.
fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}
