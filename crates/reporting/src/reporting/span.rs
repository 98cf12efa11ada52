//! The period that is asked for, and those that it is compared with.

use model::{BookCalendar, Day, Period, PeriodKind};
use serde::{Deserialize, Serialize};
use service::{Error, Fields};
use utoipa::{IntoParams, ToSchema};

/// Which period a person wants to see.
#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Wanted {
    /// `month` where it is left out.
    pub period: Option<PeriodKind>,
    /// A day of the period; today where it is left out.
    pub day: Option<Day>,
    /// First and last day of a custom period.
    pub from: Option<Day>,
    pub to: Option<Day>,
}

/// A period as it is shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, ToSchema)]
pub(crate) struct ShownPeriod {
    pub kind: PeriodKind,
    pub first: Day,
    pub last: Day,
    /// Today where the period is not over, else its last day; figures count up to here.
    pub elapsed_last: Day,
}

/// A period, the one before, and how much of each is compared.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Span {
    pub kind: PeriodKind,
    pub whole: Period,
    /// The period up to today.
    pub elapsed: Period,
    pub previous: Period,
    /// The previous period up to the same point.
    pub previous_elapsed: Period,
}

/// How many periods a trend has, and how many before the shown one make the average.
pub(crate) const TREND: usize = 12;

/// The longest custom period: ten years and the leap days in them.
const LONGEST_CUSTOM_DAYS: i64 = 3653;

impl Span {
    pub(crate) fn of(wanted: Wanted, calendar: BookCalendar, today: Day) -> Result<Span, Error> {
        let kind = wanted.period.unwrap_or(PeriodKind::Month);
        let whole = match kind {
            PeriodKind::Custom => custom(wanted.from, wanted.to)?,
            _ => calendar.period_of(kind, wanted.day.unwrap_or(today)),
        };
        let previous = calendar.previous(kind, whole);
        let is_under_way = whole.contains(today) && today < whole.last;
        if !is_under_way {
            return Ok(Span { kind, whole, elapsed: whole, previous, previous_elapsed: previous });
        }
        let same_point = match kind {
            PeriodKind::Year => today.plus_months(-12),
            PeriodKind::Month => today.plus_months(-1),
            PeriodKind::Week | PeriodKind::Custom => today.plus_days(-whole.days()),
        };
        let last = same_point.clamp(previous.first, previous.last);
        Ok(Span {
            kind,
            whole,
            elapsed: Period { last: today, ..whole },
            previous,
            previous_elapsed: Period { last, ..previous },
        })
    }

    pub(crate) fn shown(&self) -> ShownPeriod {
        let Period { first, last } = self.whole;
        ShownPeriod { kind: self.kind, first, last, elapsed_last: self.elapsed.last }
    }

    /// The twelve periods before and the shown one, oldest first.
    pub(crate) fn trail(&self, calendar: BookCalendar) -> Vec<Period> {
        let previous = |period: &Period| Some(calendar.previous(self.kind, *period));
        let mut trail: Vec<Period> =
            std::iter::successors(Some(self.whole), previous).take(TREND + 1).collect();
        trail.reverse();
        trail
    }
}

fn custom(from: Option<Day>, to: Option<Day>) -> Result<Period, Error> {
    let mut fields = Fields::default();
    let missing = "is needed for a custom period; write it as YYYY-MM-DD";
    if from.is_none() {
        fields.wrong("from", missing);
    }
    if to.is_none() {
        fields.wrong("to", missing);
    }
    let (Some(first), Some(last)) = (from, to) else { return Err(fields.into_error()) };
    if last < first {
        return Err(Error::field("to", format!("must not lie before \"from\", {first}")));
    }
    let period = Period { first, last };
    if period.days() > LONGEST_CUSTOM_DAYS {
        let latest = first.plus_days(LONGEST_CUSTOM_DAYS - 1);
        return Err(Error::field("to", format!("is too far away: at most ten years, to {latest}")));
    }
    Ok(period)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        Day::parse(text).unwrap()
    }

    fn of(kind: PeriodKind, first_day_of_month: i8, today: &str, wanted: &str) -> String {
        let calendar =
            BookCalendar { first_day_of_week: 1, first_day_of_month, fiscal_year_start_month: 1 };
        let wanted = Wanted { period: Some(kind), day: Some(day(wanted)), from: None, to: None };
        let span = Span::of(wanted, calendar, day(today)).unwrap();
        let text = |period: Period| format!("{}..{}", period.first, period.last);
        format!("{} against {}", text(span.elapsed), text(span.previous_elapsed))
    }

    #[test]
    fn a_period_is_compared_up_to_the_same_point() {
        use PeriodKind::{Month, Week, Year};
        for (kind, starts, today, wanted, expected) in [
            (
                Month,
                1,
                "2026-11-22",
                "2026-11-01",
                "2026-11-01..2026-11-22 against 2026-10-01..2026-10-22",
            ),
            (
                Month,
                1,
                "2026-03-30",
                "2026-03-30",
                "2026-03-01..2026-03-30 against 2026-02-01..2026-02-28",
            ),
            (
                Month,
                25,
                "2026-11-10",
                "2026-11-10",
                "2026-10-25..2026-11-10 against 2026-09-25..2026-10-10",
            ),
            (
                Month,
                1,
                "2026-11-30",
                "2026-11-01",
                "2026-11-01..2026-11-30 against 2026-10-01..2026-10-31",
            ),
            (
                Month,
                1,
                "2026-11-22",
                "2026-09-10",
                "2026-09-01..2026-09-30 against 2026-08-01..2026-08-31",
            ),
            (
                Month,
                1,
                "2026-11-22",
                "2026-12-10",
                "2026-12-01..2026-12-31 against 2026-11-01..2026-11-30",
            ),
            (
                Week,
                1,
                "2026-11-24",
                "2026-11-24",
                "2026-11-23..2026-11-24 against 2026-11-16..2026-11-17",
            ),
            (
                Year,
                1,
                "2024-02-29",
                "2024-02-29",
                "2024-01-01..2024-02-29 against 2023-01-01..2023-02-28",
            ),
        ] {
            assert_eq!(of(kind, starts, today, wanted), expected, "{kind:?} {wanted}");
        }
    }

    #[test]
    fn a_trail_is_the_shown_period_after_twelve_others() {
        let calendar = BookCalendar {
            first_day_of_week: 1,
            first_day_of_month: 1,
            fiscal_year_start_month: 1,
        };
        let wanted = Wanted { period: None, day: None, from: None, to: None };
        let span = Span::of(wanted, calendar, day("2026-11-22")).unwrap();
        let trail = span.trail(calendar);
        assert_eq!(trail.len(), 13);
        assert_eq!(trail[0].first, day("2025-11-01"));
        assert_eq!(trail[12], span.whole);
    }
}
