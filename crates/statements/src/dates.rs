//! Cells to days: what shapes a date has, before anyone knows the order of its parts.

use model::{Day, DayError};

use crate::statement::DateOrder;
use crate::words::month;

/// A cell that is written like a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DateText {
    /// Year first, or the month by name: only one reading.
    Certain { year: i16, month: u8, day: u8 },
    /// Two numbers and a year behind them.
    Open { first: u8, second: u8, year: i16, mark: char },
    /// Three short numbers, any of which may be the year.
    Short { first: u8, second: u8, third: u8, mark: char },
}

/// The longest cell that can be a date with a time and a zone.
const MAX_LENGTH: usize = 40;

impl DateText {
    /// Reads a whole cell; a date within a sentence is none.
    pub(crate) fn parse(cell: &str) -> Option<DateText> {
        if cell.len() > MAX_LENGTH || !cell.chars().any(|c| c.is_ascii_digit()) {
            return None;
        }
        let cell = without_weekday(cell);
        let cell = cell.trim_start_matches(['\'', '‘']);
        compact(cell).or_else(|| numeric(cell)).or_else(|| with_month_name(cell))
    }

    /// The day under an order. Year-first and named dates have but one, whatever the order.
    pub(crate) fn day(self, order: DateOrder) -> Result<Day, DayError> {
        match (self, order) {
            (DateText::Certain { year, month, day }, _) => new_day(year, month, day),
            (DateText::Open { first, second, year, .. }, DateOrder::Mdy) => {
                new_day(year, first, second)
            }
            (DateText::Open { first, second, year, .. }, _) => new_day(year, second, first),
            (DateText::Short { first, second, third, .. }, DateOrder::Dmy) => {
                new_day(full_year(third), second, first)
            }
            (DateText::Short { first, second, third, .. }, DateOrder::Mdy) => {
                new_day(full_year(third), first, second)
            }
            (DateText::Short { first, second, third, .. }, DateOrder::Ymd) => {
                new_day(full_year(first), second, third)
            }
        }
    }

    /// Whether it exists under any order.
    pub(crate) fn exists(self) -> bool {
        [DateOrder::Dmy, DateOrder::Mdy, DateOrder::Ymd]
            .into_iter()
            .any(|order| self.day(order).is_ok())
    }

    /// Whether the order matters at all.
    pub(crate) fn is_open(self) -> bool {
        !matches!(self, DateText::Certain { .. })
    }

    pub(crate) fn mark(self) -> Option<char> {
        match self {
            DateText::Certain { .. } => None,
            DateText::Open { mark, .. } | DateText::Short { mark, .. } => Some(mark),
        }
    }
}

fn new_day(year: i16, month: u8, day: u8) -> Result<Day, DayError> {
    // Both come from at most two digits.
    Day::new(year, i8::try_from(month).unwrap_or(0), i8::try_from(day).unwrap_or(0))
}

/// Two digits mean a year from 1970 to 2069.
fn full_year(short: u8) -> i16 {
    let short = i16::from(short);
    if short >= 70 { 1900 + short } else { 2000 + short }
}

/// `20241231`, also followed by a time of six digits.
fn compact(cell: &str) -> Option<DateText> {
    let digits = cell.bytes().take_while(u8::is_ascii_digit).count();
    let has_time = digits == 14 || (digits == 8 && is_time(&cell[8..]));
    if !has_time {
        return None;
    }
    let year: i16 = cell[0..4].parse().ok()?;
    let (month, day) = (cell[4..6].parse().ok()?, cell[6..8].parse().ok()?);
    let is_plausible =
        (1970..=2100).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day);
    is_plausible.then_some(DateText::Certain { year, month, day })
}

