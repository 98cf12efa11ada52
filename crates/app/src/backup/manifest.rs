//! What stands in front of a backup: what it is, and what a program must know to read it.

use std::collections::BTreeMap;

use anyhow::{Context, ensure};
use model::Instant;
use serde::{Deserialize, Serialize};
use store::dump::{self, Kind, Shape};
use store::{FRAME_MIGRATIONS, Migration};

use crate::services::{Entry, SERVICES};

/// The form of backups that this program writes, and the newest that it reads.
pub const FORMAT: u32 = 1;

/// The first entry of a backup.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Manifest {
    pub format: u32,
    /// The version of the program that wrote it.
    pub program: String,
    pub taken_at: Instant,
    /// The kind of database that it was read from.
    pub database: String,
    /// False where the secrets are kept elsewhere, as those of services in several processes are.
    pub holds_secrets: bool,
    pub services: BTreeMap<String, ServicePart>,
}

/// What a backup holds of one service.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct ServicePart {
    /// The migrations that its database stood at.
    pub migrations: Vec<String>,
    pub tables: BTreeMap<String, TablePart>,
}

/// What a backup holds of one table.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct TablePart {
    /// The cells of each row, in their order.
    pub columns: Vec<(String, Kind)>,
    pub rows: u64,
}

/// All that is sure to be in the manifest of any format.
#[derive(Deserialize)]
struct Versions {
    format: u32,
    program: String,
}

impl Manifest {
    /// Reads a manifest, where it is of a format that is known here.
    pub fn parse(bytes: &[u8]) -> anyhow::Result<Manifest> {
        let versions: Versions =
            serde_json::from_slice(bytes).context("its manifest is damaged")?;
        ensure!(
            versions.format <= FORMAT,
            "it is of format {} and this program reads up to {FORMAT}; use expense-tracker {} or newer",
            versions.format,
            versions.program
        );
        serde_json::from_slice(bytes).context("its manifest is damaged")
    }

    /// Refuses what this program could not restore.
    pub fn check(&self) -> anyhow::Result<()> {
        self.services.iter().try_for_each(|(service, part)| {
            self.check_service(service, part)
                .with_context(|| format!("it was written by expense-tracker {}", self.program))
        })
    }

    fn check_service(&self, service: &str, part: &ServicePart) -> anyhow::Result<()> {
        let entry = SERVICES.iter().find(|entry| entry.name == service);
        let entry = entry.with_context(|| format!("there is no service \"{service}\" here"))?;
        let shapes = shapes(entry, &part.migrations)?;
        for (table, held) in &part.tables {
            let here = shapes.iter().find(|shape| shape.table == *table);
            ensure!(
                here.is_some_and(|shape| shape.columns == held.columns),
                "its table {service}.{table} is not as the migrations of this program make it"
            );
        }
        Ok(())
    }

    /// How many rows it holds.
    pub fn rows(&self) -> u64 {
        let tables = self.services.values().flat_map(|part| part.tables.values());
        tables.map(|table| table.rows).sum()
    }

    /// The table that an entry such as `ledger/entry/1.jsonl` has rows of.
    pub fn table_of(&self, entry: &str) -> Option<(&str, Shape)> {
        let mut names = entry.split('/');
        let (service, part) = self.services.get_key_value(names.next()?)?;
        let (table, held) = part.tables.get_key_value(names.next()?)?;
        Some((service, Shape { table: table.clone(), columns: held.columns.clone() }))
    }
}

/// The migrations of a service that have these names, the frame's included.
pub fn migrations(entry: &Entry, names: &[String]) -> anyhow::Result<Vec<&'static Migration>> {
    let known: Vec<&Migration> = FRAME_MIGRATIONS.iter().chain(entry.migrations).collect();
    let unknown = names.iter().find(|name| !known.iter().any(|known| known.name == **name));
    if let Some(unknown) = unknown {
        anyhow::bail!(
            "{} stands at the migration {unknown}, which is newer than this program; use the \
             version that made it, or a newer one",
            entry.name
        );
    }
    Ok(known.into_iter().filter(|known| names.iter().any(|name| name == known.name)).collect())
}

/// The tables of a service that a backup holds, as migrations of these names make them.
pub fn shapes(entry: &Entry, names: &[String]) -> anyhow::Result<Vec<Shape>> {
    let mut shapes = dump::shapes(&migrations(entry, names)?);
    shapes.retain(|shape| {
        !dump::PASSING_TABLES.contains(&shape.table.as_str()) && entry.kept.holds(&shape.table)
    });
    Ok(shapes)
}
