//! Records to rows: booked, pending, unreadable with a reason, or set aside.

use model::{Currency, Day, Money};

use crate::amounts::{Mark, NumberText};
use crate::columns::Layout;
use crate::currency::CurrencyPlan;
use crate::dates::DateText;
use crate::money::{MoneyPlan, RuleKind, Source};
use crate::profile::{Profile, is_blank};
use crate::statement::{Context, DateOrder, Decimal, Outcome, Row, Skipped};
use crate::table::Record;
use crate::texts::TextPlan;
use crate::words::{Direction, begins_summary, direction, is_balance, is_pending};

/// Everything that was decided about a file.
pub(crate) struct Plan<'a> {
    pub(crate) layout: &'a Layout,
    pub(crate) money: &'a MoneyPlan,
    pub(crate) texts: &'a TextPlan,
    pub(crate) currency: &'a CurrencyPlan,
    pub(crate) order: DateOrder,
    pub(crate) decimal: Decimal,
    pub(crate) context: &'a Context,
}

/// Reads all records of a file.
pub(crate) fn rows(records: &[Record], plan: &Plan<'_>) -> (Vec<Row>, Vec<Skipped>) {
    let last = last_booking(records, plan);
    let mut rows = Vec::new();
    let mut skipped = Vec::new();
    for (at, record) in records.iter().enumerate() {
        let read = if at < plan.layout.body { None } else { plan.row(record, records, at > last) };
        match read {
            Some(row) => rows.push(row),
            None => skipped.push(Skipped { line: record.line, text: shown(record) }),
        }
    }
    (rows, skipped)
}

fn shown(record: &Record) -> String {
    record.cells.iter().filter(|cell| !cell.is_empty()).cloned().collect::<Vec<_>>().join(" · ")
}

/// The last record with a day where it belongs: what stands behind it is the end of the file.
fn last_booking(records: &[Record], plan: &Plan<'_>) -> usize {
    let has_day = |record: &Record| {
        DateText::parse(record.cell(plan.layout.day)).is_some() && !is_balance_line(record, plan)
    };
    records.iter().rposition(has_day).unwrap_or(records.len())
}

/// A line whose only text is the name of a balance or total, however complete it is.
fn is_balance_line(record: &Record, plan: &Plan<'_>) -> bool {
    let texts = plan.texts.columns();
    let mut named = texts.iter().map(|column| record.cell(*column)).filter(|cell| !cell.is_empty());
    let says_so = named.clone().next().is_some() && named.all(is_balance);
    says_so || is_balance(record.first_text())
}

