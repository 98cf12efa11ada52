//! Who sees what: every read of a book passes through the reader's sight.

use contracts::ledger::{Transaction, TransactionKind};
use model::{AccountId, PersonId, Role};

/// What a member may see of a book.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sight {
    pub person: PersonId,
    pub role: Role,
    /// Private accounts of others.
    pub hidden: Vec<AccountId>,
}

/// The title under which a transfer shows whose other side is somebody's private account.
const PRIVATE_TRANSFER: &str = "Transfer, private";

impl Sight {
    pub fn hides(&self, account: AccountId) -> bool {
        self.hidden.contains(&account)
    }

    /// True where the member sees every entry of the book.
    pub fn is_unlimited(&self) -> bool {
        self.role.sees_all() && self.hidden.is_empty()
    }

    /// The accounts of a transaction that the member may know.
    fn visible_sides(&self, transaction: &Transaction) -> impl Iterator<Item = AccountId> {
        std::iter::once(transaction.account)
            .chain(transaction.to_account)
            .filter(|account| !self.hides(*account))
    }

    pub fn sees(&self, transaction: &Transaction) -> bool {
        let is_theirs = self.role.sees_all() || transaction.author == self.person;
        is_theirs && self.visible_sides(transaction).next().is_some()
    }

    /// True where the member sees all of a transaction, and so may change it if the role allows.
    pub fn sees_whole(&self, transaction: &Transaction) -> bool {
        self.sees(transaction)
            && !self.hides(transaction.account)
            && !transaction.to_account.is_some_and(|to| self.hides(to))
    }

    /// The transaction as the member may see it, if at all.
    pub fn show(&self, transaction: Transaction) -> Option<Transaction> {
        if self.sees_whole(&transaction) {
            return Some(transaction);
        }
        let is_transfer = transaction.kind == TransactionKind::Transfer;
        (is_transfer && self.sees(&transaction)).then(|| self.mask(transaction))
    }

    /// Leaves of a transfer what happened on the visible side, and nothing that tells of the other.
    fn mask(&self, transfer: Transaction) -> Transaction {
        let comes_in = self.hides(transfer.account);
        let (account, amount) = match (transfer.to_account, transfer.to_amount) {
            (Some(to), Some(arrives)) if comes_in => (to, arrives.negated()),
            _ => (transfer.account, transfer.amount),
        };
        Transaction {
            title: PRIVATE_TRANSFER.to_owned(),
            payee: None,
            account,
            amount,
            to_account: None,
            to_amount: None,
            note: String::new(),
            hidden_side: true,
            ..transfer
        }
    }
}
