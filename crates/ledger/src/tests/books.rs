//! Books, accounts and categories.

use http::Method;
use serde_json::json;
use service::testing::{on_each_database, person};

use super::{ALONE, Home, eur, id, new_book};

#[tokio::test]
async fn a_book_is_made_once_with_what_it_begins_with() {
    on_each_database(ALONE, |deployment| async move {
        let (ada, path) = (person(), format!("/api/v1/ledger/books/{}", id()));
        let client = deployment.client(ada);
        let made = client.put(&path, new_book()).await.expect(201);
        assert_eq!((&made["number"], &made["role"]), (&json!(1), &json!("owner")));
        assert_eq!(made["members"][0]["name"], "Ada");
        let again = client.put(&path, new_book()).await.expect(200);
        assert_eq!(again, made);

        let stranger = deployment.client(person());
        stranger.put(&path, new_book()).await.expect(409);
        stranger.get(&path).await.expect(404);
        assert_eq!(stranger.get("/api/v1/ledger/books").await.expect(200), json!({ "books": [] }));
        let books = client.get("/api/v1/ledger/books").await.expect(200);
        assert_eq!(books["books"], json!([made]));

        let accounts = client.get(&format!("{path}/accounts")).await.expect(200);
        assert_eq!(accounts["accounts"][0]["name"], "Cash");
        assert_eq!(accounts["accounts"][0]["balance"], eur("0.00"));
        let categories = client.get(&format!("{path}/categories")).await.expect(200);
        let categories = categories["categories"].as_array().unwrap();
        let groceries = categories.iter().find(|c| c["name"] == "Groceries").unwrap();
        let food = categories.iter().find(|c| c["id"] == groceries["parent"]).unwrap();
        assert_eq!(food["name"], "Food");
    })
    .await;
}

#[tokio::test]
async fn a_wrong_book_hears_of_all_its_fields() {
    let deployment = service::testing::deploy(ALONE).await;
    let client = deployment.client(person());
    let mut body = new_book();
    body["base_currency"] = json!("EURO");
    body["time_zone"] = json!("Berlin");
    body["first_day_of_month"] = json!(31);
    body["member_name"] = json!(" ");
    let path = format!("/api/v1/ledger/books/{}", id());
    let problem = client.put(&path, body).await.expect(422);
    let fields: Vec<&str> = problem["fields"]
        .as_array()
        .unwrap()
        .iter()
        .map(|field| field["field"].as_str().unwrap())
        .collect();
    assert_eq!(fields, ["member_name", "base_currency", "time_zone", "first_day_of_month"]);
    client.get(&path).await.expect(404);
}

#[tokio::test]
async fn settings_change_for_who_knows_the_version() {
    on_each_database(ALONE, |deployment| async move {
        let home = Home::new(&deployment).await;
        let patch = |version: &'static str, body| {
            let client = home.client.clone();
            let path = home.path.clone();
            async move {
                client.send(Method::PATCH, &path, &[("if-match", version)], Some(body)).await
            }
        };
        let zone = json!({ "time_zone": "Asia/Tokyo" });
        let changed = patch("\"1\"", zone.clone()).await.expect(200);
        assert_eq!((&changed["time_zone"], &changed["version"]), (&json!("Asia/Tokyo"), &json!(2)));
        patch("\"1\"", zone.clone()).await.expect(412);
        home.client.send(Method::PATCH, &home.path, &[], Some(zone)).await.expect(428);
        assert_eq!(home.get("").await["number"], 2, "what was refused took no number");
    })
    .await;
}

#[tokio::test]
async fn an_account_opens_with_what_it_holds() {
    on_each_database(ALONE, |deployment| async move {
        let home = Home::new(&deployment).await;
        let body = json!({ "name": "Bank", "kind": "checking", "currency": "EUR",
            "opening_balance": eur("250.50"), "opening_day": "2026-01-01" });
        let opened = home.post("/accounts", body.clone()).await.expect(201);
        assert_eq!(opened["account"]["balance"], eur("250.50"));
        assert_eq!(opened["number"], 2);
        let list = home.get("/transactions?kind=opening").await;
        assert_eq!(list["transactions"][0]["amount"], eur("250.50"));

        let mut wrong = body;
        wrong["opening_balance"] = json!({ "amount": "1", "currency": "USD" });
        wrong["opening_day"] = json!("2026-02-29");
        let problem = home.post("/accounts", wrong).await.expect(422);
        let messages: Vec<&str> = problem["fields"]
            .as_array()
            .unwrap()
            .iter()
            .map(|field| field["message"].as_str().unwrap())
            .collect();
        assert_eq!(
            messages,
            [
                "the account holds EUR, so the balance must be in EUR",
                "2026-02-29 does not exist; did you mean 2026-02-28?",
            ]
        );
    })
    .await;
}

#[tokio::test]
async fn a_category_moves_but_not_below_itself() {
    on_each_database(ALONE, |deployment| async move {
        let home = Home::new(&deployment).await;
        let (food, groceries) = (home.category("Food").await, home.category("Groceries").await);
        let salary = home.category("Salary").await;
        let patch = |id: &str, version: &'static str, body| {
            let client = home.client.clone();
            let path = format!("{}/categories/{id}", home.path);
            async move {
                client.send(Method::PATCH, &path, &[("if-match", version)], Some(body)).await
            }
        };
        let refused = patch(&food, "\"1\"", json!({ "parent": groceries })).await;
        assert_eq!(refused.field().0, "parent");
        patch(&groceries, "\"1\"", json!({ "parent": salary })).await.expect(422);
        let moved = patch(&groceries, "\"1\"", json!({ "parent": null, "name": "Market" })).await;
        let moved = moved.expect(200);
        assert_eq!((&moved["category"]["parent"], &moved["category"]["name"]), (
            &json!(null),
            &json!("Market")
        ));
        patch(&groceries, "\"1\"", json!({ "archived": true })).await.expect(412);
    })
    .await;
}
