//! The columns of money: which hold amounts and balances, and how money out is told from money in.

use std::collections::BTreeMap;

use crate::amounts::{Mark, NumberText};
use crate::balance::{Chain, chain, is_explained_without_sign};
use crate::columns::Layout;
use crate::profile::Profile;
use crate::statement::{Decimal, Overrides, Role, Sign};
use crate::table::Record;
use crate::words::{Direction, Hint, Hints, direction, names_income};

/// Where the amounts stand and what their signs mean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MoneyPlan {
    pub(crate) source: Source,
    pub(crate) balance: Option<usize>,
    pub(crate) rule: Rule,
    /// The file does not tell whether the rule is right: it is asked.
    pub(crate) is_open: bool,
    /// Another column that is as much like the amounts as the one taken: it is asked.
    pub(crate) rival: Option<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    Single(usize),
    Pair { income: usize, outgo: usize },
}

/// How an amount gets its sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rule {
    pub(crate) kind: RuleKind,
    /// Turns every amount around.
    pub(crate) is_reversed: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RuleKind {
    AsWritten,
    Columns { outgo_is_negative: bool },
    Flag { column: usize },
    Suffix,
}

impl Rule {
    pub(crate) fn sign(self) -> Sign {
        match self.kind {
            RuleKind::AsWritten if self.is_reversed => Sign::Reversed,
            RuleKind::AsWritten => Sign::Signed,
            RuleKind::Columns { .. } => Sign::InOut,
            RuleKind::Flag { .. } => Sign::Flag,
            RuleKind::Suffix => Sign::Suffix,
        }
    }
}

impl Source {
    pub(crate) fn columns(self) -> Vec<usize> {
        match self {
            Source::Single(column) => vec![column],
            Source::Pair { income, outgo } => vec![income, outgo],
        }
    }
}

/// The numbers of the complete rows, by column.
pub(crate) struct Numbers {
    columns: BTreeMap<usize, Vec<Option<NumberText>>>,
}

impl Numbers {
    pub(crate) fn of(records: &[Record], layout: &Layout) -> Numbers {
        let parse = |column: usize| {
            let number = |at: &usize| NumberText::parse(records[*at].cell(column));
            layout.complete.iter().map(number).collect()
        };
        let numeric = layout.profiles.iter().filter(|profile| profile.is_numeric());
        let columns = numeric.map(|profile| (profile.index, parse(profile.index))).collect();
        Numbers { columns }
    }

    /// The numbers of a column; none where the cell holds something else.
    pub(crate) fn of_column(&self, column: usize) -> impl Iterator<Item = &NumberText> {
        self.columns.get(&column).into_iter().flatten().flatten()
    }

    fn scaled(&self, column: usize, decimal: Decimal) -> Vec<Option<i64>> {
        let cells = self.columns.get(&column).into_iter().flatten();
        cells.map(|number| number.as_ref().and_then(|number| number.scaled(decimal))).collect()
    }
}

/// What the decision looks at.
pub(crate) struct Evidence<'a> {
    pub(crate) records: &'a [Record],
    pub(crate) layout: &'a Layout,
    pub(crate) numbers: &'a Numbers,
    pub(crate) decimal: Decimal,
    /// The columns that hold texts, which are never taken for a flag.
    pub(crate) texts: &'a [usize],
}

/// Decides where the money is, or nothing if no column can be an amount.
pub(crate) fn find_money(evidence: &Evidence<'_>, overrides: &Overrides) -> Option<MoneyPlan> {
    let plan = match &overrides.roles {
        Some(roles) => evidence.named_plan(roles)?,
        None => evidence.best_plan()?,
    };
    Some(match overrides.sign {
        None => plan,
        Some(sign) => evidence.decided_plan(plan, sign),
    })
}

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

/// How many of them also rule out a column named for money in or out.
const NO_HALF: usize = 4;

/// A candidate for the place of the amounts.
struct Candidate {
    source: Source,
    score: i64,
    chain: Option<(usize, Chain)>,
}

/// Less than what a name or empty cells make.
const CLOSE: i64 = 2;

/// More than any name is worth: a balance that adds up.
const PROVEN: i64 = 30;

