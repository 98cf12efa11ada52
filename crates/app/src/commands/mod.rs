//! What each command does, and the exit code that says how it went.

mod backup;
mod config;
mod gateway;
mod health;
mod import;
mod jobs;
mod migrate;
mod routes;
mod secrets;
mod services;
mod users;
mod verify;

use std::io::Write;
use std::process::ExitCode;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use service::{Deployment, EndpointFacts, Secrets};
use tokio_util::sync::CancellationToken;

use crate::asyncapi;
use crate::backends;
use crate::cli::{Cli, Command};
use crate::config::Config;
use crate::document;
use crate::serve;
use crate::shape::Shape;

/// The command was understood and could not be done.
pub const FAILED: ExitCode = ExitCode::FAILURE;

/// Runs a command and says on standard error why it failed, if it did.
pub async fn run(cli: Cli) -> ExitCode {
    match dispatch(cli).await {
        Ok(code) => code,
        Err(error) => {
            eprintln!("expense-tracker: {}", told(&error));
            ExitCode::FAILURE
        }
    }
}

/// An error with its causes, where it does not tell of them itself.
fn told(error: &anyhow::Error) -> String {
    let mut text = error.to_string();
    for cause in error.chain().skip(1).map(ToString::to_string) {
        if !text.contains(&cause) {
            text.push_str(&format!(": {cause}"));
        }
    }
    text.trim_end().to_owned()
}

async fn dispatch(cli: Cli) -> anyhow::Result<ExitCode> {
    let config = || Config::load(cli.config.as_deref());
    match cli.command {
        Command::Serve { services } => serve::run(config()?, &services).await?,
        Command::Migrate { print: Some(dialect), service } => {
            migrate::print(dialect, service.as_deref().unwrap_or_default())?;
        }
        Command::Migrate { print: None, .. } => migrate::run(&config()?).await?,
        Command::Config { command } => config::run(&command, cli.config.as_deref())?,
        Command::Health { url } => health::run(&config()?, url).await?,
        Command::Gateway { command } => gateway::run(&config()?, &command).await?,
        Command::Routes => routes::run(&config()?).await?,
        Command::Services { json } => services::run(json)?,
        Command::Openapi => openapi().await?,
        Command::Asyncapi => print(&asyncapi::text()?)?,
        Command::Import(arguments) => return import::run(&arguments).await,
        Command::Secrets { command } => secrets::run(&config()?, &command)?,
        Command::Verify => return verify::run(&config()?).await,
        Command::Backup(arguments) => backup::run(&config()?, &arguments).await?,
        Command::Restore(arguments) => backup::run_restore(&config()?, &arguments).await?,
        Command::Jobs { command } => jobs::run(&config()?, &command).await?,
        Command::Users { command } => users::run(&config()?, &command).await?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Writes to standard output; a reader that has seen enough is no failure.
fn print(text: &str) -> anyhow::Result<()> {
    match std::io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        written => Ok(written?),
    }
}

/// How far long work is; it hides where nobody watches.
fn progress_bar(work: &'static str) -> ProgressBar {
    let bar = ProgressBar::new(0).with_prefix(work);
    match ProgressStyle::with_template("{prefix:>10} {bar:40} {pos} of {len}") {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

async fn openapi() -> anyhow::Result<()> {
    let text = on_scratch(|deployment| document::text(deployment.document())).await??;
    print(&text)
}

/// Every endpoint of every service.
pub async fn endpoints() -> anyhow::Result<Vec<EndpointFacts>> {
    on_scratch(|deployment| deployment.endpoints().to_vec()).await
}

/// What a function reads of all services: they are on empty databases of their own, and nothing runs.
async fn on_scratch<T>(read: impl FnOnce(&Deployment) -> T) -> anyhow::Result<T> {
    let folder = std::env::temp_dir().join(format!("expense-tracker-{}", uuid::Uuid::new_v4()));
    std::fs::create_dir_all(&folder)?;
    let mut config = Config::load_defaults()?;
    let inside = |name: &str| format!("{}/{name}", folder.display());
    config.database = format!("sqlite://{}", inside("{service}.db"));
    config.files = format!("file://{}", inside("files"));
    let (secrets, stop) = (Secrets::random()?, CancellationToken::new());
    let deployment = backends::assemble(&config, secrets, &Shape::all_services(), stop).await?;
    let found = read(&deployment);
    deployment.stop(Duration::ZERO).await;
    std::fs::remove_dir_all(folder)?;
    Ok(found)
}
