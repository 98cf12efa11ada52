//! What a person says about a file prevails over everything that was detected.

use model::{Currency, Day};
use statements::{
    Column, Context, DateEvidence, DateOrder, Decimal, Outcome, Overrides, QuestionId, ReadError,
    Role, Sign, Statement, read,
};

const OPEN: &str = "Date,Payee,Amount\n\
    03/04/2026,Tesco,12.50\n\
    03/04/2026,Boots,8.00\n\
    04/05/2026,Shell,40.00\n";

fn under(text: &str, overrides: &Overrides) -> Statement {
    read(text.as_bytes(), &Context::of(Currency::EUR), overrides).expect("a statement")
}

fn bookings(statement: &Statement) -> Vec<String> {
    let booking = |row: &statements::Row| match &row.outcome {
        Outcome::Booked { day, amount } => format!("{day} {} {}", amount.amount(), row.payee),
        other => format!("{other:?}"),
    };
    statement.rows.iter().map(booking).collect()
}

#[test]
fn every_option_of_a_question_is_an_answer_to_it() {
    let asked = under(OPEN, &Overrides::default());
    let ids: Vec<QuestionId> = asked.questions.iter().map(|question| question.id).collect();
    assert_eq!(ids, [QuestionId::DateOrder, QuestionId::Sign]);
    for date_order in &asked.questions[0].options {
        for sign in &asked.questions[1].options {
            let overrides =
                serde_json::json!({ "date_order": date_order.value, "sign": sign.value });
            let overrides: Overrides = serde_json::from_value(overrides).unwrap();
            let answered = under(OPEN, &overrides);
            assert!(answered.is_settled());
            assert_eq!(answered.detected.date_evidence, DateEvidence::Person);
            let row = &answered.rows[0];
            assert!(date_order.sample.ends_with(&row.day().unwrap().to_string()));
            let went_out = row.amount().unwrap().minor < 0;
            assert_eq!(sign.sample.ends_with("went out"), went_out, "{}", sign.sample);
        }
    }
    // The first options are the reading under which the rows are proposed.
    let first = Overrides {
        date_order: Some(DateOrder::Dmy),
        sign: Some(Sign::Reversed),
        ..Overrides::default()
    };
    assert_eq!(bookings(&under(OPEN, &first)), bookings(&asked));
}

#[test]
fn the_column_of_the_amount_is_asked_for_and_chosen_by_roles() {
    let text = "28.10.2026;REWE;-12,50;900,00;-3,00\n28.10.2026;dm;-8,00;11,00;-4,00\n";
    let asked = under(text, &Overrides::default());
    let question = asked.questions.iter().find(|question| question.id == QuestionId::Columns);
    let options = &question.expect("a question about columns").options;
    assert_eq!(options[0].value, "date,payee,amount,ignore,ignore");
    let roles = options[1]
        .value
        .split(',')
        .map(|role| serde_json::from_value::<Role>(serde_json::Value::from(role)).unwrap());
    let chosen = Overrides { roles: Some(roles.collect()), ..Overrides::default() };
    assert_eq!(bookings(&under(text, &chosen)), ["2026-10-28 -3.00 REWE", "2026-10-28 -4.00 dm"]);
}

#[test]
fn roles_replace_all_columns() {
    use Role::{Amount, Date, Description, Ignore, Payee};
    let text = "Date,Booked,Payee,Memo,Amount,Fee\n\
        2026-10-28,2026-10-30,Tesco,food,-12.50,-0.10\n";
    let overrides = Overrides {
        roles: Some(vec![Ignore, Date, Description, Payee, Ignore, Amount]),
        ..Overrides::default()
    };
    let statement = under(text, &Overrides { sign: Some(Sign::Signed), ..overrides });
    assert_eq!(bookings(&statement), ["2026-10-30 -0.10 food"]);
    assert_eq!(statement.rows[0].description, "Tesco");
    let roles: Vec<Role> = statement.columns.iter().map(|column| column.role).collect();
    assert_eq!(roles, [Ignore, Date, Description, Payee, Ignore, Amount]);
}

#[test]
fn roles_of_one_side_and_of_a_flag() {
    use Role::{Amount, AmountIn, AmountOut, Date, Flag, Payee};
    let with = |roles: Vec<Role>| Overrides { roles: Some(roles), ..Overrides::default() };
    let text = "Date,Payee,X,Y\n2026-10-28,Tesco,12.50,\n2026-10-27,Salary,,2000.00\n";
    let both = under(text, &with(vec![Date, Payee, AmountOut, AmountIn]));
    assert_eq!(bookings(&both), ["2026-10-28 -12.50 Tesco", "2026-10-27 2000.00 Salary"]);
    let turned = under(text, &with(vec![Date, Payee, AmountIn, AmountOut]));
    assert_eq!(bookings(&turned), ["2026-10-28 12.50 Tesco", "2026-10-27 -2000.00 Salary"]);
    let text = "Date,Payee,X,Y\n2026-10-28,Tesco,12.50,D\n2026-10-27,Salary,2000.00,C\n";
    let flagged = under(text, &with(vec![Date, Payee, Amount, Flag]));
    assert_eq!(bookings(&flagged), ["2026-10-28 -12.50 Tesco", "2026-10-27 2000.00 Salary"]);
}

