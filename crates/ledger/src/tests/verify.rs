//! Thousands of random commands against a plain model, and verification.

use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};
use service::testing::{TestDeployment, on_each_database};
use store::Tx;

use super::{ALONE, Home, context};

pub async fn differences(deployment: &TestDeployment) -> Vec<String> {
    let (_, verifier) = &deployment.deployment.verifiers()[0];
    let verified = verifier(Arc::new(|_, _| {})).await.unwrap();
    verified.into_iter().flat_map(|book| book.differences).collect()
}

/// One thing that a person does, with numbers that pick what it is done to.
#[derive(Clone, Debug)]
enum Command {
    Expense { account: usize, minor: i64, day: i64, pending: bool, split: bool },
    Income { account: usize, minor: i64, day: i64 },
    Transfer { from: usize, step: usize, minor: i64, arrives: i64, day: i64 },
    Edit { entry: usize, account: usize, minor: i64, day: i64 },
    Remove { entry: usize },
    Undo { change: usize },
}

fn command() -> impl Strategy<Value = Command> {
    let minor = || prop_oneof![1..100_000_i64, 1..9_999_999_999_i64];
    let day = || prop_oneof![-3..3_i64, -900..900_i64];
    prop_oneof![
        4 => (0..4_usize, prop_oneof![minor(), -500..-1_i64], day(), any::<bool>(), any::<bool>())
            .prop_map(|(account, minor, day, pending, split)| Command::Expense {
                account, minor, day, pending, split
            }),
        2 => (0..4_usize, minor(), day())
            .prop_map(|(account, minor, day)| Command::Income { account, minor, day }),
        2 => (0..4_usize, 1..4_usize, minor(), minor(), day()).prop_map(
            |(from, step, minor, arrives, day)| Command::Transfer {
                from, step, minor, arrives, day
            }
        ),
        3 => (any::<usize>(), 0..4_usize, minor(), day())
            .prop_map(|(entry, account, minor, day)| Command::Edit { entry, account, minor, day }),
        1 => any::<usize>().prop_map(|entry| Command::Remove { entry }),
        2 => any::<usize>().prop_map(|change| Command::Undo { change }),
    ]
}

/// What a plain ledger of the same commands looks like: the effect of each entry on the accounts.
#[derive(Default)]
struct Plain {
    entries: BTreeMap<String, Value>,
    changes: Vec<String>,
}

impl Plain {
    fn balance(&self, account: &str, today: &str) -> (i64, i64, i64) {
        let (mut balance, mut pending, mut projected) = (0, 0, 0);
        for entry in self.entries.values() {
            let mut moved = 0;
            if entry["account"] == account {
                let leaves = entry["kind"] == "expense" || entry["kind"] == "transfer";
                moved += if leaves { -minor(&entry["amount"]) } else { minor(&entry["amount"]) };
            }
            if entry["to_account"] == account {
                moved += minor(&entry["to_amount"]);
            }
            projected += moved;
            if entry["status"] == "pending" {
                pending += moved;
            } else if entry["day"].as_str().unwrap() <= today {
                balance += moved;
            }
        }
        (balance, pending, projected)
    }
}

/// All currencies of this test have two decimals.
fn minor(money: &Value) -> i64 {
    money["amount"].as_str().unwrap().replace('.', "").parse().unwrap()
}

fn money(minor: i64, currency: &str) -> Value {
    let sign = if minor < 0 { "-" } else { "" };
    let (whole, cents) = (minor.abs() / 100, minor.abs() % 100);
    json!({ "amount": format!("{sign}{whole}.{cents:02}"), "currency": currency })
}

struct Player<'a> {
    home: &'a Home<'a>,
    accounts: Vec<(String, &'static str)>,
    categories: Vec<String>,
    plain: Plain,
}

const TODAY: &str = "2026-11-24";

