//! Recording, editing and removing transactions.

use std::collections::{BTreeMap, HashMap};

use contracts::ledger::{
    NewTransaction, OneTransaction, Payee, PayeeRef, Removed, Transaction, Written,
};
use model::{
    AccountId, BookId, Caller, CategoryId, ChangeId, Currency, ImportId, PayeeId, TransactionId,
};
use serde::Serialize;
use service::{Error, Fields};

use super::check::{self, Check, Origin, payee_of};
use super::journal::Edit;
use super::write::{Ask, Done, Need, Outcome, Replay, Reply, Stop, Write, fingerprint, visible};
use super::{Ledger, Seen};
use crate::store::accounts::accounts_get;
use crate::store::changes::version_get;
use crate::store::entries::{PayeeAs, entries_get};
use crate::store::facts::{Facts, PayeeFact, facts_load};
use crate::store::payees::{PayeeRow, payee_learn, payees_insert};
use crate::store::sums;

impl Ledger {
    /// Records a transaction.
    pub async fn transaction_record(
        &self,
        caller: Caller,
        book: BookId,
        key: Option<ChangeId>,
        new: NewTransaction,
    ) -> Result<Done<Written>, Error> {
        let ask = entry_ask(caller, book, key, "transaction_recorded", &new)?;
        let reply = self.commit(ask, move |mut write: Write| {
            let new = new.clone();
            async move {
                let recorded = transactions_record(&mut write, &[new], None).await?;
                written(write, recorded.into_iter().next()).await
            }
        });
        self.written_reply(caller, book, reply.await?).await
    }

    /// Puts another content in the place of a transaction's.
    pub async fn transaction_edit(
        &self,
        caller: Caller,
        book: BookId,
        key: Option<ChangeId>,
        id: TransactionId,
        based_on: i64,
        new: NewTransaction,
    ) -> Result<Done<Written>, Error> {
        let ask = entry_ask(caller, book, key, "transaction_edited", &(id, &new))?;
        let reply = self.commit(ask, move |mut write: Write| {
            let new = new.clone();
            async move {
                let before = entry_to_change(&write, id, based_on).await?;
                let after = edited(&mut write, &before, &new).await?;
                write.apply(vec![Edit::edited(before, after.clone())])?;
                written(write, Some(after)).await
            }
        });
        self.written_reply(caller, book, reply.await?).await
    }

    /// Takes a transaction out of the book; its history stays.
    pub async fn transaction_remove(
        &self,
        caller: Caller,
        book: BookId,
        key: Option<ChangeId>,
        id: TransactionId,
        based_on: i64,
    ) -> Result<Done<Removed>, Error> {
        let ask = entry_ask(caller, book, key, "transaction_removed", &id)?;
        let reply = self.commit(ask, move |mut write: Write| async move {
            let before = entry_to_change(&write, id, based_on).await?;
            write.apply(vec![Edit::removed(before)])?;
            let accounts = write.moved_accounts();
            let (change, number) = (write.change, write.number());
            let outcome = Outcome::of_accounts(&accounts);
            let balances = write.finish_with_balances(&outcome, &accounts).await?;
            Ok(Removed { balances, change, number })
        });
        match reply.await? {
            Reply::Fresh(removed) => Ok(Done::fresh(removed)),
            Reply::Recorded(Replay { change, number, outcome }) => {
                let seen = self.see(book, caller).await?;
                let balances = self.balances_now(&seen, &outcome.accounts).await?;
                Ok(Done::replayed(Removed { balances, change, number }))
            }
        }
    }

    /// One transaction, as its reader may see it.
    pub async fn transaction_get(
        &self,
        caller: Caller,
        book: BookId,
        id: TransactionId,
    ) -> Result<OneTransaction, Error> {
        let seen = self.see(book, caller).await?;
        let found = entries_get(self.db.reader(), book, &[id], PayeeAs::Counted).await?.pop();
        let transaction = found.and_then(|found| seen.sight.show(found));
        let transaction = transaction.ok_or_else(|| Error::not_found("transaction"))?;
        Ok(OneTransaction { transaction })
    }

