//! A period against the one before and against the average, by category, payee or account.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

use contracts::ledger::book_stream;
use model::{AccountId, BookId, Currency, Money, Period, PersonId};
use serde::{Deserialize, Serialize};
use service::Error;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::dashboard::parents;
use super::sight::By;
use super::span::{ShownPeriod, Span, TREND, Wanted};
use super::tally::{Tallies, Tally, roll_up, total};
use super::{OtherCurrency, Reader, Reporting, Tagged};
use crate::reactions::CONSUMER;
use crate::store::{BookReads, Known, Rank, read_book};
use crate::totals::NONE;

/// What the rows of a report are.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ReportBy {
    #[default]
    Category,
    Account,
    Payee,
}

/// Which report a person wants to see.
#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ReportWanted {
    /// `category` where it is left out.
    #[serde(default)]
    #[param(inline)]
    pub by: ReportBy,
    /// Entries of one account alone.
    pub account: Option<AccountId>,
    /// By payee: how many rows, from 1 to 500; 30 where it is left out.
    pub limit: Option<u64>,
    /// By payee: how many rows of the ranking to leave out; `next_skip` of the page before.
    pub skip: Option<u64>,
}

/// A period against the one before and the average. Figures are in the book's own currency and
/// count up to the period's `elapsed_last`; `previous_…` up to the same point of the period
/// before; `average_…` is of the whole periods with entries among the twelve before.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, ToSchema)]
pub(crate) struct Report {
    /// The book's number that all of this is of.
    pub as_of: i64,
    pub currency: Currency,
    pub period: ShownPeriod,
    pub previous: Period,
    /// How many periods the averages are of; they are 0 where it is.
    pub average_periods: usize,
    pub totals: ReportTotals,
    /// Most spent first. A category holds all below it, which have rows of their own.
    pub rows: Vec<ReportRow>,
    /// What is in no row because there are more payees than rows.
    #[schema(required)]
    pub rest: Option<ReportRest>,
    /// The `skip` of the next page of payees.
    #[schema(required)]
    pub next_skip: Option<u64>,
    /// Twelve periods, oldest first; the shown one is the last.
    pub trend: Vec<TrendPeriod>,
    pub other_currencies: Vec<OtherCurrency>,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, ToSchema)]
pub(crate) struct ReportTotals {
    pub spent: Money,
    pub income: Money,
    /// Income without what was spent.
    pub saved: Money,
    pub previous_spent: Money,
    pub previous_income: Money,
    pub previous_saved: Money,
    pub average_spent: Money,
    pub average_income: Money,
    pub average_saved: Money,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, ToSchema)]
pub(crate) struct ReportRow {
    /// The category, account or payee; null for entries without one.
    #[schema(required)]
    pub key: Option<Uuid>,
    /// Empty where the key is null.
    pub name: String,
    /// The category that this one lies in.
    #[schema(required)]
    pub parent: Option<Uuid>,
    pub spent: Money,
    pub income: Money,
    pub previous_spent: Money,
    pub previous_income: Money,
    pub average_spent: Money,
    pub average_income: Money,
    /// Minor units of the twelve periods of `trend`: what was spent, or for a row that has income
    /// alone, its income.
    pub trend: Vec<String>,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, ToSchema)]
pub(crate) struct ReportRest {
    pub spent: Money,
    pub income: Money,
    pub previous_spent: Money,
    pub previous_income: Money,
    pub average_spent: Money,
    pub average_income: Money,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, ToSchema)]
pub(crate) struct TrendPeriod {
    pub first: model::Day,
    pub last: model::Day,
    pub spent: Money,
    pub income: Money,
    /// The seven uppermost rows with most spent in all twelve periods; `spent` without these is
    /// the rest.
    pub by_key: Vec<KeySpent>,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, ToSchema)]
pub(crate) struct KeySpent {
    #[schema(required)]
    pub key: Option<Uuid>,
    pub spent: Money,
}

/// How many rows the trend tells apart: as many as there are colours besides that of the rest.
const KEYS_IN_TREND: usize = 7;

/// How many payees are shown at once.
const PAYEES: u64 = 30;
const MOST_PAYEES: u64 = 500;

impl Reporting {
    /// The report of a period; `at_least` is a number that the answer must not be behind.
    pub(crate) async fn report(
        &self,
        book: BookId,
        person: PersonId,
        wanted: Wanted,
        report: ReportWanted,
        at_least: Option<i64>,
    ) -> Result<Report, Error> {
        let page = page(&report)?;
        let stream = book_stream(book);
        let first = self.try_report(book, person, wanted, report, page, at_least).await?;
        match first {
            Tried::Report(report) => return Ok(*report),
            // Somebody who became a member just now: the stream knows.
            Tried::NoMember => {
                self.follower.follow(&stream).await?;
            }
            Tried::Behind(number) => self.follower.at_least(&stream, number).await?,
        }
        match self.try_report(book, person, wanted, report, page, at_least).await? {
            Tried::Report(report) => Ok(*report),
            Tried::NoMember => Err(Error::not_found("book")),
            Tried::Behind(_) => {
                Err(Error::field("at_least", "is beyond what has happened in this book"))
            }
        }
    }

