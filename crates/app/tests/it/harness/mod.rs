//! A whole system, in the shape that this run is of, and people who use it.

mod here;
mod shape;
mod split;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use client::{Client, Precondition};
use expense_tracker::backends;
use expense_tracker::commands;
use expense_tracker::config::Config;
use expense_tracker::services::SERVICES;
use model::PersonId;
use reqwest::Method;
use serde_json::{Value, json};
use service::{EndpointFacts, Secrets};
use tokio::sync::OwnedMutexGuard;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

pub use here::{Ground, Here};
pub use shape::{Shape, say};
pub use split::{Engines, Split};

/// A running system.
pub enum System {
    /// Everything in this process.
    Here(Box<Here>),
    /// Each service in a process of its own, on back ends that they share.
    Split(OwnedMutexGuard<Split>),
    /// Somebody's deployment, which is only asked at its address.
    Elsewhere(String),
}

/// A person with a book of their own.
pub struct Household {
    pub person: PersonId,
    pub client: Client,
    pub book: Uuid,
    /// The account that every new book has.
    pub cash: String,
}

pub const PASSWORD: &str = "correct horse battery";

/// Runs a body in the shape of this run.
pub async fn everywhere<F, Fut>(body: F)
where
    F: Fn(System) -> Fut,
    Fut: Future<Output = System>,
{
    match Shape::of_this_run() {
        Shape::OneProcess => on_each_database(body).await,
        // One after the other: a body may look at everything that there is, or stop it.
        Shape::Split(engines) => drop(body(System::Split(Split::running(&engines).await)).await),
        Shape::Elsewhere(url) => drop(body(System::Elsewhere(url)).await),
    }
}

/// Runs a body against everything in one process, on SQLite and on each database server that the
/// environment names.
pub async fn on_each_database<F, Fut>(body: F)
where
    F: Fn(System) -> Fut,
    Fut: Future<Output = System>,
{
    let folder = tempfile::tempdir().unwrap();
    for url in store::testing::urls(folder.path()) {
        println!("on {}", url.split(':').next().unwrap_or_default());
        drop(body(System::start(&url).await).await.stop().await);
    }
}

/// Runs a body that looks behind the gateway, for this reason: not against somebody's deployment.
pub async fn inside<F, Fut>(reason: &str, body: F)
where
    F: Fn(System) -> Fut,
    Fut: Future<Output = System>,
{
    match Shape::of_this_run() {
        Shape::Elsewhere(_) => say(&format!("left out: {reason}")),
        _ => everywhere(body).await,
    }
}

/// Every endpoint of every service.
pub async fn endpoints() -> Vec<EndpointFacts> {
    commands::endpoints().await.unwrap()
}

impl System {
    /// Everything in this process, on a database that is new.
    pub async fn start(database: &str) -> System {
        Ground::new(database).start().await
    }

    /// Starts with other settings than tests have by default.
    pub async fn start_with(database: &str, set: impl FnOnce(&mut Config)) -> System {
        let mut ground = Ground::new(database);
        set(&mut ground.config);
        ground.start().await
    }

    /// Stops and starts again on the same data.
    pub async fn restart(&mut self) {
        match self {
            System::Here(here) => here.restart().await,
            System::Split(split) => split.restart().await,
            System::Elsewhere(_) => panic!("somebody's deployment is not stopped"),
        }
    }

    /// Stops, and leaves what it keeps.
    pub async fn stop(self) -> Ground {
        match self {
            System::Here(here) => here.stop().await,
            _ => panic!("only a server of the test's own is stopped for good"),
        }
    }

    /// Where browsers and apps connect.
    pub fn url(&self) -> String {
        match self {
            System::Here(here) => here.url(),
            System::Split(split) => split.url(),
            System::Elsewhere(url) => url.clone(),
        }
    }

    /// Where a service answers the others.
    pub fn internal(&self, service: &str) -> String {
        match self {
            System::Here(here) => here.internal(),
            System::Split(split) => split.internal(service),
            System::Elsewhere(_) => panic!("nobody gets behind somebody's gateway"),
        }
    }

    pub fn config(&self) -> &Config {
        match self {
            System::Here(here) => &here.config,
            System::Split(split) => &split.config,
            System::Elsewhere(_) => panic!("somebody's data is not looked at"),
        }
    }

    pub fn stranger(&self) -> Client {
        Client::new(&self.url())
    }

    /// Somebody who just signed up.
    pub async fn person(&self) -> (PersonId, Client) {
        let person = PersonId(Uuid::now_v7());
        let email = format!("{person}@books.test");
        let (_, client) = self.stranger().sign_up(person, &email, PASSWORD).await.unwrap();
        (person, client)
    }

    /// Somebody who signed up and answered the three questions.
    pub async fn household(&self) -> Household {
        let (person, client) = self.person().await;
        let profile = json!({
            "name": "Clara", "language": "en", "locale": "en-GB", "time_zone": "Europe/Berlin",
            "theme": "system", "hide_amounts": false, "single_keys": true,
            "dashboard": {"order": [], "hidden": []},
        });
        put(&client, "/user/me", &profile).await.unwrap();
        Household::new(person, client).await
    }

