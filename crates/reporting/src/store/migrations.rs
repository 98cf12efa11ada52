//! The service's tables.

use sea_orm::sea_query::Index;
use store::{Migration, column, table};

pub const MIGRATIONS: &[Migration] = &[FACTS, TOTALS];

const FACTS: Migration = Migration {
    name: "0001_facts",
    up: |dialect| {
        vec![
            table(dialect, "book")
                .col(column::id("book").primary_key())
                .col(column::text("name", 200))
                .col(column::currency("base_currency"))
                .col(column::text("time_zone", 60))
                .col(column::number("first_day_of_week"))
                .col(column::number("first_day_of_month"))
                .col(column::number("fiscal_year_start_month"))
                .to_owned()
                .into(),
            table(dialect, "member")
                .col(column::id("book"))
                .col(column::id("person"))
                .col(column::text("name", 200))
                .col(column::text("role", 20))
                .col(column::flag("former"))
                .primary_key(Index::create().col("book").col("person"))
                .to_owned()
                .into(),
            table(dialect, "account")
                .col(column::id("book"))
                .col(column::id("account"))
                .col(column::text("name", 200))
                .col(column::currency("currency"))
                .col(column::maybe_id("holder"))
                .col(column::flag("private"))
                .col(column::flag("archived"))
                .primary_key(Index::create().col("book").col("account"))
                .to_owned()
                .into(),
            table(dialect, "category")
                .col(column::id("book"))
                .col(column::id("category"))
                .col(column::maybe_id("parent"))
                .col(column::text("name", 200))
                .col(column::flag("archived"))
                .primary_key(Index::create().col("book").col("category"))
                .to_owned()
                .into(),
            table(dialect, "payee")
                .col(column::id("book"))
                .col(column::id("payee"))
                .col(column::text("name", 200))
                .col(column::maybe_id("merged_into"))
                .col(column::id("counts_as"))
                .primary_key(Index::create().col("book").col("payee"))
                .to_owned()
                .into(),
            Index::create()
                .name("payee_counts_as")
                .table("payee")
                .col("book")
                .col("counts_as")
                .to_owned()
                .into(),
        ]
    },
};

const TOTALS: Migration = Migration {
    name: "0002_totals",
    up: |dialect| {
        vec![
            table(dialect, "total")
                .col(column::id("book"))
                .col(column::text("grain", 5))
                .col(column::text("split", 13))
                .col(column::id("place"))
                .col(column::day("starts"))
                .col(column::id("author"))
                .col(column::id("item"))
                .col(column::currency("currency"))
                .col(column::minor("spent"))
                .col(column::minor("income"))
                .col(column::number("spent_count"))
                .col(column::number("income_count"))
                .col(column::minor("spent_pending"))
                .col(column::minor("income_pending"))
                .primary_key(
                    Index::create()
                        .col("book")
                        .col("grain")
                        .col("split")
                        .col("place")
                        .col("starts")
                        .col("author")
                        .col("item")
                        .col("currency"),
                )
                .to_owned()
                .into(),
        ]
    },
};
