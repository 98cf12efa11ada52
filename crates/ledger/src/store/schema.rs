//! The ledger's tables.
//!
//! Three of them share the key (book, thing, day, entry), so that every list of entries is a walk
//! along one primary key, on the first page and on the last: `posting` lists entries by account and
//! category, `register` by everything else that a list may be filtered by.

use sea_orm::sea_query::Index;
use store::{Migration, column, table};

pub const MIGRATIONS: &[Migration] = &[BOOKS, PLACES, JOURNAL, CHANGES, super::imports::MIGRATION];

const BOOKS: Migration = Migration {
    name: "0001_books",
    up: |dialect| {
        vec![
            table(dialect, "book")
                .col(column::id("id").primary_key())
                .col(column::text("name", 120))
                .col(column::text("kind", 10))
                .col(column::currency("base_currency"))
                .col(column::text("time_zone", 60))
                .col(column::number("first_day_of_week"))
                .col(column::number("first_day_of_month"))
                .col(column::number("fiscal_year_start_month"))
                .col(column::id("created_by"))
                .col(column::instant("created_at"))
                .col(column::number("version"))
                .to_owned()
                .into(),
            table(dialect, "member")
                .col(column::id("book"))
                .col(column::id("person"))
                .col(column::text("name", 120))
                .col(column::text("role", 12))
                .col(column::flag("former"))
                .primary_key(Index::create().col("book").col("person"))
                .to_owned()
                .into(),
            Index::create()
                .name("member_person")
                .table("member")
                .col("person")
                .col("book")
                .to_owned()
                .into(),
        ]
    },
};

const PLACES: Migration = Migration {
    name: "0002_places",
    up: |dialect| {
        vec![
            table(dialect, "account")
                .col(column::id("book"))
                .col(column::id("id"))
                .col(column::text("name", 120))
                .col(column::text("kind", 10))
                .col(column::currency("currency"))
                .col(column::maybe_id("holder"))
                .col(column::flag("private"))
                .col(column::flag("archived"))
                .col(column::number("position"))
                .col(column::number("version"))
                .primary_key(Index::create().col("book").col("id"))
                .to_owned()
                .into(),
            table(dialect, "category")
                .col(column::id("book"))
                .col(column::id("id"))
                .col(column::maybe_id("parent"))
                .col(column::text("name", 120))
                .col(column::text("kind", 10))
                .col(column::text("icon", 60))
                .col(column::flag("archived"))
                .col(column::number("position"))
                .col(column::number("version"))
                .primary_key(Index::create().col("book").col("id"))
                .to_owned()
                .into(),
            table(dialect, "payee")
                .col(column::id("book"))
                .col(column::id("id"))
                .col(column::text("name", 120))
                .col(column::text("folded", 500))
                .col(column::maybe_id("default_category"))
                .col(column::maybe_id("merged_into"))
                .col(column::number("version"))
                .primary_key(Index::create().col("book").col("id"))
                .to_owned()
                .into(),
            Index::create()
                .name("payee_folded")
                .table("payee")
                .col("book")
                .col("folded")
                .unique()
                .to_owned()
                .into(),
        ]
    },
};

const JOURNAL: Migration = Migration {
    name: "0003_journal",
    up: |dialect| {
        vec![
            table(dialect, "entry")
                .col(column::id("book"))
                .col(column::id("id"))
                .col(column::day("day"))
                .col(column::text("kind", 10))
                .col(column::text("status", 10))
                .col(column::text("title", 120))
                .col(column::maybe_id("title_phrase"))
                .col(column::maybe_id("payee"))
                .col(column::id("account"))
                .col(column::currency("currency"))
                .col(column::minor("minor"))
                .col(column::maybe_id("to_account"))
                .col(column::maybe_text("to_currency", 3))
                .col(column::maybe_number("to_minor"))
                // JSON of the parts by category; what they move stands in `posting` too.
                .col(column::long_text(dialect, "lines"))
                .col(column::long_text(dialect, "note"))
                .col(column::maybe_id("note_phrase"))
                .col(column::id("author"))
                .col(column::maybe_id("import"))
                .col(column::instant("created_at"))
                .col(column::number("version"))
                .primary_key(Index::create().col("book").col("id"))
                .to_owned()
                .into(),
            // Holds what totals and ranges of amounts need, so that they read nothing else.
            Index::create()
                .name("entry_day")
                .table("entry")
                .col("book")
                .col("day")
                .col("id")
                .col("kind")
                .col("currency")
                .col("minor")
                .to_owned()
                .into(),
            table(dialect, "posting")
                .col(column::id("book"))
                .col(column::id("place"))
                .col(column::day("day"))
                .col(column::id("entry"))
                .col(column::currency("currency"))
                .col(column::minor("minor"))
                .col(column::flag("pending"))
                .primary_key(Index::create().col("book").col("place").col("day").col("entry"))
                .to_owned()
                .into(),
            table(dialect, "register")
                .col(column::id("book"))
                .col(column::id("subject"))
                .col(column::day("day"))
                .col(column::id("entry"))
                .primary_key(Index::create().col("book").col("subject").col("day").col("entry"))
                .to_owned()
                .into(),
            table(dialect, "account_sum")
                .col(column::id("book"))
                .col(column::id("account"))
                // d: a day, m: a month, t: all time.
                .col(column::text("unit", 1))
                .col(column::day("first"))
                .col(column::minor("booked"))
                .col(column::minor("pending"))
                .primary_key(Index::create().col("book").col("account").col("unit").col("first"))
                .to_owned()
                .into(),
            table(dialect, "phrase")
                .col(column::id("book"))
                .col(column::id("id"))
                .col(column::flag("is_title"))
                .col(column::long_text(dialect, "folded"))
                // How many entries have it.
                .col(column::number("uses"))
                .primary_key(Index::create().col("book").col("id"))
                .to_owned()
                .into(),
        ]
    },
};

const CHANGES: Migration = Migration {
    name: "0004_changes",
    up: |dialect| {
        vec![
            table(dialect, "change")
                .col(column::id("book"))
                .col(column::id("id"))
                .col(column::number("number"))
                .col(column::id("author"))
                .col(column::text("what", 40))
                // SHA-256 of what was asked, in hexadecimal: the same id asks the same or nothing.
                .col(column::text("fingerprint", 64))
                .col(column::instant("at"))
                .col(column::long_text(dialect, "outcome"))
                .primary_key(Index::create().col("book").col("id"))
                .to_owned()
                .into(),
            table(dialect, "version")
                .col(column::id("book"))
                .col(column::id("entry"))
                .col(column::number("version"))
                .col(column::id("change"))
                .col(column::text("kind", 10))
                .col(column::id("author"))
                .col(column::instant("at"))
                // JSON of the transaction; absent where this version is its removal.
                .col(column::maybe_long_text(dialect, "body"))
                .primary_key(Index::create().col("book").col("entry").col("version"))
                .to_owned()
                .into(),
            Index::create()
                .name("version_change")
                .table("version")
                .col("book")
                .col("change")
                .col("entry")
                .to_owned()
                .into(),
        ]
    },
};
