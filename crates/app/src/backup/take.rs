//! Taking a backup, also while servers use the databases.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context;
use files::Files;
use service::{Clock, Progress};
use store::Db;
use store::dump::{Shape, Snapshot, snapshots};

use super::archive::{Archive, Contents, Writer, refuse_to_overwrite};
use super::manifest::{FORMAT, Manifest, ServicePart, TablePart, shapes};
use super::{FILES, SECRETS, open};
use crate::backends;
use crate::config::Config;
use crate::services::{Entry, Kept, SERVICES};

/// What a backup is to hold beside the data.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Wanted {
    pub secrets: bool,
}

/// Writes a backup to a file that does not exist yet.
pub async fn take(
    config: &Config,
    target: &Path,
    wanted: Wanted,
    progress: Progress,
) -> anyhow::Result<Contents> {
    refuse_to_overwrite(target)?;
    backends::require_data(config)?;
    // Whoever keeps ids of others comes before them; see `store::dump::snapshots`.
    let kept =
        SERVICES.iter().rev().filter(|entry| entry.has_database && entry.kept != Kept::Nothing);
    let kept: Vec<&Entry> = kept.collect();
    let mut dbs = Vec::new();
    for entry in &kept {
        dbs.push(open(config, entry.name).await?);
    }
    let outcome = write(config, target, wanted, &kept, &dbs, progress).await;
    for db in dbs {
        db.close().await;
    }
    outcome?;
    Ok(Archive::open(target)?.contents)
}

async fn write(
    config: &Config,
    target: &Path,
    wanted: Wanted,
    kept: &[&Entry],
    dbs: &[Db],
    progress: Progress,
) -> anyhow::Result<()> {
    let taken_at = Clock::System.now();
    let mut services = Vec::new();
    for (entry, snapshot) in kept.iter().zip(snapshots(dbs).await?) {
        let tables = shapes(entry, snapshot.migrations())?;
        services.push(Held { name: entry.name, snapshot, tables });
    }
    let mut parts = BTreeMap::new();
    for held in &services {
        parts.insert(held.name.to_owned(), held.part().await?);
    }
    let manifest = Manifest {
        format: FORMAT,
        program: env!("CARGO_PKG_VERSION").to_owned(),
        taken_at,
        database: dbs.first().map(|db| db.dialect().as_str()).unwrap_or_default().to_owned(),
        holds_secrets: wanted.secrets,
        services: parts,
    };
    let mut writer = Writer::create(target, &manifest)?;
    let (mut done, total) = (0, manifest.rows());
    for held in &services {
        let told = |rows| {
            done += rows;
            progress(done, total);
        };
        held.write(&mut writer, told)
            .await
            .with_context(|| format!("{} can't be read", held.name))?;
    }
    if wanted.secrets {
        write_secrets(&mut writer, Path::new(&config.secrets))?;
    }
    write_files(&mut writer, &files::connect(&config.files).await?).await?;
    writer.finish()
}

/// A service's database at the moment of the backup.
struct Held {
    name: &'static str,
    snapshot: Snapshot,
    tables: Vec<Shape>,
}

impl Held {
    async fn part(&self) -> anyhow::Result<ServicePart> {
        let migrations = self.snapshot.migrations().to_vec();
        let mut part = ServicePart { migrations, ..ServicePart::default() };
        for shape in &self.tables {
            let rows = self.snapshot.count(&shape.table).await?;
            let held = TablePart { columns: shape.columns.clone(), rows };
            part.tables.insert(shape.table.clone(), held);
        }
        Ok(part)
    }

    async fn write(&self, writer: &mut Writer, mut told: impl FnMut(u64)) -> anyhow::Result<()> {
        for shape in &self.tables {
            let mut count = 0;
            let hand_on = |lines: &[u8], rows| {
                count += 1;
                told(rows);
                let name = format!("{}/{}/{count}.jsonl", self.name, shape.table);
                writer.add(&name, lines)
            };
            self.snapshot.read(shape, hand_on).await?;
        }
        Ok(())
    }
}

fn write_secrets(writer: &mut Writer, folder: &Path) -> anyhow::Result<()> {
    let unreadable = || {
        let folder = folder.display();
        format!("the secrets in {folder} can't be read; with --secrets without they are left out")
    };
    for entry in std::fs::read_dir(folder).with_context(unreadable)? {
        let path = entry?.path();
        if let (true, Some(name)) = (path.is_file(), path.file_name().and_then(|it| it.to_str())) {
            writer.add(&format!("{SECRETS}{name}"), &std::fs::read(&path)?)?;
        }
    }
    Ok(())
}

/// Last, since a file is put before the row that names it: every file of the snapshot is there,
/// unless it was given up meanwhile.
async fn write_files(writer: &mut Writer, files: &Files) -> anyhow::Result<()> {
    for key in files.list().await? {
        if let Some(content) = files.get(&key).await? {
            writer.add(&format!("{FILES}{key}"), &content)?;
        }
    }
    Ok(())
}
