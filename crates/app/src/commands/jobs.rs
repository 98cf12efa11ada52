//! `jobs`: what services have yet to do, and a new beginning for what failed for good.

use serde::Serialize;
use service::Clock;
use store::Db;
use store::jobs::{Listed, State};
use uuid::Uuid;

use super::print;
use crate::backends;
use crate::cli::JobsCommand;
use crate::config::Config;
use crate::services::{Entry, SERVICES};

/// How many jobs are read at once.
const PAGE: u64 = 500;

pub async fn run(config: &Config, command: &JobsCommand) -> anyhow::Result<()> {
    backends::require_data(config)?;
    match command {
        JobsCommand::List { service, parked, json } => {
            let show = if *json { in_json } else { in_words };
            list(config, service.as_deref(), parked.then_some(State::Parked), show).await
        }
        JobsCommand::Replay { id: Some(id), service, .. } => {
            replay(config, service.as_deref(), *id).await
        }
        JobsCommand::Replay { id: None, service, .. } => {
            replay_all(config, service.as_deref()).await
        }
    }
}

/// The services that keep jobs, or the one that is asked for.
fn chosen(service: Option<&str>) -> impl Iterator<Item = &'static Entry> {
    SERVICES
        .iter()
        .filter(move |entry| entry.has_database && service.is_none_or(|name| entry.name == name))
}

async fn open(config: &Config, entry: &Entry) -> anyhow::Result<Db> {
    let (db, _) = backends::open(config, entry.name).await?;
    db.migrate(entry.migrations).await?;
    Ok(db)
}

type Show = fn(&'static str, &Listed) -> anyhow::Result<String>;

async fn list(
    config: &Config,
    service: Option<&str>,
    only: Option<State>,
    show: Show,
) -> anyhow::Result<()> {
    for entry in chosen(service) {
        let db = open(config, entry).await?;
        let mut after = None;
        loop {
            let page = db.list_jobs(only, after, PAGE).await?;
            let lines = page.iter().map(|job| show(entry.name, job));
            print(&lines.collect::<anyhow::Result<String>>()?)?;
            let Some(last) = page.last() else { break };
            after = Some(last.id);
        }
        db.close().await;
    }
    Ok(())
}

/// A job as a line of JSON.
#[derive(Serialize)]
struct Line<'a> {
    service: &'a str,
    id: Uuid,
    kind: &'a str,
    state: &'static str,
    due: model::Instant,
    attempts: i64,
    reason: Option<&'a str>,
    /// The id of the request that ordered it, as it stands in the log.
    request: Option<&'a str>,
}

fn in_json(service: &'static str, job: &Listed) -> anyhow::Result<String> {
    let line = Line {
        service,
        id: job.id,
        kind: &job.kind,
        state: job.standing.state.as_str(),
        due: job.standing.due,
        attempts: job.attempts,
        reason: job.reason.as_deref(),
        request: job.cause.as_deref(),
    };
    Ok(format!("{}\n", serde_json::to_string(&line)?))
}

fn in_words(service: &'static str, job: &Listed) -> anyhow::Result<String> {
    let Listed { id, kind, standing, attempts, reason, .. } = job;
    let (state, due) = (standing.state.as_str(), standing.due);
    let meaning = match standing.state {
        State::Ready => "due",
        State::Sending | State::Running => "until",
        State::Sent | State::Parked => "since",
    };
    let tried =
        if *attempts == 1 { "1 attempt".to_owned() } else { format!("{attempts} attempts") };
    let reason = reason.as_deref().map_or(String::new(), |reason| format!(": {reason}"));
    Ok(format!("{service:<10} {id}  {kind}  {state} {meaning} {due}, {tried}{reason}\n"))
}

async fn replay(config: &Config, service: Option<&str>, id: Uuid) -> anyhow::Result<()> {
    for entry in chosen(service) {
        let db = open(config, entry).await?;
        let replayed = db.replay_jobs(Some(id), Clock::System.now()).await? == 1;
        let standing = db.job_standing(id).await?;
        db.close().await;
        if replayed {
            return print(&format!("{}: {id} begins anew.\n", entry.name));
        }
        if let Some(standing) = standing {
            anyhow::bail!(
                "the job {id} of {} is {}, and only a parked one can begin anew; `jobs list \
                 --parked` shows those",
                entry.name,
                standing.state.as_str()
            );
        }
    }
    let where_to =
        service.map_or("no service has".to_owned(), |name| format!("{name} does not have"));
    anyhow::bail!("{where_to} a job {id}, or it is done; `jobs list --parked` shows what is parked")
}

async fn replay_all(config: &Config, service: Option<&str>) -> anyhow::Result<()> {
    for entry in chosen(service) {
        let db = open(config, entry).await?;
        let count = db.replay_jobs(None, Clock::System.now()).await?;
        db.close().await;
        print(&format!("{}: {count} begin anew\n", entry.name))?;
    }
    Ok(())
}
