//! The rows of imports.

use contracts::ledger::{ImportDecision, ImportRowStatus};
use model::{BookId, CategoryId, Currency, Day, ImportId, Money, TransactionId};
use sea_orm::ConnectionTrait;
use sea_orm::sea_query::{Cond, Expr, ExprTrait, InsertStatement, Order, Query, SelectStatement};
use store::{Error, Tx};

use crate::store::rows::{Columns, ROWS_PER_INSERT, insert_into, misfit};

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
