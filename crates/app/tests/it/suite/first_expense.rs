//! The whole path, thin but real: sign up, three questions, an expense, and the dashboard changes.

use client::Precondition;
use model::ChangeId;
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::harness::{everywhere, inside};

fn amount(text: &str) -> Value {
    json!({"amount": text, "currency": "EUR"})
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expense_is_on_the_dashboard_and_in_the_balance_at_once() {
    everywhere(|system| async move {
        let home = system.household().await;
        assert_eq!(home.dashboard("").await["spent"], amount("0.00"));
        let written = home.record(&home.expense("Edeka", "66.31").await).await.unwrap();
        assert_eq!(written["balances"][0]["balance"], amount("-66.31"));
        let number = written["number"].as_i64().unwrap();
        let dashboard = home.dashboard(&format!("&at_least={number}")).await;
        assert_eq!(dashboard["as_of"], number);
        assert_eq!(dashboard["spent"], amount("66.31"));
        assert_eq!(dashboard["recent"][0]["title"], "Edeka");
        assert_eq!(dashboard["accounts"][0]["balance"], amount("-66.31"));
        system
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sending_it_twice_records_it_once() {
    everywhere(|system| async move {
        let home = system.household().await;
        let expense = home.expense("Edeka", "10.00").await;
        let change = Precondition::change(ChangeId(Uuid::now_v7()));
        let path = home.path("ledger", "/transactions");
        let first: Value = home.client.send(Method::POST, &path, change, &expense).await.unwrap();
        let again: Value = home.client.send(Method::POST, &path, change, &expense).await.unwrap();
        assert_eq!(first["transaction"], again["transaction"]);
        let other = home.expense("Edeka", "11.00").await;
        let refused = home.client.send::<_, Value>(Method::POST, &path, change, &other).await;
        assert_eq!(refused.unwrap_err().status(), Some(422));
        let list: Value = home.client.get(&path).await.unwrap();
        assert_eq!(list["transactions"].as_array().unwrap().len(), 1);
        system
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_is_there_after_a_restart() {
    inside("it stops the server", |mut system| async move {
        let mut home = system.household().await;
        for n in 1..=20 {
            home.record(&home.expense("Shop", &format!("{n}.00")).await).await.unwrap();
        }
        let token = home.client.token().unwrap().to_owned();
        system.restart().await;
        home.client = system.stranger().with_token(token);
        let accounts: Value = home.client.get(&home.path("ledger", "/accounts")).await.unwrap();
        assert_eq!(accounts["accounts"][0]["balance"], amount("-210.00"));
        let number = accounts["number"].as_i64().unwrap();
        let dashboard = home.dashboard(&format!("&at_least={number}")).await;
        assert_eq!(dashboard["spent"], amount("210.00"));
        system
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_write_at_once_and_every_balance_adds_up() {
    everywhere(|system| async move {
        let home = system.household().await;
        let expense = home.expense("Shop", "1.00").await;
        let written = futures::future::join_all((0..40).map(|_| home.record(&expense))).await;
        let mut numbers: Vec<i64> =
            written.into_iter().map(|w| w.unwrap()["number"].as_i64().unwrap()).collect();
        numbers.sort_unstable();
        let first = numbers[0];
        assert_eq!(numbers, (first..first + 40).collect::<Vec<_>>(), "no number is lost");
        let accounts: Value = home.client.get(&home.path("ledger", "/accounts")).await.unwrap();
        assert_eq!(accounts["accounts"][0]["balance"], amount("-40.00"));
        system
    })
    .await;
}
