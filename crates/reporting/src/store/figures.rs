//! The sums that readers ask the table `total` for.
//!
//! To hand over a row costs several times what it costs to find it, so the database packs what
//! it found into one text for each run: `ITEM CURRENCY SPENT INCOME COUNT,…`.

use std::str::FromStr;

use model::{BookId, Currency, Day, PersonId};
use sea_orm::sea_query::{
    Alias, Expr, ExprTrait, JoinType, Order, Query, SelectStatement, UnionType,
};
use sea_orm::{Condition, ConnectionTrait, DbErr};
use store::{Dialect, Error};
use uuid::Uuid;

use super::totals::{SUMS, in_place};
use crate::totals::{Grain, NONE, Split, Sums};

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
}

/// The sum of a run, by item and currency; an item may come in several parts.
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
        let mut cells = select_run(dialect, book, run);
        if let Some(only) = only {
            cells.and_where(Expr::col("item").is_in(only.iter().copied()));
        }
        let mut select = Query::select();
        // A literal, since PostgreSQL can't tell the type of a bare parameter.
        select.expr(Expr::cust(index.to_string()));
        select.expr(packed(dialect, Some("item"), &["currency", "spent", "income", "parts"]));
        select.from_subquery(cells, "cell");
        select
    });
    let Some(select) = union_all(selects) else { return Ok(Vec::new()) };
    let mut figures = Vec::new();
    for row in conn.query_all(&select).await? {
        let run: i32 = row.try_get_by_index(0)?;
        let run = usize::try_from(run).unwrap_or_default();
        let pack: Option<String> = row.try_get_by_index(1)?;
        for mut words in unpacked(pack.as_deref()) {
            let (item, currency) = (words.next()?, words.next()?);
            let (spent, income, count) = (words.next()?, words.next()?, words.next()?);
            figures.push(Figure { run, item, currency, spent, income, count });
        }
    }
    Ok(figures)
}

/// The cells of a run, summed up where many of them are of one item.
fn select_run(dialect: Dialect, book: BookId, run: &Run) -> SelectStatement {
    let Source { split, item, .. } = run.source;
    let mut select = Query::select();
    match item {
        ItemColumn::Item => select.expr_as(Expr::col("item"), "item"),
        ItemColumn::Place => select.expr_as(Expr::col("place"), "item"),
        ItemColumn::Nothing => select.expr_as(Expr::val(NONE), "item"),
    };
    select.column("currency");
    // A pool has one cell for each item, and to group them costs more than to read them.
    let is_one_cell_each = split.is_by_pool() && run.first == run.last;
    for (column, sum) in
        [("spent", "spent"), ("income", "income"), ("parts", "spent_count + income_count")]
    {
        let sum = match is_one_cell_each {
            true => sum.to_owned(),
            false => integer(dialect, &format!("SUM({sum})")),
        };
        select.expr_as(Expr::cust(sum), column);
    }
    if !is_one_cell_each {
        match item {
            ItemColumn::Item => select.group_by_col("item"),
            ItemColumn::Place => select.group_by_col("place"),
            ItemColumn::Nothing => &mut select,
        };
        select.group_by_col("currency");
    }
    from_source(&mut select, book, run.grain, &run.source, run.first, run.last);
    select
}

fn from_source(
    select: &mut SelectStatement,
    book: BookId,
    grain: Grain,
    source: &Source,
    first: Day,
    last: Day,
) {
    let starts = match first == last {
        true => Expr::col("starts").eq(first.to_string()),
        false => Expr::col("starts").between(first.to_string(), last.to_string()),
    };
    select
        .from("total")
        .cond_where(in_place(book, grain, source.split))
        .and_where(Expr::col("place").is_in(source.places.iter().copied()))
        .and_where(starts);
    match source.author {
        Some(PersonId(author)) => select.and_where(Expr::col("author").eq(author)),
        // So that the key is known up to the item.
        None if source.split.is_by_pool() => select.and_where(Expr::col("author").eq(NONE)),
        None => select,
    };
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

/// All rows of a query as one text, with a comma between rows and a blank between columns.
fn packed(dialect: Dialect, id: Option<&str>, columns: &[&str]) -> Expr {
    let id = id.map(|id| match dialect {
        Dialect::Postgres => id.to_owned(),
        Dialect::Sqlite | Dialect::Mysql => format!("HEX({id})"),
    });
    let columns: Vec<String> =
        id.into_iter().chain(columns.iter().map(|column| (*column).to_owned())).collect();
    Expr::cust(match dialect {
        Dialect::Sqlite => format!("GROUP_CONCAT({})", columns.join(" || ' ' || ")),
        Dialect::Postgres => format!("STRING_AGG(CONCAT_WS(' ', {}), ',')", columns.join(", ")),
        // GROUP_CONCAT of MySQL ends in silence after 1024 bytes.
        Dialect::Mysql => {
            format!("CAST(JSON_ARRAYAGG(CONCAT_WS(' ', {})) AS CHAR)", columns.join(", "))
        }
    })
}

/// The rows of a packed text.
fn unpacked(pack: Option<&str>) -> impl Iterator<Item = Words<'_>> {
    let rows = pack.into_iter().flat_map(|pack| pack.split(','));
    // What JSON has around texts and arrays.
    rows.map(|row| row.trim_matches(['[', ']', '"', ' ']))
        .filter(|row| !row.is_empty())
        .map(|row| Words(row.split(' ')))
}

