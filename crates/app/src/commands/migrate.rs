//! `migrate`: brings the databases up to date, or prints the SQL that does.

use store::Dialect;

use crate::backends;
use crate::config::Config;
use crate::services::SERVICES;

pub async fn run(config: &Config) -> anyhow::Result<()> {
    let lock = backends::lock(config)?;
    let entries: Vec<_> = SERVICES.iter().filter(|entry| entry.has_database).collect();
    for entry in &entries {
        let (db, _) = backends::open(config, entry.name).await?;
        db.migrate(entry.migrations).await?;
        db.close().await;
        super::print(&format!("{}: up to date\n", entry.name))?;
    }
    drop(lock);
    Ok(())
}

/// Prints what one service's database is made of.
pub fn print(dialect: &str, service: &str) -> anyhow::Result<()> {
    let known = Dialect::ALL.map(Dialect::as_str);
    let dialect =
        Dialect::ALL.into_iter().find(|one| one.as_str() == dialect).ok_or_else(|| {
            anyhow::anyhow!("\"{dialect}\" is no dialect; there are {}", known.join(", "))
        })?;
    let with_database = SERVICES.iter().filter(|entry| entry.has_database);
    let names: Vec<&str> = with_database.clone().map(|entry| entry.name).collect();
    let entry = with_database.clone().find(|entry| entry.name == service).ok_or_else(|| {
        anyhow::anyhow!("\"{service}\" has no database; these have: {}", names.join(", "))
    })?;
    let frame = store::print_migrations(store::FRAME_MIGRATIONS, dialect);
    super::print(&(frame + &store::print_migrations(entry.migrations, dialect)))
}
