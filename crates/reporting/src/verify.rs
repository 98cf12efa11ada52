//! Computing every total again from the ledger's events, and comparing.

use std::collections::BTreeMap;

use contracts::ledger::{AccountFacts, BookFacts, CategoryFacts, Member, book_stream};
use model::{AccountId, BookId, CategoryId, PersonId, StreamName};
use service::{Error, Progress, Verified};
use store::Place;

use crate::changes::Changes;
use crate::reactions::CONSUMER;
use crate::reporting::Reporting;
use crate::store::{CountedPayee, book_list, end_of_merges, read_book};
use crate::totals::{Cell, Cells, Sums};

/// The tables of a book as they stood at one position.
struct Tables {
    place: Place,
    book: Option<BookFacts>,
    members: BTreeMap<PersonId, Member>,
    accounts: BTreeMap<AccountId, AccountFacts>,
    categories: BTreeMap<CategoryId, CategoryFacts>,
    payees: Vec<CountedPayee>,
    totals: Vec<(Cell, Sums)>,
}

/// How many differences are spelled out for one book.
const MOST_DIFFERENCES: usize = 20;

impl Reporting {
    /// Verifies every book that is known. The tables are read first, in one snapshot; the log
    /// never changes below their position, so others may write meanwhile.
    pub(crate) async fn verify(self, progress: Progress) -> Result<Vec<Verified>, Error> {
        let books = book_list(&self.db).await?;
        let mut verified = Vec::new();
        for (done, book) in (0_u64..).zip(&books) {
            progress(done, books.len() as u64);
            verified.extend(self.verify_book(*book).await?);
        }
        progress(books.len() as u64, books.len() as u64);
        Ok(verified)
    }

    /// `None` for a book that was erased meanwhile or begins a new epoch: it is counted anew.
    async fn verify_book(&self, book: BookId) -> Result<Option<Verified>, Error> {
        let stream = book_stream(book);
        let Some(tables) = self.read_tables(book).await? else { return Ok(None) };
        let Some(changes) = self.read_log(&stream, tables.place).await? else { return Ok(None) };
        let number = tables.place.number;
        let differences = compare(tables, &changes)?;
        Ok(Some(Verified { stream, number, differences }))
    }

    async fn read_tables(&self, book: BookId) -> Result<Option<Tables>, Error> {
        read_book(&self.db, book, async |reads| {
            let Some(place) = reads.position(CONSUMER).await? else { return Ok(None) };
            let by_id = |category: CategoryFacts| (category.id, category);
            Ok(Some(Tables {
                place,
                book: reads.book().await?,
                members: reads.members().await?.into_iter().map(|m| (m.person, m)).collect(),
                accounts: reads.accounts().await?.into_iter().map(|a| (a.id, a)).collect(),
                categories: reads.categories().await?.into_iter().map(by_id).collect(),
                payees: reads.payees().await?,
                totals: reads.totals().await?,
            }))
        })
        .await
    }

    /// What all events up to a place tell.
    async fn read_log(&self, stream: &StreamName, place: Place) -> Result<Option<Changes>, Error> {
        let mut changes = Changes::default();
        let mut read = 0;
        while read < place.number {
            let run = self.follower.events(stream, read).await?;
            let Some(mut run) = run.filter(|run| run.epoch == place.epoch) else {
                return Ok(None);
            };
            run.events.retain(|event| event.number <= place.number);
            let Some(last) = run.events.last() else { return Ok(None) };
            read = last.number;
            changes.add(&run.events)?;
        }
        Ok(Some(changes))
    }
}

fn compare(tables: Tables, changes: &Changes) -> Result<Vec<String>, Error> {
    let mut differences = Vec::new();
    let mut facts_differ = |what: &str, equal: bool| {
        if !equal {
            differences.push(format!("the {what} are not those that the events tell of"));
        }
    };
    facts_differ("settings of the book", tables.book == changes.book);
    facts_differ("members", tables.members == changes.members);
    facts_differ("accounts", tables.accounts == changes.accounts);
    facts_differ("categories", tables.categories == changes.categories);
    facts_differ("payees", payees_are_equal(&tables.payees, changes));
    differences.extend(compare_totals(&tables.totals, changes)?);
    Ok(differences)
}

fn payees_are_equal(stored: &[CountedPayee], changes: &Changes) -> bool {
    let is_told = |payee: &CountedPayee| {
        changes.payees.get(&payee.facts.id) == Some(&payee.facts)
            && end_of_merges(&changes.payees, payee.facts.id) == payee.counts_as
    };
    stored.len() == changes.payees.len() && stored.iter().all(is_told)
}

/// Takes what was computed off what is stored: nothing may remain, and no empty row be stored.
fn compare_totals(stored: &[(Cell, Sums)], changes: &Changes) -> Result<Vec<String>, Error> {
    let mut remaining = Cells::default();
    for (cell, sums) in stored {
        remaining.add(*cell, *sums);
    }
    let fine = changes.fine.sorted();
    for (cell, sums) in &fine {
        remaining.add(*cell, -*sums);
    }
    if let Some(outline) = changes.outline() {
        for (cell, sums) in outline.coarser(&fine).map_err(Error::internal)?.sorted() {
            remaining.add(cell, -sums);
        }
    }
    let remaining = remaining.sorted();
    let empty = stored.iter().filter(|(_, sums)| *sums == Sums::default());
    let mut differences: Vec<String> =
        remaining.iter().take(MOST_DIFFERENCES).map(|(cell, sums)| differs(cell, *sums)).collect();
    differences.extend(
        empty
            .take(MOST_DIFFERENCES)
            .map(|(cell, _)| format!("{} holds a row without entries", place(cell))),
    );
    if remaining.len() > MOST_DIFFERENCES {
        differences.push(format!("… and {} more", remaining.len() - MOST_DIFFERENCES));
    }
    Ok(differences)
}

/// Says which sums are off, and not by how much: whoever runs a server sees no amounts.
fn differs(cell: &Cell, sums: Sums) -> String {
    let Sums { spent, income, spent_count, income_count, spent_pending, income_pending } = sums;
    let off = [
        ("what was spent", spent),
        ("what was earned", income),
        ("how many expenses", spent_count),
        ("how many incomes", income_count),
        ("what is pending of expenses", spent_pending),
        ("what is pending of incomes", income_pending),
    ];
    let off = off.iter().filter(|(_, difference)| *difference != 0);
    let off: Vec<&str> = off.map(|(name, _)| *name).collect();
    format!("{} differs from its events in {}", place(cell), off.join(", "))
}

fn place(cell: &Cell) -> String {
    let Cell { grain, split, place, starts, item, .. } = cell;
    format!("the {} from {starts} by {} of {place} for {item}", grain.as_str(), split.as_str())
}