    async fn written_reply(
        &self,
        caller: Caller,
        book: BookId,
        reply: Reply<Written>,
    ) -> Result<Done<Written>, Error> {
        let Replay { change, number, outcome } = match reply {
            Reply::Fresh(written) => return Ok(Done::fresh(written)),
            Reply::Recorded(replay) => replay,
        };
        let seen = self.see(book, caller).await?;
        let recorded = match outcome.transaction {
            Some((id, version)) => version_get(self.db.reader(), book, id, version).await?,
            None => None,
        };
        let transaction = recorded.and_then(|recorded| seen.sight.show(recorded));
        let transaction = transaction.ok_or_else(|| Error::not_found("transaction"))?;
        let balances = self.balances_now(&seen, &outcome.accounts).await?;
        Ok(Done::replayed(Written { transaction, balances, change, number }))
    }

    /// What accounts hold now, where the reader may see it.
    pub(super) async fn balances_now(
        &self,
        seen: &Seen,
        accounts: &[AccountId],
    ) -> Result<Vec<contracts::ledger::AccountBalance>, Error> {
        let conn = self.db.reader();
        let rows = accounts_get(conn, seen.row.id, accounts).await?;
        let accounts: Vec<(AccountId, Currency)> =
            rows.iter().map(|row| (row.id, row.currency)).collect();
        let balances = sums::balances(conn, seen.row.id, &accounts, self.today(&seen.row)).await?;
        Ok(visible(balances, &seen.sight))
    }
}

pub(super) fn entry_ask(
    caller: Caller,
    book: BookId,
    key: Option<ChangeId>,
    what: &'static str,
    asked: &impl Serialize,
) -> Result<Ask, Error> {
    let fingerprint = fingerprint(&(what, asked))?;
    Ok(Ask { book, person: caller.person, key, what, need: Need::Entries, fingerprint })
}

impl Outcome {
    pub(super) fn of_accounts(accounts: &[(AccountId, Currency)]) -> Outcome {
        let accounts = accounts.iter().map(|(id, _)| *id).collect();
        Outcome { accounts, ..Outcome::default() }
    }
}

/// Closes a change of one transaction.
async fn written(write: Write, transaction: Option<Transaction>) -> Result<Written, Stop> {
    let Some(transaction) = transaction else {
        return Err(Error::internal(anyhow::anyhow!("nothing was written")).into());
    };
    let accounts = write.moved_accounts();
    let (change, number) = (write.change, write.number());
    let outcome = Outcome {
        transaction: Some((transaction.id, transaction.version)),
        ..Outcome::of_accounts(&accounts)
    };
    let balances = write.finish_with_balances(&outcome, &accounts).await?;
    Ok(Written { transaction, balances, change, number })
}

/// Records any number of transactions as part of one change: all of them, or none and every field
/// that is wrong.
pub async fn transactions_record(
    write: &mut Write,
    news: &[NewTransaction],
    import: Option<ImportId>,
) -> Result<Vec<Transaction>, Stop> {
    let (facts, new_payees) = facts_for(write, news).await?;
    let mut fields = Fields::default();
    let mut recorded = Vec::with_capacity(news.len());
    for (n, new) in news.iter().enumerate() {
        let prefix = if news.len() == 1 { String::new() } else { format!("transactions[{n}].") };
        check_id(new.id, &format!("{prefix}id"), &mut fields);
        let origin = Origin {
            id: new.id.unwrap_or_else(|| write.ids.next()),
            author: write.sight.person,
            import,
            created_at: write.now,
            version: 1,
        };
        let check =
            Check { facts: &facts, sight: &write.sight, before: None, prefix, fields: &mut fields };
        recorded.extend(check.transaction(new, origin));
    }
    fields.done()?;
    payees_write(write, &facts, new_payees, &recorded).await?;
    let edits = recorded.iter().cloned().map(Edit::created).collect();
    write.apply(edits)?;
    Ok(recorded)
}

/// Ids of accounts, categories and transactions share columns with a few small ones of our own.
pub(super) fn check_id<T: Into<uuid::Uuid>>(id: Option<T>, field: &str, fields: &mut Fields) {
    let version = id.map(|id| id.into().get_version_num());
    if version.is_some_and(|version| version != 7 && version != 4) {
        fields.wrong(field, "must be a UUID of version 7 or 4");
    }
}

