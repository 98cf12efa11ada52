//! Which RabbitMQ, and under which names.

use std::str::FromStr;

use anyhow::{Context, ensure};
use lapin::uri::AMQPUri;
use url::Url;

/// What queues are called where the URL does not say.
const PREFIX: &str = "expense-tracker";

/// Seconds between two signs of life; a broker that misses two is taken for lost.
const HEARTBEAT_SECONDS: u16 = 10;
const CONNECT_LIMIT_MS: u64 = 5_000;

/// `amqp://user:password@host:port/vhost?prefix=NAME`.
#[derive(Clone)]
pub(crate) struct Address {
    pub uri: AMQPUri,
    /// Begins the name of each queue, so that installations can share a broker.
    pub prefix: String,
    /// How long a second of the ladder is at the broker; tests make it short.
    pub second_ms: i64,
}

impl FromStr for Address {
    type Err = anyhow::Error;

    /// No error shows the text: it holds a password.
    fn from_str(text: &str) -> anyhow::Result<Address> {
        let url = Url::parse(text).ok().filter(Url::has_host).context(
            "queue: this amqp:// names no server; write one such as \
             \"amqp://user:password@rabbitmq:5672\"",
        )?;
        let mut prefix = PREFIX.to_owned();
        for (key, value) in url.query_pairs() {
            match key.as_ref() {
                "prefix" => prefix = checked(&value)?,
                "heartbeat" | "connection_timeout" | "frame_max" | "channel_max"
                | "auth_mechanism" => {}
                _ => anyhow::bail!(
                    "queue: \"{key}\" is no parameter of an amqp:// address; there are prefix, \
                     heartbeat, connection_timeout, frame_max, channel_max and auth_mechanism"
                ),
            }
        }
        let mut uri = AMQPUri::from_str(text).map_err(|error| {
            anyhow::anyhow!("queue: a parameter of this amqp:// address is wrong: {error}")
        })?;
        // As every other client reads a path that names nothing.
        if uri.vhost.is_empty() {
            uri.vhost = "/".to_owned();
        }
        uri.query.heartbeat.get_or_insert(HEARTBEAT_SECONDS);
        uri.query.connection_timeout.get_or_insert(CONNECT_LIMIT_MS);
        Ok(Address { uri, prefix, second_ms: 1000 })
    }
}

fn checked(prefix: &str) -> anyhow::Result<String> {
    let is_fine = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    ensure!(
        (1..=60).contains(&prefix.len()) && prefix.chars().all(is_fine),
        "queue: prefix = \"{prefix}\" begins the names of queues; write 1 to 60 letters, digits, \
         hyphens, underscores or dots"
    );
    Ok(prefix.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_address_leaves_out_has_a_default() {
        for url in ["amqp://broker", "amqp://broker/", "amqp://broker/%2f"] {
            let address: Address = url.parse().unwrap();
            assert_eq!((address.uri.vhost.as_str(), address.uri.authority.port), ("/", 5672));
            assert_eq!(address.prefix, "expense-tracker");
        }
        let given = "amqps://u:p@broker:7/books?prefix=two.homes&heartbeat=3";
        let address: Address = given.parse().unwrap();
        assert_eq!((address.uri.vhost.as_str(), address.uri.query.heartbeat), ("books", Some(3)));
        assert_eq!(address.prefix, "two.homes");
    }

    #[test]
    fn a_wrong_address_is_told_what_would_be_right_and_its_password_is_not_shown() {
        for (url, word) in [
            ("amqp:", "amqp://user:password@rabbitmq:5672"),
            ("amqp://u:secret@", "amqp://user:password@rabbitmq:5672"),
            ("amqp://u:secret@h:port", "amqp://user:password@rabbitmq:5672"),
            ("amqp://u:secret@h?hartbeat=3", "heartbeat"),
            ("amqp://u:secret@h?heartbeat=soon", "invalid digit"),
            ("amqp://u:secret@h?prefix=a/b", "letters, digits"),
            ("amqp://u:secret@h?prefix=", "1 to 60"),
        ] {
            let error = url.parse::<Address>().err().unwrap().to_string();
            assert!(error.contains(word) && !error.contains("secret"), "{url}: {error}");
        }
    }
}
