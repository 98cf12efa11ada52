//! The ledger's endpoints.

mod accounts;
mod books;
mod categories;
mod imports;
mod payees;
mod told;
mod transactions;

use axum::response::{IntoResponse, Response};
use http::{HeaderName, HeaderValue, StatusCode};
use serde::Serialize;
use service::{Json, Routes, etag};

use crate::ledger::{Done, Ledger};

/// All endpoints, for a ledger to answer.
pub fn routes(ledger: Ledger) -> Routes {
    let all = [
        books::endpoints(),
        accounts::endpoints(),
        categories::endpoints(),
        imports::endpoints(),
        payees::endpoints(),
        told::endpoints(),
        transactions::endpoints(),
    ];
    Routes::new(ledger, all.into_iter().flatten())
}

const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// The answer to a change: the same again where it was made before, and marked as that.
fn changed<T: Serialize>(status: StatusCode, done: Done<T>) -> Response {
    let mut response = (status, Json(done.value)).into_response();
    if done.replayed {
        response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    }
    response
}

/// The same, of an object that has a version.
fn changed_to<T: Serialize>(status: StatusCode, version: i64, done: Done<T>) -> Response {
    (etag(version), changed(status, done)).into_response()
}
