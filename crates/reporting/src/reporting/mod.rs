//! The dashboard and the reports: which totals are read, and what is made of them.

mod cover;
mod dashboard;
mod report;
mod sight;
pub(crate) mod span;
mod tally;

use std::collections::HashMap;

use contracts::ledger::Client;
use model::{BookCalendar, Currency, Day, Money, Period, PersonId};
use serde::Serialize;
use service::{Clock, Context, Follower};
use store::Db;
use utoipa::ToSchema;

pub(crate) use dashboard::Dashboard;
pub(crate) use report::{Report, ReportWanted};
pub(crate) use span::Wanted;

use crate::store::{Known, Run};
use crate::totals::{Grain, calendar};
use cover::{Buckets, Piece};
use sight::{By, Sight};

/// What the operations need. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Reporting {
    pub(crate) db: Db,
    pub(crate) follower: Follower,
    ledger: Client,
    clock: Clock,
}

impl Reporting {
    pub(crate) fn new(ctx: &Context, follower: Follower) -> Reporting {
        Reporting {
            db: ctx.db().clone(),
            follower,
            ledger: Client::new(ctx.peers.clone()),
            clock: ctx.clock.clone(),
        }
    }

    fn reader(&self, known: &Known, person: PersonId) -> Reader {
        Reader {
            calendar: calendar(&known.book),
            today: known.book.time_zone.day_of(self.clock.now()),
            sight: Sight::of(person, known.role, &known.accounts),
            currency: known.book.base_currency,
        }
    }
}

/// How a member looks at a book.
struct Reader {
    calendar: BookCalendar,
    today: Day,
    sight: Sight,
    /// The book's own currency.
    currency: Currency,
}

impl Reader {
    /// The runs of cells that make up some periods. What several periods share is read once.
    fn runs(&self, periods: &[Period], by: By) -> Tagged {
        let buckets = Buckets { calendar: self.calendar, today: self.today };
        let mut tagged = Tagged::default();
        let mut known: HashMap<(Grain, Day, Day), usize> = HashMap::new();
        for (period, days) in periods.iter().enumerate() {
            for Piece { grain, first, last, taken_off } in buckets.cover(*days) {
                let run = *known.entry((grain, first, last)).or_insert_with(|| {
                    let source = self.sight.source(grain, by);
                    tagged.runs.push(Run { grain, first, last, source });
                    tagged.uses.push(Vec::new());
                    tagged.runs.len() - 1
                });
                tagged.uses[run].push(Use { period, taken_off });
            }
        }
        tagged
    }

    fn money(&self, minor: i64) -> Money {
        Money::new(minor, self.currency)
    }
}

/// Runs with the periods that they are part of.
#[derive(Default)]
struct Tagged {
    runs: Vec<Run>,
    /// Of each run.
    uses: Vec<Vec<Use>>,
}

/// A period that a run is part of, or is taken off from.
#[derive(Clone, Copy)]
struct Use {
    period: usize,
    taken_off: bool,
}

/// What was spent and earned in a currency that is not the book's own.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, ToSchema)]
pub(crate) struct OtherCurrency {
    pub currency: Currency,
    pub spent: Money,
    pub income: Money,
}
