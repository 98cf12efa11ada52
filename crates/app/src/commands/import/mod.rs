//! `import`: reads a statement; previews it, or brings it into a book of a server.

mod into_book;
mod preview;

use std::io::{ErrorKind, Read};
use std::path::Path;
use std::process::ExitCode;

use model::TimeZone;
use service::Clock;
use statements::Context;

use crate::cli::{ImportArgs, overrides};

pub async fn run(arguments: &ImportArgs) -> anyhow::Result<ExitCode> {
    let bytes = bytes_of(&arguments.file)?;
    let overrides = overrides(&arguments.set)?;
    if arguments.preview {
        return preview::run(arguments, &bytes, &context(arguments), &overrides);
    }
    into_book::run(arguments, bytes, &overrides).await
}

fn bytes_of(file: &Path) -> anyhow::Result<Vec<u8>> {
    if file.as_os_str() == "-" {
        let mut bytes = Vec::new();
        std::io::stdin().lock().read_to_end(&mut bytes)?;
        return Ok(bytes);
    }
    std::fs::read(file).map_err(|error| {
        let name = file.display();
        match error.kind() {
            ErrorKind::NotFound => anyhow::anyhow!("{name}: there is no such file"),
            ErrorKind::IsADirectory => {
                anyhow::anyhow!("{name} is a folder; name the statement's file in it")
            }
            _ => anyhow::anyhow!("{name}: {error}"),
        }
    })
}

fn context(arguments: &ImportArgs) -> Context {
    let today = Some(TimeZone::system().day_of(Clock::System.now()));
    Context { currency: arguments.currency, locale: arguments.locale.clone(), today }
}