impl Player<'_> {
    async fn play(&mut self, command: &Command) {
        match command {
            Command::Edit { entry, account, minor, day } => {
                self.edit(*entry, *account, *minor, *day).await;
            }
            Command::Remove { entry } => self.remove(*entry).await,
            Command::Undo { change } => self.undo(*change).await,
            new => {
                let body = self.body(new);
                let written = self.home.record(body).await;
                self.written(&written);
            }
        }
    }

    fn day(offset: i64) -> String {
        model::Day::parse(TODAY).unwrap().plus_days(offset).to_string()
    }

    fn body(&self, command: &Command) -> Value {
        match command {
            Command::Expense { account, minor, day, pending, split } => {
                let (id, currency) = &self.accounts[*account];
                let mut body = json!({ "kind": "expense", "day": Self::day(*day),
                    "title": format!("Shop {}", minor % 7), "amount": money(*minor, currency),
                    "account": id, "status": if *pending { "pending" } else { "booked" } });
                if *split && minor.abs() > 1 {
                    let part = minor / 2;
                    body["lines"] = json!([
                        { "category": self.categories[0], "amount": money(part, currency) },
                        { "category": self.categories[1], "amount": money(minor - part, currency),
                            "note": format!("Part {}", minor % 3) },
                    ]);
                }
                body
            }
            Command::Income { account, minor, day } => {
                let (id, currency) = &self.accounts[*account];
                json!({ "kind": "income", "day": Self::day(*day), "title": "Pay",
                    "amount": money(*minor, currency), "account": id,
                    "category": self.categories[2] })
            }
            Command::Transfer { from, step, minor, arrives, day } => {
                let (id, currency) = &self.accounts[*from];
                let (to, other) = &self.accounts[(from + step) % self.accounts.len()];
                let arrives = if currency == other { minor } else { arrives };
                json!({ "kind": "transfer", "day": Self::day(*day), "title": "",
                    "amount": money(*minor, currency), "account": id, "to_account": to,
                    "to_amount": money(*arrives, other) })
            }
            other => unreachable!("{other:?} makes no entry"),
        }
    }

    fn written(&mut self, written: &Value) {
        let entry = written["transaction"].clone();
        self.plain.entries.insert(entry["id"].as_str().unwrap().to_owned(), entry);
        self.plain.changes.push(written["change"].as_str().unwrap().to_owned());
    }

    fn pick(&self, entry: usize) -> Option<Value> {
        let count = self.plain.entries.len();
        (count > 0).then(|| self.plain.entries.values().nth(entry % count).unwrap().clone())
    }

    async fn edit(&mut self, entry: usize, account: usize, minor: i64, day: i64) {
        let Some(before) = self.pick(entry) else { return };
        let body =
            self.body(&Command::Expense { account, minor, day, pending: false, split: true });
        let path = format!("/transactions/{}", before["id"].as_str().unwrap());
        let version = before["version"].as_i64().unwrap();
        let written = self.home.send(http::Method::PUT, &path, version, body).await.expect(200);
        self.written(&written);
    }

    async fn remove(&mut self, entry: usize) {
        let Some(before) = self.pick(entry) else { return };
        let id = before["id"].as_str().unwrap();
        let version = before["version"].as_i64().unwrap();
        let path = format!("/transactions/{id}");
        let removed = self.home.send(http::Method::DELETE, &path, version, Value::Null).await;
        self.plain.changes.push(removed.expect(200)["change"].as_str().unwrap().to_owned());
        self.plain.entries.remove(id);
    }

    async fn undo(&mut self, change: usize) {
        let count = self.plain.changes.len();
        if count == 0 {
            return;
        }
        let change = self.plain.changes[change % count].clone();
        let undone = self.home.post(&format!("/changes/{change}/revert"), Value::Null).await;
        let undone = undone.expect(200);
        if undone["reverted"] != 0 {
            self.plain.changes.push(undone["change"].as_str().unwrap().to_owned());
        }
        // What an undo does is told by its conflicts and checked by what the list then shows.
        self.reread().await;
    }

    async fn reread(&mut self) {
        let mut entries = BTreeMap::new();
        let mut cursor = String::new();
        loop {
            let page = self.home.get(&format!("/transactions?limit=200&cursor={cursor}")).await;
            for entry in page["transactions"].as_array().unwrap() {
                entries.insert(entry["id"].as_str().unwrap().to_owned(), entry.clone());
            }
            match page["next"].as_str() {
                Some(next) => cursor = next.to_owned(),
                None => break,
            }
        }
        self.plain.entries = entries;
    }

    /// Compares balances and running balances with the plain ledger's.
    async fn check(&self) {
        let accounts = self.home.get("/accounts").await;
        for account in accounts["accounts"].as_array().unwrap() {
            let id = account["id"].as_str().unwrap();
            let shown = ["balance", "pending", "projected"].map(|key| minor(&account[key]));
            assert_eq!(<(i64, i64, i64)>::from(shown), self.plain.balance(id, TODAY));
            self.check_running(id, shown[2]).await;
        }
    }

    async fn check_running(&self, account: &str, projected: i64) {
        let list = self.home.get(&format!("/transactions?account={account}&limit=200")).await;
        let mut holds = projected;
        for entry in list["transactions"].as_array().unwrap() {
            assert_eq!(minor(&entry["running_balance"]), holds, "{entry}");
            let one = Plain {
                entries: BTreeMap::from([(String::new(), entry.clone())]),
                changes: Vec::new(),
            };
            holds -= one.balance(account, TODAY).2;
        }
    }
}

#[tokio::test]
async fn balances_equal_a_plain_ledger_after_random_commands() {
    on_each_database(ALONE, |deployment| async move {
        let home = Home::new(&deployment).await;
        let mut accounts = vec![(home.cash.clone(), "EUR")];
        for (name, currency) in [("Bank", "EUR"), ("Dollars", "USD"), ("Pounds", "GBP")] {
            accounts.push((home.open(name, currency).await, currency));
        }
        let mut categories = Vec::new();
        for name in ["Groceries", "Food", "Salary"] {
            categories.push(home.category(name).await);
        }
        let mut player = Player { home: &home, accounts, categories, plain: Plain::default() };
        let mut runner = TestRunner::deterministic();
        for n in 1..=250 {
            let command = command().new_tree(&mut runner).unwrap().current();
            player.play(&command).await;
            if n % 50 == 0 {
                player.check().await;
            }
        }
        assert_eq!(differences(&deployment).await, [""; 0]);
    })
    .await;
}

#[tokio::test]
async fn verification_finds_what_is_wrong() {
    on_each_database(ALONE, |deployment| async move {
        let home = Home::new(&deployment).await;
        home.record(home.expense("2026-11-24", "Market", "5")).await;
        home.record(home.expense("2026-11-25", "Bakery", "3")).await;
        assert_eq!(differences(&deployment).await, [""; 0]);
        for (damage, told) in [
            ("UPDATE account_sum SET booked = booked + 1 WHERE unit = 't'", "and should be"),
            ("UPDATE posting SET minor = minor + 1 WHERE minor > 0", "not to zero"),
            ("UPDATE phrase SET uses = 9", "has 9 uses"),
            ("DELETE FROM register", "line of the register is missing"),
            ("DELETE FROM posting", "posting is missing"),
        ] {
            let run = context().db().clone();
            run.write(move |tx: Tx| async move { crate::store::run(&tx, damage).await })
                .await
                .unwrap();
            let found = differences(&deployment).await;
            assert!(found.iter().any(|d| d.contains(told)), "{damage}: {found:?}");
        }
    })
    .await;
}
