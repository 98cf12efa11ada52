//! The live stream tells those who may know, and nobody else.

use std::time::Duration;

use reqwest::Response;
use serde_json::Value;

use crate::harness::{Household, System, everywhere};

pub async fn listen(system: &System, home: &Household) -> Response {
    let url = format!("{}/api/v1/web/live", system.url());
    let request = reqwest::Client::new().get(url).bearer_auth(home.client.token().unwrap());
    let mut response = request.send().await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    // The first thing that comes says that the stream is open.
    response.chunk().await.unwrap().unwrap();
    response
}

/// Waits until the server closes a stream.
pub async fn ends(mut stream: Response) {
    let reading = async { while let Ok(Some(_)) = stream.chunk().await {} };
    tokio::time::timeout(Duration::from_secs(30), reading).await.expect("the stream ends");
}

/// The next change on a stream; a test that waits for one that never comes fails in the end.
pub async fn change(stream: &mut Response) -> Value {
    let mut text = String::new();
    let reading = async {
        loop {
            let chunk = stream.chunk().await.unwrap().expect("the stream goes on");
            text.push_str(std::str::from_utf8(&chunk).unwrap());
            let data = text.lines().find_map(|line| line.strip_prefix("data: "));
            if let Some(data) = data.filter(|_| text.contains("\n\n")) {
                return serde_json::from_str(data).unwrap();
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(30), reading).await.expect("a change comes")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_is_told_to_the_household_and_to_no_other() {
    everywhere(|system| async move {
        let (home, other) = (system.household().await, system.household().await);
        let (mut ours, mut theirs) = (listen(&system, &home).await, listen(&system, &other).await);
        let written = home.record(&home.expense("Edeka", "5.00").await).await.unwrap();
        let told = change(&mut ours).await;
        assert_eq!(told["number"], written["number"]);
        assert_eq!(told["stream"], format!("ledger/book/{}", home.book));
        assert!(told["ids"].as_array().unwrap().contains(&written["transaction"]["id"]));
        assert!(told.get("title").is_none(), "what changed, never the data");
        // The next that the others hear is their own.
        let own = other.record(&other.expense("Rewe", "6.00").await).await.unwrap();
        let told = change(&mut theirs).await;
        assert_eq!(told["number"], own["number"]);
        assert_eq!(told["stream"], format!("ledger/book/{}", other.book));
        system
    })
    .await;
}
