//! Imports: read, compared, recorded once whatever happens, taken back.

use contracts::ledger::Member;
use http::Method;
use model::{BookId, Role};
use serde_json::{Value, json};
use service::testing::{Answer, TestDeployment, on_each_database, person};

use super::{ALONE, Home, eur, id};
use crate::store::books::member_insert;

const STATEMENT: &str = "\
Booking date;Payee;Purpose;Amount;Currency
20.11.2026;REWE SAGT DANKE 4417 BERLIN;Card payment;-41,87;EUR
18.11.2026;URBAN SPORTS GMBH;Membership;-59,00;EUR
17.11.2026;Hochschule;Fee 11/2026;1.960,00;EUR
16.11.2026;Cafe Einstein;;-3,50;EUR
16.11.2026;Cafe Einstein;;-3,50;EUR
";

/// Sends a file and answers what the upload was answered.
async fn send(home: &Home<'_>, account: &str, file: &[u8]) -> Answer {
    let path = format!("{}/imports?account={account}&name=november.csv", home.path);
    let headers = [("content-type", "text/csv")];
    home.client.send_bytes(Method::POST, &path, &headers, file.to_vec()).await
}

async fn upload(home: &Home<'_>, file: &str) -> Value {
    send(home, &home.cash, file.as_bytes()).await.expect(201)
}

fn path_of(import: &Value) -> String {
    format!("/imports/{}", import["id"].as_str().unwrap())
}

async fn rows(home: &Home<'_>, import: &Value) -> Vec<Value> {
    home.get(&format!("{}/rows", path_of(import))).await["rows"].as_array().unwrap().clone()
}

async fn statuses(home: &Home<'_>, import: &Value) -> Vec<String> {
    let rows = rows(home, import).await;
    rows.iter().map(|row| row["status"].as_str().unwrap().to_owned()).collect()
}

async fn decide(home: &Home<'_>, import: &Value, row: u32, decision: &str) -> Answer {
    let path = format!("{}{}/rows/{row}", home.path, path_of(import));
    home.client.send(Method::PATCH, &path, &[], Some(json!({ "decision": decision }))).await
}

async fn patch(home: &Home<'_>, import: &Value, body: Value) -> Answer {
    let path = format!("{}{}", home.path, path_of(import));
    home.client.send(Method::PATCH, &path, &[], Some(body)).await
}

async fn commit(deployment: &TestDeployment, home: &Home<'_>, import: &Value) -> Value {
    home.post(&format!("{}/commit", path_of(import)), json!({})).await.expect(202);
    deployment.settle().await;
    home.get(&path_of(import)).await
}

async fn take_back(deployment: &TestDeployment, home: &Home<'_>, import: &Value) -> Value {
    home.post(&format!("{}/revert", path_of(import)), json!({})).await.expect(202);
    deployment.settle().await;
    home.get(&path_of(import)).await
}

async fn balance(home: &Home<'_>) -> Value {
    home.get("/accounts").await["accounts"][0]["balance"].clone()
}

fn counts(rows: i64, new: i64, duplicate: i64, check: i64, unreadable: i64, pending: i64) -> Value {
    json!({ "rows": rows, "new": new, "duplicate": duplicate, "check": check,
        "unreadable": unreadable, "pending": pending })
}

/// A file of many bookings, all different, that is too long to be read at once.
fn long_statement(bookings: usize) -> String {
    let said = "what a bank says beside the payee and nobody needs to know ".repeat(2);
    let lines = (0..bookings).map(|n| {
        let (month, day) = (1 + n % 10, 1 + n % 28);
        format!("2026-{month:02}-{day:02},Shop number {n},{said},-1.{:02}\n", n % 100)
    });
    format!("Date,Payee,Purpose,Amount\n{}", lines.collect::<String>())
}

