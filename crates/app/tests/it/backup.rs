//! Backups: taken while people write, restored on any kind of database, and an installation that is
//! either the old one or the new one, whatever goes wrong.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use expense_tracker::backup::{Archive, Contents, Wanted, restore, take};
use expense_tracker::config::Config;
use serde_json::Value;
use service::Progress;
use tokio::sync::Notify;

use crate::harness::{Ground, Household, PASSWORD, System, on_each_database, verify};

const WITH_SECRETS: Wanted = Wanted { secrets: true };

fn unseen() -> Progress {
    Arc::new(|_, _| ())
}

async fn take_of(config: &Config, file: &Path) -> Contents {
    take(config, file, WITH_SECRETS, unseen()).await.unwrap()
}

async fn restore_to(config: &Config, file: &Path, replace: bool) -> anyhow::Result<()> {
    restore(config, &Archive::open(file)?, replace, unseen()).await.map(drop)
}

/// The titles of all entries, in alphabetical order.
async fn titles(household: &Household) -> Vec<String> {
    let (mut titles, mut cursor) = (Vec::new(), String::new());
    loop {
        let path = household.path("ledger", &format!("/transactions?limit=200{cursor}"));
        let page: Value = household.client.get(&path).await.unwrap();
        let entries = page["transactions"].as_array().unwrap();
        titles.extend(entries.iter().map(|entry| entry["title"].as_str().unwrap().to_owned()));
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    titles.sort();
    titles
}

/// The same person on a restored server, signed in anew.
async fn back(system: &System, household: &Household) -> Household {
    let email = format!("{}@books.test", household.person);
    let (_, client) = system.stranger().sign_in(&email, PASSWORD).await.unwrap();
    let (book, cash) = (household.book, household.cash.clone());
    Household { person: household.person, client, book, cash }
}

/// After a new write, what is shown is what is computed again.
async fn writes_and_is_equal(system: &System, household: &Household) {
    let answer = household.record(&household.expense("After", "1.00").await).await.unwrap();
    let number = answer["number"].as_i64().unwrap();
    let dashboard = household.dashboard(&format!("&at_least={number}")).await;
    assert_eq!(dashboard["as_of"], number);
    let (books, differences) = verify(system.config()).await;
    assert_eq!((books, differences), (2, vec![]), "ledger and reporting know the book");
}

/// Somebody who records one expense after another, and what was acknowledged.
async fn write_until(
    household: &Household,
    name: &str,
    stop: &AtomicBool,
    some: &Notify,
) -> Vec<String> {
    let template = household.expense("", "2.50").await;
    let mut acknowledged = Vec::new();
    while !stop.load(Ordering::SeqCst) {
        let title = format!("{name} {}", acknowledged.len());
        let mut expense = template.clone();
        expense["title"] = title.as_str().into();
        household.record(&expense).await.unwrap();
        acknowledged.push(title);
        if acknowledged.len() == 5 {
            some.notify_one();
        }
    }
    acknowledged
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_under_load_holds_all_that_was_acknowledged_and_fits_every_database() {
    let folder = tempfile::tempdir().unwrap();
    for (from, url) in store::testing::urls(folder.path()).iter().enumerate() {
        let system = System::start(url).await;
        let household = system.household().await;
        let file = folder.path().join(format!("{from}.tar.gz"));
        let (stop, some) = (AtomicBool::new(false), Notify::new());
        let backup = async {
            some.notified().await;
            let before = titles(&household).await;
            let contents = take_of(system.config(), &file).await;
            stop.store(true, Ordering::SeqCst);
            (before, contents)
        };
        let ((before, contents), one, two) = tokio::join!(
            backup,
            write_until(&household, "one", &stop, &some),
            write_until(&household, "two", &stop, &some)
        );
        assert!(before.len() >= 5 && contents.manifest.services.contains_key("ledger"));
        drop(system.stop().await);

        for (to, url) in store::testing::urls(folder.path()).iter().enumerate() {
            println!("from {from} to {to}");
            let ground = Ground::new(url);
            restore_to(&ground.config, &file, false).await.unwrap();
            let system = ground.start().await;
            let household = back(&system, &household).await;
            let restored = titles(&household).await;
            let is_there = |title: &&String| restored.contains(*title);
            assert_eq!(before.iter().filter(is_there).count(), before.len());
            let written = |title: &&String| one.contains(*title) || two.contains(*title);
            assert_eq!(restored.iter().filter(written).count(), restored.len());
            writes_and_is_equal(&system, &household).await;
            drop(system.stop().await);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_came_after_the_backup_is_gone_and_nobody_is_signed_in() {
    on_each_database(|system| async move {
        let household = system.household().await;
        household.record(&household.expense("Before", "3.00").await).await.unwrap();
        let email = format!("{}@books.test", household.person);
        let (session, _) = system.stranger().sign_in(&email, PASSWORD).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("backup.tar.gz");
        take_of(system.config(), &file).await;
        for n in 0..3 {
            let later = household.expense(&format!("Later {n}"), "4.00").await;
            household.record(&later).await.unwrap();
        }
        household.dashboard("&at_least=4").await;
        let late = system.household().await;

        let ground = system.stop().await;
        let refused = restore_to(&ground.config, &file, false).await.unwrap_err().to_string();
        assert!(refused.contains("data of auth") && refused.contains("--replace"), "{refused}");
        restore_to(&ground.config, &file, true).await.unwrap();

        let system = ground.start().await;
        let refresh = session.refresh_token.unwrap();
        let ended = system.stranger().refresh(&refresh).await.err().unwrap();
        assert_eq!(ended.status(), Some(401));
        let gone = format!("{}@books.test", late.person);
        system.stranger().sign_in(&gone, PASSWORD).await.err().unwrap();
        let household = back(&system, &household).await;
        assert_eq!(titles(&household).await, ["Before"]);
        writes_and_is_equal(&system, &household).await;
        assert_eq!(titles(&household).await, ["After", "Before"]);
        system
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_restore_leaves_what_was_there_and_can_be_done_again() {
    on_each_database(|system| async move {
        let household = system.household().await;
        household.record(&household.expense("Before", "3.00").await).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("backup.tar.gz");
        take_of(system.config(), &file).await;
        household.record(&household.expense("Later", "4.00").await).await.unwrap();

        let ground = system.stop().await;
        interrupt_restore(&ground.config, &file).await;
        let system = ground.start().await;
        assert_eq!(titles(&back(&system, &household).await).await, ["Before", "Later"]);
        let ground = system.stop().await;
        restore_to(&ground.config, &file, true).await.unwrap();
        let system = ground.start().await;
        assert_eq!(titles(&back(&system, &household).await).await, ["Before"]);
        system
    })
    .await;
}

/// Ends a restore after its first rows, as a crash does.
async fn interrupt_restore(config: &Config, file: &Path) {
    let begun = Arc::new(Notify::new());
    let told = Arc::clone(&begun);
    let archive = Archive::open(file).unwrap();
    tokio::select! {
        biased;
        () = begun.notified() => {}
        _ = restore(config, &archive, true, Arc::new(move |_, _| told.notify_one())) => {
            panic!("it was done before it could be interrupted");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_that_can_not_take_the_place_puts_everything_back() {
    on_each_database(|system| async move {
        let household = system.household().await;
        household.record(&household.expense("Before", "3.00").await).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("backup.tar.gz");
        take_of(system.config(), &file).await;
        household.record(&household.expense("Later", "4.00").await).await.unwrap();
        let mut ground = system.stop().await;
        // A folder by this name can't be renamed.
        let unmovable = format!("{}/.", folder.path().display());
        let secrets = std::mem::replace(&mut ground.config.secrets, unmovable);
        let refused = restore_to(&ground.config, &file, true).await.unwrap_err().to_string();
        assert!(refused.contains("can't be renamed"), "{refused}");
        ground.config.secrets = secrets;
        let system = ground.start().await;
        assert_eq!(titles(&back(&system, &household).await).await, ["Before", "Later"]);
        system
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn uploaded_files_and_what_waits_to_be_done_come_back() {
    on_each_database(|system| async move {
        let files = files::connect(&system.config().files).await.unwrap();
        files.put("imports/one", "a statement".into()).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("backup.tar.gz");
        assert_eq!(take_of(system.config(), &file).await.files, 1);
        let ground = system.stop().await;
        let other = Ground::new(&ground.config.database);
        restore_to(&other.config, &file, true).await.unwrap();
        let files = files::connect(&other.config.files).await.unwrap();
        assert_eq!(files.get("imports/one").await.unwrap().unwrap(), "a statement");
        other.start().await
    })
    .await;
}

/// Where a test's backup may lie.
fn somewhere(folder: &tempfile::TempDir) -> PathBuf {
    folder.path().join("backup.tar.gz")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_is_private_and_overwrites_nothing() {
    use std::os::unix::fs::PermissionsExt;
    let (data, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let system = System::start(&store::testing::urls(data.path())[0]).await;
    let file = somewhere(&folder);
    take_of(system.config(), &file).await;
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    let again = take(system.config(), &file, WITH_SECRETS, unseen()).await.unwrap_err();
    assert!(again.to_string().contains("exists already"), "{again}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing unfinished is left");

    let without = folder.path().join("without.tar.gz");
    take(system.config(), &without, Wanted { secrets: false }, unseen()).await.unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    let other = Ground::new(&store::testing::urls(elsewhere.path())[0]);
    restore_to(&other.config, &without, false).await.unwrap();
    assert!(!Path::new(&other.config.secrets).exists(), "they come from elsewhere");
    drop(system.stop().await);
}
