//! Where the amounts stand: every column and pair of columns, ranked.

use super::{Evidence, MoneyPlan, Source, percent};
use crate::amounts::NumberText;
use crate::balance::{Chain, chain, is_explained_without_sign};
use crate::profile::Profile;
use crate::words::{Hint, Hints};

/// Columns that are something else by name, however much they look like amounts.
const NO_AMOUNT: [Hint; 9] = [
    Hint::Balance,
    Hint::Fee,
    Hint::Rate,
    Hint::Time,
    Hint::Currency,
    Hint::Identifier,
    Hint::Reference,
    Hint::Card,
    Hint::Account,
];

/// How many of them rule a column out even if nothing else is left, or if it is named for money in
/// or out.
const NO_HALF: usize = 4;

/// A candidate for the place of the amounts.
struct Candidate {
    source: Source,
    score: i64,
    chain: Option<(usize, Chain)>,
}

/// Less than what a name or empty cells make.
const CLOSE: i64 = 2;
const CLOSE_OF_FEW: i64 = 6;
const FEW_ROWS: usize = 4;

/// How many columns are tried: no statement has more of them, and a file that is none should not
/// take minutes to say so.
const MOST_COLUMNS: usize = 24;
const MOST_HALVES: usize = 8;

/// More than any name is worth: a balance that adds up.
const PROVEN: i64 = 30;

