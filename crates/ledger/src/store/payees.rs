//! Payees: unique by folded name in their book; a merge is a redirect.

use contracts::ledger::{Payee, PayeeFacts};
use model::{BookId, CategoryId, PayeeId};
use sea_orm::ConnectionTrait;
use sea_orm::sea_query::{Cond, Expr, ExprTrait, Order, Query, SelectStatement, TableRef};
use store::{Error, Tx};

use super::lists::{contains, seen_whole};
use super::rows::{Columns, ROWS_PER_INSERT, insert_into};
use crate::ledger::sight::Sight;

/// A payee as it is stored.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PayeeRow {
    pub payee: Payee,
    pub folded: String,
}

impl PayeeRow {
    pub fn facts(&self) -> PayeeFacts {
        PayeeFacts {
            id: self.payee.id,
            name: self.payee.name.clone(),
            merged_into: self.payee.merged_into,
        }
    }
}

const COLUMNS: [&str; 7] =
    ["book", "id", "name", "folded", "default_category", "merged_into", "version"];

pub fn payees_query(book: BookId) -> SelectStatement {
    Query::select()
        .columns(COLUMNS.map(|column| ("payee", column)))
        .from("payee")
        .and_where(Expr::col(("payee", "book")).eq(book.0))
        .to_owned()
}

pub async fn payees_read(
    conn: &impl ConnectionTrait,
    query: &SelectStatement,
) -> Result<Vec<PayeeRow>, Error> {
    let mut payees = Vec::new();
    for row in conn.query_all(query).await? {
        let mut columns = Columns::of(&row);
        columns.id::<BookId>()?;
        let (id, name) = (columns.id()?, columns.take()?);
        let folded = columns.take()?;
        let payee = Payee {
            id,
            name,
            default_category: columns.maybe_id()?,
            merged_into: columns.maybe_id()?,
            version: columns.take()?,
        };
        payees.push(PayeeRow { payee, folded });
    }
    Ok(payees)
}

/// Some payees, where the reader may know of them.
pub async fn payees_get(
    conn: &impl ConnectionTrait,
    book: BookId,
    sight: &Sight,
    ids: &[PayeeId],
) -> Result<Vec<PayeeRow>, Error> {
    let mut query = payees_query(book);
    query
        .and_where(Expr::col(("payee", "id")).is_in(ids.iter().map(|id| id.0)))
        .order_by(("payee", "id"), Order::Asc);
    only_known(&mut query, sight);
    payees_read(conn, &query).await
}

/// Payees by name, where the reader may know of them.
pub async fn payees_page(
    conn: &impl ConnectionTrait,
    book: BookId,
    sight: &Sight,
    text: Option<&str>,
    after: Option<&str>,
    limit: u64,
) -> Result<Vec<PayeeRow>, Error> {
    let mut query = payees_query(book);
    query.order_by(("payee", "folded"), Order::Asc).limit(limit);
    if let Some(text) = text {
        query.and_where(contains(conn, Expr::col(("payee", "folded")), text));
    }
    if let Some(after) = after {
        query.and_where(Expr::col(("payee", "folded")).gt(after));
    }
    only_known(&mut query, sight);
    payees_read(conn, &query).await
}

/// A payee is known to those who see an entry of it, or of one that was merged into it.
pub(super) fn only_known(query: &mut SelectStatement, sight: &Sight) {
    if sight.is_unlimited() {
        return;
    }
    let direct = visible_entry_of(sight)
        .and_where(Expr::col(("r", "subject")).equals(("payee", "id")))
        .to_owned();
    let merged = visible_entry_of(sight)
        .inner_join(
            TableRef::from("payee").alias("merged"),
            Cond::all()
                .add(Expr::col(("merged", "book")).equals(("r", "book")))
                .add(Expr::col(("merged", "id")).equals(("r", "subject"))),
        )
        .and_where(Expr::col(("merged", "merged_into")).equals(("payee", "id")))
        .to_owned();
    query.and_where(Expr::exists(direct).or(Expr::exists(merged)));
}

fn visible_entry_of(sight: &Sight) -> SelectStatement {
    Query::select()
        .column(("e", "id"))
        .from_as("register", "r")
        .inner_join(
            TableRef::from("entry").alias("e"),
            Cond::all()
                .add(Expr::col(("e", "book")).equals(("r", "book")))
                .add(Expr::col(("e", "id")).equals(("r", "entry"))),
        )
        .and_where(Expr::col(("r", "book")).equals(("payee", "book")))
        .cond_where(seen_whole(sight))
        .to_owned()
}

/// The payee that has a folded name.
pub async fn payee_named(
    conn: &impl ConnectionTrait,
    book: BookId,
    folded: &str,
) -> Result<Option<PayeeRow>, Error> {
    let query = payees_query(book).and_where(Expr::col(("payee", "folded")).eq(folded)).to_owned();
    Ok(payees_read(conn, &query).await?.pop())
}

/// A payee and those that were merged into it.
pub async fn payee_with_merged(
    conn: &impl ConnectionTrait,
    book: BookId,
    payee: PayeeId,
) -> Result<Vec<PayeeRow>, Error> {
    let it = Expr::col(("payee", "id")).eq(payee.0);
    let query = payees_query(book)
        .and_where(it.or(Expr::col(("payee", "merged_into")).eq(payee.0)))
        .order_by(("payee", "id"), Order::Asc)
        .to_owned();
    payees_read(conn, &query).await
}

pub async fn payees_insert(tx: &Tx, book: BookId, payees: &[PayeeRow]) -> Result<(), Error> {
    for some in payees.chunks(ROWS_PER_INSERT) {
        let mut insert = insert_into("payee", COLUMNS);
        for PayeeRow { payee, folded } in some {
            insert.values_panic([
                Expr::val(book.0),
                Expr::val(payee.id.0),
                Expr::val(payee.name.as_str()),
                Expr::val(folded.as_str()),
                Expr::val(payee.default_category.map(|category| category.0)),
                Expr::val(payee.merged_into.map(|target| target.0)),
                Expr::val(payee.version),
            ]);
        }
        tx.conn().execute(&insert).await?;
    }
    Ok(())
}

pub async fn payee_update(tx: &Tx, book: BookId, row: &PayeeRow) -> Result<(), Error> {
    let PayeeRow { payee, folded } = row;
    let update = Query::update()
        .table("payee")
        .value("name", payee.name.as_str())
        .value("folded", folded.as_str())
        .value("default_category", payee.default_category.map(|category| category.0))
        .value("merged_into", payee.merged_into.map(|target| target.0))
        .value("version", payee.version)
        .and_where(Expr::col("book").eq(book.0))
        .and_where(Expr::col("id").eq(payee.id.0))
        .to_owned();
    tx.conn().execute(&update).await?;
    Ok(())
}

/// Remembers what entries of a payee are for, where nothing is remembered yet.
pub async fn payee_learn(
    tx: &Tx,
    book: BookId,
    payee: PayeeId,
    category: CategoryId,
) -> Result<(), Error> {
    let update = Query::update()
        .table("payee")
        .value("default_category", category.0)
        .and_where(Expr::col("book").eq(book.0))
        .and_where(Expr::col("id").eq(payee.0))
        .and_where(Expr::col("default_category").is_null())
        .to_owned();
    tx.conn().execute(&update).await?;
    Ok(())
}
