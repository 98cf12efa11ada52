//! Day and month: in which order a file writes them, and how that is known.

use std::collections::HashSet;

use model::{Currency, Day};

use crate::columns::Layout;
use crate::dates::DateText;
use crate::statement::{Context, DateEvidence, DateOrder, Decimal};
use crate::table::Record;
use crate::words::is_day_first;

/// The order of the dates and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DayPlan {
    pub(crate) order: DateOrder,
    pub(crate) evidence: DateEvidence,
}

/// What the decision looks at.
pub(crate) struct DayFacts<'a> {
    pub(crate) records: &'a [Record],
    pub(crate) layout: &'a Layout,
    /// The complete records that are booked: pending ones stand where the bank likes.
    pub(crate) booked: &'a [usize],
    pub(crate) context: &'a Context,
    pub(crate) delimiter: char,
    pub(crate) decimal: Option<Decimal>,
    /// The one currency that the file itself names, without doubt.
    pub(crate) currency: Option<Currency>,
}

/// How many different days it takes before their order proves anything: two or three are in some
/// order under any reading.
const DAYS_FOR_ORDER: usize = 5;

/// Further in the future than this nothing is booked.
const FUTURE_DAYS: i64 = 40;

/// Places that write these currencies are known to write either order.
const BOTH_ORDERS: [&str; 6] = ["USD", "CAD", "EUR", "PHP", "JPY", "KRW"];

/// Finds the order of the dates.
pub(crate) fn find_day_order(facts: &DayFacts<'_>, decided: Option<DateOrder>) -> DayPlan {
    let plan = |order, evidence| DayPlan { order, evidence };
    if let Some(order) = decided {
        return plan(order, DateEvidence::Person);
    }
    let dates = facts.dates(facts.layout.day, &facts.layout.complete);
    if !dates.iter().any(|date| date.is_open()) {
        return plan(facts.written_order(), DateEvidence::Format);
    }
    let pool = facts.pool(&dates);
    let failures = |order| pool.iter().filter(|date| date.day(order).is_err()).count();
    let (dmy, mdy) = (failures(DateOrder::Dmy), failures(DateOrder::Mdy));
    if is_short_year_first(&dates, dmy, mdy) {
        return plan(DateOrder::Ymd, DateEvidence::Values);
    }
    let is_dotted = dates.iter().all(|date| date.mark().is_none_or(|mark| mark == '.'));
    if is_dotted && (dmy == 0 || dmy * 10 <= mdy) {
        return plan(DateOrder::Dmy, DateEvidence::Format);
    }
    let fewer = |a: usize, b: usize| a < b && a * 10 <= b;
    if fewer(dmy, mdy) {
        return plan(DateOrder::Dmy, DateEvidence::Values);
    }
    if fewer(mdy, dmy) {
        return plan(DateOrder::Mdy, DateEvidence::Values);
    }
    if dmy > 0 {
        // Both readings fail in rows of their own: somebody has to look.
        return plan(if mdy < dmy { DateOrder::Mdy } else { DateOrder::Dmy }, DateEvidence::None);
    }
    if let Some(order) = facts.by_today(&dates).or_else(|| facts.by_other_column()) {
        return plan(order, DateEvidence::Values);
    }
    if let Some(order) = facts.by_row_order() {
        return plan(order, DateEvidence::Order);
    }
    if facts.is_day_first_by_locale() {
        return plan(DateOrder::Dmy, DateEvidence::Locale);
    }
    plan(facts.likely_order(), DateEvidence::None)
}

/// Three short numbers are year first where nothing else is possible, or where the first hardly
/// changes and the last takes many values.
fn is_short_year_first(dates: &[DateText], dmy: usize, mdy: usize) -> bool {
    let shorts: Vec<(u8, u8)> = dates
        .iter()
        .filter_map(|date| match date {
            DateText::Short { first, third, .. } => Some((*first, *third)),
            _ => None,
        })
        .collect();
    let all_exist = dates.iter().all(|date| date.day(DateOrder::Ymd).is_ok());
    if shorts.len() < dates.len() || !all_exist {
        return false;
    }
    let firsts: HashSet<u8> = shorts.iter().map(|(first, _)| *first).collect();
    let thirds: HashSet<u8> = shorts.iter().map(|(_, third)| *third).collect();
    (dmy > 0 && mdy > 0) || (firsts.len() <= 2 && thirds.len() >= 4)
}

