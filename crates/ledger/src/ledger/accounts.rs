//! Accounts: opened, renamed, made private, archived.

use contracts::ledger::{
    Account, AccountBalance, AccountPatch, AccountWritten, Accounts, NewAccount, Transaction,
    TransactionKind, TransactionStatus,
};
use model::{AccountId, BookId, Caller, ChangeId, Currency, Day, Money, Name};
use serde::Serialize;
use service::{Error, Fields};

use super::journal::Edit;
use super::transactions::check_id;
use super::write::{Ask, Done, Need, Outcome, Replay, Reply, Stop, Write, fingerprint, visible};
use super::{Ledger, Seen};
use crate::store::accounts::{
    AccountRow, account_insert, account_update, accounts_get, accounts_list, place_exists,
};
use crate::store::entries::others_post_to;
use crate::store::sums;

impl Ledger {
    /// The accounts that the caller may see, with what they hold.
    pub async fn accounts_list(&self, caller: Caller, book: BookId) -> Result<Accounts, Error> {
        let (number, seen) = self.see_at(book, caller.person).await?;
        let mut rows = accounts_list(self.db.reader(), book).await?;
        rows.retain(|row| !seen.sight.hides(row.id));
        let balances = self.account_balances(&seen, &rows).await?;
        let accounts = rows.into_iter().map(|row| view(row, &balances)).collect();
        Ok(Accounts { accounts, number })
    }

    pub(super) async fn account_balances(
        &self,
        seen: &Seen,
        rows: &[AccountRow],
    ) -> Result<Vec<AccountBalance>, Error> {
        if !seen.sight.role.sees_all() {
            return Ok(Vec::new());
        }
        let accounts: Vec<_> = rows.iter().map(|row| (row.id, row.currency)).collect();
        let today = self.today(&seen.row);
        let balances = sums::balances(self.db.reader(), seen.row.id, &accounts, today).await?;
        Ok(visible(balances, &seen.sight))
    }

    /// One account.
    pub async fn account_get(
        &self,
        caller: Caller,
        book: BookId,
        id: AccountId,
    ) -> Result<Account, Error> {
        let seen = self.see(book, caller).await?;
        let mut rows = accounts_get(self.db.reader(), book, &[id]).await?;
        rows.retain(|row| !seen.sight.hides(row.id));
        let balances = self.account_balances(&seen, &rows).await?;
        let row = rows.pop().ok_or_else(|| Error::not_found("account"))?;
        Ok(view(row, &balances))
    }

    /// Opens an account, with what it holds before its first entry.
    pub async fn account_open(
        &self,
        caller: Caller,
        book: BookId,
        key: Option<ChangeId>,
        new: NewAccount,
    ) -> Result<Done<AccountWritten>, Error> {
        let ask = shape_ask(caller, book, key, "account_opened", &new)?;
        let reply = self.commit(ask, move |mut write: Write| {
            let new = new.clone();
            async move {
                let (row, opening) = opened(&write, &new).await?;
                account_insert(&write.tx, write.book(), &row).await?;
                write.told.accounts.push(row.facts());
                write.apply(opening.into_iter().map(Edit::created).collect())?;
                account_written(write, row).await
            }
        });
        self.account_reply(caller, book, reply.await?).await
    }

    /// Changes an account.
    pub async fn account_patch(
        &self,
        caller: Caller,
        book: BookId,
        key: Option<ChangeId>,
        id: AccountId,
        based_on: i64,
        patch: AccountPatch,
    ) -> Result<Done<AccountWritten>, Error> {
        let ask = shape_ask(caller, book, key, "account_changed", &(id, &patch))?;
        let reply = self.commit(ask, move |mut write: Write| {
            let patch = patch.clone();
            async move {
                let mut found = accounts_get(write.tx.conn(), write.book(), &[id]).await?;
                found.retain(|row| !write.sight.hides(row.id));
                let row = found.pop().ok_or_else(|| Error::not_found("account"))?;
                if row.version != based_on {
                    return Err(Error::stale("account", row.version).into());
                }
                let row = patched(&write, row, &patch).await?;
                account_update(&write.tx, write.book(), &row).await?;
                write.told.accounts.push(row.facts());
                account_written(write, row).await
            }
        });
        self.account_reply(caller, book, reply.await?).await
    }

    async fn account_reply(
        &self,
        caller: Caller,
        book: BookId,
        reply: Reply<AccountWritten>,
    ) -> Result<Done<AccountWritten>, Error> {
        let Replay { change, number, outcome } = match reply {
            Reply::Fresh(written) => return Ok(Done::fresh(written)),
            Reply::Recorded(replay) => replay,
        };
        let recorded: Account = serde_json::from_value(outcome.body).map_err(Error::internal)?;
        let seen = self.see(book, caller).await?;
        let now = self.balances_now(&seen, &[recorded.id]).await?;
        let account = with_balance(recorded, &now);
        Ok(Done::replayed(AccountWritten { account, change, number }))
    }
}

/// How many accounts a book may have.
const MOST_ACCOUNTS: usize = 200;

