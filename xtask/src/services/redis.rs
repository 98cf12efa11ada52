//! Redis, from Debian's package `redis-server`.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};
use rustix::process::Signal;

use super::{Place, Server};
use crate::{debian, process};

pub struct Redis;

const PROGRAM: &str = "redis-server";
const ANSWER_LIMIT: Duration = Duration::from_secs(5);

impl Server for Redis {
    fn name(&self) -> &'static str {
        "Redis"
    }

    fn variable(&self) -> &'static str {
        "EXPENSE_TEST_REDIS"
    }

    fn install(&self) -> Result<()> {
        debian::ensure(PROGRAM, || process::find(PROGRAM).is_some())
    }

    fn account(&self) -> Option<&'static str> {
        None
    }

    fn prepare(&self, _: &Place) -> Result<()> {
        Ok(())
    }

    fn command(&self, place: &Place) -> Result<Command> {
        let redis = process::find(PROGRAM).context("`redis-server` is not on this machine")?;
        let mut command = place.program(&redis);
        command.args(["--bind", "127.0.0.1", "--port", &place.port.to_string()]);
        command.args(["--dir", &place.path("")]);
        // Nothing that is kept in it has to outlive it.
        command.args(["--save", "", "--appendonly", "no"]);
        // It would put a title of its own where its arguments are, and we know it by those.
        command.args(["--set-proc-title", "no"]);
        Ok(command)
    }

    fn answers(&self, place: &Place) -> Result<bool> {
        Ok(pong(place.port).unwrap_or(false))
    }

    fn address(&self, place: &Place) -> String {
        format!("redis://127.0.0.1:{}", place.port)
    }

    fn stop_signal(&self) -> Signal {
        Signal::TERM
    }
}

fn pong(port: u16) -> Result<bool> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    stream.set_read_timeout(Some(ANSWER_LIMIT))?;
    stream.write_all(b"PING\r\n")?;
    let mut answer = [0; 7];
    stream.read_exact(&mut answer)?;
    Ok(answer == *b"+PONG\r\n")
}
