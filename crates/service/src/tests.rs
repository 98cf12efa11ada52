//! The frame's suite: two small services, one that counts and one that follows it.

mod outbox;
mod replicas;

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use axum::extract::State;
use http::Method;
use model::{Instant, StreamName};
use queue::LEASE_SECONDS;
use sea_orm::ConnectionTrait;
use serde::Deserialize;
use serde_json::{Value, json};
use store::{Event, Migration, Step, Tx, column, table};
use uuid::Uuid;

use crate as service;
use crate::testing::{Build, START, TestDeployment, deploy, on_each_database, person};
use crate::work::Worker;
use crate::{
    AtLeast, ChangeKey, Clock, Consumer, Context, Error, Fields, Follower, FromService, IfMatch,
    JobHandler, Json, Kind, Path, Person, Query, Routes, Rule, Service, endpoint,
};

// ---- a service that appends numbers to streams

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct Order {
    add: i64,
}

#[utoipa::path(post, path = "/api/v1/counter/things/{thing}", responses((status = 200)))]
async fn count(
    Person(_caller): Person,
    State(ctx): State<Context>,
    Path(thing): Path<Uuid>,
    ChangeKey(_key): ChangeKey,
    Json(order): Json<Order>,
) -> Result<Json<Value>, Error> {
    let stream = StreamName::new("counter", "thing", thing);
    let now = ctx.clock.now();
    let place = ctx
        .db()
        .write(move |tx| {
            let stream = stream.clone();
            async move {
                let place = tx.advance(&stream, now).await?;
                tx.emit(&stream, place, "added", now, &order.add).await?;
                Ok::<_, Error>(place)
            }
        })
        .await?;
    Ok(Json(json!({ "number": place.number })))
}

#[utoipa::path(put, path = "/api/v1/counter/things/{thing}", responses((status = 200)))]
async fn edit(
    Person(_caller): Person,
    IfMatch(version): IfMatch,
    Query(query): Query<EditQuery>,
) -> Result<Json<Value>, Error> {
    let mut fields = Fields::default();
    if query.size > 9 {
        fields.wrong("size", "must be at most 9");
    }
    if version < 1 {
        fields.wrong("If-Match", "must be at least 1");
    }
    fields.done()?;
    Ok(Json(json!({ "version": version })))
}

#[derive(Deserialize)]
struct EditQuery {
    size: u8,
}

async fn secret(FromService(name): FromService) -> Json<String> {
    Json(name)
}

fn counter(ctx: Context) -> anyhow::Result<Service> {
    let internal = service::Endpoint::internal("GET", "/internal/counter/secret", secret);
    Ok(Service::new("counter")
        .routes(Routes::new(ctx, [endpoint!(count), endpoint!(edit), internal])))
}

// ---- a service that sums what the other has added

const SUMS: &[Migration] = &[Migration {
    name: "0001_sums",
    up: |dialect| {
        vec![Step::from(
            table(dialect, "sum")
                .col(column::text("stream", 120).primary_key())
                .col(column::number("total"))
                .to_owned(),
        )]
    },
}];

struct Sums;

#[async_trait]
impl Consumer for Sums {
    fn name(&self) -> &'static str {
        "sums"
    }

    fn family(&self) -> &'static str {
        "counter/thing"
    }

    async fn apply(&self, tx: &Tx, stream: &StreamName, events: &[Event]) -> Result<(), Error> {
        let added: i64 = events.iter().map(|e| e.body.parse::<i64>().unwrap()).sum();
        let run = async |sql: String| {
            let done = tx.conn().execute_unprepared(&sql).await.map_err(store::Error::from)?;
            Ok::<_, Error>(done.rows_affected())
        };
        let update = format!("UPDATE sum SET total = total + {added} WHERE stream = '{stream}'");
        if run(update).await? == 0 {
            run(format!("INSERT INTO sum VALUES ('{stream}', {added})")).await?;
        }
        Ok(())
    }

    async fn forget(&self, tx: &Tx, stream: &StreamName) -> Result<(), Error> {
        let sql = format!("DELETE FROM sum WHERE stream = '{stream}'");
        tx.conn().execute_unprepared(&sql).await.map_err(store::Error::from)?;
        Ok(())
    }
}

