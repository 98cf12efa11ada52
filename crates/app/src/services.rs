//! The one list of services. Everything that must name them all reads it.

use service::{Context, Service};

use crate::config::Config;
use crate::document;

/// One service of the system.
pub struct Entry {
    pub name: &'static str,
    /// What it is for, as the command line and the documents say it.
    pub about: &'static str,
    /// The services that it asks; the address of each is needed where it runs elsewhere.
    pub asks: &'static [&'static str],
    /// Whether it keeps data of its own.
    pub has_database: bool,
    /// Whether it keeps files, such as receipts.
    pub has_files: bool,
    /// The keys of `Secrets` that it works with, beside the one that all services share.
    pub keys: &'static [&'static str],
    /// What of it a backup holds.
    pub kept: Kept,
    /// Its own tables, for printing.
    pub migrations: &'static [store::Migration],
    pub build: fn(Context, &Config) -> anyhow::Result<Service>,
}

/// What of a service's tables a backup holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kept {
    All,
    AllBut(&'static [&'static str]),
    /// All of it follows from the logs of others, and is built again.
    Nothing,
}

impl Kept {
    pub fn holds(self, table: &str) -> bool {
        match self {
            Kept::All => true,
            Kept::AllBut(passing) => !passing.contains(&table),
            Kept::Nothing => false,
        }
    }
}

/// Every service, in the order of architecture's table: none keeps ids of a later one. The gateway
/// is no entry: it has no context and answers no path of its own.
pub const SERVICES: &[Entry] = &[
    Entry {
        name: "web",
        about: "the web client's files and the live stream",
        asks: &["ledger"],
        has_database: false,
        has_files: false,
        keys: &[],
        kept: Kept::Nothing,
        migrations: &[],
        build: |ctx, _| web::service(ctx, document::reference()),
    },
    Entry {
        name: "auth",
        about: "credentials, sessions, tokens, keys",
        asks: &[],
        has_database: true,
        has_files: false,
        keys: &["signing.key", "refresh.key", "pepper.key"],
        kept: Kept::AllBut(auth::PASSING_TABLES),
        migrations: auth::MIGRATIONS,
        build: |ctx, config| auth::service(ctx, config.auth.clone()),
    },
    Entry {
        name: "user",
        about: "profiles and preferences",
        asks: &[],
        has_database: true,
        has_files: false,
        keys: &[],
        kept: Kept::All,
        migrations: user::MIGRATIONS,
        build: |ctx, _| user::service(ctx),
    },
    Entry {
        name: "ledger",
        about: "books, accounts, categories, payees, transactions",
        asks: &[],
        has_database: true,
        has_files: true,
        keys: &[],
        kept: Kept::All,
        migrations: ledger::MIGRATIONS,
        build: |ctx, _| ledger::service(ctx),
    },
    Entry {
        name: "reporting",
        about: "projections, reports, dashboard",
        asks: &["ledger"],
        has_database: true,
        has_files: false,
        keys: &[],
        kept: Kept::Nothing,
        migrations: reporting::MIGRATIONS,
        build: |ctx, _| reporting::service(ctx),
    },
];

/// The public edge, which runs in front of the services.
pub const GATEWAY: &str = "gateway";

/// What the edge is for.
pub const GATEWAY_ABOUT: &str = "the public edge in front of the services";
