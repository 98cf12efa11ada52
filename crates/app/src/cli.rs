//! The command line, with help that a person can learn from.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// Keeps the books of a household on your own server.
///
/// `expense-tracker serve` starts everything on embedded defaults and prints the address to open.
#[derive(Parser, Debug)]
#[command(name = "expense-tracker", version, propagate_version = true)]
#[command(after_help = "Exit codes: 0 done, 1 failed, 2 wrong use, 3 needs a person's word.")]
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
    Serve {
        /// Which services to run here; all of them, with the gateway, if none is named.
        #[arg(value_name = "SERVICE")]
        services: Vec<String>,
    },
    /// Brings the databases up to date, or prints the SQL that does
    Migrate {
        /// Print the SQL of one service for a dialect and change nothing
        #[arg(long, value_name = "sqlite|postgres|mysql", requires = "service")]
        print: Option<String>,
        /// The service to print
        #[arg(long)]
        service: Option<String>,
    },
    /// Shows or checks the configuration
    Config {
        #[command(subcommand)]
        command: ConfigCommand,
    },
    /// Lists the routes of the gateway and the endpoints of the services
    Routes,
    /// Prints the API document (OpenAPI 3.1)
    Openapi,
    /// Reads a bank statement: previews it, or imports it into a book
    Import(ImportArgs),
    /// Computes all balances and reports again and compares them with what is shown
    ///
    /// Runs on the configured databases, also while a server uses them.
    Verify,
    /// Manages the people who can sign in
    Users {
        #[command(subcommand)]
        command: UsersCommand,
    },
}

#[derive(Subcommand, Debug)]
pub enum ConfigCommand {
    /// Says what is wrong with the configuration, if anything
    Check,
    /// Prints the configuration that is in force
    Show {
        /// Print the defaults with an explanation of each key instead
        #[arg(long)]
        defaults: bool,
    },
}

#[derive(Subcommand, Debug)]
pub enum UsersCommand {
    /// Sets a new password and ends all sessions of a person
    ///
    /// The new password is read from standard input, so that it stands in no history.
    ResetPassword {
        /// The person's e-mail address
        email: String,
    },
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
    #[arg(long)]
    pub json: bool,

    /// The currency of the account, for files that do not say it
    #[arg(long, default_value = "EUR", value_name = "CODE")]
    pub currency: String,

    /// Your locale, such as en-GB; it only orders what is asked
    #[arg(long, value_name = "LOCALE")]
    pub locale: Option<String>,

    /// Decide how the file is read: date_order=dmy|mdy|ymd, decimal=.|, sign=signed|reversed,
    /// encoding=NAME, delimiter=CHARACTER, has_header=true|false, columns=ROLE,ROLE,…
    #[arg(long = "set", value_name = "WHAT=VALUE")]
    pub set: Vec<String>,

    /// The server to import into
    #[arg(long, default_value = "http://127.0.0.1:8000", value_name = "URL")]
    pub server: String,

    /// The access token to import with; or EXPENSE_TOKEN in the environment
    #[arg(long, env = "EXPENSE_TOKEN", hide_env_values = true, value_name = "TOKEN")]
    pub token: Option<String>,

    /// The book to import into
    #[arg(long, value_name = "ID")]
    pub book: Option<String>,

    /// The account that the statement is of
    #[arg(long, value_name = "ID")]
    pub account: Option<String>,
}
