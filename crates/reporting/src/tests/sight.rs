//! Who sees what, and who is refused.

use contracts::ledger::{AccountFacts, Member, TransactionKind, book_stream};
use model::{BookId, Currency, PersonId, Role};
use serde_json::Value;
use service::testing::{TestDeployment, on_each_database, person};
use uuid::Uuid;

use super::ledger::{
    account, added, category, category_id, change, expense, facts, member, of_payee, payee, record,
};
use super::{SERVICES, money};

struct Household {
    book: BookId,
    owner: PersonId,
    editor: PersonId,
    contributor: PersonId,
    viewer: PersonId,
    private: AccountFacts,
}

/// 1 EUR by the owner and 10 by the contributor in cash, 100 by the editor in a private account.
async fn household(deployment: &TestDeployment) -> Household {
    let [owner, editor, contributor, viewer] = [person(), person(), person(), person()];
    let book = BookId(Uuid::now_v7());
    let shared = account(1, Currency::EUR);
    let private = AccountFacts { holder: Some(editor), private: true, ..account(2, Currency::EUR) };
    let mut opened = change(owner);
    opened.book = Some(facts());
    opened.members = vec![
        member(owner, Role::Owner),
        member(editor, Role::Editor),
        member(contributor, Role::Contributor),
        member(viewer, Role::Viewer),
    ];
    opened.accounts = vec![shared.clone(), private.clone()];
    opened.categories = vec![category(1, None)];
    opened.payees = vec![payee(1)];
    let food = Some(category_id(1));
    let day = "2026-11-03";
    let entries = [
        expense(owner, &shared, day, 100, food),
        expense(contributor, &shared, day, 1_000, food),
        expense(editor, &private, day, 10_000, food),
    ];
    opened.transactions = entries.map(|entry| added(of_payee(entry, &payee(1)))).to_vec();
    record(deployment, book, &opened).await;
    Household { book, owner, editor, contributor, viewer, private }
}

#[tokio::test]
async fn each_member_sees_what_is_theirs_to_see() {
    on_each_database(SERVICES, async |deployment: TestDeployment| {
        let home = household(&deployment).await;
        for (who, spent, balances) in [
            (home.owner, "11.00", 1),
            (home.editor, "111.00", 2),
            (home.contributor, "10.00", 0),
            (home.viewer, "11.00", 1),
        ] {
            let client = deployment.client(who);
            let path = format!("/api/v1/reporting/books/{}", home.book);
            let screen = client.get(&format!("{path}/dashboard")).await.expect(200);
            assert_eq!(screen["spent"], money(spent));
            assert_eq!(screen["categories"][0]["spent"], money(spent));
            assert_eq!(screen["accounts"].as_array().unwrap().len(), balances);
            for period in ["week&day=2026-11-03", "month", "year"] {
                for by in ["category", "account", "payee"] {
                    let report = format!("{path}/report?period={period}&by={by}");
                    let report = client.get(&report).await.expect(200);
                    assert_eq!(report["totals"]["spent"], money(spent), "{period} by {by}");
                    let rows = report["rows"].as_array().unwrap();
                    let in_rows: usize = rows.iter().map(minor).sum();
                    assert_eq!(in_rows, minor(&report["totals"]), "{period} by {by}");
                    assert_eq!(report["rest"], Value::Null);
                }
            }
            let private = format!("{path}/report?account={}", home.private.id);
            let expected = if who == home.editor { 200 } else { 404 };
            client.get(&private).await.expect(expected);
        }
    })
    .await;
}

fn minor(row: &Value) -> usize {
    row["spent"]["amount"].as_str().unwrap().replace('.', "").parse().unwrap()
}

#[tokio::test]
async fn an_account_that_becomes_private_takes_its_past_along() {
    on_each_database(SERVICES, async |deployment: TestDeployment| {
        let home = household(&deployment).await;
        deployment.settle().await;
        let path = format!("/api/v1/reporting/books/{}/report?period=year", home.book);
        let spent = async |who| {
            let report = deployment.client(who).get(&path).await.expect(200);
            report["totals"]["spent"].clone()
        };
        assert_eq!(spent(home.owner).await, money("11.00"));
        let mut shared = change(home.owner);
        shared.accounts = vec![AccountFacts { private: false, ..home.private.clone() }];
        record(&deployment, home.book, &shared).await;
        deployment.settle().await;
        assert_eq!(spent(home.owner).await, money("111.00"));
        let mut private = change(home.owner);
        private.accounts =
            vec![AccountFacts { holder: Some(home.owner), private: true, ..home.private.clone() }];
        record(&deployment, home.book, &private).await;
        deployment.settle().await;
        assert_eq!(spent(home.owner).await, money("111.00"));
        assert_eq!(spent(home.editor).await, money("11.00"));
        assert_eq!(spent(home.contributor).await, money("10.00"));
    })
    .await;
}

#[tokio::test]
async fn whoever_is_no_member_is_told_of_no_book() {
    on_each_database(SERVICES, async |deployment: TestDeployment| {
        let home = household(&deployment).await;
        deployment.settle().await;
        let paths = ["dashboard", "report"]
            .map(|name| format!("/api/v1/reporting/books/{}/{name}", home.book));
        let newcomer = person();
        for path in &paths {
            deployment.stranger().get(path).await.expect(401);
            deployment.client(newcomer).get(path).await.expect(404);
        }
        // Nothing but the read itself makes the projection hear of the new member.
        let mut joined = change(home.owner);
        joined.members = vec![member(newcomer, Role::Viewer)];
        record(&deployment, home.book, &joined).await;
        for path in paths.iter().rev() {
            deployment.client(newcomer).get(path).await.expect(200);
        }
        let mut left = change(home.owner);
        left.members = vec![Member { former: true, ..member(newcomer, Role::Viewer) }];
        let number = record(&deployment, home.book, &left).await;
        deployment.settle().await;
        for path in &paths {
            let path = format!("{path}?at_least={number}");
            deployment.client(newcomer).get(&path).await.expect(404);
        }
    })
    .await;
}

#[tokio::test]
async fn a_reader_sees_what_was_just_written() {
    on_each_database(SERVICES, async |deployment: TestDeployment| {
        let home = household(&deployment).await;
        let client = deployment.client(home.owner);
        let path = format!("/api/v1/reporting/books/{}", home.book);
        client.get(&format!("{path}/report?at_least=1")).await.expect(200);
        let mut more = change(home.owner);
        let mut salary = expense(home.owner, &account(1, Currency::EUR), "2026-11-24", 500, None);
        salary.kind = TransactionKind::Income;
        more.transactions = vec![added(salary)];
        let number = record(&deployment, home.book, &more).await;
        let report = client.get(&format!("{path}/report?at_least={number}")).await.expect(200);
        assert_eq!(report["as_of"], number);
        assert_eq!(report["totals"]["income"], money("5.00"));
        for name in ["report", "dashboard"] {
            let beyond = client.get(&format!("{path}/{name}?at_least={}", number + 1)).await;
            assert_eq!(beyond.field().0, "at_least");
            beyond.expect(422);
        }
        let stream = book_stream(home.book);
        let database = deployment.database("reporting");
        let place = database.position(crate::reactions::CONSUMER, &stream).await.unwrap();
        assert_eq!(place.unwrap().number, number);
    })
    .await;
}