#[tokio::test]
async fn a_statement_is_shown_recorded_and_never_doubled() {
    on_each_database(ALONE, |deployment| async move {
        let home = Home::new(&deployment).await;
        let import = upload(&home, STATEMENT).await;
        assert_eq!((&import["state"], &import["error"]), (&json!("ready"), &json!(null)));
        assert_eq!(import["counts"], counts(5, 5, 0, 0, 0, 0));
        assert_eq!(import["period"], json!({ "first": "2026-11-16", "last": "2026-11-20" }));
        let detected = &import["detected"];
        assert_eq!((&detected["delimiter"], &detected["decimal"]), (&json!(";"), &json!(",")));
        assert_eq!(detected["header_row"], 1);
        let roles: Vec<&Value> =
            detected["columns"].as_array().unwrap().iter().map(|column| &column["role"]).collect();
        assert_eq!(roles, ["date", "payee", "description", "amount", "currency"]);
        assert_eq!(balance(&home).await, eur("0.00"), "nothing is written yet");

        let done = commit(&deployment, &home, &import).await;
        assert_eq!(done["state"], "done");
        assert_eq!(done["progress"], json!({ "done": 5, "total": 5 }));
        assert_eq!(balance(&home).await, eur("1852.13"));
        let list =
            home.get(&format!("/transactions?import={}", done["id"].as_str().unwrap())).await;
        let entries = list["transactions"].as_array().unwrap();
        assert_eq!(entries.len(), 5);
        assert_eq!(
            (&entries[0]["title"], &entries[0]["kind"]),
            (&json!("REWE SAGT DANKE 4417 BERLIN"), &json!("expense"))
        );
        assert_eq!(
            (&entries[2]["kind"], &entries[2]["amount"]),
            (&json!("income"), &eur("1960.00"))
        );
        assert_eq!(entries[0]["note"], "Card payment");
        assert_eq!(list["number"], done["number"]);

        let again = upload(&home, STATEMENT).await;
        assert_eq!(again["counts"], counts(5, 0, 5, 0, 0, 0));
        assert_eq!(
            commit(&deployment, &home, &again).await["progress"],
            json!({ "done": 0, "total": 0 })
        );
        let overlapping = format!("{STATEMENT}15.11.2026;Bakery;;-2,00;EUR\n");
        let overlapping = upload(&home, &overlapping).await;
        assert_eq!(overlapping["counts"], counts(6, 1, 5, 0, 0, 0));
        commit(&deployment, &home, &overlapping).await;
        assert_eq!(balance(&home).await, eur("1850.13"));
        let imports = home.get("/imports").await;
        assert_eq!(imports["imports"].as_array().unwrap().len(), 3);
    })
    .await;
}

#[tokio::test]
async fn what_was_typed_before_is_found_or_asked_about() {
    on_each_database(ALONE, |deployment| async move {
        let home = Home::new(&deployment).await;
        let mut typed = home.expense("2026-11-20", "REWE Bergmannstraße", "41.87");
        typed["category"] = json!(home.category("Groceries").await);
        home.record(typed).await;
        let club = home.record(home.expense("2026-11-17", "Urban Sports Club", "59")).await;
        let import = upload(&home, STATEMENT).await;
        let found = rows(&home, &import).await;
        assert_eq!(statuses(&home, &import).await, ["duplicate", "check", "new", "new", "new"]);
        let like = &found[1]["like"];
        assert_eq!(like["transaction"], club["transaction"]["id"]);
        assert_eq!((&like["day"], &like["amount"]), (&json!("2026-11-17"), &eur("-59.00")));

        decide(&home, &import, 4, "skip").await.expect(200);
        commit(&deployment, &home, &import).await;
        // 41.87 and 59 were typed; 1960 and one coffee are new; the row to check waits.
        assert_eq!(balance(&home).await, eur("1855.63"));
        assert_eq!(decide(&home, &import, 2, "import").await.expect(200)["decision"], "import");
        let done = commit(&deployment, &home, &import).await;
        assert_eq!(done["progress"], json!({ "done": 3, "total": 3 }));
        assert_eq!(balance(&home).await, eur("1796.63"));
        assert_eq!(decide(&home, &import, 2, "skip").await.status, 409);
    })
    .await;
}

#[tokio::test]
async fn the_book_s_own_names_and_categories_are_used() {
    on_each_database(ALONE, |deployment| async move {
        let home = Home::new(&deployment).await;
        let groceries = home.category("Groceries").await;
        let mut typed = home.expense("2026-06-01", "Netflix", "13.99");
        typed["category"] = json!(groceries);
        home.record(typed).await;
        let mut split = home.expense("2026-06-02", "Weekly shop", "20");
        split["payee"] = json!("Market hall");
        split["category"] = json!(groceries);
        home.record(split).await;
        let file = "Date,Payee,Amount\n\
            2026-11-01,NETFLIX INTERNATIONAL B.V. REF 8841207,-13.99\n\
            2026-11-02,Weekly shop,-20.00\n\
            2026-11-13,NETFLIX INTERNATIONAL B.V.,13.99\n";
        let import = upload(&home, file).await;
        let found = rows(&home, &import).await;
        let becomes = |row: &Value| (row["payee"].clone(), row["category"].clone());
        assert_eq!(becomes(&found[0]), (json!("Netflix"), json!(groceries)));
        assert_eq!(becomes(&found[1]), (json!("Weekly shop"), json!(groceries)));
        commit(&deployment, &home, &import).await;
        let list = home.get("/transactions?from=2026-11-01&limit=10").await;
        let refund = &list["transactions"][0];
        assert_eq!((&refund["kind"], &refund["amount"]), (&json!("expense"), &eur("-13.99")));
        assert_eq!(list["transactions"][2]["note"], "NETFLIX INTERNATIONAL B.V. REF 8841207");
    })
    .await;
}

