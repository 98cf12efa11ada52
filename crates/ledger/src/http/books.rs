//! The endpoints of books.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use contracts::ledger::{Book, BookPatch, Books, NewBook};
use http::StatusCode;
use model::BookId;
use service::{ChangeKey, Endpoint, Error, IfMatch, Json, Path, Person, endpoint, etag};

use super::changed_to;
use crate::ledger::Ledger;

/// What this file answers.
pub fn endpoints() -> Vec<Endpoint<Ledger>> {
    vec![endpoint!(books_list), endpoint!(book_get), endpoint!(book_put), endpoint!(book_patch)]
}

/// The caller's books.
#[utoipa::path(get, path = "/api/v1/ledger/books", tag = "ledger",
    responses((status = 200, body = Books)))]
async fn books_list(
    Person(caller): Person,
    State(ledger): State<Ledger>,
) -> Result<Json<Books>, Error> {
    ledger.books_list(caller).await.map(Json)
}

/// One book.
#[utoipa::path(get, path = "/api/v1/ledger/books/{book}", tag = "ledger",
    params(("book" = BookId, Path,)),
    responses((status = 200, body = Book)))]
async fn book_get(
    Person(caller): Person,
    State(ledger): State<Ledger>,
    Path(book): Path<BookId>,
) -> Result<Response, Error> {
    let book = ledger.book_get(caller, book).await?;
    Ok((etag(book.version), Json(book)).into_response())
}

/// Makes a book with its owner, default categories and a first account. The client makes the id;
/// sent again, it answers the book as it stands.
#[utoipa::path(put, path = "/api/v1/ledger/books/{book}", tag = "ledger",
    params(("book" = BookId, Path,)),
    request_body = NewBook,
    responses((status = 201, body = Book), (status = 200, body = Book)))]
async fn book_put(
    Person(caller): Person,
    State(ledger): State<Ledger>,
    Path(book): Path<BookId>,
    ChangeKey(key): ChangeKey,
    Json(new): Json<NewBook>,
) -> Result<Response, Error> {
    let (book, is_new) = ledger.book_put(caller, book, key, new).await?;
    let status = if is_new { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, etag(book.version), Json(book)).into_response())
}

/// Changes settings of a book.
#[utoipa::path(patch, path = "/api/v1/ledger/books/{book}", tag = "ledger",
    params(("book" = BookId, Path,)),
    request_body = BookPatch,
    responses((status = 200, body = Book)))]
async fn book_patch(
    Person(caller): Person,
    State(ledger): State<Ledger>,
    Path(book): Path<BookId>,
    ChangeKey(key): ChangeKey,
    IfMatch(based_on): IfMatch,
    Json(patch): Json<BookPatch>,
) -> Result<Response, Error> {
    let done = ledger.book_patch(caller, book, key, based_on, patch).await?;
    Ok(changed_to(StatusCode::OK, done.value.version, done))
}
