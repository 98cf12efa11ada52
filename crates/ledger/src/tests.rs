//! The ledger alone, on every database that this run has.

mod books;
mod entries;
mod filters;
mod imports;
mod payees;
mod sight;
mod together;
mod told;
mod undo;
mod verify;

use std::cell::RefCell;

use contracts::ledger::Member;
use model::{BookId, PersonId, Role};
use serde_json::{Value, json};
use service::testing::{Answer, Build, Client, START, TestDeployment, person};
use service::{Context, Service};

use crate::testing::member_join;

/// What is deployed for these tests.
const ALONE: &[(&str, Build)] = &[("ledger", remembered)];

thread_local! {
    /// The context of the test's ledger, for what has no endpoint.
    static CONTEXT: RefCell<Option<Context>> = const { RefCell::new(None) };
}

fn remembered(ctx: Context) -> anyhow::Result<Service> {
    CONTEXT.set(Some(ctx.clone()));
    crate::service(ctx)
}

fn context() -> Context {
    CONTEXT.with_borrow(|context| context.clone().expect("a ledger is deployed"))
}

/// A book with its owner's client.
struct Home<'a> {
    client: Client<'a>,
    owner: PersonId,
    path: String,
    /// The first account, in EUR.
    cash: String,
}

fn id() -> String {
    uuid::Uuid::now_v7().to_string()
}

fn new_book() -> Value {
    json!({
        "name": "Home", "kind": "household", "base_currency": "EUR",
        "time_zone": "Europe/Berlin", "first_day_of_week": 1, "first_day_of_month": 1,
        "fiscal_year_start_month": 1, "language": "en", "member_name": "Ada",
    })
}

fn eur(amount: &str) -> Value {
    json!({ "amount": amount, "currency": "EUR" })
}

impl<'a> Home<'a> {
    async fn new(deployment: &'a TestDeployment) -> Home<'a> {
        let owner = person();
        let client = deployment.client(owner);
        let path = format!("/api/v1/ledger/books/{}", id());
        client.put(&path, new_book()).await.expect(201);
        let accounts = client.get(&format!("{path}/accounts")).await.expect(200);
        let cash = accounts["accounts"][0]["id"].as_str().unwrap().to_owned();
        Home { client, owner, path, cash }
    }

    async fn get(&self, rest: &str) -> Value {
        self.client.get(&format!("{}{rest}", self.path)).await.expect(200)
    }

    async fn post(&self, rest: &str, body: Value) -> Answer {
        self.client.post(&format!("{}{rest}", self.path), body).await
    }

    /// Opens another account and answers its id.
    async fn open(&self, name: &str, currency: &str) -> String {
        let body = json!({ "name": name, "kind": "checking", "currency": currency });
        let opened = self.post("/accounts", body).await.expect(201);
        opened["account"]["id"].as_str().unwrap().to_owned()
    }

    /// An expense from the first account.
    fn expense(&self, day: &str, title: &str, amount: &str) -> Value {
        json!({ "kind": "expense", "day": day, "title": title, "amount": eur(amount),
            "account": self.cash })
    }

    async fn record(&self, body: Value) -> Value {
        self.post("/transactions", body).await.expect(201)
    }

    fn id(&self) -> BookId {
        let id = self.path.rsplit('/').next().unwrap();
        id.parse().unwrap()
    }

    /// Makes somebody a member, as an invitation will.
    async fn join(&self, role: Role) -> PersonId {
        let person = person();
        let member = Member { person, name: "Guest".to_owned(), role, former: false };
        member_join(context().db(), self.id(), self.owner, member, START).await.unwrap();
        person
    }

    /// The same book, as another member meets it.
    fn seen_by(&self, deployment: &'a TestDeployment, person: PersonId) -> Home<'a> {
        Home {
            client: deployment.client(person),
            owner: self.owner,
            path: self.path.clone(),
            cash: self.cash.clone(),
        }
    }

    async fn send(&self, method: http::Method, rest: &str, version: i64, body: Value) -> Answer {
        let path = format!("{}{rest}", self.path);
        let version = format!("\"{version}\"");
        let body = (!body.is_null()).then_some(body);
        self.client.send(method, &path, &[("if-match", &version)], body).await
    }

    /// The titles of a list, in its order.
    async fn titles(&self, query: &str) -> Vec<String> {
        let list = self.get(&format!("/transactions?{query}")).await;
        let titles = list["transactions"].as_array().unwrap().iter();
        titles.map(|t| t["title"].as_str().unwrap().to_owned()).collect()
    }

    async fn category(&self, name: &str) -> String {
        let categories = self.get("/categories").await;
        let mut all = categories["categories"].as_array().unwrap().iter();
        let found = all.find(|category| category["name"] == name).expect("a category");
        found["id"].as_str().unwrap().to_owned()
    }
}
