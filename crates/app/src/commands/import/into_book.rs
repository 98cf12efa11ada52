//! Brings a statement into a book of a running server, as its web client does.

use std::process::ExitCode;
use std::time::Duration;

use client::{Client, Precondition};
use indicatif::{ProgressBar, ProgressStyle};
use reqwest::Method;
use serde_json::{Value, json};
use statements::Overrides;

use crate::cli::ImportArgs;
use crate::commands::print;

/// The file leaves something open that a person has to decide.
const NEEDS_A_WORD: u8 = 3;

/// How often the server is asked how far it is.
const ASK_EVERY: Duration = Duration::from_millis(100);

pub async fn run(
    arguments: &ImportArgs,
    bytes: Vec<u8>,
    overrides: &Overrides,
) -> anyhow::Result<ExitCode> {
    let needed = |value: &Option<String>, flag: &str| {
        value.clone().ok_or_else(|| {
            anyhow::anyhow!("{flag} is needed to import; with --preview the file is only shown")
        })
    };
    let book = needed(&arguments.book, "--book")?;
    let account = needed(&arguments.account, "--account")?;
    let token = needed(&arguments.token, "--token (or EXPENSE_TOKEN)")?;
    let client = Client::new(&arguments.server).with_token(token);
    let imports = format!("/ledger/books/{book}/imports");
    let name = arguments.file.file_name().unwrap_or_default().to_string_lossy();
    let query: String = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs([("account", account.as_str()), ("name", &name)])
        .finish();
    let made: Value = client.upload(&format!("{imports}?{query}"), bytes).await?;
    let path = format!("{imports}/{}", made["id"].as_str().unwrap_or_default());
    if *overrides != Overrides::default() {
        let _: Value =
            client.send(Method::PATCH, &path, Precondition::default(), overrides).await?;
    }
    let read = settle(&client, &path, "reading").await?;
    match read["state"].as_str() {
        Some("ready") => {}
        Some("asking") => {
            print(&asked(&read))?;
            return Ok(ExitCode::from(NEEDS_A_WORD));
        }
        _ => anyhow::bail!("{}", read["error"].as_str().unwrap_or("the file can't be read")),
    }
    let commit = format!("{path}/commit");
    let _: Value = client.send(Method::POST, &commit, Precondition::default(), &json!({})).await?;
    let done = settle(&client, &path, "importing").await?;
    anyhow::ensure!(
        done["state"] == "done",
        "{}",
        done["error"].as_str().unwrap_or("the import did not end well")
    );
    let count = |what: &str| done["counts"][what].as_u64().unwrap_or(0);
    print(&format!(
        "{} entries added, {} were there already, {} to check, {} can't be read.\n",
        done["progress"]["done"].as_u64().unwrap_or(0),
        count("duplicate"),
        count("check"),
        count("unreadable")
    ))?;
    Ok(ExitCode::SUCCESS)
}

/// Waits until the import leaves a state, showing how far it is.
async fn settle(client: &Client, path: &str, state: &str) -> anyhow::Result<Value> {
    let bar = ProgressBar::new(0).with_prefix(state.to_owned());
    if let Ok(style) = ProgressStyle::with_template("{prefix:>10} {bar:40} {pos} of {len}") {
        bar.set_style(style);
    }
    loop {
        let import: Value = client.get(path).await?;
        if import["state"] != state {
            bar.finish_and_clear();
            return Ok(import);
        }
        bar.set_length(import["progress"]["total"].as_u64().unwrap_or(0));
        bar.set_position(import["progress"]["done"].as_u64().unwrap_or(0));
        tokio::time::sleep(ASK_EVERY).await;
    }
}

fn asked(import: &Value) -> String {
    let mut asked = String::from("Nothing was imported yet; the file leaves something open:\n");
    for question in import["questions"].as_array().into_iter().flatten() {
        asked.push_str(&format!("\n{}\n", question["text"].as_str().unwrap_or_default()));
        for option in question["options"].as_array().into_iter().flatten() {
            let text = |key: &str| option[key].as_str().unwrap_or_default().to_owned();
            let id = question["id"].as_str().unwrap_or_default();
            let (value, label, sample) = (text("value"), text("label"), text("sample"));
            asked.push_str(&format!("  --set {id}={value}  {label}: {sample}\n"));
        }
    }
    asked
}
