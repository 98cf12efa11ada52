//! Compares what the reader found with the truth that the generator wrote beside a file.

use std::collections::BTreeMap;

use model::Currency;
use serde::Deserialize;
use statements::{
    Context, DateOrder, Outcome, Overrides, QuestionId, ReadError, Row, Sign, Statement, read,
};

/// The truth beside a generated file; see `csv-formats/README.md`.
#[derive(Deserialize)]
pub struct Truth {
    pub file: String,
    pub edges: Vec<String>,
    pub delimiter: char,
    pub sign: String,
    pub date_format: String,
    pub has_header: bool,
    pub must_confirm: Vec<String>,
    pub may_confirm: Vec<String>,
    pub context: TruthContext,
    pub rows: Vec<TruthRow>,
}

#[derive(Deserialize)]
pub struct TruthContext {
    pub account_currency: String,
}

/// A booking, in the currency of the account.
#[derive(Deserialize)]
#[serde(from = "WrittenRow")]
pub struct TruthRow {
    pub day: Option<String>,
    pub amount_minor: i64,
    pub payee: String,
    pub balance_minor: Option<i64>,
    pub pending: bool,
}

/// As the generator writes it, and shorter in the committed set.
#[derive(Deserialize)]
#[serde(untagged)]
enum WrittenRow {
    Named {
        day: Option<String>,
        amount_minor: i64,
        payee: String,
        balance_minor: Option<i64>,
        #[serde(default)]
        pending: bool,
    },
    Listed(Option<String>, i64, String, Option<i64>, bool),
}

impl From<WrittenRow> for TruthRow {
    fn from(row: WrittenRow) -> Self {
        match row {
            WrittenRow::Named { day, amount_minor, payee, balance_minor, pending }
            | WrittenRow::Listed(day, amount_minor, payee, balance_minor, pending) => {
                TruthRow { day, amount_minor, payee, balance_minor, pending }
            }
        }
    }
}

/// How a file came out.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// All rows right, nothing asked.
    Right,
    /// It asked what it had to, and is right once answered.
    AskedAsRequired,
    /// It asked what it was allowed to ask, and is right once answered.
    AskedAsAllowed(String),
    /// It asked what the file tells.
    AskedNeedlessly(String),
    /// Wrong, but it said so: a question, rows it could not read or none at all.
    WrongButSaid(String),
    /// The worst: it booked something wrong, or guessed what it had to ask.
    WrongSilently(String),
}

pub fn context(truth: &Truth) -> Context {
    Context::of(Currency::parse(&truth.context.account_currency).expect("a known currency"))
}

/// The first thing about the file's form that was found otherwise than it is.
pub fn form_difference(bytes: &[u8], truth: &Truth) -> Option<String> {
    let detected = read(bytes, &context(truth), &Overrides::default()).ok()?.detected;
    if detected.has_header != truth.has_header {
        return Some(format!("header {}, not {}", detected.has_header, truth.has_header));
    }
    if detected.delimiter != truth.delimiter {
        return Some(format!("delimiter {:?}, not {:?}", detected.delimiter, truth.delimiter));
    }
    None
}

/// Reads a file and judges the result.
pub fn judge(bytes: &[u8], truth: &Truth) -> Verdict {
    let context = context(truth);
    let statement = match read(bytes, &context, &Overrides::default()) {
        Ok(statement) => statement,
        Err(error) => return Verdict::WrongButSaid(error_text(&error)),
    };
    let asked: Vec<String> = statement.questions.iter().map(|q| id_text(q.id).to_owned()).collect();
    if let Some(unasked) = truth.must_confirm.iter().find(|must| !asked.contains(must)) {
        return Verdict::WrongSilently(format!("did not ask {unasked}"));
    }
    if asked.is_empty() {
        return match difference(&statement, truth) {
            None => Verdict::Right,
            Some(difference) => Verdict::WrongSilently(difference),
        };
    }
    let is_allowed =
        |id: &&String| !truth.must_confirm.contains(id) && !truth.may_confirm.contains(id);
    if let Some(needless) = asked.iter().find(is_allowed) {
        return Verdict::AskedNeedlessly(needless.clone());
    }
    match difference(&answered(bytes, &context, truth, &statement), truth) {
        None if truth.must_confirm.is_empty() => Verdict::AskedAsAllowed(asked.join(", ")),
        None => Verdict::AskedAsRequired,
        Some(difference) => Verdict::WrongButSaid(format!("answered: {difference}")),
    }
}

