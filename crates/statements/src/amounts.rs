//! Cells to amounts: what a number is written with, and which mark parts its decimals.

use model::{Currency, Money};

use crate::statement::Decimal;
use crate::words::{Direction, currencies, direction};

/// A cell that is written like an amount, before anyone knows which mark is the decimal one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NumberText {
    pub(crate) sign: Mark,
    /// Digits and the marks between them, nothing else.
    body: String,
    /// The currencies that a symbol or code beside it can stand for; empty without one.
    pub(crate) currencies: Vec<Currency>,
    /// A word behind it such as `Dr`.
    pub(crate) suffix: Option<Direction>,
}

/// The sign that a number is written with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mark {
    None,
    Plus,
    Minus,
}

/// The longest cell that can be an amount with a code and a sign.
const MAX_LENGTH: usize = 40;

impl NumberText {
    /// Reads a whole cell; a number within a sentence is none.
    pub(crate) fn parse(cell: &str) -> Option<NumberText> {
        if cell.len() > MAX_LENGTH || !cell.chars().any(|c| c.is_ascii_digit()) {
            return None;
        }
        let (inner, in_parentheses) = without_parentheses(cell);
        let mut sign = if in_parentheses { Mark::Minus } else { Mark::None };
        let (before, rest) = inner.split_at(inner.find(is_body_start)?);
        let body_end = rest.rfind(|c: char| c.is_ascii_digit())? + 1;
        let (body, after) = rest.split_at(body_end);
        let mut currencies = Vec::new();
        let mut suffix = None;
        for (decoration, is_behind) in [(before, false), (after, true)] {
            // "12.-" and "12,-" are twelve and no decimals.
            let no_decimals = [".", ",", ".-", ",-", ".\u{2013}", ",\u{2013}"];
            let is_round = no_decimals.contains(&decoration.trim());
            let word = if is_round { "" } else { take_sign(decoration, &mut sign)? };
            if word.is_empty() {
                continue;
            }
            match (is_behind, direction(word)) {
                (true, Some(found)) => suffix = Some(found),
                _ => currencies = self::currencies(word)?,
            }
        }
        let body = plain_body(body)?;
        let number = NumberText { sign, body, currencies, suffix };
        let has_reading =
            [Decimal::Point, Decimal::Comma].iter().any(|mark| number.parts(*mark).is_some());
        has_reading.then_some(number)
    }

    /// The digits before and after the decimal mark, if the number can be read under it.
    fn parts(&self, decimal: Decimal) -> Option<(String, &str)> {
        let (whole, decimals) = match self.body.rsplit_once(decimal.mark()) {
            Some((whole, decimals)) => (whole, decimals),
            None => (self.body.as_str(), ""),
        };
        let decimals_are_digits = decimals.bytes().all(|b| b.is_ascii_digit());
        if whole.contains(decimal.mark()) || !decimals_are_digits || !is_grouped(whole) {
            return None;
        }
        Some((whole.chars().filter(char::is_ascii_digit).collect(), decimals))
    }

    /// The unsigned amount in minor units of a currency; the error says what is wrong.
    pub(crate) fn minor(&self, decimal: Decimal, currency: Currency) -> Result<i64, String> {
        let shown = &self.body;
        let mark = decimal.mark();
        let (whole, decimals) = self.parts(decimal).ok_or_else(|| {
            format!(
                "\"{shown}\" is no amount with \"{mark}\" before the decimals, such as 12{mark}34"
            )
        })?;
        let allowed = currency.exponent() as usize;
        // 12.3400 is exact; 12.345 is not, and is not rounded.
        let significant =
            if decimals.len() > allowed { decimals.trim_end_matches('0') } else { decimals };
        if significant.len() > allowed {
            let found = significant.len();
            return Err(format!("{currency} has {allowed} decimals; \"{shown}\" has {found}"));
        }
        let whole = if whole.is_empty() { "0" } else { &whole };
        let plain = match significant {
            "" => whole.to_owned(),
            _ => format!("{whole}.{significant}"),
        };
        Money::parse(&plain, currency).map(|money| money.minor).map_err(|error| error.to_string())
    }

    /// What this number says about the decimal mark.
    fn vote(&self, exponent: u32) -> Vote {
        let readings = [Decimal::Point, Decimal::Comma].map(|mark| self.parts(mark));
        match readings {
            [Some(_), None] => Vote::Sure(Decimal::Point),
            [None, Some(_)] => Vote::Sure(Decimal::Comma),
            [Some((_, "")), Some((_, ""))] | [None, None] => Vote::None,
            [Some((_, decimals)), Some((_, ""))] => by_length(Decimal::Point, decimals, exponent),
            [Some(_), Some((_, decimals))] => by_length(Decimal::Comma, decimals, exponent),
        }
    }

    /// Whether it is written with decimals, a sign, a currency or groups: like money, and unlike a
    /// code.
    pub(crate) fn looks_like_money(&self) -> bool {
        self.has_marks()
            || self.sign != Mark::None
            || !self.currencies.is_empty()
            || self.suffix.is_some()
    }

    pub(crate) fn has_marks(&self) -> bool {
        self.body.bytes().any(|b| !b.is_ascii_digit())
    }

