//! One file from its bytes to rows and questions.

use model::Currency;

use crate::amounts::{DecimalFinding, NumberText, find_decimal};
use crate::columns::{Layout, find_layout};
use crate::currency::{CurrencyPlan, find_currency_column, find_named_currency, is_beside_amounts};
use crate::day_order::{DayFacts, find_day_order};
use crate::decode::decode;
use crate::money::{Evidence, MoneyPlan, Numbers, RuleKind, Source, find_money};
use crate::questions::{about_columns, about_date_order, about_decimal, about_sign};
use crate::rows::{Plan, rows};
use crate::statement::{
    Column, Context, DateEvidence, Decimal, Detected, Overrides, Role, Row, Statement,
};
use crate::table::{Record, find_delimiter, records};
use crate::texts::{TextPlan, find_texts};
use crate::words::{Hint, is_pending};

/// Why a file can't be read at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    #[error("the file is empty; export a statement that holds at least one booking")]
    Empty,
    #[error("the file is {0} and no CSV; export the statement as CSV")]
    OtherFormat(&'static str),
    #[error("the file is no text; export the statement as CSV")]
    NotText,
    #[error("\"{0}\" is no encoding; use one such as utf-8 or windows-1252")]
    UnknownEncoding(String),
    #[error("no column holds days; one should, such as 2026-11-24 or 24.11.2026")]
    NoDateColumn { columns: Vec<Column> },
    #[error("no column holds amounts; one should, such as -12.34")]
    NoAmountColumn { columns: Vec<Column> },
}

/// Reads a bank file.
///
/// The rows are in the order of the file. While the statement has questions they are only
/// proposed: nothing should be booked before a person has answered. Reading is pure, so the same
/// bytes, context and overrides give the same statement.
pub fn read(
    bytes: &[u8],
    context: &Context,
    overrides: &Overrides,
) -> Result<Statement, ReadError> {
    let decoded = decode(bytes, overrides.encoding.as_deref(), context.currency)?;
    let delimiter = overrides.delimiter.unwrap_or_else(|| find_delimiter(&decoded.text));
    let records = records(&decoded.text, delimiter);
    let layout = find_layout(&records, overrides)?;
    let texts = find_texts(&layout, overrides);
    let numbers = Numbers::of(&records, &layout);
    let currency_column = find_currency_column(&layout, &records, context, overrides);
    let main_currency = main_currency(&records, &layout, currency_column, context);

    let assumed = assumed_decimal(&layout, &numbers, main_currency, overrides);
    let evidence = Evidence {
        records: &records,
        layout: &layout,
        numbers: &numbers,
        decimal: assumed.unwrap_or(Decimal::Point),
        texts: &texts.columns(),
    };
    let money = find_money(&evidence, overrides).ok_or_else(|| ReadError::NoAmountColumn {
        columns: columns(&layout, &Roles::without_money(&layout, &texts, currency_column)),
    })?;
    let currency = CurrencyPlan {
        column: currency_column,
        named: find_named_currency(&layout, &money, context),
        is_beside: is_beside_amounts(&money, &numbers),
    };
    let finding = decimal_of_amounts(&money, &numbers, main_currency, overrides);
    let decimal = match finding {
        DecimalFinding::Found(decimal) => decimal,
        _ => assumed.unwrap_or(Decimal::Point),
    };

    let booked = booked(&records, &layout, &texts);
    let facts = DayFacts {
        records: &records,
        layout: &layout,
        booked: &booked,
        context,
        delimiter,
        decimal: matches!(finding, DecimalFinding::Found(_)).then_some(decimal),
        currency: named_in_file(&currency, &records, &layout, &money, &numbers),
    };
    let days = find_day_order(&facts, overrides.date_order);

    let plan = Plan {
        layout: &layout,
        money: &money,
        texts: &texts,
        currency: &currency,
        order: days.order,
        decimal,
        context,
    };
    let roles = Roles {
        layout: &layout,
        money: Some(&money),
        texts: &texts,
        currency: currency_column,
        decided: overrides.roles.as_deref(),
    };
    let columns = columns(&layout, &roles);
    let (rows, skipped) = rows(&records, &plan);
    let mut questions = Vec::new();
    if let (Source::Single(amount), Some(rival)) = (money.source, money.rival) {
        questions.push(about_columns(&columns, amount, rival));
    }
    if days.evidence == DateEvidence::None {
        questions.push(about_date_order(&records, &plan));
    }
    if finding == DecimalFinding::Open {
        questions.push(about_decimal(&records, &plan));
    }
    if money.is_open {
        questions.push(about_sign(&records, &plan));
    }
    let detected = Detected {
        encoding: decoded.encoding,
        delimiter,
        has_header: layout.header.is_some(),
        header_line: layout.header.map(|header| records[header].line),
        date_order: days.order,
        date_evidence: days.evidence,
        decimal,
        group: group(&money, &numbers, decimal),
        sign: money.rule.sign(),
        currency: one_currency(&rows),
        currency_in_file: currency.is_in_file(),
    };
    Ok(Statement { detected, columns, questions, rows, skipped })
}

/// The currency that the number of decimals follows: the first that the file names.
fn main_currency(
    records: &[Record],
    layout: &Layout,
    column: Option<usize>,
    context: &Context,
) -> Currency {
    let cell = |column: usize| layout.complete.first().map(|at| records[*at].cell(column));
    column.and_then(cell).and_then(|code| Currency::parse(code).ok()).unwrap_or(context.currency)
}

