//! Writing edits of transactions: all rows of all edits in a few statements, however many there
//! are.

use std::collections::BTreeMap;

use contracts::ledger::{Line, Transaction, TransactionStatus};
use model::{AccountId, BookId, CategoryId, ChangeId, Currency, Instant, Money, PersonId};
use sea_orm::sea_query::{Cond, Expr, ExprTrait, InsertStatement, Query};
use serde::{Deserialize, Serialize};
use store::{Batch, Dialect, Error};
use uuid::Uuid;

use super::rows::{ROWS_PER_INSERT, add_on_conflict, insert_into};
use crate::ledger::journal::{
    Edit, PENDING, Phrase, account_moves, kind_subject, note_phrase, postings, title_phrase,
};

/// Whose change it is that the edits belong to.
#[derive(Clone, Copy)]
pub struct Stamp {
    pub book: BookId,
    pub change: ChangeId,
    pub author: PersonId,
    pub now: Instant,
}

/// Writes edits: the entries with what lists them, their postings, the sums of their accounts, and
/// the versions that their history keeps.
pub fn edits_apply(
    batch: &mut Batch,
    dialect: Dialect,
    stamp: Stamp,
    edits: &[Edit],
) -> Result<(), Error> {
    let befores: Vec<&Transaction> = edits.iter().filter_map(|edit| edit.before.as_ref()).collect();
    let afters: Vec<&Transaction> = edits.iter().filter_map(|edit| edit.after.as_ref()).collect();
    entries_delete(batch, stamp.book, &befores);
    entries_insert(batch, stamp.book, &afters)?;
    sums_add(batch, dialect, stamp.book, edits);
    phrases_count(batch, dialect, stamp.book, edits);
    versions_insert(batch, stamp, edits)
}

/// How many rows one statement deletes: each is a branch of its condition.
const ROWS_PER_DELETE: usize = 100;

fn entries_delete(batch: &mut Batch, book: BookId, entries: &[&Transaction]) {
    for some in entries.chunks(ROWS_PER_INSERT) {
        let delete = Query::delete()
            .from_table("entry")
            .and_where(Expr::col("book").eq(book.0))
            .and_where(Expr::col("id").is_in(some.iter().map(|entry| entry.id.0)))
            .to_owned();
        batch.add(&delete);
    }
    let posted = entries.iter().flat_map(|entry| {
        postings(entry).into_iter().map(|posting| (posting.place, *entry)).collect::<Vec<_>>()
    });
    listings_delete(batch, book, "posting", "place", posted.collect());
    let registered =
        entries.iter().flat_map(|entry| subjects(entry).into_iter().map(move |s| (s, *entry)));
    listings_delete(batch, book, "register", "subject", registered.collect());
}

/// Deletes rows by their whole key, so that the tables need no index by entry.
fn listings_delete(
    batch: &mut Batch,
    book: BookId,
    table: &'static str,
    thing: &'static str,
    rows: Vec<(Uuid, &Transaction)>,
) {
    for some in rows.chunks(ROWS_PER_DELETE) {
        let mut any = Cond::any();
        for (id, entry) in some {
            any = any.add(
                Cond::all()
                    .add(Expr::col("book").eq(book.0))
                    .add(Expr::col(thing).eq(*id))
                    .add(Expr::col("day").eq(entry.day.to_string()))
                    .add(Expr::col("entry").eq(entry.id.0)),
            );
        }
        let delete = Query::delete().from_table(table).cond_where(any).to_owned();
        batch.add(&delete);
    }
}