#[tokio::test]
async fn what_is_not_booked_or_can_t_be_read_is_told_apart() {
    on_each_database(ALONE, |deployment| async move {
        let home = Home::new(&deployment).await;
        let file = "Date,Payee,Amount,Currency,Status\n\
            2026-11-20,Bookshop,-12.00,EUR,completed\n\
            2026-11-21,Filling station,-60.00,EUR,pending\n\
            2026-11-32,Bakery,-2.00,EUR,completed\n\
            2026-11-19,Duty free,-9.00,USD,completed\n\
            2026-11-18,Cinema,-8.00,EUR,completed\n";
        let import = upload(&home, file).await;
        let found = rows(&home, &import).await;
        assert_eq!(
            statuses(&home, &import).await,
            ["new", "pending", "unreadable", "unreadable", "new"]
        );
        assert_eq!(found[3]["problem"], "the row is in USD, but the account holds EUR");
        assert!(found[2]["problem"].as_str().unwrap().contains("2026-11-32"));
        let (field, message) = decide(&home, &import, 4, "import").await.field();
        assert_eq!(field, "decision");
        assert!(message.contains("USD"), "{message}");
        commit(&deployment, &home, &import).await;
        let account = home.get("/accounts").await["accounts"][0].clone();
        assert_eq!((&account["balance"], &account["pending"]), (&eur("-20.00"), &eur("-60.00")));
        let again = upload(&home, file).await;
        assert_eq!(again["counts"], counts(5, 0, 3, 0, 2, 0));
        let only = home.get(&format!("{}/rows?status=unreadable&limit=1", path_of(&again))).await;
        assert_eq!((&only["rows"][0]["row"], &only["next"]), (&json!(3), &json!("3")));
    })
    .await;
}

#[tokio::test]
async fn an_open_question_is_answered_before_anything_is_recorded() {
    on_each_database(ALONE, |deployment| async move {
        let home = Home::new(&deployment).await;
        let file = "Date,Payee,Amount\n03/04/2026,Bakery,-2.00\n03/04/2026,Cinema,-8.00\n";
        let import = upload(&home, file).await;
        assert_eq!(import["state"], "asking");
        assert_eq!(import["questions"][0]["id"], "date_order");
        let refused = home.post(&format!("{}/commit", path_of(&import)), json!({})).await;
        let refused = refused.expect(409);
        assert!(refused["detail"].as_str().unwrap().contains("date_order"), "{refused}");
        let wrong = patch(&home, &import, json!({ "date_order": "us" })).await;
        assert_eq!((wrong.status.as_u16(), wrong.field().0.as_str()), (422, "date_order"));
        let answered = patch(&home, &import, json!({ "date_order": "mdy" })).await.expect(200);
        assert_eq!(
            (&answered["state"], &answered["period"]["first"]),
            (&json!("ready"), &json!("2026-03-04"))
        );
        // What was said before stays said.
        let turned = patch(&home, &import, json!({ "sign": "reversed" })).await.expect(200);
        assert_eq!(turned["period"]["first"], "2026-03-04");
        commit(&deployment, &home, &import).await;
        assert_eq!(balance(&home).await, eur("10.00"));
        assert_eq!(patch(&home, &import, json!({})).await.status, 409);
    })
    .await;
}

