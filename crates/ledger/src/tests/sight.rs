//! Who sees what.

use http::Method;
use model::Role;
use serde_json::{Value, json};
use service::testing::{TestDeployment, on_each_database, person};

use super::{ALONE, Home, eur, id};

/// Opens a private account that holds something.
async fn open_private(home: &Home<'_>) -> String {
    let body = json!({ "name": "Secret", "kind": "savings", "currency": "EUR", "private": true,
        "opening_balance": eur("500") });
    let opened = home.post("/accounts", body).await.expect(201);
    opened["account"]["id"].as_str().unwrap().to_owned()
}

fn names(list: &Value, key: &str) -> Vec<String> {
    let items = list[key].as_array().unwrap().iter();
    items.map(|item| item["name"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_private_account_is_its_holders_alone() {
    on_each_database(ALONE, |deployment| async move {
        let home = Home::new(&deployment).await;
        let editor = home.seen_by(&deployment, home.join(Role::Editor).await);
        let secret = open_private(&editor).await;
        let mut gift = editor.expense("2026-11-20", "Surprise ring", "100");
        gift["account"] = json!(secret);
        let gift = editor.record(gift).await;
        let gift = gift["transaction"]["id"].as_str().unwrap();

        // Not even the owner sees anything of it.
        assert_eq!(names(&home.get("/accounts").await, "accounts"), ["Cash"]);
        assert_eq!(names(&editor.get("/accounts").await, "accounts"), ["Cash", "Secret"]);
        assert_eq!(home.titles("").await, [""; 0]);
        assert_eq!(home.titles(&format!("account={secret}")).await, [""; 0]);
        assert_eq!(names(&home.get("/payees").await, "payees"), [""; 0]);
        assert_eq!(home.get("/suggestions?q=sur").await["suggestions"], json!([]));
        assert_eq!(home.get("/transactions/totals").await["count"], 0);
        for path in [
            format!("/transactions/{gift}"),
            format!("/transactions/{gift}/history"),
            format!("/accounts/{secret}"),
        ] {
            home.client.get(&format!("{}{path}", home.path)).await.expect(404);
        }
        let body = home.expense("2026-11-20", "Guess", "1");
        home.send(Method::PUT, &format!("/transactions/{gift}"), 1, body).await.expect(404);
        let mut guess = home.expense("2026-11-20", "Guess", "1");
        guess["account"] = json!(secret);
        assert_eq!(home.post("/transactions", guess).await.field().0, "account");
        assert_eq!(editor.titles("q=ring").await, ["Surprise ring"]);
        assert_eq!(names(&editor.get("/payees").await, "payees"), ["Surprise ring"]);
    })
    .await;
}

#[tokio::test]
async fn a_transfer_to_a_private_account_tells_nothing_of_it() {
    on_each_database(ALONE, |deployment| async move {
        let home = Home::new(&deployment).await;
        let editor = home.seen_by(&deployment, home.join(Role::Editor).await);
        let secret = open_private(&editor).await;
        let transfer = |from: &str, to: &str, amount: &str| {
            json!({ "kind": "transfer", "day": "2026-11-20", "title": "For the ring",
                "amount": eur(amount), "account": from, "to_account": to, "note": "hush" })
        };
        let out = editor.record(transfer(&home.cash, &secret, "30")).await;
        editor.record(transfer(&secret, &home.cash, "10")).await;
        let list = home.get(&format!("/transactions?account={}", home.cash)).await;
        let seen = list["transactions"].as_array().unwrap();
        let amounts: Vec<&str> =
            seen.iter().map(|e| e["amount"]["amount"].as_str().unwrap()).collect();
        assert_eq!(amounts, ["-10.00", "30.00"]);
        assert_eq!(seen[0]["running_balance"], eur("-20.00"));
        for entry in seen {
            assert_eq!(
                (&entry["hidden_side"], &entry["account"]),
                (&json!(true), &json!(home.cash))
            );
            assert_eq!(entry["title"], "Transfer, private");
            let text = entry.to_string();
            assert!(!text.contains("ring") && !text.contains("hush") && !text.contains(&secret));
        }
        assert_eq!(home.titles("q=ring").await, [""; 0]);
        assert_eq!(home.titles(&format!("account={secret}")).await, [""; 0]);
        let path = format!("/transactions/{}", out["transaction"]["id"].as_str().unwrap());
        home.send(Method::DELETE, &path, 1, Value::Null).await.expect(403);
        assert_eq!(editor.titles("q=ring").await.len(), 2);
    })
    .await;
}

#[tokio::test]
async fn roles_may_what_they_may() {
    on_each_database(ALONE, |deployment| async move {
        let home = Home::new(&deployment).await;
        let theirs = home.record(home.expense("2026-11-20", "Owner's", "5")).await;
        let theirs = format!("/transactions/{}", theirs["transaction"]["id"].as_str().unwrap());
        let viewer = home.seen_by(&deployment, home.join(Role::Viewer).await);
        let contributor = home.seen_by(&deployment, home.join(Role::Contributor).await);
        let editor = home.seen_by(&deployment, home.join(Role::Editor).await);

        let expense = home.expense("2026-11-21", "Guest's", "7");
        viewer.post("/transactions", expense.clone()).await.expect(403);
        assert_eq!(viewer.titles("").await, ["Owner's"]);
        assert_eq!(viewer.get("/accounts").await["accounts"][0]["balance"], eur("-5.00"));

        let own = contributor.post("/transactions", expense).await.expect(201);
        assert_eq!(own["balances"], json!([]), "no balances for contributors");
        assert_eq!(contributor.titles("").await, ["Guest's"]);
        assert_eq!(names(&contributor.get("/payees").await, "payees"), ["Guest's"]);
        let account = contributor.get("/accounts").await["accounts"][0].clone();
        assert_eq!((&account["balance"], &account["projected"]), (&json!(null), &json!(null)));
        let list = contributor.get(&format!("/transactions?account={}", home.cash)).await;
        assert_eq!(list["transactions"][0].get("running_balance"), None);
        contributor.send(Method::DELETE, &theirs, 1, Value::Null).await.expect(404);
        let body = json!({ "name": "Mine", "kind": "cash", "currency": "EUR" });
        contributor.post("/accounts", body.clone()).await.expect(403);

        let patch = json!({ "name": "Ours" });
        editor
            .client
            .send(Method::PATCH, &editor.path, &[("if-match", "\"1\"")], Some(patch))
            .await
            .expect(403);
        editor.post("/accounts", body).await.expect(201);
        editor.send(Method::DELETE, &theirs, 1, Value::Null).await.expect(200);
    })
    .await;
}

#[tokio::test]
async fn a_book_does_not_exist_for_strangers() {
    let deployment = service::testing::deploy(ALONE).await;
    let home = Home::new(&deployment).await;
    let stranger = home.seen_by(&deployment, person());
    let answers = every_path(&deployment, &home).await;
    assert!(!answers.is_empty());
    let expense = home.expense("2026-11-21", "Guess", "7");
    stranger.post("/transactions", expense).await.expect(404);
    for rest in ["", "/accounts", "/categories", "/payees", "/transactions", "/suggestions"] {
        stranger.client.get(&format!("{}{rest}", home.path)).await.expect(404);
    }
    assert_eq!(home.get("").await["number"], 1, "what was refused took no number");
}

/// Every endpoint, asked without a token.
async fn every_path(deployment: &TestDeployment, home: &Home<'_>) -> Vec<u16> {
    let mut answers = Vec::new();
    for endpoint in deployment.deployment.endpoints() {
        let path = endpoint.path.replace("{book}", &home.id().to_string());
        let path = path.split('/').map(|part| match part.strip_prefix('{') {
            Some("number}") => "1".to_owned(),
            Some(_) => id(),
            None => part.to_owned(),
        });
        let path = path.collect::<Vec<_>>().join("/");
        let method = Method::from_bytes(endpoint.method.as_bytes()).unwrap();
        let answer = deployment.stranger().send(method, &path, &[], None).await;
        assert_eq!(answer.status, 401, "{} {path}", endpoint.method);
        answers.push(answer.status.as_u16());
    }
    answers
}
