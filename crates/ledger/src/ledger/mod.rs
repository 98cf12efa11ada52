//! The operations of the ledger: what a member may ask of a book.

mod accounts;
mod books;
pub mod categories;
mod check;
mod defaults;
pub mod filter;
pub mod imports;
pub mod journal;
mod lists;
mod payees;
pub mod sight;
mod suggestions;
mod told;
mod transactions;
mod undo;
mod verify;
mod write;

use contracts::ledger::book_stream;
use model::{BookId, Caller, Day, PersonId};
use service::Files;
use service::{Clock, Context, Error, Ids};
use store::Db;

use crate::store::books::{BookRow, Opened, book_open, book_open_at};
pub use lists::ListQuery;
pub use payees::PayeeQuery;
use sight::Sight;
pub use suggestions::SuggestionQuery;
pub use write::Done;

/// The books of this installation.
#[derive(Clone)]
pub struct Ledger {
    db: Db,
    clock: Clock,
    ids: Ids,
    files: Files,
}

/// A book as one of its members finds it.
struct Seen {
    row: BookRow,
    sight: Sight,
}

impl Ledger {
    pub fn new(ctx: &Context) -> Ledger {
        Ledger {
            db: ctx.db().clone(),
            clock: ctx.clock.clone(),
            ids: ctx.ids.clone(),
            files: ctx.files.clone(),
        }
    }

    /// Opens a book for reading; for those who are no members it does not exist.
    async fn see(&self, book: BookId, caller: Caller) -> Result<Seen, Error> {
        self.see_as(book, caller.person).await
    }

    async fn see_as(&self, book: BookId, person: PersonId) -> Result<Seen, Error> {
        seen(book_open(self.db.reader(), book, person, None).await?)
    }

    /// The same, with the book's sequence number. It is read before what it is answered with,
    /// which is then at least as new.
    async fn see_at(&self, book: BookId, person: PersonId) -> Result<(i64, Seen), Error> {
        let (number, opened) = book_open_at(self.db.reader(), book, person).await?;
        Ok((number, seen(opened)?))
    }

    /// The sequence number of a book.
    async fn number(&self, book: BookId) -> Result<i64, Error> {
        let head = self.db.stream_head(&book_stream(book)).await?;
        Ok(head.map_or(0, |head| head.number))
    }

    fn today(&self, book: &BookRow) -> Day {
        book.facts.time_zone.day_of(self.clock.now())
    }
}

fn seen(opened: Option<Opened>) -> Result<Seen, Error> {
    match opened {
        Some(Opened { row, sight: Some(sight), .. }) => Ok(Seen { row, sight }),
        _ => Err(no_such_book()),
    }
}

fn no_such_book() -> Error {
    Error::not_found("book")
}
