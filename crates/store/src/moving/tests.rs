//! Databases of every kind change places.

use model::{Instant, StreamName};
use uuid::Uuid;

use super::{exists, remove, rename};
use crate::testing;

/// Makes a database that holds a stream.
async fn make(url: &str, name: &str) -> StreamName {
    let db = testing::open(url, name).await;
    let stream = StreamName::new("suite", "thing", Uuid::now_v7());
    let held = stream.clone();
    db.write(move |tx| {
        let stream = held.clone();
        async move { tx.advance(&stream, Instant(1)).await.map(drop) }
    })
    .await
    .unwrap();
    db.close().await;
    stream
}

async fn holds(url: &str, name: &str, stream: &StreamName) -> bool {
    let db = testing::open(url, name).await;
    let head = db.stream_head(stream).await.unwrap();
    db.close().await;
    head.is_some()
}

#[tokio::test]
async fn a_database_takes_the_place_of_another() {
    let folder = tempfile::tempdir().unwrap();
    for url in testing::urls(folder.path()) {
        assert!(!exists(&url, "place").await.unwrap());
        let (old, new) = (make(&url, "place").await, make(&url, "ready").await);
        rename(&url, "place", "aside").await.unwrap();
        rename(&url, "ready", "place").await.unwrap();
        assert!(exists(&url, "place").await.unwrap() && !exists(&url, "ready").await.unwrap());
        assert!(holds(&url, "place", &new).await && holds(&url, "aside", &old).await);
        for _ in 0..2 {
            remove(&url, "aside").await.unwrap();
            assert!(!exists(&url, "aside").await.unwrap());
        }
    }
}

#[tokio::test]
async fn on_a_server_a_database_that_somebody_uses_stays() {
    let folder = tempfile::tempdir().unwrap();
    for url in testing::urls(folder.path()).into_iter().filter(|url| !url.starts_with("sqlite")) {
        let db = testing::open(&url, "used").await;
        let refused = rename(&url, "used", "aside").await.unwrap_err().to_string();
        assert!(refused.contains("being accessed by other users"), "{refused}");
        db.ping().await.unwrap();
        db.close().await;
    }
}