#[derive(Clone)]
struct Adder {
    ctx: Context,
    follower: Follower,
}

#[utoipa::path(get, path = "/api/v1/adder/things/{thing}", responses((status = 200)))]
async fn total(
    Person(_caller): Person,
    State(adder): State<Adder>,
    Path(thing): Path<Uuid>,
    AtLeast(number): AtLeast,
) -> Result<Json<Value>, Error> {
    let stream = StreamName::new("counter", "thing", thing);
    if let Some(number) = number {
        adder.follower.at_least(&stream, number).await?;
    }
    let select = sea_orm::Statement::from_string(
        adder.ctx.db().reader().get_database_backend(),
        format!("SELECT total FROM sum WHERE stream = '{stream}'"),
    );
    let row = adder.ctx.db().reader().query_one_raw(select).await.map_err(store::Error::from)?;
    let total = row.map(|row| row.try_get_by_index::<i64>(0).unwrap());
    let as_of = adder.follower.position(&stream).await?.map(|place| place.number);
    Ok(Json(json!({ "total": total, "as_of": as_of })))
}

/// What the other service says our name is.
#[utoipa::path(get, path = "/api/v1/adder/name", responses((status = 200)))]
async fn name(Person(_caller): Person, State(adder): State<Adder>) -> Result<Json<String>, Error> {
    Ok(Json(adder.ctx.peers.get("counter", "/internal/counter/secret").await?))
}

fn adder(ctx: Context) -> anyhow::Result<Service> {
    let follower = ctx.follower(Sums);
    let state = Adder { ctx, follower: follower.clone() };
    Ok(Service::new("adder")
        .migrations(SUMS)
        .routes(Routes::new(state, [endpoint!(total), endpoint!(name)]))
        .on(follower))
}

const BOTH: [(&str, Build); 2] = [("counter", counter), ("adder", adder)];

async fn add(deployment: &TestDeployment, thing: Uuid, amount: i64) -> i64 {
    let client = deployment.client(person());
    let path = format!("/api/v1/counter/things/{thing}");
    client.post(&path, json!({ "add": amount })).await.expect(200)["number"].as_i64().unwrap()
}

async fn read(deployment: &TestDeployment, thing: Uuid, query: &str) -> crate::testing::Answer {
    let path = format!("/api/v1/adder/things/{thing}{query}");
    deployment.client(person()).get(&path).await
}

// ---- following

#[tokio::test]
async fn a_projection_catches_up_and_a_reader_sees_what_was_just_written() {
    on_each_database(&BOTH, |deployment| async move {
        let (one, other) = (Uuid::now_v7(), Uuid::now_v7());
        for amount in 1..=600 {
            add(&deployment, one, amount).await;
        }
        assert_eq!(read(&deployment, one, "").await.expect(200)["total"], Value::Null);
        deployment.settle().await;
        let all = json!({ "total": 180_300, "as_of": 600 });
        assert_eq!(read(&deployment, one, "").await.expect(200), all);

        let number = add(&deployment, other, 7).await;
        let fresh = read(&deployment, other, &format!("?at_least={number}")).await.expect(200);
        assert_eq!(fresh, json!({ "total": 7, "as_of": 1 }));
        let beyond = read(&deployment, other, "?at_least=2").await;
        assert_eq!(beyond.field().0, "at_least");
        beyond.expect(422);
        let nonsense = read(&deployment, other, "?at_least=soon").await;
        assert_eq!(nonsense.field().0, "at_least");
    })
    .await;
}

#[tokio::test]
async fn readers_and_the_consumer_may_race_and_nothing_is_counted_twice() {
    on_each_database(&BOTH, |deployment| async move {
        let thing = Uuid::now_v7();
        let mut expected = 0;
        for round in 1..=5 {
            for amount in 1..=4 {
                add(&deployment, thing, amount * round).await;
                expected += amount * round;
            }
            let query = format!("?at_least={}", round * 4);
            let racing = (0..6).map(|_| read(&deployment, thing, &query));
            let (answers, ()) =
                futures::join!(futures::future::join_all(racing), deployment.settle());
            for answer in answers {
                assert_eq!(answer.expect(200)["total"], json!(expected));
            }
        }
    })
    .await;
}

