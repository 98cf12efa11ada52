//! What a member may see, as the columns of the totals say it.

use std::collections::BTreeSet;

use contracts::ledger::AccountFacts;
use model::{AccountId, PersonId, Role};
use service::Error;
use uuid::Uuid;

use crate::store::{ItemColumn, Source};
use crate::totals::{Grain, NONE, Split, pool};

/// What the rows of a report are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum By {
    Category,
    Payee,
    Account,
    /// Everything in one.
    All,
}

/// The accounts and authors whose entries a member may see: the shared accounts and the own
/// private ones; a contributor sees own entries alone.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Sight {
    pools: Vec<Uuid>,
    accounts: Vec<Uuid>,
    author: Option<PersonId>,
    /// One account was asked for.
    one_account: bool,
}

impl Sight {
    pub(crate) fn of(person: PersonId, role: Role, accounts: &[AccountFacts]) -> Sight {
        let visible =
            || accounts.iter().filter(|account| [NONE, person.0].contains(&pool(account)));
        // Most people have no private account, so that theirs need not be looked for.
        let pools: BTreeSet<Uuid> = visible().map(pool).collect();
        Sight {
            accounts: visible().map(|account| account.id.0).collect(),
            pools: pools.into_iter().collect(),
            author: (!role.sees_all()).then_some(person),
            one_account: false,
        }
    }

    /// The part of it that is in one account.
    pub(crate) fn within(self, account: AccountId) -> Result<Sight, Error> {
        if !self.accounts.contains(&account.0) {
            return Err(Error::not_found("account"));
        }
        Ok(Sight { accounts: vec![account.0], one_account: true, ..self })
    }

    /// The cells to read: those of pools where everything in them may be seen, since they are
    /// fewer, and else those that carry account and author.
    pub(crate) fn source(&self, grain: Grain, by: By) -> Source {
        let by_account_and_author = self.one_account || self.author.is_some();
        let (split, item) = match (grain, by) {
            (Grain::Day, By::All) if !by_account_and_author => (Split::Pool, ItemColumn::Nothing),
            _ if by_account_and_author || grain == Grain::Day => match by {
                By::Category => (Split::Category, ItemColumn::Item),
                By::Payee => (Split::Payee, ItemColumn::Item),
                By::Account => (Split::Payee, ItemColumn::Place),
                By::All => (Split::Payee, ItemColumn::Nothing),
            },
            (_, By::Category) => (Split::PoolCategory, ItemColumn::Item),
            (_, By::Payee) => (Split::PoolPayee, ItemColumn::Item),
            (_, By::Account) => (Split::PoolAccount, ItemColumn::Item),
            (_, By::All) => (Split::PoolAccount, ItemColumn::Nothing),
        };
        let places = if split.is_by_pool() { &self.pools } else { &self.accounts };
        let author = self.author.filter(|_| !split.is_by_pool());
        Source { split, places: places.clone(), author, item }
    }
}
