//! What a `kafka://` URL says: where the brokers are, who we are, what topics are called.

use anyhow::{Context, ensure};
use percent_encoding::percent_decode_str;

use super::{PARTITIONS, PREFIX};

/// Brokers and how to speak to them. No `Debug`: it holds a password.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Address {
    /// `host:port[,host:port…]`
    pub brokers: String,
    /// By SASL PLAIN.
    pub login: Option<Login>,
    /// What the names of topics and groups begin with, so that installations can share brokers.
    pub prefix: String,
    /// How many partitions a new topic gets: so many replicas of a consumer can work at once.
    pub partitions: i32,
}

#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Login {
    pub user: String,
    pub password: String,
}

/// What Kafka allows, less what we put behind it.
const LONGEST_PREFIX: usize = 100;

const FORM: &str = "write kafka://[user:password@]host:port[,host:port…][?prefix=NAME&partitions=N], \
                    such as kafka://kafka:9092";

impl Address {
    /// Reads what follows `kafka://`. No error repeats it, since it may hold a password.
    pub(crate) fn parse(text: &str) -> anyhow::Result<Address> {
        let (authority, query) = text.split_once('?').unwrap_or((text, ""));
        let (login, brokers) = match authority.rsplit_once('@') {
            Some((login, brokers)) => (Some(Login::parse(login)?), brokers),
            None => (None, authority),
        };
        let brokers = brokers.trim_end_matches('/');
        for broker in brokers.split(',') {
            ensure!(is_broker(broker), "\"{broker}\" is no address of a broker; {FORM}");
        }
        let mut address = Address {
            brokers: brokers.to_owned(),
            login,
            prefix: PREFIX.to_owned(),
            partitions: PARTITIONS,
        };
        for (key, value) in url::form_urlencoded::parse(query.as_bytes()) {
            address.set(&key, &value)?;
        }
        Ok(address)
    }

    fn set(&mut self, key: &str, value: &str) -> anyhow::Result<()> {
        match key {
            "prefix" => {
                let is_legal = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
                let fits = (1..=LONGEST_PREFIX).contains(&value.len());
                ensure!(
                    fits && value.chars().all(is_legal),
                    "prefix=\"{value}\" can't begin the name of a topic; use at most \
                     {LONGEST_PREFIX} letters, digits, dots, dashes and underscores"
                );
                value.clone_into(&mut self.prefix);
            }
            "partitions" => {
                let partitions =
                    value.parse().ok().filter(|partitions| (1..=1000).contains(partitions));
                self.partitions = partitions.with_context(|| {
                    format!("partitions=\"{value}\" is no number of partitions; use 1 to 1000")
                })?;
            }
            _ => anyhow::bail!("\"{key}\" is no option of a kafka:// URL; {FORM}"),
        }
        Ok(())
    }

    /// The topic that a service's events are in.
    pub(crate) fn topic(&self, service: &str) -> String {
        format!("{}.{service}", self.prefix)
    }
}

impl Login {
    fn parse(text: &str) -> anyhow::Result<Login> {
        let (user, password) = text.split_once(':').context("the user has no password")?;
        let decode = |text: &str| {
            let decoded = percent_decode_str(text).decode_utf8();
            decoded.map(Into::into).context("user and password must be UTF-8, written as in a URL")
        };
        Ok(Login { user: decode(user)?, password: decode(password)? })
    }
}

fn is_broker(text: &str) -> bool {
    let port = |port: &str| port.parse::<u16>().is_ok_and(|port| port > 0);
    text.rsplit_once(':').is_some_and(|(host, digits)| !host.is_empty() && port(digits))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_says_all_there_is_to_know() {
        let address = Address::parse("kafka:9092").unwrap();
        assert_eq!((address.brokers.as_str(), address.partitions), ("kafka:9092", 12));
        assert_eq!(address.topic("ledger"), "expense-tracker.ledger");
        assert!(address.login.is_none());

        let text = "me:p%40ss:word@one:9092,[::1]:9093/?prefix=home.books&partitions=3";
        let address = Address::parse(text).unwrap();
        assert_eq!(address.brokers, "one:9092,[::1]:9093");
        assert_eq!((address.topic("user").as_str(), address.partitions), ("home.books.user", 3));
        let login = address.login.unwrap();
        assert_eq!((login.user.as_str(), login.password.as_str()), ("me", "p@ss:word"));
    }

    #[test]
    fn what_is_wrong_is_named_and_no_password_shown() {
        for (text, word) in [
            ("", "host:port"),
            ("kafka", "\"kafka\""),
            ("kafka:0", "\"kafka:0\""),
            ("one:9092,two", "\"two\""),
            ("me:secret@", "host:port"),
            ("me@kafka:9092", "password"),
            ("me:secret@kafka:9092?prefix=a/b", "a/b"),
            ("me:secret@kafka:9092?partitions=0", "1 to 1000"),
            ("me:secret@kafka:9092?topic=x", "prefix=NAME"),
        ] {
            let error = Address::parse(text).err().unwrap().to_string();
            assert!(error.contains(word) && !error.contains("secret"), "{text}: {error}");
        }
    }
}
