//! The Redis in which gateways count: emptied before a case, then asked what reached it.

use std::collections::BTreeMap;

use regex::Regex;
use serde::Deserialize;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

/// What reached Redis, as it was recorded.
#[derive(Clone, Deserialize)]
pub struct Command {
    db: u32,
    by: String,
    command: Vec<String>,
}

/// What was done to each counter, by database and key: how much it grew, and when it expires.
type Changes = BTreeMap<(u32, String), Vec<String>>;

pub struct Redis {
    pub port: u16,
    commands: Connection,
    /// Redis tells it of every command.
    monitor: Connection,
    steps: usize,
}

impl Redis {
    /// The one of this run, where its environment names one.
    pub async fn open() -> Option<Redis> {
        let url = std::env::var("EXPENSE_TEST_REDIS").ok()?;
        let port = url.strip_prefix("redis://127.0.0.1:").and_then(|port| port.parse().ok());
        let port = port.expect("the recordings have Redis on 127.0.0.1");
        let commands = Connection::open(port).await;
        let mut monitor = Connection::open(port).await;
        monitor.send("MONITOR").await;
        assert_eq!(monitor.line().await, "+OK");
        Some(Redis { port, commands, monitor, steps: 0 })
    }

    /// Forgets the counters of earlier cases and runs, in the databases that the recordings use.
    pub async fn empty(&mut self) {
        const FORGET: &str =
            "for _,k in ipairs(redis.call('KEYS','ratelimit:*')) do redis.call('DEL',k) end";
        for database in [0, 5] {
            self.commands.ask(&format!("SELECT {database}")).await;
            self.commands.ask(&format!("EVAL \"{FORGET}\" 0")).await;
        }
        self.changes().await;
    }

    /// How what reached Redis since it was last asked differs from what was recorded.
    pub async fn differences(&mut self, recorded: &[Command]) -> Vec<String> {
        let wanted = changes(recorded.iter().filter(|command| command.by == "script").map(
            |Command { db, command, .. }| (*db, command.iter().map(String::as_str).collect()),
        ));
        let found = self.changes().await;
        if found == wanted {
            return Vec::new();
        }
        vec![format!("Redis: {found:?}, recorded {wanted:?}")]
    }

    async fn changes(&mut self) -> Changes {
        self.steps += 1;
        let mark = format!("step-{}", self.steps);
        self.commands.ask(&format!("ECHO {mark}")).await;
        let by_script = Regex::new(r#"^\+[\d.]+ \[(\d+) lua\] "(.*)"$"#).unwrap();
        let mut lines = Vec::new();
        loop {
            let line = self.monitor.line().await;
            if line.contains(&mark) {
                break;
            }
            lines.push(line);
        }
        changes(lines.iter().filter_map(|line| by_script.captures(line)).map(|found| {
            let (_, [database, words]) = found.extract();
            (database.parse().unwrap(), words.split("\" \"").collect())
        }))
    }
}

/// A script is one atomic step, so the order within a key is all that there is to compare.
fn changes<'a>(commands: impl Iterator<Item = (u32, Vec<&'a str>)>) -> Changes {
    let mut changes = Changes::new();
    for (database, words) in commands {
        let change = match (words[0].to_ascii_lowercase().as_str(), &words[1..]) {
            ("incr", [_]) => "add 1".to_owned(),
            ("incrby", [_, amount]) if *amount != "0" => format!("add {amount}"),
            ("expire", [_, seconds]) => format!("expire in {seconds} s"),
            _ => continue,
        };
        changes.entry((database, words[1].to_owned())).or_default().push(change);
    }
    changes
}

/// Redis' own protocol, as far as a line goes.
struct Connection(BufReader<TcpStream>);

impl Connection {
    async fn open(port: u16) -> Connection {
        Connection(BufReader::new(TcpStream::connect(("127.0.0.1", port)).await.unwrap()))
    }

    async fn send(&mut self, command: &str) {
        self.0.write_all(format!("{command}\r\n").as_bytes()).await.unwrap();
    }

    async fn ask(&mut self, command: &str) {
        self.send(command).await;
        let answer = self.line().await;
        assert!(!answer.starts_with('-'), "{command}: {answer}");
        // A text is announced by its length.
        if answer.starts_with('$') && answer != "$-1" {
            self.line().await;
        }
    }

    async fn line(&mut self) -> String {
        let mut line = String::new();
        self.0.read_line(&mut line).await.unwrap();
        line.trim_end().to_owned()
    }
}
