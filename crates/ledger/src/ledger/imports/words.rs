//! The statement reader's words, as the API says them.

use contracts::ledger::{
    ColumnRole, DateOrder, DecimalMark, ImportColumn, ImportDetected, ImportOption, ImportPatch,
    ImportPeriod, ImportQuestion, SignRule,
};
use statements::{Column, Decimal, Overrides, Question, QuestionId, Role, Sign, Statement};

macro_rules! same {
    ($to:ident, $from:ident: $one:ty, $other:ty { $($variant:ident)+ }) => {
        fn $to(word: $one) -> $other {
            match word { $(<$one>::$variant => <$other>::$variant),+ }
        }

        fn $from(word: $other) -> $one {
            match word { $(<$other>::$variant => <$one>::$variant),+ }
        }
    };
}

same!(role_to_api, role_from_api: Role, ColumnRole {
    Date ValueDate Amount AmountIn AmountOut Flag Balance Currency Payee Payer Description
    Reference Status Ignore
});
same!(sign_to_api, sign_from_api: Sign, SignRule { Signed Reversed InOut Flag Suffix });
same!(order_to_api, order_from_api: statements::DateOrder, DateOrder { Dmy Mdy Ymd });
same!(decimal_to_api, decimal_from_api: Decimal, DecimalMark { Point Comma });

/// How a file was read.
pub fn detected(statement: &Statement) -> ImportDetected {
    let found = &statement.detected;
    ImportDetected {
        encoding: Some(found.encoding.clone()),
        delimiter: Some(found.delimiter),
        has_header: found.has_header,
        header_row: found.header_line.map(count),
        columns: columns(&statement.columns),
        date_order: Some(order_to_api(found.date_order)),
        decimal: Some(decimal_to_api(found.decimal)),
        sign: Some(sign_to_api(found.sign)),
    }
}

pub fn columns(columns: &[Column]) -> Vec<ImportColumn> {
    let column = |column: &Column| ImportColumn {
        index: count(column.index),
        name: column.name.clone(),
        samples: column.samples.clone(),
        role: role_to_api(column.role),
    };
    columns.iter().map(column).collect()
}

pub fn questions(questions: &[Question]) -> Vec<ImportQuestion> {
    let question = |question: &Question| {
        let options = question.options.iter().map(|option| ImportOption {
            value: option.value.clone(),
            label: option.label.clone(),
            sample: option.sample.clone(),
        });
        let id = match question.id {
            QuestionId::Columns => "columns",
            QuestionId::DateOrder => "date_order",
            QuestionId::Decimal => "decimal",
            QuestionId::Sign => "sign",
        };
        ImportQuestion {
            id: id.to_owned(),
            text: question.text.clone(),
            options: options.collect(),
        }
    };
    questions.iter().map(question).collect()
}

pub fn period(statement: &Statement) -> Option<ImportPeriod> {
    statement.period().map(|period| ImportPeriod { first: period.first, last: period.last })
}

/// What was said before, with what a patch says in its place.
pub fn overrides(before: Overrides, patch: &ImportPatch) -> Overrides {
    let roles = patch.columns.as_ref();
    let roles = roles.map(|roles| roles.iter().map(|role| role_from_api(*role)).collect());
    Overrides {
        roles: roles.or(before.roles),
        date_order: patch.date_order.map(order_from_api).or(before.date_order),
        decimal: patch.decimal.map(decimal_from_api).or(before.decimal),
        sign: patch.sign.map(sign_from_api).or(before.sign),
        encoding: patch.encoding.clone().or(before.encoding),
        delimiter: patch.delimiter.or(before.delimiter),
        has_header: patch.has_header.or(before.has_header),
    }
}

pub fn count(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(value: &impl serde::Serialize) -> String {
        serde_json::to_string(value).unwrap()
    }

    #[test]
    fn both_sides_write_the_same_words() {
        for role in [Role::ValueDate, Role::AmountIn, Role::Ignore] {
            assert_eq!(json(&role), json(&role_to_api(role)));
        }
        for sign in [Sign::Signed, Sign::InOut, Sign::Suffix] {
            assert_eq!(json(&sign), json(&sign_to_api(sign)));
        }
        assert_eq!(json(&Decimal::Comma), json(&decimal_to_api(Decimal::Comma)));
    }

    #[test]
    fn a_patch_keeps_what_it_does_not_say() {
        let before = Overrides { delimiter: Some(';'), ..Overrides::default() };
        let patch = ImportPatch { date_order: Some(DateOrder::Mdy), ..ImportPatch::default() };
        let after = overrides(before, &patch);
        assert_eq!(after.delimiter, Some(';'));
        assert_eq!(after.date_order, Some(statements::DateOrder::Mdy));
    }
}
