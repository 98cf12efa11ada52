//! Thousands of random commands, with crashes between any two commits and a bus that loses,
//! repeats and reorders: every acknowledged change is there once, everything shown is equal to what
//! is computed again, and a replay from zero gives the same bytes.

use std::collections::BTreeMap;

use bus::Bus;
use bus::testing::Unreliable;
use contracts::events::{EVENTS, EventKind};
use http::Method;
use model::{Instant, PersonId};
use serde_json::{Value, json};
use service::testing::{Answer, Build, TestDeployment, deploy, person};
use uuid::Uuid;

use crate::harness::new_book;

const SERVICES: [(&str, Build); 2] =
    [("ledger", ledger::service), ("reporting", reporting::service)];
const COMMANDS: usize = 1500;

/// Random numbers that a seed repeats (xorshift64).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        let index = usize::try_from(self.below(from.len() as u64)).unwrap();
        &from[index]
    }
}

/// One write, which can be sent again.
struct Command {
    method: Method,
    path: String,
    version: Option<i64>,
    change: Uuid,
    body: Option<Value>,
}

/// The system under test, and what it has acknowledged.
struct World {
    system: TestDeployment,
    random: Random,
    person: PersonId,
    book: String,
    accounts: Vec<String>,
    categories: Vec<String>,
    /// Living transactions with their versions.
    transactions: BTreeMap<String, i64>,
    changes: Vec<Uuid>,
    crashes: usize,
}

impl World {
    async fn new(seed: u64) -> World {
        let mut system = deploy(&SERVICES).await;
        let (person, id) = (person(), Uuid::now_v7());
        let book = format!("/api/v1/ledger/books/{id}");
        system.client(person).put(&book, new_book()).await.expect(201);
        for name in ["Bank", "Savings"] {
            let account = json!({"name": name, "kind": "checking", "currency": "EUR"});
            system.client(person).post(&format!("{book}/accounts"), account).await.expect(201);
        }
        let ids = |answer: Value, key: &str| -> Vec<String> {
            let all = answer[key].as_array().unwrap();
            let spendable = all.iter().filter(|one| one["kind"] != "income");
            spendable.map(|one| one["id"].as_str().unwrap().to_owned()).collect()
        };
        let accounts = system.client(person).get(&format!("{book}/accounts")).await.expect(200);
        let categories = system.client(person).get(&format!("{book}/categories")).await.expect(200);
        let (accounts, categories) = (ids(accounts, "accounts"), ids(categories, "categories"));
        system.crash_and_restart(Bus::new(Unreliable::new(seed))).await;
        system.deployment.start();
        World {
            system,
            random: Random(seed | 1),
            person,
            book,
            accounts,
            categories,
            transactions: BTreeMap::new(),
            changes: Vec::new(),
            crashes: 0,
        }
    }

    /// A fuse that ends one of the databases a few commits from now.
    fn light_a_fuse(&mut self) {
        let service = *self.random.pick(&["ledger", "reporting"]);
        let writes = i64::try_from(self.random.below(6)).unwrap();
        self.system.database(service).fuse().blow_after(writes);
    }

    async fn crash(&mut self) {
        self.crashes += 1;
        let bus = Bus::new(Unreliable::new(self.random.below(u64::MAX)));
        self.system.crash_and_restart(bus).await;
        self.system.deployment.start();
    }

    fn entry(&mut self) -> Value {
        let cents = 1 + self.random.below(50_000);
        let day = format!("2026-{:02}-{:02}", 1 + self.random.below(12), 1 + self.random.below(28));
        let amount =
            json!({"amount": format!("{}.{:02}", cents / 100, cents % 100), "currency": "EUR"});
        let title = format!("Shop {}", self.random.below(20));
        let account = self.random.pick(&self.accounts).clone();
        let status = *self.random.pick(&["booked", "booked", "booked", "pending"]);
        let mut entry = json!({
            "day": day, "title": title, "amount": amount, "account": account, "status": status,
        });
        match self.random.below(5) {
            0 => {
                let other = self.accounts.iter().find(|other| **other != account).unwrap();
                entry["kind"] = json!("transfer");
                entry["to_account"] = json!(other);
            }
            1 => entry["kind"] = json!("income"),
            _ => {
                entry["kind"] = json!("expense");
                entry["category"] = json!(self.random.pick(&self.categories));
            }
        }
        entry
    }

