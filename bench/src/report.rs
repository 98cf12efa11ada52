//! The results, as they are written down.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::books::{Imported, Writer};
use crate::load::{Concurrent, Latencies, Timed};
use crate::server::Server;

/// Collects figures and writes them as a page.
pub struct Report {
    path: PathBuf,
    machine: String,
    rows: Vec<Row>,
    notes: Vec<String>,
}

struct Row {
    name: String,
    count: usize,
    median: Duration,
    p99: Duration,
}

impl Report {
    pub fn new(path: &Path, machine: String) -> Report {
        Report { path: path.to_owned(), machine, rows: Vec::new(), notes: Vec::new() }
    }

    pub fn row(&mut self, name: &str, latencies: &Latencies) {
        let (median, p99) = (latencies.per_mille(500), latencies.per_mille(990));
        println!("{name}: median {}, p99 {}", ms(median), ms(p99));
        self.rows.push(Row { name: name.to_owned(), count: latencies.count(), median, p99 });
    }

    pub fn idle(&mut self, server: &Server) -> anyhow::Result<()> {
        let kib = server.memory_kib()?;
        self.note(format!("Memory of the whole process, idle on empty data: {} MiB.", kib / 1024));
        Ok(())
    }

    pub fn filled(&mut self, writer: &Writer, took: Duration) {
        let count = writer.size.transactions;
        self.note(format!(
            "Filling the large book with {count} transactions, one request each, eight clients: \
             {} s, {} a second.",
            took.as_secs(),
            per_second(count, took)
        ));
    }

    pub fn concurrent(&mut self, found: &Concurrent) {
        self.note(format!(
            "{} clients adding at once, {} reading: {} adds in {} s without an error, {} durable \
             adds a second (median {}, p99 {}), and {} reads.",
            found.writers,
            found.readers,
            found.added,
            found.took.as_secs(),
            per_second(found.added, found.took),
            ms(found.adding.per_mille(500)),
            ms(found.adding.per_mille(990)),
            found.read
        ));
    }

    pub fn import(&mut self, found: &Imported) {
        self.note(format!(
            "A statement of {} rows: read and compared in {}, imported in {}; meanwhile {} other \
             requests were answered, p99 {}.",
            found.rows,
            ms(found.preview),
            ms(found.commit),
            found.meanwhile.count(),
            ms(found.meanwhile.per_mille(990))
        ));
    }

    pub fn freshness(&mut self, latencies: &Latencies) {
        self.row("From an expense's 201 to the dashboard that contains it", latencies);
    }

    pub fn restart(&mut self, found: Timed<u64>) {
        self.note(format!(
            "Start to ready on this data: {}; memory then: {} MiB.",
            ms(found.took),
            found.value / 1024
        ));
    }

    pub fn first_load(&mut self, bytes: usize) {
        self.note(format!("First load of the web client, compressed: {} KB.", bytes / 1000));
    }

    /// How much more the large book costs than the small one.
    pub fn ratios(&mut self) -> anyhow::Result<()> {
        for name in ["Dashboard", "Yearly report"] {
            let median = |size: &str| {
                let full = format!("{name}, {size} transactions");
                self.rows.iter().find(|row| row.name == full).map(|row| row.median.as_micros())
            };
            let (Some(small), Some(large)) = (median("1,000"), median("all")) else { continue };
            let hundredths = large * 100 / small.max(1);
            self.note(format!(
                "{name}: the large book costs {}.{:02} times what the small one does (median).",
                hundredths / 100,
                hundredths % 100
            ));
        }
        Ok(())
    }

    fn note(&mut self, text: String) {
        println!("{text}");
        self.notes.push(text);
    }

    pub fn write(self) -> anyhow::Result<()> {
        let mut page = String::from("# Results\n\nWritten by `make bench`.\n\n");
        writeln!(page, "Machine: {}.\n", self.machine)?;
        page.push_str("| request | count | median | p99 |\n|---|--:|--:|--:|\n");
        for row in &self.rows {
            let Row { name, count, median, p99 } = row;
            writeln!(page, "| {name} | {count} | {} | {} |", ms(*median), ms(*p99))?;
        }
        page.push('\n');
        for note in &self.notes {
            writeln!(page, "- {note}")?;
        }
        std::fs::write(&self.path, page)?;
        println!("Written to {}.", self.path.display());
        Ok(())
    }
}

fn ms(duration: Duration) -> String {
    let hundredths = duration.as_micros() / 10;
    format!("{}.{:02} ms", hundredths / 100, hundredths % 100)
}

fn per_second(count: usize, took: Duration) -> u128 {
    count as u128 * 1000 / took.as_millis().max(1)
}
