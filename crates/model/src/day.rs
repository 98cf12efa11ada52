//! Days of the civil calendar, as text `YYYY-MM-DD` everywhere outside this type.

use std::fmt;
use std::str::FromStr;

use jiff::ToSpan;
use jiff::civil::{Date, Weekday};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A day of the Gregorian calendar, between 1900 and 2199.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Day(Date);

/// Why a text is no day.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DayError {
    #[error("\"{0}\" is no day; write it as YYYY-MM-DD, such as 2026-11-24")]
    Form(String),
    #[error("{0} does not exist; did you mean {1}?")]
    NotInCalendar(String, Day),
    #[error("the year {0} is out of range; use a year from 1900 to 2199")]
    OutOfRange(i16),
}

const YEARS: std::ops::RangeInclusive<i16> = 1900..=2199;

impl Day {
    pub fn new(year: i16, month: i8, day: i8) -> Result<Self, DayError> {
        let text = || format!("{year:04}-{month:02}-{day:02}");
        if !YEARS.contains(&year) {
            return Err(DayError::OutOfRange(year));
        }
        if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
            return Err(DayError::Form(text()));
        }
        match Date::new(year, month, day) {
            Ok(date) => Ok(Self(date)),
            Err(_) => Err(DayError::NotInCalendar(text(), last_of_month(year, month))),
        }
    }

    /// Reads `YYYY-MM-DD`, and nothing else.
    pub fn parse(text: &str) -> Result<Self, DayError> {
        let form = || DayError::Form(text.to_owned());
        let bytes = text.as_bytes();
        let shaped = bytes.len() == 10
            && bytes.iter().enumerate().all(|(i, b)| match i {
                4 | 7 => *b == b'-',
                _ => b.is_ascii_digit(),
            });
        if !shaped {
            return Err(form());
        }
        let year = text[0..4].parse().map_err(|_| form())?;
        let month = text[5..7].parse().map_err(|_| form())?;
        let day = text[8..10].parse().map_err(|_| form())?;
        Self::new(year, month, day)
    }

    pub fn year(self) -> i16 {
        self.0.year()
    }

    pub fn month(self) -> i8 {
        self.0.month()
    }

    pub fn day_of_month(self) -> i8 {
        self.0.day()
    }

    /// 1 for Monday to 7 for Sunday, as ISO 8601 counts.
    pub fn weekday(self) -> i8 {
        self.0.weekday().to_monday_one_offset()
    }

    /// The day that lies so many days later; stays at the edge of the range.
    #[must_use]
    pub fn plus_days(self, days: i64) -> Day {
        self.0.checked_add(days.days()).map_or(self, Day)
    }

    /// The same day of another month; the last one where that month is shorter.
    #[must_use]
    pub fn plus_months(self, months: i64) -> Day {
        self.0.checked_add(months.months()).map_or(self, Day)
    }

    /// How many days lie between this one and a later one.
    pub fn days_until(self, later: Day) -> i64 {
        (later.0 - self.0).get_days().into()
    }

    #[must_use]
    pub fn first_of_month(self) -> Day {
        Day(self.0.first_of_month())
    }

    #[must_use]
    pub fn last_of_month(self) -> Day {
        Day(self.0.last_of_month())
    }

    /// The calendar day of an instant in a time zone.
    pub(crate) fn of_zoned(zoned: &jiff::Zoned) -> Day {
        Day(zoned.date())
    }

    /// The nearest such weekday on or before this day.
    pub(crate) fn back_to_weekday(self, weekday: i8) -> Day {
        let start = Weekday::from_monday_one_offset(weekday).unwrap_or(Weekday::Monday);
        self.plus_days(-i64::from(self.0.weekday().since(start)))
    }
}

fn last_of_month(year: i16, month: i8) -> Day {
    Day(jiff::civil::date(year, month, 1).last_of_month())
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.0.year(), self.0.month(), self.0.day())
    }
}

impl fmt::Debug for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Day {
    type Err = DayError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl Serialize for Day {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

mod schema {
    //! How a day looks in the API document.

    use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, SchemaFormat, Type};
    use utoipa::openapi::{RefOr, Schema};
    use utoipa::{PartialSchema, ToSchema};

    use super::Day;

    impl PartialSchema for Day {
        fn schema() -> RefOr<Schema> {
            ObjectBuilder::new()
                .schema_type(Type::String)
                .format(Some(SchemaFormat::KnownFormat(KnownFormat::Date)))
                .description(Some("A day, YYYY-MM-DD."))
                .examples(["2026-11-24"])
                .into()
        }
    }

    impl ToSchema for Day {
        fn name() -> std::borrow::Cow<'static, str> {
            "Day".into()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_exists_and_suggests_for_what_does_not() {
        assert_eq!(Day::parse("2024-02-29").unwrap().to_string(), "2024-02-29");
        assert_eq!(
            Day::parse("2026-02-29").unwrap_err().to_string(),
            "2026-02-29 does not exist; did you mean 2026-02-28?"
        );
        assert_eq!(
            Day::parse("2026-11-31").unwrap_err().to_string(),
            "2026-11-31 does not exist; did you mean 2026-11-30?"
        );
        for text in ["", "2026-1-1", "24.11.2026", "2026-13-01", "2026-00-10", "2026-11-00"] {
            assert!(matches!(Day::parse(text), Err(DayError::Form(_))), "{text}");
        }
        assert!(matches!(Day::parse("0001-01-01"), Err(DayError::OutOfRange(1))));
    }

    #[test]
    fn walks_the_calendar() {
        let day = Day::parse("2026-01-31").unwrap();
        assert_eq!(day.plus_days(1).to_string(), "2026-02-01");
        assert_eq!(day.plus_months(1).to_string(), "2026-02-28");
        assert_eq!(day.days_until(Day::parse("2026-03-01").unwrap()), 29);
        assert_eq!(Day::parse("2026-11-24").unwrap().weekday(), 2);
    }
}