    fn command(&mut self) -> Command {
        let known: Vec<(String, i64)> =
            self.transactions.iter().map(|(id, version)| (id.clone(), *version)).collect();
        let change = Uuid::now_v7();
        let path = format!("{}/transactions", self.book);
        let choice = if known.is_empty() { 0 } else { self.random.below(10) };
        let (id, version) =
            if choice < 5 { (String::new(), 0) } else { self.random.pick(&known).clone() };
        match choice {
            0..=4 => {
                let body = Some(self.entry());
                Command { method: Method::POST, path, version: None, change, body }
            }
            5 | 6 => {
                let body = Some(self.entry());
                let path = format!("{path}/{id}");
                Command { method: Method::PUT, path, version: Some(version), change, body }
            }
            7 => {
                let path = format!("{path}/{id}");
                Command { method: Method::DELETE, path, version: Some(version), change, body: None }
            }
            _ => {
                let undone = *self.random.pick(&self.changes);
                let path = format!("{}/changes/{undone}/revert", self.book);
                Command { method: Method::POST, path, version: None, change, body: Some(json!({})) }
            }
        }
    }

    async fn send(&self, command: &Command) -> Answer {
        let version = command.version.map(|version| format!("\"{version}\""));
        let change = command.change.to_string();
        let mut headers = vec![("idempotency-key", change.as_str())];
        headers.extend(version.as_deref().map(|version| ("if-match", version)));
        let client = self.system.client(self.person);
        client.send(command.method.clone(), &command.path, &headers, command.body.clone()).await
    }

    /// Sends a command until it is acknowledged, through however many crashes.
    async fn carry_out(&mut self, command: &Command) {
        loop {
            let answer = self.send(command).await;
            match answer.status.as_u16() {
                200 | 201 => return self.note(command, &answer.body),
                503 => self.crash().await,
                // What a revert was to undo may be gone by now.
                404 | 409 if command.path.ends_with("/revert") => return,
                other => panic!("{} {}: {other} {}", command.method, command.path, answer.body),
            }
        }
    }

    fn note(&mut self, command: &Command, body: &Value) {
        self.changes.push(command.change);
        if let Some(transaction) = body.get("transaction") {
            let id = transaction["id"].as_str().unwrap().to_owned();
            self.transactions.insert(id, transaction["version"].as_i64().unwrap());
        } else if command.method == Method::DELETE {
            let id = command.path.rsplit('/').next().unwrap();
            self.transactions.remove(id);
        }
    }

    /// What the server says is there, which is what was acknowledged.
    async fn refresh(&mut self) {
        let mut found = BTreeMap::new();
        let mut cursor = String::new();
        loop {
            let path = format!("{}/transactions?limit=200{cursor}", self.book);
            let page = self.system.client(self.person).get(&path).await.expect(200);
            for one in page["transactions"].as_array().unwrap() {
                let id = one["id"].as_str().unwrap().to_owned();
                found.insert(id, one["version"].as_i64().unwrap());
            }
            match page["next"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        self.transactions = found;
    }

    async fn everything_is_equal(&self) {
        for (service, verifier) in self.system.deployment.verifiers() {
            let found = verifier(std::sync::Arc::new(|_, _| ())).await.unwrap();
            assert_eq!(found.len(), 1, "{service} knows the book");
            for one in found {
                assert!(one.differences.is_empty(), "{service}: {:#?}", one.differences);
            }
        }
    }
}

/// Each kind that stands in the ledger's log is one that others are told how to read.
async fn every_event_is_as_described(db: &store::Db) {
    let streams = db.streams_moved_since("ledger/book", Instant(0), None, 10).await.unwrap();
    for head in streams {
        let run = db.events_after(&head.stream, 0, 10_000).await.unwrap().unwrap();
        for event in run.events {
            let (family, kind) = (head.stream.family(), event.kind.as_str());
            let is_its_kind = |it: &&EventKind| (it.family, it.kind) == (family, kind);
            let described = EVENTS.iter().find(is_its_kind).expect("a described kind");
            assert_eq!((described.rewrite)(&event.body).unwrap(), event.body);
        }
    }
}

async fn survives(seed: u64) {
    let mut world = World::new(seed).await;
    for n in 0..COMMANDS {
        if world.random.below(20) == 0 {
            world.light_a_fuse();
        }
        let command = world.command();
        let is_revert = command.path.ends_with("/revert");
        world.carry_out(&command).await;
        if is_revert {
            world.refresh().await;
        }
        if n % 500 == 499 {
            let acknowledged = world.transactions.clone();
            world.refresh().await;
            assert_eq!(world.transactions, acknowledged, "each acknowledged change is there once");
        }
    }
    world.crash().await;
    world.system.settle().await;
    world.everything_is_equal().await;
    every_event_is_as_described(world.system.database("ledger")).await;
    assert!(world.crashes > 10, "only {} crashes", world.crashes);

    let reporting = world.system.database("reporting");
    let live = store::testing::dump(reporting).await;
    store::testing::empty(reporting).await;
    world.crash().await;
    world.system.settle().await;
    let replayed = store::testing::dump(world.system.database("reporting")).await;
    assert_eq!(live, replayed, "a replay from zero gives the same bytes");
    world.everything_is_equal().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn random_commands_survive_crashes_and_a_bad_bus() {
    survives(0x5EED).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn other_random_commands_survive_them_too() {
    survives(0xC0FFEE).await;
}
