//! The store's suite: each body runs on SQLite and on every server that the environment names.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures::future::join_all;
use model::{Instant, StreamName};
use sea_orm::{ConnectionTrait, TransactionTrait};
use uuid::Uuid;

use crate::jobs::{Delivered, Standing, State};
use crate::migrate::{column, table};
use crate::{Config, Db, Dialect, Error, Migration, Place, connect, testing};

const NOW: Instant = Instant(1_795_000_000_000_000);

async fn on_each<F, Fut>(body: F)
where
    F: Fn(Db) -> Fut,
    Fut: Future<Output = ()>,
{
    let folder = tempfile::tempdir().unwrap();
    for url in testing::urls(folder.path()) {
        let db = testing::open(&url, "suite").await;
        println!("on {}", db.dialect().as_str());
        body(db.clone()).await;
        db.close().await;
    }
}

fn stream() -> StreamName {
    StreamName::new("suite", "thing", Uuid::now_v7())
}

async fn append(db: &Db, stream: &StreamName, body: i64) -> Result<Place, Error> {
    let stream = stream.clone();
    db.write(move |tx| {
        let stream = stream.clone();
        async move {
            let place = tx.advance(&stream, NOW).await?;
            tx.emit(&stream, place, "counted", NOW, &body).await?;
            Ok::<_, Error>(place)
        }
    })
    .await
}

/// Orders a job that is due.
async fn order(db: &Db) -> Uuid {
    let id = Uuid::now_v7();
    db.write(move |tx| async move { tx.enqueue(id, "count", "{}".to_owned(), NOW).await })
        .await
        .unwrap();
    id
}

#[tokio::test]
async fn numbers_have_no_gap_whoever_writes() {
    on_each(|db| async move {
        let stream = stream();
        let places = join_all((0..40).map(|n| append(&db, &stream, n))).await;
        let mut numbers: Vec<i64> = places.into_iter().map(|p| p.unwrap().number).collect();
        numbers.sort_unstable();
        assert_eq!(numbers, (1..=40).collect::<Vec<_>>());
        let run = db.events_after(&stream, 10, 100).await.unwrap().unwrap();
        assert_eq!((run.head, run.events.len()), (40, 30));
        assert_eq!(run.events[0].number, 11);
        assert!(db.events_after(&self::stream(), 0, 1).await.unwrap().is_none());
    })
    .await;
}

#[tokio::test]
async fn whoever_goes_away_in_the_middle_spoils_no_connection() {
    on_each(|db| async move {
        let stream = stream();
        for turns in 0..60 {
            let gone = || async move {
                for _ in 0..turns {
                    tokio::task::yield_now().await;
                }
            };
            tokio::select! {
                _ = append(&db, &stream, turns) => {}
                () = gone() => {}
            }
            tokio::select! {
                _ = db.begin_snapshot() => {}
                () = gone() => {}
            }
        }
        for written in join_all((0..20).map(|n| append(&db, &stream, n))).await {
            written.unwrap();
        }
        for begun in join_all((0..4).map(|_| db.begin_snapshot())).await {
            begun.unwrap();
        }
    })
    .await;
}

#[tokio::test]
async fn a_failed_write_leaves_nothing_and_spoils_no_other() {
    on_each(|db| async move {
        let stream = stream();
        append(&db, &stream, 1).await.unwrap();
        let outcomes = join_all((0..20).map(|n| {
            let (db, stream) = (db.clone(), stream.clone());
            async move {
                db.write(move |tx| {
                    let stream = stream.clone();
                    async move {
                        let place = tx.advance(&stream, NOW).await?;
                        tx.emit(&stream, place, "counted", NOW, &n).await?;
                        if n % 3 == 0 {
                            return Err(Error::Json("this one is refused".to_owned()));
                        }
                        assert!(n % 7 != 1, "and this one breaks");
                        Ok(())
                    }
                })
                .await
            }
        }));
        let kept = if db.dialect() == Dialect::Sqlite {
            outcomes.await.iter().filter(|o| o.is_ok()).count()
        } else {
            // On a server the panic is the caller's own; only SQLite's writer must survive one.
            let kept: Vec<_> = join_all((0..11).map(|n| append(&db, &stream, n))).await;
            kept.len()
        };
        let run = db.events_after(&stream, 0, 100).await.unwrap().unwrap();
        assert_eq!(run.events.len(), 1 + kept);
        assert_eq!(run.head, i64::try_from(1 + kept).unwrap());
    })
    .await;
}

