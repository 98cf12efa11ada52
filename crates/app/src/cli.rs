//! The command line, with help that a person can learn from; a value that can't be right ends here.

use std::path::PathBuf;
use std::str::FromStr;

use clap::builder::{PossibleValue, PossibleValuesParser};
use clap::{ArgGroup, Args, Parser, Subcommand, ValueEnum};
use model::{AccountId, BookId, Currency};
use serde_json::Value;
use statements::Overrides;
use store::Dialect;
use url::Url;
use uuid::Uuid;

use crate::config;
use crate::services::{GATEWAY, GATEWAY_ABOUT, SERVICES};

/// Keeps the books of a household on your own server.
///
/// `expense-tracker serve` starts everything on embedded defaults and prints the address to open.
#[derive(Parser, Debug)]
#[command(name = "expense-tracker", version, propagate_version = true)]
#[command(after_help = "Exit codes: 0 done, 1 failed, 2 wrong use; what else one means stands in \
                        the command's own help.")]
pub struct Cli {
    /// A configuration file; what it does not name keeps its default.
    #[arg(long, global = true, env = "EXPENSE_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,

    #[command(subcommand)]
    pub command: Command,
}

#[derive(Subcommand, Debug)]
pub enum Command {
    /// Starts the services and answers requests until it is stopped
    ///
    /// Without any setting it answers at http://127.0.0.1:8000 and keeps its data in the folder
    /// `data` of the folder that it is started in. `config show --defaults` explains every setting;
    /// each can be given in a file (--config) or in the environment, such as
    /// EXPENSE_LISTEN=0.0.0.0:8000.
    Serve {
        /// Which services to run here; all of them, with the gateway, if none is named
        #[arg(value_name = "SERVICE", value_parser = services())]
        services: Vec<String>,
    },
    /// Brings the databases up to date, or prints the SQL that does
    Migrate {
        /// Print the SQL of one service for a dialect and change nothing
        #[arg(long, value_name = "sqlite|postgres|mysql", requires = "service")]
        #[arg(value_parser = dialect)]
        print: Option<Dialect>,
        /// The service to print
        #[arg(long, requires = "print", value_parser = services_with_database())]
        service: Option<String>,
    },
    /// Shows or checks the configuration
    Config {
        #[command(subcommand)]
        command: ConfigCommand,
    },
    /// Asks a running server whether it can do its work
    ///
    /// For the health check of a container: it asks the server of the same configuration at its
    /// `internal_listen`, or another with --url.
    #[command(
        after_help = "Exit codes: 0 it is ready, 1 it is not or does not answer, 2 wrong use."
    )]
    Health {
        /// Where to ask instead, such as http://127.0.0.1:8001/health/live
        #[arg(long, value_name = "URL", value_parser = server)]
        url: Option<Url>,
    },
    /// Makes what processes of one installation share
    Secrets {
        #[command(subcommand)]
        command: SecretsCommand,
    },
    /// Writes the gateway's file for Kong
    Gateway {
        #[command(subcommand)]
        command: GatewayCommand,
    },
    /// Lists the routes of the gateway and the endpoints of the services
    Routes,
    /// Lists what `serve` can run
    Services {
        /// One JSON document, from which files for deployments are made
        #[arg(long)]
        json: bool,
    },
    /// Prints the API document (OpenAPI 3.1)
    Openapi,
    /// Prints the document of the events that a broker carries (AsyncAPI 3)
    Asyncapi,
    /// Reads a bank statement: previews it, or imports it into a book
    ///
    /// With --preview nothing is written and no server is needed. Without, the statement goes to a
    /// running server, as from its web client.
    #[command(after_help = IMPORT_EXIT_CODES)]
    Import(Box<ImportArgs>),
    /// Computes all balances and reports again and compares them with what is shown
    ///
    /// Runs on the configured databases, also while a server uses them.
    #[command(
        after_help = "Exit codes: 0 all is equal, 1 something differs or failed, 2 wrong use."
    )]
    Verify,
    /// Writes the whole installation to one file, also while a server uses it
    ///
    /// The file holds all data and uploaded files of one moment, and fits any kind of database. It is
    /// readable by you alone; what it holds is said first.
    #[command(after_help = "Exit codes: 0 it is written, or whole, 1 it is not, 2 wrong use.")]
    Backup(BackupArgs),
    /// Restores a backup; stop every server first
    ///
    /// All of the file is checked before anything is touched, and made ready beside what is there
    /// before it takes its place. Everybody has to sign in again.
    #[command(after_help = "Exit codes: 0 it is restored, 1 it is not and all is as before, \
                            2 wrong use.")]
    Restore(RestoreArgs),
    /// Shows what services have yet to do, and lets what failed for good begin anew
    ///
    /// Works on the configured databases, also while a server uses them or RabbitMQ is away.
    Jobs {
        #[command(subcommand)]
        command: JobsCommand,
    },
    /// Manages the people who can sign in
    Users {
        #[command(subcommand)]
        command: UsersCommand,
    },
}

