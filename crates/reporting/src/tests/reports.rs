//! Reports and their comparisons, and what is refused.

use model::{BookId, Currency, PersonId, Role};
use serde_json::{Value, json};
use service::testing::{TestDeployment, on_each_database, person};
use uuid::Uuid;

use super::ledger::{
    account, added, category, category_id, change, expense, facts, member, of_payee, payee, record,
};
use super::{SERVICES, money};

async fn book(deployment: &TestDeployment) -> (BookId, PersonId) {
    let (book, owner) = (BookId(Uuid::now_v7()), person());
    let mut opened = change(owner);
    opened.book = Some(facts());
    opened.members = vec![member(owner, Role::Owner)];
    opened.accounts = vec![account(1, Currency::EUR)];
    opened.categories = vec![category(1, None), category(2, Some(1)), category(3, Some(2))];
    opened.payees = (1..=40).map(payee).collect();
    record(deployment, book, &opened).await;
    (book, owner)
}

fn row<'a>(report: &'a Value, name: &str) -> &'a Value {
    let rows = report["rows"].as_array().unwrap();
    rows.iter().find(|row| row["name"] == name).unwrap()
}

#[tokio::test]
async fn a_month_stands_against_the_one_before_and_the_average() {
    on_each_database(SERVICES, async |deployment: TestDeployment| {
        let (book, owner) = book(&deployment).await;
        let cash = account(1, Currency::EUR);
        let mut told = change(owner);
        told.transactions = [
            ("2026-11-24", 900, 3),
            ("2026-11-25", 5_000, 3),
            ("2026-10-24", 600, 2),
            ("2026-10-25", 201, 1),
            ("2026-08-31", 400, 3),
            ("2025-11-01", 300, 1),
            ("2025-10-31", 77_700, 1),
        ]
        .map(|(day, minor, n)| added(expense(owner, &cash, day, minor, Some(category_id(n)))))
        .to_vec();
        record(&deployment, book, &told).await;

        let path = format!("/api/v1/reporting/books/{book}/report");
        let report = deployment.client(owner).get(&format!("{path}?at_least=2")).await.expect(200);
        assert_eq!(report["as_of"], 2);
        assert_eq!(report["average_periods"], 3);
        let totals = &report["totals"];
        assert_eq!(totals["spent"], money("9.00"));
        assert_eq!(totals["saved"], money("-9.00"));
        assert_eq!(totals["previous_spent"], money("6.00"));
        assert_eq!(totals["average_spent"], money("5.00"));

        let (top, middle) = (row(&report, "Category 1"), row(&report, "Category 2"));
        assert_eq!((&top["parent"], &middle["parent"]), (&Value::Null, &json!(category_id(1))));
        assert_eq!((&top["spent"], &middle["spent"]), (&money("9.00"), &money("9.00")));
        assert_eq!(middle["previous_spent"], money("6.00"));
        assert_eq!(middle["average_spent"], money("3.33"));
        let trend = json!(["0", "0", "0", "0", "0", "0", "0", "0", "400", "0", "801", "5900"]);
        assert_eq!(top["trend"], trend);
        let last = &report["trend"][11];
        assert_eq!((&last["first"], &last["last"]), (&json!("2026-11-01"), &json!("2026-11-30")));
        assert_eq!(last["by_key"], json!([{ "key": category_id(1), "spent": money("59.00") }]));
        assert_eq!(report["trend"][0]["first"], "2025-12-01");

        let year = deployment.client(owner).get(&format!("{path}?period=year")).await.expect(200);
        assert_eq!(year["totals"]["spent"], money("21.01"));
        assert_eq!(year["totals"]["previous_spent"], money("780.00"));
        assert_eq!(year["totals"]["average_spent"], money("780.00"));
    })
    .await;
}

#[tokio::test]
async fn payees_are_ranked_merged_and_paged() {
    on_each_database(SERVICES, async |deployment: TestDeployment| {
        let (book, owner) = book(&deployment).await;
        let cash = account(1, Currency::EUR);
        let mut told = change(owner);
        let entries = (1..=40).map(|n| {
            let entry = expense(owner, &cash, "2026-11-10", i64::try_from(n).unwrap(), None);
            added(of_payee(entry, &payee(n)))
        });
        told.transactions = entries.collect();
        told.transactions.push(added(expense(owner, &cash, "2026-11-11", 1_000, None)));
        let mut merged = [payee(1), payee(2)];
        merged[0].merged_into = Some(payee(2).id);
        merged[1].merged_into = Some(payee(40).id);
        told.payees = merged.to_vec();
        record(&deployment, book, &told).await;

        let path = format!("/api/v1/reporting/books/{book}/report?by=payee&at_least=2");
        let client = deployment.client(owner);
        let first = client.get(&format!("{path}&limit=2")).await.expect(200);
        let shown = |report: &Value| {
            let rows = report["rows"].as_array().unwrap();
            rows.iter().map(|row| (row["name"].clone(), row["spent"].clone())).collect::<Vec<_>>()
        };
        assert_eq!(
            shown(&first),
            [(json!(""), money("10.00")), (json!("Payee 40"), money("0.43"))]
        );
        assert_eq!(first["totals"]["spent"], money("18.20"));
        assert_eq!(first["rest"]["spent"], money("7.77"));
        assert_eq!(first["next_skip"], 2);
        let second = client.get(&format!("{path}&limit=2&skip=2")).await.expect(200);
        assert_eq!(
            shown(&second),
            [(json!("Payee 39"), money("0.39")), (json!("Payee 38"), money("0.38"))]
        );
        let all = client.get(&format!("{path}&limit=500")).await.expect(200);
        assert_eq!(
            (shown(&all).len(), &all["rest"], &all["next_skip"]),
            (39, &Value::Null, &Value::Null)
        );

        let mut undone = change(owner);
        undone.payees = vec![payee(2)];
        record(&deployment, book, &undone).await;
        let path = path.replace("at_least=2", "at_least=3");
        let apart = client.get(&format!("{path}&limit=500")).await.expect(200);
        assert_eq!(row(&apart, "Payee 2")["spent"], money("0.03"));
        assert_eq!(row(&apart, "Payee 40")["spent"], money("0.40"));
    })
    .await;
}

#[tokio::test]
async fn what_can_not_be_asked_is_named() {
    on_each_database(SERVICES, async |deployment: TestDeployment| {
        let (book, owner) = book(&deployment).await;
        let client = deployment.client(owner);
        for (query, field, message) in [
            (
                "period=custom&to=2026-11-24",
                "from",
                "is needed for a custom period; write it as YYYY-MM-DD",
            ),
            (
                "period=custom&from=2026-11-24&to=2026-11-01",
                "to",
                "must not lie before \"from\", 2026-11-24",
            ),
            (
                "period=custom&from=2000-01-01&to=2026-11-01",
                "to",
                "is too far away: at most ten years, to 2009-12-31",
            ),
            ("day=2026-02-29", "day", "2026-02-29 does not exist; did you mean 2026-02-28?"),
            ("limit=0", "limit", "must be from 1 to 500"),
        ] {
            let path = format!("/api/v1/reporting/books/{book}/report?{query}");
            let answer = client.get(&path).await;
            assert_eq!(answer.field(), (field.to_owned(), message.to_owned()), "{query}");
            answer.expect(422);
        }
    })
    .await;
}
