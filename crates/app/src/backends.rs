//! From the configuration to a deployment: the one place that connects to back ends.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use service::{Clock, Deployment, Ids, Part, Reach, Secrets, Setting};
use tokio_util::sync::CancellationToken;

use crate::config::{Config, without_password};
use crate::shape::Shape;

/// Connects what the configuration names and assembles services on it; nothing runs yet.
pub async fn assemble(
    config: &Config,
    secrets: Secrets,
    shape: &Shape,
    stop: CancellationToken,
) -> anyhow::Result<Deployment> {
    let setting = Setting {
        bus: bus::connect(&config.bus)?,
        cache: cache::connect(&config.cache)?,
        files: files::connect(&config.files).await?,
        reach: Reach::with_remote(config.services.clone().into_iter().collect()),
        clock: Clock::System,
        ids: Ids::System,
        secrets,
        public_url: config.public_origin()?,
        keys: None,
    };
    let mut parts = Vec::new();
    for entry in &shape.entries {
        let store = if entry.has_database { Some(open(config, entry.name).await?) } else { None };
        let (build, config) = (entry.build, config.clone());
        let build = Box::new(move |ctx| build(ctx, &config));
        parts.push(Part { name: entry.name, asks: entry.asks.to_vec(), store, build });
    }
    Deployment::assemble(setting, parts, stop).await
}

/// Reads the secrets that the services here need; `None` where no service runs here.
///
/// An installation of one process makes them on its first start. Processes that each made their own
/// would understand none of each other's tokens.
pub fn secrets(config: &Config, shape: &Shape) -> anyhow::Result<Option<Secrets>> {
    if shape.entries.is_empty() {
        return Ok(None);
    }
    let folder = Path::new(&config.secrets);
    let secrets = match shape.is_whole() {
        true => Secrets::load_or_make(folder),
        false => Secrets::load(folder, shape.runs("auth")),
    };
    let named = |error| anyhow::anyhow!("secrets = \"{}\": {error}", config.secrets);
    secrets.map(Some).map_err(named)
}

/// Reads the secrets of auth, for a command that does what auth would.
pub fn secrets_of_auth(config: &Config) -> anyhow::Result<Secrets> {
    Secrets::load(Path::new(&config.secrets), true)
        .map_err(|error| anyhow::anyhow!("secrets = \"{}\": {error}", config.secrets))
}

/// Opens the database and queue of one service.
pub async fn open(config: &Config, service: &str) -> anyhow::Result<(store::Db, queue::Queue)> {
    let db = database(config, service, &config.store).await?;
    let queue = queue::connect(&config.queue, service, &db)?;
    Ok((db, queue))
}

/// Opens the database of one service with limits of its own.
pub async fn database(
    config: &Config,
    service: &str,
    limits: &store::Config,
) -> anyhow::Result<store::Db> {
    store::connect(&config.database, service, limits).await.map_err(|error| {
        let url = without_password(&config.database);
        anyhow::anyhow!("database = \"{url}\" can't be opened for {service}: {error}")
    })
}

/// Refuses to look at data where there is none: what only looks must not leave an empty set of
/// databases in the wrong place.
pub fn require_data(config: &Config) -> anyhow::Result<()> {
    let Some(path) = config.database.strip_prefix("sqlite://") else { return Ok(()) };
    let path = PathBuf::from(path.replace("{service}", "auth"));
    anyhow::ensure!(
        path.exists(),
        "there is no {}; run this in the folder of the server, or with its --config",
        whole(&path).display()
    );
    Ok(())
}

/// A path from the root, for a person who may be in another folder than they think.
fn whole(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

/// Keeps a second server from the same data: SQLite's writer and the embedded bus are of one
/// process. `None` where the data is on database servers.
pub fn lock(config: &Config) -> anyhow::Result<Option<File>> {
    let lock = lock_for_restore(config)?;
    let note = lock.as_ref().map(std::io::read_to_string).transpose()?.unwrap_or_default();
    anyhow::ensure!(
        note.is_empty(),
        "{note} Run it again with --replace; what was there before lies beside its place, under \
         names with before_ in them"
    );
    Ok(lock)
}

/// Leaves a word for whoever takes the lock next; an empty one takes it back.
pub fn note_in_lock(lock: Option<&File>, note: &str) -> std::io::Result<()> {
    let Some(mut file) = lock else { return Ok(()) };
    file.set_len(0)?;
    file.write_all(note.as_bytes())?;
    file.sync_all()
}

/// The same for the one command that may follow on an interrupted restore.
pub fn lock_for_restore(config: &Config) -> anyhow::Result<Option<File>> {
    let Some(path) = config.database.strip_prefix("sqlite://") else { return Ok(None) };
    let folder = Path::new(path).parent().map_or(PathBuf::from("."), Path::to_owned);
    let path = folder.join("lock");
    let file = std::fs::create_dir_all(&folder).and_then(|()| {
        std::fs::OpenOptions::new().create(true).read(true).append(true).open(&path)
    });
    let file = file.map_err(|error| {
        anyhow::anyhow!(
            "database = \"{}\": {}: {error}; let this user write there, or set another database",
            config.database,
            path.display()
        )
    })?;
    file.try_lock().map_err(|_| {
        anyhow::anyhow!(
            "another expense-tracker uses the data in {}; stop it first, or set another database",
            whole(&folder).display()
        )
    })?;
    Ok(Some(file))
}
