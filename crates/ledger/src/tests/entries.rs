//! Transactions: recorded, listed, edited, removed.

use http::Method;
use serde_json::json;
use service::testing::on_each_database;

use super::{ALONE, Home, eur, id};

#[tokio::test]
async fn an_expense_moves_the_balance_in_the_same_answer() {
    on_each_database(ALONE, |deployment| async move {
        let home = Home::new(&deployment).await;
        let mut body = home.expense("2026-11-24", "Market", "12.30");
        body["category"] = json!(home.category("Groceries").await);
        let written = home.record(body).await;
        assert_eq!(written["number"], 2);
        assert_eq!(written["transaction"]["payee"]["name"], "Market");
        assert_eq!(
            written["balances"],
            json!([{ "account": home.cash,
            "balance": eur("-12.30"), "pending": eur("0.00"), "projected": eur("-12.30") }])
        );
        let list = home.get("/transactions").await;
        assert_eq!(list["transactions"], json!([written["transaction"]]));
        assert_eq!((&list["number"], &list["next"]), (&json!(2), &json!(null)));
    })
    .await;
}

#[tokio::test]
async fn later_and_pending_entries_are_told_apart() {
    on_each_database(ALONE, |deployment| async move {
        let home = Home::new(&deployment).await;
        home.record(home.expense("2026-11-24", "Today", "1")).await;
        home.record(home.expense("2026-11-25", "Tomorrow", "2")).await;
        home.record(home.expense("2027-02-01", "Next year", "4")).await;
        let mut pending = home.expense("2026-11-24", "Card", "8");
        pending["status"] = json!("pending");
        home.record(pending).await;
        let account = home.get("/accounts").await["accounts"][0].clone();
        assert_eq!(account["balance"], eur("-1.00"));
        assert_eq!(account["pending"], eur("-8.00"));
        assert_eq!(account["projected"], eur("-15.00"));
        // In Berlin the next day begins an hour before it does in UTC.
        deployment.clock.advance_seconds(11 * 3600 + 60);
        let client = deployment.client(home.owner);
        let accounts = client.get(&format!("{}/accounts", home.path)).await.expect(200);
        assert_eq!(accounts["accounts"][0]["balance"], eur("-3.00"));
    })
    .await;
}

#[tokio::test]
async fn a_change_sent_twice_is_made_once() {
    on_each_database(ALONE, |deployment| async move {
        let home = Home::new(&deployment).await;
        let path = format!("{}/transactions", home.path);
        let key = id();
        let send = |body| {
            let (client, path, key) = (home.client.clone(), path.clone(), key.clone());
            async move {
                client.send(Method::POST, &path, &[("idempotency-key", &key)], Some(body)).await
            }
        };
        let body = home.expense("2026-11-24", "Market", "5");
        let first = send(body.clone()).await.expect(201);
        home.record(home.expense("2026-11-24", "Bakery", "3")).await;
        let again = send(body).await;
        assert_eq!(again.headers["idempotency-replayed"], "true");
        let again = again.expect(201);
        assert_eq!(again["transaction"], first["transaction"]);
        assert_eq!((&again["number"], &again["change"]), (&first["number"], &json!(key)));
        assert_eq!(again["balances"][0]["balance"], eur("-8.00"), "balances are today's");
        send(home.expense("2026-11-24", "Market", "6")).await.expect(422);
        assert_eq!(home.get("").await["number"], 3);
    })
    .await;
}

#[tokio::test]
async fn an_edit_knows_its_version_and_keeps_the_books_right() {
    on_each_database(ALONE, |deployment| async move {
        let home = Home::new(&deployment).await;
        let bank = home.open("Bank", "EUR").await;
        let written = home.record(home.expense("2026-10-31", "Market", "5")).await;
        let id = written["transaction"]["id"].as_str().unwrap();
        let path = format!("{}/transactions/{id}", home.path);
        let mut body = home.expense("2026-11-01", "Bakery", "7");
        body["account"] = json!(bank);
        let put = |version: &'static str, key: &'static str| {
            let (client, path, body) = (home.client.clone(), path.clone(), body.clone());
            let headers = [("if-match", version), ("idempotency-key", key)];
            async move { client.send(Method::PUT, &path, &headers, Some(body)).await }
        };
        const KEY: &str = "01900000-0000-7000-8000-00000000aaaa";
        home.client.put(&path, body.clone()).await.expect(428);
        let edited = put("\"1\"", KEY).await;
        assert_eq!(edited.headers["etag"], "\"2\"");
        let edited = edited.expect(200);
        let held: Vec<&str> = edited["balances"]
            .as_array()
            .unwrap()
            .iter()
            .map(|b| b["balance"]["amount"].as_str().unwrap())
            .collect();
        assert_eq!(held, ["0.00", "-7.00"]);
        // A retried edit does not fail on its own success; another one does.
        put("\"1\"", KEY).await.expect(200);
        put("\"1\"", "01900000-0000-7000-8000-00000000bbbb").await.expect(412);
        assert_eq!(home.titles("q=market").await, [""; 0]);
        assert_eq!(home.titles(&format!("account={bank}&q=bake")).await, ["Bakery"]);

        let removed = home.client.send(Method::DELETE, &path, &[("if-match", "\"2\"")], None).await;
        assert_eq!(removed.expect(200)["balances"][0]["balance"], eur("0.00"));
        home.client.get(&path).await.expect(404);
        assert_eq!(home.titles("").await, [""; 0]);
    })
    .await;
}