    async fn try_report(
        &self,
        book: BookId,
        person: PersonId,
        wanted: Wanted,
        report: ReportWanted,
        page: Page,
        at_least: Option<i64>,
    ) -> Result<Tried, Error> {
        read_book(&self.db, book, async |reads| {
            let Some(known) = reads.known(CONSUMER, person).await? else {
                return Ok(Tried::NoMember);
            };
            if let Some(number) = at_least.filter(|number| known.position < *number) {
                return Ok(Tried::Behind(number));
            }
            let mut reader = self.reader(&known, person);
            if let Some(account) = report.account {
                reader.sight = reader.sight.within(account)?;
            }
            let span = Span::of(wanted, reader.calendar, reader.today)?;
            let course = Course::of(span, &reader);
            let figures = match report.by {
                ReportBy::Category => by_category(&reads, &reader, &course).await?,
                ReportBy::Account => by_account(&reads, &reader, &course, &known).await?,
                ReportBy::Payee => by_payee(&reads, &reader, &course, page).await?,
            };
            Ok(Tried::Report(Box::new(figures.into_report(&reader, &course, known.position))))
        })
        .await
    }
}

/// What came of reading a report.
enum Tried {
    Report(Box<Report>),
    /// The person is no member at our position, or the book is not known.
    NoMember,
    /// Our position is below this number.
    Behind(i64),
}

/// Which payees of the ranking are shown.
#[derive(Clone, Copy)]
struct Page {
    skip: u64,
    limit: u64,
}

fn page(wanted: &ReportWanted) -> Result<Page, Error> {
    let limit = wanted.limit.unwrap_or(PAYEES);
    if !(1..=MOST_PAYEES).contains(&limit) {
        return Err(Error::field("limit", format!("must be from 1 to {MOST_PAYEES}")));
    }
    Ok(Page { skip: wanted.skip.unwrap_or(0), limit })
}

/// The periods that a report reads: the trail of thirteen, the shown one last, then the elapsed
/// parts of the last two where those are not over.
struct Course {
    span: Span,
    periods: Vec<Period>,
    now: usize,
    then: usize,
}

impl Course {
    fn of(span: Span, reader: &Reader) -> Course {
        let mut periods = span.trail(reader.calendar);
        let is_over = span.elapsed == span.whole;
        if !is_over {
            periods.extend([span.elapsed, span.previous_elapsed]);
        }
        let (now, then) = if is_over { (TREND, TREND - 1) } else { (TREND + 1, TREND + 2) };
        Course { span, periods, now, then }
    }

    fn len(&self) -> usize {
        self.periods.len()
    }
}

/// The numbers of a report before they are written as money.
struct Figures {
    rows: Vec<Row>,
    /// Per currency, over everything.
    totals: BTreeMap<Currency, Tally>,
    rest: Option<Tally>,
    next_skip: Option<u64>,
}

struct Row {
    key: Uuid,
    name: String,
    parent: Option<Uuid>,
    tally: Tally,
}

async fn read_tallies(
    reads: &BookReads,
    tagged: &Tagged,
    only: Option<&[Uuid]>,
    course: &Course,
) -> Result<Tallies, Error> {
    let figures = reads.figures(&tagged.runs, only).await?;
    Ok(Tallies::of(&figures, tagged, course.len()))
}

async fn by_category(
    reads: &BookReads,
    reader: &Reader,
    course: &Course,
) -> Result<Figures, Error> {
    let tagged = reader.runs(&course.periods, By::Category);
    let mut tallies = read_tallies(reads, &tagged, None, course).await?;
    let totals = tallies.totals(course.len());
    let categories = reads.categories().await?;
    let parents = parents(&categories);
    let names: HashMap<Uuid, String> =
        categories.into_iter().map(|category| (category.id.0, category.name)).collect();
    let rolled = roll_up(&tallies.take(reader.currency), &parents, course.len());
    let rows = rolled.into_iter().map(|(key, tally)| Row {
        key,
        name: names.get(&key).cloned().unwrap_or_default(),
        parent: parents.get(&key).copied(),
        tally,
    });
    Ok(Figures { rows: rows.collect(), totals, rest: None, next_skip: None })
}

