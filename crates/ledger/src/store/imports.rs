//! Imports of statements: the file's reading, its rows, and what was recorded of them.

use std::collections::HashMap;

use contracts::ledger::{
    ImportCounts, ImportDecision, ImportDetected, ImportPeriod, ImportQuestion, ImportRowStatus,
    ImportState, RevertConflict,
};
use model::{
    AccountId, BookId, CategoryId, ChangeId, Currency, Day, ImportId, Instant, Money, PayeeId,
    PersonId, TransactionId,
};
use sea_orm::ConnectionTrait;
use sea_orm::sea_query::{
    Cond, Expr, ExprTrait, Index, InsertStatement, Order, Query, SelectStatement, UpdateStatement,
};
use serde::{Deserialize, Serialize};
use statements::Overrides;
use store::{Error, Migration, Tx, column, table};
use uuid::Uuid;

use super::journal::lines_from_text;
use super::payees::{PayeeRow, only_known, payees_get, payees_query, payees_read};
use super::rows::{Columns, ROWS_PER_INSERT, insert_into, misfit};
use crate::ledger::sight::Sight;

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

/// A row as it is stored.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RowRecord {
    pub row: i64,
    pub line: i64,
    pub day: Option<Day>,
    pub amount: Option<Money>,
    pub payee: String,
    pub note: String,
    pub raw: Vec<String>,
    pub status: ImportRowStatus,
    /// The bank has not booked it.
    pub waits: bool,
    pub problem: Option<String>,
    pub like: Option<TransactionId>,
    pub decision: Option<ImportDecision>,
    pub category: Option<CategoryId>,
    pub recorded: bool,
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

const ROW_COLUMNS: [&str; 17] = [
    "book",
    "import",
    "row",
    "line",
    "day",
    "currency",
    "minor",
    "payee",
    "note",
    "raw",
    "status",
    "waits",
    "problem",
    "like_entry",
    "decision",
    "category",
    "recorded",
];

fn of_import(book: BookId, import: ImportId) -> Cond {
    Cond::all().add(Expr::col("book").eq(book.0)).add(Expr::col("import").eq(import.0))
}

fn rows_query(book: BookId, import: ImportId) -> SelectStatement {
    Query::select()
        .columns(ROW_COLUMNS[2..].iter().copied())
        .from("import_row")
        .cond_where(of_import(book, import))
        .to_owned()
}

async fn rows_read(
    conn: &impl ConnectionTrait,
    query: &SelectStatement,
) -> Result<Vec<RowRecord>, Error> {
    let rows = conn.query_all(query).await?;
    rows.iter().map(|row| row_read(&mut Columns::of(row))).collect()
}

fn row_read(columns: &mut Columns<'_>) -> Result<RowRecord, Error> {
    let (row, line) = (columns.take()?, columns.take()?);
    let day: Option<String> = columns.take()?;
    let currency: Option<String> = columns.take()?;
    let minor: Option<i64> = columns.take()?;
    Ok(RowRecord {
        row,
        line,
        day: day.map(|day| Day::parse(&day).map_err(|_| misfit("day", &day))).transpose()?,
        amount: money(currency, minor)?,
        payee: columns.take()?,
        note: columns.take()?,
        raw: serde_json::from_str(&columns.take::<String>()?)?,
        status: columns.word("status", ImportRowStatus::parse)?,
        waits: columns.take()?,
        problem: columns.take()?,
        like: columns.maybe_id()?,
        decision: columns.take::<Option<String>>()?.as_deref().and_then(ImportDecision::parse),
        category: columns.maybe_id()?,
        recorded: columns.take()?,
    })
}

fn money(currency: Option<String>, minor: Option<i64>) -> Result<Option<Money>, Error> {
    let (Some(code), Some(minor)) = (currency, minor) else { return Ok(None) };
    let currency = Currency::parse(&code).map_err(|_| misfit("currency", &code))?;
    Ok(Some(Money::new(minor, currency)))
}

/// A page of rows in the order of the file, after a row.
pub async fn rows_page(
    conn: &impl ConnectionTrait,
    book: BookId,
    import: ImportId,
    status: Option<ImportRowStatus>,
    after: i64,
    limit: u64,
) -> Result<Vec<RowRecord>, Error> {
    let mut query = rows_query(book, import);
    query.and_where(Expr::col("row").gt(after)).order_by("row", Order::Asc).limit(limit);
    if let Some(status) = status {
        query.and_where(Expr::col("status").eq(status.as_str()));
    }
    rows_read(conn, &query).await
}

