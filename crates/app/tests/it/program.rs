//! The binary itself: its help, its exit codes, and that nothing acknowledged is lost when it is
//! killed.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Output, Stdio};

use client::{Client, Precondition};
use expense_tracker::config::Config;
use model::PersonId;
use reqwest::Method;
use serde_json::{Value, json};
use store::jobs::{Standing, State};
use tempfile::TempDir;
use uuid::Uuid;

use crate::harness::{PASSWORD, new_book};

fn program(folder: &TempDir) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_expense-tracker"));
    command
        .current_dir(folder.path())
        .env("EXPENSE_LISTEN", "127.0.0.1:0")
        .env("EXPENSE_INTERNAL_LISTEN", "");
    command
}

fn run(folder: &TempDir, arguments: &[&str]) -> Output {
    program(folder).args(arguments).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn help_explains_every_command() {
    let folder = tempfile::tempdir().unwrap();
    let help = text(&run(&folder, &["--help"]).stdout);
    for command in [
        "serve", "migrate", "config", "gateway", "health", "routes", "services", "openapi",
        "import", "secrets", "verify", "backup", "restore", "jobs", "users",
    ] {
        assert!(help.contains(command), "{command} is missing in\n{help}");
        let own = run(&folder, &[command, "--help"]);
        assert!(own.status.success() && own.stdout.len() > 100, "{command}");
    }
}

#[test]
fn wrong_use_and_wrong_settings_have_their_codes_and_say_what_is_right() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(run(&folder, &["seve"]).status.code(), Some(2));
    assert_eq!(run(&folder, &["serve", "ledgr"]).status.code(), Some(2));
    refused(&folder, &[], &["serve", "ledger"], &["bus", "all of them"]);
    refused(&folder, &[("EXPENSE_LISTN", "x")], &["config", "check"], &["EXPENSE_LISTN", "listen"]);
    refused(&folder, &[], &["config", "check", "--config", "own.toml"], &["own.toml"]);
    let gateway = [("EXPENSE_GATEWAY", "own.yml")];
    refused(&folder, &gateway, &["config", "check"], &["gateway = \"own.yml\"", "No such file"]);
    for (file, word) in [("services: [", "line"), ("_format_version: \"3.0\"", "consumer")] {
        std::fs::write(folder.path().join("own.yml"), file).unwrap();
        refused(&folder, &gateway, &["config", "check"], &["gateway = \"own.yml\"", word]);
    }
    assert!(run(&folder, &["config", "check"]).status.success());
    let shown = text(&run(&folder, &["config", "show"]).stdout);
    assert!(shown.contains("sqlite://data"), "{shown}");
    assert!(text(&run(&folder, &["routes"]).stdout).contains("/internal/ledger/"));
    let printed = run(&folder, &["migrate", "--print", "mysql", "--service", "ledger"]);
    assert!(text(&printed.stdout).contains("CREATE TABLE `book`"));
}

#[test]
fn a_server_that_can_not_start_says_what_is_in_its_way() {
    let folder = tempfile::tempdir().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap().to_string();
    std::fs::write(folder.path().join("file"), "").unwrap();
    for (name, value, words) in [
        ("EXPENSE_LISTEN", taken.as_str(), ["listen", taken.as_str(), "another address"]),
        ("EXPENSE_DATABASE", "sqlite://file/{service}.db", ["database", "file", "another"]),
        ("EXPENSE_FILES", "file://file/files", ["files", "file/files", "directory"]),
        ("EXPENSE_SECRETS", "file/secrets", ["secrets", "file/secrets", "directory"]),
    ] {
        let told = refused(&folder, &[(name, value)], &["serve"], &words);
        assert!(told.matches("os error").count() <= 1, "a cause is said once: {told}");
    }
}

