//! What an installation does while one of the servers that it stands on is away: the rows of
//! docs/operations.md, each with a server of the test's own.

use std::time::Duration;

use reqwest::StatusCode;
use serde_json::Value;
use xtask::services::{Instance, Kafka, MariaDb, Postgres, Redis, Server};

use crate::harness::{Engines, Household, Shape, Split, System, say};
use crate::suite::live::{change, listen};

/// How long an installation may take to be itself again.
const LIMIT: Duration = Duration::from_secs(120);

/// The engines of this run; `None` in a shape that has no servers to lose.
fn engines() -> Option<Engines> {
    match Shape::of_this_run() {
        Shape::Split(engines) => Some(engines),
        _ => {
            say("left out: there is nothing that could be away");
            None
        }
    }
}

/// A server of this test alone.
fn own(server: &'static dyn Server) -> Instance {
    Instance::start(server).unwrap()
}

/// Waits until what is asked for again and again is there.
async fn until<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let asking = async {
        let mut waits = tokio::time::interval(Duration::from_millis(100));
        loop {
            waits.tick().await;
            if let Some(found) = ask().await {
                return found;
            }
        }
    };
    let found = tokio::time::timeout(LIMIT, asking).await;
    found.unwrap_or_else(|_| panic!("not within {} s: {what}", LIMIT.as_secs()))
}

/// Records so many expenses of 1.00 and sees that balances and reports have them at once.
async fn records(home: &Household, count: usize) -> i64 {
    let expense = home.expense("Shop", "1.00").await;
    let before = spent(home, "").await;
    let mut number = 0;
    for _ in 0..count {
        number = home.record(&expense).await.unwrap()["number"].as_i64().unwrap();
    }
    let after = spent(home, &format!("&at_least={number}")).await;
    assert_eq!(after, before + count, "the report has them");
    let accounts: Value = home.client.get(&home.path("ledger", "/accounts")).await.unwrap();
    let balance = &accounts["accounts"][0]["balance"]["amount"];
    assert_eq!(balance, &Value::from(format!("-{after}.00")), "the balance has them");
    number
}

/// What the dashboard says was spent, in whole euros.
async fn spent(home: &Household, query: &str) -> usize {
    let dashboard = home.dashboard(query).await;
    let amount = dashboard["spent"]["amount"].as_str().unwrap();
    amount.trim_end_matches(".00").parse().unwrap()
}

/// Waits until reports have come to a number by themselves.
async fn reports_follow(home: &Household, number: i64) {
    let follow = async || (home.dashboard("").await["as_of"].as_i64()? >= number).then_some(());
    until("reports catch up", follow).await;
}

async fn ready(system: &System, service: &str) -> StatusCode {
    let url = format!("{}/health/ready", system.internal(service));
    reqwest::get(url).await.unwrap().status()
}

#[tokio::test(flavor = "multi_thread")]
async fn without_its_database_a_service_says_when_to_come_back_and_goes_on_by_itself() {
    let Some(engines) = engines() else { return };
    let is_postgres = engines.database.starts_with("postgres");
    let mut database = own(if is_postgres { &Postgres } else { &MariaDb });
    let system = Split::alone(&Engines { database: database.address(), ..engines }).await;
    let home = system.household().await;
    records(&home, 2).await;
    database.stop().unwrap();
    let url = format!("{}/api/v1{}", system.url(), home.path("ledger", "/accounts"));
    let ask = async || {
        let request = reqwest::Client::new().get(&url).bearer_auth(home.client.token().unwrap());
        request.send().await.unwrap()
    };
    let answer = tokio::time::timeout(LIMIT, ask()).await.expect("an answer");
    assert_eq!(answer.status(), 503);
    assert!(answer.headers().contains_key("retry-after"));
    assert_eq!(answer.headers()["content-type"], "application/problem+json");
    assert_eq!(ready(&system, "ledger").await, 503);
    assert_eq!(ready(&system, "web").await, 200, "it has no database to miss");
    database.start_again().unwrap();
    until("the ledger is back", async || (ask().await.status() == 200).then_some(())).await;
    until("it says so", async || (ready(&system, "ledger").await == 200).then_some(())).await;
    let number = records(&home, 2).await;
    reports_follow(&home, number).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_bus_expenses_are_recorded_and_everything_catches_up() {
    let Some(engines) = engines() else { return };
    let mut bus = own(&Kafka);
    let system = Split::alone(&Engines { bus: bus.address(), ..engines }).await;
    let home = system.household().await;
    let mut live = listen(&system, &home).await;
    records(&home, 2).await;
    bus.kill().unwrap();
    let number = records(&home, 5).await;
    for service in ["ledger", "reporting", "web"] {
        assert_eq!(ready(&system, service).await, 200, "{service} can do its work");
    }
    bus.start_again().unwrap();
    reports_follow(&home, number).await;
    until("browsers hear of what happens", async || {
        records(&home, 1).await;
        tokio::time::timeout(Duration::from_secs(2), change(&mut live)).await.ok()
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_cache_the_gateway_serves_and_nothing_else_notices() {
    let Some(engines) = engines() else { return };
    let mut cache = own(&Redis);
    let system = Split::alone(&Engines { cache: cache.address(), ..engines }).await;
    let home = system.household().await;
    cache.kill().unwrap();
    let number = records(&home, 5).await;
    system.person().await;
    for service in ["auth", "ledger", "gateway"] {
        assert_eq!(ready(&system, service).await, 200, "{service} can do its work");
    }
    cache.start_again().unwrap();
    reports_follow(&home, number).await;
}