    pub(crate) fn is_zero(&self) -> bool {
        self.body.bytes().all(|b| b == b'0' || !b.is_ascii_digit())
    }

    /// Whether it is one of a running number, a code with zeros in front or an account number.
    pub(crate) fn looks_like_code(&self) -> bool {
        let has_zeros_in_front =
            self.body.len() > 1 && self.body.starts_with('0') && !self.has_marks();
        has_zeros_in_front || (self.body.len() > 9 && !self.has_marks())
    }

    /// Whether it has more decimals than money has.
    pub(crate) fn looks_like_rate(&self) -> bool {
        self.body.rsplit_once(['.', ',']).is_some_and(|(_, decimals)| decimals.len() >= 4)
    }

    /// The mark between thousands under a decimal mark, if there is one.
    pub(crate) fn group(&self, decimal: Decimal) -> Option<char> {
        self.body.chars().find(|c| !c.is_ascii_digit() && *c != decimal.mark())
    }

    /// A value for comparing numbers of one column and one decimal mark: in the smallest unit of
    /// any currency, with sign.
    pub(crate) fn scaled(&self, decimal: Decimal) -> Option<i64> {
        let (whole, decimals) = self.parts(decimal)?;
        if decimals.len() > 4 && decimals[4..].bytes().any(|b| b != b'0') {
            return None;
        }
        let kept = &decimals[..decimals.len().min(4)];
        let value: i64 = format!("{whole}{kept:0<4}").parse().ok()?;
        Some(if self.sign == Mark::Minus { -value } else { value })
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Vote {
    Sure(Decimal),
    /// Three digits behind the mark: thousands, unless the whole file writes decimals so.
    Likely(Decimal),
    /// As likely the one as the other.
    Open,
    None,
}

/// A number that holds one mark once: how many digits stand behind it?
fn by_length(mark: Decimal, decimals: &str, exponent: u32) -> Vote {
    let other = if mark == Decimal::Point { Decimal::Comma } else { Decimal::Point };
    match decimals.len() {
        3 if exponent >= 3 => Vote::Open,
        3 => Vote::Likely(other),
        _ => Vote::Sure(mark),
    }
}

/// The decimal mark of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DecimalFinding {
    Found(Decimal),
    /// Two readings are possible and differ.
    Open,
    /// No number has a mark, so either reads the same.
    Irrelevant,
}

/// Decides the decimal mark from all amounts of a file.
pub(crate) fn find_decimal<'a>(
    numbers: impl Iterator<Item = &'a NumberText>,
    exponent: u32,
) -> DecimalFinding {
    let (mut sure, mut likely, mut open) = ([0_usize; 2], [0_usize; 2], 0_usize);
    for number in numbers {
        match number.vote(exponent) {
            Vote::Sure(mark) => sure[mark as usize] += 1,
            Vote::Likely(mark) => likely[mark as usize] += 1,
            Vote::Open => open += 1,
            Vote::None => {}
        }
    }
    let most = |votes: [usize; 2]| match votes {
        [0, 0] => None,
        [point, comma] if comma > point => Some(Decimal::Comma),
        _ => Some(Decimal::Point),
    };
    match (most(sure).or_else(|| most(likely)), open) {
        (Some(mark), _) => DecimalFinding::Found(mark),
        (None, 0) => DecimalFinding::Irrelevant,
        (None, _) => DecimalFinding::Open,
    }
}

fn without_parentheses(cell: &str) -> (&str, bool) {
    match cell.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
        Some(inner) => (inner, true),
        None => (cell, false),
    }
}

fn is_body_start(c: char) -> bool {
    c.is_ascii_digit() || c == '.' || c == ','
}

/// Takes one sign from a decoration and gives back the word that is left.
fn take_sign<'a>(decoration: &'a str, sign: &mut Mark) -> Option<&'a str> {
    let is_sign = |c: char| sign_of(c).is_some();
    let Some(at) = decoration.find(is_sign) else { return Some(decoration.trim()) };
    let c = decoration[at..].chars().next()?;
    let is_second = *sign != Mark::None;
    *sign = sign_of(c)?;
    let (before, after) = (decoration[..at].trim(), decoration[at + c.len_utf8()..].trim());
    match (before, after, is_second) {
        (_, _, true) => None,
        ("", word, _) | (word, "", _) => Some(word),
        _ => None,
    }
}

fn sign_of(c: char) -> Option<Mark> {
    match c {
        '+' | '\u{ff0b}' => Some(Mark::Plus),
        '-' | '\u{2212}' | '\u{2010}' | '\u{2011}' | '\u{2012}' | '\u{2013}' | '\u{2014}'
        | '\u{fe63}' | '\u{ff0d}' => Some(Mark::Minus),
        _ => None,
    }
}

/// The digits with blanks of all kinds and apostrophes made one each; nothing if there is more.
fn plain_body(body: &str) -> Option<String> {
    body.chars()
        .map(|c| match c {
            '0'..='9' | '.' | ',' => Some(c),
            ' ' | '\u{a0}' | '\u{202f}' | '\u{2009}' | '\u{2007}' => Some(' '),
            '\'' | '\u{2019}' | '\u{2018}' | '\u{b4}' | '`' => Some('\''),
            _ => None,
        })
        .collect()
}

