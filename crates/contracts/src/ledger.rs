//! What the ledger tells and answers.

use model::{
    AccountId, BookId, CategoryId, ChangeId, Currency, Day, ImportId, Money, PayeeId, PersonId,
    Role, TransactionId,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[macro_use]
mod api;
mod imports;

pub use api::*;
pub use imports::*;

/// The family of a book's stream; its name ends in the book's id.
pub const BOOK_STREAM: (&str, &str) = ("ledger", "book");

/// The stream of a book.
pub fn book_stream(book: BookId) -> model::StreamName {
    model::StreamName::new(BOOK_STREAM.0, BOOK_STREAM.1, book.0)
}

/// What a transaction does with money.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TransactionKind {
    /// Money leaves the book; a negative amount is a refund.
    Expense,
    /// Money enters the book.
    Income,
    /// Money moves between two accounts of the book.
    Transfer,
    /// What an account held before its first entry; counts in balances, not in reports.
    Opening,
}

impl TransactionKind {
    pub const ALL: [TransactionKind; 4] = [
        TransactionKind::Expense,
        TransactionKind::Income,
        TransactionKind::Transfer,
        TransactionKind::Opening,
    ];

    /// The word that is stored and sent.
    pub fn as_str(self) -> &'static str {
        match self {
            TransactionKind::Expense => "expense",
            TransactionKind::Income => "income",
            TransactionKind::Transfer => "transfer",
            TransactionKind::Opening => "opening",
        }
    }

    pub fn parse(text: &str) -> Option<TransactionKind> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// Whether the bank has booked it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TransactionStatus {
    Booked,
    /// Counted apart from the balance until it is booked.
    Pending,
}

impl TransactionStatus {
    /// The word that is stored and sent.
    pub fn as_str(self) -> &'static str {
        match self {
            TransactionStatus::Booked => "booked",
            TransactionStatus::Pending => "pending",
        }
    }

    pub fn parse(text: &str) -> Option<TransactionStatus> {
        [TransactionStatus::Booked, TransactionStatus::Pending]
            .into_iter()
            .find(|status| status.as_str() == text)
    }
}

/// A part of a transaction that goes to one category.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Line {
    #[schema(required)]
    pub category: Option<CategoryId>,
    pub amount: Money,
    #[serde(default)]
    #[schema(required)]
    pub note: String,
}

/// Somebody whom money goes to or comes from.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct PayeeRef {
    pub id: PayeeId,
    pub name: String,
}

/// An entry of a book, as it stands at one version.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Transaction {
    pub id: TransactionId,
    pub kind: TransactionKind,
    pub status: TransactionStatus,
    pub day: Day,
    pub title: String,
    #[schema(required)]
    pub payee: Option<PayeeRef>,
    pub account: AccountId,
    /// Positive; the kind says the direction. An expense below zero is a refund.
    pub amount: Money,
    /// Where a transfer goes.
    #[schema(required)]
    pub to_account: Option<AccountId>,
    /// What arrives there, in that account's currency.
    #[schema(required)]
    pub to_amount: Option<Money>,
    /// Parts by category that sum to the amount; none for transfers and openings.
    pub lines: Vec<Line>,
    pub note: String,
    pub author: PersonId,
    #[schema(required)]
    pub import: Option<ImportId>,
    pub created_at: model::Instant,
    /// Counts the edits, from 1.
    pub version: i64,
    /// What the account holds after this entry, pending ones counted; in lists of one account,
    /// for those who see balances. Never in an event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub running_balance: Option<Money>,
    /// True where the other side of a transfer is another member's private account. `account` is
    /// then the side that the reader sees, and an amount below zero came in. Never in an event.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub hidden_side: bool,
}

/// A member of a book.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Member {
    pub person: PersonId,
    pub name: String,
    pub role: Role,
    /// True for somebody who left; their entries stay.
    pub former: bool,
}

/// What a projection must know of an account.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct AccountFacts {
    pub id: AccountId,
    pub name: String,
    pub currency: Currency,
    /// Whose it is; with `private`, nobody else sees it.
    pub holder: Option<PersonId>,
    pub private: bool,
    pub archived: bool,
}

/// What a projection must know of a category.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct CategoryFacts {
    pub id: CategoryId,
    pub parent: Option<CategoryId>,
    pub name: String,
    pub archived: bool,
}

/// What a projection must know of a payee.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct PayeeFacts {
    pub id: PayeeId,
    pub name: String,
    /// Entries of this one count as the other's.
    pub merged_into: Option<PayeeId>,
}

/// The settings of a book that reports depend on.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct BookFacts {
    pub name: String,
    pub base_currency: Currency,
    pub time_zone: model::TimeZone,
    pub first_day_of_week: i8,
    pub first_day_of_month: i8,
    pub fiscal_year_start_month: i8,
}

/// One transaction before and after a change; `None` where it did not exist.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct TransactionChange {
    pub before: Option<Transaction>,
    pub after: Option<Transaction>,
}

/// The event of one change of a book: everything that it touched, with both sides where a
/// projection must take back what it counted. Its kind in the log is [`CHANGED`].
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct BookChanged {
    pub change: ChangeId,
    pub author: PersonId,
    /// In the words of the change's kind: `transaction_recorded`, `account_opened`, …
    pub what: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub book: Option<BookFacts>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<Member>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub accounts: Vec<AccountFacts>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub categories: Vec<CategoryFacts>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub payees: Vec<PayeeFacts>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub transactions: Vec<TransactionChange>,
}

/// The kind of [`BookChanged`] in the log.
pub const CHANGED: &str = "book_changed";

/// An account with what it holds, as the dashboard shows it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct AccountBalance {
    pub account: AccountId,
    /// All entries up to and including today in the book's time zone.
    pub balance: Money,
    /// Entries that the bank has not booked yet.
    pub pending: Money,
    /// The balance with pending entries and those of later days.
    pub projected: Money,
}

/// What a member sees of a book at one number: the ledger's part of the dashboard.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Overview {
    pub number: i64,
    pub role: Role,
    /// Empty for those who see no balances.
    pub balances: Vec<AccountBalance>,
    /// The newest entries that the member may see.
    pub recent: Vec<Transaction>,
}

/// Who may hear of an event, and which ids of it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Audience {
    pub what: String,
    pub members: Vec<Hearer>,
}

/// A member and what of an event is theirs to see.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Hearer {
    pub person: PersonId,
    pub ids: Vec<uuid::Uuid>,
}

/// The ledger, as other services ask it.
#[derive(Clone)]
pub struct Client(crate::Peers);

impl Client {
    pub fn new(peers: crate::Peers) -> Self {
        Self(peers)
    }

    /// What a member sees of a book; status 404 where the person is no member.
    pub async fn overview(
        &self,
        book: BookId,
        person: PersonId,
        recent: usize,
    ) -> Result<Overview, crate::PeerError> {
        let path =
            format!("/internal/ledger/books/{book}/overview?person={person}&recent={recent}");
        self.0.get("ledger", &path).await
    }

    /// Who may hear of the event with a number.
    pub async fn audience(&self, book: BookId, number: i64) -> Result<Audience, crate::PeerError> {
        self.0
            .get("ledger", &format!("/internal/ledger/books/{book}/events/{number}/audience"))
            .await
    }
}
