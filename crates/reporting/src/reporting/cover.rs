//! Making up any run of days from few buckets: whole years and months, and the days at the edges,
//! added or taken off, whichever means reading less.

use model::{BookCalendar, Day, Period, PeriodKind};

use crate::totals::Grain;

/// Buckets of one grain, from one first day to another.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Piece {
    pub grain: Grain,
    pub first: Day,
    pub last: Day,
    pub taken_off: bool,
}

/// How a book's days make months and years, and which of them have hardly an entry yet.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Buckets {
    pub calendar: BookCalendar,
    pub today: Day,
}

/// What reading a month or a year costs, where a day costs 1: it has more categories.
const BUCKET_COST: i64 = 3;

#[derive(Clone, Default)]
struct Cover {
    pieces: Vec<Piece>,
    cost: i64,
}

impl Buckets {
    /// Pieces that together hold each day of a period once, and no other.
    pub(crate) fn cover(&self, period: Period) -> Vec<Piece> {
        let mut cover = Cover::default();
        for year in self.tiles(PeriodKind::Year, period) {
            cover.add(self.part_of(Grain::Year, year, clip(year, period)));
        }
        cover.pieces
    }

    /// The whole periods of a kind that have days in another.
    fn tiles(&self, kind: PeriodKind, period: Period) -> impl Iterator<Item = Period> + use<> {
        let calendar = self.calendar;
        let next = move |tile: &Period| Some(calendar.period_of(kind, tile.last.plus_days(1)));
        std::iter::successors(Some(calendar.period_of(kind, period.first)), next)
            .take_while(move |tile| tile.first <= period.last)
    }

    /// A part of a year or a month: what is in it, or the whole without what is not.
    fn part_of(&self, grain: Grain, whole: Period, part: Period) -> Cover {
        let bucket = Cover {
            pieces: vec![Piece { grain, first: whole.first, last: whole.first, taken_off: false }],
            cost: BUCKET_COST,
        };
        if part == whole {
            return bucket;
        }
        let inside = self.finer(grain, part);
        let mut outside = bucket;
        if whole.first < part.first {
            let before = Period { first: whole.first, last: part.first.plus_days(-1) };
            outside.take_off(self.finer(grain, before));
        }
        if part.last < whole.last {
            let after = Period { first: part.last.plus_days(1), last: whole.last };
            outside.take_off(self.finer(grain, after));
        }
        if outside.cost < inside.cost { outside } else { inside }
    }

    fn finer(&self, grain: Grain, part: Period) -> Cover {
        if grain != Grain::Year {
            return self.days(part);
        }
        let mut cover = Cover::default();
        for month in self.tiles(PeriodKind::Month, part) {
            cover.add(self.part_of(Grain::Month, month, clip(month, part)));
        }
        cover
    }

    fn days(&self, part: Period) -> Cover {
        let Period { first, last } = part;
        let days_so_far =
            if first > self.today { 0 } else { first.days_until(last.min(self.today)) + 1 };
        Cover {
            pieces: vec![Piece { grain: Grain::Day, first, last, taken_off: false }],
            cost: days_so_far,
        }
    }
}

impl Cover {
    fn add(&mut self, other: Cover) {
        self.cost += other.cost;
        for piece in other.pieces {
            self.add_piece(piece);
        }
    }

    fn take_off(&mut self, other: Cover) {
        let pieces = other.pieces.into_iter();
        let pieces = pieces.map(|piece| Piece { taken_off: !piece.taken_off, ..piece }).collect();
        self.add(Cover { pieces, cost: other.cost });
    }

    /// Neighbours become one piece.
    fn add_piece(&mut self, piece: Piece) {
        match self.pieces.last_mut() {
            Some(last) if last.runs_on_into(&piece) => last.last = piece.last,
            _ => self.pieces.push(piece),
        }
    }
}

impl Piece {
    fn runs_on_into(&self, next: &Piece) -> bool {
        let longest_bucket = match self.grain {
            Grain::Day => 1,
            Grain::Month => 31,
            Grain::Year => 366,
        };
        let distance = self.last.days_until(next.first);
        (self.grain, self.taken_off) == (next.grain, next.taken_off)
            && (1..=longest_bucket).contains(&distance)
    }
}

fn clip(tile: Period, to: Period) -> Period {
    Period { first: tile.first.max(to.first), last: tile.last.min(to.last) }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    const KINDS: [(Grain, PeriodKind); 2] =
        [(Grain::Month, PeriodKind::Month), (Grain::Year, PeriodKind::Year)];

    fn day(text: &str) -> Day {
        Day::parse(text).unwrap()
    }

    fn buckets(month: i8, year: i8) -> Buckets {
        let calendar = BookCalendar {
            first_day_of_week: 1,
            first_day_of_month: month,
            fiscal_year_start_month: year,
        };
        Buckets { calendar, today: day("2026-11-24") }
    }

    /// How often each day is in the pieces.
    fn days(buckets: Buckets, pieces: &[Piece]) -> BTreeMap<Day, i32> {
        let mut days = BTreeMap::new();
        for piece in pieces {
            let kind = KINDS.iter().find(|(grain, _)| *grain == piece.grain);
            let last = match kind {
                Some((_, kind)) => buckets.calendar.period_of(*kind, piece.last).last,
                None => piece.last,
            };
            for day in (Period { first: piece.first, last }).iter() {
                *days.entry(day).or_default() += if piece.taken_off { -1 } else { 1 };
            }
        }
        days.retain(|_, count| *count != 0);
        days
    }

    #[test]
    fn a_year_that_is_under_way_is_one_bucket_without_its_future() {
        let so_far = Period { first: day("2026-01-01"), last: day("2026-11-24") };
        let pieces = buckets(1, 1).cover(so_far);
        let shown: Vec<String> = pieces
            .iter()
            .map(|p| {
                let sign = if p.taken_off { "-" } else { "+" };
                format!("{sign}{} {}..{}", p.grain.as_str(), p.first, p.last)
            })
            .collect();
        assert_eq!(
            shown,
            [
                "+year 2026-01-01..2026-01-01",
                "-day 2026-11-25..2026-11-30",
                "-month 2026-12-01..2026-12-01"
            ]
        );
    }

    proptest! {
        #[test]
        fn pieces_hold_each_day_once(
            (month, year) in (1..=28_i8, 1..=12_i8),
            (start, length) in (-2_000..400_i64, 0..1_500_i64),
        ) {
            let buckets = buckets(month, year);
            let first = buckets.today.plus_days(start);
            let period = Period { first, last: first.plus_days(length) };
            let expected: BTreeMap<Day, i32> = period.iter().map(|day| (day, 1)).collect();
            prop_assert_eq!(days(buckets, &buckets.cover(period)), expected);
        }
    }
}