pub async fn row_get(
    conn: &impl ConnectionTrait,
    book: BookId,
    import: ImportId,
    row: i64,
) -> Result<Option<RowRecord>, Error> {
    let query = rows_query(book, import).and_where(Expr::col("row").eq(row)).to_owned();
    Ok(rows_read(conn, &query).await?.pop())
}

/// What is to be recorded and is not yet.
fn is_to_record() -> Cond {
    let by_status = Expr::col("decision").is_null().and(
        Expr::col("status")
            .is_in([ImportRowStatus::New.as_str(), ImportRowStatus::Pending.as_str()]),
    );
    let decided = Expr::col("decision").eq(ImportDecision::Import.as_str());
    Cond::all().add(Expr::col("recorded").eq(false)).add(Cond::any().add(by_status).add(decided))
}

/// The next rows to record, earlier days first as far as the file is in order.
pub async fn rows_to_record(
    conn: &impl ConnectionTrait,
    book: BookId,
    import: ImportId,
    newest_first: bool,
    limit: u64,
) -> Result<Vec<RowRecord>, Error> {
    let order = if newest_first { Order::Desc } else { Order::Asc };
    let query = rows_query(book, import)
        .cond_where(is_to_record())
        .order_by("row", order)
        .limit(limit)
        .to_owned();
    rows_read(conn, &query).await
}

pub async fn rows_to_record_count(
    conn: &impl ConnectionTrait,
    book: BookId,
    import: ImportId,
) -> Result<i64, Error> {
    let query = Query::select()
        .expr(Expr::col("row").count())
        .from("import_row")
        .cond_where(of_import(book, import))
        .cond_where(is_to_record())
        .to_owned();
    match conn.query_one(&query).await? {
        Some(row) => Columns::of(&row).take(),
        None => Ok(0),
    }
}

/// Marks rows as recorded; false where one of them was already.
pub async fn rows_mark_recorded(
    tx: &Tx,
    book: BookId,
    import: ImportId,
    rows: &[RowRecord],
) -> Result<bool, Error> {
    let update = Query::update()
        .table("import_row")
        .value("recorded", true)
        .cond_where(of_import(book, import))
        .and_where(Expr::col("row").is_in(rows.iter().map(|row| row.row)))
        .and_where(Expr::col("recorded").eq(false))
        .to_owned();
    let marked = tx.conn().execute(&update).await?.rows_affected();
    Ok(usize::try_from(marked).is_ok_and(|marked| marked == rows.len()))
}

pub async fn row_decide(
    tx: &Tx,
    book: BookId,
    import: ImportId,
    row: i64,
    decision: ImportDecision,
) -> Result<(), Error> {
    let update = Query::update()
        .table("import_row")
        .value("decision", decision.as_str())
        .cond_where(of_import(book, import))
        .and_where(Expr::col("row").eq(row))
        .to_owned();
    tx.conn().execute(&update).await?;
    Ok(())
}

/// Writes a run of rows in the place of what stood there.
pub async fn rows_put(
    tx: &Tx,
    book: BookId,
    import: ImportId,
    rows: &[RowRecord],
) -> Result<(), Error> {
    let (Some(first), Some(last)) = (rows.first(), rows.last()) else { return Ok(()) };
    let delete = Query::delete()
        .from_table("import_row")
        .cond_where(of_import(book, import))
        .and_where(Expr::col("row").between(first.row, last.row))
        .to_owned();
    tx.conn().execute(&delete).await?;
    for some in rows.chunks(ROWS_PER_INSERT) {
        tx.conn().execute(&rows_insert(book, import, some)?).await?;
    }
    Ok(())
}

fn rows_insert(
    book: BookId,
    import: ImportId,
    rows: &[RowRecord],
) -> Result<InsertStatement, Error> {
    let mut insert = insert_into("import_row", ROW_COLUMNS);
    for row in rows {
        insert.values_panic([
            Expr::val(book.0),
            Expr::val(import.0),
            Expr::val(row.row),
            Expr::val(row.line),
            Expr::val(row.day.map(|day| day.to_string())),
            Expr::val(row.amount.map(|amount| amount.currency.code())),
            Expr::val(row.amount.map(|amount| amount.minor)),
            Expr::val(row.payee.as_str()),
            Expr::val(row.note.as_str()),
            Expr::val(serde_json::to_string(&row.raw)?),
            Expr::val(row.status.as_str()),
            Expr::val(row.waits),
            Expr::val(row.problem.as_deref()),
            Expr::val(row.like.map(|like| like.0)),
            Expr::val(row.decision.map(ImportDecision::as_str)),
            Expr::val(row.category.map(|category| category.0)),
            Expr::val(row.recorded),
        ]);
    }
    Ok(insert)
}

