//! What a run of events tells: the last word on each fact, and what its entries add up to.

use std::collections::BTreeMap;

use contracts::ledger::{
    AccountFacts, BookChanged, BookFacts, CHANGED, CategoryFacts, Member, PayeeFacts,
};
use model::{AccountId, CategoryId, PayeeId, PersonId};
use service::Error;
use store::Event;

use crate::totals::{Cells, Outline};

/// Facts by id, as last told, and the fine cells of all changed entries.
#[derive(Clone, Default, Debug)]
pub(crate) struct Changes {
    pub book: Option<BookFacts>,
    pub members: BTreeMap<PersonId, Member>,
    pub accounts: BTreeMap<AccountId, AccountFacts>,
    pub categories: BTreeMap<CategoryId, CategoryFacts>,
    pub payees: BTreeMap<PayeeId, PayeeFacts>,
    pub fine: Cells,
}

impl Changes {
    pub(crate) fn read(events: &[Event]) -> Result<Changes, Error> {
        let mut changes = Changes::default();
        changes.add(events)?;
        Ok(changes)
    }

    /// Takes in the events that follow; kinds that it does not know say nothing about totals.
    pub(crate) fn add(&mut self, events: &[Event]) -> Result<(), Error> {
        for event in events.iter().filter(|event| event.kind == CHANGED) {
            let change = serde_json::from_str(&event.body).map_err(|error| {
                let number = event.number;
                Error::internal(anyhow::anyhow!("event {number} can't be read: {error}"))
            })?;
            self.add_change(change);
        }
        Ok(())
    }

    fn add_change(&mut self, change: BookChanged) {
        self.book = change.book.or(self.book.take());
        self.members.extend(change.members.into_iter().map(|member| (member.person, member)));
        self.accounts.extend(change.accounts.into_iter().map(|account| (account.id, account)));
        self.categories.extend(change.categories.into_iter().map(|c| (c.id, c)));
        self.payees.extend(change.payees.into_iter().map(|payee| (payee.id, payee)));
        for transaction in &change.transactions {
            self.fine.count(transaction);
        }
    }

    /// The outline of the book; `None` before it has been told of.
    pub(crate) fn outline(&self) -> Option<Outline> {
        self.book.as_ref().map(|book| Outline::new(book, self.accounts.values()))
    }
}