#[tokio::test]
async fn columns_can_be_said_where_they_are_not_found() {
    on_each_database(ALONE, |deployment| async move {
        let home = Home::new(&deployment).await;
        for (file, word) in [
            (b"".as_slice(), "empty"),
            (b"%PDF-1.7\n\x00\x01\x02".as_slice(), "CSV"),
            (b"name,amount\nBakery,-2.00\nCinema,-8.00\n".as_slice(), "days"),
        ] {
            let import = send(&home, &home.cash, file).await.expect(201);
            assert_eq!(import["state"], "failed");
            let error = import["error"].as_str().unwrap();
            assert!(error.contains(word), "{error}");
            let refused = home.post(&format!("{}/commit", path_of(&import)), json!({})).await;
            assert_eq!(refused.status, 409);
        }
        let too_large = vec![b'a'; (20 << 20) + 1];
        assert_eq!(send(&home, &home.cash, &too_large).await.status, 413);
        assert_eq!(balance(&home).await, eur("0.00"));
        let import = upload(&home, STATEMENT).await;
        let columns = json!(["date", "description", "payee", "amount", "ignore"]);
        let changed = patch(&home, &import, json!({ "columns": columns })).await.expect(200);
        assert_eq!(changed["state"], "ready");
        assert_eq!(rows(&home, &import).await[0]["payee"], "Card payment");
        let path = format!("{}{}", home.path, path_of(&import));
        assert_eq!(home.client.send(Method::DELETE, &path, &[], None).await.status, 204);
        assert_eq!(home.client.get(&path).await.status, 404);
    })
    .await;
}

#[tokio::test]
async fn a_long_file_is_read_and_recorded_by_jobs_that_may_die() {
    on_each_database(ALONE, |mut deployment| async move {
        let file = long_statement(3_000);
        let (owner, path, cash, import) = {
            let home = Home::new(&deployment).await;
            let import = upload(&home, &file).await;
            assert_eq!(import["state"], "reading");
            (home.owner, home.path.clone(), home.cash.clone(), import)
        };
        // The service dies after some rows were kept, then after some were recorded.
        for writes in [2, 4] {
            deployment.database("ledger").fuse().blow_after(writes);
            assert!(deployment.deployment.settle().await.is_err(), "it died");
            let bus = bus::connect("embedded:").unwrap();
            deployment.crash_and_restart(bus).await;
            deployment.clock.advance_seconds(301);
            let client = deployment.client(owner);
            let home = Home { client, owner, path: path.clone(), cash: cash.clone() };
            let seen = home.get(&path_of(&import)).await;
            let done = seen["progress"]["done"].as_i64().unwrap();
            assert!(done > 0 && done < 3_000, "{seen}");
            deployment.settle().await;
            let ready = home.get(&path_of(&import)).await;
            if writes == 2 {
                assert_eq!(ready["counts"], counts(3_000, 3_000, 0, 0, 0, 0));
                home.post(&format!("{}/commit", path_of(&import)), json!({})).await.expect(202);
            }
        }
        let client = deployment.client(owner);
        let home = Home { client, owner, path, cash };
        let done = home.get(&path_of(&import)).await;
        assert_eq!(done["state"], "done");
        assert_eq!(done["progress"], json!({ "done": 3_000, "total": 3_000 }));
        // 3,000 and the cents of 30 hundreds.
        assert_eq!(balance(&home).await, eur("-4485.00"));
        let taken = take_back(&deployment, &home, &import).await;
        assert_eq!((&taken["state"], &taken["conflicts"]), (&json!("taken_back"), &json!([])));
        assert_eq!(balance(&home).await, eur("0.00"));
    })
    .await;
}

#[tokio::test]
async fn taking_back_leaves_alone_what_was_changed_since() {
    on_each_database(ALONE, |deployment| async move {
        let home = Home::new(&deployment).await;
        let import = upload(&home, STATEMENT).await;
        assert_eq!(home.post(&format!("{}/revert", path_of(&import)), json!({})).await.status, 409);
        commit(&deployment, &home, &import).await;
        let entry = home.get("/transactions?q=urban").await["transactions"][0].clone();
        let entry = entry["id"].as_str().unwrap();
        let path = format!("{}/transactions/{entry}", home.path);
        let body = home.expense("2026-11-18", "Urban Sports", "60");
        let edited = home.client.send(Method::PUT, &path, &[("if-match", "\"1\"")], Some(body));
        edited.await.expect(200);
        let taken = take_back(&deployment, &home, &import).await;
        assert_eq!(taken["state"], "taken_back");
        assert_eq!(taken["conflicts"][0]["transaction"], entry);
        assert_eq!(taken["conflicts"].as_array().unwrap().len(), 1);
        assert_eq!(balance(&home).await, eur("-60.00"));
        assert_eq!(take_back(&deployment, &home, &import).await, taken, "once is enough");
        assert_eq!(home.post(&format!("{}/commit", path_of(&import)), json!({})).await.status, 409);
    })
    .await;
}

#[tokio::test]
async fn the_same_upload_twice_is_one_import() {
    on_each_database(ALONE, |deployment| async move {
        let home = Home::new(&deployment).await;
        let (key, path) = (id(), format!("{}/imports?account={}", home.path, home.cash));
        let headers = [("idempotency-key", key.as_str())];
        let send = || home.client.send_bytes(Method::POST, &path, &headers, STATEMENT.into());
        let first = send().await.expect(201);
        assert_eq!(first, send().await.expect(201));
        assert_eq!(first["id"], key);
    })
    .await;
}

