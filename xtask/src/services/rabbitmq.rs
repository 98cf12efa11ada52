//! RabbitMQ, from Debian's package `rabbitmq-server`.

use std::fs;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::Result;
use rustix::process::Signal;

use super::{Place, Server, free_port};
use crate::debian;

pub struct RabbitMq;

/// What is on the PATH only speaks to the account `rabbitmq`.
const PROGRAM: &str = "/usr/lib/rabbitmq/bin/rabbitmq-server";

/// Erlang's port mapper would be started by the broker and outlive it. As a child that the system
/// ends with its parent it goes too, however the broker ends.
const START: &str = "
    setpriv --pdeathsig KILL epmd &
    until epmd -names >/dev/null 2>&1; do sleep 0.05; done
    exec \"$@\"";

const ANSWER_LIMIT: Duration = Duration::from_secs(5);

impl Server for RabbitMq {
    fn name(&self) -> &'static str {
        "RabbitMQ"
    }

    fn variable(&self) -> &'static str {
        "EXPENSE_TEST_RABBITMQ"
    }

    fn install(&self) -> Result<()> {
        debian::ensure("rabbitmq-server", || Path::new(PROGRAM).is_file())
    }

    fn account(&self) -> Option<&'static str> {
        Some("rabbitmq")
    }

    fn prepare(&self, place: &Place) -> Result<()> {
        Ok(fs::write(place.dir.join("plugins"), "[].\n")?)
    }

    fn command(&self, place: &Place) -> Result<Command> {
        let mut command = place.program(Path::new("/bin/sh"));
        command.args(["-c", START, "sh", PROGRAM, "-noinput", "-extra", &place.path("")]);
        command
            // Becomes the Erlang machine instead of waiting for it as a shell.
            .env("RABBITMQ_ALLOW_INPUT", "1")
            .env("RABBITMQ_NODENAME", "expense@localhost")
            .env("RABBITMQ_MNESIA_BASE", place.path("data"))
            .env("RABBITMQ_ENABLED_PLUGINS_FILE", place.path("plugins"))
            .env("RABBITMQ_LOGS", "-")
            .env("RABBITMQ_NODE_IP_ADDRESS", "127.0.0.1")
            .env("RABBITMQ_NODE_PORT", place.port.to_string())
            .env("RABBITMQ_DIST_PORT", free_port()?.to_string())
            .env("ERL_EPMD_ADDRESS", "127.0.0.1")
            .env("ERL_EPMD_PORT", free_port()?.to_string())
            .env(
                "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS",
                "-kernel inet_dist_use_interface {127,0,0,1}",
            );
        Ok(command)
    }

    fn answers(&self, place: &Place) -> Result<bool> {
        Ok(greeted(place.port).unwrap_or(false))
    }

    fn address(&self, place: &Place) -> String {
        format!("amqp://guest:guest@127.0.0.1:{}", place.port)
    }

    fn stop_signal(&self) -> Signal {
        Signal::TERM
    }
}

/// Whether the broker answers AMQP's greeting with a method frame, as it does when it has started.
fn greeted(port: u16) -> Result<bool> {
    const METHOD_FRAME: u8 = 1;
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    stream.set_read_timeout(Some(ANSWER_LIMIT))?;
    stream.write_all(b"AMQP\x00\x00\x09\x01")?;
    let mut first = [0];
    stream.read_exact(&mut first)?;
    Ok(first[0] == METHOD_FRAME)
}
