//! The rows of accounts.

use contracts::ledger::{AccountFacts, AccountKind};
use model::{AccountId, BookId, Currency, PersonId};
use sea_orm::ConnectionTrait;
use sea_orm::sea_query::{Expr, ExprTrait, Order, Query, SelectStatement};
use store::{Error, Tx};
use uuid::Uuid;

use super::rows::{Columns, insert_into};

/// An account as it is stored.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AccountRow {
    pub id: AccountId,
    pub name: String,
    pub kind: AccountKind,
    pub currency: Currency,
    pub holder: Option<PersonId>,
    pub private: bool,
    pub archived: bool,
    pub position: i64,
    pub version: i64,
}

impl AccountRow {
    pub fn facts(&self) -> AccountFacts {
        AccountFacts {
            id: self.id,
            name: self.name.clone(),
            currency: self.currency,
            holder: self.holder,
            private: self.private,
            archived: self.archived,
        }
    }
}

const COLUMNS: [&str; 10] = [
    "book", "id", "name", "kind", "currency", "holder", "private", "archived", "position",
    "version",
];

fn accounts_query(book: BookId) -> SelectStatement {
    Query::select()
        .columns(COLUMNS)
        .from("account")
        .and_where(Expr::col("book").eq(book.0))
        .order_by("position", Order::Asc)
        .order_by("id", Order::Asc)
        .to_owned()
}

async fn accounts_read(
    conn: &impl ConnectionTrait,
    query: &SelectStatement,
) -> Result<Vec<AccountRow>, Error> {
    let mut accounts = Vec::new();
    for row in conn.query_all(query).await? {
        let mut columns = Columns::of(&row);
        columns.id::<BookId>()?;
        accounts.push(AccountRow {
            id: columns.id()?,
            name: columns.take()?,
            kind: columns.word("kind of account", AccountKind::parse)?,
            currency: columns.currency()?,
            holder: columns.maybe_id()?,
            private: columns.take()?,
            archived: columns.take()?,
            position: columns.take()?,
            version: columns.take()?,
        });
    }
    Ok(accounts)
}

/// All accounts of a book, in their order.
pub async fn accounts_list(
    conn: &impl ConnectionTrait,
    book: BookId,
) -> Result<Vec<AccountRow>, Error> {
    accounts_read(conn, &accounts_query(book)).await
}

/// Some accounts of a book.
pub async fn accounts_get(
    conn: &impl ConnectionTrait,
    book: BookId,
    ids: &[AccountId],
) -> Result<Vec<AccountRow>, Error> {
    let query =
        accounts_query(book).and_where(Expr::col("id").is_in(ids.iter().map(|id| id.0))).to_owned();
    accounts_read(conn, &query).await
}

pub async fn account_insert(tx: &Tx, book: BookId, account: &AccountRow) -> Result<(), Error> {
    let mut insert = insert_into("account", COLUMNS);
    insert.values_panic([
        Expr::val(book.0),
        Expr::val(account.id.0),
        Expr::val(account.name.as_str()),
        Expr::val(account.kind.as_str()),
        Expr::val(account.currency.code()),
        Expr::val(account.holder.map(|holder| holder.0)),
        Expr::val(account.private),
        Expr::val(account.archived),
        Expr::val(account.position),
        Expr::val(account.version),
    ]);
    tx.conn().execute(&insert).await?;
    Ok(())
}

pub async fn account_update(tx: &Tx, book: BookId, account: &AccountRow) -> Result<(), Error> {
    let update = Query::update()
        .table("account")
        .value("name", account.name.as_str())
        .value("kind", account.kind.as_str())
        .value("holder", account.holder.map(|holder| holder.0))
        .value("private", account.private)
        .value("archived", account.archived)
        .value("position", account.position)
        .value("version", account.version)
        .and_where(Expr::col("book").eq(book.0))
        .and_where(Expr::col("id").eq(account.id.0))
        .to_owned();
    tx.conn().execute(&update).await?;
    Ok(())
}

/// Whether an account or a category of the book has this id: both are places that entries post
/// to, so they may not share one.
pub async fn place_exists(
    conn: &impl ConnectionTrait,
    book: BookId,
    id: Uuid,
) -> Result<bool, Error> {
    for table in ["account", "category"] {
        let query = Query::select()
            .column("id")
            .from(table)
            .and_where(Expr::col("book").eq(book.0))
            .and_where(Expr::col("id").eq(id))
            .to_owned();
        if conn.query_one(&query).await?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}
