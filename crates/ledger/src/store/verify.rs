//! Reading whole tables of a book in the order of their keys, to compute them again.

use model::{AccountId, BookId, Currency, Day, TransactionId};
use sea_orm::ConnectionTrait;
use sea_orm::sea_query::{Cond, Expr, ExprTrait, Order, Query, SelectStatement};
use store::Error;
use uuid::Uuid;

use super::rows::Columns;

/// How many rows are read at a time.
const ROWS_AT_ONCE: u64 = 5000;

/// The key that a row of `posting` or `register` is found by.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Key {
    pub thing: Uuid,
    pub day: Day,
    pub entry: TransactionId,
}

/// A row of `posting`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Posted {
    pub key: Key,
    pub currency: Currency,
    pub minor: i64,
    pub pending: bool,
}

/// The postings after a key, in order; none at the end.
pub async fn postings_after(
    conn: &impl ConnectionTrait,
    book: BookId,
    after: Option<Key>,
) -> Result<Vec<Posted>, Error> {
    let mut query = keys_after(book, "posting", "place", after);
    query.columns(["currency", "minor", "pending"]);
    let mut rows = Vec::new();
    for row in conn.query_all(&query).await? {
        let mut columns = Columns::of(&row);
        rows.push(Posted {
            key: key_read(&mut columns)?,
            currency: columns.currency()?,
            minor: columns.take()?,
            pending: columns.take()?,
        });
    }
    Ok(rows)
}

/// The rows of the register after a key, in order; none at the end.
pub async fn register_after(
    conn: &impl ConnectionTrait,
    book: BookId,
    after: Option<Key>,
) -> Result<Vec<Key>, Error> {
    let rows = conn.query_all(&keys_after(book, "register", "subject", after)).await?;
    rows.iter().map(|row| key_read(&mut Columns::of(row))).collect()
}

fn keys_after(
    book: BookId,
    table: &'static str,
    thing: &'static str,
    after: Option<Key>,
) -> SelectStatement {
    let mut query = Query::select();
    query
        .columns([thing, "day", "entry"])
        .from(table)
        .and_where(Expr::col("book").eq(book.0))
        .order_by(thing, Order::Asc)
        .order_by("day", Order::Asc)
        .order_by("entry", Order::Asc)
        .limit(ROWS_AT_ONCE);
    if let Some(Key { thing: of, day, entry }) = after {
        let day = day.to_string();
        let same_day = Expr::col("day").eq(day.as_str()).and(Expr::col("entry").gt(entry.0));
        let later = Expr::col("day").gt(day).or(same_day);
        query.cond_where(
            Cond::all().add(Expr::col(thing).gte(of)).add(
                Cond::any().add(Expr::col(thing).gt(of)).add(Expr::col(thing).eq(of).and(later)),
            ),
        );
    }
    query
}

fn key_read(columns: &mut Columns<'_>) -> Result<Key, Error> {
    Ok(Key { thing: columns.take()?, day: columns.day()?, entry: columns.id()? })
}

/// A row of `account_sum`.
pub struct Sum {
    pub account: AccountId,
    pub unit: String,
    pub first: String,
    pub booked: i64,
    pub pending: i64,
}

/// All sums of a book's accounts.
pub async fn sums_list(conn: &impl ConnectionTrait, book: BookId) -> Result<Vec<Sum>, Error> {
    let query = Query::select()
        .columns(["account", "unit", "first", "booked", "pending"])
        .from("account_sum")
        .and_where(Expr::col("book").eq(book.0))
        .to_owned();
    let mut sums = Vec::new();
    for row in conn.query_all(&query).await? {
        let mut columns = Columns::of(&row);
        sums.push(Sum {
            account: columns.id()?,
            unit: columns.take()?,
            first: columns.take()?,
            booked: columns.take()?,
            pending: columns.take()?,
        });
    }
    Ok(sums)
}

/// How many entries have each phrase, as the dictionary says.
pub async fn phrase_uses(
    conn: &impl ConnectionTrait,
    book: BookId,
) -> Result<Vec<(Uuid, i64)>, Error> {
    let query = Query::select()
        .columns(["id", "uses"])
        .from("phrase")
        .and_where(Expr::col("book").eq(book.0))
        .to_owned();
    let mut uses = Vec::new();
    for row in conn.query_all(&query).await? {
        let mut columns = Columns::of(&row);
        uses.push((columns.take()?, columns.take()?));
    }
    Ok(uses)
}