impl DayFacts<'_> {
    fn dates(&self, column: usize, rows: &[usize]) -> Vec<DateText> {
        rows.iter().filter_map(|at| DateText::parse(self.records[*at].cell(column))).collect()
    }

    /// The order that dates with one reading are written in.
    fn written_order(&self) -> DateOrder {
        let first =
            self.layout.complete.first().map_or("", |at| self.records[*at].cell(self.layout.day));
        let digits = first.bytes().take_while(u8::is_ascii_digit).count();
        match digits {
            0 => DateOrder::Mdy,
            1..=3 => DateOrder::Dmy,
            _ => DateOrder::Ymd,
        }
    }

    /// All dates of the file that are written alike, also those of other columns and of the lines
    /// around the table: a file has one order.
    fn pool(&self, dates: &[DateText]) -> Vec<DateText> {
        let alike: Vec<_> = dates.iter().map(|date| (kind(*date), date.mark())).collect();
        let Some(wanted) = alike.iter().find(|(kind, _)| *kind > 0) else { return dates.to_vec() };
        let is_alike = |date: &DateText| (kind(*date), date.mark()) == *wanted;
        let mut pool = dates.to_vec();
        for profile in &self.layout.profiles {
            if profile.index != self.layout.day && profile.mostly(profile.dates, 90) {
                let others = self.dates(profile.index, &self.layout.complete);
                pool.extend(others.into_iter().filter(is_alike));
            }
        }
        let complete: HashSet<usize> = self.layout.complete.iter().copied().collect();
        for (at, record) in self.records.iter().enumerate() {
            if !complete.contains(&at) {
                let words = record.cells.iter().flat_map(|cell| cell.split_whitespace());
                let dates = words.filter_map(DateText::parse);
                pool.extend(dates.filter(|date| is_alike(date) && date.exists()));
            }
        }
        pool
    }

    /// The only order under which nothing is booked in the future.
    fn by_today(&self, dates: &[DateText]) -> Option<DateOrder> {
        let latest = self.context.today?.plus_days(FUTURE_DAYS);
        let is_past =
            |order| dates.iter().all(|date| date.day(order).is_ok_and(|day| day <= latest));
        only(is_past(DateOrder::Dmy), is_past(DateOrder::Mdy))
    }

    /// The order that puts the days near those of a column whose dates have one reading.
    fn by_other_column(&self) -> Option<DateOrder> {
        let day = self.layout.day;
        let certain = self.layout.profiles.iter().filter(|profile| {
            profile.index != day
                && profile.mostly(profile.dates, 90)
                && profile.filled * 2 > profile.rows
        });
        for profile in certain {
            let pairs: Vec<(DateText, Day)> = self
                .layout
                .complete
                .iter()
                .filter_map(|at| {
                    let other = DateText::parse(self.records[*at].cell(profile.index))?;
                    let date = DateText::parse(self.records[*at].cell(day))?;
                    let day = (!other.is_open()).then(|| other.day(DateOrder::Ymd).ok())??;
                    Some((date, day))
                })
                .collect();
            let apart = |order| -> i64 {
                let distance = |(date, day): &(DateText, Day)| {
                    date.day(order).map_or(400, |found| found.days_until(*day).abs())
                };
                pairs.iter().map(distance).sum()
            };
            let (dmy, mdy) = (apart(DateOrder::Dmy), apart(DateOrder::Mdy));
            let near = i64::try_from(pairs.len()).unwrap_or(i64::MAX).saturating_mul(7);
            if !pairs.is_empty() && dmy.min(mdy) <= near && dmy.max(mdy) > near.saturating_mul(2) {
                return Some(if dmy < mdy { DateOrder::Dmy } else { DateOrder::Mdy });
            }
        }
        None
    }

    /// The only order under which the rows stand in order.
    fn by_row_order(&self) -> Option<DateOrder> {
        let dates = self.dates(self.layout.day, self.booked);
        let days =
            |order| -> Vec<Day> { dates.iter().filter_map(|date| date.day(order).ok()).collect() };
        let (dmy, mdy) = (days(DateOrder::Dmy), days(DateOrder::Mdy));
        let distinct: HashSet<Day> = dmy.iter().copied().collect();
        if distinct.len() < DAYS_FOR_ORDER {
            return None;
        }
        let (dmy_is_sorted, mdy_is_sorted) = (is_sorted(&dmy), is_sorted(&mdy));
        if dmy_is_sorted || mdy_is_sorted {
            return only(dmy_is_sorted, mdy_is_sorted);
        }
        // Banks sort by another day than they print now and then: the right reading then wanders
        // far less through the year than the wrong one.
        let (dmy_way, mdy_way) = (way(&dmy), way(&mdy));
        only(dmy_way.saturating_mul(4) <= mdy_way, mdy_way.saturating_mul(4) <= dmy_way)
    }

    /// Names, marks and delimiter of a language that writes the day first, all of one kind; or a
    /// currency of places that do. A translated file of an international product fits neither, and
    /// such products are known to write the month first.
    fn is_day_first_by_locale(&self) -> bool {
        let profiles = &self.layout.profiles;
        let is_local_list = matches!(self.delimiter, ';' | '\t');
        let is_local = is_local_list && self.decimal == Some(Decimal::Comma);
        let names = profiles.iter().filter(|profile| is_day_first(&profile.name)).count();
        let by_language = is_local && names >= 2;
        let by_currency =
            self.currency.is_some_and(|currency| !BOTH_ORDERS.contains(&currency.code()));
        by_language || by_currency
    }

    /// The order that a question puts first.
    fn likely_order(&self) -> DateOrder {
        let locale = self.context.locale.as_deref().unwrap_or_default();
        let is_american =
            locale.eq_ignore_ascii_case("en-US") || locale.eq_ignore_ascii_case("en_US");
        let is_dollar = locale.is_empty() && self.context.currency == Currency::USD;
        if is_american || is_dollar { DateOrder::Mdy } else { DateOrder::Dmy }
    }
}

fn kind(date: DateText) -> u8 {
    match date {
        DateText::Certain { .. } => 0,
        DateText::Open { .. } => 1,
        DateText::Short { .. } => 2,
    }
}

fn only(dmy: bool, mdy: bool) -> Option<DateOrder> {
    match (dmy, mdy) {
        (true, false) => Some(DateOrder::Dmy),
        (false, true) => Some(DateOrder::Mdy),
        _ => None,
    }
}

fn is_sorted(days: &[Day]) -> bool {
    days.is_sorted() || days.iter().rev().is_sorted()
}

/// How many days lie between neighbours, all together.
fn way(days: &[Day]) -> i64 {
    days.windows(2).map(|pair| pair[0].days_until(pair[1]).abs()).sum()
}
