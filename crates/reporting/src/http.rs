//! The endpoints of reporting.

use axum::extract::State;
use model::BookId;
use service::{AtLeast, Error, Json, Path, Person, Query, Routes, endpoint};

use crate::reporting::{Dashboard, Report, ReportWanted, Reporting, Wanted};

pub(crate) fn routes(reporting: Reporting) -> Routes {
    Routes::new(reporting, [endpoint!(dashboard), endpoint!(report)])
}

/// The first screen of a book, all of it as of one number.
#[utoipa::path(
    get,
    path = "/api/v1/reporting/books/{book}/dashboard",
    tag = "reporting",
    params(
        ("book" = BookId, Path),
        Wanted,
        ("at_least" = Option<u32>, Query, description = "A number that a write of this book answered."),
    ),
    responses((status = 200, body = Dashboard)),
)]
async fn dashboard(
    Person(caller): Person,
    State(reporting): State<Reporting>,
    Path(book): Path<BookId>,
    Query(wanted): Query<Wanted>,
    AtLeast(number): AtLeast,
) -> Result<Json<Dashboard>, Error> {
    Ok(Json(reporting.dashboard(book, caller.person, wanted, number).await?))
}

/// A period against the one before and the average, by category, account or payee.
#[utoipa::path(
    get,
    path = "/api/v1/reporting/books/{book}/report",
    tag = "reporting",
    params(
        ("book" = BookId, Path),
        Wanted,
        ReportWanted,
        ("at_least" = Option<u32>, Query, description = "A number that a write of this book answered."),
    ),
    responses((status = 200, body = Report)),
)]
async fn report(
    Person(caller): Person,
    State(reporting): State<Reporting>,
    Path(book): Path<BookId>,
    Query(wanted): Query<Wanted>,
    Query(report): Query<ReportWanted>,
    AtLeast(number): AtLeast,
) -> Result<Json<Report>, Error> {
    Ok(Json(reporting.report(book, caller.person, wanted, report, number).await?))
}
