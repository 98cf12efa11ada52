//! What the cells of one column are, counted.

use std::collections::HashSet;

use model::Currency;

use crate::amounts::{Mark, NumberText};
use crate::dates::DateText;
use crate::table::Record;
use crate::words::{self, Hints, direction, header_hints, is_done, is_pending};

/// A column's name and what its cells are, over the records that hold a booking.
#[derive(Debug, Default)]
pub(crate) struct Profile {
    pub(crate) index: usize,
    pub(crate) name: String,
    pub(crate) hints: Hints,
    /// How many records there are, and in how many the cell is not empty.
    pub(crate) rows: usize,
    pub(crate) filled: usize,
    pub(crate) dates: usize,
    pub(crate) numbers: usize,
    /// Numbers written like money: with decimals, sign or currency.
    pub(crate) money: usize,
    pub(crate) negatives: usize,
    pub(crate) zeros: usize,
    /// Numbers with four decimals or more, as rates are written.
    pub(crate) rates: usize,
    /// Numbers that look like running numbers or codes.
    pub(crate) codes: usize,
    pub(crate) currencies: usize,
    pub(crate) accounts: usize,
    pub(crate) directions: usize,
    pub(crate) statuses: usize,
    pub(crate) distinct: usize,
    /// Cells that a sentence or a name could be.
    pub(crate) texts: usize,
    pub(crate) remittances: usize,
    pub(crate) names: usize,
    pub(crate) multi_line: usize,
    pub(crate) samples: Vec<String>,
}

/// Samples that a column is shown with.
const SAMPLES: usize = 3;

impl Profile {
    pub(crate) fn of(index: usize, name: &str, rows: &[&Record]) -> Profile {
        let mut profile = Profile {
            index,
            name: name.to_owned(),
            hints: header_hints(name),
            rows: rows.len(),
            ..Profile::default()
        };
        let mut seen = HashSet::new();
        for row in rows {
            let cell = row.cell(index);
            if is_blank(cell) {
                continue;
            }
            profile.filled += 1;
            profile.count(cell);
            if seen.insert(cell) && profile.samples.len() < SAMPLES {
                profile.samples.push(cell.to_owned());
            }
        }
        profile.distinct = seen.len();
        profile
    }

    fn count(&mut self, cell: &str) {
        if DateText::parse(cell).is_some_and(DateText::exists) {
            self.dates += 1;
            return;
        }
        if let Some(number) = NumberText::parse(cell) {
            self.numbers += 1;
            self.money += usize::from(number.looks_like_money());
            self.negatives += usize::from(number.sign == Mark::Minus);
            self.zeros += usize::from(number.is_zero());
            self.rates += usize::from(number.looks_like_rate());
            self.codes += usize::from(number.looks_like_code());
            self.accounts += usize::from(!number.looks_like_money() && is_account(cell));
            return;
        }
        self.directions += usize::from(direction(cell).is_some());
        self.statuses += usize::from(is_pending(cell) || is_done(cell));
        if is_currency_code(cell) {
            self.currencies += 1;
        } else if is_account(cell) {
            self.accounts += 1;
        } else if is_text(cell) {
            self.texts += 1;
            self.remittances += usize::from(words::is_remittance(cell));
            self.names += usize::from(is_name_like(cell));
            self.multi_line += usize::from(cell.contains('\n'));
        }
    }

    /// Whether at least so many percent of the filled cells were counted.
    pub(crate) fn mostly(&self, count: usize, percent: usize) -> bool {
        self.filled > 0 && count * 100 >= self.filled * percent
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.filled == 0
    }

    pub(crate) fn is_constant(&self) -> bool {
        self.distinct <= 1
    }

    /// Numbers but for a few cells: a damaged row does not make a column of amounts one of texts.
    pub(crate) fn is_numeric(&self) -> bool {
        let all_but_one = self.money > 0 && self.filled - self.numbers <= 1;
        (self.mostly(self.numbers, 80) || all_but_one) && !self.mostly(self.accounts, 50)
    }
}

/// Empty, or with a dash in place of nothing.
pub(crate) fn is_blank(cell: &str) -> bool {
    cell.chars().all(|c| c.is_whitespace() || matches!(c, '-' | '\u{2013}' | '\u{2212}'))
}

pub(crate) fn is_currency_code(cell: &str) -> bool {
    cell.len() == 3 && Currency::parse(cell).is_ok()
}

/// Account and card numbers, also masked ones and codes of letters and digits without blanks.
fn is_account(cell: &str) -> bool {
    let compact: String = cell.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
    let digits = compact.chars().filter(char::is_ascii_digit).count();
    let is_masked = compact.contains("**") || compact.contains("XX") || compact.contains("xx");
    let is_plain = compact.chars().all(|c| c.is_ascii_alphanumeric() || "*/_.#:".contains(c));
    let is_iban = compact.len() >= 15
        && compact.chars().take(2).all(|c| c.is_ascii_uppercase())
        && compact.chars().skip(2).take(2).all(|c| c.is_ascii_digit());
    let has_words = cell.contains(' ') && cell.chars().any(char::is_lowercase);
    let is_code = digits * 2 > compact.len() && compact.len() >= 6 && !has_words;
    is_plain && (is_iban || (is_masked && digits >= 4) || is_code) && !cell.contains(',')
}

/// Long enough to say something: codes of two letters are none, two Chinese signs are.
fn is_text(cell: &str) -> bool {
    let letters = cell.chars().filter(|c| c.is_alphabetic()).count();
    letters >= 2 && cell.len() >= 3
}

/// Written as names are: with a capital, or in a script that has none.
fn is_name_like(cell: &str) -> bool {
    cell.chars().next().is_some_and(|c| c.is_uppercase() || !c.is_lowercase())
}
