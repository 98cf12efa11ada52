//! The endpoints of transactions.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use contracts::ledger::{
    History, NewTransaction, OneTransaction, Removed, Reverted, Totals, Transactions, Written,
};
use http::StatusCode;
use model::{BookId, ChangeId, TransactionId};
use service::{ChangeKey, Endpoint, Error, IfMatch, Json, Path, Person, Query, endpoint, etag};

use super::{changed, changed_to};
use crate::ledger::{Ledger, ListQuery};

/// What this file answers.
pub fn endpoints() -> Vec<Endpoint<Ledger>> {
    vec![
        endpoint!(transactions_list),
        endpoint!(transactions_totals),
        endpoint!(transaction_record),
        endpoint!(transaction_get),
        endpoint!(transaction_edit),
        endpoint!(transaction_remove),
        endpoint!(transaction_history),
        endpoint!(change_revert),
    ]
}

/// A page of transactions, newest first: by day, then by id. With exactly one account, each has
/// what the account held after it.
#[utoipa::path(get, path = "/api/v1/ledger/books/{book}/transactions", tag = "ledger",
    params(("book" = BookId, Path,), ListQuery),
    responses((status = 200, body = Transactions)))]
async fn transactions_list(
    Person(caller): Person,
    State(ledger): State<Ledger>,
    Path(book): Path<BookId>,
    Query(query): Query<ListQuery>,
) -> Result<Json<Transactions>, Error> {
    ledger.transactions_list(caller, book, &query).await.map(Json)
}

/// Records a transaction.
#[utoipa::path(post, path = "/api/v1/ledger/books/{book}/transactions", tag = "ledger",
    params(("book" = BookId, Path,)),
    request_body = NewTransaction,
    responses((status = 201, body = Written)))]
async fn transaction_record(
    Person(caller): Person,
    State(ledger): State<Ledger>,
    Path(book): Path<BookId>,
    ChangeKey(key): ChangeKey,
    Json(new): Json<NewTransaction>,
) -> Result<Response, Error> {
    let done = ledger.transaction_record(caller, book, key, new).await?;
    Ok(changed_to(StatusCode::CREATED, done.value.transaction.version, done))
}

/// One transaction.
#[utoipa::path(get, path = "/api/v1/ledger/books/{book}/transactions/{transaction}",
    tag = "ledger",
    params(("book" = BookId, Path,), ("transaction" = TransactionId, Path,)),
    responses((status = 200, body = OneTransaction)))]
async fn transaction_get(
    Person(caller): Person,
    State(ledger): State<Ledger>,
    Path((book, transaction)): Path<(BookId, TransactionId)>,
) -> Result<Response, Error> {
    let found = ledger.transaction_get(caller, book, transaction).await?;
    Ok((etag(found.transaction.version), Json(found)).into_response())
}

/// Puts another content in the place of a transaction's; its history keeps the old one.
#[utoipa::path(put, path = "/api/v1/ledger/books/{book}/transactions/{transaction}",
    tag = "ledger",
    params(("book" = BookId, Path,), ("transaction" = TransactionId, Path,)),
    request_body = NewTransaction,
    responses((status = 200, body = Written)))]
async fn transaction_edit(
    Person(caller): Person,
    State(ledger): State<Ledger>,
    Path((book, transaction)): Path<(BookId, TransactionId)>,
    ChangeKey(key): ChangeKey,
    IfMatch(based_on): IfMatch,
    Json(new): Json<NewTransaction>,
) -> Result<Response, Error> {
    let done = ledger.transaction_edit(caller, book, key, transaction, based_on, new).await?;
    Ok(changed_to(StatusCode::OK, done.value.transaction.version, done))
}

/// Takes a transaction out of the book; undoing the change brings it back.
#[utoipa::path(delete, path = "/api/v1/ledger/books/{book}/transactions/{transaction}",
    tag = "ledger",
    params(("book" = BookId, Path,), ("transaction" = TransactionId, Path,)),
    responses((status = 200, body = Removed)))]
async fn transaction_remove(
    Person(caller): Person,
    State(ledger): State<Ledger>,
    Path((book, transaction)): Path<(BookId, TransactionId)>,
    ChangeKey(key): ChangeKey,
    IfMatch(based_on): IfMatch,
) -> Result<Response, Error> {
    let done = ledger.transaction_remove(caller, book, key, transaction, based_on).await?;
    Ok(changed(StatusCode::OK, done))
}

/// What the entries of a filter come to, in each currency.
#[utoipa::path(get, path = "/api/v1/ledger/books/{book}/transactions/totals", tag = "ledger",
    params(("book" = BookId, Path,), ListQuery),
    responses((status = 200, body = Totals)))]
async fn transactions_totals(
    Person(caller): Person,
    State(ledger): State<Ledger>,
    Path(book): Path<BookId>,
    Query(query): Query<ListQuery>,
) -> Result<Json<Totals>, Error> {
    ledger.transactions_totals(caller, book, &query).await.map(Json)
}

/// Every version of a transaction, oldest first; also of one that was removed.
#[utoipa::path(get, path = "/api/v1/ledger/books/{book}/transactions/{transaction}/history",
    tag = "ledger",
    params(("book" = BookId, Path,), ("transaction" = TransactionId, Path,)),
    responses((status = 200, body = History)))]
async fn transaction_history(
    Person(caller): Person,
    State(ledger): State<Ledger>,
    Path((book, transaction)): Path<(BookId, TransactionId)>,
) -> Result<Json<History>, Error> {
    ledger.transaction_history(caller, book, transaction).await.map(Json)
}

/// Undoes a change of entries. Those that have moved on since are named and left alone.
#[utoipa::path(post, path = "/api/v1/ledger/books/{book}/changes/{change}/revert",
    tag = "ledger",
    params(("book" = BookId, Path,), ("change" = ChangeId, Path,)),
    responses((status = 200, body = Reverted)))]
async fn change_revert(
    Person(caller): Person,
    State(ledger): State<Ledger>,
    Path((book, change)): Path<(BookId, ChangeId)>,
    ChangeKey(key): ChangeKey,
) -> Result<Response, Error> {
    let done = ledger.change_revert(caller, book, key, change).await?;
    Ok(changed(StatusCode::OK, done))
}
