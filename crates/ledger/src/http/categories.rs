//! The endpoints of categories.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use contracts::ledger::{Categories, Category, CategoryPatch, CategoryWritten, NewCategory};
use http::StatusCode;
use model::{BookId, CategoryId};
use service::{ChangeKey, Endpoint, Error, IfMatch, Json, Path, Person, endpoint, etag};

use super::changed_to;
use crate::ledger::Ledger;

/// What this file answers.
pub fn endpoints() -> Vec<Endpoint<Ledger>> {
    vec![
        endpoint!(categories_list),
        endpoint!(category_get),
        endpoint!(category_add),
        endpoint!(category_patch),
    ]
}

/// The categories of a book, in their order.
#[utoipa::path(get, path = "/api/v1/ledger/books/{book}/categories", tag = "ledger",
    params(("book" = BookId, Path,)),
    responses((status = 200, body = Categories)))]
async fn categories_list(
    Person(caller): Person,
    State(ledger): State<Ledger>,
    Path(book): Path<BookId>,
) -> Result<Json<Categories>, Error> {
    ledger.categories_list(caller, book).await.map(Json)
}

/// One category.
#[utoipa::path(get, path = "/api/v1/ledger/books/{book}/categories/{category}", tag = "ledger",
    params(("book" = BookId, Path,), ("category" = CategoryId, Path,)),
    responses((status = 200, body = Category)))]
async fn category_get(
    Person(caller): Person,
    State(ledger): State<Ledger>,
    Path((book, category)): Path<(BookId, CategoryId)>,
) -> Result<Response, Error> {
    let category = ledger.category_get(caller, book, category).await?;
    Ok((etag(category.version), Json(category)).into_response())
}

/// Adds a category.
#[utoipa::path(post, path = "/api/v1/ledger/books/{book}/categories", tag = "ledger",
    params(("book" = BookId, Path,)),
    request_body = NewCategory,
    responses((status = 201, body = CategoryWritten)))]
async fn category_add(
    Person(caller): Person,
    State(ledger): State<Ledger>,
    Path(book): Path<BookId>,
    ChangeKey(key): ChangeKey,
    Json(new): Json<NewCategory>,
) -> Result<Response, Error> {
    let done = ledger.category_add(caller, book, key, new).await?;
    Ok(changed_to(StatusCode::CREATED, done.value.category.version, done))
}

/// Renames, moves or archives a category.
#[utoipa::path(patch, path = "/api/v1/ledger/books/{book}/categories/{category}", tag = "ledger",
    params(("book" = BookId, Path,), ("category" = CategoryId, Path,)),
    request_body = CategoryPatch,
    responses((status = 200, body = CategoryWritten)))]
async fn category_patch(
    Person(caller): Person,
    State(ledger): State<Ledger>,
    Path((book, category)): Path<(BookId, CategoryId)>,
    ChangeKey(key): ChangeKey,
    IfMatch(based_on): IfMatch,
    Json(patch): Json<CategoryPatch>,
) -> Result<Response, Error> {
    let done = ledger.category_patch(caller, book, key, category, based_on, patch).await?;
    Ok(changed_to(StatusCode::OK, done.value.category.version, done))
}