#[tokio::test]
async fn another_epoch_makes_a_consumer_begin_anew() {
    on_each_database(&BOTH, |deployment| async move {
        let thing = Uuid::now_v7();
        for amount in [1, 2, 3] {
            add(&deployment, thing, amount).await;
        }
        deployment.settle().await;
        // The owner was restored to an older state: fewer events, a new epoch.
        let restore = |tx: Tx| async move {
            for sql in ["UPDATE stream SET head = 2", "DELETE FROM event WHERE number = 3"] {
                tx.conn().execute_unprepared(sql).await.map_err(store::Error::from)?;
            }
            Ok::<_, Error>(tx.renew_epochs().await?)
        };
        deployment.database("counter").write(restore).await.unwrap();
        add(&deployment, thing, 10).await;
        deployment.settle().await;
        let answer = read(&deployment, thing, "").await.expect(200);
        assert_eq!(answer, json!({ "total": 13, "as_of": 3 }));
    })
    .await;
}

// ---- who may call

#[tokio::test]
async fn only_the_right_token_opens_an_endpoint() {
    let deployment = deploy(&BOTH).await;
    let path = format!("/api/v1/counter/things/{}", Uuid::now_v7());
    let body = json!({ "add": 1 });
    deployment.stranger().post(&path, body.clone()).await.expect(401);
    deployment.client(person()).post(&path, body.clone()).await.expect(200);
    deployment.client(person()).get("/internal/counter/secret").await.expect(401);
    let said = deployment.client(person()).get("/api/v1/adder/name").await.expect(200);
    assert_eq!(said, "adder");

    deployment.clock.advance_seconds(3600);
    let fresh = deployment.client(person());
    deployment.clock.advance_seconds(1000);
    fresh.post(&path, body).await.expect(401);
    let rules: Vec<Rule> = deployment.deployment.endpoints().iter().map(|e| e.rule).collect();
    assert_eq!(rules.iter().filter(|rule| **rule == Rule::Person).count(), 4);
    assert_eq!(rules.iter().filter(|rule| **rule == Rule::Service).count(), 5);
}

#[tokio::test]
async fn a_cookie_works_only_from_our_own_pages() {
    let deployment = deploy(&BOTH).await;
    let path = format!("/api/v1/counter/things/{}", Uuid::now_v7());
    let cookie = format!("a=b; et_access={}", deployment.token(person()));
    let send = async |origin: Option<&str>| {
        let mut headers = vec![
            ("cookie", cookie.as_str()),
            ("host", "books.test:8000"),
            ("content-type", "application/json"),
        ];
        headers.extend(origin.map(|origin| ("origin", origin)));
        let body = br#"{"add": 1}"#.to_vec();
        deployment.stranger().send_bytes(Method::POST, &path, &headers, body).await.status.as_u16()
    };
    assert_eq!(send(Some("http://books.test:8000")).await, 200);
    for foreign in ["http://evil.test", "http://books.test", "null", "http://books.test:8001"] {
        assert_eq!(send(Some(foreign)).await, 403, "{foreign}");
    }
    assert_eq!(send(None).await, 403, "a browser always names the origin of a POST");
}

// ---- what is wrong