#[tokio::test]
async fn everything_wrong_is_named_at_once() {
    on_each_database(ALONE, |deployment| async move {
        let home = Home::new(&deployment).await;
        let body = json!({
            "kind": "expense", "day": "2026-02-29", "title": "x".repeat(121),
            "amount": { "amount": "12.345", "currency": "EUR" }, "account": id(),
            "category": id(), "to_account": home.cash, "note": "n".repeat(2001),
        });
        let problem = home.post("/transactions", body).await.expect(422);
        let fields: Vec<String> = problem["fields"]
            .as_array()
            .unwrap()
            .iter()
            .map(|f| {
                format!("{}: {}", f["field"].as_str().unwrap(), f["message"].as_str().unwrap())
            })
            .collect();
        assert_eq!(
            fields,
            [
                "day: 2026-02-29 does not exist; did you mean 2026-02-28?",
                "title: a title has at most 120 characters; this one has 121",
                "account: is no account of this book that you can use",
                "amount.amount: EUR has 2 decimals; 12.345 has 3",
                "to_account: only a transfer goes to another account",
                "category: is no category of this book",
                "note: has at most 2000 characters; this has 2001",
            ]
        );
        for (field, wrong) in [
            ("amount.amount", json!({ "amount": eur("0") })),
            ("amount.currency", json!({ "amount": { "amount": "1", "currency": "USD" } })),
            ("amount.currency", json!({ "amount": { "amount": "1", "currency": "EURO" } })),
            ("lines", json!({ "lines": [{ "amount": eur("1") }, { "amount": eur("2") }] })),
            ("title", json!({ "title": " " })),
            ("amount.amount", json!({ "kind": "income", "amount": eur("-5") })),
            ("to_account", json!({ "kind": "transfer", "to_account": home.cash })),
        ] {
            let mut body = home.expense("2026-11-24", "Market", "5");
            body.as_object_mut().unwrap().extend(wrong.as_object().unwrap().clone());
            let answer = home.post("/transactions", body).await;
            assert_eq!(answer.field().0, field, "{wrong}");
        }
        assert_eq!(home.get("").await["number"], 1, "what was refused took no number");
    })
    .await;
}

#[tokio::test]
async fn pages_follow_each_other_and_run_the_balance() {
    on_each_database(ALONE, |deployment| async move {
        let home = Home::new(&deployment).await;
        for n in 1..=7 {
            let day = format!("2026-{:02}-{:02}", 5 + n / 2, 10 + n % 2);
            home.record(home.expense(&day, &format!("No {n}"), &n.to_string())).await;
        }
        let mut cursor = String::new();
        let (mut titles, mut running) = (Vec::new(), Vec::new());
        loop {
            let query = format!("/transactions?account={}&limit=3&cursor={cursor}", home.cash);
            let page = home.get(&query).await;
            for entry in page["transactions"].as_array().unwrap() {
                titles.push(entry["title"].as_str().unwrap().to_owned());
                running.push(entry["running_balance"]["amount"].as_str().unwrap().to_owned());
            }
            match page["next"].as_str() {
                Some(next) => cursor = next.to_owned(),
                None => break,
            }
        }
        assert_eq!(titles, ["No 7", "No 6", "No 5", "No 4", "No 3", "No 2", "No 1"]);
        assert_eq!(running, ["-28.00", "-21.00", "-15.00", "-10.00", "-6.00", "-3.00", "-1.00"]);
    })
    .await;
}