#[test]
fn a_password_in_an_address_is_never_told() {
    let folder = tempfile::tempdir().unwrap();
    let database = "postgres://a:secret@127.0.0.1:1/{service}";
    let files = "s3://a:secret@files?endpoint=http://127.0.0.1:1";
    let cache = "redis://a:secret@127.0.0.1:none";
    for (name, value, words) in [
        ("EXPENSE_DATABASE", database, ["database", "a:HIDDEN@", "refused"]),
        ("EXPENSE_FILES", files, ["files", "127.0.0.1:1", "can't be written to"]),
        ("EXPENSE_CACHE", cache, ["cache", "invalid port", "redis://HOST:6379"]),
    ] {
        let soon = ("EXPENSE_STORE__ACQUIRE_TIMEOUT_MS", "200");
        let told = refused(&folder, &[(name, value), soon], &["serve"], &words);
        assert!(!told.contains("secret"), "{told}");
    }
    let cache = [("EXPENSE_CACHE", "redis://a:secret@127.0.0.1")];
    let shown = program(&folder).args(["config", "show"]).envs(cache).output().unwrap();
    let shown = text(&shown.stdout);
    assert!(shown.contains("redis://a:HIDDEN@127.0.0.1") && !shown.contains("secret@"), "{shown}");
}

#[test]
fn a_termination_ends_it_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let mut running = start(&folder);
    let process = running.child.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &process]).status().unwrap().success());
    assert!(running.child.wait().unwrap().success());
}

#[test]
fn only_one_server_uses_the_same_data() {
    let folder = tempfile::tempdir().unwrap();
    let mut running = start(&folder);
    refused(&folder, &[], &["serve"], &["another expense-tracker", "data", "stop it first"]);
    assert!(run(&folder, &["verify"]).status.success(), "what only reads may run beside it");
    running.kill();
}

