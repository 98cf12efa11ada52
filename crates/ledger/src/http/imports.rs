//! Imports of bank statements.

use axum::extract::State;
use contracts::ledger::{Import, ImportPatch, ImportRow, ImportRowPatch, ImportRows, Imports};
use http::StatusCode;
use model::{BookId, ImportId};
use service::{ChangeKey, Endpoint, Error, Json, Path, Person, Query, UploadedFile, endpoint};

use crate::ledger::Ledger;
use crate::ledger::imports::{RowsQuery, UploadQuery};

/// What this file answers.
pub fn endpoints() -> Vec<Endpoint<Ledger>> {
    vec![
        endpoint!(imports_list),
        endpoint!(import_upload),
        endpoint!(import_get),
        endpoint!(import_patch),
        endpoint!(import_discard),
        endpoint!(import_rows),
        endpoint!(import_row_decide),
        endpoint!(import_commit),
        endpoint!(import_revert),
    ]
}

/// The newest imports of a book, newest first.
#[utoipa::path(get, path = "/api/v1/ledger/books/{book}/imports", tag = "ledger",
    params(("book" = BookId, Path,)),
    responses((status = 200, body = Imports)))]
async fn imports_list(
    Person(caller): Person,
    State(ledger): State<Ledger>,
    Path(book): Path<BookId>,
) -> Result<Json<Imports>, Error> {
    ledger.imports_list(caller, book).await.map(Json)
}

/// Uploads a bank's CSV file, of at most 20 MB, for an account. A small file is read when this
/// answers; a larger one has the state `reading` until its rows can be looked at. Nothing is
/// recorded yet. `Idempotency-Key` becomes the id of the import.
#[utoipa::path(post, path = "/api/v1/ledger/books/{book}/imports", tag = "ledger",
    params(("book" = BookId, Path,), UploadQuery),
    request_body(content = String, content_type = "text/csv"),
    responses((status = 201, body = Import)))]
async fn import_upload(
    Person(caller): Person,
    State(ledger): State<Ledger>,
    Path(book): Path<BookId>,
    Query(query): Query<UploadQuery>,
    ChangeKey(key): ChangeKey,
    UploadedFile(file): UploadedFile,
) -> Result<(StatusCode, Json<Import>), Error> {
    let import = ledger.import_upload(caller, book, key, query, file).await?;
    Ok((StatusCode::CREATED, Json(import)))
}

/// One import: how its file was read, what is open, how far it is.
#[utoipa::path(get, path = "/api/v1/ledger/books/{book}/imports/{import}", tag = "ledger",
    params(("book" = BookId, Path,), ("import" = ImportId, Path,)),
    responses((status = 200, body = Import)))]
async fn import_get(
    Person(caller): Person,
    State(ledger): State<Ledger>,
    Path((book, import)): Path<(BookId, ImportId)>,
) -> Result<Json<Import>, Error> {
    ledger.import_get(caller, book, import).await.map(Json)
}

/// Reads the file again: as another account's, or in the way that is said here. It also answers
/// the import's questions.
#[utoipa::path(patch, path = "/api/v1/ledger/books/{book}/imports/{import}", tag = "ledger",
    params(("book" = BookId, Path,), ("import" = ImportId, Path,)),
    request_body = ImportPatch,
    responses((status = 200, body = Import)))]
async fn import_patch(
    Person(caller): Person,
    State(ledger): State<Ledger>,
    Path((book, import)): Path<(BookId, ImportId)>,
    Json(patch): Json<ImportPatch>,
) -> Result<Json<Import>, Error> {
    ledger.import_patch(caller, book, import, patch).await.map(Json)
}

/// Forgets an import of which nothing was recorded, with its file.
#[utoipa::path(delete, path = "/api/v1/ledger/books/{book}/imports/{import}", tag = "ledger",
    params(("book" = BookId, Path,), ("import" = ImportId, Path,)),
    responses((status = 204)))]
async fn import_discard(
    Person(caller): Person,
    State(ledger): State<Ledger>,
    Path((book, import)): Path<(BookId, ImportId)>,
) -> Result<StatusCode, Error> {
    ledger.import_discard(caller, book, import).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A page of rows, in the order of the file, with what becomes of each.
#[utoipa::path(get, path = "/api/v1/ledger/books/{book}/imports/{import}/rows", tag = "ledger",
    params(("book" = BookId, Path,), ("import" = ImportId, Path,), RowsQuery),
    responses((status = 200, body = ImportRows)))]
async fn import_rows(
    Person(caller): Person,
    State(ledger): State<Ledger>,
    Path((book, import)): Path<(BookId, ImportId)>,
    Query(query): Query<RowsQuery>,
) -> Result<Json<ImportRows>, Error> {
    ledger.import_rows(caller, book, import, query).await.map(Json)
}

/// Decides about a row. Without a decision new and pending rows are recorded, and others are not.
#[utoipa::path(patch, path = "/api/v1/ledger/books/{book}/imports/{import}/rows/{row}",
    tag = "ledger",
    params(("book" = BookId, Path,), ("import" = ImportId, Path,), ("row" = i64, Path,)),
    request_body = ImportRowPatch,
    responses((status = 200, body = ImportRow)))]
async fn import_row_decide(
    Person(caller): Person,
    State(ledger): State<Ledger>,
    Path((book, import, row)): Path<(BookId, ImportId, i64)>,
    Json(patch): Json<ImportRowPatch>,
) -> Result<Json<ImportRow>, Error> {
    ledger.import_row_decide(caller, book, import, row, patch.decision).await.map(Json)
}

/// Records the rows, 500 to a change; `progress` says how far it is. Refused while a question is
/// open. Rows that are decided later are recorded by sending this again.
#[utoipa::path(post, path = "/api/v1/ledger/books/{book}/imports/{import}/commit", tag = "ledger",
    params(("book" = BookId, Path,), ("import" = ImportId, Path,)),
    responses((status = 202, body = Import)))]
async fn import_commit(
    Person(caller): Person,
    State(ledger): State<Ledger>,
    Path((book, import)): Path<(BookId, ImportId)>,
) -> Result<(StatusCode, Json<Import>), Error> {
    let import = ledger.import_commit(caller, book, import).await?;
    Ok((StatusCode::ACCEPTED, Json(import)))
}

/// Takes back everything that the import has recorded, also while it records. Entries that were
/// changed since are left alone and listed as `conflicts`.
#[utoipa::path(post, path = "/api/v1/ledger/books/{book}/imports/{import}/revert", tag = "ledger",
    params(("book" = BookId, Path,), ("import" = ImportId, Path,)),
    responses((status = 202, body = Import)))]
async fn import_revert(
    Person(caller): Person,
    State(ledger): State<Ledger>,
    Path((book, import)): Path<(BookId, ImportId)>,
) -> Result<(StatusCode, Json<Import>), Error> {
    let import = ledger.import_revert(caller, book, import).await?;
    Ok((StatusCode::ACCEPTED, Json(import)))
}