/// Three numbers with one kind of mark between them, and perhaps a time behind.
fn numeric(cell: &str) -> Option<DateText> {
    let (first, rest) = leading_number(cell)?;
    let (mark, rest) = date_mark(rest)?;
    let (second, rest) = leading_number(rest)?;
    let (again, rest) = date_mark(rest)?;
    let (third, rest) = leading_number(rest)?;
    let is_chinese = mark == '年' && again == '月';
    if (mark != again && !is_chinese) || !is_time(rest.trim_start_matches(['.', '日'])) {
        return None;
    }
    match (first.len(), second.len(), third.len()) {
        (4, 1 | 2, 1 | 2) => {
            let year = plausible_year(first)?;
            Some(DateText::Certain { year, month: second.parse().ok()?, day: third.parse().ok()? })
        }
        _ if mark == ':' => None,
        (1 | 2, 1 | 2, 4) => Some(DateText::Open {
            first: first.parse().ok()?,
            second: second.parse().ok()?,
            year: plausible_year(third)?,
            mark,
        }),
        (1 | 2, 1 | 2, 2) => Some(DateText::Short {
            first: first.parse().ok()?,
            second: second.parse().ok()?,
            third: third.parse().ok()?,
            mark,
        }),
        _ => None,
    }
    .filter(|date| date.exists() || shaped(date))
}

/// Impossible days of plain shape, such as 31/02/2024, stay dates so that they can be complained
/// about; 99/99/2024 is something else.
fn shaped(date: &DateText) -> bool {
    match date {
        DateText::Certain { month, day, .. } => *month <= 12 && *day <= 31,
        DateText::Open { first, second, .. } => *first <= 31 && *second <= 31,
        DateText::Short { .. } => false,
    }
}

fn plausible_year(digits: &str) -> Option<i16> {
    digits.parse().ok().filter(|year| (1900..=2199).contains(year))
}

fn leading_number(text: &str) -> Option<(&str, &str)> {
    let length = text.bytes().take_while(u8::is_ascii_digit).count();
    (1..=4).contains(&length).then(|| text.split_at(length))
}

/// A mark between numbers, and a blank behind it as in `31. 12. 2024`.
fn date_mark(text: &str) -> Option<(char, &str)> {
    let mark = text.chars().next()?;
    let is_mark = matches!(mark, '.' | '/' | '-' | ':' | '年' | '月' | '\u{2010}' | '\u{2011}');
    let rest = &text[mark.len_utf8()..];
    is_mark.then(|| (mark, rest.strip_prefix(' ').unwrap_or(rest)))
}

/// `15 Jan 2024`, `15-JAN-24`, `15JAN2024`, `Jan 15, 2024`, `15. de enero de 2024`, `2024 Jan 15`.
fn with_month_name(cell: &str) -> Option<DateText> {
    let (parts, rest) = words_and_numbers(cell);
    let [a, b, c] = parts.as_slice() else { return None };
    if !is_time(rest) {
        return None;
    }
    let number = |text: &str| text.parse::<u8>().ok().filter(|_| text.len() <= 2);
    let year = |text: &str| match text.len() {
        2 => text.parse().ok().map(full_year),
        4 => plausible_year(text),
        _ => None,
    };
    if let Some(month) = month(b) {
        if a.len() == 4 {
            return Some(DateText::Certain { year: plausible_year(a)?, month, day: number(c)? });
        }
        return Some(DateText::Certain { year: year(c)?, month, day: number(a)? });
    }
    Some(DateText::Certain { year: year(c)?, month: month(a)?, day: number(b)? })
}

/// The first three words or numbers of a text, without little words and ordinal endings, and what
/// follows them.
fn words_and_numbers(cell: &str) -> (Vec<&str>, &str) {
    let mut parts = Vec::new();
    let mut rest = cell;
    while parts.len() < 3 {
        rest = rest.trim_start_matches([' ', '.', ',', '-', '/', '\'', '’', '\u{a0}']);
        let Some(first) = rest.chars().next() else { break };
        let same_kind =
            |c: char| if first.is_ascii_digit() { c.is_ascii_digit() } else { c.is_alphabetic() };
        let length = rest.find(|c| !same_kind(c)).unwrap_or(rest.len());
        if length == 0 {
            break;
        }
        let (part, after) = rest.split_at(length);
        rest = after;
        let is_filler = matches!(part, "de" | "of" | "del" | "st" | "nd" | "rd" | "th");
        if !is_filler {
            parts.push(part);
        }
    }
    (parts, rest)
}

