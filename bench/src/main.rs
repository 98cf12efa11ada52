//! Load and scale benchmarks: a release server under a steady load, written to `bench/RESULTS.md`.
//!
//! Machines differ and are noisy, so what counts are ratios within one run: each figure stands
//! beside that of `/health/live`, which does nothing, and beside the same at another size.

mod books;
mod load;
mod machine;
mod report;
mod server;

use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;

use books::{Size, Writer};
use load::{Latencies, steady, together};
use report::Report;
use server::Server;

/// Measures a release build and writes the results down.
#[derive(Parser)]
struct Arguments {
    /// Transactions in the large book.
    #[arg(long, default_value_t = 100_000)]
    transactions: usize,
    /// Seconds that each load lasts.
    #[arg(long, default_value_t = 20)]
    seconds: u64,
    /// Requests a second of a steady load.
    #[arg(long, default_value_t = 50)]
    rate: u64,
    /// Where the results go.
    #[arg(long, default_value = "bench/RESULTS.md")]
    output: PathBuf,
}

/// One thread, so that the load takes as little of the machine from the server as can be.
#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let duration = Duration::from_secs(arguments.seconds);
    let mut report = Report::new(&arguments.output, machine::describe()?);
    let mut server = Server::start(&server::build()?).await?;
    report.idle(&server)?;

    let person = books::sign_up(&server.url).await?;
    let small = Writer::new(&person, Size { transactions: 1_000, years: 10 }).await?;
    small.fill().await?;
    let large =
        Writer::new(&person, Size { transactions: arguments.transactions, years: 10 }).await?;
    report.filled(&large, large.fill().await?);

    let rate = arguments.rate;
    let idle = steady(rate, duration, || server.live()).await?;
    report.row("`/health/live`", &idle);
    for (name, writer) in [("1,000", &small), ("all", &large)] {
        measure(&mut report, name, writer, rate, duration).await?;
    }
    report.ratios()?;

    let concurrent = together(&large, 8, 2, duration).await?;
    report.concurrent(&concurrent);
    let import = books::import(&large, 10_000).await?;
    report.import(&import);
    report.freshness(&books::freshness(&large, rate, duration).await?);

    let restart = server.restart().await?;
    report.restart(restart);
    report.first_load(server.first_load().await?);
    server.stop().await?;
    report.write()
}

/// The requests of daily use, each under a steady load of its own.
async fn measure(
    report: &mut Report,
    size: &str,
    writer: &Writer,
    rate: u64,
    duration: Duration,
) -> anyhow::Result<()> {
    let mut row = |name: &str, latencies: &Latencies| {
        report.row(&format!("{name}, {size} transactions"), latencies);
    };
    row("Add an expense", &steady(rate, duration, || writer.add()).await?);
    row("First page of a filtered list", &steady(rate, duration, || writer.first_page()).await?);
    row("Last page of a filtered list", &steady(rate, duration, || writer.last_page()).await?);
    row("Dashboard", &steady(rate, duration, || writer.dashboard()).await?);
    row("Yearly report", &steady(rate, duration, || writer.yearly_report()).await?);
    Ok(())
}
