//! Small helpers that every query here uses: reading rows in the order of their columns, and
//! adding to sums alike on each database.

use model::{Currency, Day};
use sea_orm::sea_query::{Expr, ExprTrait, InsertStatement, IntoIden, OnConflict, Query};
use sea_orm::{DbErr, QueryResult, TryGetable};
use store::{Dialect, Error};

/// The columns of a row, one after the other.
pub struct Columns<'r> {
    row: &'r QueryResult,
    at: usize,
}

impl<'r> Columns<'r> {
    pub fn of(row: &'r QueryResult) -> Self {
        Columns { row, at: 0 }
    }

    /// The next column.
    pub fn take<T: TryGetable>(&mut self) -> Result<T, Error> {
        self.at += 1;
        Ok(self.row.try_get_by_index(self.at - 1)?)
    }

    /// The next column, as an id.
    pub fn id<T: From<uuid::Uuid>>(&mut self) -> Result<T, Error> {
        self.take::<uuid::Uuid>().map(T::from)
    }

    /// The next column, as an id that may be absent.
    pub fn maybe_id<T: From<uuid::Uuid>>(&mut self) -> Result<Option<T>, Error> {
        Ok(self.take::<Option<uuid::Uuid>>()?.map(T::from))
    }

    pub fn day(&mut self) -> Result<Day, Error> {
        self.word("day", |text| Day::parse(text).ok())
    }

    pub fn currency(&mut self) -> Result<Currency, Error> {
        self.word("currency", |text| Currency::parse(text).ok())
    }

    /// The next column, as the value that its stored text stands for.
    pub fn word<T>(&mut self, what: &str, parse: impl Fn(&str) -> Option<T>) -> Result<T, Error> {
        let text: String = self.take()?;
        parse(&text).ok_or_else(|| misfit(what, &text))
    }
}

/// Stored text that the code can't read.
pub fn misfit(what: &str, text: &str) -> Error {
    Error::Refused(DbErr::Type(format!("\"{text}\" is stored as a {what}")))
}

/// How many rows one statement inserts at most: wide ones stay below the 32,766 parameters that
/// SQLite takes.
pub const ROWS_PER_INSERT: usize = 500;

/// An insert into a table, to which rows are added.
pub fn insert_into<const N: usize>(
    table: &'static str,
    columns: [&'static str; N],
) -> InsertStatement {
    Query::insert().into_table(table).columns(columns).to_owned()
}

/// Makes an insert add to the sums of a row that is there already.
///
/// The rows must be sorted by key and have each key once, so that two writers never wait for
/// each other crosswise.
pub fn add_on_conflict<const K: usize, const S: usize>(
    dialect: Dialect,
    table: &'static str,
    key: [&'static str; K],
    sums: [&'static str; S],
) -> OnConflict {
    let mut conflict = OnConflict::columns(key);
    for sum in sums {
        let added = match dialect {
            Dialect::Mysql => Expr::cust(format!("VALUES(`{sum}`)")),
            Dialect::Sqlite | Dialect::Postgres => Expr::cust(format!("excluded.\"{sum}\"")),
        };
        conflict.value(sum, Expr::col((table.into_iden(), sum.into_iden())).add(added));
    }
    conflict
}

/// A sum of whole numbers that comes back as one: servers widen it to a decimal.
pub fn whole_sum(dialect: Dialect, of: Expr) -> Expr {
    let whole = match dialect {
        Dialect::Sqlite | Dialect::Postgres => "bigint",
        Dialect::Mysql => "signed",
    };
    sea_orm::sea_query::Func::cast_as(
        sea_orm::sea_query::Func::coalesce([of.sum(), Expr::val(0_i64)]),
        whole,
    )
    .into()
}
