//! What the signs of amounts mean, and when that has to be asked.

use super::{Evidence, Rule, RuleKind, Source};
use crate::amounts::{Mark, NumberText};
use crate::balance::Chain;
use crate::statement::Sign;
use crate::words::{Direction, Hint, direction, names_income};

impl Evidence<'_> {
    /// How the amounts of a source get their signs, and whether that has to be asked.
    pub(super) fn rule(&self, source: Source, chain: Option<Chain>) -> (Source, Rule, bool) {
        match source {
            Source::Pair { income, outgo } => self.pair_rule(income, outgo, chain),
            Source::Single(column) => {
                let (rule, is_open) = self.single_rule(column, chain);
                (source, rule, is_open)
            }
        }
    }

    fn pair_rule(&self, income: usize, outgo: usize, chain: Option<Chain>) -> (Source, Rule, bool) {
        let is_named = self.profile(income).hints.has(Hint::AmountIn)
            || self.profile(outgo).hints.has(Hint::AmountOut);
        let (income, outgo, is_open) = if is_named {
            (income, outgo, false)
        } else {
            match self.pair_direction(income, outgo, chain) {
                Some(true) => (income, outgo, false),
                Some(false) => (outgo, income, false),
                None => (income, outgo, true),
            }
        };
        let kind = RuleKind::Columns { outgo_is_negative: self.is_negative(outgo) };
        (Source::Pair { income, outgo }, Rule { kind, is_reversed: false }, is_open)
    }

    /// Whether two unnamed columns stand as assumed, from the balance, from words or from numbers:
    /// nearly every account has more bookings out than in.
    fn pair_direction(&self, income: usize, outgo: usize, chain: Option<Chain>) -> Option<bool> {
        if let Some(rises) = chain.and_then(|chain| chain.rises) {
            return Some(rises);
        }
        let signs = self.signed_values(Source::Pair { income, outgo });
        let agreement = self.direction_column().and_then(|column| self.agreement(column, &signs));
        if agreement.is_some() {
            return agreement;
        }
        let words = self.income_words(&signs);
        let outs = signs.iter().flatten().filter(|value| **value < 0).count();
        let ins = signs.iter().flatten().count() - outs;
        let by_words = (words.agree != words.disagree).then_some(words.agree > words.disagree);
        let by_numbers = (outs.abs_diff(ins) >= 2).then_some(outs > ins);
        match (by_words, by_numbers) {
            (Some(words), Some(numbers)) if words != numbers => None,
            (words, numbers) => words.or(numbers),
        }
    }

    /// The amounts of rows that wait: no balance counts them, but their signs are like the others'.
    fn waiting(&self, column: usize) -> Vec<Option<i64>> {
        let number = |at: &usize| NumberText::parse(self.records[*at].cell(column));
        let scaled = |at: &usize| number(at)?.scaled(self.decimal);
        self.layout.waiting.iter().map(scaled).collect()
    }

    pub(super) fn single_rule(&self, column: usize, chain: Option<Chain>) -> (Rule, bool) {
        let sure = |kind| (Rule { kind, is_reversed: false }, false);
        let numbers = || self.numbers.of_column(column);
        if let Some(kind) = self.suffix_rule(column) {
            return sure(kind);
        }
        let waiting = self.waiting(column);
        let has_signs = numbers().any(|number| number.sign == Mark::Minus)
            || waiting.iter().flatten().any(|value| *value < 0);
        let direction_column = self.direction_column();
        if let (Some(flag), false) = (direction_column, has_signs) {
            return sure(RuleKind::Flag { column: flag });
        }
        let signs = self.signed_values(Source::Single(column));
        let (verdict, is_open) = self.as_written(&signs, &waiting, chain, direction_column);
        (Rule { kind: RuleKind::AsWritten, is_reversed: verdict == Sign::Reversed }, is_open)
    }

    /// The rule of words behind amounts, if there are any. Some banks mark only one direction.
    fn suffix_rule(&self, column: usize) -> Option<RuleKind> {
        let suffixes = self.numbers.of_column(column).map(|number| number.suffix);
        let (marked, unmarked): (Vec<_>, Vec<_>) = suffixes.partition(Option::is_some);
        let first = marked.first().copied().flatten()?;
        let is_one_word = marked.iter().all(|other| *other == Some(first));
        let is_opposite = is_one_word && unmarked.len() > marked.len();
        let opposite = if first == Direction::In { Direction::Out } else { Direction::In };
        Some(RuleKind::Suffix { absent: is_opposite.then_some(opposite) })
    }

    /// Whether amounts mean what their signs say, and whether that is open.
    fn as_written(
        &self,
        signs: &[Option<i64>],
        waiting: &[Option<i64>],
        chain: Option<Chain>,
        direction_column: Option<usize>,
    ) -> (Sign, bool) {
        let counts = Counts::of(&[signs, waiting].concat());
        let words = self.income_words(signs);
        if let Some((chain, rises)) = chain.and_then(|chain| Some((chain, chain.rises?))) {
            let (sign, is_open) = by_balance(rises, &counts, &words);
            // Amounts without signs that the balance sometimes adds and sometimes takes off need a
            // direction that nobody found.
            let is_unsigned = counts.negative == 0 && chain.against > 0;
            return (sign, is_open || is_unsigned);
        }
        let agreement = direction_column.and_then(|column| self.agreement(column, signs));
        match agreement {
            Some(true) => (Sign::Signed, false),
            Some(false) => (Sign::Reversed, false),
            None => by_numbers(&counts, &words),
        }
    }

    /// The column that says of each row which way the money went.
    fn direction_column(&self) -> Option<usize> {
        let says_it = self.layout.profiles.iter().filter(|profile| {
            let in_rows =
                profile.filled + (self.rows() / 10).max(1) >= self.rows() && profile.filled > 0;
            // A sign alone or a figure is no word; `-` in an empty column means nothing.
            let is_word =
                profile.samples.iter().any(|sample| sample.chars().any(char::is_alphabetic));
            let is_sign_column = profile.hints.has(Hint::Flag);
            in_rows
                && profile.directions == profile.filled
                && (is_word || is_sign_column)
                && !self.texts.contains(&profile.index)
        });
        says_it
            .max_by_key(|profile| (profile.hints.has(Hint::Flag), profile.distinct.min(2)))
            .map(|profile| profile.index)
    }

    /// Whether the words of a column go with the signs of all rows, or against them in all; nothing
    /// if they do neither.
    fn agreement(&self, column: usize, signs: &[Option<i64>]) -> Option<bool> {
        let mut agree = 0;
        let mut disagree = 0;
        for (row, sign) in signs.iter().enumerate() {
            let Some(value) = sign.filter(|value| *value != 0) else { continue };
            match direction(self.cell(row, column)) {
                Some(found) if (found == Direction::Out) == (value < 0) => agree += 1,
                Some(_) => disagree += 1,
                None => {}
            }
        }
        match (agree, disagree) {
            (agree, 0) if agree > 0 => Some(true),
            (0, disagree) if disagree > 0 => Some(false),
            _ => None,
        }
    }

    /// How many rows that name income are positive, and how many negative.
    fn income_words(&self, signs: &[Option<i64>]) -> WordCounts {
        let mut words = WordCounts { agree: 0, disagree: 0 };
        for (row, sign) in signs.iter().enumerate() {
            let Some(value) = sign.filter(|value| *value != 0) else { continue };
            let is_income = self.texts.iter().any(|column| names_income(self.cell(row, *column)));
            words.agree += usize::from(is_income && value > 0);
            words.disagree += usize::from(is_income && value < 0);
        }
        words
    }
}

