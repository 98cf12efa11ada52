//! `verify`: computes everything again and says whether it is equal.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use service::{Progress, Secrets, Verified};
use tokio_util::sync::CancellationToken;

use super::{print, progress_bar};
use crate::backends;
use crate::config::Config;
use crate::shape::Shape;

pub async fn run(config: &Config) -> anyhow::Result<ExitCode> {
    backends::require_data(config)?;
    // It checks and signs no token of a person, so it needs none of the installation's keys.
    let (secrets, stop) = (Secrets::random()?, CancellationToken::new());
    let deployment = backends::assemble(config, secrets, &Shape::all_services(), stop).await?;
    let mut all_equal = true;
    for (service, verifier) in deployment.verifiers() {
        let bar = progress_bar(service);
        let shown = bar.clone();
        let progress: Progress = Arc::new(move |done, total| {
            shown.set_length(total);
            shown.set_position(done);
        });
        let found = verifier(progress).await?;
        bar.finish_and_clear();
        let (equal, text) = report(service, &found);
        all_equal &= equal;
        print(&text)?;
    }
    deployment.stop(Duration::ZERO).await;
    Ok(if all_equal { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Whether all is equal, and what to say about it.
fn report(service: &str, found: &[Verified]) -> (bool, String) {
    let different: Vec<&Verified> =
        found.iter().filter(|one| !one.differences.is_empty()).collect();
    let mut text = String::new();
    for one in &different {
        text.push_str(&format!("{service}: {} differs at {}:\n", one.stream, one.number));
        text.extend(one.differences.iter().map(|difference| format!("  {difference}\n")));
    }
    if different.is_empty() {
        let changes: i64 = found.iter().map(|one| one.number).sum();
        text = format!("{service}: equal ({} books, {changes} changes)\n", found.len());
    }
    (different.is_empty(), text)
}
