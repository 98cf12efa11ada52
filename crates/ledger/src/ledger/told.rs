//! What other services are told: a member's overview of a book, and who may hear of an event.

use contracts::ledger::{
    Audience, BookChanged, Hearer, Member, Overview, Transaction, TransactionChange, book_stream,
};
use model::{AccountId, BookId, PayeeId, PersonId};
use service::Error;
use uuid::Uuid;

use super::filter::Filter;
use super::sight::Sight;
use super::{Ledger, no_such_book};
use crate::store::accounts::{AccountRow, accounts_list};
use crate::store::books::members_of;

impl Ledger {
    /// What a member sees of a book now: balances, and the newest entries.
    pub async fn overview(
        &self,
        book: BookId,
        person: PersonId,
        recent: u64,
    ) -> Result<Overview, Error> {
        let (number, seen) = self.see_at(book, person).await?;
        let mut rows = accounts_list(self.db.reader(), book).await?;
        rows.retain(|row| !seen.sight.hides(row.id));
        let balances = self.account_balances(&seen, &rows).await?;
        let (recent, _) = self.page(&seen, &Filter::default(), None, recent).await?;
        Ok(Overview { number, role: seen.sight.role, balances, recent })
    }

    /// Who may hear of the event with a number, and which ids of it. A member of whom nothing in
    /// it may be seen hears that something happened: the book's number is every member's.
    pub async fn audience(&self, book: BookId, number: i64) -> Result<Audience, Error> {
        let run = self.db.events_after(&book_stream(book), number - 1, 1).await?;
        let event = run.and_then(|run| run.events.into_iter().next()).ok_or_else(no_such_book)?;
        let changed: BookChanged = serde_json::from_str(&event.body).map_err(Error::internal)?;
        let conn = self.db.reader();
        let accounts = accounts_list(conn, book).await?;
        let members = members_of(conn, &[book]).await?;
        let present = members.iter().map(|(_, member)| member).filter(|member| !member.former);
        let members = present.map(|member| hearer(member, &changed, &accounts)).collect();
        Ok(Audience { what: changed.what, members })
    }
}

fn hearer(member: &Member, changed: &BookChanged, accounts: &[AccountRow]) -> Hearer {
    let is_hidden = |row: &&AccountRow| row.private && row.holder != Some(member.person);
    let hidden = accounts.iter().filter(is_hidden).map(|row| row.id).collect();
    let sight = Sight { person: member.person, role: member.role, hidden };
    let entries = changed.transactions.iter().filter_map(|change| seen_id(change, &sight));
    let own_accounts = changed.accounts.iter().map(|account| account.id);
    let accounts = own_accounts.filter(|id: &AccountId| !sight.hides(*id)).map(|id| id.0);
    let categories = changed.categories.iter().map(|category| category.id.0);
    let payees = changed.payees.iter().map(|payee| payee.id);
    let payees = payees.filter(|id| knows_payee(&sight, changed, *id)).map(|id| id.0);
    let ids = entries.chain(accounts).chain(categories).chain(payees).collect();
    Hearer { person: member.person, ids }
}

/// A payee is known to who sees everything, and to who sees an entry of it in the same change.
fn knows_payee(sight: &Sight, changed: &BookChanged, payee: PayeeId) -> bool {
    let sides = changed.transactions.iter().flat_map(|t| t.before.iter().chain(&t.after));
    let names_it = |side: &&Transaction| side.payee.as_ref().is_some_and(|p| p.id == payee);
    sight.is_unlimited() || sides.filter(names_it).any(|side| sight.sees_whole(side))
}

/// The id of a transaction of which the member may see at least one side of the change.
fn seen_id(change: &TransactionChange, sight: &Sight) -> Option<Uuid> {
    let sides = change.before.iter().chain(&change.after);
    sides.filter(|side| sight.sees(side)).map(|side| side.id.0).next()
}