#[derive(Subcommand, Debug)]
pub enum ConfigCommand {
    /// Says what is wrong with the configuration, if anything
    ///
    /// Reads the defaults, the file, the environment and the gateway's file, and opens nothing.
    #[command(after_help = "Exit codes: 0 it is right, 1 it is not, 2 wrong use.")]
    Check,
    /// Prints the configuration that is in force
    Show {
        /// Print the defaults with an explanation of each key instead
        #[arg(long)]
        defaults: bool,
    },
}

#[derive(Subcommand, Debug)]
pub enum SecretsCommand {
    /// Makes the keys that are not there yet in the folder that `secrets` names
    ///
    /// A server that runs every service does so by itself on its first start. Services in processes
    /// of their own make up none: give each the same files, or what is in them, in base64, in
    /// EXPENSE_SECRET_SERVICE, and to auth also in EXPENSE_SECRET_SIGNING, EXPENSE_SECRET_REFRESH and
    /// EXPENSE_SECRET_PEPPER.
    Make,
}

#[derive(Subcommand, Debug)]
pub enum GatewayCommand {
    /// Prints the file that Kong 3.9 loads in the gateway's place
    ///
    /// It is the gateway's file with the keys that this installation signs with, as `jwt_secrets`,
    /// and with the addresses of [upstreams]. It holds no secret: only public keys. Export it again
    /// when the keys have changed.
    Export {
        /// Write to this file instead
        #[arg(long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
}

#[derive(Subcommand, Debug)]
pub enum JobsCommand {
    /// Lists the jobs that wait, are being done, or are parked, each with its last failure
    ///
    /// A job that failed is tried again after 5 s, 30 s, 2 min, 10 min and 1 h. Then, or at once where
    /// no retry can help, it is parked and waits for you. One that is done is not listed any more.
    List {
        /// Only the jobs of one service
        #[arg(long, value_parser = services_with_database())]
        service: Option<String>,
        /// Only those that wait for a person
        #[arg(long)]
        parked: bool,
        /// One JSON object a line: service, id, kind, state, due, attempts, reason, request
        #[arg(long)]
        json: bool,
    },
    /// Lets a parked job begin anew, or all of them
    ///
    /// Mend first what the job failed on. A running server begins within half a minute.
    #[command(group = ArgGroup::new("which").args(["id", "all"]).required(true))]
    Replay {
        /// The job, as `jobs list --parked` shows it
        #[arg(value_parser = id::<Uuid>)]
        id: Option<Uuid>,
        /// All that are parked
        #[arg(long)]
        all: bool,
        /// Only in one service
        #[arg(long, value_parser = services_with_database())]
        service: Option<String>,
    },
}

#[derive(Subcommand, Debug)]
pub enum UsersCommand {
    /// Sets a new password and ends all sessions of a person
    ///
    /// The new password is one line of standard input, so that it stands in no history.
    ResetPassword {
        /// The person's e-mail address
        email: String,
    },
}

#[derive(Args, Debug)]
pub struct BackupArgs {
    /// The file to write, such as books-2026-12-01.tar.gz; it must not exist yet
    pub file: PathBuf,

    /// Write nothing: read a backup to its end and say whether it is whole
    #[arg(long, conflicts_with = "secrets")]
    pub check: bool,

