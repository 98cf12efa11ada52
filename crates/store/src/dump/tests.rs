//! Rows leave each kind of database and enter each other one as the same values.

use model::Instant;
use sea_orm::ConnectionTrait;
use sea_orm::sea_query::{Expr, Query};
use uuid::Uuid;

use super::{Kind, Shape, Snapshot, shapes, snapshots};
use crate::jobs::{Standing, State};
use crate::migrate::FRAME_MIGRATIONS;
use crate::{Db, Error, Migration, Step, column, table, testing};

const PROBE: Migration = Migration {
    name: "0001_probe",
    up: |dialect| {
        vec![
            table(dialect, "probe")
                .col(column::number("number").primary_key())
                .col(column::maybe_id("id"))
                .col(column::maybe_long_text(dialect, "text"))
                .col(column::maybe_number("minor"))
                .col(column::flag("flag"))
                .to_owned()
                .into(),
        ]
    },
};

const GROWN: Migration = Migration {
    name: "0002_probe_grows",
    up: |dialect| {
        vec![
            Step::AddColumn { table: "probe", column: Box::new(column::maybe_text("word", 9)) },
            table(dialect, "passing").col(column::flag("flag").primary_key()).to_owned().into(),
            Step::Drop { table: "passing" },
        ]
    },
};

const OWN: &[Migration] = &[PROBE, GROWN];

fn probe() -> Shape {
    shapes(&[&PROBE, &GROWN]).remove(0)
}

async fn open(url: &str, name: &str) -> Db {
    let db = testing::open(url, name).await;
    db.migrate(OWN).await.unwrap();
    db
}

async fn insert(db: &Db, number: i64, text: &str) {
    let text = text.to_owned();
    db.write(move |tx| {
        let id = (number % 2 == 0).then(|| Uuid::from_u128(number.unsigned_abs().into()));
        let row = [
            Expr::val(number),
            Expr::val(id),
            Expr::val(text.clone()),
            Expr::val(i64::MIN),
            Expr::val(number == 1),
        ];
        let mut insert = Query::insert();
        insert
            .into_table("probe")
            .columns(["number", "id", "text", "minor", "flag"])
            .values_panic(row);
        async move {
            tx.conn().execute(&insert).await?;
            Ok::<_, Error>(())
        }
    })
    .await
    .unwrap();
}

async fn lines(db: &Db) -> Vec<String> {
    let snapshot = Snapshot::open(db).await.unwrap();
    let mut lines = Vec::new();
    let collect = |part: &[u8], rows: u64| {
        let text = String::from_utf8(part.to_vec()).unwrap();
        lines.extend(text.lines().map(str::to_owned));
        assert_eq!(text.lines().count() as u64, rows);
        Ok::<_, Error>(())
    };
    snapshot.read(&probe(), collect).await.unwrap();
    lines.sort();
    lines
}

#[test]
fn shapes_follow_the_migrations() {
    let columns = |names: &[(&str, Kind)]| {
        names.iter().map(|(name, kind)| ((*name).to_owned(), *kind)).collect::<Vec<_>>()
    };
    let all = [
        ("number", Kind::Number),
        ("id", Kind::Id),
        ("text", Kind::Text),
        ("minor", Kind::Number),
        ("flag", Kind::Flag),
        ("word", Kind::Text),
    ];
    assert_eq!(shapes(&[&PROBE])[0].columns, columns(&all[..5]));
    let grown = shapes(&[&PROBE, &GROWN]);
    assert_eq!((grown.len(), &grown[0].columns), (1, &columns(&all)));
}

/// Whoever adds a table to the frame decides here whether a backup holds it.
#[test]
fn every_table_of_the_frame_is_kept_or_passes() {
    let frame: Vec<&Migration> = FRAME_MIGRATIONS.iter().collect();
    let tables = shapes(&frame).into_iter().map(|shape| shape.table);
    let kept: Vec<String> =
        tables.filter(|table| !super::PASSING_TABLES.contains(&table.as_str())).collect();
    assert_eq!(kept, ["stream", "event", "job", "schedule"]);
}

