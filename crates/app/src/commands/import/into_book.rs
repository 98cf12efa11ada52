//! Brings a statement into a book of a running server, as its web client does.

use std::process::ExitCode;
use std::time::Duration;

use client::Client;
use contracts::ledger::{Import, ImportPatch, ImportState};
use model::{BookId, ImportId};
use serde_json::json;
use statements::Overrides;

use crate::cli::ImportArgs;
use crate::commands::{print, progress_bar};

/// The file leaves something open that a person has to decide.
const NEEDS_A_WORD: u8 = 3;

/// How often the server is asked how far it is.
const ASK_EVERY: Duration = Duration::from_millis(100);

pub async fn run(
    arguments: &ImportArgs,
    bytes: Vec<u8>,
    overrides: &Overrides,
) -> anyhow::Result<ExitCode> {
    let (Some(book), Some(account), Some(token)) =
        (arguments.book, arguments.account, &arguments.token)
    else {
        anyhow::bail!("--book, --account and --token are needed to import");
    };
    let client = Client::new(arguments.server.as_str()).with_token(token);
    let name = arguments.file.file_name().unwrap_or_default().to_string_lossy();
    let made = client.upload_statement(book, account, &name, bytes).await.map_err(refused)?;
    if *overrides != Overrides::default() {
        client.read_again(book, made.id, &patch(overrides)?).await?;
    }
    let read = settle(&client, book, made.id, ImportState::Reading).await?;
    match read.state {
        ImportState::Ready => {}
        ImportState::Asking => {
            print(&asked(&read))?;
            return Ok(ExitCode::from(NEEDS_A_WORD));
        }
        _ => anyhow::bail!("{}", read.error.as_deref().unwrap_or("the file can't be read")),
    }
    client.commit_import(book, made.id).await?;
    let done = settle(&client, book, made.id, ImportState::Importing).await?;
    anyhow::ensure!(
        done.state == ImportState::Done,
        "{}",
        done.error.as_deref().unwrap_or("the import did not end well")
    );
    print(&format!(
        "{} entries added, {} were there already, {} to check, {} can't be read.\n",
        done.progress.done, done.counts.duplicate, done.counts.check, done.counts.unreadable
    ))?;
    Ok(ExitCode::SUCCESS)
}

fn refused(error: client::Error) -> anyhow::Error {
    match error.status() {
        Some(401) => anyhow::anyhow!(
            "the server does not take this token: {error}; sign in for another, as --help says at \
             --token"
        ),
        _ => error.into(),
    }
}

/// What was decided, in the words of the API.
fn patch(overrides: &Overrides) -> anyhow::Result<ImportPatch> {
    let mut said = json!(overrides);
    if let Some(said) = said.as_object_mut()
        && let Some(roles) = said.remove("roles")
    {
        said.insert("columns".to_owned(), roles);
    }
    Ok(serde_json::from_value(said)?)
}

/// Waits until the import leaves a state, showing how far it is.
async fn settle(
    client: &Client,
    book: BookId,
    import: ImportId,
    state: ImportState,
) -> anyhow::Result<Import> {
    let bar = progress_bar(state.as_str());
    loop {
        let import = client.import(book, import).await?;
        if import.state != state {
            bar.finish_and_clear();
            return Ok(import);
        }
        bar.set_length(u64::try_from(import.progress.total).unwrap_or(0));
        bar.set_position(u64::try_from(import.progress.done).unwrap_or(0));
        tokio::time::sleep(ASK_EVERY).await;
    }
}

fn asked(import: &Import) -> String {
    let mut asked = String::from("Nothing was imported yet; the file leaves something open:\n");
    for question in &import.questions {
        asked.push_str(&format!("\n{}\n", question.text));
        for option in &question.options {
            asked.push_str(&format!(
                "  --set {}={}  {}: {}\n",
                question.id, option.value, option.label, option.sample
            ));
        }
    }
    asked
}

#[cfg(test)]
mod tests {
    use contracts::ledger::{ColumnRole, DateOrder};
    use statements::Role;

    use super::*;

    #[test]
    fn what_was_set_becomes_a_patch() {
        let overrides = Overrides {
            roles: Some(vec![Role::Date, Role::AmountIn]),
            date_order: Some(statements::DateOrder::Mdy),
            ..Overrides::default()
        };
        let patch = patch(&overrides).unwrap();
        assert_eq!(patch.columns, Some(vec![ColumnRole::Date, ColumnRole::AmountIn]));
        assert_eq!((patch.date_order, patch.delimiter), (Some(DateOrder::Mdy), None));
    }
}
