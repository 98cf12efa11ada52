//! Periods that reports speak of: weeks, months and years as the book's calendar has them.

use serde::{Deserialize, Serialize};

use crate::Day;

/// A run of days, both ends included.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Period {
    pub first: Day,
    pub last: Day,
}

/// What a period is a whole one of.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PeriodKind {
    Week,
    Month,
    Year,
    Custom,
}

/// Where a book's weeks, months and years begin.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BookCalendar {
    /// 1 for Monday to 7 for Sunday.
    pub first_day_of_week: i8,
    /// 1 to 28: the month may start on pay-day.
    pub first_day_of_month: i8,
    /// 1 to 12: the year may be a fiscal one.
    pub fiscal_year_start_month: i8,
}

impl Period {
    pub fn contains(self, day: Day) -> bool {
        self.first <= day && day <= self.last
    }

    /// How many days the period has.
    pub fn days(self) -> i64 {
        self.first.days_until(self.last) + 1
    }

    /// Every day, in order.
    pub fn iter(self) -> impl Iterator<Item = Day> {
        (0..self.days()).map(move |n| self.first.plus_days(n))
    }
}

impl BookCalendar {
    /// The whole period of a kind that a day lies in; a custom one is the day alone.
    pub fn period_of(self, kind: PeriodKind, day: Day) -> Period {
        match kind {
            PeriodKind::Week => {
                let first = day.back_to_weekday(self.first_day_of_week);
                Period { first, last: first.plus_days(6) }
            }
            PeriodKind::Month => self.month_of(day),
            PeriodKind::Year => self.year_of(day),
            PeriodKind::Custom => Period { first: day, last: day },
        }
    }

    /// The period of the same kind before this one; a custom one has as many days.
    pub fn previous(self, kind: PeriodKind, period: Period) -> Period {
        match kind {
            PeriodKind::Custom => Period {
                first: period.first.plus_days(-period.days()),
                last: period.first.plus_days(-1),
            },
            _ => self.period_of(kind, period.first.plus_days(-1)),
        }
    }

    fn month_of(self, day: Day) -> Period {
        let start_in =
            |day: Day| day.first_of_month().plus_days(i64::from(self.first_day_of_month) - 1);
        let starts_this_month = start_in(day);
        let first = if day < starts_this_month {
            start_in(day.first_of_month().plus_days(-1))
        } else {
            starts_this_month
        };
        Period { first, last: start_in(first.first_of_month().plus_months(1)).plus_days(-1) }
    }

    fn year_of(self, day: Day) -> Period {
        let month = self.month_of(day).first;
        let start = i64::from(self.fiscal_year_start_month);
        let months_in = (i64::from(month.month()) - start).rem_euclid(12);
        let first = month.plus_months(-months_in);
        Period { first, last: first.plus_months(12).plus_days(-1) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        Day::parse(text).unwrap()
    }

    fn calendar(week: i8, month: i8, year: i8) -> BookCalendar {
        BookCalendar {
            first_day_of_week: week,
            first_day_of_month: month,
            fiscal_year_start_month: year,
        }
    }

    fn text(period: Period) -> String {
        format!("{}..{}", period.first, period.last)
    }

    #[test]
    fn finds_the_period_of_a_day() {
        use PeriodKind::*;
        for (calendar, kind, of, expected) in [
            (calendar(1, 1, 1), Week, "2026-11-24", "2026-11-23..2026-11-29"),
            (calendar(7, 1, 1), Week, "2026-11-24", "2026-11-22..2026-11-28"),
            (calendar(7, 1, 1), Week, "2026-11-22", "2026-11-22..2026-11-28"),
            (calendar(1, 1, 1), Month, "2024-02-10", "2024-02-01..2024-02-29"),
            (calendar(1, 25, 1), Month, "2026-11-24", "2026-10-25..2026-11-24"),
            (calendar(1, 25, 1), Month, "2026-11-25", "2026-11-25..2026-12-24"),
            (calendar(1, 28, 1), Month, "2026-03-01", "2026-02-28..2026-03-27"),
            (calendar(1, 1, 1), Year, "2026-11-24", "2026-01-01..2026-12-31"),
            (calendar(1, 1, 4), Year, "2026-03-31", "2025-04-01..2026-03-31"),
            (calendar(1, 25, 1), Year, "2026-01-10", "2025-01-25..2026-01-24"),
        ] {
            assert_eq!(text(calendar.period_of(kind, day(of))), expected, "{kind:?} {of}");
        }
    }

    #[test]
    fn finds_the_period_before() {
        let plain = calendar(1, 1, 1);
        let march = plain.period_of(PeriodKind::Month, day("2026-03-05"));
        assert_eq!(text(plain.previous(PeriodKind::Month, march)), "2026-02-01..2026-02-28");
        let custom = Period { first: day("2026-03-10"), last: day("2026-03-19") };
        assert_eq!(text(plain.previous(PeriodKind::Custom, custom)), "2026-02-28..2026-03-09");
    }

    #[test]
    fn periods_tile_the_calendar() {
        for calendar in [calendar(1, 1, 1), calendar(7, 28, 4), calendar(3, 15, 12)] {
            for kind in [PeriodKind::Week, PeriodKind::Month, PeriodKind::Year] {
                let mut period = calendar.period_of(kind, day("2020-01-01"));
                for _ in 0..60 {
                    let next = calendar.period_of(kind, period.last.plus_days(1));
                    assert_eq!(next.first, period.last.plus_days(1));
                    assert_eq!(calendar.previous(kind, next), period);
                    assert_eq!(calendar.period_of(kind, next.last), next);
                    period = next;
                }
            }
        }
    }
}