#[tokio::test]
async fn a_problem_names_the_field_and_what_would_be_right() {
    let deployment = deploy(&BOTH).await;
    let client = deployment.client(person());
    let path = format!("/api/v1/counter/things/{}", Uuid::now_v7());
    let answer = client.post(&path, json!({ "add": "five" })).await;
    assert_eq!(answer.headers["content-type"], "application/problem+json");
    assert_eq!(answer.field().0, "add");
    answer.expect(422);
    let unknown = client.post(&path, json!({ "add": 1, "ad": 2 })).await;
    assert!(unknown.field().1.contains("expected `add`"), "{:?}", unknown.field());
    let send = async |body: &[u8], kind: &str| {
        let headers = [("content-type", kind)];
        client.send_bytes(Method::POST, &path, &headers, body.to_vec()).await.status.as_u16()
    };
    assert_eq!(send(b"{", "application/json").await, 400);
    assert_eq!(send(b"{\"add\":1}x", "application/json").await, 400);
    assert_eq!(send(b"{\"add\":1}", "text/plain").await, 400);
    assert_eq!(send(&vec![b' '; 2 << 20], "application/json").await, 413);
    client.post("/api/v1/counter/things/7", json!({ "add": 1 })).await.expect(404);
    client.get("/api/v1/counter/nothing").await.expect(404);
    client.send(Method::DELETE, &path, &[], None).await.expect(405);

    client.put(&format!("{path}?size=1"), Value::Null).await.expect(428);
    let edit = async |size: &str, version: &str| {
        let path = format!("{path}?size={size}");
        client.send(Method::PUT, &path, &[("if-match", version)], None).await
    };
    edit("1", "\"3\"").await.expect(200);
    assert_eq!(edit("1", "3").await.field().0, "If-Match");
    assert_eq!(edit("many", "\"3\"").await.field().0, "size");
    let both = edit("99", "\"0\"").await.expect(422);
    assert_eq!(both["fields"].as_array().unwrap().len(), 2, "all wrong fields at once");
    let key = [("idempotency-key", "again")];
    let answer = client.send(Method::POST, &path, &key, Some(json!({ "add": 1 }))).await;
    assert_eq!(answer.field().0, "Idempotency-Key");
}

#[tokio::test]
async fn while_the_database_is_away_one_is_told_when_to_come_back() {
    let deployment = deploy(&BOTH).await;
    deployment.database("counter").fuse().blow_after(0);
    let path = format!("/api/v1/counter/things/{}", Uuid::now_v7());
    let answer = deployment.client(person()).post(&path, json!({ "add": 1 })).await;
    assert_eq!(answer.headers["content-type"], "application/problem+json");
    assert_eq!(answer.headers["retry-after"], "2");
    let detail = answer.expect(503)["detail"].as_str().unwrap().to_owned();
    assert!(detail.contains("away for a moment"), "{detail}");
}

#[tokio::test]
async fn a_request_id_crosses_services_and_events() {
    let deployment = deploy(&BOTH).await;
    let thing = Uuid::now_v7();
    let path = format!("/api/v1/counter/things/{thing}");
    let headers = [("x-request-id", "trace-7")];
    let client = deployment.client(person());
    let answer = client.send(Method::POST, &path, &headers, Some(json!({ "add": 1 }))).await;
    assert_eq!(answer.headers["x-request-id"], "trace-7");
    let stream = StreamName::new("counter", "thing", thing);
    let run = deployment.database("counter").events_after(&stream, 0, 9).await.unwrap().unwrap();
    assert_eq!(run.events[0].cause.as_deref(), Some("trace-7"));
    let odd = [("x-request-id", "a\"b")];
    let answer = client.send(Method::POST, &path, &odd, Some(json!({ "add": 1 }))).await;
    assert_ne!(answer.headers["x-request-id"], "a\"b");
}

// ---- jobs and schedules

static RUNS: AtomicUsize = AtomicUsize::new(0);

fn busy(ctx: Context) -> anyhow::Result<Service> {
    let tried = Arc::new(Mutex::new(Vec::new()));
    let clock = ctx.clock.clone();
    let db = ctx.db().clone();
    Ok(Service::new("busy")
        .job("flaky", move |job| {
            let (tried, clock, db) = (Arc::clone(&tried), clock.clone(), db.clone());
            async move {
                tried.lock().unwrap().push(clock.now());
                let count = tried.lock().unwrap().len();
                assert_ne!(count, 1, "the first try breaks");
                if count < 3 {
                    return Err(Error::unavailable("not yet"));
                }
                let next = if job.body == "last" { "hopeless" } else { "unknown" };
                db.write(move |tx| async move {
                    Ok::<_, Error>(tx.enqueue(Uuid::now_v7(), next, String::new(), START).await?)
                })
                .await
            }
        })
        .job("hopeless", |_| async { Err(Error::new(Kind::Invalid, "never")) })
        .every("sweep", 60, || async {
            RUNS.fetch_add(1, Ordering::SeqCst);
            Ok(())
        }))
}

