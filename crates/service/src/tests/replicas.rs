//! Two replicas of one service: whatever they race for is done once.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use model::Instant;
use store::Tx;
use uuid::Uuid;

use crate::testing::{START, TestDeployment};
use crate::{Context, Error, Service};

const TICKS: i64 = 20;
const JOBS: usize = 100;
const PATIENCE: Duration = Duration::from_secs(60);

/// When the schedule ran, and how often each job was done, by its body.
static SEEN: Mutex<Seen> = Mutex::new(Seen { runs: Vec::new(), done: BTreeMap::new() });

#[derive(Default)]
struct Seen {
    runs: Vec<Instant>,
    done: BTreeMap<String, usize>,
}

fn seen<T>(look: impl FnOnce(&mut Seen) -> T) -> T {
    look(&mut SEEN.lock().unwrap_or_else(PoisonError::into_inner))
}

fn shared(ctx: Context) -> anyhow::Result<Service> {
    let clock = ctx.clock.clone();
    Ok(Service::new("shared")
        .job("count", |job| async move {
            seen(|seen| *seen.done.entry(job.body).or_default() += 1);
            tokio::task::yield_now().await;
            Ok(())
        })
        .every("sweep", 60, move || {
            let now = clock.now();
            async move {
                seen(|seen| seen.runs.push(now));
                Ok(())
            }
        }))
}

/// The queues that this run has; the name of a broker's queues is new each time.
fn queues() -> Vec<String> {
    let rabbit = std::env::var("EXPENSE_TEST_RABBITMQ").ok();
    let rabbit = rabbit.map(|url| format!("{url}?prefix=replicas-{}", Uuid::now_v7()));
    std::iter::once("embedded:".to_owned()).chain(rabbit).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn two_replicas_run_each_schedule_and_do_each_job_once() {
    let folder = tempfile::tempdir().unwrap();
    for queue in queues() {
        // A file of SQLite belongs to one process.
        for url in store::testing::urls(folder.path()).into_iter().skip(1) {
            println!("on {} and {}", scheme(&url), scheme(&queue));
            seen(|seen| *seen = Seen::default());
            let one = TestDeployment::on(&url, &queue, &[("shared", shared)]).await;
            let other = one.replica(bus::connect("embedded:").unwrap()).await;
            race_for_schedules(&one, &other).await;
            race_for_jobs(one, other).await;
        }
    }
}

fn scheme(url: &str) -> &str {
    url.split(':').next().unwrap_or_default()
}

async fn race_for_schedules(one: &TestDeployment, other: &TestDeployment) {
    for _ in 0..TICKS {
        tokio::join!(one.settle(), other.settle());
        one.clock.advance_seconds(60);
    }
    let due: Vec<Instant> = (0..TICKS).map(|tick| START.plus_seconds(60 * tick)).collect();
    assert_eq!(seen(|seen| seen.runs.clone()), due);
}

async fn race_for_jobs(mut one: TestDeployment, mut other: TestDeployment) {
    one.deployment.start();
    other.deployment.start();
    let mut expected = BTreeMap::new();
    for number in 0..JOBS {
        let replica = if number % 2 == 0 { &one } else { &other };
        let (id, body) = (Uuid::now_v7(), number.to_string());
        expected.insert(body.clone(), 1);
        let order = move |tx: Tx| {
            let body = body.clone();
            async move { Ok::<_, Error>(tx.enqueue(id, "count", body, START).await?) }
        };
        replica.database("shared").write(order).await.unwrap();
    }
    let all_done = async {
        while !one.database("shared").list_jobs(None, None, 1).await.unwrap().is_empty() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, all_done).await.expect("all jobs are done");
    assert_eq!(seen(|seen| seen.done.clone()), expected);
    one.deployment.stop(PATIENCE).await;
    other.deployment.stop(PATIENCE).await;
}
