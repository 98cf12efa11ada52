//! Bad input gets a problem that names the field and what would be right, and nothing changes.

use client::Precondition;
use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Household, everywhere};

/// A change to a right transaction, the field that must be named, and a word of the message.
fn cases() -> Vec<(&'static str, Value, &'static str, &'static str)> {
    vec![
        ("amount", json!({"amount": "12.345", "currency": "EUR"}), "amount.amount", "2 decimals"),
        ("amount", json!({"amount": "12,34", "currency": "EUR"}), "amount.amount", "12.34"),
        ("amount", json!({"amount": "1", "currency": "EURO"}), "amount.currency", "ISO 4217"),
        ("amount", json!({"amount": "1", "currency": "USD"}), "amount", "EUR"),
        ("amount", json!({"amount": "0", "currency": "EUR"}), "amount", ""),
        ("day", json!("2026-02-29"), "day", "2026-02-28"),
        ("day", json!("29.02.2024"), "day", "YYYY-MM-DD"),
        ("kind", json!("gift"), "kind", "expense"),
        ("account", json!("01900000-0000-7000-8000-000000000000"), "account", ""),
        ("title", json!("x".repeat(1000)), "title", ""),
        ("colour", json!("red"), "colour", ""),
    ]
}

async fn count(home: &Household) -> usize {
    let list: Value = home.client.get(&home.path("ledger", "/transactions")).await.unwrap();
    list["transactions"].as_array().unwrap().len()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_field_is_named_with_what_would_be_right() {
    everywhere(|system| async move {
        let home = system.household().await;
        for (field, value, named, word) in cases() {
            let mut expense = home.expense("Edeka", "1.00").await;
            expense[field] = value.clone();
            let error = home.record(&expense).await.unwrap_err();
            let client::Error::Refused(problem) = &error else { panic!("{error}") };
            assert_eq!(problem.status, 422, "{field} {value}: {error}");
            let names = error.fields();
            let found = problem.fields.iter().find(|f| f.field.starts_with(named));
            let Some(found) = found else { panic!("{field} {value}: {names:?}") };
            assert!(found.message.contains(word), "{field} {value}: {}", found.message);
        }
        assert_eq!(count(&home).await, 0, "nothing was recorded");
        system
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn several_wrong_fields_are_named_at_once() {
    everywhere(|system| async move {
        let home = system.household().await;
        let mut expense = home.expense("Edeka", "1.005").await;
        expense["day"] = json!("2026-11-31");
        let error = home.record(&expense).await.unwrap_err();
        assert_eq!(error.fields().len(), 2, "{error}");
        system
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_json_or_too_large_is_refused() {
    everywhere(|system| async move {
        let home = system.household().await;
        let path = format!("/api/v1{}", home.path("ledger", "/transactions"));
        let none = Precondition::default();
        let (status, text) =
            home.client.raw(Method::POST, &path, none, Some("{\"kind\": ")).await.unwrap();
        assert_eq!(status, 400, "{text}");
        let large = format!("{{\"title\": \"{}\"}}", "x".repeat(2 << 20));
        let (status, text) =
            home.client.raw(Method::POST, &path, none, Some(&large)).await.unwrap();
        assert_eq!(status, 413, "{text}");
        let twice = json!({"name": "Other"});
        let path = home.path("ledger", "");
        let missing = home
            .client
            .send::<_, Value>(Method::PATCH, &path, Precondition::default(), &twice)
            .await;
        assert_eq!(missing.unwrap_err().status(), Some(428), "an edit says what it is based on");
        let stale = home
            .client
            .send::<_, Value>(Method::PATCH, &path, Precondition::version(99), &twice)
            .await;
        assert_eq!(stale.unwrap_err().status(), Some(412));
        assert_eq!(count(&home).await, 0);
        system
    })
    .await;
}