#[test]
fn decimal_encoding_delimiter_and_header() {
    let text = "2026-10-28|Tesco|-1.250\n2026-10-27|Boots|-8.500\n";
    let comma = Overrides { decimal: Some(Decimal::Comma), ..Overrides::default() };
    assert_eq!(bookings(&under(text, &comma))[0], "2026-10-28 -1250.00 Tesco");
    let point = Overrides { decimal: Some(Decimal::Point), ..Overrides::default() };
    assert_eq!(bookings(&under(text, &point))[0], "2026-10-28 -1.25 Tesco");

    let delimiter = Overrides { delimiter: Some('|'), ..Overrides::default() };
    assert_eq!(under(text, &delimiter).detected.delimiter, '|');

    let header = Overrides { has_header: Some(true), ..Overrides::default() };
    let statement = under(text, &header);
    assert_eq!((statement.rows.len(), statement.detected.header_line), (1, Some(1)));
    assert_eq!(statement.columns[1].name, "Tesco");

    let bytes = b"Date,Payee,Amount\n2026-10-28,\xcc\xe0\xe3\xed\xe8\xf2,-12.50\n";
    let cyrillic = Overrides { encoding: Some("windows-1251".into()), ..Overrides::default() };
    let statement = read(bytes, &Context::of(Currency::EUR), &cyrillic).unwrap();
    assert_eq!(bookings(&statement), ["2026-10-28 -12.50 Магнит"]);
}

#[test]
fn today_and_locale_are_used_where_the_file_is_silent() {
    let context = Context {
        currency: Currency::EUR,
        locale: Some("en-US".into()),
        today: Some(Day::parse("2026-10-01").unwrap()),
    };
    let with = |date: &str| {
        let text = format!("Date,Payee,Amount\n{date},Tesco,-12.50\n{date},Boots,-8.00\n");
        read(text.as_bytes(), &context, &Overrides::default()).unwrap()
    };
    // The other order would book these in December.
    for (date, order) in [("03/12/2026", DateOrder::Mdy), ("12/03/2026", DateOrder::Dmy)] {
        let detected = with(date).detected;
        assert_eq!(detected.date_order, order);
        assert_eq!(detected.date_evidence, DateEvidence::Values);
    }
    let statement = with("03/04/2026");
    assert_eq!(statement.questions[0].id, QuestionId::DateOrder);
    assert_eq!(statement.questions[0].options[0].value, "mdy");
}

#[test]
fn what_is_no_statement_gets_an_error_that_shows_its_columns() {
    let read = |text: &str| {
        read(text.as_bytes(), &Context::of(Currency::EUR), &Overrides::default()).unwrap_err()
    };
    let names = |columns: Vec<Column>| -> Vec<String> {
        columns.into_iter().map(|column| column.name).collect()
    };
    match read("Name,City\nAlex,Bonn\n") {
        ReadError::NoDateColumn { columns } => assert_eq!(names(columns), ["Name", "City"]),
        other => panic!("{other}"),
    }
    match read("Date,City\n2026-10-28,Bonn\n2026-10-29,Berlin\n") {
        ReadError::NoAmountColumn { columns } => assert_eq!(names(columns), ["Date", "City"]),
        other => panic!("{other}"),
    }
    assert_eq!(read("  \n"), ReadError::Empty);
    assert_eq!(
        read("PK\u{3}\u{4}").to_string(),
        "the file is an Excel or OpenDocument workbook (or another ZIP file) and no CSV; export the statement as CSV"
    );
}

#[test]
fn ten_thousand_rows_are_read_whole() {
    let first = Day::parse("2000-01-01").unwrap();
    let mut text = String::from("Buchungstag;Empfänger;Verwendungszweck;Betrag;Saldo\n");
    let mut balance = 1_000_000_i64;
    for row in 0..10_000_i64 {
        let minor = if row % 9 == 0 { 50_000 + row } else { -(100 + row % 7_000) };
        balance += minor;
        let [amount, saldo] = [minor, balance]
            .map(|m| model::Money::new(m, Currency::EUR).amount().replace('.', ","));
        let day = first.plus_days(row / 2);
        text += &format!("{day};Shop {};\"Einkauf; {row}\";{amount};{saldo}\n", row % 300);
    }
    let statement = under(&text, &Overrides::default());
    assert!(statement.is_settled());
    assert_eq!(statement.rows.len(), 10_000);
    let last = statement.rows.last().unwrap();
    assert_eq!((last.line, last.balance.unwrap().minor), (10_001, balance));
}

#[test]
fn the_statement_is_written_in_snake_case() {
    let statement = under(
        "Datum;Empfänger;Betrag\n28.10.2026;REWE;-12,50\n27.10.2026;dm;-8,00\n",
        &Overrides::default(),
    );
    let json = serde_json::to_value(&statement).unwrap();
    assert_eq!(json["detected"]["date_order"], "dmy");
    assert_eq!(json["detected"]["date_evidence"], "format");
    assert_eq!(json["detected"]["decimal"], ",");
    assert_eq!(json["columns"][2]["role"], "amount");
    assert_eq!(json["rows"][0]["outcome"]["status"], "booked");
    assert_eq!(json["rows"][0]["outcome"]["amount"]["amount"], "-12.50");
    assert_eq!(serde_json::from_value::<Statement>(json).unwrap(), statement);
}