    /// Other handles on everything that the server keeps.
    pub async fn data(&self) -> Data {
        let mut databases = BTreeMap::new();
        for service in SERVICES.iter().filter(|service| service.has_database) {
            let config = self.config();
            let db = store::connect(&config.database, service.name, &config.store).await.unwrap();
            databases.insert(service.name, db);
        }
        Data { databases, files: self.config().files.trim_start_matches("file://").into() }
    }
}

/// What a server keeps, as its operator could look at it.
pub struct Data {
    databases: BTreeMap<&'static str, store::Db>,
    files: PathBuf,
}

impl Data {
    pub fn database(&self, service: &str) -> &store::Db {
        &self.databases[service]
    }

    /// The rows of every service and the names of files, as text.
    pub async fn dump(&self) -> String {
        let mut dump = String::new();
        for db in self.databases.values() {
            dump.push_str(&store::testing::dump(db).await);
        }
        let mut files = names_in(&self.files);
        files.sort();
        dump + &files.join("\n")
    }

    pub async fn close(self) {
        for db in self.databases.values() {
            db.close().await;
        }
    }
}

pub fn new_book() -> Value {
    json!({
        "name": "Brandt & Sato", "kind": "household", "base_currency": "EUR",
        "time_zone": "Europe/Berlin", "first_day_of_week": 1, "first_day_of_month": 1,
        "fiscal_year_start_month": 1, "language": "en", "member_name": "Clara",
    })
}

async fn put(client: &Client, path: &str, body: &Value) -> Result<Value, client::Error> {
    client.send(Method::PUT, path, Precondition::default(), body).await
}

/// Everything that differs from what is computed again, in words, and how many books were looked at.
pub async fn verify(config: &Config) -> (usize, Vec<String>) {
    let (secrets, stop) = (Secrets::random().unwrap(), CancellationToken::new());
    let shape = expense_tracker::shape::Shape::all_services();
    let deployment = backends::assemble(config, secrets, &shape, stop).await.unwrap();
    let (mut books, mut differences) = (0, Vec::new());
    for (service, verifier) in deployment.verifiers() {
        for found in verifier(std::sync::Arc::new(|_, _| ())).await.unwrap() {
            books += 1;
            differences.extend(found.differences.iter().map(|one| format!("{service}: {one}")));
        }
    }
    deployment.stop(Duration::ZERO).await;
    (books, differences)
}

impl Household {
    /// A new book of a person.
    pub async fn new(person: PersonId, client: Client) -> Household {
        let book = Uuid::now_v7();
        put(&client, &format!("/ledger/books/{book}"), &new_book()).await.unwrap();
        let accounts: Value = client.get(&format!("/ledger/books/{book}/accounts")).await.unwrap();
        let cash = accounts["accounts"][0]["id"].as_str().unwrap().to_owned();
        Household { person, client, book, cash }
    }

    /// A path under the book in a service.
    pub fn path(&self, service: &str, rest: &str) -> String {
        format!("/{service}/books/{}{rest}", self.book)
    }

    /// An expense of today that can be recorded.
    pub async fn expense(&self, title: &str, amount: &str) -> Value {
        json!({
            "kind": "expense", "day": self.today().await, "title": title,
            "amount": {"amount": amount, "currency": "EUR"}, "account": self.cash,
        })
    }

    /// Today, as the book has it.
    pub async fn today(&self) -> String {
        self.dashboard("").await["today"].as_str().unwrap().to_owned()
    }

    pub async fn record(&self, transaction: &Value) -> Result<Value, client::Error> {
        let path = self.path("ledger", "/transactions");
        self.client.send(Method::POST, &path, Precondition::default(), transaction).await
    }

    pub async fn dashboard(&self, query: &str) -> Value {
        let path = self.path("reporting", &format!("/dashboard?period=month{query}"));
        self.client.get(&path).await.unwrap()
    }
}

/// The files in a folder and the folders in it.
fn names_in(folder: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let paths = entries.map(|entry| entry.unwrap().path());
    paths
        .flat_map(|path| match path.is_dir() {
            true => names_in(&path),
            false => vec![path.display().to_string()],
        })
        .collect()
}

/// What every system of a test is configured with, its files in a folder.
fn config_in(folder: &Path) -> Config {
    let path = |name: &str| folder.join(name).display().to_string();
    let mut config = Config::load_defaults().unwrap();
    config.files = format!("file://{}", path("files"));
    config.secrets = path("secrets");
    config.gateway = path("gateway.yml");
    config.auth.registration = contracts::auth::RegistrationMode::Open;
    config
}

/// The shipped file with limits that no test reaches.
fn without_limits(gateway: &str) -> String {
    let raised = |line: &str| match line.find("minute: ") {
        Some(indent) => format!("{}minute: 1000000", &line[..indent]),
        None => line.to_owned(),
    };
    gateway.lines().map(raised).collect::<Vec<_>>().join("\n")
}