#[tokio::test]
async fn rows_are_the_same_on_every_database() {
    let folder = tempfile::tempdir().unwrap();
    for from in testing::urls(folder.path()) {
        let source = open(&from, "source").await;
        for (number, text) in [(1, "plain"), (2, "\"Größe\"\n\t\u{0}é 🥐"), (3, "")] {
            // PostgreSQL keeps no zero character.
            insert(&source, number, &text.replace('\u{0}', "")).await;
        }
        let written = lines(&source).await;
        assert_eq!(written.len(), 3);
        for to in testing::urls(folder.path()) {
            let target = open(&to, "target").await;
            let loaded = target.load(&probe(), (written.join("\n") + "\n").into_bytes()).await;
            assert_eq!(loaded.unwrap(), 3);
            assert_eq!(lines(&target).await, written);
            target.close().await;
        }
        source.close().await;
    }
}

#[tokio::test]
async fn many_rows_come_in_and_a_row_that_does_not_fit_is_named() {
    let folder = tempfile::tempdir().unwrap();
    for url in testing::urls(folder.path()) {
        let db = open(&url, "many").await;
        let rows =
            (0..1201).map(|n| format!("[{n},null,\"t\",null,true,null]\n")).collect::<String>();
        assert_eq!(db.load(&probe(), rows.into_bytes()).await.unwrap(), 1201);
        for wrong in [
            "[1]\n",
            "[\"x\",null,null,null,true,null]\n",
            "[9999,\"no id\",null,null,true,null]\n",
            "[\n",
        ] {
            let good = "[7777,null,null,null,true,null]\n".to_owned();
            let refused = db.load(&probe(), (good + wrong).into_bytes()).await;
            assert!(matches!(refused, Err(Error::Json(_))), "{wrong}: {refused:?}");
        }
        assert_eq!(lines(&db).await.len(), 1201, "all or none");
        db.close().await;
    }
}

#[tokio::test]
async fn snapshots_of_files_show_one_moment_and_nobody_waits_afterwards() {
    let folder = tempfile::tempdir().unwrap();
    for url in testing::urls(folder.path()) {
        let dbs = [open(&url, "first").await, open(&url, "second").await];
        insert(&dbs[0], 1, "before").await;
        let taken = snapshots(&dbs).await.unwrap();
        assert_eq!(taken[0].migrations().len(), FRAME_MIGRATIONS.len() + OWN.len());
        for db in &dbs {
            insert(db, 2, "after").await;
        }
        let counts =
            [taken[0].count("probe").await.unwrap(), taken[1].count("probe").await.unwrap()];
        assert_eq!(counts, [1, 0]);
    }
}

#[tokio::test]
async fn another_life_has_other_epochs_and_no_worker() {
    let folder = tempfile::tempdir().unwrap();
    for url in testing::urls(folder.path()) {
        let db = open(&url, "anew").await;
        let (stream, now) = (model::StreamName::new("suite", "thing", Uuid::now_v7()), Instant(1));
        let (named, [claimed, parked]) = (stream.clone(), [Uuid::now_v7(), Uuid::now_v7()]);
        db.write(move |tx| {
            let stream = named.clone();
            async move {
                tx.advance(&stream, now).await?;
                tx.enqueue(parked, "count", String::new(), now).await?;
                tx.enqueue(claimed, "count", String::new(), Instant(2)).await
            }
        })
        .await
        .unwrap();
        let before = db.stream_head(&stream).await.unwrap().unwrap();
        let broken = db.claim_job(now, Instant(999)).await.unwrap().unwrap();
        let at = Standing { state: State::Parked, due: now };
        assert!(db.put_back_job(&broken, at, "broken".to_owned()).await.unwrap());
        assert_eq!(db.claim_job(Instant(2), Instant(999)).await.unwrap().unwrap().id, claimed);
        assert_eq!(db.claim_job(Instant(2), Instant(999)).await.unwrap(), None);

        db.begin_anew().await.unwrap();
        let after = db.stream_head(&stream).await.unwrap().unwrap();
        assert_eq!(after.number, before.number);
        assert_ne!(after.epoch, before.epoch);
        assert_eq!(db.claim_job(Instant(2), Instant(999)).await.unwrap().unwrap().id, claimed);
        assert_eq!(db.claim_job(Instant(2), Instant(999)).await.unwrap(), None, "parked it stays");
        db.close().await;
    }
}
