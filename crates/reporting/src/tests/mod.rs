//! The service alone, beside a ledger that only tells.

mod following;
mod http;
mod ledger;
mod random;
mod reports;
mod sight;

use contracts::ledger::{TransactionKind, TransactionStatus};
use model::{BookId, Currency, Role};
use serde_json::{Value, json};
use service::testing::{Build, TestDeployment, on_each_database, person};
use uuid::Uuid;

use ledger::{account, added, category, category_id, change, expense, facts, member, record};

const SERVICES: &[(&str, Build)] = &[("ledger", http::service), ("reporting", crate::service)];

fn money(amount: &str) -> Value {
    json!({ "amount": amount, "currency": "EUR" })
}

fn spent_on<'a>(days: &'a Value, day: &str) -> &'a str {
    let found = days.as_array().unwrap().iter().find(|entry| entry["day"] == day);
    found.unwrap()["spent"]["amount"].as_str().unwrap()
}

#[tokio::test]
async fn the_first_screen_is_one_answer_of_one_number() {
    on_each_database(SERVICES, async |deployment: TestDeployment| {
        let (owner, book) = (person(), BookId(Uuid::now_v7()));
        let client = deployment.client(owner);
        let path = format!("/api/v1/reporting/books/{book}/dashboard");
        client.get(&path).await.expect(404);

        let (cash, dollars) = (account(1, Currency::EUR), account(2, Currency::USD));
        let [food, market, rent] = [1, 2, 3].map(|n| Some(category_id(n)));
        let mut opened = change(owner);
        opened.book = Some(facts());
        opened.members = vec![member(owner, Role::Owner)];
        opened.accounts = vec![cash.clone(), dollars.clone()];
        opened.categories = vec![category(1, None), category(2, Some(1)), category(3, None)];
        record(&deployment, book, &opened).await;
        let empty = client.get(&path).await.expect(200);
        assert_eq!((&empty["as_of"], &empty["spent"]), (&json!(1), &money("0.00")));

        let mut month = change(owner);
        let mut salary = expense(owner, &cash, "2026-11-02", 300_000, None);
        salary.kind = TransactionKind::Income;
        let mut pending = expense(owner, &cash, "2026-11-24", 1_000, market);
        pending.status = TransactionStatus::Pending;
        month.transactions = [
            salary,
            pending,
            expense(owner, &cash, "2026-11-03", 5_025, food),
            expense(owner, &cash, "2026-11-03", -25, food),
            expense(owner, &cash, "2026-11-28", 700, food),
            expense(owner, &cash, "2026-10-24", 4_000, rent),
            expense(owner, &cash, "2026-10-25", 9_000, rent),
            expense(owner, &dollars, "2026-11-10", 2_500, rent),
        ]
        .map(added)
        .to_vec();
        record(&deployment, book, &month).await;

        let screen = client.get(&path).await.expect(200);
        assert_eq!(screen["as_of"], 2);
        assert_eq!(screen["today"], "2026-11-24");
        assert_eq!(
            screen["period"],
            json!({ "kind": "month", "first": "2026-11-01", "last": "2026-11-30", "elapsed_last": "2026-11-24" })
        );
        assert_eq!(screen["previous"], json!({ "first": "2026-10-01", "last": "2026-10-31" }));
        assert_eq!(screen["spent"], money("60.00"));
        assert_eq!(screen["spent_pending"], money("10.00"));
        assert_eq!(screen["previous_spent"], money("40.00"));
        assert_eq!(screen["income"], money("3000.00"));
        assert_eq!(screen["left"], money("2940.00"));
        assert_eq!(
            screen["categories"],
            json!([
                { "category": food, "spent": money("60.00"), "previous": money("0.00") },
                { "category": rent, "spent": money("0.00"), "previous": money("40.00") },
            ])
        );
        assert_eq!(screen["days"].as_array().unwrap().len(), 30);
        assert_eq!(spent_on(&screen["days"], "2026-11-03"), "50.00");
        assert_eq!(spent_on(&screen["days"], "2026-11-28"), "7.00");
        assert_eq!(spent_on(&screen["previous_days"], "2026-10-25"), "90.00");
        let heat = screen["heat"].as_array().unwrap();
        assert_eq!((heat.len(), &heat[0]["day"]), (25 * 7 + 2, &json!("2026-06-01")));
        assert_eq!(spent_on(&screen["heat"], "2026-10-24"), "40.00");
        assert_eq!(screen["accounts"].as_array().unwrap().len(), 2);
        let dollars_left = json!({ "amount": "-25.00", "currency": "USD" });
        assert_eq!(screen["net_worth"], json!([money("2803.00"), dollars_left]));
        assert_eq!(screen["recent"].as_array().unwrap().len(), 8);
        let dollars_spent = json!({ "amount": "25.00", "currency": "USD" });
        assert_eq!(screen["other_currencies"][0]["spent"], dollars_spent);
    })
    .await;
}
