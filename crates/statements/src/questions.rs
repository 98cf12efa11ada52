//! What is left open, as questions with a sample of each answer.

use crate::dates::DateText;
use crate::money::{MoneyPlan, Rule, Source};
use crate::rows::{Plan, rows, written};
use crate::statement::{
    Column, DateOrder, Decimal, Question, QuestionId, QuestionOption, Role, Row, Sign,
};
use crate::table::Record;

/// Asks for the order of the dates; the first option is how the rows are proposed.
pub(crate) fn about_date_order(records: &[Record], plan: &Plan<'_>) -> Question {
    let dates = plan.layout.complete.iter().map(|at| records[*at].cell(plan.layout.day));
    // A date that differs under both orders shows best what is asked.
    let differs = |cell: &&str| {
        let date = DateText::parse(cell);
        let day = |order| date.and_then(|date| date.day(order).ok());
        day(DateOrder::Dmy).is_some() && day(DateOrder::Dmy) != day(DateOrder::Mdy)
    };
    let cell = dates.clone().find(differs).or_else(|| dates.clone().next()).unwrap_or_default();
    let other = if plan.order == DateOrder::Mdy { DateOrder::Dmy } else { DateOrder::Mdy };
    let option = |order: DateOrder| {
        let day = DateText::parse(cell).map(|date| date.day(order));
        let sample = match day {
            Some(Ok(day)) => format!("{cell} is {day}"),
            _ => format!("{cell} is no day"),
        };
        QuestionOption { value: code(order).to_owned(), label: capital(written(order)), sample }
    };
    Question {
        id: QuestionId::DateOrder,
        text: "Does the day or the month come first in the dates?".to_owned(),
        options: vec![option(plan.order), option(other)],
    }
}

/// Asks which of two columns holds the amounts, given the columns as they were taken.
pub(crate) fn about_columns(columns: &[Column], amount: usize, rival: usize) -> Question {
    let option = |chosen: usize| {
        let role = |column: &Column| match column.role {
            _ if column.index == chosen => Role::Amount,
            Role::Amount => Role::Balance,
            Role::Balance => Role::Ignore,
            other => other,
        };
        let roles: Vec<&str> = columns.iter().map(|column| role_code(role(column))).collect();
        let column = &columns[chosen];
        let label = match column.name.as_str() {
            "" => format!("Column {}", chosen + 1),
            name => name.to_owned(),
        };
        QuestionOption { value: roles.join(","), label, sample: column.samples.join(", ") }
    };
    Question {
        id: QuestionId::Columns,
        text: "Which column holds the amounts?".to_owned(),
        options: vec![option(amount), option(rival)],
    }
}

/// Asks for the decimal mark.
pub(crate) fn about_decimal(records: &[Record], plan: &Plan<'_>) -> Question {
    let other = if plan.decimal == Decimal::Point { Decimal::Comma } else { Decimal::Point };
    let option = |decimal: Decimal| {
        let read = Plan { decimal, ..*plan };
        let label = match decimal {
            Decimal::Point => "A point",
            Decimal::Comma => "A comma",
        };
        QuestionOption {
            value: decimal.mark().to_string(),
            label: label.to_owned(),
            sample: sample(&first_row(records, &read)),
        }
    };
    Question {
        id: QuestionId::Decimal,
        text: "Which mark stands before the decimals of the amounts?".to_owned(),
        options: vec![option(plan.decimal), option(other)],
    }
}

/// Asks which way the money went.
pub(crate) fn about_sign(records: &[Record], plan: &Plan<'_>) -> Question {
    let proposed = plan.money.rule;
    let turned = Rule { is_reversed: !proposed.is_reversed, ..proposed };
    let option = |rule: Rule| {
        let money = MoneyPlan { rule, ..plan.money.clone() };
        let read = Plan { money: &money, ..*plan };
        let value = match (rule.is_reversed, plan.money.source) {
            (true, _) => Sign::Reversed,
            (false, Source::Pair { .. }) => Sign::InOut,
            (false, Source::Single(_)) => Sign::Signed,
        };
        let label = match value {
            Sign::Signed => "Money out is negative",
            Sign::InOut => "As the columns were taken",
            _ if matches!(plan.money.source, Source::Single(_)) => "Money out is positive",
            _ => "The other way round",
        };
        QuestionOption {
            value: sign_code(value).to_owned(),
            label: label.to_owned(),
            sample: sample(&first_row(records, &read)),
        }
    };
    Question {
        id: QuestionId::Sign,
        text: "Which way did the money go?".to_owned(),
        options: vec![option(proposed), option(turned)],
    }
}

/// The first booking under a plan.
fn first_row(records: &[Record], plan: &Plan<'_>) -> Option<Row> {
    let first = *plan.layout.complete.first()?;
    let (rows, _) = rows(&records[..=first], plan);
    rows.into_iter().rfind(|row| row.amount().is_some())
}

fn sample(row: &Option<Row>) -> String {
    let Some((row, amount)) = row.as_ref().and_then(|row| Some((row, row.amount()?))) else {
        return String::new();
    };
    let payee = &row.payee;
    let unsigned = if amount.minor < 0 { amount.negated() } else { amount };
    if amount.minor < 0 {
        format!("{payee}: {unsigned} went out")
    } else {
        format!("{payee}: {unsigned} came in")
    }
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or(String::new(), |first| first.to_uppercase().chain(chars).collect())
}

fn code(order: DateOrder) -> &'static str {
    match order {
        DateOrder::Dmy => "dmy",
        DateOrder::Mdy => "mdy",
        DateOrder::Ymd => "ymd",
    }
}

fn sign_code(sign: Sign) -> &'static str {
    match sign {
        Sign::Signed => "signed",
        Sign::Reversed => "reversed",
        Sign::InOut => "in_out",
        Sign::Flag => "flag",
        Sign::Suffix => "suffix",
    }
}

fn role_code(role: Role) -> &'static str {
    match role {
        Role::Date => "date",
        Role::ValueDate => "value_date",
        Role::Amount => "amount",
        Role::AmountIn => "amount_in",
        Role::AmountOut => "amount_out",
        Role::Flag => "flag",
        Role::Balance => "balance",
        Role::Currency => "currency",
        Role::Payee => "payee",
        Role::Payer => "payer",
        Role::Description => "description",
        Role::Reference => "reference",
        Role::Status => "status",
        Role::Ignore => "ignore",
    }
}
