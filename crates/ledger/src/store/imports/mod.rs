//! Imports of statements: the file's reading, its rows, and what was recorded of them.

mod lookups;
mod rows;

pub use lookups::{entries_of_account, newest_categories, payees_known};
pub use rows::{
    RowRecord, row_decide, row_get, rows_delete_from, rows_mark_recorded, rows_page, rows_put,
    rows_to_record, rows_to_record_count,
};

use contracts::ledger::{
    ImportCounts, ImportDetected, ImportPeriod, ImportQuestion, ImportState, RevertConflict,
};
use model::{AccountId, BookId, ChangeId, ImportId, Instant, PersonId};
use sea_orm::ConnectionTrait;
use sea_orm::sea_query::{Expr, ExprTrait, Index, Order, Query, SelectStatement, UpdateStatement};
use serde::{Deserialize, Serialize};
use statements::Overrides;
use store::{Error, Migration, Tx, column, table};

use crate::store::rows::{Columns, insert_into};

pub const MIGRATION: Migration = Migration {
    name: "0005_imports",
    up: |dialect| {
        vec![
            table(dialect, "import")
                .col(column::id("book"))
                .col(column::id("id"))
                .col(column::id("account"))
                .col(column::text("name", 200))
                .col(column::number("bytes"))
                .col(column::id("author"))
                .col(column::id("actor"))
                .col(column::text("state", 12))
                // Counts the readings: what belongs to an earlier one is of no use.
                .col(column::number("reading"))
                // JSON of what a person said about how to read it.
                .col(column::long_text(dialect, "overrides"))
                // JSON of what the reading found.
                .col(column::long_text(dialect, "found"))
                .col(column::number("done"))
                .col(column::number("total"))
                .col(column::maybe_number("number"))
                // JSON of the changes that recorded its rows, in their order.
                .col(column::long_text(dialect, "changes"))
                // JSON of what was left alone when it was taken back.
                .col(column::long_text(dialect, "conflicts"))
                .col(column::maybe_long_text(dialect, "error"))
                .col(column::instant("created_at"))
                .primary_key(Index::create().col("book").col("id"))
                .to_owned()
                .into(),
            table(dialect, "import_row")
                .col(column::id("book"))
                .col(column::id("import"))
                .col(column::number("row"))
                .col(column::number("line"))
                .col(column::maybe_text("day", 10))
                .col(column::maybe_text("currency", 3))
                .col(column::maybe_number("minor"))
                .col(column::text("payee", 120))
                .col(column::long_text(dialect, "note"))
                // JSON of the cells.
                .col(column::long_text(dialect, "raw"))
                .col(column::text("status", 10))
                .col(column::flag("waits"))
                .col(column::maybe_long_text(dialect, "problem"))
                .col(column::maybe_id("like_entry"))
                .col(column::maybe_text("decision", 6))
                .col(column::maybe_id("category"))
                .col(column::flag("recorded"))
                .primary_key(Index::create().col("book").col("import").col("row"))
                .to_owned()
                .into(),
        ]
    },
};

/// An import as it is stored.
#[derive(Clone, PartialEq, Debug)]
pub struct ImportRecord {
    pub id: ImportId,
    pub account: AccountId,
    pub name: String,
    pub bytes: i64,
    pub author: PersonId,
    /// Who ordered what is done with it.
    pub actor: PersonId,
    pub state: ImportState,
    pub reading: i64,
    pub overrides: Overrides,
    pub found: Found,
    pub done: i64,
    pub total: i64,
    pub number: Option<i64>,
    pub changes: Vec<ChangeId>,
    pub conflicts: Vec<RevertConflict>,
    pub error: Option<String>,
    pub created_at: Instant,
}

/// What reading a file found.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Found {
    pub detected: ImportDetected,
    pub questions: Vec<ImportQuestion>,
    pub counts: ImportCounts,
    pub period: Option<ImportPeriod>,
    /// True where later days stand first.
    pub newest_first: bool,
}

const COLUMNS: [&str; 18] = [
    "book",
    "id",
    "account",
    "name",
    "bytes",
    "author",
    "actor",
    "state",
    "reading",
    "overrides",
    "found",
    "done",
    "total",
    "number",
    "changes",
    "conflicts",
    "error",
    "created_at",
];

fn imports_query(book: BookId) -> SelectStatement {
    Query::select()
        .columns(COLUMNS[1..].iter().copied())
        .from("import")
        .and_where(Expr::col("book").eq(book.0))
        .to_owned()
}

