//! The table `total`: adding to it, and the sums that readers ask it for.

use model::{BookId, Currency, Day, PersonId};
use sea_orm::sea_query::{
    Expr, ExprTrait, InsertStatement, JoinType, OnConflict, Order, Query, SelectStatement,
    UnionType,
};
use sea_orm::{Condition, ConnectionTrait, DbErr, QueryResult};
use store::{Dialect, Error, Tx};
use uuid::Uuid;

use super::in_powers_of_two;
use crate::totals::{Cell, Grain, NONE, Split, Sums};

const KEY: [&str; 8] = ["book", "grain", "split", "place", "starts", "author", "item", "currency"];
const SUMS: [&str; 6] =
    ["spent", "income", "spent_count", "income_count", "spent_pending", "income_pending"];

/// Adds sums to their cells, which must be in the order of the key so that two writers lock them
/// in one order. A cell that is left with nothing is removed.
pub(crate) async fn totals_add(tx: &Tx, book: BookId, cells: &[(Cell, Sums)]) -> Result<(), Error> {
    for piece in in_powers_of_two(cells) {
        tx.conn().execute(&upsert(tx.dialect(), book, piece)).await?;
    }
    remove_empty(tx, book, cells).await
}

fn upsert(dialect: Dialect, book: BookId, cells: &[(Cell, Sums)]) -> InsertStatement {
    let mut insert = Query::insert();
    insert.into_table("total").columns(KEY.into_iter().chain(SUMS));
    for (cell, sums) in cells {
        let key = [
            Expr::val(book.0),
            Expr::val(cell.grain.as_str()),
            Expr::val(cell.split.as_str()),
            Expr::val(cell.place),
            Expr::val(cell.starts.to_string()),
            Expr::val(cell.author),
            Expr::val(cell.item),
            Expr::val(cell.currency.code()),
        ];
        insert.values_panic(key.into_iter().chain(sums.to_array().map(Expr::val)));
    }
    let mut conflict = OnConflict::columns(KEY);
    for column in SUMS {
        // There is no portable way to say "the value that was to be inserted" in an expression.
        conflict.value(
            column,
            Expr::cust(match dialect {
                Dialect::Mysql => format!("`{column}` + VALUES(`{column}`)"),
                _ => format!("\"total\".\"{column}\" + \"excluded\".\"{column}\""),
            }),
        );
    }
    insert.on_conflict(conflict.to_owned());
    insert
}

/// How many ranges one statement looks through for empty cells.
const MOST_RANGES: usize = 64;

/// Removes the cells that parts were taken back from and that have none left. They are looked for
/// by ranges of days, so that taking back an import of thousands needs few statements.
async fn remove_empty(tx: &Tx, book: BookId, cells: &[(Cell, Sums)]) -> Result<(), Error> {
    let taken_back = cells.iter().filter(|(_, sums)| sums.takes_back());
    let mut ranges: Vec<(Cell, Day)> = Vec::new();
    for (cell, _) in taken_back {
        match ranges.last_mut() {
            Some((first, last)) if same_place(first, cell) => *last = cell.starts,
            _ => ranges.push((*cell, cell.starts)),
        }
    }
    for piece in ranges.chunks(MOST_RANGES) {
        let mut anywhere = Condition::any();
        for (first, last) in piece {
            anywhere = anywhere.add(
                in_place(book, first.grain, first.split)
                    .add(Expr::col("place").eq(first.place))
                    .add(Expr::col("starts").between(first.starts.to_string(), last.to_string())),
            );
        }
        let mut delete = Query::delete();
        delete
            .from_table("total")
            .cond_where(anywhere)
            .and_where(Expr::col("spent_count").eq(0))
            .and_where(Expr::col("income_count").eq(0));
        tx.conn().execute(&delete).await?;
    }
    Ok(())
}

fn same_place(one: &Cell, other: &Cell) -> bool {
    (one.grain, one.split, one.place) == (other.grain, other.split, other.place)
}

fn in_place(book: BookId, grain: Grain, split: Split) -> Condition {
    Condition::all()
        .add(Expr::col("book").eq(book.0))
        .add(Expr::col("grain").eq(grain.as_str()))
        .add(Expr::col("split").eq(split.as_str()))
}

/// Removes all cells that are not fine, to be summed up again.
pub(crate) async fn totals_clear_coarser(tx: &Tx, book: BookId) -> Result<(), Error> {
    let coarser = Condition::any()
        .add(Expr::col("grain").ne(Grain::Day.as_str()))
        .add(Expr::col("split").eq(Split::Pool.as_str()));
    let mut delete = Query::delete();
    delete.from_table("total").and_where(Expr::col("book").eq(book.0)).cond_where(coarser);
    tx.conn().execute(&delete).await?;
    Ok(())
}

