//! Changes: every write to a book is one, numbered, safe to send twice and kept for good.

use std::sync::Arc;

use contracts::ledger::{
    AccountBalance, BookChanged, CHANGED, Transaction, TransactionChange, book_stream,
};
use model::{
    AccountId, BookId, ChangeId, Currency, Day, Instant, PersonId, Role, StreamName, TransactionId,
};
use serde::{Deserialize, Serialize};
use service::{Error, Ids, Kind};
use sha2::{Digest, Sha256};
use store::{Batch, Place, Tx};

use super::journal::{Edit, account_moves};
use super::sight::Sight;
use super::{Ledger, no_such_book};
use crate::store::books::{BookRow, Opened, book_open};
use crate::store::changes::{Recorded, change_insert};
use crate::store::journal::{Stamp, edits_apply};
use crate::store::sums;

/// Who asks for a change of what, and how it can be told from another.
pub struct Ask {
    pub book: BookId,
    pub person: PersonId,
    /// The id that the client gave the change, if it did.
    pub key: Option<ChangeId>,
    /// The kind of the change: `transaction_recorded`, …
    pub what: &'static str,
    pub need: Need,
    pub fingerprint: String,
}

/// What a change needs its author to be allowed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// To write entries of one's own.
    Entries,
    /// To change accounts, categories and payees.
    Shape,
    /// To change the book itself.
    Manage,
}

impl Need {
    pub(super) fn check(self, role: Role) -> Result<(), Error> {
        let (allowed, who) = match self {
            Need::Entries => (role.may_write(), "Viewers change nothing in a book."),
            Need::Shape => (role.may_edit_all(), "Only owners and editors may change this."),
            Need::Manage => (role.may_manage(), "Only owners may change a book's settings."),
        };
        if allowed { Ok(()) } else { Err(Error::forbidden(who)) }
    }
}

/// Tells two requests apart: what is asked, of which object, with which body.
pub fn fingerprint(asked: &impl Serialize) -> Result<String, Error> {
    let bytes = serde_json::to_vec(asked).map_err(Error::internal)?;
    Ok(Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect())
}

/// What a change must remember to be answered again.
#[derive(Serialize, Deserialize, Default)]
pub struct Outcome {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transaction: Option<(TransactionId, i64)>,
    /// The accounts whose balances it moved.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub accounts: Vec<AccountId>,
    /// What else the answer says.
    #[serde(default, skip_serializing_if = "serde_json::Value::is_null")]
    pub body: serde_json::Value,
}

/// What a change was answered: by its work, or from what was recorded when it was made before.
pub enum Reply<T> {
    Fresh(T),
    Recorded(Replay),
}

/// A change that was made before.
pub struct Replay {
    pub change: ChangeId,
    pub number: i64,
    pub outcome: Outcome,
}

/// An answer, with whether it was given before.
pub struct Done<T> {
    pub value: T,
    pub replayed: bool,
}

impl<T> Done<T> {
    pub fn fresh(value: T) -> Done<T> {
        Done { value, replayed: false }
    }

    pub fn replayed(value: T) -> Done<T> {
        Done { value, replayed: true }
    }
}

/// Why a write ends without a commit.
pub enum Stop {
    Refused(Error),
    /// The change was made before: nothing is to be done.
    Recorded(Recorded),
    /// A row with an id that the client made is there already.
    Taken,
}

impl From<Error> for Stop {
    fn from(error: Error) -> Stop {
        Stop::Refused(error)
    }
}

impl From<store::Error> for Stop {
    fn from(error: store::Error) -> Stop {
        match error {
            store::Error::Unique(_) => Stop::Taken,
            other => Stop::Refused(other.into()),
        }
    }
}

impl store::WriteError for Stop {
    fn is_transient(&self) -> bool {
        matches!(self, Stop::Refused(error) if error.is_transient())
    }
}

impl Ledger {
    /// Runs the work of a change in one transaction, under the book's lock, unless the change was
    /// made before.
    pub(super) async fn commit<T, F, Fut>(&self, ask: Ask, work: F) -> Result<Reply<T>, Error>
    where
        T: Send + 'static,
        F: Fn(Write) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<T, Stop>> + Send + 'static,
    {
        let (ask, work) = (Arc::new(ask), Arc::new(work));
        let (ids, now) = (self.ids.clone(), self.clock.now());
        let outcome = self
            .db
            .write(move |tx| {
                let (ask, work, ids) = (Arc::clone(&ask), Arc::clone(&work), ids.clone());
                async move {
                    let write = Write::begin(tx, &ask, ids, now).await?;
                    work(write).await
                }
            })
            .await;
        match outcome {
            Ok(value) => Ok(Reply::Fresh(value)),
            Err(Stop::Refused(error)) => Err(error),
            Err(Stop::Taken) => Err(Error::conflict("This id is taken; make another.")),
            Err(Stop::Recorded(recorded)) => Ok(Reply::Recorded(Replay {
                change: recorded.id,
                number: recorded.number,
                outcome: serde_json::from_str(&recorded.outcome).map_err(Error::internal)?,
            })),
        }
    }
}

/// A change while it is made: the book is locked, and everything is kept or nothing.
pub struct Write {
    pub tx: Tx,
    pub row: BookRow,
    pub sight: Sight,
    pub change: ChangeId,
    pub now: Instant,
    pub ids: Ids,
    stream: StreamName,
    place: Place,
    fingerprint: String,
    /// What is written when the change is: nothing that is read before.
    batch: Batch,
    /// What the event will tell.
    pub told: BookChanged,
}

