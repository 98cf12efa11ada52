//! The bodies of the ledger's API: what is sent and what is answered.
//!
//! Amounts, days and names in requests are raw text, so that a person hears of all wrong fields at
//! once; the operation parses them.

use model::{
    AccountId, CategoryId, ChangeId, Currency, Day, Instant, Money, PayeeId, PersonId, Role,
    TimeZone, TransactionId,
};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use super::{AccountBalance, Member, Transaction, TransactionKind, TransactionStatus};

/// An amount as it was typed: decimal text and a currency code.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TypedMoney {
    /// Decimal text with at most the currency's decimals, such as `12.34`.
    pub amount: String,
    /// A code of ISO 4217, such as `EUR`.
    pub currency: String,
}

impl From<Money> for TypedMoney {
    fn from(money: Money) -> Self {
        Self { amount: money.amount(), currency: money.currency.code().to_owned() }
    }
}

/// A field that may be left out (`None`), cleared with `null` (`Some(None)`) or set.
fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::<T>::deserialize(deserializer).map(Some)
}

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize, ToSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($variant),+ }

        impl $name {
            /// The word that is stored and sent.
            pub fn as_str(self) -> &'static str {
                match self { $($name::$variant => $word),+ }
            }

            pub fn parse(text: &str) -> Option<Self> {
                match text { $($word => Some($name::$variant),)+ _ => None }
            }
        }
    };
}

words! {
    /// Whom a book is for.
    BookKind { Personal = "personal", Household = "household" }
}

words! {
    /// What an account is at the bank.
    AccountKind {
        Cash = "cash",
        Checking = "checking",
        Savings = "savings",
        Card = "card",
        Loan = "loan",
        Other = "other",
    }
}

words! {
    /// What a category sorts.
    CategoryKind { Expense = "expense", Income = "income" }
}

words! {
    /// What a change did to a transaction.
    VersionKind {
        Created = "created",
        Edited = "edited",
        Removed = "removed",
        Restored = "restored",
    }
}

/// A book as a member sees it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Book {
    pub id: model::BookId,
    pub name: String,
    pub kind: BookKind,
    pub base_currency: Currency,
    pub time_zone: TimeZone,
    /// 1 for Monday to 7 for Sunday.
    pub first_day_of_week: i8,
    /// 1 to 28.
    pub first_day_of_month: i8,
    /// 1 to 12.
    pub fiscal_year_start_month: i8,
    /// What the reader may do in it.
    pub role: Role,
    pub members: Vec<Member>,
    /// The sequence number of the book's last change.
    pub number: i64,
    pub version: i64,
}

/// The books of a person.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Books {
    pub books: Vec<Book>,
}

/// A book to make, with its owner, the default categories of a language and a first account.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewBook {
    pub name: String,
    pub kind: BookKind,
    pub base_currency: String,
    pub time_zone: String,
    pub first_day_of_week: i64,
    pub first_day_of_month: i64,
    pub fiscal_year_start_month: i64,
    /// The language of the default categories, such as `de`; English where there are none in it.
    pub language: String,
    /// How the owner is called in the book.
    pub member_name: String,
}

/// Settings of a book to change; what is left out stays.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct BookPatch {
    pub name: Option<String>,
    pub kind: Option<BookKind>,
    pub base_currency: Option<String>,
    pub time_zone: Option<String>,
    pub first_day_of_week: Option<i64>,
    pub first_day_of_month: Option<i64>,
    pub fiscal_year_start_month: Option<i64>,
}

/// An account with what it holds.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Account {
    pub id: AccountId,
    pub name: String,
    pub kind: AccountKind,
    pub currency: Currency,
    /// Whose it is; of a private one, the only member who sees it.
    #[schema(required)]
    pub holder: Option<PersonId>,
    pub private: bool,
    pub archived: bool,
    pub position: i64,
    /// All booked entries up to and including today; null for members who see no balances.
    #[schema(required)]
    pub balance: Option<Money>,
    /// Entries that the bank has not booked yet.
    #[schema(required)]
    pub pending: Option<Money>,
    /// The balance with pending entries and those of later days.
    #[schema(required)]
    pub projected: Option<Money>,
    pub version: i64,
}

/// The accounts of a book that the reader may see.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Accounts {
    pub accounts: Vec<Account>,
    pub number: i64,
}

/// An account to open.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAccount {
    #[serde(default)]
    pub id: Option<AccountId>,
    pub name: String,
    pub kind: AccountKind,
    pub currency: String,
    /// True: nobody but the caller sees it.
    #[serde(default)]
    pub private: bool,
    /// What it holds before its first entry.
    #[serde(default)]
    pub opening_balance: Option<TypedMoney>,
    /// The day of the opening balance; today where it is left out.
    #[serde(default)]
    pub opening_day: Option<String>,
}

/// What to change of an account; what is left out stays.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AccountPatch {
    pub name: Option<String>,
    pub kind: Option<AccountKind>,
    pub private: Option<bool>,
    pub archived: Option<bool>,
    pub position: Option<i64>,
}

/// An account after a change.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct AccountWritten {
    pub account: Account,
    pub change: ChangeId,
    pub number: i64,
}

/// A category of a book's tree.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Category {
    pub id: CategoryId,
    #[schema(required)]
    pub parent: Option<CategoryId>,
    pub name: String,
    pub kind: CategoryKind,
    /// A name of the Lucide icon set.
    pub icon: String,
    pub archived: bool,
    pub position: i64,
    pub version: i64,
}

/// The categories of a book.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Categories {
    pub categories: Vec<Category>,
    pub number: i64,
}

