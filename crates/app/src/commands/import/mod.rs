//! `import`: reads a statement; previews it, or brings it into a book of a server.

mod into_book;
mod preview;

use std::io::Read;
use std::process::ExitCode;

use model::{Currency, TimeZone};
use service::Clock;
use statements::{Context, Overrides};

use crate::cli::ImportArgs;

pub async fn run(arguments: &ImportArgs) -> anyhow::Result<ExitCode> {
    let bytes = bytes_of(arguments)?;
    let overrides = overrides(&arguments.set)?;
    if arguments.preview {
        return preview::run(arguments, &bytes, &context(arguments)?, &overrides);
    }
    into_book::run(arguments, bytes, &overrides).await
}

fn bytes_of(arguments: &ImportArgs) -> anyhow::Result<Vec<u8>> {
    if arguments.file.as_os_str() == "-" {
        let mut bytes = Vec::new();
        std::io::stdin().lock().read_to_end(&mut bytes)?;
        return Ok(bytes);
    }
    std::fs::read(&arguments.file)
        .map_err(|error| anyhow::anyhow!("{}: {error}", arguments.file.display()))
}

fn context(arguments: &ImportArgs) -> anyhow::Result<Context> {
    let currency = Currency::parse(&arguments.currency)
        .map_err(|error| anyhow::anyhow!("--currency: {error}"))?;
    let here = TimeZone::system();
    let today = Some(here.day_of(Clock::System.now()));
    Ok(Context { currency, locale: arguments.locale.clone(), today })
}

/// `what=value` pairs as the reader's overrides.
fn overrides(set: &[String]) -> anyhow::Result<Overrides> {
    let mut object = serde_json::Map::new();
    for pair in set {
        let (what, value) = pair.split_once('=').ok_or_else(|| {
            anyhow::anyhow!("--set {pair}: write WHAT=VALUE, such as date_order=dmy")
        })?;
        let (what, value) = match (what, value) {
            ("columns", roles) => ("roles", roles.split(',').map(str::trim).collect()),
            (_, "true") => (what, serde_json::Value::Bool(true)),
            (_, "false") => (what, serde_json::Value::Bool(false)),
            (_, text) => (what, serde_json::Value::from(text)),
        };
        object.insert(what.to_owned(), value);
    }
    serde_json::from_value(object.into()).map_err(|error| anyhow::anyhow!("--set: {error}"))
}

#[cfg(test)]
mod tests {
    use statements::{DateOrder, Role};

    use super::*;

    #[test]
    fn what_is_set_becomes_an_override_or_is_refused_by_name() {
        let set = ["date_order=mdy", "has_header=false", "delimiter=;", "columns=date,amount_in"];
        let read = overrides(&set.map(str::to_owned)).unwrap();
        assert_eq!(read.roles, Some(vec![Role::Date, Role::AmountIn]));
        assert_eq!(read.date_order, Some(DateOrder::Mdy));
        assert_eq!((read.has_header, read.delimiter), (Some(false), Some(';')));
        for (pair, word) in
            [("date_order", "WHAT=VALUE"), ("date_order=us", "dmy"), ("day=1", "date_order")]
        {
            let text = overrides(&[pair.to_owned()]).unwrap_err().to_string();
            assert!(text.contains(word), "{text}");
        }
    }
}