    /// Whether it holds the signing keys and the pepper of passwords; if not said, with them where
    /// the databases are files of SQLite
    #[arg(long, value_name = "with|without", hide_possible_values = true)]
    pub secrets: Option<SecretsIn>,

    /// Say what it holds as one JSON object
    #[arg(long)]
    pub json: bool,
}

/// Whether a backup holds the secrets.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub enum SecretsIn {
    With,
    Without,
}

#[derive(Args, Debug)]
pub struct RestoreArgs {
    /// The backup
    pub file: PathBuf,

    /// Where data is already, move it aside; nothing is deleted
    #[arg(long)]
    pub replace: bool,

    /// Say what was done as one JSON object
    #[arg(long)]
    pub json: bool,
}

#[derive(Args, Debug)]
pub struct ImportArgs {
    /// The statement, as the bank gave it; `-` for standard input
    pub file: PathBuf,

    /// Show what the file holds and write nothing; needs no server
    #[arg(long)]
    pub preview: bool,

    /// One JSON object a row (day, amount_minor, currency, payee, status), then one with what was
    /// detected and what needs a person's word
    #[arg(long, requires = "preview")]
    pub json: bool,

    /// The currency of the account, for files that do not say it
    #[arg(long, default_value = "EUR", value_name = "CODE", value_parser = Currency::parse)]
    pub currency: Currency,

    /// Your locale, such as en-GB; it only orders what is asked
    #[arg(long, value_name = "LOCALE")]
    pub locale: Option<String>,

    /// Decide how the file is read: date_order=dmy|mdy|ymd, decimal=.|, sign=signed|reversed,
    /// encoding=NAME, delimiter=CHARACTER, has_header=true|false, columns=ROLE,ROLE,…
    #[arg(long = "set", value_name = "WHAT=VALUE")]
    pub set: Vec<Decision>,

    /// The server to import into
    #[arg(long, default_value = "http://127.0.0.1:8000", value_name = "URL", value_parser = server)]
    pub server: Url,

    /// The access token to import with: `access_token` in the answer to POST /api/v1/auth/sign-in
    /// with {"email": …, "password": …, "client": "bearer"}
    #[arg(long, env = "EXPENSE_TOKEN", hide_env_values = true, value_name = "TOKEN")]
    #[arg(required_unless_present = "preview")]
    pub token: Option<String>,

    /// The book to import into, as GET /api/v1/ledger/books lists it
    #[arg(long, value_name = "ID", value_parser = id::<BookId>)]
    #[arg(required_unless_present = "preview")]
    pub book: Option<BookId>,

    /// The account that the statement is of, as GET /api/v1/ledger/books/ID/accounts lists it
    #[arg(long, value_name = "ID", value_parser = id::<AccountId>)]
    #[arg(required_unless_present = "preview")]
    pub account: Option<AccountId>,
}

const IMPORT_EXIT_CODES: &str = "Exit codes: 0 done, 1 failed, 2 wrong use, 3 nothing was imported since the file leaves \
     something open that a person has to decide: answer it with --set. A preview ends in 0 then too, \
     and asks.";

/// How a person wants a file to be read: `date_order=dmy`.
#[derive(Clone, Debug)]
pub struct Decision {
    /// In the words of [`Overrides`].
    what: String,
    value: Value,
}

impl FromStr for Decision {
    type Err = String;

    fn from_str(text: &str) -> Result<Decision, String> {
        let Some((what, value)) = text.split_once('=') else {
            return Err("write WHAT=VALUE, such as date_order=dmy".to_owned());
        };
        let (what, value) = match (what, value) {
            ("columns", roles) => ("roles", roles.split(',').map(str::trim).collect()),
            (_, "true") => (what, Value::Bool(true)),
            (_, "false") => (what, Value::Bool(false)),
            (_, text) => (what, Value::from(text)),
        };
        let decision = Decision { what: what.to_owned(), value };
        match overrides(std::slice::from_ref(&decision)) {
            Ok(_) => Ok(decision),
            Err(error) => Err(error.to_string().replace("`roles`", "`columns`")),
        }
    }
}

