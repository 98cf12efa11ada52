//! The columns of money: which hold amounts and balances, and how money out is told from money in.

mod place;
mod sign;

use std::collections::BTreeMap;

use crate::amounts::NumberText;
use crate::balance::chain;
use crate::columns::Layout;
use crate::profile::Profile;
use crate::statement::{Decimal, Overrides, Role, Sign};
use crate::table::Record;
use crate::words::Direction;

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
    Columns {
        outgo_is_negative: bool,
    },
    Flag {
        column: usize,
    },
    /// A word behind each amount; where only one of the two is ever written, amounts without it are
    /// the other.
    Suffix {
        absent: Option<Direction>,
    },
}

impl Rule {
    pub(crate) fn sign(self) -> Sign {
        match self.kind {
            RuleKind::AsWritten if self.is_reversed => Sign::Reversed,
            RuleKind::AsWritten => Sign::Signed,
            RuleKind::Columns { .. } => Sign::InOut,
            RuleKind::Flag { .. } => Sign::Flag,
            RuleKind::Suffix { .. } => Sign::Suffix,
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

    /// What each row adds under the plainest reading of a source.
    fn signed_values(&self, source: Source) -> Vec<Option<i64>> {
        match source {
            Source::Single(column) => self.numbers.scaled(column, self.decimal),
            Source::Pair { income, outgo } => {
                let outgo_is_negative = self.is_negative(outgo);
                let value = |row: usize, column: usize| {
                    let number = NumberText::parse(self.cell(row, column));
                    number
                        .and_then(|number| number.scaled(self.decimal))
                        .filter(|value| *value != 0)
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
            return Some(MoneyPlan {
                source: Source::Single(outgo),
                balance,
                rule,
                is_open: false,
                rival: None,
            });
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
            (Source::Single(_), _) if matches!(plan.rule.kind, RuleKind::AsWritten) => {
                plan.rule.kind
            }
            (Source::Single(_), Sign::Signed | Sign::InOut) => RuleKind::AsWritten,
            (Source::Single(_), Sign::Reversed) => plan.rule.kind,
        };
        let rule = Rule { kind: plain, is_reversed: sign == Sign::Reversed };
        MoneyPlan { rule, is_open: false, ..plan }
    }
}

fn percent(part: usize, whole: usize) -> i64 {
    i64::try_from(part * 100 / whole.max(1)).unwrap_or(0)
}
