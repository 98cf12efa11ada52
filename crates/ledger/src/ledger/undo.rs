//! History, and undoing changes by putting entries back to the version before.

use std::collections::BTreeMap;

use contracts::ledger::{History, RevertConflict, Reverted, Transaction, Version, VersionKind};
use model::{BookId, Caller, ChangeId, TransactionId};
use service::Error;

use super::Ledger;
use super::journal::Edit;
use super::transactions::{entry_ask, why_not};
use super::write::{Done, Outcome, Replay, Reply, Stop, Write};
use crate::store::changes::{VersionRow, change_exists, versions_of, versions_of_change};

impl Ledger {
    /// Every version of a transaction, oldest first, as the reader may see it.
    pub async fn transaction_history(
        &self,
        caller: Caller,
        book: BookId,
        id: TransactionId,
    ) -> Result<History, Error> {
        let seen = self.see(book, caller).await?;
        let rows = versions_of(self.db.reader(), book, &[id]).await?;
        let versions: Vec<Version> = rows.into_iter().map(|row| row.version).collect();
        let newest = versions.iter().rev().find_map(|version| version.transaction.as_ref());
        if !newest.is_some_and(|newest| seen.sight.sees(newest)) {
            return Err(Error::not_found("transaction"));
        }
        let shown = versions.into_iter().map(|version| Version {
            transaction: version.transaction.and_then(|body| seen.sight.show(body)),
            ..version
        });
        Ok(History { versions: shown.collect() })
    }

    /// Undoes a change of entries: each stands again as it did before, unless it has moved on.
    pub async fn change_revert(
        &self,
        caller: Caller,
        book: BookId,
        key: Option<ChangeId>,
        change: ChangeId,
    ) -> Result<Done<Reverted>, Error> {
        let ask = entry_ask(caller, book, key, "change_reverted", &change)?;
        let reply = self.commit(ask, move |mut write: Write| async move {
            let Undone { reverted, conflicts } = change_undo(&mut write, change).await?;
            let accounts = write.moved_accounts();
            let (change, number) = (write.change, write.number());
            // Whoever asks again is told the balances of that moment.
            let balances = Vec::new();
            let answer = Reverted { change, number, reverted, conflicts, balances };
            let body = serde_json::to_value(&answer).map_err(Error::internal)?;
            let outcome = Outcome { body, ..Outcome::of_accounts(&accounts) };
            let balances = write.finish_with_balances(&outcome, &accounts).await?;
            Ok(Reverted { balances, ..answer })
        });
        match reply.await? {
            Reply::Fresh(reverted) => Ok(Done::fresh(reverted)),
            Reply::Recorded(Replay { outcome, .. }) => {
                let recorded: Reverted =
                    serde_json::from_value(outcome.body).map_err(Error::internal)?;
                let seen = self.see(book, caller).await?;
                let balances = self.balances_now(&seen, &outcome.accounts).await?;
                Ok(Done::replayed(Reverted { balances, ..recorded }))
            }
        }
    }
}

/// What became of the entries of a change that was undone.
pub struct Undone {
    pub reverted: i64,
    pub conflicts: Vec<RevertConflict>,
}

/// Undoes an earlier change as part of this one.
pub async fn change_undo(write: &mut Write, change: ChangeId) -> Result<Undone, Stop> {
    let book = write.book();
    let touched = versions_of_change(write.tx.conn(), book, change).await?;
    let histories = histories(write, &touched).await?;
    let mut edits = Vec::new();
    let mut conflicts = Vec::new();
    for made in &touched {
        let Some(history) = histories.get(&made.transaction) else { continue };
        match back_to_before(write, history, made.version.version) {
            Verdict::Edit(edit) => edits.push(*edit),
            Verdict::Conflict(reason) => {
                let reason = reason.to_owned();
                conflicts.push(RevertConflict { transaction: made.transaction, reason });
            }
            Verdict::Unseen => {}
        }
    }
    if edits.is_empty() && conflicts.is_empty() {
        return Err(nothing_to_undo(write, change).await?.into());
    }
    let reverted = i64::try_from(edits.len()).unwrap_or(i64::MAX);
    write.apply(edits)?;
    Ok(Undone { reverted, conflicts })
}

async fn nothing_to_undo(write: &Write, change: ChangeId) -> Result<Error, Stop> {
    let is_known = change_exists(write.tx.conn(), write.book(), change).await?;
    let touched = versions_of_change(write.tx.conn(), write.book(), change).await?;
    if is_known && touched.is_empty() {
        return Ok(Error::conflict("This change touched no entries, so there is nothing to undo."));
    }
    Ok(Error::not_found("change"))
}

async fn histories(
    write: &Write,
    touched: &[VersionRow],
) -> Result<BTreeMap<TransactionId, Vec<Version>>, Stop> {
    const AT_ONCE: usize = 500;
    let ids: Vec<TransactionId> = touched.iter().map(|made| made.transaction).collect();
    let mut histories: BTreeMap<TransactionId, Vec<Version>> = BTreeMap::new();
    for some in ids.chunks(AT_ONCE) {
        for row in versions_of(write.tx.conn(), write.book(), some).await? {
            histories.entry(row.transaction).or_default().push(row.version);
        }
    }
    Ok(histories)
}

enum Verdict {
    Edit(Box<Edit>),
    Conflict(&'static str),
    /// Not the author's to know of.
    Unseen,
}

/// What puts an entry back to how it stood before one of its versions.
fn back_to_before(write: &Write, history: &[Version], made: i64) -> Verdict {
    let body = |number: i64| {
        let found = history.iter().find(|version| version.version == number);
        found.and_then(|version| version.transaction.clone())
    };
    let (now, earlier) = (body(made), body(made - 1));
    if ![&now, &earlier].into_iter().flatten().all(|body| write.sight.sees(body)) {
        return Verdict::Unseen;
    }
    if history.last().is_some_and(|newest| newest.version != made) {
        return Verdict::Conflict("It was changed again since.");
    }
    let refused = [&now, &earlier].into_iter().flatten().find_map(|body| why_not(write, body));
    if let Some(reason) = refused {
        return Verdict::Conflict(reason);
    }
    let version = made + 1;
    let kind = if earlier.is_some() { VersionKind::Restored } else { VersionKind::Removed };
    let after = earlier.map(|body| Transaction { version, ..body });
    Verdict::Edit(Box::new(Edit { before: now, after, kind, version }))
}