/// The decimal mark as far as it is needed to find the amounts: from all columns written like
/// money.
fn assumed_decimal(
    layout: &Layout,
    numbers: &Numbers,
    currency: Currency,
    overrides: &Overrides,
) -> Option<Decimal> {
    if overrides.decimal.is_some() {
        return overrides.decimal;
    }
    let of_columns = |strict: bool| {
        let columns = layout.profiles.iter().filter(|profile| {
            let is_other = profile.hints.has_any(&[Hint::Rate, Hint::Identifier, Hint::Reference]);
            profile.is_numeric() && !(strict && is_other)
        });
        let numbers = columns.flat_map(|profile| numbers.of_column(profile.index));
        match find_decimal(numbers, currency.exponent()) {
            DecimalFinding::Found(decimal) => Some(decimal),
            _ => None,
        }
    };
    of_columns(true).or_else(|| of_columns(false))
}

/// The decimal mark from the amounts and balances alone.
fn decimal_of_amounts(
    money: &MoneyPlan,
    numbers: &Numbers,
    currency: Currency,
    overrides: &Overrides,
) -> DecimalFinding {
    if let Some(decimal) = overrides.decimal {
        return DecimalFinding::Found(decimal);
    }
    find_decimal(amounts_and_balances(money, numbers), currency.exponent())
}

fn amounts_and_balances<'a>(
    money: &MoneyPlan,
    numbers: &'a Numbers,
) -> impl Iterator<Item = &'a NumberText> {
    let columns = money.source.columns().into_iter().chain(money.balance);
    columns.flat_map(|column| numbers.of_column(column))
}

fn group(money: &MoneyPlan, numbers: &Numbers, decimal: Decimal) -> Option<char> {
    amounts_and_balances(money, numbers).find_map(|number| number.group(decimal))
}

/// The complete records that say nothing of waiting.
fn booked(records: &[Record], layout: &Layout, texts: &TextPlan) -> Vec<usize> {
    let waits =
        |at: &&usize| texts.status.is_some_and(|column| is_pending(records[**at].cell(column)));
    layout.complete.iter().filter(|at| !waits(at)).copied().collect()
}

/// The currency that the file names without a doubt, wherever it does.
fn named_in_file(
    plan: &CurrencyPlan,
    records: &[Record],
    layout: &Layout,
    money: &MoneyPlan,
    numbers: &Numbers,
) -> Option<Currency> {
    let in_column = plan.column.and_then(|column| {
        let first = records[*layout.complete.first()?].cell(column);
        Currency::parse(first).ok()
    });
    let beside = || {
        let mut columns = money.source.columns().into_iter();
        let marked = columns.find_map(|column| {
            numbers.of_column(column).find(|number| !number.currencies.is_empty())
        })?;
        match marked.currencies.as_slice() {
            [only] => Some(*only),
            _ => None,
        }
    };
    in_column.or(plan.named).or_else(beside)
}

fn one_currency(rows: &[Row]) -> Option<Currency> {
    let mut currencies = rows.iter().filter_map(Row::amount).map(|amount| amount.currency);
    let first = currencies.next()?;
    currencies.all(|currency| currency == first).then_some(first)
}

/// What was decided about columns, to be shown with them.
struct Roles<'a> {
    layout: &'a Layout,
    money: Option<&'a MoneyPlan>,
    texts: &'a TextPlan,
    currency: Option<usize>,
    /// The roles that a person gave, which are shown as they are.
    decided: Option<&'a [Role]>,
}

impl<'a> Roles<'a> {
    fn without_money(
        layout: &'a Layout,
        texts: &'a TextPlan,
        currency: Option<usize>,
    ) -> Roles<'a> {
        Roles { layout, money: None, texts, currency, decided: None }
    }

    fn of(&self, column: usize) -> Role {
        let is = |other: Option<usize>| other == Some(column);
        let texts = self.texts;
        if let Some(decided) = self.decided {
            return decided.get(column).copied().unwrap_or(Role::Ignore);
        }
        if column == self.layout.day {
            return Role::Date;
        }
        if let Some(role) = self.money.and_then(|money| money_role(money, column)) {
            return role;
        }
        match () {
            () if is(self.currency) => Role::Currency,
            () if is(texts.payee) => Role::Payee,
            () if is(texts.payer) => Role::Payer,
            () if texts.descriptions.contains(&column) => Role::Description,
            () if is(texts.status) => Role::Status,
            () if is(texts.reference) => Role::Reference,
            () if self.layout.profiles[column].mostly(self.layout.profiles[column].dates, 90) => {
                Role::ValueDate
            }
            () => Role::Ignore,
        }
    }
}

fn money_role(money: &MoneyPlan, column: usize) -> Option<Role> {
    if money.balance == Some(column) {
        return Some(Role::Balance);
    }
    if money.rule.kind == (RuleKind::Flag { column }) {
        return Some(Role::Flag);
    }
    match money.source {
        Source::Single(amount) if amount == column => Some(Role::Amount),
        Source::Pair { income, .. } if income == column => Some(Role::AmountIn),
        Source::Pair { outgo, .. } if outgo == column => Some(Role::AmountOut),
        _ => None,
    }
}

fn columns(layout: &Layout, roles: &Roles<'_>) -> Vec<Column> {
    let column = |index: usize| {
        let profile = &layout.profiles[index];
        let (name, samples) = (profile.name.clone(), profile.samples.clone());
        Column { index, name, role: roles.of(index), samples }
    };
    (0..layout.profiles.len()).map(column).collect()
}