/// Whether the digits before the decimals are ungrouped, or grouped by one mark in threes, or in
/// the Indian way (12,34,567).
fn is_grouped(whole: &str) -> bool {
    let Some(mark) = whole.chars().find(|c| !c.is_ascii_digit()) else { return true };
    let groups: Vec<&str> = whole.split(mark).collect();
    let (first, rest) = groups.split_first().unwrap_or((&"", &[]));
    let Some((last, middle)) = rest.split_last() else { return true };
    let all_digits = groups.iter().all(|group| group.bytes().all(|b| b.is_ascii_digit()));
    let fits = |group: &&str, length: usize| group.len() == length;
    let in_threes = (1..=3).contains(&first.len()) && middle.iter().all(|group| fits(group, 3));
    let indian =
        mark == ',' && (1..=2).contains(&first.len()) && middle.iter().all(|group| fits(group, 2));
    all_digits && last.len() == 3 && (in_threes || indian)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minor(cell: &str, decimal: Decimal, code: &str) -> Option<i64> {
        let number = NumberText::parse(cell)?;
        let minor = number.minor(decimal, Currency::parse(code).unwrap()).ok()?;
        Some(if number.sign == Mark::Minus { -minor } else { minor })
    }

    #[test]
    fn reads_what_banks_write() {
        for (cell, decimal, code, value) in [
            ("12.50", Decimal::Point, "EUR", 1250),
            ("-1.234,56", Decimal::Comma, "EUR", -123_456),
            ("1'234.50", Decimal::Point, "CHF", 123_450),
            ("1 234,5", Decimal::Comma, "PLN", 123_450),
            ("1\u{a0}234,50 zł", Decimal::Comma, "PLN", 123_450),
            ("12,34,567.80", Decimal::Point, "INR", 123_456_780),
            ("(12.50)", Decimal::Point, "USD", -1250),
            ("($1,234.50)", Decimal::Point, "USD", -123_450),
            ("12.50-", Decimal::Point, "USD", -1250),
            ("-$12.50", Decimal::Point, "USD", -1250),
            ("$-12.50", Decimal::Point, "USD", -1250),
            ("EUR -12.50", Decimal::Point, "EUR", -1250),
            ("\u{2212}12,5 €", Decimal::Comma, "EUR", -1250),
            ("+12", Decimal::Point, "EUR", 1200),
            ("12.50 Dr", Decimal::Point, "USD", 1250),
            ("12.50Cr", Decimal::Point, "USD", 1250),
            (".50", Decimal::Point, "USD", 50),
            ("1,234", Decimal::Point, "JPY", 1234),
            ("12.3400", Decimal::Point, "EUR", 1234),
            ("1.234", Decimal::Point, "KWD", 1234),
            ("R$ 12,50", Decimal::Comma, "BRL", 1250),
            ("12,50 kr.", Decimal::Comma, "SEK", 1250),
            ("¥1,234", Decimal::Point, "JPY", 1234),
            ("12.-", Decimal::Point, "CHF", 1200),
        ] {
            assert_eq!(minor(cell, decimal, code), Some(value), "{cell}");
        }
    }

    #[test]
    fn refuses_what_is_no_amount() {
        for cell in [
            "",
            "-",
            "abc",
            "12 Main St",
            "REF00012",
            "1234****5678",
            "DE12 3456",
            "12:30",
            "1.2.3",
            "--5",
            "1,2,3",
            "-5-",
            "12/24",
            "5 apples",
            "12,34,5",
            "0x12",
            "12.05.2024",
        ] {
            assert_eq!(NumberText::parse(cell), None, "{cell}");
        }
        let number = NumberText::parse("12.345").unwrap();
        let error = number.minor(Decimal::Point, Currency::EUR).unwrap_err();
        assert_eq!(error, "EUR has 2 decimals; \"12.345\" has 3");
    }

    #[test]
    fn the_decimal_mark_is_found_from_all_numbers() {
        let found = |cells: &[&str], exponent| {
            let numbers: Vec<_> = cells.iter().filter_map(|cell| NumberText::parse(cell)).collect();
            find_decimal(numbers.iter(), exponent)
        };
        let (point, comma) =
            (DecimalFinding::Found(Decimal::Point), DecimalFinding::Found(Decimal::Comma));
        assert_eq!(found(&["1.234", "12,5"], 2), comma);
        assert_eq!(found(&["1.234", "5.678"], 2), comma);
        assert_eq!(found(&["1,234", "12"], 2), point);
        assert_eq!(found(&["12.340", "1.5"], 2), point);
        assert_eq!(found(&["1234.500", "12.500"], 2), point);
        assert_eq!(found(&["1,234,567"], 2), point);
        assert_eq!(found(&["12", "1 234"], 2), DecimalFinding::Irrelevant);
        assert_eq!(found(&["1.234"], 3), DecimalFinding::Open);
        assert_eq!(found(&["1.234", "0,500.250"], 3), point);
    }
}
