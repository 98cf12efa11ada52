//! What auth does when nobody asks: it forgets the sessions that are over.

use std::sync::Arc;

use service::Service;

use crate::auth::Auth;

const HOUR_SECONDS: i64 = 60 * 60;

pub(crate) fn add(service: Service, auth: Arc<Auth>) -> Service {
    service.every("forget_sessions", HOUR_SECONDS, move || {
        let auth = Arc::clone(&auth);
        async move { auth.forget_sessions().await }
    })
}
