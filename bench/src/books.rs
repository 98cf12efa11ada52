//! Books of any size, and the requests of daily use on them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use client::{Client, Precondition};
use model::{Day, PersonId};
use reqwest::Method;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Value, json};
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::load::{Latencies, steady};

const ACCOUNTS: usize = 8;
const CATEGORIES: usize = 60;
const PAYEES: u64 = 500;

/// What a load needs to know of an answer: to read all of it would measure the reading too.
#[derive(Deserialize)]
struct Written {
    number: i64,
}

/// How much a book holds.
#[derive(Clone, Copy)]
pub struct Size {
    pub transactions: usize,
    pub years: i64,
}

/// Somebody who uses one book. Cheap to clone.
#[derive(Clone)]
pub struct Writer {
    pub size: Size,
    client: Client,
    book: Uuid,
    accounts: Arc<Vec<String>>,
    categories: Arc<Vec<String>>,
    random: Arc<AtomicU64>,
    today: Day,
}

/// A person with an account on the server.
pub async fn sign_up(url: &str) -> anyhow::Result<Client> {
    let person = PersonId(Uuid::now_v7());
    let (_, client) =
        Client::new(url).sign_up(person, "bench@books.test", "a bench that is heavy").await?;
    Ok(client)
}

impl Writer {
    /// Makes an empty book with accounts and categories.
    pub async fn new(person: &Client, size: Size) -> anyhow::Result<Writer> {
        let book = Uuid::now_v7();
        let path = format!("/ledger/books/{book}");
        let body = json!({
            "name": "Bench", "kind": "household", "base_currency": "EUR", "time_zone": "UTC",
            "first_day_of_week": 1, "first_day_of_month": 1, "fiscal_year_start_month": 1,
            "language": "en", "member_name": "Bench",
        });
        let client = person.clone();
        let _: Value = client.send(Method::PUT, &path, Precondition::default(), &body).await?;
        for n in 1..ACCOUNTS {
            let account = json!({"name": format!("Account {n}"), "kind": "checking", "currency": "EUR", "private": false});
            let _: Value = client
                .send(Method::POST, &format!("{path}/accounts"), Precondition::default(), &account)
                .await?;
        }
        let ids = |value: Value, key: &str| -> Vec<String> {
            let all = value[key].as_array().cloned().unwrap_or_default();
            all.iter()
                .filter(|one| one["kind"] != "income")
                .filter_map(|one| one["id"].as_str().map(str::to_owned))
                .collect()
        };
        let mut categories = ids(client.get(&format!("{path}/categories")).await?, "categories");
        for n in categories.len()..CATEGORIES {
            let category = json!({"name": format!("Category {n}"), "kind": "expense"});
            let made: Value = client
                .send(
                    Method::POST,
                    &format!("{path}/categories"),
                    Precondition::default(),
                    &category,
                )
                .await?;
            categories.extend(made["category"]["id"].as_str().map(str::to_owned));
        }
        categories.truncate(CATEGORIES);
        let accounts = ids(client.get(&format!("{path}/accounts")).await?, "accounts");
        let dashboard: Value = client.get(&format!("/reporting/books/{book}/dashboard")).await?;
        let today = Day::parse(dashboard["today"].as_str().unwrap_or_default())?;
        Ok(Writer {
            size,
            client,
            book,
            accounts: Arc::new(accounts),
            categories: Arc::new(categories),
            random: Arc::new(AtomicU64::new(1)),
            today,
        })
    }

    /// The same numbers in every run.
    fn random(&self, below: u64) -> u64 {
        let mut x = self.random.fetch_add(0x9E37_79B9_7F4A_7C15, Ordering::Relaxed);
        x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (x ^ (x >> 31)) % below
    }

