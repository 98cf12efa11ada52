//! The endpoints of user.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use contracts::user::{Profile, ProfileBody};
use service::{Context, Error, IfMatch, Json, Person, Routes, endpoint, etag};

use crate::user;

pub(crate) fn routes(ctx: Context) -> Routes {
    Routes::new(ctx, [endpoint!(profile), endpoint!(keep_profile)])
}

/// The profile of the person who asks; there is none before it is first kept.
#[utoipa::path(get, path = "/api/v1/user/me", tag = "user",
    responses((status = 200, body = Profile)))]
async fn profile(Person(caller): Person, State(ctx): State<Context>) -> Result<Response, Error> {
    user::profile(&ctx, caller.person).await.map(answer)
}

/// Keeps the profile of the person who asks. With `If-Match`, only if nobody changed it meanwhile.
#[utoipa::path(put, path = "/api/v1/user/me", tag = "user", request_body = ProfileBody,
    params(("If-Match" = Option<String>, Header, description = "The ETag that was read.")),
    responses((status = 200, body = Profile)))]
async fn keep_profile(
    Person(caller): Person,
    State(ctx): State<Context>,
    if_match: Option<IfMatch>,
    Json(body): Json<ProfileBody>,
) -> Result<Response, Error> {
    let based_on = if_match.map(|IfMatch(version)| version);
    user::keep_profile(&ctx, caller.person, &body, based_on).await.map(answer)
}

fn answer(profile: Profile) -> Response {
    (etag(profile.version), Json(profile)).into_response()
}
