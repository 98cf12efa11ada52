//! Restoring: everything is made ready beside what is there, then takes its place.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use model::Instant;
use serde::Serialize;
use service::{Clock, Progress};
use store::dump::Snapshot;
use store::{Db, moving};

use super::archive::{Archive, read_entry};
use super::manifest::{Manifest, migrations, shapes};
use super::{FILES, SECRETS, open};
use crate::backends;
use crate::config::{Config, without_password};
use crate::services::{Entry, SERVICES};

/// What a restore did.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Restored {
    pub rows: u64,
    pub files: u64,
    /// True where the keys and the pepper are those of the backup now.
    pub secrets: bool,
    /// Where what was there before is kept, in words.
    pub moved_aside: Vec<String>,
}

/// Restores a backup in place of what is there; only in place of nothing, unless `replace`.
pub async fn restore(
    config: &Config,
    archive: &Archive,
    replace: bool,
    progress: Progress,
) -> anyhow::Result<Restored> {
    let lock = backends::lock_for_restore(config)?;
    if !replace {
        refuse_where_data_is(config).await?;
    }
    let mut staged = Staged::new(config, &archive.contents.manifest).await?;
    let outcome = staged.fill(archive, progress).await;
    staged.close().await;
    if let Err(error) = outcome {
        staged.remove().await?;
        return Err(error);
    }
    let mut swap = Swap::new(config, Clock::System.now());
    backends::note_in_lock(lock.as_ref(), "A restore did not come to its end.")?;
    if let Err(error) = swap.run(staged.secrets).await {
        swap.undo().await.context("what was there could not all be put back")?;
        backends::note_in_lock(lock.as_ref(), "")?;
        staged.remove().await?;
        return Err(error);
    }
    backends::note_in_lock(lock.as_ref(), "")?;
    let Swap { moved_aside, .. } = swap;
    Ok(Restored { rows: staged.rows, files: staged.files, secrets: staged.secrets, moved_aside })
}

fn with_database() -> impl Iterator<Item = &'static Entry> {
    SERVICES.iter().filter(|entry| entry.has_database)
}

async fn refuse_where_data_is(config: &Config) -> anyhow::Result<()> {
    for entry in with_database() {
        if !moving::exists(&config.database, entry.name).await? {
            continue;
        }
        let db = open(config, entry.name).await?;
        let held = holds_data(&db, entry).await;
        db.close().await;
        ensure!(
            !held.with_context(|| format!("what {} holds can't be told", entry.name))?,
            "there is data of {} already; with --replace it is moved aside, and nothing is deleted",
            entry.name
        );
    }
    Ok(())
}

async fn holds_data(db: &Db, entry: &Entry) -> anyhow::Result<bool> {
    // Without any migration it is empty, and its list of them can be made.
    db.migrate_with(&[]).await?;
    let snapshot = Snapshot::open(db).await?;
    for shape in shapes(entry, snapshot.migrations())? {
        // A server that was started once has planned its schedules and nothing else.
        if shape.table != "schedule" && snapshot.count(&shape.table).await? > 0 {
            return Ok(true);
        }
    }
    Ok(false)
}

/// What databases and secrets are called until they are whole.
fn unfinished(name: &str) -> String {
    format!("{name}_restoring")
}

/// Everything of a backup, beside what is there.
struct Staged<'a> {
    config: &'a Config,
    dbs: HashMap<&'static str, Db>,
    rows: u64,
    files: u64,
    secrets: bool,
}

impl<'a> Staged<'a> {
    /// Databases that stand where the backup stood, without a row.
    async fn new(config: &'a Config, manifest: &Manifest) -> anyhow::Result<Self> {
        let mut staged = Staged { config, dbs: HashMap::new(), rows: 0, files: 0, secrets: false };
        staged.remove().await.context("what an interrupted restore left is in the way")?;
        for entry in with_database() {
            let db = open(config, &unfinished(entry.name)).await?;
            if let Some(part) = manifest.services.get(entry.name) {
                db.migrate_with(&migrations(entry, &part.migrations)?).await?;
            }
            staged.dbs.insert(entry.name, db);
        }
        Ok(staged)
    }