impl Evidence<'_> {
    pub(super) fn best_plan(&self) -> Option<MoneyPlan> {
        let singles = self.singles();
        let pairs = self.pairs();
        let candidates = singles.into_iter().chain(pairs).map(|(source, score)| {
            let chain = self.proof(source);
            let share = |chain: Chain| percent(chain.matches, self.rows().saturating_sub(1));
            let proven = chain.map_or(0, |(_, chain)| PROVEN + share(chain) / 5);
            Candidate { source, score: score + proven, chain }
        });
        // Of equal ones the leftmost wins, as the sort is stable.
        let mut candidates: Vec<Candidate> = candidates.collect();
        candidates.sort_by_key(|candidate| -candidate.score);
        let mut candidates = candidates.into_iter();
        let best = candidates.next()?;
        let rival = candidates.next().and_then(|next| self.rival(&best, &next));
        let balance =
            best.chain.map(|(column, _)| column).or_else(|| self.balance_by_name(best.source));
        let (source, rule, is_open) = self.rule(best.source, best.chain.map(|(_, chain)| chain));
        Some(MoneyPlan { source, balance, rule, is_open, rival })
    }

    /// The second-best column, if so little parts it from the best that it may as well be the
    /// amount.
    fn rival(&self, best: &Candidate, next: &Candidate) -> Option<usize> {
        // Of a few rows, one empty cell weighs more than it says.
        let close = if self.rows() <= FEW_ROWS { CLOSE_OF_FEW } else { CLOSE };
        let is_close = best.score - next.score <= close;
        match (best.source, next.source, best.chain) {
            (Source::Single(best), Source::Single(next), None) if is_close => {
                let is_plain = self.is_same(best, next) || self.is_followed_by_balance(best, next);
                (!is_plain).then_some(next)
            }
            _ => None,
        }
    }

    /// Whether two columns never differ where both hold a number.
    fn is_same(&self, first: usize, second: usize) -> bool {
        let (first, second) =
            (self.numbers.scaled(first, self.decimal), self.numbers.scaled(second, self.decimal));
        let mut both = first.iter().zip(&second).filter_map(|(a, b)| Some(((*a)?, (*b)?)));
        let is_any = both.clone().next().is_some();
        is_any && both.all(|(a, b)| a == b)
    }

    /// Amounts with a column of much larger numbers behind them, as balances mostly are.
    fn is_followed_by_balance(&self, amount: usize, balance: usize) -> bool {
        let amounts = self.numbers.scaled(amount, self.decimal);
        let balances = self.numbers.scaled(balance, self.decimal);
        let is_larger = |(amount, balance): (&Option<i64>, &Option<i64>)| match (amount, balance) {
            (Some(amount), Some(balance)) => balance.unsigned_abs() / 3 >= amount.unsigned_abs(),
            _ => true,
        };
        amount < balance && amounts.iter().zip(&balances).all(is_larger)
    }

    /// Every numeric column, by how much it is like the amounts of a statement.
    fn singles(&self) -> Vec<(Source, i64)> {
        let is_possible = |profile: &&Profile| {
            profile.is_numeric() && !profile.hints.has_any(&NO_AMOUNT[..NO_HALF])
        };
        let possible = self.layout.profiles.iter().filter(is_possible);
        possible
            .take(MOST_COLUMNS)
            .map(|profile| (Source::Single(profile.index), self.amount_score(profile)))
            .collect()
    }

    fn amount_score(&self, profile: &Profile) -> i64 {
        let hints = profile.hints;
        let named = if hints.has_any(&[Hint::AmountIn, Hint::AmountOut]) {
            4
        } else if hints.has(Hint::Amount) {
            8
        } else {
            0
        };
        let other = if is_named_otherwise(hints) { -14 } else { 0 };
        let foreign = if hints.has(Hint::Foreign) { -7 } else { 0 };
        let used = profile.filled - profile.zeros;
        let values = percent(used, self.rows()) / 12 + percent(profile.money, profile.numbers) / 25;
        let signed = if profile.negatives > 0 { 2 } else { 0 };
        let suffixed = self.numbers.of_column(profile.index).any(|number| number.suffix.is_some());
        let suffix = if suffixed { 6 } else { 0 };
        let is_idle = used == 0 || (profile.is_constant() && self.rows() > 3);
        let idle = if is_idle { -8 } else { 0 };
        let code = if profile.mostly(profile.codes, 50) || self.is_running_number(profile) {
            -14
        } else {
            0
        };
        let rate = if profile.mostly(profile.rates, 80) { -4 } else { 0 };
        named + other + foreign + values + signed + suffix + idle + code + rate
    }

    /// Whole numbers that grow or shrink by one.
    fn is_running_number(&self, profile: &Profile) -> bool {
        let values = self.numbers.scaled(profile.index, self.decimal);
        let step = |window: &[Option<i64>]| match window {
            [Some(a), Some(b)] => a.abs_diff(*b) == 10_000,
            _ => false,
        };
        values.len() > 2 && profile.money == 0 && values.windows(2).all(step)
    }

    /// Two columns of which each row uses one: named so, or unnamed and exclusive.
    fn pairs(&self) -> Vec<(Source, i64)> {
        let profiles = &self.layout.profiles;
        let named = |hint: Hint| {
            profiles.iter().filter(move |profile| {
                let hints = profile.hints;
                let is_money = profile.is_numeric() || profile.is_empty();
                is_money
                    && hints.has(hint)
                    && !is_named_otherwise(hints)
                    && !hints.has(Hint::Foreign)
            })
        };
        let mut pairs = Vec::new();
        for income in named(Hint::AmountIn).take(MOST_HALVES) {
            for outgo in named(Hint::AmountOut).take(MOST_HALVES) {
                let coverage = self.exclusive_percent(income.index, outgo.index);
                if coverage >= 80 {
                    let source = Source::Pair { income: income.index, outgo: outgo.index };
                    pairs.push((source, 11 + coverage / 12));
                }
            }
        }
        if pairs.is_empty() {
            self.add_unnamed_pairs(&mut pairs);
        }
        pairs
    }

    fn add_unnamed_pairs(&self, pairs: &mut Vec<(Source, i64)>) {
        let candidates: Vec<&Profile> = self
            .layout
            .profiles
            .iter()
            .filter(|profile| profile.is_numeric() && !is_named_otherwise(profile.hints))
            .filter(|profile| !profile.hints.has_any(&[Hint::Foreign, Hint::Description]))
            .filter(|profile| {
                profile.money > 0 || profile.zeros == profile.filled || !profile.hints.is_empty()
            })
            .filter(|profile| !profile.mostly(profile.rates, 80))
            .take(MOST_HALVES)
            .collect();
        for (at, first) in candidates.iter().enumerate() {
            for second in &candidates[at + 1..] {
                let used = |profile: &Profile| profile.filled > profile.zeros;
                let is_filled_beside = first.filled + second.filled > self.rows();
                let plausible = (used(first) && used(second)) || is_filled_beside;
                let coverage = self.exclusive_percent(first.index, second.index);
                if coverage >= 95 && plausible {
                    // Where one of the two is named, the other is its counterpart.
                    let is_turned =
                        first.hints.has(Hint::AmountIn) || second.hints.has(Hint::AmountOut);
                    let (income, outgo) = if is_turned { (first, second) } else { (second, first) };
                    let source = Source::Pair { income: income.index, outgo: outgo.index };
                    pairs.push((source, 8 + coverage / 12));
                }
            }
        }
    }

    /// In how many percent of the rows exactly one of two columns holds an amount that does not say
    /// itself which way it went; 0 if more than a stray row has both.
    fn exclusive_percent(&self, first: usize, second: usize) -> i64 {
        let amount = |row: usize, column: usize| {
            NumberText::parse(self.cell(row, column)).filter(|number| !number.is_zero())
        };
        let (mut exclusive, mut both, mut neither) = (0, 0, 0);
        for row in 0..self.rows() {
            match (amount(row, first), amount(row, second)) {
                (Some(_), Some(_)) => both += 1,
                (Some(number), None) | (None, Some(number)) if number.suffix.is_none() => {
                    exclusive += 1
                }
                _ => neither += 1,
            }
        }
        // One row may be damaged.
        let judged = self.rows() - usize::from(neither == 1 && self.rows() > 1);
        if both * 20 > self.rows() { 0 } else { percent(exclusive, judged) }
    }

    /// The balance column that these amounts add up to, if there is one.
    fn proof(&self, source: Source) -> Option<(usize, Chain)> {
        let amounts = self.signed_values(source);
        let used = source.columns();
        let balances = self.layout.profiles.iter().filter(|profile| {
            profile.is_numeric()
                && !used.contains(&profile.index)
                && profile.distinct > 1
                && !profile.hints.has_any(&[Hint::Rate, Hint::Identifier, Hint::Fee])
        });
        let balances = balances.take(MOST_COLUMNS);
        if used.iter().any(|column| is_named_otherwise(self.profile(*column).hints)) {
            return None;
        }
        let proven = balances.filter_map(|profile| {
            let values = self.numbers.scaled(profile.index, self.decimal);
            let signless = is_explained_without_sign(&amounts, &values).then_some(Chain {
                rises: None,
                matches: self.rows() / 2,
                against: 0,
            });
            Some((profile.index, chain(&amounts, &values).or(signless)?))
        });
        proven.max_by_key(|(column, chain)| {
            (chain.rises.is_some(), chain.matches, self.profile(*column).hints.has(Hint::Balance))
        })
    }

    fn balance_by_name(&self, source: Source) -> Option<usize> {
        let used = source.columns();
        let named = self.layout.profiles.iter().filter(|profile| {
            profile.hints.has(Hint::Balance)
                && profile.is_numeric()
                && !used.contains(&profile.index)
        });
        named.max_by_key(|profile| profile.filled).map(|profile| profile.index)
    }
}

/// Whether a name says that a column holds something else than amounts. "Out of account" does not,
/// though it speaks of an account.
fn is_named_otherwise(hints: Hints) -> bool {
    let is_column_of_pair = hints.has_any(&[Hint::AmountIn, Hint::AmountOut]);
    let others: &[Hint] = if is_column_of_pair { &NO_AMOUNT[..NO_HALF] } else { &NO_AMOUNT };
    hints.has_any(others)
}
