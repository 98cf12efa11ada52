//! How a server stops: it says so first, and still answers those who have not heard of it.

use std::time::Duration;

use crate::harness::System;
use crate::suite::live::{ends, listen};

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_stops_says_so_ends_its_streams_and_still_answers_for_a_while() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}/{{service}}.db", folder.path().display());
    // Longer than this test: how a stop ends is not its subject.
    let system = System::start_with(&url, |config| config.stop.notice_ms = 600_000).await;
    let home = system.household().await;
    let stream = listen(&system, &home).await;
    let ready = format!("{}/health/ready", system.internal("web"));
    assert_eq!(reqwest::get(&ready).await.unwrap().status(), 200);
    tokio::spawn(system.stop());
    let mut waits = tokio::time::interval(Duration::from_millis(20));
    loop {
        waits.tick().await;
        let answer = reqwest::get(&ready).await.unwrap();
        if answer.status() == 503 {
            assert!(answer.text().await.unwrap().starts_with("stopping\n"));
            break;
        }
    }
    ends(stream).await;
    let written = home.record(&home.expense("Edeka", "5.00").await).await.unwrap();
    assert_eq!(written["balances"][0]["balance"]["amount"], "-5.00");
}
