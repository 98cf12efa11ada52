//! Many writers of one book at once.

use std::collections::BTreeSet;

use http::Method;
use service::testing::on_each_database;

use super::{ALONE, Home, eur, id, verify::differences};

#[tokio::test]
async fn writers_at_once_lose_and_double_nothing() {
    on_each_database(ALONE, |deployment| async move {
        let home = Home::new(&deployment).await;
        let (path, key) = (format!("{}/transactions", home.path), id());
        // Half of them are one change, sent again and again.
        let sent = (0..24).map(|n| {
            let key = if n % 2 == 0 { key.clone() } else { id() };
            let title = if n % 2 == 0 { "Same".to_owned() } else { format!("Shop {}", n % 5) };
            let (client, path) = (home.client.clone(), path.clone());
            let body = home.expense("2026-11-24", &title, "1");
            async move {
                let headers = [("idempotency-key", key.as_str())];
                client.send(Method::POST, &path, &headers, Some(body)).await
            }
        });
        let mut numbers = Vec::new();
        for answer in futures::future::join_all(sent).await {
            numbers.push(answer.expect(201)["number"].as_i64().unwrap());
        }
        let distinct: BTreeSet<i64> = numbers.into_iter().collect();
        assert_eq!(distinct, (2..=14).collect());
        let account = home.get("/accounts").await["accounts"][0].clone();
        assert_eq!(account["balance"], eur("-13.00"));
        assert_eq!(home.titles("q=same").await, ["Same"]);
        assert_eq!(differences(&deployment).await, [""; 0]);
    })
    .await;
}

#[tokio::test]
async fn a_book_made_twice_at_once_is_one_book() {
    on_each_database(ALONE, |deployment| async move {
        let client = deployment.client(service::testing::person());
        let path = format!("/api/v1/ledger/books/{}", id());
        let made = (0..4).map(|_| client.put(&path, super::new_book()));
        let answers = futures::future::join_all(made).await;
        let mut statuses: Vec<u16> = answers.iter().map(|a| a.status.as_u16()).collect();
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 200, 200, 201]);
        let accounts = client.get(&format!("{path}/accounts")).await.expect(200);
        assert_eq!(accounts["accounts"].as_array().unwrap().len(), 1);
    })
    .await;
}