struct WordCounts {
    agree: usize,
    disagree: usize,
}

struct Counts {
    positive: usize,
    negative: usize,
    distinct: usize,
}

impl Counts {
    fn of(signs: &[Option<i64>]) -> Counts {
        let values = || signs.iter().flatten().copied().filter(|value| *value != 0);
        let distinct: std::collections::HashSet<i64> = values().collect();
        Counts {
            positive: values().filter(|value| *value > 0).count(),
            negative: values().filter(|value| *value < 0).count(),
            distinct: distinct.len(),
        }
    }
}

/// A balance that adds up settles the sign, unless nearly everything would be income then: the
/// balance of a card is often what is owed, and rises by spending.
fn by_balance(rises: bool, counts: &Counts, words: &WordCounts) -> (Sign, bool) {
    let (sign, ins, outs) = if rises {
        (Sign::Signed, counts.positive, counts.negative)
    } else {
        (Sign::Reversed, counts.negative, counts.positive)
    };
    let named = if rises { words.agree } else { words.disagree };
    let is_mostly_income = ins + outs >= 8 && outs * 5 <= ins + outs && named == 0;
    match (is_mostly_income, sign) {
        (false, _) => (sign, false),
        (true, Sign::Signed) => (Sign::Reversed, true),
        (true, _) => (Sign::Signed, true),
    }
}