#[tokio::test]
async fn who_may_not_write_imports_nothing() {
    on_each_database(ALONE, |deployment| async move {
        let home = Home::new(&deployment).await;
        let import = upload(&home, STATEMENT).await;
        let book: BookId = home.path.rsplit('/').next().unwrap().parse().unwrap();
        let join = async |role: Role| {
            let member = Member { person: person(), name: "Kenji".to_owned(), role, former: false };
            let (row, db) = (member.clone(), deployment.database("ledger"));
            let joined = db.write(move |tx| {
                let row = row.clone();
                async move { member_insert(&tx, book, &row).await }
            });
            joined.await.unwrap();
            let (path, cash) = (home.path.clone(), home.cash.clone());
            Home { client: deployment.client(member.person), owner: member.person, path, cash }
        };
        let viewer = join(Role::Viewer).await;
        assert_eq!(send(&viewer, &home.cash, STATEMENT.as_bytes()).await.status, 403);
        assert_eq!(decide(&viewer, &import, 1, "skip").await.status, 403);
        assert_eq!(viewer.get(&path_of(&import)).await["id"], import["id"]);

        let contributor = join(Role::Contributor).await;
        let path = format!("{}{}", home.path, path_of(&import));
        assert_eq!(contributor.client.get(&path).await.status, 404, "the owner's import");
        let own = upload(&contributor, STATEMENT).await;
        commit(&deployment, &contributor, &own).await;
        let list = home.get("/transactions").await;
        let author = json!(contributor.owner);
        assert!(list["transactions"].as_array().unwrap().iter().all(|t| t["author"] == author));

        let private =
            json!({ "name": "Own", "kind": "savings", "currency": "EUR", "private": true });
        let private = home.post("/accounts", private).await.expect(201);
        let private = private["account"]["id"].as_str().unwrap();
        for account in [private, id().as_str()] {
            let refused = send(&contributor, account, STATEMENT.as_bytes()).await;
            assert_eq!((refused.status.as_u16(), refused.field().0.as_str()), (422, "account"));
        }
        let other = Home::new(&deployment).await;
        assert_eq!(other.client.get(&path).await.status, 404);
        assert_eq!(send(&other, &home.cash, STATEMENT.as_bytes()).await.status, 422);
        let foreign = format!("{}/imports?account={}", home.path, home.cash);
        let sent = other.client.send_bytes(Method::POST, &foreign, &[], STATEMENT.into()).await;
        assert_eq!(sent.status, 404);
    })
    .await;
}

#[tokio::test]
async fn files_of_real_banks_come_in_to_the_cent() {
    on_each_database(ALONE, |deployment| async move {
        let home = Home::new(&deployment).await;
        let data = concat!(env!("CARGO_MANIFEST_DIR"), "/../statements/tests/data");
        let truth = std::fs::read_to_string(format!("{data}/truth.jsonl")).unwrap();
        let truth: Vec<Value> =
            truth.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        for file in ["de-dkb.csv", "de-commerzbank.csv", "gb-starling.csv", "us-citi.csv"] {
            let expected = truth.iter().find(|truth| truth["file"] == file).unwrap();
            let currency = expected["context"]["account_currency"].as_str().unwrap();
            let account = home.open(file, currency).await;
            let bytes = std::fs::read(format!("{data}/files/{file}")).unwrap();
            let import = send(&home, &account, &bytes).await.expect(201);
            assert_eq!(import["state"], "ready", "{file}: {}", import["questions"]);
            let done = commit(&deployment, &home, &import).await;
            let rows = expected["rows"].as_array().unwrap();
            assert_eq!(done["counts"]["new"], rows.len(), "{file}");
            let sum: i64 = rows.iter().map(|row| row[1].as_i64().unwrap()).sum();
            let sum = model::Money::new(sum, model::Currency::parse(currency).unwrap());
            let accounts = home.get("/accounts").await;
            let mut accounts = accounts["accounts"].as_array().unwrap().iter();
            let found = accounts.find(|found| found["id"] == account.as_str()).unwrap();
            assert_eq!(found["projected"], json!(sum), "{file}");
            let again = send(&home, &account, &bytes).await.expect(201);
            assert_eq!(again["counts"]["duplicate"], rows.len(), "{file}");
        }
    })
    .await;
}
