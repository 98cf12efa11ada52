//! Every query of the service.

mod facts;
mod figures;
mod migrations;
mod totals;

use std::sync::Arc;

use contracts::ledger::{AccountFacts, BookFacts, CategoryFacts, Member, book_stream};
use model::{BookId, Day, PersonId};
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{ConnectionTrait, DatabaseTransaction};
use store::{Db, Dialect, Error, Place, Tx};
use uuid::Uuid;

pub(crate) use facts::{CountedPayee, Known, changes_write, end_of_merges, outline_find};
pub(crate) use figures::{DayFigure, Figure, ItemColumn, Rank, Run, Source};
pub use migrations::MIGRATIONS;
pub(crate) use totals::{totals_add, totals_clear_coarser, totals_fine};

use crate::totals::{Cell, Sums};

/// One book on one snapshot of the database.
pub(crate) struct BookReads {
    conn: Arc<DatabaseTransaction>,
    dialect: Dialect,
    book: BookId,
}

/// Runs several reads of a book on one snapshot.
pub(crate) async fn read_book<T, E, Fut>(
    db: &Db,
    book: BookId,
    work: impl FnOnce(BookReads) -> Fut,
) -> Result<T, E>
where
    Fut: Future<Output = Result<T, E>>,
    E: From<Error>,
{
    let dialect = db.dialect();
    db.snapshot(|conn| work(BookReads { conn, dialect, book })).await
}

impl BookReads {
    /// The book as one of its members knows it; `None` where it is not known, or the person is no
    /// member of it.
    pub(crate) async fn known(
        &self,
        consumer: &str,
        person: PersonId,
    ) -> Result<Option<Known>, Error> {
        facts::known_find(&*self.conn, consumer, self.book, person).await
    }

    /// How far a consumer had come.
    pub(crate) async fn position(&self, consumer: &str) -> Result<Option<Place>, Error> {
        store::positions::position(&*self.conn, consumer, &book_stream(self.book)).await
    }

    pub(crate) async fn book(&self) -> Result<Option<BookFacts>, Error> {
        facts::book_find(&*self.conn, self.book).await
    }

    pub(crate) async fn members(&self) -> Result<Vec<Member>, Error> {
        facts::member_list(&*self.conn, self.book).await
    }

    pub(crate) async fn accounts(&self) -> Result<Vec<AccountFacts>, Error> {
        facts::account_list(&*self.conn, self.book).await
    }

    pub(crate) async fn categories(&self) -> Result<Vec<CategoryFacts>, Error> {
        facts::category_list(&*self.conn, self.book).await
    }

    pub(crate) async fn payees(&self) -> Result<Vec<CountedPayee>, Error> {
        facts::payee_list(&*self.conn, self.book).await
    }

    /// The payees that count as one of these, themselves included.
    pub(crate) async fn payees_counted_as(
        &self,
        roots: &[Uuid],
    ) -> Result<Vec<CountedPayee>, Error> {
        facts::payee_list_counted_as(&*self.conn, self.book, roots).await
    }

    /// The sums of runs, all in one query; of certain items alone where some are given.
    pub(crate) async fn figures(
        &self,
        runs: &[Run],
        only: Option<&[Uuid]>,
    ) -> Result<Vec<Figure>, Error> {
        figures::figures(&*self.conn, self.dialect, self.book, runs, only).await
    }

    /// The sums of each day that has any.
    pub(crate) async fn day_figures(
        &self,
        source: &Source,
        first: Day,
        last: Day,
    ) -> Result<Vec<DayFigure>, Error> {
        figures::day_figures(&*self.conn, self.dialect, self.book, source, first, last).await
    }

    /// The payees that most went to or came from in one currency, merged ones as one; of runs
    /// that are added or, where marked, taken off.
    pub(crate) async fn payee_rank(
        &self,
        runs: &[(Run, bool)],
        rank: Rank,
    ) -> Result<Vec<Uuid>, Error> {
        figures::payee_rank(&*self.conn, self.dialect, self.book, runs, rank).await
    }

    /// Every cell of the book.
    pub(crate) async fn totals(&self) -> Result<Vec<(Cell, Sums)>, Error> {
        totals::totals_list(&*self.conn, self.book).await
    }
}

/// Every book that is known.
pub(crate) async fn book_list(db: &Db) -> Result<Vec<BookId>, Error> {
    facts::book_list(db.reader()).await
}

/// Removes everything of a book.
pub(crate) async fn book_delete(tx: &Tx, book: BookId) -> Result<(), Error> {
    for table in ["book", "member", "account", "category", "payee", "total"] {
        let delete =
            Query::delete().from_table(table).and_where(Expr::col("book").eq(book.0)).to_owned();
        tx.conn().execute(&delete).await?;
    }
    Ok(())
}

/// The most rows that one statement writes.
const MOST_ROWS: usize = 256;

/// Cuts rows into pieces of 256, 128, …, 1 of them, so that few different statements are prepared
/// and kept, however many rows there are.
fn in_powers_of_two<T>(mut rows: &[T]) -> impl Iterator<Item = &[T]> {
    std::iter::from_fn(move || {
        let length = rows.len().checked_ilog2().map(|log| usize::min(1 << log, MOST_ROWS))?;
        let (piece, rest) = rows.split_at(length);
        rows = rest;
        Some(piece)
    })
}