pub(super) fn shape_ask(
    caller: Caller,
    book: BookId,
    key: Option<ChangeId>,
    what: &'static str,
    asked: &impl Serialize,
) -> Result<Ask, Error> {
    let fingerprint = fingerprint(&(what, asked))?;
    Ok(Ask { book, person: caller.person, key, what, need: Need::Shape, fingerprint })
}

fn view(row: AccountRow, balances: &[AccountBalance]) -> Account {
    let account = Account {
        id: row.id,
        name: row.name,
        kind: row.kind,
        currency: row.currency,
        holder: row.holder,
        private: row.private,
        archived: row.archived,
        position: row.position,
        balance: None,
        pending: None,
        projected: None,
        version: row.version,
    };
    with_balance(account, balances)
}

fn with_balance(account: Account, balances: &[AccountBalance]) -> Account {
    let held = balances.iter().find(|balance| balance.account == account.id);
    Account {
        balance: held.map(|held| held.balance),
        pending: held.map(|held| held.pending),
        projected: held.map(|held| held.projected),
        ..account
    }
}

/// Closes a change of an account.
async fn account_written(write: Write, row: AccountRow) -> Result<AccountWritten, Stop> {
    let held = [(row.id, row.currency)];
    // Whoever asks again is told the balance of that moment.
    let account = view(row, &[]);
    let (change, number) = (write.change, write.number());
    let body = serde_json::to_value(&account).map_err(Error::internal)?;
    let outcome = Outcome { body, ..Outcome::default() };
    let balances = write.finish_with_balances(&outcome, &held).await?;
    let account = with_balance(account, &balances);
    Ok(AccountWritten { account, change, number })
}

/// The account and the entry of its opening balance, where nothing about them is wrong.
async fn opened(
    write: &Write,
    new: &NewAccount,
) -> Result<(AccountRow, Option<Transaction>), Stop> {
    let mut fields = Fields::default();
    check_id(new.id, "id", &mut fields);
    let name = fields.check("name", Name::parse(&new.name));
    let currency = fields.check("currency", Currency::parse(&new.currency));
    let opening = opening_money(new, currency, &mut fields);
    let day = new.opening_day.as_deref().map(Day::parse);
    let day = day.and_then(|day| fields.check("opening_day", day));
    let (Some(name), Some(currency), true) = (name, currency, fields.is_empty()) else {
        return Err(fields.into_error().into());
    };
    let id: AccountId = new.id.unwrap_or_else(|| write.ids.next());
    if place_exists(write.tx.conn(), write.book(), id.0).await? {
        return Err(Stop::Taken);
    }
    let others = accounts_list(write.tx.conn(), write.book()).await?;
    if others.len() >= MOST_ACCOUNTS {
        let detail = format!("A book has at most {MOST_ACCOUNTS} accounts.");
        return Err(Error::conflict(detail).into());
    }
    let row = AccountRow {
        id,
        name: name.into(),
        kind: new.kind,
        currency,
        holder: new.private.then_some(write.sight.person),
        private: new.private,
        archived: false,
        position: others.iter().map(|account| account.position + 1).max().unwrap_or(0),
        version: 1,
    };
    let day = day.unwrap_or_else(|| write.today());
    let opening = opening.filter(|money| money.minor != 0);
    let opening = opening.map(|money| opening_entry(write, id, money, day));
    Ok((row, opening))
}

fn opening_money(
    new: &NewAccount,
    currency: Option<Currency>,
    fields: &mut Fields,
) -> Option<Money> {
    let typed = new.opening_balance.as_ref()?;
    let found = fields.check("opening_balance.currency", Currency::parse(&typed.currency))?;
    if let Some(held) = currency.filter(|held| *held != found) {
        let message = format!("the account holds {held}, so the balance must be in {held}");
        fields.wrong("opening_balance.currency", message);
    }
    fields.check("opening_balance.amount", Money::parse(&typed.amount, found))
}

fn opening_entry(write: &Write, account: AccountId, amount: Money, day: Day) -> Transaction {
    Transaction {
        id: write.ids.next(),
        kind: TransactionKind::Opening,
        status: TransactionStatus::Booked,
        day,
        title: String::new(),
        payee: None,
        account,
        amount,
        to_account: None,
        to_amount: None,
        lines: Vec::new(),
        note: String::new(),
        author: write.sight.person,
        import: None,
        created_at: write.now,
        version: 1,
        running_balance: None,
        hidden_side: false,
    }
}

async fn patched(
    write: &Write,
    mut row: AccountRow,
    patch: &AccountPatch,
) -> Result<AccountRow, Stop> {
    if let Some(name) = &patch.name {
        row.name = Name::parse(name).map_err(|error| Error::field("name", error))?.into();
    }
    row.kind = patch.kind.unwrap_or(row.kind);
    row.archived = patch.archived.unwrap_or(row.archived);
    row.position = patch.position.unwrap_or(row.position);
    row.version += 1;
    if let Some(private) = patch.private.filter(|private| *private != row.private) {
        let person = write.sight.person;
        let hides_theirs =
            private && others_post_to(write.tx.conn(), write.book(), row.id, person).await?;
        if hides_theirs {
            let detail = "Others have entries in this account, so it can't become private.";
            return Err(Error::conflict(detail).into());
        }
        row.private = private;
        row.holder = private.then_some(person);
    }
    Ok(row)
}
