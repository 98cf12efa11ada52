//! The suite that every kind of queue passes, on every database that this run has.

use model::Instant;
use store::{Db, Error};
use uuid::Uuid;

use crate::{LADDER_SECONDS, LEASE_SECONDS, Queue, connect};

const NOW: Instant = Instant(1_795_000_000_000_000);

async fn order(db: &Db, due: Instant) -> Uuid {
    let id = Uuid::now_v7();
    db.write(move |tx| async move { tx.enqueue(id, "count", "7".to_owned(), due).await })
        .await
        .unwrap();
    id
}

async fn conforms(queue: Queue, db: &Db) {
    assert_eq!(queue.claim(NOW).await.unwrap(), None);
    let later = order(db, NOW.plus_seconds(10)).await;
    let sooner = order(db, NOW).await;
    assert_eq!(queue.next_due().await.unwrap(), Some(NOW));

    let job = queue.claim(NOW).await.unwrap().unwrap();
    assert_eq!((job.id, job.kind.as_str(), job.body.as_str()), (sooner, "count", "7"));
    assert_eq!(queue.claim(NOW).await.unwrap(), None, "one worker has it, the other is not due");
    queue.finish(&job).await.unwrap();

    let mut now = NOW.plus_seconds(10);
    for seconds in LADDER_SECONDS {
        let job = queue.claim(now).await.unwrap().unwrap();
        assert_eq!(job.id, later);
        assert!(!queue.failed(&job, now, "no luck".to_owned()).await.unwrap());
        assert_eq!(queue.claim(now.plus_seconds(seconds - 1)).await.unwrap(), None);
        now = now.plus_seconds(seconds);
    }
    let job = queue.claim(now).await.unwrap().unwrap();
    assert!(queue.failed(&job, now, "no luck".to_owned()).await.unwrap(), "parked at the top");
    assert_eq!(queue.claim(now.plus_seconds(100_000)).await.unwrap(), None);

    let abandoned = order(db, now).await;
    assert!(queue.claim(now).await.unwrap().is_some());
    let again = queue.claim(now.plus_seconds(LEASE_SECONDS)).await.unwrap().unwrap();
    assert_eq!((again.id, again.attempts), (abandoned, 1), "its worker died");
}

#[tokio::test]
async fn a_job_exists_only_if_its_transaction_commits() {
    let folder = tempfile::tempdir().unwrap();
    for url in store::testing::urls(folder.path()) {
        let db = store::testing::open(&url, "queue").await;
        let queue = connect("embedded:", &db).unwrap();
        let refused = db
            .write(|tx| async move {
                tx.enqueue(Uuid::now_v7(), "count", String::new(), NOW).await?;
                Err::<(), _>(Error::Json("changed my mind".to_owned()))
            })
            .await;
        assert!(refused.is_err());
        assert_eq!(queue.claim(NOW).await.unwrap(), None);
    }
}

#[tokio::test]
async fn the_embedded_queue_conforms() {
    let folder = tempfile::tempdir().unwrap();
    for url in store::testing::urls(folder.path()) {
        let db = store::testing::open(&url, "queue").await;
        conforms(connect("embedded:", &db).unwrap(), &db).await;
        db.close().await;
    }
}
