//! Following the ledger: each book's events, counted once, in order.

use std::collections::BTreeMap;

use async_trait::async_trait;
use contracts::ledger::{AccountFacts, BookFacts};
use model::{AccountId, BookId, StreamName};
use service::{Consumer, Error};
use store::{Event, Tx};

use crate::changes::Changes;
use crate::store::{
    book_delete, changes_write, outline_find, totals_add, totals_clear_coarser, totals_fine,
};
use crate::totals::{Cell, Outline, Split, Sums};

/// The name that positions are kept under.
pub(crate) const CONSUMER: &str = "totals";

/// The totals of every book, and the facts that readers need to name and to filter them.
pub(crate) struct Totals;

#[async_trait]
impl Consumer for Totals {
    fn name(&self) -> &'static str {
        CONSUMER
    }

    fn family(&self) -> &'static str {
        "ledger/book"
    }

    async fn apply(&self, tx: &Tx, stream: &StreamName, events: &[Event]) -> Result<(), Error> {
        let book = BookId(stream.id());
        let changes = Changes::read(events)?;
        let before = Facts::load(tx, book).await?;
        changes_write(tx, book, &changes).await?;
        let after = before.clone().with(&changes);
        let mut cells = changes.fine.sorted();
        let outline = match after.outline() {
            Some(outline) => outline,
            None if cells.is_empty() => return Ok(()),
            None => {
                let error = anyhow::anyhow!("entries of {stream} came before the book's own facts");
                return Err(Error::internal(error));
            }
        };
        let has_moved = before.outline().is_some_and(|before| !before.still_holds_in(&outline));
        if has_moved {
            totals_add(tx, book, &cells).await?;
            return sum_up_again(tx, book, &outline).await;
        }
        cells.extend(coarser(&outline, &cells)?);
        cells.sort_unstable_by_key(|(cell, _)| *cell);
        Ok(totals_add(tx, book, &cells).await?)
    }

    async fn forget(&self, tx: &Tx, stream: &StreamName) -> Result<(), Error> {
        Ok(book_delete(tx, BookId(stream.id())).await?)
    }
}

fn coarser(outline: &Outline, fine: &[(Cell, Sums)]) -> Result<Vec<(Cell, Sums)>, Error> {
    Ok(outline.coarser(fine).map_err(Error::internal)?.sorted())
}

/// Months begin on another day now, or an account became private: all sums of fine cells may
/// belong elsewhere.
async fn sum_up_again(tx: &Tx, book: BookId, outline: &Outline) -> Result<(), Error> {
    totals_clear_coarser(tx, book).await?;
    for split in [Split::Category, Split::Payee] {
        let fine = totals_fine(tx.conn(), book, split).await?;
        totals_add(tx, book, &coarser(outline, &fine)?).await?;
    }
    Ok(())
}

/// The facts that an outline is made of.
#[derive(Clone)]
struct Facts {
    book: Option<BookFacts>,
    accounts: BTreeMap<AccountId, AccountFacts>,
}

impl Facts {
    async fn load(tx: &Tx, book: BookId) -> Result<Facts, Error> {
        let (book, accounts) = outline_find(tx.conn(), book).await?;
        let accounts = accounts.into_iter().map(|account| (account.id, account)).collect();
        Ok(Facts { book, accounts })
    }

    fn with(mut self, changes: &Changes) -> Facts {
        self.book = changes.book.clone().or(self.book);
        self.accounts.extend(changes.accounts.iter().map(|(id, facts)| (*id, facts.clone())));
        self
    }

    fn outline(&self) -> Option<Outline> {
        self.book.as_ref().map(|book| Outline::new(book, self.accounts.values()))
    }
}
