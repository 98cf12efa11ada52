//! Payees and suggestions.

use http::Method;
use serde_json::json;
use service::testing::on_each_database;

use super::{ALONE, Home, eur};

#[tokio::test]
async fn a_payee_is_made_by_naming_it_and_found_however_it_is_written() {
    on_each_database(ALONE, |deployment| async move {
        let home = Home::new(&deployment).await;
        let groceries = home.category("Groceries").await;
        let mut first = home.expense("2026-11-20", "EDEKA  Süd", "5");
        first["category"] = json!(groceries);
        let first = home.record(first).await;
        let again = home.record(home.expense("2026-11-21", "Edeka sud", "6")).await;
        assert_eq!(again["transaction"]["payee"], first["transaction"]["payee"]);
        let payees = home.get("/payees").await;
        assert_eq!(payees["payees"].as_array().unwrap().len(), 1);
        assert_eq!(payees["payees"][0]["default_category"], json!(groceries));
    })
    .await;
}

#[tokio::test]
async fn a_merge_is_a_redirect_that_is_read() {
    on_each_database(ALONE, |deployment| async move {
        let home = Home::new(&deployment).await;
        let mut ids = Vec::new();
        for name in ["Amazon", "AMZN Mktp", "Amazon DE"] {
            let written = home.record(home.expense("2026-11-20", name, "5")).await;
            ids.push(written["transaction"]["payee"]["id"].as_str().unwrap().to_owned());
        }
        let path = |n: usize| format!("/payees/{}", ids[n]);
        for (from, into) in [(1, 2), (2, 0)] {
            let body = json!({ "merged_into": ids[into] });
            home.send(Method::PATCH, &path(from), 1, body).await.expect(200);
        }
        // Redirects never take two steps, and never go round.
        let payees = home.get("/payees").await;
        for payee in payees["payees"].as_array().unwrap() {
            let expected = if payee["id"] == json!(ids[0]) { json!(null) } else { json!(ids[0]) };
            assert_eq!(payee["merged_into"], expected);
        }
        let round = json!({ "merged_into": ids[1] });
        assert_eq!(home.send(Method::PATCH, &path(0), 1, round).await.field().0, "merged_into");

        let list = home.get(&format!("/transactions?payee={}", ids[0])).await;
        let entries = list["transactions"].as_array().unwrap();
        assert_eq!(entries.len(), 3);
        assert!(entries.iter().all(|entry| entry["payee"]["name"] == "Amazon"));
        let new = home.record(home.expense("2026-11-22", "amzn mktp", "1")).await;
        assert_eq!(new["transaction"]["payee"]["id"], json!(ids[0]));
        let renamed = json!({ "name": "amazon de" });
        home.send(Method::PATCH, &path(0), 1, renamed).await.expect(409);
        let renamed = home.send(Method::PATCH, &path(0), 1, json!({ "name": "Big River" })).await;
        assert_eq!(renamed.expect(200)["payee"]["name"], "Big River");
        assert_eq!(home.titles("q=big%20river").await.len(), 4);
    })
    .await;
}

#[tokio::test]
async fn suggestions_fill_in_what_was_typed_before() {
    on_each_database(ALONE, |deployment| async move {
        let home = Home::new(&deployment).await;
        let groceries = home.category("Groceries").await;
        for (day, title, amount) in [
            ("2026-11-20", "Großer Südmarkt", "1"),
            ("2026-11-20", "Südmarkt", "5"),
            ("2026-11-21", "Südmarkt", "7"),
            ("2026-11-21", "Kiosk am Südpark", "2"),
            ("2026-11-22", "Bakery", "3"),
        ] {
            let mut body = home.expense(day, title, amount);
            body["category"] = json!(groceries);
            body["note"] = json!("sudlich");
            home.record(body).await;
        }
        let found = home.get("/suggestions?q=S%C3%BCd&limit=6").await;
        let found = found["suggestions"].as_array().unwrap();
        let titles: Vec<&str> = found.iter().map(|s| s["title"].as_str().unwrap()).collect();
        assert_eq!(titles[0], "Südmarkt");
        assert_eq!(titles.len(), 3, "{titles:?}");
        assert_eq!(found[0]["amount"], eur("7.00"));
        assert_eq!((&found[0]["uses"], &found[0]["category"]), (&json!(2), &json!(groceries)));
        let limited = home.get("/suggestions?q=&limit=2").await;
        assert_eq!(limited["suggestions"].as_array().unwrap().len(), 2);
    })
    .await;
}