/// The transaction that a body turns another into.
async fn edited(
    write: &mut Write,
    before: &Transaction,
    new: &NewTransaction,
) -> Result<Transaction, Stop> {
    let (facts, new_payees) = facts_for(write, std::slice::from_ref(new)).await?;
    let mut fields = Fields::default();
    if new.id.is_some_and(|id| id != before.id) {
        fields.wrong("id", "a transaction keeps its id; leave it out");
    }
    let origin = Origin {
        id: before.id,
        author: before.author,
        import: before.import,
        created_at: before.created_at,
        version: before.version + 1,
    };
    let check = Check {
        facts: &facts,
        sight: &write.sight,
        before: Some(before),
        prefix: String::new(),
        fields: &mut fields,
    };
    let after = check.transaction(new, origin);
    fields.done()?;
    let after: Vec<Transaction> = after.into_iter().collect();
    payees_write(write, &facts, new_payees, &after).await?;
    after.into_iter().next().ok_or_else(|| Error::not_found("transaction").into())
}

/// A transaction as it stands, where the author may change it and knows its version.
pub(super) async fn entry_to_change(
    write: &Write,
    id: TransactionId,
    based_on: i64,
) -> Result<Transaction, Stop> {
    let found = entries_get(write.tx.conn(), write.book(), &[id], PayeeAs::Named).await?.pop();
    let found = found.filter(|found| write.sight.sees(found));
    let entry = found.ok_or_else(|| Error::not_found("transaction"))?;
    if let Some(reason) = why_not(write, &entry) {
        return Err(Error::forbidden(reason).into());
    }
    if entry.version != based_on {
        return Err(Error::stale("transaction", entry.version).into());
    }
    Ok(entry)
}

/// Why the author of a change may not change a transaction that they see.
pub(super) fn why_not(write: &Write, entry: &Transaction) -> Option<&'static str> {
    let is_theirs = write.sight.role.may_edit_all() || entry.author == write.sight.person;
    if !is_theirs {
        return Some("You may change only entries of your own.");
    }
    let whole = write.sight.sees_whole(entry);
    (!whole).then_some("One side of this transfer is private; only its holder may change it.")
}

/// Looks up what entries name, and gives an id to each payee that is new.
async fn facts_for(write: &Write, news: &[NewTransaction]) -> Result<(Facts, Vec<PayeeRow>), Stop> {
    let named = check::named(news.iter());
    let mut facts = facts_load(write.tx.conn(), write.book(), &named).await?;
    let mut new_payees = Vec::new();
    for payee in news.iter().filter_map(|new| payee_of(new).ok().flatten()) {
        if facts.payees.contains_key(&payee.folded) {
            continue;
        }
        let id: PayeeId = write.ids.next();
        let name: String = payee.name.into();
        let counts_as = PayeeRef { id, name: name.clone() };
        let fact = PayeeFact { id, counts_as, has_default_category: true };
        facts.payees.insert(payee.folded.clone(), fact);
        let payee_row = Payee { id, name, default_category: None, merged_into: None, version: 1 };
        new_payees.push(PayeeRow { payee: payee_row, folded: payee.folded });
    }
    Ok((facts, new_payees))
}

/// Writes payees that are new, and what the entries teach about the others.
async fn payees_write(
    write: &mut Write,
    facts: &Facts,
    mut new: Vec<PayeeRow>,
    entries: &[Transaction],
) -> Result<(), Stop> {
    let learned = categories_of_payees(entries);
    for row in &mut new {
        row.payee.default_category = learned.get(&row.payee.id).copied();
    }
    new.sort_by_key(|row| row.payee.id);
    payees_insert(&write.tx, write.book(), &new).await?;
    let blank: BTreeMap<PayeeId, CategoryId> = facts
        .payees
        .values()
        .filter(|fact| !fact.has_default_category && fact.counts_as.id == fact.id)
        .filter_map(|fact| Some((fact.id, *learned.get(&fact.id)?)))
        .collect();
    for (payee, category) in blank {
        payee_learn(&write.tx, write.book(), payee, category).await?;
    }
    write.told.payees.extend(new.iter().map(PayeeRow::facts));
    Ok(())
}

/// The category of each payee's last entry that has one alone.
fn categories_of_payees(entries: &[Transaction]) -> HashMap<PayeeId, CategoryId> {
    let pairs = entries.iter().filter_map(|entry| match entry.lines.as_slice() {
        [only] => Some((entry.payee.as_ref()?.id, only.category?)),
        _ => None,
    });
    pairs.collect()
}