/// Without a balance: spending is more frequent than income, and signed files than reversed ones.
fn by_numbers(counts: &Counts, words: &WordCounts) -> (Sign, bool) {
    let Counts { positive, negative, distinct } = *counts;
    let named_as_written = words.agree > words.disagree;
    let named_reversed = words.disagree > words.agree;
    let lead = positive.abs_diff(negative);
    match () {
        // One amount alone says nothing.
        () if distinct <= 1 => {
            let guess = if negative > 0 { Sign::Signed } else { Sign::Reversed };
            match (named_as_written, named_reversed) {
                (true, false) => (Sign::Signed, false),
                _ => (guess, true),
            }
        }
        () if negative >= positive => (Sign::Signed, named_reversed),
        () if named_as_written
            && (negative > 0 || words.agree == positive)
            && (lead <= 3 || words.agree * 2 >= positive) =>
        {
            (Sign::Signed, false)
        }
        () if named_reversed && words.disagree >= 2 && lead >= 4 => (Sign::Reversed, false),
        () if lead <= 2 && negative > 0 => (Sign::Signed, true),
        () => (Sign::Reversed, true),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(values: &[i64], agree: usize, disagree: usize) -> (Sign, bool) {
        let signs: Vec<Option<i64>> = values.iter().map(|value| Some(*value)).collect();
        by_numbers(&Counts::of(&signs), &WordCounts { agree, disagree })
    }

    #[test]
    fn signs_are_weighed_and_asked_where_it_is_close() {
        for (values, agree, disagree, sign, is_open) in [
            (&[-1, -2, -3][..], 0, 0, Sign::Signed, false),
            (&[-1, -2, 3], 0, 0, Sign::Signed, false),
            (&[-1, 2, 3], 0, 0, Sign::Signed, true),
            (&[-1, 2, 3], 1, 0, Sign::Signed, false),
            (&[1, 2, 3, 4, -5], 0, 0, Sign::Reversed, true),
            (&[1, 2, 3, 4, 5, 6, -7, -8], 0, 2, Sign::Reversed, false),
            (&[1, 2, 3, 4], 0, 0, Sign::Reversed, true),
            (&[-1], 0, 0, Sign::Signed, true),
            (&[5], 1, 0, Sign::Signed, false),
            (&[-5, -6], 0, 2, Sign::Signed, true),
        ] {
            assert_eq!(verdict(values, agree, disagree), (sign, is_open), "{values:?}");
        }
    }

    #[test]
    fn a_balance_that_rises_by_spending_is_asked_about() {
        let words = WordCounts { agree: 0, disagree: 0 };
        let counts = |positive, negative| Counts { positive, negative, distinct: 9 };
        assert_eq!(by_balance(true, &counts(2, 10), &words), (Sign::Signed, false));
        assert_eq!(by_balance(true, &counts(12, 1), &words), (Sign::Reversed, true));
        assert_eq!(by_balance(false, &counts(12, 1), &words), (Sign::Reversed, false));
        assert_eq!(by_balance(false, &counts(1, 12), &words), (Sign::Signed, true));
    }
}