fn import_read(columns: &mut Columns<'_>) -> Result<ImportRecord, Error> {
    Ok(ImportRecord {
        id: columns.id()?,
        account: columns.id()?,
        name: columns.take()?,
        bytes: columns.take()?,
        author: columns.id()?,
        actor: columns.id()?,
        state: columns.word("state", ImportState::parse)?,
        reading: columns.take()?,
        overrides: serde_json::from_str(&columns.take::<String>()?)?,
        found: serde_json::from_str(&columns.take::<String>()?)?,
        done: columns.take()?,
        total: columns.take()?,
        number: columns.take()?,
        changes: serde_json::from_str(&columns.take::<String>()?)?,
        conflicts: serde_json::from_str(&columns.take::<String>()?)?,
        error: columns.take()?,
        created_at: Instant(columns.take()?),
    })
}

/// The newest imports of a book, newest first.
pub async fn imports_list(
    conn: &impl ConnectionTrait,
    book: BookId,
    limit: u64,
) -> Result<Vec<ImportRecord>, Error> {
    let query = imports_query(book)
        .order_by("created_at", Order::Desc)
        .order_by("id", Order::Desc)
        .limit(limit)
        .to_owned();
    let rows = conn.query_all(&query).await?;
    rows.iter().map(|row| import_read(&mut Columns::of(row))).collect()
}

pub async fn import_get(
    conn: &impl ConnectionTrait,
    book: BookId,
    id: ImportId,
) -> Result<Option<ImportRecord>, Error> {
    let query = imports_query(book).and_where(Expr::col("id").eq(id.0)).to_owned();
    let row = conn.query_one(&query).await?;
    row.map(|row| import_read(&mut Columns::of(&row))).transpose()
}

/// Keeps a new import; false where there is one with its id.
pub async fn import_insert(tx: &Tx, book: BookId, import: &ImportRecord) -> Result<bool, Error> {
    let mut insert = insert_into("import", COLUMNS);
    insert.values_panic([
        Expr::val(book.0),
        Expr::val(import.id.0),
        Expr::val(import.account.0),
        Expr::val(import.name.as_str()),
        Expr::val(import.bytes),
        Expr::val(import.author.0),
        Expr::val(import.actor.0),
        Expr::val(import.state.as_str()),
        Expr::val(import.reading),
        Expr::val(serde_json::to_string(&import.overrides)?),
        Expr::val(serde_json::to_string(&import.found)?),
        Expr::val(import.done),
        Expr::val(import.total),
        Expr::val(import.number),
        Expr::val(serde_json::to_string(&import.changes)?),
        Expr::val(serde_json::to_string(&import.conflicts)?),
        Expr::val(import.error.as_deref()),
        Expr::val(import.created_at.0),
    ]);
    tx.insert_if_absent(insert).await
}

/// What an import must still be for a step of it to count.
#[derive(Clone, Copy)]
pub struct Standing {
    pub state: ImportState,
    pub reading: i64,
    pub done: i64,
}

impl ImportRecord {
    pub fn standing(&self) -> Standing {
        Standing { state: self.state, reading: self.reading, done: self.done }
    }
}

/// Writes an import over what it was; false where it is not that any more, because another
/// request or worker was faster.
pub async fn import_update(
    tx: &Tx,
    book: BookId,
    from: Standing,
    import: &ImportRecord,
) -> Result<bool, Error> {
    let update = UpdateStatement::new()
        .table("import")
        .value("account", import.account.0)
        .value("actor", import.actor.0)
        .value("state", import.state.as_str())
        .value("reading", import.reading)
        .value("overrides", serde_json::to_string(&import.overrides)?)
        .value("found", serde_json::to_string(&import.found)?)
        .value("done", import.done)
        .value("total", import.total)
        .value("number", import.number)
        .value("changes", serde_json::to_string(&import.changes)?)
        .value("conflicts", serde_json::to_string(&import.conflicts)?)
        .value("error", import.error.as_deref())
        .and_where(Expr::col("book").eq(book.0))
        .and_where(Expr::col("id").eq(import.id.0))
        .and_where(Expr::col("state").eq(from.state.as_str()))
        .and_where(Expr::col("reading").eq(from.reading))
        .and_where(Expr::col("done").eq(from.done))
        .to_owned();
    // Servers count what changed or what was found, by their settings; either is one row here.
    Ok(tx.conn().execute(&update).await?.rows_affected() == 1)
}

/// Removes an import and its rows where it still stands as it was seen.
pub async fn import_delete(
    tx: &Tx,
    book: BookId,
    id: ImportId,
    from: Standing,
) -> Result<bool, Error> {
    let delete = Query::delete()
        .from_table("import")
        .and_where(Expr::col("book").eq(book.0))
        .and_where(Expr::col("id").eq(id.0))
        .and_where(Expr::col("state").eq(from.state.as_str()))
        .and_where(Expr::col("reading").eq(from.reading))
        .to_owned();
    if tx.conn().execute(&delete).await?.rows_affected() == 0 {
        return Ok(false);
    }
    rows_delete_from(tx, book, id, 1).await?;
    Ok(true)
}
