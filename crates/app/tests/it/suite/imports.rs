//! A bank's statement on its way through the whole system, and through the command line.

use std::io::Write;
use std::process::{Command, Output};
use std::time::Duration;

use contracts::ledger::{Import, ImportState};
use model::{AccountId, BookId, ImportId};
use serde_json::{Value, json};

use crate::harness::{Household, everywhere};

/// A statement that ends today.
async fn statement(home: &Household) -> String {
    let today = home.today().await;
    format!(
        "Date;Payee;Purpose;Amount;Balance\n\
         {today};REWE SAGT DANKE 4417 BERLIN;Card payment;-41,87;1.918,13\n\
         {today};Hochschule;Fee;1.960,00;1.960,00\n"
    )
}

fn amount(text: &str) -> Value {
    json!({ "amount": text, "currency": "EUR" })
}

fn book(home: &Household) -> BookId {
    BookId(home.book)
}

fn cash(home: &Household) -> AccountId {
    home.cash.parse().unwrap()
}

/// The import once it has left a state.
async fn after(home: &Household, import: ImportId, state: ImportState) -> Import {
    let mut waits = tokio::time::interval(Duration::from_millis(20));
    for _ in 0..1500 {
        waits.tick().await;
        let import = home.client.import(book(home), import).await.unwrap();
        if import.state != state {
            return import;
        }
    }
    panic!("the import stays {}", state.as_str());
}

async fn uploaded(home: &Household, file: &str) -> Import {
    let sent = home.client.upload_statement(book(home), cash(home), "november.csv", file.into());
    after(home, sent.await.unwrap().id, ImportState::Reading).await
}

async fn committed(home: &Household, import: &Import) -> Import {
    home.client.commit_import(book(home), import.id).await.unwrap();
    after(home, import.id, ImportState::Importing).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_goes_all_the_way_and_back() {
    everywhere(|system| async move {
        let home = system.household().await;
        let file = statement(&home).await;
        let read = uploaded(&home, &file).await;
        assert_eq!((read.state, read.counts.new), (ImportState::Ready, 2));
        let rows = home.client.import_rows(book(&home), read.id, "status=new").await.unwrap();
        assert_eq!(rows.rows[0].payee, "REWE SAGT DANKE 4417 BERLIN");

        let done = committed(&home, &read).await;
        assert_eq!((done.state, done.progress.done), (ImportState::Done, 2));
        let number = done.number.unwrap();
        let dashboard = home.dashboard(&format!("&at_least={number}")).await;
        assert_eq!(
            (&dashboard["spent"], &dashboard["income"]),
            (&amount("41.87"), &amount("1960.00"))
        );
        assert_eq!(dashboard["accounts"][0]["balance"], amount("1918.13"));
        let query = format!("import={}", done.id);
        let entries = home.client.transactions(book(&home), &query).await.unwrap();
        assert_eq!(entries.transactions.len(), 2);

        let again = uploaded(&home, &file).await;
        assert_eq!((again.counts.new, again.counts.duplicate), (0, 2));
        assert_eq!(committed(&home, &again).await.progress.done, 0);

        home.client.revert_import(book(&home), done.id).await.unwrap();
        let taken = after(&home, done.id, ImportState::TakingBack).await;
        assert_eq!((taken.state, taken.conflicts.len()), (ImportState::TakenBack, 0));
        let number = taken.number.unwrap();
        let dashboard = home.dashboard(&format!("&at_least={number}")).await;
        assert_eq!(dashboard["spent"], amount("0.00"));
        assert_eq!(dashboard["accounts"][0]["balance"], amount("0.00"));
        system
    })
    .await;
}

/// Runs `expense-tracker import` with a file against a server.
async fn import(server: String, home: &Household, file: &str, more: &[&str]) -> Output {
    let mut kept = tempfile::NamedTempFile::new().unwrap();
    kept.write_all(file.as_bytes()).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_expense-tracker"));
    command
        .arg("import")
        .arg(kept.path())
        .args(["--server", &server, "--account", &home.cash])
        .args(["--book", &home.book.to_string()])
        .args(more)
        .env("EXPENSE_TOKEN", home.client.token().unwrap());
    tokio::task::spawn_blocking(move || {
        let output = command.output().unwrap();
        drop(kept);
        output
    })
    .await
    .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_brings_a_statement_in() {
    everywhere(|system| async move {
        let home = system.household().await;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let file = statement(&home).await;
        let run = import(system.url(), &home, &file, &[]).await;
        assert!(run.status.success(), "{}", text(&run.stderr));
        assert!(text(&run.stdout).starts_with("2 entries added"), "{}", text(&run.stdout));
        let again = import(system.url(), &home, &file, &[]).await;
        assert!(text(&again.stdout).contains("2 were there already"), "{}", text(&again.stdout));

        let open = "Date,Payee,Amount\n03/04/2026,Bakery,-2.00\n03/04/2026,Cinema,-8.00\n";
        let asked = import(system.url(), &home, open, &[]).await;
        assert_eq!(asked.status.code(), Some(3), "{}", text(&asked.stderr));
        assert!(text(&asked.stdout).contains("--set date_order=dmy"), "{}", text(&asked.stdout));
        let answered = import(system.url(), &home, open, &["--set", "date_order=dmy"]).await;
        assert!(answered.status.success(), "{}", text(&answered.stderr));
        let entries = home.client.transactions(book(&home), "q=bakery").await.unwrap();
        assert_eq!(entries.transactions[0].day.to_string(), "2026-04-03");
        let refused = import(system.url(), &home, "nothing", &[]).await;
        assert_eq!(refused.status.code(), Some(1));
        let nobody = import(system.url(), &home, &file, &["--token", "x"]).await;
        assert_eq!(nobody.status.code(), Some(1));
        assert!(text(&nobody.stderr).contains("sign in"), "{}", text(&nobody.stderr));
        let nowhere = import("http://127.0.0.1:1".to_owned(), &home, &file, &[]).await;
        assert_eq!(nowhere.status.code(), Some(1));
        let told = text(&nowhere.stderr);
        assert!(told.contains("http://127.0.0.1:1 can't be reached"), "{told}");
        system
    })
    .await;
}