/// All decisions about a file.
pub fn overrides(decisions: &[Decision]) -> Result<Overrides, serde_json::Error> {
    let all = decisions.iter().map(|one| (one.what.clone(), one.value.clone()));
    serde_json::from_value(Value::Object(all.collect()))
}

fn services() -> PossibleValuesParser {
    let services = SERVICES.iter().map(|entry| PossibleValue::new(entry.name).help(entry.about));
    let gateway = PossibleValue::new(GATEWAY).help(GATEWAY_ABOUT);
    services.chain([gateway]).into()
}

fn services_with_database() -> PossibleValuesParser {
    SERVICES.iter().filter(|entry| entry.has_database).map(|entry| entry.name).into()
}

fn dialect(text: &str) -> Result<Dialect, String> {
    let known = Dialect::ALL.map(Dialect::as_str).join(", ");
    let found = Dialect::ALL.into_iter().find(|dialect| dialect.as_str() == text);
    found.ok_or_else(|| format!("there are {known}"))
}

fn id<T: FromStr>(text: &str) -> Result<T, &'static str> {
    text.parse().map_err(|_| "it must be an id, such as 01900000-0000-7000-8000-000000000000")
}

fn server(text: &str) -> Result<Url, &'static str> {
    config::web_address(text).ok_or("write one such as http://127.0.0.1:8000")
}

#[cfg(test)]
mod tests {
    use statements::{DateOrder, Role};

    use super::*;

    fn refusal(arguments: &[&str]) -> String {
        let all = ["expense-tracker"].iter().chain(arguments);
        let error = Cli::try_parse_from(all).err().unwrap();
        assert_eq!(error.exit_code(), 2, "{error}");
        error.to_string()
    }

    #[test]
    fn what_is_set_becomes_an_override() {
        let set = ["date_order=mdy", "has_header=false", "delimiter=;", "columns=date,amount_in"];
        let set: Vec<Decision> = set.iter().map(|text| text.parse().unwrap()).collect();
        let read = overrides(&set).unwrap();
        assert_eq!(read.roles, Some(vec![Role::Date, Role::AmountIn]));
        assert_eq!(read.date_order, Some(DateOrder::Mdy));
        assert_eq!((read.has_header, read.delimiter), (Some(false), Some(';')));
    }

    #[test]
    fn wrong_use_is_named_with_what_would_be_right() {
        let id = "01900000-0000-7000-8000-000000000000";
        let cases: &[(&[&str], &[&str])] = &[
            (&["serve", "ledgr"], &["ledgr", "ledger", "gateway"]),
            (&["migrate", "--print", "oracle", "--service", "user"], &["oracle", "postgres"]),
            (&["migrate", "--print", "sqlite", "--service", "web"], &["web", "ledger"]),
            (&["migrate", "--print", "sqlite"], &["--service"]),
            (&["migrate", "--service", "user"], &["--print"]),
            (&["gateway"], &["export"]),
            (&["jobs", "list", "--service", "ledgr"], &["ledgr", "ledger"]),
            (&["jobs", "replay"], &["ID", "--all"]),
            (&["jobs", "replay", "7"], &["7", id]),
            (&["jobs", "replay", id, "--all"], &["--all"]),
            (&["import"], &["<FILE>"]),
            (&["import", "a.csv"], &["--token", "--book", "--account"]),
            (&["import", "a.csv", "--json"], &["--preview"]),
            (&["import", "a.csv", "--preview", "--currency", "EURO"], &["EURO", "USD"]),
            (&["import", "a.csv", "--preview", "--set", "date_order"], &["WHAT=VALUE"]),
            (&["import", "a.csv", "--preview", "--set", "date_order=us"], &["us", "dmy"]),
            (&["import", "a.csv", "--preview", "--set", "day=1"], &["day", "columns", "sign"]),
            (&["import", "a.csv", "--preview", "--set", "columns=day"], &["day", "amount_in"]),
            (&["import", "a.csv", "--preview", "--server", "here"], &["here", "http://"]),
            (&["import", "a.csv", "--token", "t", "--book", "1", "--account", id], &["--book", id]),
        ];
        for (arguments, words) in cases {
            let text = refusal(arguments);
            for word in *words {
                assert!(text.contains(word), "{arguments:?}: {text}");
            }
        }
    }
}