#[tokio::test]
async fn commits_tell_which_streams_moved() {
    on_each(|db| async move {
        let told = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&told);
        db.on_commit(move |committed| {
            counter.fetch_add(committed.moved.len(), Ordering::SeqCst);
        });
        let stream = stream();
        join_all((0..5).map(|n| append(&db, &stream, n))).await;
        let failed = {
            let stream = stream.clone();
            db.write(move |tx| {
                let stream = stream.clone();
                async move {
                    tx.advance(&stream, NOW).await?;
                    Err::<(), _>(Error::Json("no".to_owned()))
                }
            })
            .await
        };
        assert!(failed.is_err());
        assert_eq!(told.load(Ordering::SeqCst), 5);
    })
    .await;
}

#[tokio::test]
async fn an_event_stays_in_the_outbox_until_it_is_said_to_be_sent() {
    on_each(|db| async move {
        let (one, other) = (stream(), stream());
        append(&db, &one, 1).await.unwrap();
        assert_eq!(db.unsent(9).await.unwrap(), [], "without a broker nothing is kept");
        db.use_outbox();
        for (stream, body) in [(&one, 2), (&other, 3), (&one, 4)] {
            append(&db, stream, body).await.unwrap();
        }
        let head = db.stream_head(&one).await.unwrap().unwrap();
        let unsent = db.unsent(9).await.unwrap();
        let of_one: Vec<_> = unsent.iter().filter(|it| it.stream == one).cloned().collect();
        let said: Vec<_> = of_one.iter().map(|it| (it.event.number, &*it.event.body)).collect();
        assert_eq!((unsent.len(), said), (3, vec![(2, "2"), (3, "4")]));
        assert_eq!((of_one[0].epoch, &*of_one[0].event.kind), (head.epoch, "counted"));
        assert_eq!(db.unsent(1).await.unwrap().len(), 1);
        let remove = move |tx: crate::Tx| {
            let sent = of_one.clone();
            async move { tx.remove_sent(&sent).await }
        };
        db.write(remove).await.unwrap();
        db.write(|tx| async move { tx.remove_sent(&[]).await }).await.unwrap();
        let left = db.unsent(9).await.unwrap();
        assert_eq!(left.iter().map(|it| &it.stream).collect::<Vec<_>>(), [&other]);
    })
    .await;
}

#[tokio::test]
async fn a_lease_has_one_holder_until_it_is_over_or_given_back() {
    on_each(|db| async move {
        let take = |holder: Uuid, now: Instant| {
            let db = db.clone();
            async move {
                let until = now.plus_seconds(5);
                let take = move |tx: crate::Tx| async move {
                    tx.take_lease("relay", holder, now, until).await
                };
                db.write(take).await
            }
        };
        let holders: Vec<Uuid> = (0..6).map(|_| Uuid::new_v4()).collect();
        let races = join_all(holders.iter().map(|holder| take(*holder, NOW))).await;
        let winner = races.iter().position(|won| *won.as_ref().unwrap()).unwrap();
        assert_eq!(races.iter().filter(|won| *won.as_ref().unwrap()).count(), 1);
        let (first, other) = (holders[winner], Uuid::new_v4());
        assert!(take(first, NOW.plus_seconds(3)).await.unwrap(), "its holder lengthens it");
        assert!(!take(other, NOW.plus_seconds(5)).await.unwrap());
        assert!(take(other, NOW.plus_seconds(8)).await.unwrap(), "it is over");
        let back =
            |holder| move |tx: crate::Tx| async move { tx.return_lease("relay", holder).await };
        db.write(back(first)).await.unwrap();
        assert!(!take(first, NOW.plus_seconds(9)).await.unwrap(), "it was no longer its own");
        db.write(back(other)).await.unwrap();
        assert!(take(first, NOW.plus_seconds(9)).await.unwrap());
    })
    .await;
}

#[tokio::test]
async fn a_position_moves_once() {
    on_each(|db| async move {
        let stream = stream();
        let epoch = Uuid::new_v4();
        let at = |number| Place { epoch, number };
        let step = |from: Option<Place>, to: Place| {
            let (db, stream) = (db.clone(), stream.clone());
            async move {
                db.write(move |tx| {
                    let stream = stream.clone();
                    async move { tx.move_position("reader", &stream, from, to).await }
                })
                .await
            }
        };
        assert!(step(None, at(3)).await.unwrap());
        let races = join_all((0..8).map(|_| step(Some(at(3)), at(5)))).await;
        assert_eq!(races.iter().filter(|won| *won.as_ref().unwrap()).count(), 1);
        assert_eq!(db.position("reader", &stream).await.unwrap(), Some(at(5)));
        assert!(!step(None, at(1)).await.unwrap(), "it has begun already");
    })
    .await;
}