    fn pick<'a>(&self, from: &'a [String]) -> &'a str {
        let index = usize::try_from(self.random(from.len() as u64)).unwrap_or(0);
        &from[index]
    }

    /// Fills the book with eight clients; answers how long it took.
    pub async fn fill(&self) -> anyhow::Result<Duration> {
        let started = Instant::now();
        let left = Arc::new(AtomicU64::new(self.size.transactions as u64));
        let mut clients = JoinSet::new();
        for _ in 0..8 {
            let (writer, left) = (self.clone(), Arc::clone(&left));
            clients.spawn(async move {
                while left
                    .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |n| n.checked_sub(1))
                    .is_ok()
                {
                    let back = writer.random(3650 * u64::try_from(writer.size.years)? / 10);
                    let day = writer.today.plus_days(-i64::try_from(back)?);
                    writer.record(day).await?;
                }
                anyhow::Ok(())
            });
        }
        for one in clients.join_all().await {
            one?;
        }
        Ok(started.elapsed())
    }

    /// Records an expense of today.
    pub async fn add(&self) -> anyhow::Result<()> {
        self.record(self.today).await?;
        Ok(())
    }

    async fn record(&self, day: Day) -> anyhow::Result<i64> {
        // A payee is paid from one account and for one thing most of the time, as in life.
        let payee = self.random(PAYEES);
        let usual = usize::try_from(payee)?;
        let account = &self.accounts[usual % self.accounts.len()];
        let category = if self.random(5) == 0 {
            self.pick(&self.categories)
        } else {
            &self.categories[usual % self.categories.len()]
        };
        let cents = 100 + self.random(20_000);
        let body = json!({
            "kind": "expense", "day": day, "title": format!("Shop {payee}"),
            "amount": {"amount": format!("{}.{:02}", cents / 100, cents % 100), "currency": "EUR"},
            "account": account, "category": category,
        });
        let path = format!("/ledger/books/{}/transactions", self.book);
        let written: Written =
            self.client.send(Method::POST, &path, Precondition::default(), &body).await?;
        Ok(written.number)
    }

    /// The newest entries of one category.
    pub async fn first_page(&self) -> anyhow::Result<()> {
        let category = self.pick(&self.categories);
        self.page(&format!("category={category}&limit=50")).await
    }

    /// The oldest entries of one category.
    pub async fn last_page(&self) -> anyhow::Result<()> {
        let category = self.pick(&self.categories);
        let until = self.today.plus_days(-3650 * self.size.years / 10 + 200);
        self.page(&format!("category={category}&to={until}&limit=50")).await
    }

    async fn page(&self, query: &str) -> anyhow::Result<()> {
        let path = format!("/ledger/books/{}/transactions?{query}", self.book);
        let _: IgnoredAny = self.client.get(&path).await?;
        Ok(())
    }

    pub async fn dashboard(&self) -> anyhow::Result<()> {
        let path = format!("/reporting/books/{}/dashboard?period=month", self.book);
        let _: IgnoredAny = self.client.get(&path).await?;
        Ok(())
    }

    pub async fn yearly_report(&self) -> anyhow::Result<()> {
        let by = ["category", "payee", "account"][usize::try_from(self.random(3))?];
        let path = format!("/reporting/books/{}/report?period=year&by={by}", self.book);
        let _: IgnoredAny = self.client.get(&path).await?;
        Ok(())
    }
}

/// How long it takes until a dashboard contains an expense that was just recorded.
pub async fn freshness(
    writer: &Writer,
    rate: u64,
    duration: Duration,
) -> anyhow::Result<Latencies> {
    let times = std::sync::Mutex::new(Vec::new());
    steady(rate, duration, async || {
        let number = writer.record(writer.today).await?;
        let acknowledged = Instant::now();
        let path =
            format!("/reporting/books/{}/dashboard?period=month&at_least={number}", writer.book);
        let _: IgnoredAny = writer.client.get(&path).await?;
        times.lock().expect("no one panics").push(acknowledged.elapsed());
        Ok(())
    })
    .await?;
    Ok(Latencies::new(times.into_inner().expect("no one panics")))
}

/// What importing a statement took.
pub struct Imported {
    pub rows: usize,
    /// From the upload until every row was compared with the book.
    pub preview: Duration,
    /// From the order until every row was recorded.
    pub commit: Duration,
    /// Other requests in the meantime.
    pub meanwhile: Latencies,
}

/// Imports a statement while other requests go on.
pub async fn import(writer: &Writer, rows: usize) -> anyhow::Result<Imported> {
    let mut file = String::from("Date,Payee,Amount\n");
    for n in 0..rows {
        let day = writer.today.plus_days(-i64::try_from(n % 365)?);
        file.push_str(&format!(
            "{day},Statement shop {},-{}.{:02}\n",
            n % 300,
            1 + n % 90,
            n % 100
        ));
    }
    let base = format!("/ledger/books/{}/imports", writer.book);
    let others = steady(50, Duration::from_secs(4), || writer.first_page());
    let importing = async {
        let started = Instant::now();
        let path = format!("{base}?account={}&name=bench.csv", writer.accounts[0]);
        let made: Value = writer.client.upload(&path, file.into_bytes()).await?;
        let id = made["id"].as_str().unwrap_or_default().to_owned();
        wait_for(&writer.client, &format!("{base}/{id}"), "ready").await?;
        let preview = started.elapsed();
        let path = format!("{base}/{id}/commit");
        let _: Value =
            writer.client.send(Method::POST, &path, Precondition::default(), &json!({})).await?;
        wait_for(&writer.client, &format!("{base}/{id}"), "done").await?;
        anyhow::Ok((preview, started.elapsed() - preview))
    };
    let (meanwhile, took) = tokio::join!(others, importing);
    let (preview, commit) = took?;
    Ok(Imported { rows, preview, commit, meanwhile: meanwhile? })
}

async fn wait_for(client: &Client, path: &str, state: &str) -> anyhow::Result<()> {
    let deadline = Instant::now() + Duration::from_secs(120);
    loop {
        let import: Value = client.get(path).await?;
        if import["state"] == state {
            return Ok(());
        }
        let ended = matches!(import["state"].as_str(), Some("failed" | "asking"));
        anyhow::ensure!(!ended && Instant::now() < deadline, "the import is {import}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
