//! What other services are told.

use contracts::ledger::{Client, Hearer};
use model::{PersonId, Role};
use serde_json::{Value, json};
use service::testing::{on_each_database, person};
use uuid::Uuid;

use super::{ALONE, Home, context, eur};

fn ids(hearers: &[Hearer], person: PersonId) -> Vec<Uuid> {
    hearers.iter().find(|hearer| hearer.person == person).expect("a member").ids.clone()
}

fn uuid(value: &Value) -> Uuid {
    value.as_str().unwrap().parse().unwrap()
}

#[tokio::test]
async fn an_overview_shows_each_member_what_is_theirs_to_see() {
    on_each_database(ALONE, |deployment| async move {
        let home = Home::new(&deployment).await;
        let contributor = home.join(Role::Contributor).await;
        home.record(home.expense("2026-11-20", "Market", "5")).await;
        let guest = home.seen_by(&deployment, contributor);
        guest.record(home.expense("2026-11-19", "Guest's", "2")).await;
        let ledger = Client::new(context().peers.clone());
        let book = home.id();
        let all = ledger.overview(book, home.owner, 8).await.unwrap();
        assert_eq!((all.number, all.role), (4, Role::Owner));
        assert_eq!(all.balances[0].balance.to_string(), "-7.00 EUR");
        let titles: Vec<&str> = all.recent.iter().map(|entry| entry.title.as_str()).collect();
        assert_eq!(titles, ["Market", "Guest's"]);
        let own = ledger.overview(book, contributor, 8).await.unwrap();
        assert_eq!((own.balances.len(), own.recent.len()), (0, 1));
        let newest = ledger.overview(book, home.owner, 1).await.unwrap();
        assert_eq!(newest.recent.len(), 1);
        assert_eq!(ledger.overview(book, person(), 8).await.unwrap_err().status, Some(404));
    })
    .await;
}

#[tokio::test]
async fn an_event_is_heard_by_who_may_see_what_it_touched() {
    on_each_database(ALONE, |deployment| async move {
        let home = Home::new(&deployment).await;
        let editor = home.join(Role::Editor).await;
        let contributor = home.join(Role::Contributor).await;
        let shared = home.record(home.expense("2026-11-20", "Market", "5")).await;
        let theirs = home.seen_by(&deployment, editor);
        let body = json!({ "name": "Secret", "kind": "savings", "currency": "EUR",
            "private": true, "opening_balance": eur("9") });
        let opened = theirs.post("/accounts", body).await.expect(201);
        let ledger = Client::new(context().peers.clone());

        let number = shared["number"].as_i64().unwrap();
        let heard = ledger.audience(home.id(), number).await.unwrap();
        assert_eq!(heard.what, "transaction_recorded");
        let entry = &shared["transaction"];
        let expected = [uuid(&entry["id"]), uuid(&entry["payee"]["id"])];
        assert_eq!(ids(&heard.members, home.owner), expected);
        assert_eq!(ids(&heard.members, editor), expected);
        assert!(ids(&heard.members, contributor).is_empty());

        let number = opened["number"].as_i64().unwrap();
        let heard = ledger.audience(home.id(), number).await.unwrap();
        assert!(ids(&heard.members, home.owner).is_empty(), "something happened, and no more");
        assert!(ids(&heard.members, editor).contains(&uuid(&opened["account"]["id"])));
        assert_eq!(ledger.audience(home.id(), 99).await.unwrap_err().status, Some(404));
    })
    .await;
}
