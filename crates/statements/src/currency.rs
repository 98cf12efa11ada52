//! The currency of each amount: a column, a name, a sign beside it, or the account's.

use std::collections::HashSet;

use model::Currency;

use crate::amounts::NumberText;
use crate::columns::Layout;
use crate::money::{MoneyPlan, Numbers};
use crate::profile::is_currency_code;
use crate::statement::{Context, Overrides, Role};
use crate::table::Record;
use crate::words::{Hint, currencies};

/// Where the currency of an amount stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct CurrencyPlan {
    pub(crate) column: Option<usize>,
    /// Named once, beside a column's name.
    pub(crate) named: Option<Currency>,
    /// Whether amounts carry a sign or code of their own.
    pub(crate) is_beside: bool,
}

impl CurrencyPlan {
    pub(crate) fn is_in_file(&self) -> bool {
        self.column.is_some() || self.named.is_some() || self.is_beside
    }

    /// The currency of one amount; the error says what is wrong.
    pub(crate) fn of_amount(
        &self,
        record: &Record,
        number: &NumberText,
        context: &Context,
    ) -> Result<Currency, String> {
        let cell = self.column.map_or("", |column| record.cell(column));
        if !cell.is_empty() {
            return match currencies(cell) {
                Some(found) => one_of(&found, self.named, context),
                None => Err(format!("\"{cell}\" is no currency; it should be a code such as EUR")),
            };
        }
        if let Some(named) = self.named {
            return Ok(named);
        }
        match number.currencies.as_slice() {
            [] => Ok(context.currency),
            found => one_of(found, None, context),
        }
    }
}

/// The currency meant among those that a sign can stand for: the account's, if it is one of them.
fn one_of(
    found: &[Currency],
    named: Option<Currency>,
    context: &Context,
) -> Result<Currency, String> {
    let meant =
        [Some(context.currency), named].into_iter().flatten().find(|one| found.contains(one));
    match (meant, found) {
        (Some(currency), _) => Ok(currency),
        (None, [only]) => Ok(*only),
        (None, several) => {
            let codes: Vec<&str> = several.iter().map(|one| one.code()).collect();
            let codes = codes.join(", ");
            Err(format!(
                "the amount's currency can be {codes}; import it into an account in one of them"
            ))
        }
    }
}

/// A column of codes that every row fills; one of another currency than the account's, for the
/// original amount, has a name that says so or gaps.
pub(crate) fn find_currency_column(
    layout: &Layout,
    records: &[Record],
    context: &Context,
    overrides: &Overrides,
) -> Option<usize> {
    if let Some(roles) = &overrides.roles {
        return roles.iter().position(|role| *role == Role::Currency);
    }
    let is_account_currency = |column: usize| {
        let first = layout.complete.first().map_or("", |at| records[*at].cell(column));
        first == context.currency.code()
    };
    let codes = layout.profiles.iter().filter(|profile| {
        let hints = profile.hints;
        let in_rows = profile.filled * 10 >= profile.rows * 9;
        in_rows && profile.currencies == profile.filled && !hints.has(Hint::Foreign)
    });
    codes
        .max_by_key(|profile| {
            let is_named = profile.hints.has(Hint::Currency) && !profile.hints.has(Hint::Balance);
            (is_account_currency(profile.index), is_named, usize::MAX - profile.index)
        })
        .map(|profile| profile.index)
}

/// The currency in the name of an amount column, such as "Betrag (EUR)" or "Umsatz in €".
pub(crate) fn find_named_currency(
    layout: &Layout,
    money: &MoneyPlan,
    context: &Context,
) -> Option<Currency> {
    let names = money.source.columns().into_iter().chain(money.balance);
    let words = names.flat_map(|column| {
        layout.profiles[column].name.split(|c: char| c.is_whitespace() || "()[]/,;:".contains(c))
    });
    let found: HashSet<Currency> = words
        .filter(|word| is_currency_code(word) || word.chars().any(|c| !c.is_alphanumeric()))
        .filter_map(|word| one_of(&currencies(word)?, None, context).ok())
        .collect();
    if found.len() == 1 { found.into_iter().next() } else { None }
}

/// Whether the amounts themselves carry currencies.
pub(crate) fn is_beside_amounts(money: &MoneyPlan, numbers: &Numbers) -> bool {
    let mut amounts =
        money.source.columns().into_iter().flat_map(|column| numbers.of_column(column));
    amounts.any(|number| !number.currencies.is_empty())
}
