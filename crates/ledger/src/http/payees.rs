//! Payees, and suggestions from what was typed before.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use contracts::ledger::{Payee, PayeePatch, PayeeWritten, Payees, Suggestions};
use http::StatusCode;
use model::{BookId, PayeeId};
use service::{ChangeKey, Endpoint, Error, IfMatch, Json, Path, Person, Query, endpoint, etag};

use super::changed_to;
use crate::ledger::{Ledger, PayeeQuery, SuggestionQuery};

/// What this file answers.
pub fn endpoints() -> Vec<Endpoint<Ledger>> {
    vec![
        endpoint!(payees_list),
        endpoint!(payee_get),
        endpoint!(payee_patch),
        endpoint!(suggestions_list),
    ]
}

/// The payees of entries that the caller sees, by name.
#[utoipa::path(get, path = "/api/v1/ledger/books/{book}/payees", tag = "ledger",
    params(("book" = BookId, Path,), PayeeQuery),
    responses((status = 200, body = Payees)))]
async fn payees_list(
    Person(caller): Person,
    State(ledger): State<Ledger>,
    Path(book): Path<BookId>,
    Query(query): Query<PayeeQuery>,
) -> Result<Json<Payees>, Error> {
    ledger.payees_list(caller, book, &query).await.map(Json)
}

/// One payee.
#[utoipa::path(get, path = "/api/v1/ledger/books/{book}/payees/{payee}", tag = "ledger",
    params(("book" = BookId, Path,), ("payee" = PayeeId, Path,)),
    responses((status = 200, body = Payee)))]
async fn payee_get(
    Person(caller): Person,
    State(ledger): State<Ledger>,
    Path((book, payee)): Path<(BookId, PayeeId)>,
) -> Result<Response, Error> {
    let payee = ledger.payee_get(caller, book, payee).await?;
    Ok((etag(payee.version), Json(payee)).into_response())
}

/// Renames a payee, merges it into another, or says what its entries are for.
#[utoipa::path(patch, path = "/api/v1/ledger/books/{book}/payees/{payee}", tag = "ledger",
    params(("book" = BookId, Path,), ("payee" = PayeeId, Path,)),
    request_body = PayeePatch,
    responses((status = 200, body = PayeeWritten)))]
async fn payee_patch(
    Person(caller): Person,
    State(ledger): State<Ledger>,
    Path((book, payee)): Path<(BookId, PayeeId)>,
    ChangeKey(key): ChangeKey,
    IfMatch(based_on): IfMatch,
    Json(patch): Json<PayeePatch>,
) -> Result<Response, Error> {
    let done = ledger.payee_patch(caller, book, key, payee, based_on, patch).await?;
    Ok(changed_to(StatusCode::OK, done.value.payee.version, done))
}

/// Titles that contain what was typed, each with its newest entry.
#[utoipa::path(get, path = "/api/v1/ledger/books/{book}/suggestions", tag = "ledger",
    params(("book" = BookId, Path,), SuggestionQuery),
    responses((status = 200, body = Suggestions)))]
async fn suggestions_list(
    Person(caller): Person,
    State(ledger): State<Ledger>,
    Path(book): Path<BookId>,
    Query(query): Query<SuggestionQuery>,
) -> Result<Json<Suggestions>, Error> {
    ledger.suggestions(caller, book, &query).await.map(Json)
}