#[tokio::test]
async fn a_job_is_tried_up_the_ladder_and_a_schedule_runs_when_it_is_due() {
    let deployment = deploy(&[("busy", busy)]).await;
    let db = deployment.database("busy");
    db.write(move |tx| async move {
        Ok::<_, Error>(tx.enqueue(Uuid::now_v7(), "flaky", "last".to_owned(), START).await?)
    })
    .await
    .unwrap();
    deployment.settle().await;
    assert_eq!(RUNS.load(Ordering::SeqCst), 1, "a new schedule runs at once");
    assert_eq!(db.next_job_due().await.unwrap(), Some(START.plus_seconds(5)));
    deployment.clock.advance_seconds(5);
    deployment.settle().await;
    assert_eq!(db.next_job_due().await.unwrap(), Some(START.plus_seconds(35)));
    deployment.clock.advance_seconds(60);
    deployment.settle().await;
    assert_eq!(db.next_job_due().await.unwrap(), None, "done, and what can't succeed is parked");
    assert_eq!(RUNS.load(Ordering::SeqCst), 2);
    assert_eq!(deployment.clock.now(), Instant(START.0).plus_seconds(65));
}

#[tokio::test]
async fn a_worker_keeps_the_job_it_is_at_and_leaves_one_that_another_has() {
    let folder = tempfile::tempdir().unwrap();
    let url = store::testing::urls(folder.path()).remove(0);
    let db = store::testing::open(&url, "busy").await;
    let queue = queue::connect("embedded:", "busy", &db).unwrap();
    let clock = Clock::manual(START);
    let gate = Arc::new(tokio::sync::Notify::new());
    let (opened, finished) = (Arc::clone(&gate), Arc::new(AtomicUsize::new(0)));
    let count = Arc::clone(&finished);
    let handler: JobHandler = Arc::new(move |_| {
        let (gate, count) = (Arc::clone(&gate), Arc::clone(&count));
        Box::pin(async move {
            gate.notified().await;
            count.fetch_add(1, Ordering::SeqCst);
            Ok(())
        })
    });
    let jobs = HashMap::from([("slow", handler)]);
    let often = Duration::from_millis(5);
    let worker = Worker::new("busy", db.clone(), queue.clone(), jobs, vec![], clock.clone(), often);
    let id = Uuid::now_v7();
    let order = move |tx: Tx| async move { tx.enqueue(id, "slow", String::new(), START).await };
    db.write(order).await.unwrap();

    let working = tokio::spawn({
        let worker = worker.clone();
        async move { worker.step().await }
    });
    let lease_runs_until = async |end: Instant| {
        while db.job_standing(id).await.unwrap().is_none_or(|at| at.due != end) {
            tokio::task::yield_now().await;
        }
    };
    lease_runs_until(START.plus_seconds(LEASE_SECONDS)).await;
    clock.advance_seconds(LEASE_SECONDS - 1);
    lease_runs_until(START.plus_seconds(2 * LEASE_SECONDS - 1)).await;
    let late = START.plus_seconds(4 * LEASE_SECONDS);
    let other = queue.claim(late).await.unwrap().unwrap();
    assert!(working.await.unwrap().unwrap());
    assert_eq!(finished.load(Ordering::SeqCst), 0, "it was stopped, since another is at it");
    assert!(queue.failed(&other, late, "no luck".to_owned()).await.is_ok());
    clock.advance_seconds(5 * LEASE_SECONDS);
    opened.notify_one();
    assert!(worker.step().await.unwrap());
    assert_eq!(finished.load(Ordering::SeqCst), 1);
    assert_eq!(db.job_standing(id).await.unwrap(), None);
}