/// Whether a text is nothing, or a time of day with perhaps a zone.
fn is_time(text: &str) -> bool {
    let text = text.trim_start_matches(['T', ' ', ',', '\u{a0}']);
    if text.trim().is_empty() {
        return true;
    }
    let allowed = |c: char| {
        c.is_ascii_digit()
            || matches!(c, ':' | '.' | ',' | ' ' | '+' | '-' | '\u{202f}' | '(' | ')' | '/')
    };
    let has_clock = text.starts_with(|c: char| c.is_ascii_digit()) && text.contains(':');
    let letters: String = text.chars().filter(|c| c.is_alphabetic()).collect();
    let is_zone = letters.len() <= 5 && letters.chars().all(|c| c.is_ascii_alphabetic());
    has_clock && is_zone && text.chars().all(|c| allowed(c) || c.is_ascii_alphabetic())
}

const WEEKDAYS: [&str; 40] = [
    "mon",
    "tue",
    "wed",
    "thu",
    "fri",
    "sat",
    "sun",
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
    "mo",
    "di",
    "mi",
    "do",
    "fr",
    "sa",
    "so",
    "lun",
    "mar",
    "mer",
    "jeu",
    "ven",
    "sam",
    "dim",
    "mié",
    "jue",
    "vie",
    "sáb",
    "dom",
    "ma",
    "wo",
    "za",
    "zo",
    "tues",
    "weds",
    "thurs",
];

/// A date without the weekday before it: `Fri, 15.01.2024`.
fn without_weekday(cell: &str) -> &str {
    let length = cell.find(|c: char| !c.is_alphabetic()).unwrap_or(0);
    let (word, rest) = cell.split_at(length);
    let rest = rest.trim_start_matches(['.', ',', ' ']);
    let is_weekday = length > 0 && WEEKDAYS.contains(&word.to_lowercase().as_str());
    // "Mar 15, 2024" is March and not a French Tuesday: the rest has to be a date by itself.
    if is_weekday && (numeric(rest).is_some() || with_month_name(rest).is_some()) {
        rest
    } else {
        cell
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(cell: &str, order: DateOrder) -> Option<String> {
        DateText::parse(cell).map(|date| date.day(order).map_or("none".into(), |d| d.to_string()))
    }

    #[test]
    fn one_reading() {
        for cell in [
            "2024-03-05",
            "2024/3/5",
            "2024:03:05",
            "2024.03.05.",
            "20240305",
            "20240305123000",
            "2024-03-05 12:34:56",
            "2024-03-05 12:34:56.000",
            "2024-03-05T12:34:56Z",
            "2024-03-05T12:34:56.123+02:00",
            "5 Mar 2024",
            "05 Mar 24",
            "05 Mar, 2024",
            "5. März 2024",
            "05-MAR-2024",
            "05MAR2024",
            "Mar 5, 2024",
            "March 5th, 2024 10:15 AM",
            "5 de marzo de 2024",
            "5 mars 2024",
            "Tue, 5 Mar 2024",
            "2024年3月5日",
        ] {
            for order in [DateOrder::Dmy, DateOrder::Mdy, DateOrder::Ymd] {
                assert_eq!(day(cell, order).as_deref(), Some("2024-03-05"), "{cell}");
            }
        }
    }

    #[test]
    fn several_readings() {
        for cell in [
            "05/03/2024",
            "5.3.2024",
            "05-03-2024",
            "05/03/24",
            "5. 3. 2024",
            "05/03/2024 01:02:03 PM",
        ] {
            assert_eq!(day(cell, DateOrder::Dmy).as_deref(), Some("2024-03-05"), "{cell}");
            assert_eq!(day(cell, DateOrder::Mdy).as_deref(), Some("2024-05-03"), "{cell}");
        }
        assert_eq!(day("24-03-05", DateOrder::Ymd).as_deref(), Some("2024-03-05"));
        assert_eq!(day("31/02/2024", DateOrder::Dmy).as_deref(), Some("none"));
    }

    #[test]
    fn no_dates() {
        for cell in [
            "",
            "12.50",
            "1.234,56",
            "12:34:56",
            "12/24",
            "1234567890",
            "20241399",
            "Card 05.03.2024",
            "05.03.2024 Tesco",
            "1.2.3.4",
            "99/99/2024",
            "REF20240305",
            "2024",
            "Rent March 2024",
            "10.000.000",
            "1/2/3",
            "May 2024",
            "12345678",
            "2 for 1 10",
            "+49 30 1234",
        ] {
            assert_eq!(DateText::parse(cell), None, "{cell}");
        }
    }
}