/// The columns of a packed row.
struct Words<'a>(std::str::Split<'a, char>);

impl Words<'_> {
    fn next<T: FromStr>(&mut self) -> Result<T, DbErr> {
        let word = self.0.next().unwrap_or_default();
        let unreadable = || DbErr::Custom(format!("\"{word}\" is no value of the table total"));
        word.parse().map_err(|_| unreadable())
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
    let mut days = Query::select();
    days.columns(["starts", "currency"]).group_by_columns(["starts", "currency"]);
    for column in SUMS {
        let sum = Expr::cust(integer(dialect, &format!("SUM({column})")));
        days.expr_as(sum, Alias::new(column));
    }
    from_source(&mut days, book, Grain::Day, source, first, last);
    let columns: Vec<&str> = ["starts", "currency"].into_iter().chain(SUMS).collect();
    let mut select = Query::select();
    select.expr(packed(dialect, None, &columns)).from_subquery(days, "day");
    let Some(row) = conn.query_one(&select).await? else { return Ok(Vec::new()) };
    let pack: Option<String> = row.try_get_by_index(0)?;
    unpacked(pack.as_deref()).map(|words| Ok(read_day(words)?)).collect()
}

fn read_day(mut words: Words<'_>) -> Result<DayFigure, DbErr> {
    let (day, currency) = (words.next()?, words.next()?);
    let mut sums = [0; 6];
    for sum in &mut sums {
        *sum = words.next()?;
    }
    Ok(DayFigure { day, currency, sums: Sums::from_array(sums) })
}

/// Which payees of a ranking are asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Rank {
    pub currency: Currency,
    pub skip: u64,
    pub limit: u64,
}

/// The payees that most went to or came from in one currency, merged ones as one. Each run says
/// whether it is taken off.
pub(crate) async fn payee_rank(
    conn: &impl ConnectionTrait,
    dialect: Dialect,
    book: BookId,
    runs: &[(Run, bool)],
    rank: Rank,
) -> Result<Vec<Uuid>, Error> {
    let selects = runs.iter().map(|(run, taken_off)| {
        let sign = if *taken_off { "-" } else { "" };
        let mut cells = select_run(dialect, book, run);
        cells.and_where(Expr::col("currency").eq(rank.currency.code()));
        let mut select = Query::select();
        select
            .column("item")
            .expr_as(Expr::cust(format!("{sign}spent")), "spent")
            .expr_as(Expr::cust(format!("{sign}income")), "income")
            .from_subquery(cells, "cell");
        select
    });
    let Some(union) = union_all(selects) else { return Ok(Vec::new()) };
    let counts_as = || Expr::cust("COALESCE(payee.counts_as, ranked.item)");
    let of_payee = Condition::all()
        .add(Expr::col(("payee", "book")).eq(book.0))
        .add(Expr::col(("payee", "payee")).equals(("ranked", "item")));
    let mut select = Query::select();
    select
        .expr(counts_as())
        .from_subquery(union, "ranked")
        .join(JoinType::LeftJoin, "payee", of_payee)
        .add_group_by([counts_as()])
        .order_by_expr(Expr::cust("ABS(SUM(ranked.spent)) + ABS(SUM(ranked.income))"), Order::Desc)
        .order_by_expr(counts_as(), Order::Asc)
        .limit(rank.limit)
        .offset(rank.skip);
    let rows = conn.query_all(&select).await?;
    rows.iter().map(|row| Ok(row.try_get_by_index(0)?)).collect()
}
