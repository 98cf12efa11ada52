//! A whole server on new, empty data, and people who use it.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use client::{Client, Precondition};
use expense_tracker::backends;
use expense_tracker::config::{Config, GATEWAY};
use expense_tracker::serve::Server;
use expense_tracker::services::SERVICES;
use expense_tracker::shape::Shape;
use model::PersonId;
use reqwest::Method;
use serde_json::{Value, json};
use service::Secrets;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// One running server.
pub struct System {
    config: Config,
    server: Option<Server>,
    folder: TempDir,
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

/// Runs a body against a server on SQLite, and on each server that the environment names.
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

/// Where a server can run, with nothing in it yet.
pub struct Ground {
    pub config: Config,
    pub folder: TempDir,
}

impl Ground {
    pub fn new(database: &str) -> Ground {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).display().to_string();
        std::fs::write(path("gateway.yml"), without_limits(GATEWAY)).unwrap();
        let mut config = Config::load_defaults().unwrap();
        config.listen = "127.0.0.1:0".to_owned();
        config.internal_listen = "127.0.0.1:0".to_owned();
        config.database = database.to_owned();
        config.files = format!("file://{}", path("files"));
        config.secrets = path("secrets");
        config.gateway = path("gateway.yml");
        config.auth.registration = contracts::auth::RegistrationMode::Open;
        Ground { config, folder }
    }

    pub async fn start(self) -> System {
        let Ground { config, folder } = self;
        let server = Server::start(config.clone(), &[]).await.unwrap();
        System { config, server: Some(server), folder }
    }
}

impl System {
    pub async fn start(database: &str) -> System {
        Ground::new(database).start().await
    }

    /// Starts with other settings than tests have by default.
    pub async fn start_with(database: &str, set: impl FnOnce(&mut Config)) -> System {
        let mut ground = Ground::new(database);
        set(&mut ground.config);
        ground.start().await
    }

    pub fn config(&self) -> &Config {
        &self.config
    }

    fn server(&self) -> &Server {
        self.server.as_ref().unwrap()
    }

    /// Stops and starts again on the same data.
    pub async fn restart(&mut self) {
        self.server.take().unwrap().stop().await.unwrap();
        self.server = Some(Server::start(self.config.clone(), &[]).await.unwrap());
    }

    /// Stops, and leaves what it keeps.
    pub async fn stop(mut self) -> Ground {
        self.server.take().unwrap().stop().await.unwrap();
        Ground { config: self.config, folder: self.folder }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.server().public)
    }

    pub fn internal(&self) -> SocketAddr {
        self.server().internal.unwrap()
    }

    pub fn endpoints(&self) -> &[service::EndpointFacts] {
        &self.server().endpoints
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
            let (url, config) = (&self.config.database, &self.config.store);
            let db = store::connect(url, service.name, config).await.unwrap();
            databases.insert(service.name, db);
        }
        Data { databases, files: self.folder.path().join("files") }
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
    let shape = Shape::all_services();
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

/// The shipped file with limits that no test reaches.
fn without_limits(gateway: &str) -> String {
    let raised = |line: &str| match line.find("minute: ") {
        Some(indent) => format!("{}minute: 1000000", &line[..indent]),
        None => line.to_owned(),
    };
    gateway.lines().map(raised).collect::<Vec<_>>().join("\n")
}
