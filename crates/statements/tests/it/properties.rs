//! What holds for any file: how it is written changes nothing, and no bytes make the reader fail.

use std::path::Path;
use std::sync::LazyLock;

use crate::truth::{Truth, Verdict, context, judge};
use model::{Currency, Day};
use proptest::prelude::*;
use statements::{Context, DateOrder, Decimal, Outcome, Overrides, Row, Sign, read};

/// The committed files that are right without a question.
static RIGHT: LazyLock<Vec<(Vec<u8>, Truth)>> = LazyLock::new(|| {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    let lines = std::fs::read_to_string(data.join("truth.jsonl")).expect("committed");
    let truths = lines.lines().map(|line| serde_json::from_str::<Truth>(line).expect("valid"));
    truths
        .map(|truth| {
            (std::fs::read(data.join("files").join(&truth.file)).expect("committed"), truth)
        })
        .filter(|(bytes, truth)| judge(bytes, truth) == Verdict::Right)
        .collect()
});

/// How amounts, days and lines are written.
#[derive(Debug, Clone)]
struct Style {
    delimiter: char,
    decimal: char,
    group: &'static str,
    negative: Negative,
    plus: bool,
    symbol: bool,
    date: Written,
    newest_first: bool,
    quote_all: bool,
    newline: &'static str,
    byte_order_mark: bool,
    utf16: bool,
    trailing_delimiter: bool,
    blank_lines: bool,
    preamble: bool,
    footer: bool,
    columns: Columns,
}

#[derive(Debug, Clone, Copy)]
enum Negative {
    Minus,
    Trailing,
    Parentheses,
    Unicode,
}

#[derive(Debug, Clone, Copy)]
enum Written {
    Iso,
    Compact,
    Dotted,
    Named,
    ShortDotted,
}

#[derive(Debug, Clone, Copy)]
enum Columns {
    Signed,
    InOut,
    Flag,
    Suffix,
}

type Booking = (u16, i64, u8);

impl Style {
    fn amount(&self, minor: i64) -> String {
        let (whole, cents) = (minor.abs() / 100, minor.abs() % 100);
        let digits = whole.to_string();
        let mut grouped = String::new();
        for (at, digit) in digits.chars().enumerate() {
            if at > 0 && (digits.len() - at).is_multiple_of(3) {
                grouped.push_str(self.group);
            }
            grouped.push(digit);
        }
        let symbol = if self.symbol { "€" } else { "" };
        let plain = format!("{symbol}{grouped}{}{cents:02}", self.decimal);
        match (minor < 0, self.negative) {
            (false, _) if self.plus => format!("+{plain}"),
            (false, _) => plain,
            (true, Negative::Minus) => format!("-{plain}"),
            (true, Negative::Trailing) => format!("{plain}-"),
            (true, Negative::Parentheses) => format!("({plain})"),
            (true, Negative::Unicode) => format!("\u{2212}{plain}"),
        }
    }

    fn date(&self, day: Day) -> String {
        const MONTHS: [&str; 12] =
            ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
        let (year, month, date) = (day.year(), day.month(), day.day_of_month());
        match self.date {
            Written::Iso => day.to_string(),
            Written::Compact => format!("{year:04}{month:02}{date:02}"),
            Written::Dotted => format!("{date:02}.{month:02}.{year:04}"),
            Written::ShortDotted => format!("{date:02}.{month:02}.{:02}", year % 100),
            Written::Named => {
                format!("{date} {} {year}", MONTHS[usize::try_from(month - 1).unwrap_or(0)])
            }
        }
    }

