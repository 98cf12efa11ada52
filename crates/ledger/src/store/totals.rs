//! What the entries of a list come to.

use contracts::ledger::TransactionKind;
use model::{AccountId, BookId, Currency};
use sea_orm::ConnectionTrait;
use sea_orm::sea_query::{Expr, ExprTrait, Query, SelectStatement, TableRef};
use store::{Dialect, Error};
use uuid::Uuid;

use super::entries::{List, keys_of};
use super::rows::{Columns, whole_sum};

/// A part of the sums of a list: entries of one kind and currency from one account.
pub struct Total {
    pub kind: TransactionKind,
    pub currency: Currency,
    pub account: AccountId,
    pub count: i64,
    pub minor: i64,
}

/// The sums of whole entries.
pub async fn totals_of_entries(
    conn: &impl ConnectionTrait,
    dialect: Dialect,
    book: BookId,
    list: &List,
) -> Result<Vec<Total>, Error> {
    let mut query = Query::select();
    query
        .columns([("e", "kind"), ("e", "currency"), ("e", "account")])
        .expr(Expr::col(("e", "id")).count())
        .expr(whole_sum(dialect, Expr::col(("e", "minor"))))
        .from_subquery(keys_of(book, list), "k")
        .inner_join(
            TableRef::from("entry").alias("e"),
            Expr::col(("e", "book")).eq(book.0).and(Expr::col(("e", "id")).equals(("k", "entry"))),
        )
        .group_by_columns([("e", "kind"), ("e", "currency"), ("e", "account")]);
    totals_read(conn, &query).await
}

/// The sums of the parts that are posted to some categories; each place counts an entry once.
pub async fn totals_of_places(
    conn: &impl ConnectionTrait,
    dialect: Dialect,
    book: BookId,
    list: &List,
    places: &[Uuid],
) -> Result<Vec<Total>, Error> {
    let mut query = Query::select();
    query
        .columns([("e", "kind"), ("e", "currency"), ("e", "account")])
        .expr(Expr::col(("c", "entry")).count())
        .expr(whole_sum(dialect, Expr::col(("c", "minor"))))
        .from_subquery(keys_of(book, list), "k")
        .inner_join(
            TableRef::from("entry").alias("e"),
            Expr::col(("e", "book")).eq(book.0).and(Expr::col(("e", "id")).equals(("k", "entry"))),
        )
        .inner_join(
            TableRef::from("posting").alias("c"),
            Expr::col(("c", "book"))
                .eq(book.0)
                .and(Expr::col(("c", "place")).is_in(places.iter().copied()))
                .and(Expr::col(("c", "day")).equals(("e", "day")))
                .and(Expr::col(("c", "entry")).equals(("e", "id"))),
        )
        .group_by_columns([("e", "kind"), ("e", "currency"), ("e", "account")]);
    totals_read(conn, &query).await
}

async fn totals_read(
    conn: &impl ConnectionTrait,
    query: &SelectStatement,
) -> Result<Vec<Total>, Error> {
    let mut totals = Vec::new();
    for row in conn.query_all(query).await? {
        let mut columns = Columns::of(&row);
        totals.push(Total {
            kind: columns.word("kind of entry", TransactionKind::parse)?,
            currency: columns.currency()?,
            account: columns.id()?,
            count: columns.take()?,
            minor: columns.take()?,
        });
    }
    Ok(totals)
}
