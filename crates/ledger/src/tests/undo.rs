//! History, and undoing changes.

use http::Method;
use serde_json::{Value, json};
use service::testing::on_each_database;

use super::{ALONE, Home, eur, id};

async fn revert(home: &Home<'_>, change: &Value) -> Value {
    let path = format!("/changes/{}/revert", change.as_str().unwrap());
    let answer = home.client.send(Method::POST, &format!("{}{path}", home.path), &[], None).await;
    answer.expect(200)
}

#[tokio::test]
async fn undoing_goes_back_one_version_and_keeps_the_history() {
    on_each_database(ALONE, |deployment| async move {
        let home = Home::new(&deployment).await;
        let recorded = home.record(home.expense("2026-11-24", "Market", "5")).await;
        let entry = recorded["transaction"]["id"].as_str().unwrap();
        let path = format!("/transactions/{entry}");
        let edit = home.expense("2026-11-25", "Bakery", "7");
        let edited = home.send(Method::PUT, &path, 1, edit).await.expect(200);
        let undone = revert(&home, &edited["change"]).await;
        assert_eq!((&undone["reverted"], &undone["conflicts"]), (&json!(1), &json!([])));
        assert_eq!(undone["balances"][0]["balance"], eur("-5.00"));
        let now = home.get(&path).await["transaction"].clone();
        assert_eq!((&now["title"], &now["version"]), (&json!("Market"), &json!(3)));

        let removed = home.send(Method::DELETE, &path, 3, Value::Null).await.expect(200);
        assert_eq!(home.titles("").await, [""; 0]);
        let back = revert(&home, &removed["change"]).await;
        assert_eq!(back["reverted"], 1);
        assert_eq!(home.titles("q=market").await, ["Market"]);

        // The first change has moved on, so it is left alone.
        let late = revert(&home, &recorded["change"]).await;
        assert_eq!(
            (&late["reverted"], &late["conflicts"][0]["transaction"]),
            (&json!(0), &json!(entry))
        );
        // Undoing the undoing removes it again.
        revert(&home, &back["change"]).await;
        assert_eq!(home.titles("").await, [""; 0]);

        let history = home.get(&format!("{path}/history")).await;
        let versions = history["versions"].as_array().unwrap();
        let kinds: Vec<&str> = versions.iter().map(|v| v["kind"].as_str().unwrap()).collect();
        let expected = ["created", "edited", "restored", "removed", "restored", "removed"];
        assert_eq!(kinds, expected);
        assert_eq!(versions[1]["transaction"]["title"], "Bakery");
        assert_eq!(versions[3]["transaction"], json!(null));
        assert_eq!(versions[1]["change"], edited["change"]);
    })
    .await;
}

#[tokio::test]
async fn what_can_not_be_undone_says_so() {
    on_each_database(ALONE, |deployment| async move {
        let home = Home::new(&deployment).await;
        let body = json!({ "name": "Bank", "kind": "savings", "currency": "EUR" });
        let opened = home.post("/accounts", body).await.expect(201);
        for (change, status) in [(opened["change"].as_str().unwrap(), 409), (&id(), 404)] {
            let path = format!("{}/changes/{change}/revert", home.path);
            home.client.send(Method::POST, &path, &[], None).await.expect(status);
        }
        assert_eq!(home.get("").await["number"], 2, "what was refused took no number");
    })
    .await;
}

#[tokio::test]
async fn an_id_of_a_removed_entry_is_not_used_again() {
    on_each_database(ALONE, |deployment| async move {
        let home = Home::new(&deployment).await;
        let mut body = home.expense("2026-11-24", "Market", "5");
        let entry = id();
        body["id"] = json!(entry);
        home.record(body.clone()).await;
        home.post("/transactions", body.clone()).await.expect(409);
        let path = format!("/transactions/{entry}");
        home.send(Method::DELETE, &path, 1, Value::Null).await.expect(200);
        home.post("/transactions", body).await.expect(409);
        assert_eq!(home.get("").await["number"], 3);
    })
    .await;
}