/// Reads again as a person would answer who knows the truth.
fn answered(bytes: &[u8], context: &Context, truth: &Truth, asked: &Statement) -> Statement {
    let is_asked = |id: QuestionId| asked.questions.iter().any(|question| question.id == id);
    let month_first = truth.date_format.starts_with("%m") || truth.date_format.starts_with("%-m");
    let order = if month_first { DateOrder::Mdy } else { DateOrder::Dmy };
    let sign = if truth.sign == "reversed" { Sign::Reversed } else { Sign::Signed };
    let overrides = Overrides {
        date_order: is_asked(QuestionId::DateOrder).then_some(order),
        sign: is_asked(QuestionId::Sign).then_some(sign),
        ..Overrides::default()
    };
    read(bytes, context, &overrides).expect("a file that was read once is read again")
}

/// The first thing that differs from the truth.
pub fn difference(statement: &Statement, truth: &Truth) -> Option<String> {
    if let Some(row) = statement.rows.iter().find(|row| row.problem().is_some()) {
        return Some(format!("line {}: {}", row.line, row.problem().unwrap_or_default()));
    }
    let (booked, pending): (Vec<&TruthRow>, Vec<&TruthRow>) =
        truth.rows.iter().partition(|row| !row.pending);
    let found: Vec<&Row> =
        statement.rows.iter().filter(|row| matches!(row.outcome, Outcome::Booked { .. })).collect();
    let wanted = counted(booked.iter().map(|row| {
        (
            row.day.clone().unwrap_or_default(),
            row.amount_minor,
            truth.context.account_currency.clone(),
        )
    }));
    let got = counted(found.iter().filter_map(|row| {
        let amount = row.amount()?;
        Some((row.day()?.to_string(), amount.minor, amount.currency.code().to_owned()))
    }));
    if wanted != got {
        let missing = wanted.iter().find(|(key, count)| got.get(*key) != Some(*count));
        let extra = got.iter().find(|(key, count)| wanted.get(*key) != Some(*count));
        return Some(format!(
            "booked {}/{}: missing {missing:?}, extra {extra:?}",
            found.len(),
            booked.len()
        ));
    }
    let waiting =
        statement.rows.iter().filter(|row| matches!(row.outcome, Outcome::Pending { .. }));
    for row in waiting {
        let amount = row.amount().map(|amount| amount.minor);
        if !pending.iter().any(|truth| Some(truth.amount_minor) == amount) {
            return Some(format!("line {}: pending {amount:?}", row.line));
        }
    }
    for (row, truth) in found.iter().zip(&booked) {
        if !spaced(&row.payee).contains(&spaced(&truth.payee)) {
            return Some(format!(
                "line {}: payee {:?}, not {:?}",
                row.line, row.payee, truth.payee
            ));
        }
        let balance = row.balance.map(|balance| balance.minor);
        if balance.is_some() && truth.balance_minor.is_some() && balance != truth.balance_minor {
            return Some(format!(
                "line {}: balance {balance:?}, not {:?}",
                row.line, truth.balance_minor
            ));
        }
    }
    None
}

fn counted<T: Ord>(items: impl Iterator<Item = T>) -> BTreeMap<T, usize> {
    let mut counts = BTreeMap::new();
    for item in items {
        *counts.entry(item).or_insert(0) += 1;
    }
    counts
}

fn spaced(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

pub fn id_text(id: QuestionId) -> &'static str {
    match id {
        QuestionId::Columns => "columns",
        QuestionId::DateOrder => "date_order",
        QuestionId::Decimal => "decimal",
        QuestionId::Sign => "sign",
    }
}

fn error_text(error: &ReadError) -> String {
    error.to_string()
}