    fn cell(&self, text: &str) -> String {
        let needs_quotes = self.quote_all || text.contains([self.delimiter, '"', '\n']);
        if needs_quotes { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
    }

    fn line(&self, cells: &[&str]) -> String {
        let mut cells: Vec<String> = cells.iter().map(|cell| self.cell(cell)).collect();
        if self.trailing_delimiter {
            cells.push(String::new());
        }
        cells.join(&self.delimiter.to_string()) + self.newline
    }

    fn header(&self) -> String {
        let columns: &[&str] = match self.columns {
            Columns::Signed | Columns::Suffix => &["Datum", "Empfänger", "Betrag", "Saldo"],
            Columns::InOut => &["Datum", "Empfänger", "Soll", "Haben", "Saldo"],
            Columns::Flag => &["Datum", "Empfänger", "Betrag", "Soll/Haben", "Saldo"],
        };
        self.line(columns)
    }

    fn row(&self, day: Day, minor: i64, payee: &str, balance: i64) -> String {
        let (date, balance) = (self.date(day), self.amount(balance));
        let (amount, size) = (self.amount(minor), self.amount(minor.abs()));
        let is_out = minor < 0;
        match self.columns {
            Columns::Signed => self.line(&[&date, payee, &amount, &balance]),
            Columns::InOut if is_out => self.line(&[&date, payee, &size, "", &balance]),
            Columns::InOut => self.line(&[&date, payee, "", &size, &balance]),
            Columns::Flag => {
                self.line(&[&date, payee, &size, if is_out { "S" } else { "H" }, &balance])
            }
            Columns::Suffix => {
                let suffixed = format!("{size} {}", if is_out { "Dr" } else { "Cr" });
                self.line(&[&date, payee, &suffixed, &balance])
            }
        }
    }

    fn file(&self, bookings: &[(Day, i64, String)]) -> Vec<u8> {
        let mut balance = 123_456;
        let mut rows: Vec<String> = bookings
            .iter()
            .map(|(day, minor, payee)| {
                balance += minor;
                self.row(*day, *minor, payee, balance)
            })
            .collect();
        if self.newest_first {
            rows.reverse();
        }
        if self.blank_lines {
            rows.insert(1, self.newline.to_owned());
        }
        let above = if self.preamble {
            self.line(&["Konto", "DE02120300000000202051"])
        } else {
            String::new()
        };
        let below = if self.footer {
            self.line(&["Summe", "", "", &self.amount(balance)])
        } else {
            String::new()
        };
        let text = above + &self.header() + &rows.concat() + &below;
        if self.utf16 {
            return [0xfeff]
                .into_iter()
                .chain(text.encode_utf16())
                .flat_map(u16::to_le_bytes)
                .collect();
        }
        let mark = if self.byte_order_mark { "\u{feff}" } else { "" };
        format!("{mark}{text}").into_bytes()
    }
}

fn style() -> impl Strategy<Value = Style> {
    let marks = prop_oneof![
        Just((',', "")),
        Just((',', ".")),
        Just((',', " ")),
        Just((',', "\u{a0}")),
        Just(('.', "")),
        Just(('.', ",")),
        Just(('.', "'")),
    ];
    let negative = prop_oneof![
        Just(Negative::Minus),
        Just(Negative::Trailing),
        Just(Negative::Parentheses),
        Just(Negative::Unicode)
    ];
    let date = prop_oneof![
        Just(Written::Iso),
        Just(Written::Compact),
        Just(Written::Dotted),
        Just(Written::Named),
        Just(Written::ShortDotted)
    ];
    let columns = prop_oneof![
        Just(Columns::Signed),
        Just(Columns::InOut),
        Just(Columns::Flag),
        Just(Columns::Suffix)
    ];
    let delimiter = prop_oneof![Just(','), Just(';'), Just('\t'), Just('|')];
    let newline = prop_oneof![Just("\n"), Just("\r\n")];
    let switches = any::<[bool; 10]>();
    (delimiter, marks, negative, date, columns, newline, switches).prop_map(
        |(delimiter, (decimal, group), negative, date, columns, newline, on)| Style {
            delimiter,
            decimal,
            group,
            negative,
            plus: on[0],
            symbol: on[1],
            date,
            newest_first: on[2],
            quote_all: on[3],
            newline,
            byte_order_mark: on[4],
            utf16: on[5],
            trailing_delimiter: on[6],
            blank_lines: on[7],
            preamble: on[8],
            footer: on[9],
            columns,
        },
    )
}

/// At least three bookings of different amounts: fewer can be ambiguous whatever the style.
fn bookings() -> impl Strategy<Value = Vec<(Day, i64, String)>> {
    let texts = [
        "Bäckerei Müller",
        "Bar \"Zur Post\"",
        "A, B; C | D",
        "two\nlines",
        "Ärzte & Co.",
        "Total",
    ];
    let booking =
        (0_u16..400, (-999_999_i64..999_999).prop_filter("not zero", |m| *m != 0), 0_u8..6);
    prop::collection::vec(booking, 3..20).prop_map(move |mut bookings: Vec<Booking>| {
        bookings.sort_by_key(|(day, _, _)| *day);
        let first = Day::parse("2025-01-01").expect("a day");
        let booking = |(at, (day, minor, text)): (usize, (u16, i64, u8))| {
            // Money out prevails, as on every account.
            let minor = if at % 4 == 3 { minor.abs() } else { -minor.abs() };
            (first.plus_days(day.into()), minor, texts[usize::from(text)].to_owned())
        };
        bookings.into_iter().enumerate().map(booking).collect()
    })
}

fn euro() -> Context {
    Context::of(Currency::EUR)
}

fn booked(row: &Row) -> Option<(Day, i64)> {
    match &row.outcome {
        Outcome::Booked { day, amount } => Some((*day, amount.minor)),
        _ => None,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn style_changes_no_row(style in style(), bookings in bookings()) {
        let statement = read(&style.file(&bookings), &euro(), &Overrides::default()).unwrap();
        prop_assert_eq!(&statement.questions, &[]);
        let mut wanted: Vec<_> = bookings
            .iter()
            .map(|(day, minor, payee)| (*day, *minor, payee.replace('\n', " ")))
            .collect();
        if style.newest_first {
            wanted.reverse();
        }
        let found: Vec<_> = statement
            .rows
            .iter()
            .map(|row| {
                let (day, minor) = booked(row).unwrap_or((euro_day(), 0));
                (day, minor, row.payee.clone())
            })
            .collect();
        prop_assert_eq!(found, wanted);
    }

    #[test]
    fn line_ends_and_encodings_change_no_row(at in any::<prop::sample::Index>(), utf16 in any::<bool>()) {
        let (bytes, truth) = &RIGHT[at.index(RIGHT.len())];
        let plain = read(bytes, &context(truth), &Overrides::default()).unwrap();
        let Ok(text) = std::str::from_utf8(bytes) else { return Ok(()) };
        let text = text.trim_start_matches('\u{feff}').replace("\r\n", "\n").replace('\n', "\r\n");
        let written = if utf16 {
            [0xfeff].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect()
        } else {
            text.into_bytes()
        };
        let changed = read(&written, &context(truth), &Overrides::default()).unwrap();
        let bookings = |rows: &[Row]| rows.iter().map(booked).collect::<Vec<_>>();
        prop_assert_eq!(bookings(&changed.rows), bookings(&plain.rows));
        prop_assert_eq!(changed.questions, plain.questions);
    }

    #[test]
    fn a_cut_file_books_nothing_that_the_whole_one_does_not(
        at in any::<prop::sample::Index>(),
        cut in any::<prop::sample::Index>(),
    ) {
        let (bytes, truth) = &RIGHT[at.index(RIGHT.len())];
        let whole = read(bytes, &context(truth), &Overrides::default()).unwrap();
        let Ok(cut) = read(&bytes[..cut.index(bytes.len())], &context(truth), &Overrides::default())
        else {
            return Ok(());
        };
        if cut.is_settled() {
            // The last row may end within its amount, and nobody can see that.
            let last = cut.rows.last().map_or(0, |row| row.line);
            let lines: std::collections::HashMap<usize, _> =
                whole.rows.iter().map(|row| (row.line, booked(row))).collect();
            for row in cut.rows.iter().filter(|row| row.line < last && booked(row).is_some()) {
                prop_assert_eq!(lines.get(&row.line).copied().flatten(), booked(row), "{}", &truth.file);
            }
        }
    }

    #[test]
    fn no_bytes_make_it_fail(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = read(&bytes, &euro(), &Overrides::default());
    }

    #[test]
    fn no_text_makes_it_fail(text in "[-0-9a-zA-Z€.,;:/'\"()|\t \n=+]{0,300}", overrides in overrides()) {
        let _ = read(text.as_bytes(), &euro(), &overrides);
    }

    #[test]
    fn no_damage_makes_it_fail(
        at in any::<prop::sample::Index>(),
        damages in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
        overrides in overrides(),
    ) {
        let (bytes, truth) = &RIGHT[at.index(RIGHT.len())];
        let mut bytes = bytes.clone();
        for (place, byte) in damages {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        let _ = read(&bytes, &context(truth), &overrides);
    }
}

fn euro_day() -> Day {
    Day::parse("1999-01-01").expect("a day")
}

fn overrides() -> impl Strategy<Value = Overrides> {
    use statements::Role::{
        Amount, AmountIn, AmountOut, Balance, Date, Description, Flag, Ignore, Payee,
    };
    let role = prop::sample::select(vec![
        Amount,
        AmountIn,
        AmountOut,
        Balance,
        Date,
        Description,
        Flag,
        Ignore,
        Payee,
    ]);
    let order = prop::sample::select(vec![DateOrder::Dmy, DateOrder::Mdy, DateOrder::Ymd]);
    let sign = prop::sample::select(vec![
        Sign::Signed,
        Sign::Reversed,
        Sign::InOut,
        Sign::Flag,
        Sign::Suffix,
    ]);
    let decimal = prop::sample::select(vec![Decimal::Point, Decimal::Comma]);
    let delimiter = prop::sample::select(vec![',', ';', '\t', ' ', 'a']);
    (
        prop::option::of(prop::collection::vec(role, 0..6)),
        prop::option::of(order),
        prop::option::of(decimal),
        prop::option::of(sign),
        prop::option::of(delimiter),
        prop::option::of(any::<bool>()),
    )
        .prop_map(|(roles, date_order, decimal, sign, delimiter, has_header)| Overrides {
            roles,
            date_order,
            decimal,
            sign,
            encoding: None,
            delimiter,
            has_header,
        })
}