/// A category to add.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCategory {
    #[serde(default)]
    pub id: Option<CategoryId>,
    #[serde(default)]
    pub parent: Option<CategoryId>,
    pub name: String,
    pub kind: CategoryKind,
    /// A name of the Lucide icon set; a plain one where it is left out.
    #[serde(default)]
    pub icon: Option<String>,
}

/// What to change of a category; what is left out stays.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CategoryPatch {
    pub name: Option<String>,
    /// Null moves it to the top.
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<CategoryId>)]
    pub parent: Option<Option<CategoryId>>,
    pub icon: Option<String>,
    pub archived: Option<bool>,
    pub position: Option<i64>,
}

/// A category after a change.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct CategoryWritten {
    pub category: Category,
    pub change: ChangeId,
    pub number: i64,
}

/// Somebody whom money goes to or comes from; made by naming them in an entry.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Payee {
    pub id: PayeeId,
    pub name: String,
    /// What entries of it are usually for.
    #[schema(required)]
    pub default_category: Option<CategoryId>,
    /// Its entries count as this other one's.
    #[schema(required)]
    pub merged_into: Option<PayeeId>,
    pub version: i64,
}

/// A page of payees, by name.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Payees {
    pub payees: Vec<Payee>,
    /// Where the next page begins.
    #[schema(required)]
    pub next: Option<String>,
}

/// What to change of a payee; what is left out stays.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PayeePatch {
    pub name: Option<String>,
    /// Null forgets it.
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<CategoryId>)]
    pub default_category: Option<Option<CategoryId>>,
    /// The payee that this one's entries shall count as; null parts them again.
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<PayeeId>)]
    pub merged_into: Option<Option<PayeeId>>,
}

/// A payee after a change.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct PayeeWritten {
    pub payee: Payee,
    pub change: ChangeId,
    pub number: i64,
}

/// A transaction to record, or what one shall be from now on.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTransaction {
    #[serde(default)]
    pub id: Option<TransactionId>,
    pub kind: TransactionKind,
    /// `YYYY-MM-DD`.
    pub day: String,
    /// May be empty where a payee is given.
    #[serde(default)]
    pub title: String,
    /// Positive, the kind says the direction; an expense below zero is a refund.
    pub amount: TypedMoney,
    pub account: AccountId,
    /// For an entry of one category.
    #[serde(default)]
    pub category: Option<CategoryId>,
    /// For an entry of several: parts that sum to the amount.
    #[serde(default)]
    pub lines: Option<Vec<NewLine>>,
    /// By name; the title where it is left out.
    #[serde(default)]
    pub payee: Option<String>,
    /// Where a transfer goes.
    #[serde(default)]
    pub to_account: Option<AccountId>,
    /// What arrives there; needed where the currencies differ.
    #[serde(default)]
    pub to_amount: Option<TypedMoney>,
    #[serde(default)]
    pub note: String,
    /// `booked` where it is left out.
    #[serde(default)]
    pub status: Option<TransactionStatus>,
}

/// A part of a transaction to record.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewLine {
    #[serde(default)]
    pub category: Option<CategoryId>,
    pub amount: TypedMoney,
    #[serde(default)]
    pub note: String,
}

/// A transaction after a change, with the balances that the change moved.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Written {
    pub transaction: Transaction,
    /// Empty for members who see no balances.
    pub balances: Vec<AccountBalance>,
    pub change: ChangeId,
    pub number: i64,
}

/// The balances after a transaction was removed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Removed {
    pub balances: Vec<AccountBalance>,
    pub change: ChangeId,
    pub number: i64,
}

/// A page of transactions, newest first.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Transactions {
    pub transactions: Vec<Transaction>,
    /// Where the next page begins.
    #[schema(required)]
    pub next: Option<String>,
    pub number: i64,
}

/// One transaction.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct OneTransaction {
    pub transaction: Transaction,
}

/// What the entries of a filter come to.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Totals {
    pub count: i64,
    /// One for each currency. With a filter by category, only the parts of it count.
    pub totals: Vec<CurrencyTotals>,
    pub number: i64,
}

/// What the entries of one currency come to.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct CurrencyTotals {
    pub currency: Currency,
    pub income: Money,
    /// Refunds are taken off.
    pub expense: Money,
    /// What left accounts for others of the book.
    pub transfers: Money,
}

/// All versions of a transaction, oldest first.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct History {
    pub versions: Vec<Version>,
}

/// One version of a transaction.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Version {
    pub version: i64,
    pub change: ChangeId,
    pub kind: VersionKind,
    pub author: PersonId,
    pub at: Instant,
    /// Null where this version is its removal, or is not the reader's to see.
    #[schema(required)]
    pub transaction: Option<Transaction>,
}

/// What became of a change that was to be undone.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Reverted {
    pub change: ChangeId,
    pub number: i64,
    /// How many transactions stand again as they did before.
    pub reverted: i64,
    /// Those that have moved on since, and were left alone.
    pub conflicts: Vec<RevertConflict>,
    pub balances: Vec<AccountBalance>,
}

/// A transaction that was left alone, and why.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct RevertConflict {
    pub transaction: TransactionId,
    pub reason: String,
}

/// What was typed before and begins alike, most used first.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Suggestions {
    pub suggestions: Vec<Suggestion>,
}

/// The newest entry of a title.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Suggestion {
    pub title: String,
    #[schema(required)]
    pub payee: Option<String>,
    pub kind: TransactionKind,
    #[schema(required)]
    pub category: Option<CategoryId>,
    pub account: AccountId,
    pub amount: Money,
    pub day: Day,
    /// How many entries have the title.
    pub uses: i64,
}
