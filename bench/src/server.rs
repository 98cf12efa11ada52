//! A release server of our own, on empty data, with the gateway's limits out of the way.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use anyhow::Context;
use tempfile::TempDir;

use crate::load::Timed;
use crate::machine;

const GATEWAY: &str = include_str!("../../config/gateway.yml");

/// Builds the binary that is measured.
pub fn build() -> anyhow::Result<PathBuf> {
    let cargo = std::env::var_os("CARGO").unwrap_or("cargo".into());
    let status = Command::new(cargo)
        .args(["build", "--release", "--package", "expense-tracker"])
        .status()?;
    anyhow::ensure!(status.success(), "the release build failed");
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or("target".into(), PathBuf::from);
    Ok(target.join("release/expense-tracker"))
}

/// A running server.
pub struct Server {
    pub url: String,
    internal: String,
    binary: PathBuf,
    folder: TempDir,
    child: Child,
    http: reqwest::Client,
}

impl Server {
    pub async fn start(binary: &PathBuf) -> anyhow::Result<Server> {
        let folder = tempfile::tempdir()?;
        std::fs::write(folder.path().join("gateway.yml"), raised(GATEWAY))?;
        let (child, url, internal) = launch(binary, &folder)?;
        let http = reqwest::Client::new();
        let server = Server { url, internal, binary: binary.clone(), folder, child, http };
        Ok(server)
    }

    /// Asks for what costs nothing.
    pub async fn live(&self) -> anyhow::Result<()> {
        let response = self.http.get(format!("{}/health/live", self.internal)).send().await?;
        response.error_for_status()?.bytes().await?;
        Ok(())
    }

    /// Resident memory in KiB.
    pub fn memory_kib(&self) -> anyhow::Result<u64> {
        machine::resident_kib(self.child.id())
    }

    /// Stops and starts again on the same data; answers how long the start took.
    pub async fn restart(&mut self) -> anyhow::Result<Timed<u64>> {
        self.terminate()?;
        let started = Instant::now();
        let (child, url, internal) = launch(&self.binary, &self.folder)?;
        (self.child, self.url, self.internal) = (child, url, internal);
        self.live().await?;
        let took = started.elapsed();
        Ok(Timed { took, value: self.memory_kib()? })
    }

    /// The bytes that a browser fetches to show the first page, compressed.
    pub async fn first_load(&self) -> anyhow::Result<usize> {
        let fetch = async |path: String| {
            let request = self.http.get(format!("{}{path}", self.url));
            let response = request.header("accept-encoding", "br, gzip").send().await?;
            anyhow::Ok(response.error_for_status()?.bytes().await?)
        };
        let page = fetch("/".to_owned()).await?;
        let plain = self.http.get(&self.url).send().await?.text().await?;
        let mut bytes = page.len();
        for path in referenced(&plain) {
            bytes += fetch(path).await?.len();
        }
        Ok(bytes)
    }

    pub async fn stop(mut self) -> anyhow::Result<()> {
        self.terminate()
    }

    fn terminate(&mut self) -> anyhow::Result<()> {
        let pid = self.child.id().to_string();
        Command::new("kill").args(["-TERM", &pid]).status()?;
        self.child.wait()?;
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Where a measurement failed half-way; after a stop it is gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn launch(binary: &PathBuf, folder: &TempDir) -> anyhow::Result<(Child, String, String)> {
    let path = |name: &str| folder.path().join(name).display().to_string();
    let mut child = Command::new(binary)
        .arg("serve")
        .env("EXPENSE_LISTEN", "127.0.0.1:0")
        .env("EXPENSE_INTERNAL_LISTEN", "127.0.0.1:0")
        .env("EXPENSE_DATABASE", format!("sqlite://{}", path("{service}.db")))
        .env("EXPENSE_FILES", format!("file://{}", path("files")))
        .env("EXPENSE_SECRETS", path("secrets"))
        .env("EXPENSE_GATEWAY", path("gateway.yml"))
        .env("EXPENSE_LOG__LEVEL", "warn")
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("{} can't be started", binary.display()))?;
    let output = child.stdout.take().context("the server has no output")?;
    let (mut url, mut internal) = (None, None);
    let mut lines = BufReader::new(output).lines();
    while url.is_none() || internal.is_none() {
        let line = lines.next().context("the server ended before it was ready")??;
        let address = line.split_whitespace().find(|word| word.starts_with("http://"));
        if line.contains("Open it") {
            url = address.map(str::to_owned);
        } else if line.contains("Health") {
            internal = address.map(|a| a.replace("/health/ready,", ""));
        }
    }
    // Somebody must read on, or the server would block on a full pipe one day.
    std::thread::spawn(move || lines.count());
    Ok((child, url.unwrap_or_default(), internal.unwrap_or_default()))
}

/// The same file with limits that a benchmark does not reach.
fn raised(gateway: &str) -> String {
    let raised = |line: &str| match line.trim_start().strip_prefix("minute: ") {
        Some(_) => format!("{}minute: 1000000000", &line[..line.len() - line.trim_start().len()]),
        None => line.to_owned(),
    };
    gateway.lines().map(raised).collect::<Vec<_>>().join("\n")
}

/// Scripts and styles that a page names.
fn referenced(page: &str) -> Vec<String> {
    let mut paths: Vec<String> = page
        .split(['"', '\''])
        .filter(|text| text.contains("_app/") && (text.ends_with(".js") || text.ends_with(".css")))
        .map(|text| format!("/{}", text.trim_start_matches(['.', '/'])))
        .collect();
    paths.sort();
    paths.dedup();
    paths
}
