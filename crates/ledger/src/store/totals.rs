//! What the entries of a list come to.

use contracts::ledger::TransactionKind;
use model::{AccountId, BookId, Currency};
use sea_orm::ConnectionTrait;
use sea_orm::sea_query::{Expr, ExprTrait, Query, SelectStatement, TableRef};
use store::{Dialect, Error};
use uuid::Uuid;

use super::entries::{List, Walk, entries_of, keys_of};
use super::rows::{Columns, whole_sum};
use crate::ledger::sight::Sight;

/// A part of the sums of a list: entries of one kind and currency.
pub struct Total {
    pub kind: TransactionKind,
    pub currency: Currency,
    /// The account that they come from, where some are hidden from the reader.
    pub account: Option<AccountId>,
    pub count: i64,
    pub minor: i64,
}

/// The sums of whole entries.
pub async fn totals_of_entries(
    conn: &impl ConnectionTrait,
    dialect: Dialect,
    book: BookId,
    sight: &Sight,
    list: &List,
) -> Result<Vec<Total>, Error> {
    let mut query = sums_select(dialect, sight, ("e", "id"), ("e", "minor"));
    if list.walk == Walk::Entries {
        entries_of(&mut query, book, list);
    } else {
        query.from_subquery(keys_of(book, list), "k");
        join_entries(&mut query, book);
    }
    totals_read(conn, sight, &query).await
}

/// The sums of the parts that are posted to some categories; each place counts an entry once.
pub async fn totals_of_places(
    conn: &impl ConnectionTrait,
    dialect: Dialect,
    book: BookId,
    sight: &Sight,
    list: &List,
    places: &[Uuid],
) -> Result<Vec<Total>, Error> {
    let mut query = sums_select(dialect, sight, ("c", "entry"), ("c", "minor"));
    query.from_subquery(keys_of(book, list), "k");
    join_entries(&mut query, book);
    query.inner_join(
        TableRef::from("posting").alias("c"),
        Expr::col(("c", "book"))
            .eq(book.0)
            .and(Expr::col(("c", "place")).is_in(places.iter().copied()))
            .and(Expr::col(("c", "day")).equals(("k", "day")))
            .and(Expr::col(("c", "entry")).equals(("k", "entry"))),
    );
    totals_read(conn, sight, &query).await
}

fn join_entries(query: &mut SelectStatement, book: BookId) {
    query.inner_join(
        TableRef::from("entry").alias("e"),
        Expr::col(("e", "book")).eq(book.0).and(Expr::col(("e", "id")).equals(("k", "entry"))),
    );
}

fn sums_select(
    dialect: Dialect,
    sight: &Sight,
    counted: (&'static str, &'static str),
    summed: (&'static str, &'static str),
) -> SelectStatement {
    let mut query = Query::select();
    query.columns([("e", "kind"), ("e", "currency")]);
    query.group_by_columns([("e", "kind"), ("e", "currency")]);
    query.expr(Expr::col(counted).count()).expr(whole_sum(dialect, Expr::col(summed)));
    if !sight.hidden.is_empty() {
        // Only then is the account read: without it, an index alone holds the answer.
        query.column(("e", "account")).group_by_col(("e", "account"));
    }
    query
}

async fn totals_read(
    conn: &impl ConnectionTrait,
    sight: &Sight,
    query: &SelectStatement,
) -> Result<Vec<Total>, Error> {
    let mut totals = Vec::new();
    for row in conn.query_all(query).await? {
        let mut columns = Columns::of(&row);
        totals.push(Total {
            kind: columns.word("kind of entry", TransactionKind::parse)?,
            currency: columns.currency()?,
            count: columns.take()?,
            minor: columns.take()?,
            account: if sight.hidden.is_empty() { None } else { Some(columns.id()?) },
        });
    }
    Ok(totals)
}