/// Removes the rows from a number on.
pub async fn rows_delete_from(
    tx: &Tx,
    book: BookId,
    import: ImportId,
    first: i64,
) -> Result<(), Error> {
    let delete = Query::delete()
        .from_table("import_row")
        .cond_where(of_import(book, import))
        .and_where(Expr::col("row").gte(first))
        .to_owned();
    tx.conn().execute(&delete).await?;
    Ok(())
}

/// The category of the newest entry under each subject of the register that the reader sees whole.
pub async fn newest_categories(
    conn: &impl ConnectionTrait,
    book: BookId,
    sight: &Sight,
    subjects: &[Uuid],
) -> Result<HashMap<Uuid, CategoryId>, Error> {
    let mut found = HashMap::new();
    for some in subjects.chunks(ROWS_PER_INSERT) {
        for row in conn.query_all(&newest_entries(book, some)).await? {
            let mut columns = Columns::of(&row);
            let subject: Uuid = columns.take()?;
            let (account, to): (AccountId, Option<AccountId>) =
                (columns.id()?, columns.maybe_id()?);
            let author: PersonId = columns.id()?;
            let currency = columns.currency()?;
            let lines = lines_from_text(&columns.take::<String>()?, currency)?;
            let is_theirs = sight.role.sees_all() || author == sight.person;
            let is_hidden = sight.hides(account) || to.is_some_and(|to| sight.hides(to));
            if let [line] = lines.as_slice()
                && let (Some(category), true, false) = (line.category, is_theirs, is_hidden)
            {
                found.insert(subject, category);
            }
        }
    }
    Ok(found)
}

/// The entries of the last day of each subject; the newest comes last.
fn newest_entries(book: BookId, subjects: &[Uuid]) -> SelectStatement {
    let last_days = Query::select()
        .column("subject")
        .expr_as(Expr::col("day").max(), "day")
        .from("register")
        .and_where(Expr::col("book").eq(book.0))
        .and_where(Expr::col("subject").is_in(subjects.iter().copied()))
        .group_by_col("subject")
        .to_owned();
    Query::select()
        .column(("k", "subject"))
        .columns(["account", "to_account", "author", "currency", "lines"].map(|c| ("e", c)))
        .from_subquery(last_days, "m")
        .inner_join(
            sea_orm::sea_query::TableRef::from("register").alias("k"),
            Cond::all()
                .add(Expr::col(("k", "book")).eq(book.0))
                .add(Expr::col(("k", "subject")).equals(("m", "subject")))
                .add(Expr::col(("k", "day")).equals(("m", "day"))),
        )
        .inner_join(
            sea_orm::sea_query::TableRef::from("entry").alias("e"),
            Cond::all()
                .add(Expr::col(("e", "book")).eq(book.0))
                .add(Expr::col(("e", "id")).equals(("k", "entry"))),
        )
        .order_by(("k", "entry"), Order::Asc)
        .to_owned()
}

/// A payee that the reader may know of, under one of its folded names.
pub struct KnownPayee {
    pub folded: String,
    /// The name that its entries count under.
    pub name: String,
    pub category: Option<CategoryId>,
}

/// The payees of folded names, by the ones that they were merged into.
pub async fn payees_known(
    conn: &impl ConnectionTrait,
    book: BookId,
    sight: &Sight,
    folded: &[String],
) -> Result<Vec<KnownPayee>, Error> {
    let mut found = Vec::new();
    for some in folded.chunks(ROWS_PER_INSERT) {
        let mut query = payees_query(book);
        query.and_where(Expr::col(("payee", "folded")).is_in(some.iter().map(String::as_str)));
        only_known(&mut query, sight);
        found.extend(payees_read(conn, &query).await?);
    }
    let targets: Vec<PayeeId> = found.iter().filter_map(|row| row.payee.merged_into).collect();
    let targets = payees_get(conn, book, sight, &targets).await?;
    let counts_as = |row: &PayeeRow| {
        let target = targets.iter().find(|target| Some(target.payee.id) == row.payee.merged_into);
        target.map_or_else(|| row.payee.clone(), |target| target.payee.clone())
    };
    let known = found.iter().map(|row| {
        let payee = counts_as(row);
        let folded = row.folded.clone();
        KnownPayee { folded, name: payee.name, category: payee.default_category }
    });
    Ok(known.collect())
}
