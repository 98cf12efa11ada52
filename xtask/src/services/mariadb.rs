//! MariaDB, from Debian's package `mariadb-server`.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context, Result};
use rustix::process::Signal;

use super::{Place, Server};
use crate::{debian, process};

pub struct MariaDb;

impl Server for MariaDb {
    fn name(&self) -> &'static str {
        "MariaDB"
    }

    fn variable(&self) -> &'static str {
        "EXPENSE_TEST_MYSQL"
    }

    fn install(&self) -> Result<()> {
        debian::ensure("mariadb-server", || {
            ["mariadbd", "mariadb-install-db", "mariadb-admin"]
                .into_iter()
                .all(|name| process::find(name).is_some())
        })
    }

    fn account(&self) -> Option<&'static str> {
        Some("mysql")
    }

    fn prepare(&self, place: &Place) -> Result<()> {
        let mut install = place.program(&program("mariadb-install-db")?);
        install.args([
            "--no-defaults",
            "--skip-test-db",
            "--auth-root-authentication-method=normal",
        ]);
        install.arg(format!("--datadir={}", place.path("data")));
        process::capture(&mut install).map(drop)
    }

    fn command(&self, place: &Place) -> Result<Command> {
        let mut command = place.program(&program("mariadbd")?);
        command.args(["--no-defaults", "--bind-address=127.0.0.1", "--max-connections=300"]);
        command.arg(format!("--port={}", place.port));
        command.arg(format!("--datadir={}", place.path("data")));
        command.arg(format!("--socket={}", place.path("socket")));
        command.arg(format!("--pid-file={}", place.path("pid")));
        // What Debian configures: a collation that ignores case, for us to get along with.
        command.args(["--character-set-server=utf8mb4", "--collation-server=utf8mb4_general_ci"]);
        // The data lives as long as the tests do: surviving a power cut is not their subject.
        command.args(["--innodb-flush-log-at-trx-commit=0", "--skip-innodb-doublewrite"]);
        Ok(command)
    }

    fn answers(&self, place: &Place) -> Result<bool> {
        let mut ask = place.program(&program("mariadb-admin")?);
        ask.args(["--no-defaults", "--protocol=tcp", "--host=127.0.0.1", "--user=root"]);
        ask.arg(format!("--port={}", place.port)).arg("ping");
        ask.stdout(Stdio::null()).stderr(Stdio::null());
        Ok(ask.status()?.success())
    }

    fn address(&self, place: &Place) -> String {
        format!("mysql://root@127.0.0.1:{}", place.port)
    }

    fn stop_signal(&self) -> Signal {
        Signal::TERM
    }
}

fn program(name: &str) -> Result<PathBuf> {
    process::find(name).with_context(|| format!("MariaDB's `{name}` is not on this machine"))
}