#[tokio::test]
async fn a_job_is_claimed_by_one_worker_and_again_when_its_lease_is_over() {
    on_each(|db| async move {
        let id = order(&db).await;
        assert!(db.claim_job(NOW.plus_seconds(-1), NOW).await.unwrap().is_none(), "not due");
        let lease = NOW.plus_seconds(60);
        let claims = join_all((0..6).map(|_| db.claim_job(NOW, lease))).await;
        assert_eq!(claims.iter().filter(|c| c.as_ref().unwrap().is_some()).count(), 1);
        let again = db.claim_job(lease, lease.plus_seconds(60)).await.unwrap().unwrap();
        assert_eq!((again.id, again.attempts), (id, 1));
        let parked = Standing { state: State::Parked, due: lease };
        assert!(db.put_back_job(&again, parked, "broken".to_owned()).await.unwrap());
        assert!(db.claim_job(lease.plus_seconds(999), lease).await.unwrap().is_none());
        assert_eq!(db.next_job_due().await.unwrap(), None);
        db.finish_job(&again).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_worker_that_has_lost_its_job_can_neither_keep_it_nor_put_it_back() {
    on_each(|db| async move {
        order(&db).await;
        let lease = NOW.plus_seconds(60);
        let slow = db.claim_job(NOW, lease).await.unwrap().unwrap();
        assert!(db.keep_job(&slow, lease.plus_seconds(10)).await.unwrap());
        assert!(db.claim_job(lease, lease).await.unwrap().is_none(), "it was kept longer");
        let later = lease.plus_seconds(10);
        let quick = db.claim_job(later, later.plus_seconds(60)).await.unwrap().unwrap();
        assert!(!db.keep_job(&slow, later.plus_seconds(99)).await.unwrap());
        let ready = Standing { state: State::Ready, due: later };
        assert!(!db.put_back_job(&slow, ready, "too late".to_owned()).await.unwrap());
        assert!(db.claim_job(later, later).await.unwrap().is_none(), "it is the other's alone");
        assert!(db.keep_job(&quick, later.plus_seconds(99)).await.unwrap());
    })
    .await;
}

#[tokio::test]
async fn what_a_broker_brings_is_claimed_once_and_only_when_it_is_due() {
    on_each(|db| async move {
        let id = order(&db).await;
        let lease = NOW.plus_seconds(60);
        let long_ago = NOW.plus_seconds(-900);
        let sends = join_all((0..4).map(|_| db.claim_unsent_jobs(NOW, long_ago, lease, 10))).await;
        assert_eq!(sends.into_iter().map(|sent| sent.unwrap().len()).sum::<usize>(), 1);
        let sending = Standing { state: State::Sending, due: lease };
        assert_eq!(db.job_standing(id).await.unwrap(), Some(sending));
        let sent = Standing { state: State::Sent, due: NOW.plus_seconds(5) };
        db.move_jobs(vec![id], sending, sent).await.unwrap();

        let early = db.claim_delivered_job(id, NOW, lease).await.unwrap();
        assert_eq!(early, Delivered::Nothing);
        let ready = Standing { state: State::Ready, ..sent };
        assert_eq!(db.job_standing(id).await.unwrap(), Some(ready), "it is sent again when due");
        let due = NOW.plus_seconds(5);
        assert_eq!(db.next_unsent_job_due().await.unwrap(), Some(due));
        assert_eq!(db.claim_unsent_jobs(due, long_ago, lease, 10).await.unwrap(), [id]);
        let claims = join_all((0..6).map(|_| db.claim_delivered_job(id, due, lease))).await;
        let claims: Vec<Delivered> = claims.into_iter().map(Result::unwrap).collect();
        assert_eq!(claims.iter().filter(|it| matches!(it, Delivered::Claimed(_))).count(), 1);
        assert!(db.claim_unsent_jobs(due, long_ago, lease, 10).await.unwrap().is_empty());

        let again = lease.plus_seconds(60);
        assert_eq!(db.claim_unsent_jobs(lease, long_ago, again, 10).await.unwrap(), [id]);
        let sending = Standing { state: State::Sending, due: again };
        db.move_jobs(vec![id], sending, Standing { state: State::Sent, due: lease }).await.unwrap();
        assert!(db.claim_unsent_jobs(again, long_ago, again, 10).await.unwrap().is_empty());
        assert_eq!(db.next_unsent_job_due().await.unwrap(), None, "the broker has it");
        assert_eq!(
            db.claim_unsent_jobs(again, lease, again, 10).await.unwrap(),
            [id],
            "lost there"
        );
    })
    .await;
}

#[tokio::test]
async fn a_parked_job_is_listed_with_its_reason_and_begins_anew_when_it_is_replayed() {
    on_each(|db| async move {
        let mut ids = Vec::new();
        for _ in 0..3 {
            ids.push(order(&db).await);
        }
        let parked = Standing { state: State::Parked, due: NOW };
        for _ in 0..2 {
            let job = db.claim_job(NOW, NOW.plus_seconds(60)).await.unwrap().unwrap();
            assert!(db.put_back_job(&job, parked, "broken".to_owned()).await.unwrap());
        }
        assert_eq!(db.count_parked_jobs().await.unwrap(), 2);
        let page = db.list_jobs(Some(State::Parked), None, 1).await.unwrap();
        let next = db.list_jobs(Some(State::Parked), Some(page[0].id), 9).await.unwrap();
        assert_eq!([page[0].id, next[0].id], ids[..2]);
        assert_eq!((page[0].standing, page[0].attempts), (parked, 1));
        assert_eq!(page[0].reason.as_deref(), Some("broken"));
        assert_eq!(db.list_jobs(None, None, 9).await.unwrap().len(), 3);
        let delivered = db.claim_delivered_job(ids[0], NOW, NOW).await.unwrap();
        assert_eq!(delivered, Delivered::Parked("broken".to_owned()));

        assert_eq!(db.replay_jobs(Some(ids[2]), NOW).await.unwrap(), 0, "it is not parked");
        assert_eq!(db.replay_jobs(Some(ids[0]), NOW).await.unwrap(), 1);
        assert_eq!(db.replay_jobs(None, NOW).await.unwrap(), 1);
        assert_eq!(db.count_parked_jobs().await.unwrap(), 0);
        let job = db.claim_job(NOW, NOW.plus_seconds(60)).await.unwrap().unwrap();
        assert_eq!((job.id, job.attempts), (ids[0], 0));
    })
    .await;
}

#[tokio::test]
async fn a_schedule_runs_on_one_replica() {
    on_each(|db| async move {
        let claim = |seen: Option<Instant>, next: Instant| {
            let db = db.clone();
            async move {
                db.write(move |tx| async move { tx.claim_schedule("sweep", seen, next).await })
                    .await
            }
        };
        let first = NOW.plus_seconds(30);
        assert!(claim(None, first).await.unwrap());
        assert_eq!(db.schedule_due("sweep").await.unwrap(), Some(first));
        let races = join_all((0..6).map(|_| claim(Some(first), first.plus_seconds(30)))).await;
        assert_eq!(races.iter().filter(|won| *won.as_ref().unwrap()).count(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_snapshot_does_not_see_what_comes_later() {
    on_each(|db| async move {
        let stream = stream();
        append(&db, &stream, 1).await.unwrap();
        let seen = db
            .snapshot(async |tx| {
                let before = crate::streams::stream_head(&*tx, &stream).await?;
                append(&db, &stream, 2).await?;
                let after = crate::streams::stream_head(&*tx, &stream).await?;
                Ok::<_, Error>((before, after))
            })
            .await
            .unwrap();
        assert_eq!(seen.0, seen.1);
        assert_eq!(db.stream_head(&stream).await.unwrap().unwrap().number, 2);
    })
    .await;
}

/// A change of the schema that fails when it is made twice.
const ONCE: &[Migration] = &[Migration {
    name: "0001_once",
    up: |dialect| {
        let once = |name: &str| table(dialect, name).col(column::id("id").primary_key()).to_owned();
        vec![once("first").into(), once("second").into()]
    },
}];

#[tokio::test]
async fn replicas_that_start_together_make_a_database_and_migrate_it_once() {
    let folder = tempfile::tempdir().unwrap();
    for url in testing::urls(folder.path()) {
        println!("on {}", url.split(':').next().unwrap_or_default());
        let replica = async || {
            let db = connect(&url, "suite", &Config::default()).await.unwrap();
            db.migrate(ONCE).await.unwrap();
            db
        };
        // SQLite's writer is of one process, so there a second replica shares the handle.
        let replicas = match url.starts_with("sqlite:") {
            true => vec![replica().await; 3],
            false => join_all((0..3).map(|_| replica())).await,
        };
        let again = join_all(replicas.iter().map(|db| db.migrate(ONCE))).await;
        assert!(again.iter().all(Result::is_ok), "{again:?}");
        let count = scalar(&replicas[0], "SELECT count(*) FROM migration WHERE name = '0001_once'");
        assert_eq!(count.await.unwrap(), 1);
        for db in replicas {
            db.close().await;
        }
    }
}

/// The number that a statement gives.
async fn scalar(db: &Db, sql: &str) -> Result<i64, Error> {
    let select = sea_orm::Statement::from_string(db.reader().get_database_backend(), sql);
    let row = db.reader().query_one_raw(select).await?.unwrap();
    Ok(row.try_get_by_index(0)?)
}

/// Runs a body on every server that the environment names, under these limits.
async fn on_each_server<F, Fut>(config: Config, body: F)
where
    F: Fn(Db) -> Fut,
    Fut: Future<Output = ()>,
{
    let folder = tempfile::tempdir().unwrap();
    for url in testing::urls(folder.path()).into_iter().skip(1) {
        let db = connect(&url, "suite", &config).await.unwrap();
        body(db.clone()).await;
        db.close().await;
    }
}

#[tokio::test]
async fn a_statement_that_takes_too_long_is_ended_by_the_server() {
    let config = Config { statement_timeout_ms: 200, ..Config::default() };
    on_each_server(config, |db| async move {
        let endless = match db.dialect() {
            Dialect::Postgres => "SELECT count(pg_sleep(1000))",
            _ => "SELECT SLEEP(1000) + 0",
        };
        let ended = scalar(&db, endless).await;
        assert!(matches!(ended, Err(Error::Slow(_))), "{ended:?}");
        assert_eq!(scalar(&db, "SELECT count(*) + 6 FROM (SELECT 1) AS one").await.unwrap(), 7);
    })
    .await;
}

#[tokio::test]
async fn who_waits_too_long_for_a_connection_is_told_that_the_database_is_away() {
    let config = Config { connections: 2, acquire_timeout_ms: 200, ..Config::default() };
    on_each_server(config, |db| async move {
        let held = [db.reader().begin().await.unwrap(), db.reader().begin().await.unwrap()];
        let waited = db.ping().await;
        assert!(matches!(waited, Err(Error::Unavailable(_))), "{waited:?}");
        drop(held);
        db.ping().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn connections_that_broke_are_made_anew() {
    on_each_server(Config::default(), |db| async move {
        let (id, end) = match db.dialect() {
            Dialect::Postgres => ("pg_backend_pid()::bigint", "SELECT pg_terminate_backend({})"),
            _ => ("CAST(CONNECTION_ID() AS SIGNED)", "KILL {}"),
        };
        let held = [db.reader().begin().await.unwrap(), db.reader().begin().await.unwrap()];
        for held in held {
            let select = format!("SELECT {id}");
            let select = sea_orm::Statement::from_string(held.get_database_backend(), select);
            let row = held.query_one_raw(select).await.unwrap().unwrap();
            let id: i64 = row.try_get_by_index(0).unwrap();
            let end = end.replace("{}", &id.to_string());
            db.reader().execute_unprepared(&end).await.unwrap();
            let lost = Error::from(held.execute_unprepared("SELECT 1").await.unwrap_err());
            assert!(matches!(lost, Error::Unavailable(_)), "{lost:?}");
        }
        let answers = join_all((0..4).map(|_| db.ping())).await;
        assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    })
    .await;
}

#[tokio::test]
async fn text_compares_by_code_point_and_money_and_ids_come_back_exactly() {
    on_each(|db| async move {
        let sql =
            "CREATE TABLE probe (name varchar(20) NOT NULL PRIMARY KEY, minor bigint NOT NULL)";
        let tail = if db.dialect() == Dialect::Mysql { " COLLATE utf8mb4_bin" } else { "" };
        let create = format!("{sql}{tail}");
        db.write(move |tx| {
            let create = create.clone();
            async move {
                tx.conn().execute_unprepared(&create).await?;
                for (name, minor) in [("food", 1), ("Food", i64::MAX), ("Éa", i64::MIN)] {
                    let insert = format!("INSERT INTO probe VALUES ('{name}', {minor})");
                    tx.conn().execute_unprepared(&insert).await?;
                }
                Ok::<_, Error>(())
            }
        })
        .await
        .unwrap();
        let select = sea_orm::Statement::from_string(
            db.reader().get_database_backend(),
            "SELECT name, minor FROM probe ORDER BY name",
        );
        let rows = db.reader().query_all_raw(select).await.unwrap();
        let read: Vec<(String, i64)> = rows
            .iter()
            .map(|r| (r.try_get_by_index(0).unwrap(), r.try_get_by_index(1).unwrap()))
            .collect();
        let expected =
            [("Food", i64::MAX), ("food", 1), ("Éa", i64::MIN)].map(|(n, m)| (n.to_owned(), m));
        assert_eq!(read, expected);
    })
    .await;
}