#[test]
fn commands_that_look_at_data_make_none() {
    let folder = tempfile::tempdir().unwrap();
    refused(&folder, &[], &["verify"], &["data/auth.db", "--config"]);
    refused(&folder, &[], &["users", "reset-password", "a@books.test"], &["data/auth.db"]);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    assert!(run(&folder, &["migrate"]).status.success());
    let reset = ["users", "reset-password", "a@books.test"];
    refused(&folder, &[], &reset, &["no password", "pipe it in"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_are_listed_and_a_parked_one_begins_anew() {
    let folder = tempfile::tempdir().unwrap();
    refused(&folder, &[], &["jobs", "list"], &["data/auth.db", "--config"]);
    assert!(run(&folder, &["migrate"]).status.success());
    assert_eq!(text(&run(&folder, &["jobs", "list"]).stdout), "");
    let (parked, waiting) = (Uuid::now_v7(), Uuid::now_v7());
    order_two_and_park_the_first(&folder, parked, waiting).await;

    let listed = text(&run(&folder, &["jobs", "list"]).stdout);
    for word in [&parked.to_string(), "parked since", "1 attempt: the file is gone", "ready due"] {
        assert!(listed.contains(word), "{word} is missing in {listed}");
    }
    let json = ["jobs", "list", "--parked", "--json", "--service", "ledger"];
    let line: Value = serde_json::from_slice(&run(&folder, &json).stdout).unwrap();
    assert_eq!((&line["id"], &line["service"]), (&json!(parked), &json!("ledger")));
    assert_eq!((&line["state"], &line["attempts"]), (&json!("parked"), &json!(1)));
    assert_eq!(line["reason"], "the file is gone");
    assert_eq!(text(&run(&folder, &["jobs", "list", "--service", "user"]).stdout), "");

    let (parked, waiting) = (parked.to_string(), waiting.to_string());
    let elsewhere = ["jobs", "replay", &parked, "--service", "user"];
    refused(&folder, &[], &elsewhere, &["user does not have"]);
    let again = run(&folder, &["jobs", "replay", &parked]);
    assert!(text(&again.stdout).contains(&format!("ledger: {parked} begins anew")));
    let not_parked = [waiting.as_str(), "ledger", "is ready", "--parked"];
    refused(&folder, &[], &["jobs", "replay", &waiting], &not_parked);
    let unknown = Uuid::now_v7().to_string();
    refused(&folder, &[], &["jobs", "replay", &unknown], &[&unknown, "no service", "--parked"]);
    let all = run(&folder, &["jobs", "replay", "--all"]);
    assert!(text(&all.stdout).contains("ledger: 0 begin anew"), "{}", text(&all.stdout));
}

async fn order_two_and_park_the_first(folder: &TempDir, first: Uuid, second: Uuid) {
    let url = format!("sqlite://{}/data/{{service}}.db", folder.path().display());
    let db = store::connect(&url, "ledger", &store::Config::default()).await.unwrap();
    let now = model::Instant(1_795_000_000_000_000);
    for id in [first, second] {
        let order = move |tx: store::Tx| async move {
            tx.enqueue(id, "read_import", "{}".to_owned(), now).await
        };
        db.write(order).await.unwrap();
    }
    let job = db.claim_job(now, now.plus_seconds(60)).await.unwrap().unwrap();
    let parked = Standing { state: State::Parked, due: now };
    assert!(db.put_back_job(&job, parked, "the file is gone".to_owned()).await.unwrap());
    db.close().await;
}

/// Runs a command that must fail with 1 and name certain words; answers all that it said.
fn refused(
    folder: &TempDir,
    variables: &[(&str, &str)],
    arguments: &[&str],
    words: &[&str],
) -> String {
    let output = program(folder)
        .args(arguments)
        .envs(variables.iter().copied())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let told = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{arguments:?}: {told}");
    for word in words {
        assert!(told.contains(word), "{arguments:?}: {word} is missing in {told}");
    }
    told
}

#[test]
fn a_preview_prints_a_row_a_line_and_what_was_detected() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("statement.csv");
    let statement = "Datum;Empfänger;Betrag\n24.11.2026;Bäcker;-3,50\n25.11.2026;Lohn;1.234,00\n";
    std::fs::write(&file, statement).unwrap();
    let path = file.to_str().unwrap();
    let output = run(&folder, &["import", path, "--preview", "--json"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let lines: Vec<Value> =
        text(&output.stdout).lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert_eq!(lines.len(), 3);
    assert_eq!(lines[0]["day"], "2026-11-24");
    assert_eq!(
        (&lines[0]["amount_minor"], &lines[1]["amount_minor"]),
        (&json!(-350), &json!(123_400))
    );
    assert_eq!(lines[0]["payee"], "Bäcker");
    assert_eq!(lines[0]["status"], "booked");
    assert_eq!(lines[2]["needs_confirmation"], json!([]));
    assert_eq!(lines[2]["detected"]["delimiter"], ";");

    let unclear = "Date,Payee,Amount\n01/02/2026,Shop,-1.00\n02/03/2026,Shop,-2.00\n";
    std::fs::write(&file, unclear).unwrap();
    let output = run(&folder, &["import", path, "--preview", "--json", "--currency", "CAD"]);
    let last: Value = serde_json::from_str(text(&output.stdout).lines().last().unwrap()).unwrap();
    assert_eq!(last["needs_confirmation"], json!(["date_order"]));
    assert!(output.status.success(), "a file that asks can be looked at");

    std::fs::write(&file, [0_u8, 1, 2, 255]).unwrap();
    let broken = run(&folder, &["import", path, "--preview"]);
    assert_eq!(broken.status.code(), Some(1));
    assert!(text(&broken.stderr).contains("statement.csv"), "{}", text(&broken.stderr));
    for (file, word) in [("nowhere.csv", "no such file"), (".", "folder"), ("empty.csv", "empty")] {
        std::fs::write(folder.path().join("empty.csv"), "").unwrap();
        refused(&folder, &[], &["import", file, "--preview"], &[file, word]);
    }
}

/// The program as a process of its own.
struct Running {
    child: Child,
    url: String,
}

fn start(folder: &TempDir) -> Running {
    let mut child = program(folder)
        .arg("serve")
        .env("EXPENSE_LOG__LEVEL", "error")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let line = lines.map(Result::unwrap).find(|line| line.contains("Open it")).unwrap();
    let url = line.split_whitespace().find(|w| w.starts_with("http://")).unwrap().to_owned();
    Running { child, url }
}

impl Running {
    /// As a power failure would: no signal handler runs.
    fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_acknowledged_is_lost_when_the_process_is_killed() {
    let folder = tempfile::tempdir().unwrap();
    let mut running = start(&folder);
    let stranger = Client::new(&running.url);
    let person = PersonId(Uuid::now_v7());
    let (_, client) = stranger.sign_up(person, "clara@books.test", PASSWORD).await.unwrap();
    let book = format!("/ledger/books/{}", Uuid::now_v7());
    let none = Precondition::default();
    let _: Value = client.send(Method::PUT, &book, none, &new_book()).await.unwrap();
    let accounts: Value = client.get(&format!("{book}/accounts")).await.unwrap();
    let expense = json!({
        "kind": "expense", "day": "2026-11-24", "title": "Shop",
        "amount": {"amount": "1.00", "currency": "EUR"}, "account": accounts["accounts"][0]["id"],
    });
    let path = format!("{book}/transactions");
    let mut acknowledged = 0;
    for _ in 0..3 {
        let client = Client::new(&running.url).with_token(client.token().unwrap());
        let sending = (0..30).map(|_| client.send::<_, Value>(Method::POST, &path, none, &expense));
        let mut sending: futures::stream::FuturesUnordered<_> = sending.collect();
        // Killed while requests are under way: some are answered, some are not.
        for _ in 0..10 {
            let answer = futures::StreamExt::next(&mut sending).await.unwrap();
            acknowledged += usize::from(answer.is_ok());
        }
        running.kill();
        while let Some(answer) = futures::StreamExt::next(&mut sending).await {
            acknowledged += usize::from(answer.is_ok());
        }
        running = start(&folder);
    }
    let client = Client::new(&running.url).with_token(client.token().unwrap());
    let totals: Value = client.get(&format!("{path}/totals")).await.unwrap();
    let count = usize::try_from(totals["count"].as_u64().unwrap()).unwrap();
    assert!(acknowledged >= 30 && count >= acknowledged, "{count} of {acknowledged}");
    let verified = run(&folder, &["verify"]);
    let said = text(&verified.stdout);
    assert!(verified.status.success(), "{said}{}", text(&verified.stderr));
    assert!(said.contains("ledger: equal") && said.contains("reporting: equal"), "{said}");
    running.kill();
}

#[test]
fn health_tells_by_its_exit_code() {
    let folder = tempfile::tempdir().unwrap();
    let mut running = start(&folder);
    let url = running.url.clone();
    let closed = format!("{url}/api/v1/ledger/books");
    assert!(run(&folder, &["health", "--url", &url]).status.success());
    refused(&folder, &[], &["health", "--url", &closed], &[&closed, "401"]);
    refused(&folder, &[], &["health"], &["internal_listen", "--url"]);
    running.kill();
    refused(&folder, &[], &["health", "--url", &url], &[&url, "nothing answers"]);
}

#[test]
fn the_gateway_leads_to_every_service_in_the_list() {
    let folder = tempfile::tempdir().unwrap();
    let printed = run(&folder, &["services", "--json"]).stdout;
    let rows: Vec<Value> = serde_json::from_slice(&printed).unwrap();
    let (edge, services): (Vec<&Value>, Vec<_>) = rows.iter().partition(|row| row["edge"] == true);
    assert_eq!(edge[0]["name"], "gateway");
    let listed: BTreeSet<&str> = services.iter().map(|row| row["name"].as_str().unwrap()).collect();
    let routes = Config::load_defaults().unwrap().gateway_file().unwrap().routes();
    assert_eq!(listed, routes.iter().map(|row| row.service.as_str()).collect());
    let told = text(&run(&folder, &["services"]).stdout);
    assert!(rows.iter().all(|row| told.contains(row["about"].as_str().unwrap())), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forgotten_password_is_set_anew_and_ends_every_session() {
    let folder = tempfile::tempdir().unwrap();
    let mut running = start(&folder);
    let stranger = Client::new(&running.url);
    let person = PersonId(Uuid::now_v7());
    let (session, _) = stranger.sign_up(person, "clara@books.test", PASSWORD).await.unwrap();
    running.kill();
    let mut reset = program(&folder)
        .args(["users", "reset-password", "Clara@Books.test"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    reset.stdin.take().unwrap().write_all(b"another long password\n").unwrap();
    assert!(reset.wait().unwrap().success());
    running = start(&folder);
    let stranger = Client::new(&running.url);
    stranger.sign_in("clara@books.test", PASSWORD).await.err().unwrap();
    stranger.sign_in("clara@books.test", "another long password").await.unwrap();
    let refresh = session.refresh_token.unwrap();
    assert_eq!(stranger.refresh(&refresh).await.err().unwrap().status(), Some(401));
    running.kill();
}
