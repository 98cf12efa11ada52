//! `verify`: computes everything again and says whether it is equal.

use std::process::ExitCode;
use std::sync::Arc;

use indicatif::{ProgressBar, ProgressStyle};
use service::{Progress, Verified};
use tokio_util::sync::CancellationToken;

use crate::backends;
use crate::config::Config;
use crate::services::SERVICES;

pub async fn run(config: &Config) -> anyhow::Result<ExitCode> {
    let entries: Vec<_> = SERVICES.iter().collect();
    let deployment = backends::assemble(config, &entries, CancellationToken::new()).await?;
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
        all_equal &= report(service, &found);
    }
    deployment.stop().await;
    Ok(if all_equal { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn progress_bar(service: &str) -> ProgressBar {
    let style = ProgressStyle::with_template("{prefix:>10} {bar:40} {pos} of {len}");
    let bar = ProgressBar::new(0).with_prefix(service.to_owned());
    match style {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

fn report(service: &str, found: &[Verified]) -> bool {
    let mut all_equal = true;
    for one in found.iter().filter(|one| !one.differences.is_empty()) {
        all_equal = false;
        println!("{service}: {} differs at {}:", one.stream, one.number);
        for difference in &one.differences {
            println!("  {difference}");
        }
    }
    if all_equal {
        let events: i64 = found.iter().map(|one| one.number).sum();
        println!("{service}: equal ({} books, {events} changes)", found.len());
    }
    all_equal
}
