//! What a list of transactions is narrowed to.

use contracts::ledger::{TransactionKind, TransactionStatus};
use model::{AccountId, CategoryId, Day, ImportId, PayeeId, PersonId, TransactionId};

/// A filter of transactions; empty parts let everything through.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Filter {
    pub from: Option<Day>,
    pub to: Option<Day>,
    pub accounts: Vec<AccountId>,
    pub category: Option<OfCategory>,
    pub payee: Option<PayeeId>,
    pub amount: AmountRange,
    /// Text that titles, payees or notes contain.
    pub text: Option<String>,
    pub kind: Option<TransactionKind>,
    pub status: Option<TransactionStatus>,
    pub author: Option<PersonId>,
    pub import: Option<ImportId>,
}

/// Which categories a filter lets through.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum OfCategory {
    /// Parts without a category.
    None,
    /// A category and all below it.
    Tree(CategoryId),
}

/// A range of amounts, as decimal text since each currency has its own decimals.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct AmountRange {
    pub min: Option<String>,
    pub max: Option<String>,
}

/// Where a page begins: after this entry.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Cursor {
    pub day: Day,
    pub id: TransactionId,
}

impl Cursor {
    /// Text that a client hands back as it got it.
    pub fn to_text(self) -> String {
        format!("{}.{}", self.day, self.id.0.simple())
    }

    pub fn parse(text: &str) -> Option<Cursor> {
        let (day, id) = text.split_once('.')?;
        Some(Cursor { day: Day::parse(day).ok()?, id: id.parse().ok()? })
    }
}