impl Write {
    async fn begin(tx: Tx, ask: &Ask, ids: Ids, now: Instant) -> Result<Write, Stop> {
        let stream = book_stream(ask.book);
        let place = tx.advance(&stream, now).await?;
        let opened = book_open(tx.conn(), ask.book, ask.person, ask.key).await?;
        let Some(Opened { row, sight: Some(sight), recorded }) = opened else {
            return Err(no_such_book().into());
        };
        if let Some(recorded) = recorded {
            return Err(judge(recorded, ask));
        }
        ask.need.check(sight.role)?;
        Ok(Write::new(tx, ask, row, sight, Numbered { stream, place }, ids, now))
    }

    pub(super) fn new(
        tx: Tx,
        ask: &Ask,
        row: BookRow,
        sight: Sight,
        Numbered { stream, place }: Numbered,
        ids: Ids,
        now: Instant,
    ) -> Write {
        let change = ask.key.unwrap_or_else(|| ids.next());
        let told = BookChanged {
            change,
            author: ask.person,
            what: ask.what.to_owned(),
            book: None,
            members: Vec::new(),
            accounts: Vec::new(),
            categories: Vec::new(),
            payees: Vec::new(),
            transactions: Vec::new(),
        };
        let fingerprint = ask.fingerprint.clone();
        let batch = tx.batch();
        Write { tx, row, sight, change, now, ids, stream, place, fingerprint, batch, told }
    }

    pub fn book(&self) -> BookId {
        self.row.id
    }

    pub fn number(&self) -> i64 {
        self.place.number
    }

    pub fn today(&self) -> Day {
        self.row.facts.time_zone.day_of(self.now)
    }

    fn stamp(&self) -> Stamp {
        Stamp { book: self.row.id, change: self.change, author: self.sight.person, now: self.now }
    }

    /// Makes edits of transactions, and tells of them.
    pub fn apply(&mut self, edits: Vec<Edit>) -> Result<(), Stop> {
        let stamp = self.stamp();
        edits_apply(&mut self.batch, self.tx.dialect(), stamp, &edits)?;
        self.told.transactions.extend(
            edits
                .into_iter()
                .map(|edit| TransactionChange { before: edit.before, after: edit.after }),
        );
        Ok(())
    }

    /// The accounts that the edits so far have moved.
    pub fn moved_accounts(&self) -> Vec<(AccountId, Currency)> {
        moved_accounts(self.told.transactions.iter().flat_map(|t| t.before.iter().chain(&t.after)))
    }

    /// Writes the change and its event: the last thing that the work does.
    pub async fn finish(mut self, outcome: &Outcome) -> Result<(), Stop> {
        self.write_down(outcome)?;
        Ok(self.tx.run(self.batch).await?)
    }

    /// The same; answers what accounts then hold, where the author may see it.
    pub async fn finish_with_balances(
        mut self,
        outcome: &Outcome,
        accounts: &[(AccountId, Currency)],
    ) -> Result<Vec<AccountBalance>, Stop> {
        self.write_down(outcome)?;
        let sums = sums::query(self.book(), accounts, self.today());
        let rows = self.tx.run_and_ask(self.batch, &sums).await?;
        let balances = sums::read(&rows, accounts)?;
        check_size(&balances)?;
        Ok(visible(balances, &self.sight))
    }

    fn write_down(&mut self, outcome: &Outcome) -> Result<(), Stop> {
        let outcome = serde_json::to_string(outcome).map_err(Error::internal)?;
        let (stamp, what, number) = (self.stamp(), &self.told.what, self.place.number);
        let batch = &mut self.batch;
        change_insert(batch, stamp, number, what, &self.fingerprint, &outcome);
        self.tx.emit_with(batch, &self.stream, self.place, CHANGED, self.now, &self.told)?;
        Ok(())
    }
}

/// The number that a change has taken in its book's stream.
pub(super) struct Numbered {
    pub stream: StreamName,
    pub place: Place,
}

/// The accounts that transactions move, each once, in order.
pub fn moved_accounts<'a>(
    transactions: impl Iterator<Item = &'a Transaction>,
) -> Vec<(AccountId, Currency)> {
    let moved = transactions.flat_map(account_moves).map(|(id, money)| (id, money.currency));
    let mut accounts: Vec<_> = moved.collect();
    accounts.sort_unstable();
    accounts.dedup();
    accounts
}

/// The balances that a member may see.
pub fn visible(mut balances: Vec<AccountBalance>, sight: &Sight) -> Vec<AccountBalance> {
    balances.retain(|balance| sight.role.sees_all() && !sight.hides(balance.account));
    balances
}

/// Far beyond any household, and far enough from the end of `i64` that a change of the largest
/// amounts can't pass it unseen.
const LARGEST_BALANCE: u64 = 1_000_000_000_000_000_000;

fn check_size(balances: &[AccountBalance]) -> Result<(), Error> {
    let is_too_large = |b: &AccountBalance| {
        [b.balance, b.pending, b.projected].iter().any(|m| m.minor.unsigned_abs() > LARGEST_BALANCE)
    };
    if balances.iter().any(is_too_large) {
        return Err(Error::field(
            "amount.amount",
            "the account would hold more than can be counted",
        ));
    }
    Ok(())
}

/// The same author and request get the recorded outcome; all others only hear that the id is taken.
fn judge(recorded: Recorded, ask: &Ask) -> Stop {
    if recorded.author != ask.person {
        return Error::conflict("This Idempotency-Key is taken; make another.").into();
    }
    if recorded.fingerprint != ask.fingerprint {
        let detail = "This Idempotency-Key was used for another request. Nothing was changed.";
        return Error::new(Kind::Invalid, detail).into();
    }
    Stop::Recorded(recorded)
}
