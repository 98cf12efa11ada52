//! The endpoints of accounts.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use contracts::ledger::{Account, AccountPatch, AccountWritten, Accounts, NewAccount};
use http::StatusCode;
use model::{AccountId, BookId};
use service::{ChangeKey, Endpoint, Error, IfMatch, Json, Path, Person, endpoint, etag};

use super::changed_to;
use crate::ledger::Ledger;

/// What this file answers.
pub fn endpoints() -> Vec<Endpoint<Ledger>> {
    vec![
        endpoint!(accounts_list),
        endpoint!(account_get),
        endpoint!(account_open),
        endpoint!(account_patch),
    ]
}

/// The accounts that the caller sees, with what they hold today.
#[utoipa::path(get, path = "/api/v1/ledger/books/{book}/accounts", tag = "ledger",
    params(("book" = BookId, Path,)),
    responses((status = 200, body = Accounts)))]
async fn accounts_list(
    Person(caller): Person,
    State(ledger): State<Ledger>,
    Path(book): Path<BookId>,
) -> Result<Json<Accounts>, Error> {
    ledger.accounts_list(caller, book).await.map(Json)
}

/// One account.
#[utoipa::path(get, path = "/api/v1/ledger/books/{book}/accounts/{account}", tag = "ledger",
    params(("book" = BookId, Path,), ("account" = AccountId, Path,)),
    responses((status = 200, body = Account)))]
async fn account_get(
    Person(caller): Person,
    State(ledger): State<Ledger>,
    Path((book, account)): Path<(BookId, AccountId)>,
) -> Result<Response, Error> {
    let account = ledger.account_get(caller, book, account).await?;
    Ok((etag(account.version), Json(account)).into_response())
}

/// Opens an account.
#[utoipa::path(post, path = "/api/v1/ledger/books/{book}/accounts", tag = "ledger",
    params(("book" = BookId, Path,)),
    request_body = NewAccount,
    responses((status = 201, body = AccountWritten)))]
async fn account_open(
    Person(caller): Person,
    State(ledger): State<Ledger>,
    Path(book): Path<BookId>,
    ChangeKey(key): ChangeKey,
    Json(new): Json<NewAccount>,
) -> Result<Response, Error> {
    let done = ledger.account_open(caller, book, key, new).await?;
    Ok(changed_to(StatusCode::CREATED, done.value.account.version, done))
}

/// Renames an account, moves it in the order, archives it, or makes it private or shared.
#[utoipa::path(patch, path = "/api/v1/ledger/books/{book}/accounts/{account}", tag = "ledger",
    params(("book" = BookId, Path,), ("account" = AccountId, Path,)),
    request_body = AccountPatch,
    responses((status = 200, body = AccountWritten)))]
async fn account_patch(
    Person(caller): Person,
    State(ledger): State<Ledger>,
    Path((book, account)): Path<(BookId, AccountId)>,
    ChangeKey(key): ChangeKey,
    IfMatch(based_on): IfMatch,
    Json(patch): Json<AccountPatch>,
) -> Result<Response, Error> {
    let done = ledger.account_patch(caller, book, key, account, based_on, patch).await?;
    Ok(changed_to(StatusCode::OK, done.value.account.version, done))
}