impl Plan<'_> {
    /// A record as a row, or nothing if it books nothing.
    fn row(&self, record: &Record, records: &[Record], is_behind: bool) -> Option<Row> {
        let is_repeated_header =
            self.layout.header.is_some_and(|header| records[header].cells == record.cells);
        if is_repeated_header || is_balance_line(record, self) {
            return None;
        }
        let day = self.day(record);
        let amount = self.amount(record);
        let is_dated = DateText::parse(record.cell(self.layout.day)).is_some();
        let waits = self.waits(record);
        let outcome = match (day, amount) {
            (Ok(day), Ok(Some(amount))) if waits => Outcome::Pending { day: Some(day), amount },
            (Ok(day), Ok(Some(amount))) => Outcome::Booked { day, amount },
            (Err(_), Ok(Some(amount))) if waits => {
                Outcome::Pending { day: self.other_day(record), amount }
            }
            (_, _) if !is_dated && (is_behind || begins_summary(record.first_text())) => {
                return None;
            }
            (_, Ok(None)) if self.is_note(record) => return None,
            // Details of the row above: neither a day nor an amount of their own.
            (_, Ok(None)) if record.cell(self.layout.day).is_empty() => return None,
            (Err(problem), Ok(Some(amount))) => match self.other_day(record) {
                // Not booked yet, but bought: the bank fills the day in later.
                Some(day) if record.cell(self.layout.day).is_empty() => {
                    Outcome::Pending { day: Some(day), amount }
                }
                _ => Outcome::Unreadable { problem },
            },
            (Err(day), Ok(None)) => {
                Outcome::Unreadable { problem: format!("{day}; there is no amount") }
            }
            (Err(day), Err(amount)) => Outcome::Unreadable { problem: format!("{day}; {amount}") },
            (Ok(_), Ok(None)) => Outcome::Unreadable { problem: self.missing_amount(record) },
            (Ok(_), Err(problem)) => Outcome::Unreadable { problem },
        };
        Some(self.finished(record, outcome))
    }

    fn finished(&self, record: &Record, outcome: Outcome) -> Row {
        let amount = match &outcome {
            Outcome::Booked { amount, .. } | Outcome::Pending { amount, .. } => Some(*amount),
            Outcome::Unreadable { .. } => None,
        };
        let description = self.description(record);
        let payee = self.payee(record, amount).unwrap_or_else(|| description.clone());
        let balance = amount.and_then(|amount| self.balance(record, amount.currency));
        let reference = self.texts.reference.map_or("", |column| record.cell(column)).to_owned();
        Row {
            line: record.line,
            raw: record.cells.clone(),
            outcome,
            payee,
            description,
            balance,
            reference,
        }
    }

    fn day(&self, record: &Record) -> Result<Day, String> {
        let cell = record.cell(self.layout.day);
        if cell.is_empty() {
            return Err("the day is missing".to_owned());
        }
        match DateText::parse(cell) {
            Some(date) => date.day(self.order).map_err(|error| {
                let written = written(self.order);
                format!("\"{cell}\" is no day when dates are written {written}: {error}")
            }),
            None => Err(format!("\"{cell}\" is no day; it should look like {}", self.day_sample())),
        }
    }

    fn day_sample(&self) -> &str {
        let samples = &self.layout.profiles.get(self.layout.day).map(|profile| &profile.samples);
        samples.and_then(|samples| samples.first()).map_or("2026-11-24", String::as_str)
    }

    /// The day of another column, for rows that the bank has not booked.
    fn other_day(&self, record: &Record) -> Option<Day> {
        let others = self.layout.profiles.iter().filter(|profile| {
            profile.index != self.layout.day && profile.mostly(profile.dates, 90)
        });
        let mut days = others.filter_map(|profile| DateText::parse(record.cell(profile.index)));
        days.find_map(|date| date.day(self.order).ok())
    }

    /// Whether the row says that it is not booked yet.
    fn waits(&self, record: &Record) -> bool {
        let says_it = |column: usize| is_pending(record.cell(column));
        self.texts.status.is_some_and(says_it) || says_it(self.layout.day)
    }

    /// A dated line without any amount that only shows a balance, such as "brought forward".
    fn is_note(&self, record: &Record) -> bool {
        let is_other_money = |profile: &&Profile| {
            let is_money = profile.is_numeric() && profile.money > 0;
            is_money && Some(profile.index) != self.money.balance
        };
        let mut others = self.layout.profiles.iter().filter(is_other_money);
        let is_used = |profile: &Profile| {
            NumberText::parse(record.cell(profile.index)).is_some_and(|number| !number.is_zero())
        };
        let has_balance = self.money.balance.is_some_and(|column| !record.cell(column).is_empty());
        (has_balance && !others.any(is_used)) || record.filled() <= 1
    }

    fn missing_amount(&self, record: &Record) -> String {
        let wanted = self.layout.profiles.len();
        let found = record.cells.len();
        if found < wanted {
            format!("the line ends early: {found} of {wanted} columns are there, and no amount")
        } else {
            "there is no amount".to_owned()
        }
    }

    /// The amount of a record: nothing if its cells are empty.
    fn amount(&self, record: &Record) -> Result<Option<Money>, String> {
        match self.money.source {
            Source::Single(column) => {
                let Some(number) = number(record.cell(column))? else { return Ok(None) };
                let money = self.money(record, &number)?;
                let is_negative = self.is_negative(record, &number)?;
                Ok(Some(signed(money, is_negative != self.money.rule.is_reversed)))
            }
            Source::Pair { income, outgo } => self.paired_amount(record, income, outgo),
        }
    }

    fn paired_amount(
        &self,
        record: &Record,
        income: usize,
        outgo: usize,
    ) -> Result<Option<Money>, String> {
        let used =
            |column: usize| -> Result<Option<NumberText>, String> { number(record.cell(column)) };
        let (income, outgo) = (used(income)?, used(outgo)?);
        let is_reversed = self.money.rule.is_reversed;
        let is_used =
            |number: &Option<NumberText>| number.as_ref().is_some_and(|number| !number.is_zero());
        match (is_used(&income), is_used(&outgo)) {
            (true, true) => Err("both columns hold an amount; only one of them should".to_owned()),
            (false, true) => {
                let outgo_is_negative =
                    matches!(self.money.rule.kind, RuleKind::Columns { outgo_is_negative: true });
                let Some(number) = outgo else { return Ok(None) };
                let money = self.money(record, &number)?;
                // A refund within the column of expenses has the other sign than the rest of it.
                let is_expense = (number.sign == Mark::Minus) == outgo_is_negative;
                Ok(Some(signed(money, is_expense != is_reversed)))
            }
            _ => {
                let Some(number) = income.or(outgo) else { return Ok(None) };
                let money = self.money(record, &number)?;
                let is_negative = number.sign == Mark::Minus;
                Ok(Some(signed(money, is_negative != is_reversed)))
            }
        }
    }

    fn money(&self, record: &Record, number: &NumberText) -> Result<Money, String> {
        let currency = self.currency.of_amount(record, number, self.context)?;
        Ok(Money::new(number.minor(self.decimal, currency)?, currency))
    }

    fn is_negative(&self, record: &Record, number: &NumberText) -> Result<bool, String> {
        let is_minus = number.sign == Mark::Minus;
        let found = match self.money.rule.kind {
            RuleKind::AsWritten | RuleKind::Columns { .. } => return Ok(is_minus),
            RuleKind::Flag { column } => {
                let cell = record.cell(column);
                direction(cell).ok_or_else(|| {
                    format!("\"{cell}\" does not say whether money went out or came in")
                })?
            }
            RuleKind::Suffix { absent } => number
                .suffix
                .or(absent)
                .ok_or("the amount does not end in a word such as Dr or Cr as the others do")?,
        };
        if found == Direction::In && is_minus {
            return Err("the amount is negative, but the row says that money came in".to_owned());
        }
        Ok(found == Direction::Out)
    }

    fn balance(&self, record: &Record, currency: Currency) -> Option<Money> {
        let number = NumberText::parse(record.cell(self.money.balance?))?;
        let minor = number.minor(self.decimal, currency).ok()?;
        let is_negative = number.sign == Mark::Minus || number.suffix == Some(Direction::Out);
        Some(signed(Money::new(minor, currency), is_negative))
    }

    /// The other side: who was paid or, for money that came in, who paid.
    fn payee(&self, record: &Record, amount: Option<Money>) -> Option<String> {
        let came_in = amount.is_some_and(|amount| amount.minor > 0);
        let cell =
            |column: Option<usize>| column.map(|column| record.cell(column)).unwrap_or_default();
        let (payee, payer) = (cell(self.texts.payee), cell(self.texts.payer));
        let (first, second) = if came_in { (payer, payee) } else { (payee, payer) };
        [first, second].into_iter().find(|cell| !cell.is_empty()).map(one_line)
    }

    fn description(&self, record: &Record) -> String {
        let mut texts: Vec<String> = Vec::new();
        for column in &self.texts.descriptions {
            let text = one_line(record.cell(*column));
            if !text.is_empty() && !texts.contains(&text) {
                texts.push(text);
            }
        }
        texts.join(" ")
    }
}

/// How an order is written, for a person.
pub(crate) fn written(order: DateOrder) -> &'static str {
    match order {
        DateOrder::Dmy => "day, month, year",
        DateOrder::Mdy => "month, day, year",
        DateOrder::Ymd => "year, month, day",
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn signed(money: Money, is_negative: bool) -> Money {
    if is_negative { money.negated() } else { money }
}

/// The number of a cell: nothing if it is empty or only a dash.
fn number(cell: &str) -> Result<Option<NumberText>, String> {
    if is_blank(cell) {
        return Ok(None);
    }
    let no_amount = || format!("\"{cell}\" is no amount; it should be a number such as -12.34");
    NumberText::parse(cell).map(Some).ok_or_else(no_amount)
}