/// The fine cells of one split.
pub(crate) async fn totals_fine(
    conn: &impl ConnectionTrait,
    book: BookId,
    split: Split,
) -> Result<Vec<(Cell, Sums)>, Error> {
    let mut select = select_cells();
    select.cond_where(in_place(book, Grain::Day, split));
    read_cells(conn, &select).await
}

/// Every cell of a book.
pub(crate) async fn totals_list(
    conn: &impl ConnectionTrait,
    book: BookId,
) -> Result<Vec<(Cell, Sums)>, Error> {
    let mut select = select_cells();
    select.and_where(Expr::col("book").eq(book.0));
    read_cells(conn, &select).await
}

fn select_cells() -> SelectStatement {
    let mut select = Query::select();
    select.columns(KEY[1..].iter().copied().chain(SUMS)).from("total");
    select
}

async fn read_cells(
    conn: &impl ConnectionTrait,
    select: &SelectStatement,
) -> Result<Vec<(Cell, Sums)>, Error> {
    let rows = conn.query_all(select).await?;
    rows.iter().map(|row| Ok(read_cell(row)?)).collect()
}

fn read_cell(row: &QueryResult) -> Result<(Cell, Sums), DbErr> {
    let cell = Cell {
        grain: parsed(row, 0, Grain::parse)?,
        split: parsed(row, 1, Split::parse)?,
        place: row.try_get_by_index(2)?,
        starts: day_at(row, 3)?,
        author: row.try_get_by_index(4)?,
        item: row.try_get_by_index(5)?,
        currency: currency_at(row, 6)?,
    };
    let mut sums = [0; 6];
    for (index, sum) in sums.iter_mut().enumerate() {
        *sum = row.try_get_by_index(7 + index)?;
    }
    Ok((cell, Sums::from_array(sums)))
}

fn parsed<T>(
    row: &QueryResult,
    index: usize,
    parse: impl Fn(&str) -> Option<T>,
) -> Result<T, DbErr> {
    let text: String = row.try_get_by_index(index)?;
    parse(&text).ok_or_else(|| DbErr::Custom(format!("\"{text}\" is no value of the table total")))
}

fn day_at(row: &QueryResult, index: usize) -> Result<Day, DbErr> {
    parsed(row, index, |text| Day::parse(text).ok())
}

fn currency_at(row: &QueryResult, index: usize) -> Result<Currency, DbErr> {
    parsed(row, index, |text| Currency::parse(text).ok())
}

/// Which cells of a grain a reader sums up: only those that the reader may see.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Source {
    pub split: Split,
    /// Accounts, or pools where the split is by pool.
    pub places: Vec<Uuid>,
    /// `Some` where only this person's entries are to be seen.
    pub author: Option<PersonId>,
    /// What the sums are told apart by.
    pub item: ItemColumn,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum ItemColumn {
    Item,
    Place,
    /// All in one.
    Nothing,
}

/// Buckets of one grain, from one first day to another, to be summed up.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Run {
    pub grain: Grain,
    pub first: Day,
    pub last: Day,
    pub source: Source,
    /// True where the sums are to be taken off.
    pub taken_off: bool,
}

/// The sum of a run, by item and currency.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Figure {
    /// Which of the runs that were asked for.
    pub run: usize,
    pub item: Uuid,
    pub currency: Currency,
    pub spent: i64,
    pub income: i64,
    pub count: i64,
}

/// The sums of runs, all in one query; of certain items alone where some are given.
pub(crate) async fn figures(
    conn: &impl ConnectionTrait,
    dialect: Dialect,
    book: BookId,
    runs: &[Run],
    only: Option<&[Uuid]>,
) -> Result<Vec<Figure>, Error> {
    let selects = runs.iter().enumerate().map(|(index, run)| {
        let mut select = Query::select();
        // A literal, since PostgreSQL can't tell the type of a bare parameter.
        select.expr(Expr::cust(index.to_string()));
        select_run(&mut select, book, run);
        for sum in ["SUM(spent)", "SUM(income)", "SUM(spent_count + income_count)"] {
            select.expr(Expr::cust(integer(dialect, sum)));
        }
        if let Some(only) = only {
            select.and_where(Expr::col("item").is_in(only.iter().copied()));
        }
        select
    });
    let Some(select) = union_all(selects) else { return Ok(Vec::new()) };
    let rows = conn.query_all(&select).await?;
    rows.iter().map(|row| Ok(read_figure(row, runs)?)).collect()
}

fn read_figure(row: &QueryResult, runs: &[Run]) -> Result<Figure, DbErr> {
    let run: i32 = row.try_get_by_index(0)?;
    let run = usize::try_from(run).unwrap_or_default();
    let signed = |column: i64| if runs[run].taken_off { -column } else { column };
    Ok(Figure {
        run,
        item: row.try_get_by_index(1)?,
        currency: currency_at(row, 2)?,
        spent: signed(row.try_get_by_index(3)?),
        income: signed(row.try_get_by_index(4)?),
        count: signed(row.try_get_by_index(5)?),
    })
}

