//! What other services ask.

use axum::extract::State;
use contracts::ledger::{Audience, Overview};
use model::{BookId, PersonId};
use serde::Deserialize;
use service::{Endpoint, Error, FromService, Json, Path, Query};

use crate::ledger::Ledger;

/// What this file answers.
pub fn endpoints() -> Vec<Endpoint<Ledger>> {
    let book = "/internal/ledger/books/{book}";
    vec![
        Endpoint::internal("GET", format!("{book}/overview"), overview),
        Endpoint::internal("GET", format!("{book}/events/{{number}}/audience"), audience),
    ]
}

#[derive(Deserialize)]
struct OverviewQuery {
    person: PersonId,
    recent: u64,
}

async fn overview(
    _: FromService,
    State(ledger): State<Ledger>,
    Path(book): Path<BookId>,
    Query(query): Query<OverviewQuery>,
) -> Result<Json<Overview>, Error> {
    ledger.overview(book, query.person, query.recent).await.map(Json)
}

async fn audience(
    _: FromService,
    State(ledger): State<Ledger>,
    Path((book, number)): Path<(BookId, i64)>,
) -> Result<Json<Audience>, Error> {
    ledger.audience(book, number).await.map(Json)
}
