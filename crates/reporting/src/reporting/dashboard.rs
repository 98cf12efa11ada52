//! The first screen in one answer, all of it as of one number of the book.

use std::collections::{BTreeMap, HashMap};

use contracts::ledger::{AccountBalance, CategoryFacts, Overview, Transaction, book_stream};
use model::{AccountId, BookId, CategoryId, Currency, Day, Money, Period, PeriodKind, PersonId};
use serde::Serialize;
use service::{Error, Kind};
use utoipa::ToSchema;
use uuid::Uuid;

use super::sight::By;
use super::span::{ShownPeriod, Span, Wanted};
use super::tally::{Tallies, Tally, roll_up};
use super::{OtherCurrency, Reader, Reporting};
use crate::reactions::CONSUMER;
use crate::store::{BookReads, DayFigure, read_book};
use crate::totals::{Grain, NONE, Sums};

/// How many entries the dashboard lists.
const RECENT: usize = 8;

/// How many weeks the heat map has.
const HEAT_WEEKS: i64 = 26;

/// Everything on the first screen. Figures are in the book's own currency and count up to the
/// period's `elapsed_last`; pending entries are counted and told apart in `…_pending`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, ToSchema)]
pub(crate) struct Dashboard {
    /// The book's number that all of this is of; while others write, totals may be a little further.
    pub as_of: i64,
    pub currency: Currency,
    /// Today in the book's time zone.
    pub today: Day,
    pub period: ShownPeriod,
    pub previous: Period,
    pub spent: Money,
    /// Up to the same point of the previous period, as all `previous_…` here.
    pub previous_spent: Money,
    pub income: Money,
    pub previous_income: Money,
    /// Income without what was spent.
    pub left: Money,
    pub spent_pending: Money,
    pub income_pending: Money,
    /// The uppermost categories, each with all below it; most spent first.
    pub categories: Vec<CategorySpent>,
    /// Every day of the period.
    pub days: Vec<DaySpent>,
    /// Every day of the whole previous period.
    pub previous_days: Vec<DaySpent>,
    /// Every day of 26 weeks that end with the period's last elapsed day.
    pub heat: Vec<DaySpent>,
    /// Empty for those who see no balances.
    pub accounts: Vec<AccountHolds>,
    /// What all accounts hold together, by currency.
    pub net_worth: Vec<Money>,
    /// The newest entries.
    pub recent: Vec<Transaction>,
    pub other_currencies: Vec<OtherCurrency>,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, ToSchema)]
pub(crate) struct CategorySpent {
    /// Null: without a category.
    #[schema(required)]
    pub category: Option<CategoryId>,
    pub spent: Money,
    pub previous: Money,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, ToSchema)]
pub(crate) struct DaySpent {
    pub day: Day,
    pub spent: Money,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, ToSchema)]
pub(crate) struct AccountHolds {
    pub account: AccountId,
    pub balance: Money,
    pub pending: Money,
}

impl Reporting {
    /// The first screen of a book; `at_least` is a number that the answer must not be behind.
    pub(crate) async fn dashboard(
        &self,
        book: BookId,
        person: PersonId,
        wanted: Wanted,
        at_least: Option<i64>,
    ) -> Result<Dashboard, Error> {
        // Mostly the totals are where the ledger is, so neither waits for the other; not after a
        // write, whose event they hardly have.
        let totals = async {
            match at_least {
                Some(_) => Ok(None),
                None => self.dashboard_totals(book, person, wanted).await,
            }
        };
        let (overview, totals) = tokio::join!(self.overview(book, person), totals);
        let (overview, mut totals) = (overview?, totals?);
        if at_least.is_some_and(|number| overview.number < number) {
            return Err(Error::field("at_least", "is beyond what has happened in this book"));
        }
        if totals.as_ref().is_none_or(|(number, _)| *number < overview.number) {
            self.follower.at_least(&book_stream(book), overview.number).await?;
            totals = self.dashboard_totals(book, person, wanted).await?;
        }
        let (_, totals) = totals.ok_or_else(|| Error::not_found("book"))?;
        Ok(totals.with(&overview))
    }

    async fn overview(&self, book: BookId, person: PersonId) -> Result<Overview, Error> {
        let overview = self.ledger.overview(book, person, RECENT).await;
        overview.map_err(|error| match Error::from(error) {
            error if error.kind == Kind::NotFound => Error::not_found("book"),
            error => error,
        })
    }

    /// `None` where the person is no member at our position.
    async fn dashboard_totals(
        &self,
        book: BookId,
        person: PersonId,
        wanted: Wanted,
    ) -> Result<Option<(i64, DashboardTotals)>, Error> {
        read_book(&self.db, book, async |reads| {
            let Some(known) = reads.known(CONSUMER, person).await? else { return Ok(None) };
            let reader = self.reader(&known, person);
            let span = Span::of(wanted, reader.calendar, reader.today)?;
            let days = Days::read(&reads, &reader, &span).await?;
            let categories = read_categories(&reads, &reader, &span).await?;
            Ok(Some((known.position, DashboardTotals { reader, span, days, categories })))
        })
        .await
    }
}

/// The part of the dashboard that totals answer.
struct DashboardTotals {
    reader: Reader,
    span: Span,
    days: Days,
    categories: Vec<CategorySpent>,
}