/// Item and currency of a run's cells, grouped by them.
fn select_run(select: &mut SelectStatement, book: BookId, run: &Run) {
    let source = &run.source;
    match source.item {
        ItemColumn::Item => select.expr_as(Expr::col("item"), "item").group_by_col("item"),
        ItemColumn::Place => select.expr_as(Expr::col("place"), "item").group_by_col("place"),
        ItemColumn::Nothing => select.expr_as(Expr::val(NONE), "item"),
    };
    select.column("currency").group_by_col("currency");
    from_source(select, book, run.grain, source, run.first, run.last);
}

fn from_source(
    select: &mut SelectStatement,
    book: BookId,
    grain: Grain,
    source: &Source,
    first: Day,
    last: Day,
) {
    select
        .from("total")
        .cond_where(in_place(book, grain, source.split))
        .and_where(Expr::col("place").is_in(source.places.iter().copied()))
        .and_where(Expr::col("starts").between(first.to_string(), last.to_string()));
    if let Some(PersonId(author)) = source.author {
        select.and_where(Expr::col("author").eq(author));
    }
}

fn union_all(mut selects: impl Iterator<Item = SelectStatement>) -> Option<SelectStatement> {
    let mut first = selects.next()?;
    first.unions(selects.map(|select| (UnionType::All, select)));
    Some(first)
}

/// A sum as the 64-bit integer that its parts are: PostgreSQL and MySQL make it a decimal.
fn integer(dialect: Dialect, sum: &str) -> String {
    match dialect {
        Dialect::Sqlite => sum.to_owned(),
        Dialect::Postgres => format!("CAST({sum} AS BIGINT)"),
        Dialect::Mysql => format!("CAST({sum} AS SIGNED)"),
    }
}

/// What was spent and earned on a day.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct DayFigure {
    pub day: Day,
    pub currency: Currency,
    pub sums: Sums,
}

/// The sums of each day that has any.
pub(crate) async fn day_figures(
    conn: &impl ConnectionTrait,
    dialect: Dialect,
    book: BookId,
    source: &Source,
    first: Day,
    last: Day,
) -> Result<Vec<DayFigure>, Error> {
    let mut select = Query::select();
    select.columns(["starts", "currency"]).group_by_columns(["starts", "currency"]);
    for column in SUMS {
        select.expr(Expr::cust(integer(dialect, &format!("SUM({column})"))));
    }
    from_source(&mut select, book, Grain::Day, source, first, last);
    let rows = conn.query_all(&select).await?;
    rows.iter().map(|row| Ok(read_day(row)?)).collect()
}

fn read_day(row: &QueryResult) -> Result<DayFigure, DbErr> {
    let mut sums = [0; 6];
    for (index, sum) in sums.iter_mut().enumerate() {
        *sum = row.try_get_by_index(2 + index)?;
    }
    Ok(DayFigure {
        day: day_at(row, 0)?,
        currency: currency_at(row, 1)?,
        sums: Sums::from_array(sums),
    })
}

/// Which payees of a ranking are asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Rank {
    pub currency: Currency,
    pub skip: u64,
    pub limit: u64,
}

/// The payees that most went to or came from in one currency, merged ones as one; with what they
/// were merged from, for [`figures`] to be asked of.
pub(crate) async fn payee_rank(
    conn: &impl ConnectionTrait,
    book: BookId,
    runs: &[Run],
    rank: Rank,
) -> Result<Vec<Uuid>, Error> {
    let selects = runs.iter().map(|run| {
        let mut select = Query::select();
        let sign = if run.taken_off { "-" } else { "" };
        select.expr_as(Expr::cust(format!("{sign}SUM(spent)")), "spent");
        select.expr_as(Expr::cust(format!("{sign}SUM(income)")), "income");
        select_run(&mut select, book, run);
        select.and_where(Expr::col("currency").eq(rank.currency.code()));
        select
    });
    let Some(union) = union_all(selects) else { return Ok(Vec::new()) };
    let counts_as = || Expr::cust("COALESCE(payee.counts_as, ranked.item)");
    let mut select = Query::select();
    select
        .expr(counts_as())
        .from_subquery(union, "ranked")
        .join(
            JoinType::LeftJoin,
            "payee",
            Condition::all()
                .add(Expr::col(("payee", "book")).eq(book.0))
                .add(Expr::col(("payee", "payee")).equals(("ranked", "item"))),
        )
        .add_group_by([counts_as()])
        .order_by_expr(Expr::cust("ABS(SUM(ranked.spent)) + ABS(SUM(ranked.income))"), Order::Desc)
        .order_by_expr(counts_as(), Order::Asc)
        .limit(rank.limit)
        .offset(rank.skip);
    let rows = conn.query_all(&select).await?;
    rows.iter().map(|row| Ok(row.try_get_by_index(0)?)).collect()
}