async fn by_account(
    reads: &BookReads,
    reader: &Reader,
    course: &Course,
    known: &Known,
) -> Result<Figures, Error> {
    let tagged = reader.runs(&course.periods, By::Account);
    let mut tallies = read_tallies(reads, &tagged, None, course).await?;
    let totals = tallies.totals(course.len());
    let name = |key: Uuid| {
        let account = known.accounts.iter().find(|account| account.id.0 == key);
        account.map(|account| account.name.clone()).unwrap_or_default()
    };
    let rows = tallies.take(reader.currency).into_iter();
    let rows = rows.map(|(key, tally)| Row { key, name: name(key), parent: None, tally });
    Ok(Figures { rows: rows.collect(), totals, rest: None, next_skip: None })
}

/// There may be thousands of payees: only those are read that are shown, and the totals without
/// them are the rest.
async fn by_payee(
    reads: &BookReads,
    reader: &Reader,
    course: &Course,
    page: Page,
) -> Result<Figures, Error> {
    let everything = reader.runs(&course.periods, By::All);
    let totals = read_tallies(reads, &everything, None, course).await?.totals(course.len());
    let shown = reader.runs(&course.periods[course.now..=course.now], By::Payee);
    // One more than is shown says whether there are more.
    let rank = Rank { currency: reader.currency, skip: page.skip, limit: page.limit + 1 };
    let signed: Vec<_> = std::iter::zip(shown.runs, shown.uses)
        .map(|(run, uses)| (run, uses.iter().any(|used| used.taken_off)))
        .collect();
    let mut ranked = reads.payee_rank(&signed, rank).await?;
    let shown_count = usize::try_from(page.limit).unwrap_or(usize::MAX);
    let next_skip = (ranked.len() > shown_count).then_some(page.skip + page.limit);
    ranked.truncate(shown_count);

    let mut merges: HashMap<Uuid, Uuid> = ranked.iter().map(|id| (*id, *id)).collect();
    let mut names = HashMap::new();
    for payee in reads.payees_counted_as(&ranked).await? {
        merges.insert(payee.facts.id.0, payee.counts_as.0);
        names.insert(payee.facts.id.0, payee.facts.name);
    }
    let mut wanted: Vec<Uuid> = merges.keys().copied().collect();
    wanted.sort_unstable();
    let tagged = reader.runs(&course.periods, By::Payee);
    let mut tallies = read_tallies(reads, &tagged, Some(&wanted), course).await?;
    let mut by_payee: HashMap<Uuid, Tally> = HashMap::new();
    for (payee, tally) in tallies.take(reader.currency) {
        let counts_as = merges.get(&payee).copied().unwrap_or(payee);
        by_payee.entry(counts_as).or_insert_with(|| Tally::zero(course.len())).add(&tally);
    }
    let mut rest = totals.get(&reader.currency).cloned();
    if let Some(rest) = &mut rest {
        rest.take_off(&total(by_payee.values(), course.len()));
    }
    let rows = by_payee.into_iter().map(|(key, tally)| Row {
        key,
        name: names.get(&key).cloned().unwrap_or_default(),
        parent: None,
        tally,
    });
    let rest = rest.filter(|rest| !rest.is_empty());
    Ok(Figures { rows: rows.collect(), totals, rest, next_skip })
}

impl Figures {
    fn into_report(mut self, reader: &Reader, course: &Course, as_of: i64) -> Report {
        let total = self.totals.remove(&reader.currency);
        let total = total.unwrap_or_else(|| Tally::zero(course.len()));
        let columns = Columns { reader, course, averaged: averaged(&total) };
        self.rows.sort_unstable_by(|one, other| columns.order(one).cmp(&columns.order(other)));
        Report {
            as_of,
            currency: reader.currency,
            period: course.span.shown(),
            previous: course.span.previous,
            average_periods: columns.averaged.len(),
            totals: columns.totals(&total),
            trend: columns.trend(&total, &self.rows),
            rest: self.rest.as_ref().map(|rest| columns.rest(rest)),
            next_skip: self.next_skip,
            other_currencies: columns.other_currencies(&self.totals),
            rows: self.rows.into_iter().map(|row| columns.row(row)).collect(),
        }
    }
}

/// The periods before the shown one that have entries.
fn averaged(total: &Tally) -> Vec<usize> {
    (0..TREND).filter(|period| total.count[*period] != 0).collect()
}

/// Writes tallies as the columns of a report.
struct Columns<'a> {
    reader: &'a Reader,
    course: &'a Course,
    averaged: Vec<usize>,
}

