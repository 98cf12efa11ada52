//! What was found in a bank file, and what a person may say about how to read it.

use model::{Currency, Day, Money};
use serde::{Deserialize, Serialize};

/// What is known about a file before it is opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Context {
    /// The currency of the account that the file belongs to; right where the file names none.
    pub currency: Currency,
    /// The person's locale, such as `en-GB`: it only orders the options of a question.
    pub locale: Option<String>,
    /// Today where the person is: a reading that books far in the future is refused by it.
    pub today: Option<Day>,
}

impl Context {
    /// A context that knows only the account's currency.
    pub fn of(currency: Currency) -> Self {
        Self { currency, locale: None, today: None }
    }
}

/// What a person decided; whatever is absent is detected.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Overrides {
    /// One role per column, from the left; columns beyond the list are ignored.
    pub roles: Option<Vec<Role>>,
    pub date_order: Option<DateOrder>,
    pub decimal: Option<Decimal>,
    pub sign: Option<Sign>,
    /// A name of the WHATWG encoding standard, such as `windows-1252`.
    pub encoding: Option<String>,
    pub delimiter: Option<char>,
    pub has_header: Option<bool>,
}

/// A bank file, read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    pub detected: Detected,
    pub columns: Vec<Column>,
    /// What the file leaves open. While there is any, the rows are only proposed.
    pub questions: Vec<Question>,
    /// The bookings, in the order of the file.
    pub rows: Vec<Row>,
    /// Lines that book nothing: titles, totals, repeated headers, balances.
    pub skipped: Vec<Skipped>,
}

impl Statement {
    /// Whether nothing is left for a person to decide.
    pub fn is_settled(&self) -> bool {
        self.questions.is_empty()
    }

    /// The first and the last day of what is booked.
    pub fn period(&self) -> Option<Period> {
        let days = || self.rows.iter().filter_map(Row::day);
        Some(Period { first: days().min()?, last: days().max()? })
    }
}

/// Two days and all between them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Period {
    pub first: Day,
    pub last: Day,
}

/// How the file was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Detected {
    /// Lower-case name of the WHATWG encoding standard.
    pub encoding: String,
    pub delimiter: char,
    pub has_header: bool,
    /// The line that the header stands on, from 1.
    pub header_line: Option<usize>,
    pub date_order: DateOrder,
    pub date_evidence: DateEvidence,
    pub decimal: Decimal,
    /// What parts thousands, where the file does.
    pub group: Option<char>,
    pub sign: Sign,
    /// The currency of the rows, where they all have one.
    pub currency: Option<Currency>,
    /// Whether the file itself names a currency.
    pub currency_in_file: bool,
}

/// In which order a date is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DateOrder {
    /// 24/11/2026
    Dmy,
    /// 11/24/2026
    Mdy,
    /// 2026/11/24
    Ymd,
}

/// Why the order of the dates is certain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DateEvidence {
    /// The way they are written allows only one: year first, month by name, points.
    Format,
    /// One of them has a day above 12, or lies in the future otherwise.
    Values,
    /// Only one reading puts the rows in order.
    Order,
    /// The file's own language, marks and currency belong to places with one order.
    Locale,
    /// A person said so.
    Person,
    /// Nothing: it is asked.
    None,
}

/// The mark before the decimals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Decimal {
    #[serde(rename = ".")]
    Point,
    #[serde(rename = ",")]
    Comma,
}

impl Decimal {
    pub fn mark(self) -> char {
        match self {
            Decimal::Point => '.',
            Decimal::Comma => ',',
        }
    }
}

/// How the file tells money out from money in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sign {
    /// Money out is negative.
    Signed,
    /// Money out is positive, as many cards write it. As an override it turns any rule around.
    Reversed,
    /// A column for each.
    InOut,
    /// A column says which.
    Flag,
    /// Each amount ends in it, such as `12.00 Dr`.
    Suffix,
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    Date,
    ValueDate,
    Amount,
    AmountIn,
    AmountOut,
    /// Says of each amount whether it came in or went out.
    Flag,
    Balance,
    Currency,
    /// Who was paid, or who paid.
    Payee,
    /// Who paid, where another column says who was paid.
    Payer,
    Description,
    Reference,
    Status,
    Ignore,
}

/// A column, with enough to recognise it by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// From 0.
    pub index: usize,
    /// As the header has it; empty without one.
    pub name: String,
    pub role: Role,
    /// Up to three different values.
    pub samples: Vec<String>,
}

/// What the file leaves open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    pub id: QuestionId,
    /// For the person, in English.
    pub text: String,
    /// The first is the reading under which the rows are proposed.
    pub options: Vec<QuestionOption>,
}

/// Which override answers the question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QuestionId {
    /// Which column is the amount: answered by roles.
    Columns,
    DateOrder,
    Decimal,
    Sign,
}

/// One answer, with what a row of the file becomes under it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuestionOption {
    /// The value of the override, as its type writes it: `dmy`, `.`, `reversed`; for columns all
    /// roles from the left, with commas between.
    pub value: String,
    pub label: String,
    pub sample: String,
}

/// A booking of the file, or a line that should have been one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// The line that it begins on, from 1.
    pub line: usize,
    pub raw: Vec<String>,
    pub outcome: Outcome,
    /// The other side, or the description where no column names it.
    pub payee: String,
    pub description: String,
    pub balance: Option<Money>,
    pub reference: String,
}

impl Row {
    pub fn day(&self) -> Option<Day> {
        match &self.outcome {
            Outcome::Booked { day, .. } => Some(*day),
            Outcome::Pending { day, .. } => *day,
            Outcome::Unreadable { .. } => None,
        }
    }

    pub fn amount(&self) -> Option<Money> {
        match &self.outcome {
            Outcome::Booked { amount, .. } | Outcome::Pending { amount, .. } => Some(*amount),
            Outcome::Unreadable { .. } => None,
        }
    }

    pub fn problem(&self) -> Option<&str> {
        match &self.outcome {
            Outcome::Unreadable { problem } => Some(problem),
            _ => None,
        }
    }
}

/// What became of a row. Money out is negative.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum Outcome {
    Booked {
        day: Day,
        amount: Money,
    },
    /// The bank has not booked it yet; its day may not be known.
    Pending {
        day: Option<Day>,
        amount: Money,
    },
    /// The problem names what is wrong and what would be right.
    Unreadable {
        problem: String,
    },
}

/// A line set aside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skipped {
    /// From 1.
    pub line: usize,
    pub text: String,
}
