//! What auth does when nobody asks: it remembers sessions that were ended and forgets those that
//! are over.

use std::sync::Arc;

use service::Service;

use crate::auth::Auth;

const MINUTE_SECONDS: i64 = 60;
const HOUR_SECONDS: i64 = 60 * MINUTE_SECONDS;

pub(crate) fn add(service: Service, auth: Arc<Auth>) -> Service {
    let remembering = Arc::clone(&auth);
    service
        .every("remember_ended_sessions", MINUTE_SECONDS, move || {
            let auth = Arc::clone(&remembering);
            async move { auth.remember_ended_sessions().await }
        })
        .every("forget_sessions", HOUR_SECONDS, move || {
            let auth = Arc::clone(&auth);
            async move { auth.forget_sessions().await }
        })
}