impl Evidence<'_> {
    fn profile(&self, column: usize) -> &Profile {
        &self.layout.profiles[column]
    }

    fn rows(&self) -> usize {
        self.layout.complete.len()
    }

    fn cell(&self, row: usize, column: usize) -> &str {
        self.records[self.layout.complete[row]].cell(column)
    }

    fn best_plan(&self) -> Option<MoneyPlan> {
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
        let balance = best.chain.map(|(column, _)| column).or_else(|| self.balance_by_name(best.source));
        let (source, rule, is_open) = self.rule(best.source, best.chain.map(|(_, chain)| chain));
        Some(MoneyPlan { source, balance, rule, is_open, rival })
    }

    /// The second-best column, if so little parts it from the best that it may as well be the
    /// amount.
    fn rival(&self, best: &Candidate, next: &Candidate) -> Option<usize> {
        let is_close = best.score - next.score <= CLOSE;
        match (best.source, next.source, best.chain) {
            (Source::Single(best), Source::Single(next), None) if is_close => {
                let is_plain = self.is_same(best, next) || self.is_followed_by_balance(best, next);
                (!is_plain).then_some(next)
            }
            _ => None,
        }
    }

    fn is_same(&self, first: usize, second: usize) -> bool {
        self.numbers.scaled(first, self.decimal) == self.numbers.scaled(second, self.decimal)
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
        let numeric = self.layout.profiles.iter().filter(|profile| profile.is_numeric());
        numeric.map(|profile| (Source::Single(profile.index), self.amount_score(profile))).collect()
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
        let code = if profile.mostly(profile.codes, 50) || self.is_running_number(profile) { -14 } else { 0 };
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
                is_money && hints.has(hint) && !is_named_otherwise(hints) && !hints.has(Hint::Foreign)
            })
        };
        let mut pairs = Vec::new();
        for income in named(Hint::AmountIn) {
            for outgo in named(Hint::AmountOut) {
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
            .filter(|profile| profile.money > 0 || profile.zeros == profile.filled || !profile.hints.is_empty())
            .filter(|profile| !profile.mostly(profile.rates, 80))
            .collect();
        for (at, first) in candidates.iter().enumerate() {
            for second in &candidates[at + 1..] {
                let used = |profile: &Profile| profile.filled > profile.zeros;
                let is_filled_beside = first.filled + second.filled > self.rows();
                let plausible = (used(first) && used(second)) || is_filled_beside;
                let coverage = self.exclusive_percent(first.index, second.index);
                if coverage >= 95 && plausible {
                    // Where one of the two is named, the other is its counterpart.
                    let is_turned = first.hints.has(Hint::AmountIn) || second.hints.has(Hint::AmountOut);
                    let (income, outgo) = if is_turned { (first, second) } else { (second, first) };
                    let source = Source::Pair { income: income.index, outgo: outgo.index };
                    pairs.push((source, 8 + coverage / 12));
                }
            }
        }
    }

    /// In how many percent of the rows exactly one of two columns holds an amount; 0 if any row has
    /// both, or an amount that says itself which way it went.
    fn exclusive_percent(&self, first: usize, second: usize) -> i64 {
        let amount = |row: usize, column: usize| {
            NumberText::parse(self.cell(row, column)).filter(|number| !number.is_zero())
        };
        let mut exclusive = 0;
        let mut both = 0;
        for row in 0..self.rows() {
            match (amount(row, first), amount(row, second)) {
                (Some(_), Some(_)) => both += 1,
                (Some(number), None) | (None, Some(number)) if number.suffix.is_none() => exclusive += 1,
                _ => {}
            }
        }
        if both * 20 > self.rows() { 0 } else { percent(exclusive, self.rows()) }
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
        if used.iter().any(|column| is_named_otherwise(self.profile(*column).hints)) {
            return None;
        }
        let proven = balances.filter_map(|profile| {
            let values = self.numbers.scaled(profile.index, self.decimal);
            let signless = is_explained_without_sign(&amounts, &values)
                .then_some(Chain { rises: None, matches: self.rows() / 2 });
            Some((profile.index, chain(&amounts, &values).or(signless)?))
        });
        proven.max_by_key(|(column, chain)| {
            (chain.rises.is_some(), chain.matches, self.profile(*column).hints.has(Hint::Balance))
        })
    }

    /// What each row adds under the plainest reading of a source.
    fn signed_values(&self, source: Source) -> Vec<Option<i64>> {
        match source {
            Source::Single(column) => self.numbers.scaled(column, self.decimal),
            Source::Pair { income, outgo } => {
                let outgo_is_negative = self.is_negative(outgo);
                let value = |row: usize, column: usize| {
                    let number = NumberText::parse(self.cell(row, column));
                    number.and_then(|number| number.scaled(self.decimal)).filter(|value| *value != 0)
                };
                (0..self.rows())
                    .map(|row| match (value(row, income), value(row, outgo)) {
                        (Some(value), None) => Some(value),
                        (None, Some(value)) if outgo_is_negative => Some(value),
                        (None, Some(value)) => Some(-value),
                        _ => None,
                    })
                    .collect()
            }
        }
    }

    fn is_negative(&self, column: usize) -> bool {
        let profile = self.profile(column);
        profile.negatives * 2 > profile.filled - profile.zeros.min(profile.filled)
    }

    fn balance_by_name(&self, source: Source) -> Option<usize> {
        let used = source.columns();
        let named = self.layout.profiles.iter().filter(|profile| {
            profile.hints.has(Hint::Balance) && profile.is_numeric() && !used.contains(&profile.index)
        });
        named.max_by_key(|profile| profile.filled).map(|profile| profile.index)
    }

    /// How the amounts of a source get their signs, and whether that has to be asked.
    fn rule(&self, source: Source, chain: Option<Chain>) -> (Source, Rule, bool) {
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
        if let Some(column) = self.direction_column() {
            if let Some(agrees) = self.agreement(column, &signs) {
                return Some(agrees);
            }
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

    fn single_rule(&self, column: usize, chain: Option<Chain>) -> (Rule, bool) {
        let sure = |kind| (Rule { kind, is_reversed: false }, false);
        let numbers = || self.numbers.of_column(column);
        let count = numbers().count();
        if numbers().filter(|number| number.suffix.is_some()).count() * 5 >= count * 4 && count > 0 {
            return sure(RuleKind::Suffix);
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
        if let Some(rises) = chain.and_then(|chain| chain.rises) {
            return by_balance(rises, &counts, &words);
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
            let in_rows = profile.filled * 10 >= self.rows() * 9;
            // A sign alone or a figure is no word; `-` in an empty column means nothing.
            let is_word = profile.samples.iter().any(|sample| sample.chars().any(char::is_alphabetic));
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

    /// The plan of a person who named the columns; what they left open is still found.
    fn named_plan(&self, roles: &[Role]) -> Option<MoneyPlan> {
        let column = |role: Role| {
            let at = roles.iter().position(|other| *other == role);
            at.filter(|column| *column < self.layout.profiles.len())
        };
        let balance = column(Role::Balance);
        let (income, outgo) = (column(Role::AmountIn), column(Role::AmountOut));
        if let (Some(income), Some(outgo)) = (income, outgo) {
            let kind = RuleKind::Columns { outgo_is_negative: self.is_negative(outgo) };
            let rule = Rule { kind, is_reversed: false };
            let source = Source::Pair { income, outgo };
            return Some(MoneyPlan { source, balance, rule, is_open: false, rival: None });
        }
        if let Some(outgo) = outgo {
            let is_reversed = !self.is_negative(outgo);
            let rule = Rule { kind: RuleKind::AsWritten, is_reversed };
            return Some(MoneyPlan { source: Source::Single(outgo), balance, rule, is_open: false, rival: None });
        }
        let amount = column(Role::Amount).or(income)?;
        let source = Source::Single(amount);
        if let Some(flag) = column(Role::Flag) {
            let rule = Rule { kind: RuleKind::Flag { column: flag }, is_reversed: false };
            return Some(MoneyPlan { source, balance, rule, is_open: false, rival: None });
        }
        let proof = balance.and_then(|balance| {
            let values = self.numbers.scaled(balance, self.decimal);
            chain(&self.signed_values(source), &values)
        });
        let (rule, is_open) = self.single_rule(amount, proof);
        Some(MoneyPlan { source, balance, rule, is_open: is_open && income.is_none(), rival: None })
    }

    /// The plan under a sign rule that a person chose.
    fn decided_plan(&self, plan: MoneyPlan, sign: Sign) -> MoneyPlan {
        let plain = match (plan.source, sign) {
            (Source::Pair { .. }, _) | (_, Sign::Flag | Sign::Suffix) => plan.rule.kind,
            (Source::Single(_), _) if matches!(plan.rule.kind, RuleKind::AsWritten) => plan.rule.kind,
            (Source::Single(_), Sign::Signed | Sign::InOut) => RuleKind::AsWritten,
            (Source::Single(_), Sign::Reversed) => plan.rule.kind,
        };
        let rule = Rule { kind: plain, is_reversed: sign == Sign::Reversed };
        MoneyPlan { rule, is_open: false, ..plan }
    }
}

/// Whether a name says that a column holds something else than amounts. "Out of account" does not,
/// though it speaks of an account.
fn is_named_otherwise(hints: Hints) -> bool {
    let is_column_of_pair = hints.has_any(&[Hint::AmountIn, Hint::AmountOut]);
    let others: &[Hint] = if is_column_of_pair { &NO_AMOUNT[..NO_HALF] } else { &NO_AMOUNT };
    hints.has_any(others)
}

fn percent(part: usize, whole: usize) -> i64 {
    i64::try_from(part * 100 / whole.max(1)).unwrap_or(0)
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
        () if named_as_written && (lead <= 3 || words.agree * 2 >= positive) => {
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
