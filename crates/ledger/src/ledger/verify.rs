//! Verification: every posting, sum and listing of a book, computed again from its transactions.

use std::collections::{BTreeMap, HashSet};
use std::fmt::Debug;

use contracts::ledger::{Transaction, TransactionStatus, book_stream};
use model::{AccountId, BookId, Currency};
use service::{Error, Progress, Verified};
use store::streams::stream_head;
use uuid::Uuid;

use super::Ledger;
use super::journal::{note_phrase, postings, title_phrase};
use crate::store::Connection;
use crate::store::accounts::accounts_list;
use crate::store::books::books_all;
use crate::store::entries::entries_after;
use crate::store::journal::subjects;
use crate::store::sums::rows_of;
use crate::store::verify::{Key, Posted, phrase_uses, postings_after, register_after, sums_list};

/// How many differences of a book are told one by one.
const MOST_TOLD: usize = 20;

impl Ledger {
    /// Computes each book again, in a snapshot of its own, while others may write.
    pub async fn verify(&self, progress: Progress) -> Result<Vec<Verified>, Error> {
        let books = books_all(self.db.reader()).await?;
        let of = u64::try_from(books.len()).unwrap_or(u64::MAX);
        let mut verified = Vec::with_capacity(books.len());
        for (book, done) in books.into_iter().zip(0..) {
            progress(done, of);
            verified.push(self.verify_book(book).await?);
        }
        progress(of, of);
        Ok(verified)
    }

    async fn verify_book(&self, book: BookId) -> Result<Verified, Error> {
        self.db
            .snapshot(async |tx| {
                let stream = book_stream(book);
                let head = stream_head(&*tx, &stream).await?;
                let mut found = Differences::default();
                let expected = Expected::of_entries(&*tx, book).await?;
                let sums = compare_postings(&*tx, book, expected.postings, &mut found).await?;
                compare_sums(&*tx, book, sums, &mut found).await?;
                compare_register(&*tx, book, expected.register, &mut found).await?;
                compare_phrases(&*tx, book, expected.phrases, &mut found).await?;
                let number = head.map_or(0, |head| head.number);
                Ok(Verified { stream, number, differences: found.told() })
            })
            .await
    }
}

/// Collects what differs, in words.
#[derive(Default)]
struct Differences {
    first: Vec<String>,
    count: usize,
}

impl Differences {
    fn note(&mut self, difference: String) {
        self.count += 1;
        if self.first.len() < MOST_TOLD {
            self.first.push(difference);
        }
    }

    fn told(mut self) -> Vec<String> {
        let more = self.count - self.first.len();
        if more > 0 {
            self.first.push(format!("and {more} more"));
        }
        self.first
    }
}

/// What the tables beside the transactions should hold.
#[derive(Default)]
struct Expected {
    postings: Vec<Posted>,
    register: Vec<Key>,
    phrases: BTreeMap<Uuid, i64>,
}

impl Expected {
    async fn of_entries(conn: &impl Connection, book: BookId) -> Result<Expected, Error> {
        let mut expected = Expected::default();
        let mut after = None;
        loop {
            let entries = entries_after(conn, book, after).await?;
            let Some(last) = entries.last() else { break };
            after = Some(last.id);
            entries.iter().for_each(|entry| expected.add(entry));
        }
        expected.postings.sort_unstable();
        expected.register.sort_unstable();
        Ok(expected)
    }

    fn add(&mut self, entry: &Transaction) {
        let key = |thing| Key { thing, day: entry.day, entry: entry.id };
        self.postings.extend(postings(entry).into_iter().map(|posting| Posted {
            key: key(posting.place),
            currency: posting.currency,
            minor: posting.minor,
            pending: entry.status == TransactionStatus::Pending,
        }));
        self.register.extend(subjects(entry).into_iter().map(key));
        for phrase in title_phrase(entry).into_iter().chain(note_phrase(entry)) {
            *self.phrases.entry(phrase.id).or_default() += 1;
        }
    }
}