fn entries_insert(batch: &mut Batch, book: BookId, entries: &[&Transaction]) -> Result<(), Error> {
    for some in entries.chunks(ROWS_PER_INSERT) {
        let mut insert = insert_into("entry", ENTRY_COLUMNS);
        for entry in some {
            insert.values_panic(entry_values(book, entry)?);
        }
        batch.add(&insert);
    }
    let posted = entries.iter().flat_map(|entry| {
        let pending = entry.status == TransactionStatus::Pending;
        postings(entry).into_iter().map(move |posting| {
            [
                Expr::val(book.0),
                Expr::val(posting.place),
                Expr::val(entry.day.to_string()),
                Expr::val(entry.id.0),
                Expr::val(posting.currency.code()),
                Expr::val(posting.minor),
                Expr::val(pending),
            ]
        })
    });
    let columns = ["book", "place", "day", "entry", "currency", "minor", "pending"];
    rows_insert(batch, &insert_into("posting", columns), posted.collect());
    let registered = entries.iter().flat_map(|entry| {
        subjects(entry).into_iter().map(|subject| {
            [
                Expr::val(book.0),
                Expr::val(subject),
                Expr::val(entry.day.to_string()),
                Expr::val(entry.id.0),
            ]
        })
    });
    let columns = ["book", "subject", "day", "entry"];
    rows_insert(batch, &insert_into("register", columns), registered.collect());
    Ok(())
}

fn rows_insert<const N: usize>(batch: &mut Batch, into: &InsertStatement, rows: Vec<[Expr; N]>) {
    let mut rows = rows.into_iter().peekable();
    while rows.peek().is_some() {
        let mut insert = into.clone();
        for row in rows.by_ref().take(ROWS_PER_INSERT) {
            insert.values_panic(row);
        }
        batch.add(&insert);
    }
}

/// Everything but accounts and categories that lists of entries are filtered by.
pub fn subjects(entry: &Transaction) -> Vec<Uuid> {
    let mut subjects: Vec<Uuid> = entry
        .payee
        .iter()
        .map(|payee| payee.id.0)
        .chain(entry.import.map(|import| import.0))
        .chain([entry.author.0])
        .chain(title_phrase(entry).map(|phrase| phrase.id))
        .chain(note_phrase(entry).map(|phrase| phrase.id))
        .chain(kind_subject(entry.kind))
        .chain((entry.status == TransactionStatus::Pending).then_some(PENDING))
        .collect();
    subjects.sort_unstable();
    subjects
}

/// The columns of an entry, in the order in which they are written and read.
pub const ENTRY_COLUMNS: [&str; 21] = [
    "book",
    "id",
    "day",
    "kind",
    "status",
    "title",
    "payee",
    "account",
    "currency",
    "minor",
    "to_account",
    "to_currency",
    "to_minor",
    "lines",
    "note",
    "author",
    "import",
    "created_at",
    "version",
    "title_phrase",
    "note_phrase",
];

fn entry_values(book: BookId, entry: &Transaction) -> Result<[Expr; 21], Error> {
    Ok([
        Expr::val(book.0),
        Expr::val(entry.id.0),
        Expr::val(entry.day.to_string()),
        Expr::val(entry.kind.as_str()),
        Expr::val(entry.status.as_str()),
        Expr::val(entry.title.as_str()),
        Expr::val(entry.payee.as_ref().map(|payee| payee.id.0)),
        Expr::val(entry.account.0),
        Expr::val(entry.amount.currency.code()),
        Expr::val(entry.amount.minor),
        Expr::val(entry.to_account.map(|to| to.0)),
        Expr::val(entry.to_amount.map(|to| to.currency.code())),
        Expr::val(entry.to_amount.map(|to| to.minor)),
        Expr::val(lines_to_text(&entry.lines)?),
        Expr::val(entry.note.as_str()),
        Expr::val(entry.author.0),
        Expr::val(entry.import.map(|import| import.0)),
        Expr::val(entry.created_at.0),
        Expr::val(entry.version),
        Expr::val(title_phrase(entry).map(|phrase| phrase.id)),
        Expr::val(note_phrase(entry).map(|phrase| phrase.id)),
    ])
}

/// A part of an entry as it is stored; its currency is the entry's.
#[derive(Serialize, Deserialize)]
struct StoredLine {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    category: Option<CategoryId>,
    minor: i64,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    note: String,
}

fn lines_to_text(lines: &[Line]) -> Result<String, Error> {
    let stored: Vec<StoredLine> = lines
        .iter()
        .map(|line| StoredLine {
            category: line.category,
            minor: line.amount.minor,
            note: line.note.clone(),
        })
        .collect();
    Ok(serde_json::to_string(&stored)?)
}

