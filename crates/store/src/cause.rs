//! The id of the request that caused what is happening, so that logs and events can name it.

use std::future::Future;
use std::sync::Arc;

tokio::task_local! {
    static CAUSE: Arc<str>;
}

/// Runs a future in which [`current`] answers this id.
pub async fn scope<F: Future>(cause: impl Into<Arc<str>>, future: F) -> F::Output {
    CAUSE.scope(cause.into(), future).await
}

/// The id of the request or event that is being worked on, if any.
pub fn current() -> Option<Arc<str>> {
    CAUSE.try_with(Arc::clone).ok()
}
