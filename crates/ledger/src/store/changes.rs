//! Changes of a book, and the versions of transactions that they made.

use contracts::ledger::{Transaction, Version, VersionKind};
use model::{BookId, ChangeId, PersonId, TransactionId};
use sea_orm::ConnectionTrait;
use sea_orm::sea_query::{Expr, ExprTrait, Order, Query, SelectStatement};
use store::{Batch, Error};

use super::journal::Stamp;
use super::rows::{Columns, insert_into};

/// A change that was made before.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Recorded {
    pub id: ChangeId,
    pub number: i64,
    pub author: PersonId,
    pub fingerprint: String,
    /// JSON of what the operation needs to answer the same again.
    pub outcome: String,
}

impl Recorded {
    pub const COLUMNS: [&str; 5] = ["id", "number", "author", "fingerprint", "outcome"];

    /// From the right side of a left join: absent where there is no such change.
    pub fn read_joined(columns: &mut Columns<'_>) -> Result<Option<Recorded>, Error> {
        let Some(id) = columns.maybe_id()? else { return Ok(None) };
        Ok(Some(Recorded {
            id,
            number: columns.take()?,
            author: columns.id()?,
            fingerprint: columns.take()?,
            outcome: columns.take()?,
        }))
    }
}

/// Whether the book has a change.
pub async fn change_exists(
    conn: &impl ConnectionTrait,
    book: BookId,
    change: ChangeId,
) -> Result<bool, Error> {
    let query = Query::select()
        .column("number")
        .from("change")
        .and_where(Expr::col("book").eq(book.0))
        .and_where(Expr::col("id").eq(change.0))
        .to_owned();
    Ok(conn.query_one(&query).await?.is_some())
}

pub fn change_insert(
    batch: &mut Batch,
    stamp: Stamp,
    number: i64,
    what: &str,
    fingerprint: &str,
    outcome: &str,
) {
    let columns = ["book", "id", "number", "author", "what", "fingerprint", "at", "outcome"];
    let mut insert = insert_into("change", columns);
    insert.values_panic([
        Expr::val(stamp.book.0),
        Expr::val(stamp.change.0),
        Expr::val(number),
        Expr::val(stamp.author.0),
        Expr::val(what),
        Expr::val(fingerprint),
        Expr::val(stamp.now.0),
        Expr::val(outcome),
    ]);
    batch.add(&insert);
}

/// A version as it is stored, with the transaction that it is of.
pub struct VersionRow {
    pub transaction: TransactionId,
    pub version: Version,
}

fn versions_query(book: BookId) -> SelectStatement {
    Query::select()
        .columns(["entry", "version", "change", "kind", "author", "at", "body"])
        .from("version")
        .and_where(Expr::col("book").eq(book.0))
        .to_owned()
}

async fn versions_read(
    conn: &impl ConnectionTrait,
    query: &SelectStatement,
) -> Result<Vec<VersionRow>, Error> {
    let mut versions = Vec::new();
    for row in conn.query_all(query).await? {
        let mut columns = Columns::of(&row);
        let transaction = columns.id()?;
        let version = Version {
            version: columns.take()?,
            change: columns.id()?,
            kind: columns.word("kind of version", VersionKind::parse)?,
            author: columns.id()?,
            at: model::Instant(columns.take()?),
            transaction: columns
                .take::<Option<String>>()?
                .map(|body| serde_json::from_str::<Transaction>(&body))
                .transpose()?,
        };
        versions.push(VersionRow { transaction, version });
    }
    Ok(versions)
}

/// Every version of some transactions, oldest first.
pub async fn versions_of(
    conn: &impl ConnectionTrait,
    book: BookId,
    transactions: &[TransactionId],
) -> Result<Vec<VersionRow>, Error> {
    let query = versions_query(book)
        .and_where(Expr::col("entry").is_in(transactions.iter().map(|id| id.0)))
        .order_by("entry", Order::Asc)
        .order_by("version", Order::Asc)
        .to_owned();
    versions_read(conn, &query).await
}

/// The versions that a change made.
pub async fn versions_of_change(
    conn: &impl ConnectionTrait,
    book: BookId,
    change: ChangeId,
) -> Result<Vec<VersionRow>, Error> {
    let query = versions_query(book)
        .and_where(Expr::col("change").eq(change.0))
        .order_by("entry", Order::Asc)
        .to_owned();
    versions_read(conn, &query).await
}

/// One version of a transaction.
pub async fn version_get(
    conn: &impl ConnectionTrait,
    book: BookId,
    transaction: TransactionId,
    version: i64,
) -> Result<Option<Transaction>, Error> {
    let query = versions_query(book)
        .and_where(Expr::col("entry").eq(transaction.0))
        .and_where(Expr::col("version").eq(version))
        .to_owned();
    let found = versions_read(conn, &query).await?.pop();
    Ok(found.and_then(|row| row.version.transaction))
}