impl Columns<'_> {
    fn order<'r>(&self, row: &'r Row) -> (Reverse<(i64, i64, i64)>, &'r str, Uuid) {
        let Tally { spent, income, .. } = &row.tally;
        let Course { now, then, .. } = *self.course;
        (Reverse((spent[now], income[now], spent[then])), &row.name, row.key)
    }

    fn money(&self, minor: i64) -> Money {
        self.reader.money(minor)
    }

    fn average_minor(&self, minor: &[i64]) -> i64 {
        let sum: i128 = self.averaged.iter().map(|period| i128::from(minor[*period])).sum();
        rounded_quotient(sum, self.averaged.len())
    }

    fn average(&self, minor: &[i64]) -> Money {
        self.money(self.average_minor(minor))
    }

    fn totals(&self, total: &Tally) -> ReportTotals {
        let Tally { spent, income, .. } = total;
        let Course { now, then, .. } = *self.course;
        ReportTotals {
            spent: self.money(spent[now]),
            income: self.money(income[now]),
            saved: self.money(income[now] - spent[now]),
            previous_spent: self.money(spent[then]),
            previous_income: self.money(income[then]),
            previous_saved: self.money(income[then] - spent[then]),
            average_spent: self.average(spent),
            average_income: self.average(income),
            average_saved: self.money(self.average_minor(income) - self.average_minor(spent)),
        }
    }

    fn row(&self, row: Row) -> ReportRow {
        let Tally { spent, income, .. } = &row.tally;
        let Course { now, then, .. } = *self.course;
        let has_income_alone = spent.iter().all(|minor| *minor == 0);
        let shown = if has_income_alone { income } else { spent };
        ReportRow {
            key: key(row.key),
            name: row.name,
            parent: row.parent,
            spent: self.money(spent[now]),
            income: self.money(income[now]),
            previous_spent: self.money(spent[then]),
            previous_income: self.money(income[then]),
            average_spent: self.average(spent),
            average_income: self.average(income),
            trend: shown[1..=TREND].iter().map(i64::to_string).collect(),
        }
    }

    fn rest(&self, rest: &Tally) -> ReportRest {
        let Tally { spent, income, .. } = rest;
        let Course { now, then, .. } = *self.course;
        ReportRest {
            spent: self.money(spent[now]),
            income: self.money(income[now]),
            previous_spent: self.money(spent[then]),
            previous_income: self.money(income[then]),
            average_spent: self.average(spent),
            average_income: self.average(income),
        }
    }

    fn trend(&self, total: &Tally, rows: &[Row]) -> Vec<TrendPeriod> {
        let in_trend = |row: &&Row| row.tally.spent[1..=TREND].iter().sum::<i64>();
        let mut largest: Vec<&Row> = rows.iter().filter(|row| row.parent.is_none()).collect();
        largest.retain(|row| in_trend(row) > 0);
        largest.sort_unstable_by_key(|row| (Reverse(in_trend(row)), row.key));
        largest.truncate(KEYS_IN_TREND);
        let of_period = |period: usize| {
            let by_key = |row: &&Row| KeySpent {
                key: key(row.key),
                spent: self.money(row.tally.spent[period]),
            };
            let Period { first, last } = self.course.periods[period];
            TrendPeriod {
                first,
                last,
                spent: self.money(total.spent[period]),
                income: self.money(total.income[period]),
                by_key: largest.iter().map(by_key).collect(),
            }
        };
        (1..=TREND).map(of_period).collect()
    }

    fn other_currencies(&self, totals: &BTreeMap<Currency, Tally>) -> Vec<OtherCurrency> {
        let now = self.course.now;
        let has_any = |tally: &Tally| tally.count[now] != 0;
        let others = totals.iter().filter(|(_, tally)| has_any(tally));
        others
            .map(|(currency, tally)| OtherCurrency {
                currency: *currency,
                spent: Money::new(tally.spent[now], *currency),
                income: Money::new(tally.income[now], *currency),
            })
            .collect()
    }
}

fn key(item: Uuid) -> Option<Uuid> {
    (item != NONE).then_some(item)
}

/// The nearest whole number to a quotient, halves away from zero; 0 for a quotient of nothing.
fn rounded_quotient(sum: i128, count: usize) -> i64 {
    let Ok(count @ 1..) = i128::try_from(count) else { return 0 };
    let half = sum.signum() * count / 2;
    i64::try_from((sum + half) / count).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::rounded_quotient;

    #[test]
    fn averages_round_to_the_nearest() {
        for (sum, count, expected) in [
            (10, 4, 3),
            (9, 4, 2),
            (-10, 4, -3),
            (-9, 4, -2),
            (0, 3, 0),
            (5, 0, 0),
            (7, 1, 7),
            (i128::from(i64::MAX) * 12, 12, i64::MAX),
        ] {
            assert_eq!(rounded_quotient(sum, count), expected, "{sum} / {count}");
        }
    }
}
