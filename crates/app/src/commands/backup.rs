//! `backup` and `restore`: the whole installation into one file, and back.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use indicatif::ProgressBar;
use model::Instant;
use serde::Serialize;
use service::Progress;

use super::{print, progress_bar};
use crate::backup::{Archive, Contents, Restored, Wanted, restore, take};
use crate::cli::{BackupArgs, RestoreArgs, SecretsIn};
use crate::config::Config;

pub async fn run(config: &Config, arguments: &BackupArgs) -> anyhow::Result<()> {
    let path = &arguments.file;
    if arguments.check {
        let contents = Archive::open(path)?.contents;
        let listed = Listed::of(&contents);
        return tell(arguments.json, &listed, || listed.told("is whole", path));
    }
    let wanted = Wanted { secrets: holds_secrets(config, arguments) };
    // Before anything is written: a person may want it to lie elsewhere.
    eprintln!("{}", warning(wanted));
    let (bar, progress) = bar("backup");
    let contents = take(config, path, wanted, progress).await?;
    bar.finish_and_clear();
    let listed = Listed::of(&contents);
    tell(arguments.json, &listed, || listed.told("is written", path))
}

pub async fn run_restore(config: &Config, arguments: &RestoreArgs) -> anyhow::Result<()> {
    let archive = Archive::open(&arguments.file)?;
    let (bar, progress) = bar("restore");
    let restored = restore(config, &archive, arguments.replace, progress).await?;
    bar.finish_and_clear();
    tell(arguments.json, &restored, || told(&arguments.file, &restored, &config.secrets))
}

/// Without its secrets an embedded installation is worth little: no password is right any more.
/// Services on database servers get theirs from where their operator keeps such things.
fn holds_secrets(config: &Config, arguments: &BackupArgs) -> bool {
    match arguments.secrets {
        Some(wish) => wish == SecretsIn::With,
        None => config.database.starts_with("sqlite:"),
    }
}

fn warning(wanted: Wanted) -> &'static str {
    if wanted.secrets {
        "The backup holds every book, the password hashes and the keys that sign tokens: whoever has \
         it can read all and sign in as anyone. Keep it as you keep the data."
    } else {
        "The backup holds every book and the password hashes, and not the secrets: whoever has it can \
         read all. Keep the secrets apart; without their pepper no password is right any more."
    }
}

fn bar(work: &'static str) -> (ProgressBar, Progress) {
    let bar = progress_bar(work);
    let shown = bar.clone();
    let progress: Progress = Arc::new(move |done, total| {
        shown.set_length(total);
        shown.set_position(done);
    });
    (bar, progress)
}

fn tell<T: Serialize>(as_json: bool, what: &T, text: impl Fn() -> String) -> anyhow::Result<()> {
    if as_json { print(&format!("{}\n", serde_json::to_string(what)?)) } else { print(&text()) }
}

/// What a backup holds, in short.
#[derive(Serialize)]
struct Listed<'a> {
    taken_at: Instant,
    program: &'a str,
    database: &'a str,
    holds_secrets: bool,
    /// How many rows of each service.
    rows: BTreeMap<&'a str, u64>,
    files: u64,
    bytes: u64,
}

impl Listed<'_> {
    fn of(contents: &Contents) -> Listed<'_> {
        let manifest = &contents.manifest;
        let rows = manifest.services.iter().map(|(service, part)| {
            (service.as_str(), part.tables.values().map(|table| table.rows).sum())
        });
        Listed {
            taken_at: manifest.taken_at,
            program: &manifest.program,
            database: &manifest.database,
            holds_secrets: manifest.holds_secrets,
            rows: rows.collect(),
            files: contents.files,
            bytes: contents.bytes,
        }
    }

    fn told(&self, what: &str, file: &Path) -> String {
        let secrets = if self.holds_secrets { "with the secrets" } else { "without the secrets" };
        let mut text = format!(
            "{} {what}.\n  taken {} by expense-tracker {} from {}, {secrets}\n",
            file.display(),
            self.taken_at,
            self.program,
            self.database
        );
        for (service, rows) in &self.rows {
            text.push_str(&format!("  {service}: {rows} rows\n"));
        }
        text + &format!("  uploaded files: {}\n  {} bytes\n", self.files, self.bytes)
    }
}

fn told(file: &Path, restored: &Restored, secrets: &str) -> String {
    let mut text = format!(
        "{} is restored: {} rows, {} uploaded files. Everybody has to sign in again.\n",
        file.display(),
        restored.rows,
        restored.files
    );
    if !restored.secrets {
        text.push_str(&format!(
            "It holds no secrets: those in {secrets} must be the ones of the installation that it is \
             from.\n"
        ));
    }
    for aside in &restored.moved_aside {
        text.push_str(&format!("  moved aside: {aside}\n"));
    }
    text
}
