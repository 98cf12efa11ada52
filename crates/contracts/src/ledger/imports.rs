//! Imports of bank statements: what a file was read as, what becomes of each row, how far it is.

use model::{
    AccountId, CategoryId, ChangeId, Day, ImportId, Instant, Money, PersonId, TransactionId,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::RevertConflict;

words! {
    /// How far an import is.
    ImportState {
        // The file is being read and compared with the book.
        Reading = "reading",
        // The file leaves something open that a person has to say.
        Asking = "asking",
        Ready = "ready",
        // Rows are being recorded.
        Importing = "importing",
        Done = "done",
        // `error` says why.
        Failed = "failed",
        TakingBack = "taking_back",
        TakenBack = "taken_back",
    }
}

words! {
    /// What a row is, compared with what the account has already.
    ImportRowStatus {
        New = "new",
        // An entry of the account is this booking.
        Duplicate = "duplicate",
        // An entry of the account may be this booking; the row waits for a decision.
        Check = "check",
        Unreadable = "unreadable",
        // The bank has not booked it yet; it becomes a pending entry.
        Pending = "pending",
    }
}

words! {
    /// What a person decided about a row.
    ImportDecision { Import = "import", Skip = "skip" }
}

words! {
    /// What a column of a statement holds.
    ColumnRole {
        Date = "date",
        ValueDate = "value_date",
        Amount = "amount",
        AmountIn = "amount_in",
        AmountOut = "amount_out",
        // Says of each amount whether it came in or went out.
        Flag = "flag",
        Balance = "balance",
        Currency = "currency",
        Payee = "payee",
        // Who paid, where another column says who was paid.
        Payer = "payer",
        Description = "description",
        Reference = "reference",
        Status = "status",
        Ignore = "ignore",
    }
}

words! {
    /// In which order a statement writes days.
    DateOrder { Dmy = "dmy", Mdy = "mdy", Ymd = "ymd" }
}

words! {
    /// How a statement tells money out from money in.
    SignRule {
        // Money out is negative.
        Signed = "signed",
        // Money out is positive. In a patch it turns any rule around.
        Reversed = "reversed",
        // A column for each.
        InOut = "in_out",
        // A column says which.
        Flag = "flag",
        // Each amount ends in it, such as `12.00 Dr`.
        Suffix = "suffix",
    }
}

/// The mark before the decimals.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize, ToSchema)]
pub enum DecimalMark {
    #[serde(rename = ".")]
    Point,
    #[serde(rename = ",")]
    Comma,
}

/// A statement on its way into a book.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Import {
    pub id: ImportId,
    /// The file's name.
    pub name: String,
    pub account: AccountId,
    pub author: PersonId,
    pub state: ImportState,
    pub detected: ImportDetected,
    /// What must be answered before anything is recorded.
    pub questions: Vec<ImportQuestion>,
    pub counts: ImportCounts,
    pub progress: ImportProgress,
    /// The days of the rows.
    #[schema(required)]
    pub period: Option<ImportPeriod>,
    /// The book's number after the last rows were recorded or taken back.
    #[schema(required)]
    pub number: Option<i64>,
    /// The last of the changes that recorded the rows: one for every 500.
    #[schema(required)]
    pub change: Option<ChangeId>,
    /// Entries that were changed since, and so were left alone when the import was taken back.
    pub conflicts: Vec<RevertConflict>,
    #[schema(required)]
    pub error: Option<String>,
    pub created_at: Instant,
}

/// The newest imports of a book, newest first.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Imports {
    pub imports: Vec<Import>,
}

/// How a file was read; what is not known yet is null.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct ImportDetected {
    /// A name of the WHATWG encoding standard, in lower case.
    #[schema(required)]
    pub encoding: Option<String>,
    #[schema(required)]
    pub delimiter: Option<char>,
    pub has_header: bool,
    /// The line that the header stands on, from 1.
    #[schema(required)]
    pub header_row: Option<i64>,
    pub columns: Vec<ImportColumn>,
    #[schema(required)]
    pub date_order: Option<DateOrder>,
    #[schema(required)]
    pub decimal: Option<DecimalMark>,
    #[schema(required)]
    pub sign: Option<SignRule>,
}

/// A column of the file, with enough to recognise it by.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct ImportColumn {
    /// From 0.
    pub index: i64,
    /// As the header has it; empty without one.
    pub name: String,
    /// Up to three different values.
    pub samples: Vec<String>,
    pub role: ColumnRole,
}

/// Something that the file leaves open.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct ImportQuestion {
    /// The field of the patch that answers it: `columns`, `date_order`, `decimal` or `sign`.
    pub id: String,
    pub text: String,
    pub options: Vec<ImportOption>,
}

/// An answer, with what a row of the file becomes under it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct ImportOption {
    /// What to send; for `columns` all roles from the left, with commas between.
    pub value: String,
    pub label: String,
    pub sample: String,
}

/// How many rows are what.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct ImportCounts {
    pub rows: i64,
    pub new: i64,
    pub duplicate: i64,
    pub check: i64,
    pub unreadable: i64,
    pub pending: i64,
}

/// Rows read while the import reads, entries recorded or taken back after that.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct ImportProgress {
    pub done: i64,
    pub total: i64,
}

/// Two days and all between them.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct ImportPeriod {
    pub first: Day,
    pub last: Day,
}

/// How to read a file instead; what is left out stays as it was said or found before. The rows
/// are made again, so decisions about them are to be made again too.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ImportPatch {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<AccountId>,
    /// One role for each column, from the left; columns beyond the list are ignored.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub columns: Option<Vec<ColumnRole>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date_order: Option<DateOrder>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decimal: Option<DecimalMark>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sign: Option<SignRule>,
    /// A name of the WHATWG encoding standard, such as `windows-1252`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encoding: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delimiter: Option<char>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub has_header: Option<bool>,
}

/// A page of rows, in the order of the file.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct ImportRows {
    pub rows: Vec<ImportRow>,
    /// Where the next page begins.
    #[schema(required)]
    pub next: Option<String>,
}

/// A row of the file and what becomes of it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct ImportRow {
    /// Counts the rows, from 1.
    pub row: i64,
    /// The line of the file that it begins on, from 1.
    pub line: i64,
    #[schema(required)]
    pub day: Option<Day>,
    /// Money out is negative.
    #[schema(required)]
    pub amount: Option<Money>,
    /// What the entry is called: the payee of the book that the bank's text names, or that text.
    pub payee: String,
    pub raw: Vec<String>,
    pub status: ImportRowStatus,
    /// Why it can't be recorded.
    #[schema(required)]
    pub problem: Option<String>,
    /// The entry that it is, or may be.
    #[schema(required)]
    pub like: Option<ImportLike>,
    #[schema(required)]
    pub decision: Option<ImportDecision>,
    #[schema(required)]
    pub category: Option<CategoryId>,
    /// True once it is an entry.
    pub recorded: bool,
}

/// An entry of the account that a row is like.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct ImportLike {
    pub transaction: TransactionId,
    pub title: String,
    pub day: Day,
    /// What it adds to the account.
    pub amount: Money,
}

/// What becomes of a row.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ImportRowPatch {
    pub decision: ImportDecision,
}