pub fn lines_from_text(text: &str, currency: Currency) -> Result<Vec<Line>, Error> {
    let stored: Vec<StoredLine> = serde_json::from_str(text)?;
    Ok(stored
        .into_iter()
        .map(|line| Line {
            category: line.category,
            amount: Money::new(line.minor, currency),
            note: line.note,
        })
        .collect())
}

/// What edits add to one row of `account_sum`.
#[derive(Default, Clone, Copy, PartialEq, Eq)]
struct Added {
    booked: i64,
    pending: i64,
}

fn sums_add(batch: &mut Batch, dialect: Dialect, book: BookId, edits: &[Edit]) {
    let mut sums: BTreeMap<(AccountId, &'static str, String), Added> = BTreeMap::new();
    let signed = edits.iter().flat_map(|edit| {
        edit.before.iter().map(|entry| (entry, -1)).chain(edit.after.iter().map(|e| (e, 1)))
    });
    for (entry, sign) in signed {
        for (account, money) in account_moves(entry) {
            for (unit, first) in super::sums::rows_of(entry.day) {
                let added = sums.entry((account, unit, first)).or_default();
                match entry.status {
                    TransactionStatus::Booked => added.booked += sign * money.minor,
                    TransactionStatus::Pending => added.pending += sign * money.minor,
                }
            }
        }
    }
    let rows = sums.into_iter().filter(|(_, added)| *added != Added::default()).map(
        |((account, unit, first), added)| {
            [
                Expr::val(book.0),
                Expr::val(account.0),
                Expr::val(unit),
                Expr::val(first),
                Expr::val(added.booked),
                Expr::val(added.pending),
            ]
        },
    );
    let key = ["book", "account", "unit", "first"];
    let columns = ["book", "account", "unit", "first", "booked", "pending"];
    let mut insert = insert_into("account_sum", columns);
    insert.on_conflict(add_on_conflict(dialect, "account_sum", key, ["booked", "pending"]));
    rows_insert(batch, &insert, rows.collect());
}

fn phrases_count(batch: &mut Batch, dialect: Dialect, book: BookId, edits: &[Edit]) {
    let mut uses: BTreeMap<Phrase, i64> = BTreeMap::new();
    for edit in edits {
        for (side, sign) in [(&edit.before, -1), (&edit.after, 1)] {
            let phrases =
                side.iter().flat_map(|e| title_phrase(e).into_iter().chain(note_phrase(e)));
            for phrase in phrases {
                *uses.entry(phrase).or_default() += sign;
            }
        }
    }
    let rows = uses.into_iter().filter(|(_, uses)| *uses != 0).map(|(phrase, uses)| {
        [
            Expr::val(book.0),
            Expr::val(phrase.id),
            Expr::val(phrase.is_title),
            Expr::val(phrase.folded),
            Expr::val(uses),
        ]
    });
    let mut insert = insert_into("phrase", ["book", "id", "is_title", "folded", "uses"]);
    insert.on_conflict(add_on_conflict(dialect, "phrase", ["book", "id"], ["uses"]));
    rows_insert(batch, &insert, rows.collect());
}

fn versions_insert(batch: &mut Batch, stamp: Stamp, edits: &[Edit]) -> Result<(), Error> {
    let mut rows = Vec::with_capacity(edits.len());
    for edit in edits {
        let Some(entry) = edit.sides().next() else { continue };
        let body = edit.after.as_ref().map(serde_json::to_string).transpose()?;
        rows.push([
            Expr::val(stamp.book.0),
            Expr::val(entry.id.0),
            Expr::val(edit.version),
            Expr::val(stamp.change.0),
            Expr::val(edit.kind.as_str()),
            Expr::val(stamp.author.0),
            Expr::val(stamp.now.0),
            Expr::val(body),
        ]);
    }
    let columns = ["book", "entry", "version", "change", "kind", "author", "at", "body"];
    rows_insert(batch, &insert_into("version", columns), rows);
    Ok(())
}