    async fn fill(&mut self, archive: &Archive, progress: Progress) -> anyhow::Result<()> {
        let manifest = &archive.contents.manifest;
        let (files, total) = (files::connect(&self.config.files).await?, manifest.rows());
        let secrets = PathBuf::from(unfinished(&self.config.secrets));
        make_private_folder(&secrets)?;
        for entry in archive.tar()?.entries()? {
            let (name, content) = read_entry(entry)?;
            if let Some(key) = name.strip_prefix(FILES) {
                files.put(key, content.into()).await?;
                self.files += 1;
            } else if let Some(file) = name.strip_prefix(SECRETS) {
                write_private(&secrets.join(file), &content)?;
                self.secrets = true;
            } else if let Some((service, shape)) = manifest.table_of(&name) {
                let loaded = self.dbs[service].load(&shape, content).await;
                self.rows += loaded.with_context(|| format!("{name} can't be brought in"))?;
                progress(self.rows, total);
            }
        }
        for entry in with_database() {
            let db = &self.dbs[entry.name];
            db.migrate(entry.migrations).await?;
            db.begin_anew().await?;
        }
        Ok(())
    }

    async fn close(&self) {
        for db in self.dbs.values() {
            db.close().await;
        }
    }

    /// Removes what is ready, of this restore or of one that was interrupted.
    async fn remove(&self) -> anyhow::Result<()> {
        for entry in with_database() {
            moving::remove(&self.config.database, &unfinished(entry.name)).await?;
        }
        let secrets = PathBuf::from(unfinished(&self.config.secrets));
        if secrets.exists() {
            std::fs::remove_dir_all(secrets)?;
        }
        Ok(())
    }
}

fn make_private_folder(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
}

fn write_private(path: &Path, content: &[u8]) -> std::io::Result<()> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let mut file =
        std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(content)?;
    file.sync_all()
}

/// Renaming what was there aside and what is ready into its place, which can be taken back.
struct Swap<'a> {
    config: &'a Config,
    /// Ends the names of what is moved aside.
    mark: String,
    done: Vec<Move>,
    moved_aside: Vec<String>,
}

enum Move {
    Database { from: String, to: String },
    Folder { from: PathBuf, to: PathBuf },
}

impl<'a> Swap<'a> {
    fn new(config: &'a Config, now: Instant) -> Self {
        let digits: String =
            now.to_string().chars().filter(char::is_ascii_digit).take(14).collect();
        Swap { config, mark: format!("before_{digits}"), done: Vec::new(), moved_aside: Vec::new() }
    }

    async fn run(&mut self, with_secrets: bool) -> anyhow::Result<()> {
        for entry in with_database() {
            let (place, aside) = (entry.name.to_owned(), format!("{}_{}", entry.name, self.mark));
            if moving::exists(&self.config.database, &place).await? {
                let named = self.config.database.replace("{service}", &aside);
                self.moved_aside.push(without_password(&named));
                self.rename(Move::Database { from: place.clone(), to: aside }).await?;
            }
            self.rename(Move::Database { from: unfinished(entry.name), to: place }).await?;
        }
        let (place, ready) = (&self.config.secrets, unfinished(&self.config.secrets));
        if !with_secrets {
            return Ok(std::fs::remove_dir(ready)?);
        }
        if Path::new(place).exists() {
            let aside = format!("{place}_{}", self.mark);
            self.moved_aside.push(aside.clone());
            self.rename(Move::Folder { from: place.into(), to: aside.into() }).await?;
        }
        self.rename(Move::Folder { from: ready.into(), to: place.into() }).await
    }

    async fn rename(&mut self, step: Move) -> anyhow::Result<()> {
        self.carry_out(&step).await?;
        self.done.push(step);
        Ok(())
    }

    async fn carry_out(&self, step: &Move) -> anyhow::Result<()> {
        match step {
            Move::Database { from, to } => {
                moving::rename(&self.config.database, from, to).await.with_context(|| {
                    format!("{from} can't be renamed to {to}; stop every server first")
                })
            }
            Move::Folder { from, to } => std::fs::rename(from, to).with_context(|| {
                format!("{} can't be renamed to {}", from.display(), to.display())
            }),
        }
    }

    async fn undo(&mut self) -> anyhow::Result<()> {
        while let Some(step) = self.done.pop() {
            let back = match step {
                Move::Database { from, to } => Move::Database { from: to, to: from },
                Move::Folder { from, to } => Move::Folder { from: to, to: from },
            };
            self.carry_out(&back).await?;
        }
        Ok(())
    }
}
