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
pub fn print(dialect: Dialect, service: &str) -> anyhow::Result<()> {
    let mut text = store::print_migrations(store::FRAME_MIGRATIONS, dialect);
    for entry in SERVICES.iter().filter(|entry| entry.name == service) {
        text.push_str(&store::print_migrations(entry.migrations, dialect));
    }
    super::print(&text)
}