/// Compares the postings with what they should be, and adds up what they come to.
async fn compare_postings(
    conn: &impl Connection,
    book: BookId,
    expected: Vec<Posted>,
    found: &mut Differences,
) -> Result<Sums, Error> {
    let accounts = accounts_list(conn, book).await?.into_iter().map(|row| row.id).collect();
    let mut sums = Sums { accounts, ..Sums::default() };
    let mut expected = Walk::new("posting", expected);
    let mut after = None;
    loop {
        let rows = postings_after(conn, book, after).await?;
        let Some(last) = rows.last() else { break };
        after = Some(last.key);
        for row in rows {
            sums.add(&row);
            expected.meet(row, found);
        }
    }
    expected.end(found);
    for (currency, sum) in sums.by_currency.iter().filter(|(_, sum)| **sum != 0) {
        found.note(format!("the postings in {currency} sum to {sum} minor units, not to zero"));
    }
    Ok(sums)
}

async fn compare_register(
    conn: &impl Connection,
    book: BookId,
    expected: Vec<Key>,
    found: &mut Differences,
) -> Result<(), Error> {
    let mut expected = Walk::new("line of the register", expected);
    let mut after = None;
    loop {
        let rows = register_after(conn, book, after).await?;
        let Some(last) = rows.last() else { break };
        after = Some(*last);
        rows.into_iter().for_each(|row| expected.meet(row, found));
    }
    expected.end(found);
    Ok(())
}

/// Rows that should be, met one by one in their order by those that are.
struct Walk<T> {
    what: &'static str,
    expected: std::iter::Peekable<std::vec::IntoIter<T>>,
}

impl<T: Ord + Debug> Walk<T> {
    fn new(what: &'static str, expected: Vec<T>) -> Walk<T> {
        Walk { what, expected: expected.into_iter().peekable() }
    }

    fn meet(&mut self, row: T, found: &mut Differences) {
        let what = self.what;
        while let Some(missing) = self.expected.next_if(|next| *next < row) {
            found.note(format!("a {what} is missing: {missing:?}"));
        }
        if self.expected.next_if_eq(&row).is_none() {
            found.note(format!("a {what} should not be: {row:?}"));
        }
    }

    fn end(self, found: &mut Differences) {
        for missing in self.expected {
            found.note(format!("a {} is missing: {missing:?}", self.what));
        }
    }
}

/// What the postings of accounts come to, for each row that `account_sum` should have.
#[derive(Default)]
struct Sums {
    accounts: HashSet<AccountId>,
    by_row: BTreeMap<(AccountId, String, String), (i64, i64)>,
    by_currency: BTreeMap<Currency, i128>,
}

impl Sums {
    fn add(&mut self, row: &Posted) {
        *self.by_currency.entry(row.currency).or_default() += i128::from(row.minor);
        let account = AccountId(row.key.thing);
        if !self.accounts.contains(&account) {
            return;
        }
        for (unit, first) in rows_of(row.key.day) {
            let sums = self.by_row.entry((account, unit.to_owned(), first)).or_default();
            let sum = if row.pending { &mut sums.1 } else { &mut sums.0 };
            *sum += row.minor;
        }
    }
}

async fn compare_sums(
    conn: &impl Connection,
    book: BookId,
    sums: Sums,
    found: &mut Differences,
) -> Result<(), Error> {
    let mut expected = sums.by_row;
    for sum in sums_list(conn, book).await? {
        let (account, unit, first) = (sum.account, sum.unit, sum.first);
        let is = (sum.booked, sum.pending);
        let should_be = expected.remove(&(account, unit.clone(), first.clone()));
        let should_be = should_be.unwrap_or_default();
        if is != should_be {
            found.note(format!(
                "account {account}, {unit} {first}: booked and pending are {is:?}, \
                 and should be {should_be:?}"
            ));
        }
    }
    for ((account, unit, first), sums) in expected.into_iter().filter(|(_, sums)| *sums != (0, 0)) {
        found.note(format!("account {account}, {unit} {first}: {sums:?} is missing"));
    }
    Ok(())
}

async fn compare_phrases(
    conn: &impl Connection,
    book: BookId,
    mut expected: BTreeMap<Uuid, i64>,
    found: &mut Differences,
) -> Result<(), Error> {
    for (phrase, uses) in phrase_uses(conn, book).await? {
        let should_be = expected.remove(&phrase).unwrap_or(0);
        if uses != should_be {
            found.note(format!("phrase {phrase} has {uses} uses, and should have {should_be}"));
        }
    }
    for (phrase, uses) in expected {
        found.note(format!("phrase {phrase} is missing, with {uses} uses"));
    }
    Ok(())
}
