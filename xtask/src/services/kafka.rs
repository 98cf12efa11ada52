//! Apache Kafka as one process, broker and controller in one, with its jars from Maven Central.

use std::fs;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};
use rustix::process::Signal;

use super::{Place, Server, free_port};
use crate::{debian, process};

pub struct Kafka;

const VERSION: &str = "4.1.0";
const ANSWER_LIMIT: Duration = Duration::from_secs(5);

/// Nothing but what it takes to name the jars; Maven finds those that they need.
const PROJECT: &str = r#"<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>none</groupId><artifactId>none</artifactId><version>0</version>
  <dependencies>
    <dependency>
      <groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId>
      <version>{version}</version>
    </dependency>
    <dependency>
      <groupId>org.slf4j</groupId><artifactId>slf4j-simple</artifactId><version>1.7.36</version>
    </dependency>
  </dependencies>
</project>
"#;

impl Server for Kafka {
    fn name(&self) -> &'static str {
        "Kafka"
    }

    fn variable(&self) -> &'static str {
        "EXPENSE_TEST_KAFKA"
    }

    fn install(&self) -> Result<()> {
        debian::ensure("default-jre-headless", || process::find("java").is_some())?;
        let jars = jars()?;
        if jars.is_dir() {
            return Ok(());
        }
        debian::ensure("maven", || process::find("mvn").is_some())?;
        eprintln!("fetching Kafka {VERSION} from Maven Central");
        fetch(&jars)
    }

    fn account(&self) -> Option<&'static str> {
        None
    }

    fn prepare(&self, place: &Place) -> Result<()> {
        let settings = settings(place.port, free_port()?, &place.path("data"));
        fs::write(place.dir.join(SETTINGS), settings).context("can't write its settings")?;
        // Each cluster has an id: a UUID of 22 characters in base64. One that is alone may have any.
        let format =
            ["kafka.tools.StorageTool", "format", "--cluster-id", "expense-tracker-tests0"];
        let mut command = java(place)?;
        command.args(format).args(["--config", &place.path(SETTINGS)]);
        process::capture(&mut command).map(drop)
    }

    fn command(&self, place: &Place) -> Result<Command> {
        let mut command = java(place)?;
        command.args(["kafka.Kafka", &place.path(SETTINGS)]);
        Ok(command)
    }

    fn answers(&self, place: &Place) -> Result<bool> {
        Ok(asked(place.port).is_ok())
    }

    fn address(&self, place: &Place) -> String {
        format!("kafka://127.0.0.1:{}", place.port)
    }

    fn stop_signal(&self) -> Signal {
        Signal::TERM
    }
}

const SETTINGS: &str = "server.properties";

fn settings(port: u16, controller: u16, data: &str) -> String {
    format!(
        "process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
controller.listener.names=CONTROLLER
listeners=CLIENTS://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=CLIENTS://127.0.0.1:{port}
listener.security.protocol.map=CLIENTS:PLAINTEXT,CONTROLLER:PLAINTEXT
inter.broker.listener.name=CLIENTS
log.dirs={data}
# Topics are made by those who know how long they keep.
auto.create.topics.enable=false
# It is alone: nobody to copy to, and nobody to wait for.
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
"
    )
}

fn java(place: &Place) -> Result<Command> {
    let mut command = place.program(&program("java")?);
    command.args(["-Xmx384m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]);
    command.arg("-cp").arg(jars()?.join("*"));
    Ok(command)
}

/// Where the jars stay between runs.
fn jars() -> Result<PathBuf> {
    let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let home = std::env::var_os("HOME").map(|home| Path::new(&home).join(".cache"));
    let cache = cache.or(home).context("HOME is not set, so there is no place for Kafka's jars")?;
    Ok(cache.join("expense-tracker").join(format!("kafka-{VERSION}")))
}

/// Fetches beside the place and renames, so that half a set of jars is never taken for a whole one.
fn fetch(jars: &Path) -> Result<()> {
    let cache = jars.parent().context("no folder for Kafka's jars")?;
    fs::create_dir_all(cache).with_context(|| format!("can't make {}", cache.display()))?;
    let beside = tempfile::tempdir_in(cache)?;
    let project = beside.path().join("pom.xml");
    fs::write(&project, PROJECT.replace("{version}", VERSION))?;
    let fetched = beside.path().join("jars");
    let mut maven = Command::new(program("mvn")?);
    maven.args(["--batch-mode", "--quiet", "dependency:copy-dependencies"]);
    maven.arg("--file").arg(&project).arg("-DincludeScope=runtime");
    maven.arg(format!("-DoutputDirectory={}", fetched.display()));
    process::capture(&mut maven)?;
    match fs::rename(&fetched, jars) {
        // Another run was faster.
        Err(_) if jars.is_dir() => Ok(()),
        renamed => renamed.with_context(|| format!("can't make {}", jars.display())),
    }
}

/// Asks which requests it understands: the first thing that every client does.
fn asked(port: u16) -> Result<()> {
    const API_VERSIONS: &[u8] = &[
        0, 0, 0, 10, // bytes that follow
        0, 18, 0, 0, // the request and its version
        0, 0, 0, 1, // our mark on it
        255, 255, // the client's name: none
    ];
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    stream.set_read_timeout(Some(ANSWER_LIMIT))?;
    stream.write_all(API_VERSIONS)?;
    let mut length_and_mark = [0; 8];
    Ok(stream.read_exact(&mut length_and_mark)?)
}

fn program(name: &str) -> Result<PathBuf> {
    process::find(name).with_context(|| format!("`{name}` is not on this machine"))
}
