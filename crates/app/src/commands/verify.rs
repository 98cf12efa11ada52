//! `verify`: computes everything again and says whether it is equal.

use std::process::ExitCode;
use std::sync::Arc;

use service::{Progress, Verified};
use tokio_util::sync::CancellationToken;

use super::{print, progress_bar};
use crate::backends;
use crate::config::Config;
use crate::services::SERVICES;

pub async fn run(config: &Config) -> anyhow::Result<ExitCode> {
    let entries: Vec<_> = SERVICES.iter().collect();
    backends::require_data(config)?;
    let secrets = backends::secrets(config)?;
    let deployment =
        backends::assemble(config, secrets, &entries, CancellationToken::new()).await?;
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
    deployment.stop().await;
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
