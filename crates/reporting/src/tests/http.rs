//! A ledger that owns the streams and answers overviews, and does nothing else.

use axum::extract::State;
use contracts::ledger::{AccountBalance, AccountFacts, Overview, book_stream};
use model::{BookId, Money, PersonId};
use serde::Deserialize;
use service::{Context, Endpoint, Error, FromService, Json, Path, Query, Routes, Service};
use store::Db;

use super::ledger::Plain;

pub fn service(ctx: Context) -> anyhow::Result<Service> {
    let path = "/internal/ledger/books/{book}/overview";
    let routes = Routes::new(ctx.db().clone(), [Endpoint::internal("GET", path, overview)]);
    Ok(Service::new("ledger").routes(routes))
}

#[derive(Deserialize)]
struct Asked {
    person: PersonId,
    recent: usize,
}

async fn overview(
    _: FromService,
    State(db): State<Db>,
    Path(book): Path<BookId>,
    Query(asked): Query<Asked>,
) -> Result<Json<Overview>, Error> {
    let mut plain = Plain::default();
    let mut number = 0;
    while let Some(run) = db.events_after(&book_stream(book), number, 1000).await? {
        let Some(last) = run.events.last() else { break };
        number = last.number;
        for event in run.events {
            plain.take_in(&serde_json::from_str(&event.body).unwrap());
        }
    }
    let member = plain.member(asked.person).ok_or_else(|| Error::not_found("book"))?;
    let sees_balances = member.role.sees_all();
    let balances = plain.accounts.iter().filter(|account| plain.sees(asked.person, account.id));
    let balance = |account: &AccountFacts| AccountBalance {
        account: account.id,
        balance: Money::new(plain.balance(account.id), account.currency),
        pending: Money::zero(account.currency),
        projected: Money::new(plain.balance(account.id), account.currency),
    };
    let mut recent = plain.visible(asked.person);
    recent.sort_by_key(|entry| std::cmp::Reverse((entry.day, entry.id)));
    Ok(Json(Overview {
        number,
        role: member.role,
        balances: balances.filter(|_| sees_balances).map(balance).collect(),
        recent: recent.into_iter().take(asked.recent).cloned().collect(),
    }))
}
