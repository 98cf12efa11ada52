//! The table `total`: adding to its cells, and reading them one by one.

use model::{BookId, Currency, Day};
use sea_orm::sea_query::{Expr, ExprTrait, InsertStatement, OnConflict, Query, SelectStatement};
use sea_orm::{Condition, ConnectionTrait, DbErr, QueryResult};
use store::{Batch, Dialect, Error, Tx};

use super::in_powers_of_two;
use crate::totals::{Cell, Grain, Split, Sums};

const KEY: [&str; 8] = ["book", "grain", "split", "place", "starts", "author", "item", "currency"];
pub(super) const SUMS: [&str; 6] =
    ["spent", "income", "spent_count", "income_count", "spent_pending", "income_pending"];

/// Adds sums to their cells, which must be in the order of the key so that two writers lock them
/// in one order. A cell that is left with nothing is removed.
pub(crate) async fn totals_add(tx: &Tx, book: BookId, cells: &[(Cell, Sums)]) -> Result<(), Error> {
    let mut batch = tx.batch();
    for piece in in_powers_of_two(cells) {
        batch.add(&upsert(tx.dialect(), book, piece));
    }
    remove_empty(&mut batch, book, cells);
    tx.run(batch).await
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
fn remove_empty(batch: &mut Batch, book: BookId, cells: &[(Cell, Sums)]) {
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
        batch.add(&delete);
    }
}

fn same_place(one: &Cell, other: &Cell) -> bool {
    (one.grain, one.split, one.place) == (other.grain, other.split, other.place)
}

pub(super) fn in_place(book: BookId, grain: Grain, split: Split) -> Condition {
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
