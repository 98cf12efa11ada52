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