impl DashboardTotals {
    fn with(self, overview: &Overview) -> Dashboard {
        let DashboardTotals { reader, span, days, categories } = self;
        let now = days.sums(reader.currency, span.elapsed);
        let then = days.sums(reader.currency, span.previous_elapsed);
        let spent_on = |period: Period| days.spent_on(&reader, period);
        Dashboard {
            as_of: overview.number,
            currency: reader.currency,
            today: reader.today,
            period: span.shown(),
            previous: span.previous,
            spent: reader.money(now.spent),
            previous_spent: reader.money(then.spent),
            income: reader.money(now.income),
            previous_income: reader.money(then.income),
            left: reader.money(now.income - now.spent),
            spent_pending: reader.money(now.spent_pending),
            income_pending: reader.money(now.income_pending),
            categories,
            days: spent_on(span.whole),
            previous_days: spent_on(span.previous),
            heat: spent_on(heat_days(&reader, &span)),
            accounts: overview.balances.iter().map(holds).collect(),
            net_worth: net_worth(&overview.balances),
            recent: overview.recent.clone(),
            other_currencies: days.other_currencies(&reader, span.elapsed),
        }
    }
}

fn holds(account: &AccountBalance) -> AccountHolds {
    let AccountBalance { account, balance, pending, .. } = *account;
    AccountHolds { account, balance, pending }
}

fn net_worth(balances: &[AccountBalance]) -> Vec<Money> {
    let mut minor: BTreeMap<Currency, i64> = BTreeMap::new();
    for AccountBalance { balance, .. } in balances {
        *minor.entry(balance.currency).or_default() += balance.minor;
    }
    minor.into_iter().map(|(currency, minor)| Money::new(minor, currency)).collect()
}

/// Whole weeks up to the last elapsed day, so that the map's columns are full.
fn heat_days(reader: &Reader, span: &Span) -> Period {
    let last = span.elapsed.last;
    let week = reader.calendar.period_of(PeriodKind::Week, last);
    Period { first: week.first.plus_days(-7 * (HEAT_WEEKS - 1)), last }
}

/// The sums of every day that the screen shows.
struct Days(HashMap<(Currency, Day), Sums>);

impl Days {
    async fn read(reads: &BookReads, reader: &Reader, span: &Span) -> Result<Days, Error> {
        let first = heat_days(reader, span).first.min(span.previous.first);
        let source = reader.sight.source(Grain::Day, By::All);
        let figures = reads.day_figures(&source, first, span.whole.last).await?;
        let by_day = |DayFigure { day, currency, sums }| ((currency, day), sums);
        Ok(Days(figures.into_iter().map(by_day).collect()))
    }

    fn sums(&self, currency: Currency, period: Period) -> Sums {
        let mut total = Sums::default();
        for ((_, day), sums) in self.0.iter().filter(|((found, _), _)| *found == currency) {
            if period.contains(*day) {
                total += *sums;
            }
        }
        total
    }

    fn spent_on(&self, reader: &Reader, period: Period) -> Vec<DaySpent> {
        let minor = |day| self.0.get(&(reader.currency, day)).map_or(0, |sums| sums.spent);
        period.iter().map(|day| DaySpent { day, spent: reader.money(minor(day)) }).collect()
    }

    fn other_currencies(&self, reader: &Reader, period: Period) -> Vec<OtherCurrency> {
        let mut currencies: Vec<Currency> = self.0.keys().map(|(currency, _)| *currency).collect();
        currencies.sort_unstable();
        currencies.dedup();
        currencies.retain(|currency| *currency != reader.currency);
        let other = |currency| OtherCurrency::of(currency, self.sums(currency, period));
        currencies.into_iter().filter_map(other).collect()
    }
}

impl OtherCurrency {
    fn of(currency: Currency, sums: Sums) -> Option<OtherCurrency> {
        let (spent, income) = (Money::new(sums.spent, currency), Money::new(sums.income, currency));
        (sums != Sums::default()).then_some(OtherCurrency { currency, spent, income })
    }
}

/// What went to each of the uppermost categories, up to the same point of both periods.
async fn read_categories(
    reads: &BookReads,
    reader: &Reader,
    span: &Span,
) -> Result<Vec<CategorySpent>, Error> {
    let tagged = reader.runs(&[span.elapsed, span.previous_elapsed], By::Category);
    let figures = reads.figures(&tagged.runs, None).await?;
    let by_item = Tallies::of(&figures, &tagged, 2).take(reader.currency);
    let parents = parents(&reads.categories().await?);
    let rolled = roll_up(&by_item, &parents, 2);
    let uppermost = rolled.into_iter().filter(|(item, _)| !parents.contains_key(item));
    let mut spent: Vec<(Uuid, Tally)> =
        uppermost.filter(|(_, tally)| tally.spent.iter().any(|minor| *minor != 0)).collect();
    spent.sort_unstable_by_key(|(item, tally)| {
        (std::cmp::Reverse((tally.spent[0], tally.spent[1])), *item)
    });
    let shown = |(item, tally): (Uuid, Tally)| CategorySpent {
        category: (item != NONE).then_some(CategoryId(item)),
        spent: reader.money(tally.spent[0]),
        previous: reader.money(tally.spent[1]),
    };
    Ok(spent.into_iter().map(shown).collect())
}

/// What each category lies in; none for the uppermost.
pub(super) fn parents(categories: &[CategoryFacts]) -> HashMap<Uuid, Uuid> {
    categories.iter().filter_map(|c| Some((c.id.0, c.parent?.0))).collect()
}
