//! Pages of transactions, as filters and readers narrow them.

use std::collections::{BTreeMap, HashMap};

use contracts::ledger::{
    CurrencyTotals, Totals, Transaction, TransactionKind, TransactionStatus, Transactions,
};
use model::{AccountId, BookId, Caller, Currency, Day, Money};
use serde::Deserialize;
use service::{Error, Fields};

use super::filter::{AmountRange, Cursor, Filter, OfCategory};
use super::sight::Sight;
use super::{Ledger, Seen};
use crate::store::entries::{entries_page, postings_of_days};
use crate::store::lists::{category_places, list_plan};
use crate::store::sums::sums_before;
use crate::store::totals::{Total, totals_of_entries, totals_of_places};

/// What a list is asked for, as it stands in the query.
#[derive(Clone, Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct ListQuery {
    /// The first day, `YYYY-MM-DD`.
    pub from: Option<String>,
    /// The last day.
    pub to: Option<String>,
    /// An account, or several with commas between.
    pub account: Option<String>,
    /// A category with all below it, or `none`.
    pub category: Option<String>,
    /// A payee, with those merged into it.
    pub payee: Option<String>,
    /// The least amount, whichever direction: decimal text.
    pub min: Option<String>,
    /// The largest amount.
    pub max: Option<String>,
    /// Text that the title, the payee or a note contains.
    pub q: Option<String>,
    /// `expense`, `income`, `transfer` or `opening`.
    #[param(value_type = Option<TransactionKind>)]
    pub kind: Option<String>,
    /// `booked` or `pending`.
    #[param(value_type = Option<TransactionStatus>)]
    pub status: Option<String>,
    /// Who entered it.
    pub author: Option<String>,
    /// The import that it came with.
    pub import: Option<String>,
    /// How many, up to 200; 50 where it is left out.
    #[param(value_type = Option<u64>)]
    pub limit: Option<String>,
    /// Where the page begins: the `next` of the page before.
    pub cursor: Option<String>,
}

const PAGE: u64 = 50;
const LARGEST_PAGE: u64 = 200;
const LONGEST_SEARCH: usize = 100;

impl ListQuery {
    /// The filter, where nothing in it is wrong.
    pub fn filter(&self, fields: &mut Fields) -> Filter {
        let mut read = Reading { fields };
        let min = read.amount("min", &self.min);
        let max = read.amount("max", &self.max);
        Filter {
            from: read.with("from", &self.from, |text| {
                Day::parse(text).map_err(|error| error.to_string())
            }),
            to: read.with("to", &self.to, |text| Day::parse(text).map_err(|e| e.to_string())),
            accounts: read.ids("account", &self.account),
            category: read.with("category", &self.category, |text| match text {
                "none" => Ok(OfCategory::None),
                id => id
                    .parse()
                    .map(OfCategory::Tree)
                    .map_err(|_| "must be the id of a category, or none".to_owned()),
            }),
            payee: read.id("payee", &self.payee),
            amount: AmountRange { min, max },
            text: read.with("q", &self.q, |text| match text.chars().count() {
                0..=LONGEST_SEARCH => Ok(text.to_owned()),
                _ => Err(format!("has at most {LONGEST_SEARCH} characters")),
            }),
            kind: read.with("kind", &self.kind, |text| {
                TransactionKind::parse(text)
                    .ok_or("must be expense, income, transfer or opening".to_owned())
            }),
            status: read.with("status", &self.status, |text| {
                TransactionStatus::parse(text).ok_or("must be booked or pending".to_owned())
            }),
            author: read.id("author", &self.author),
            import: read.id("import", &self.import),
        }
    }

    fn page(&self, fields: &mut Fields) -> (u64, Option<Cursor>) {
        let mut read = Reading { fields };
        let limit = read.with("limit", &self.limit, |text| match text.parse() {
            Ok(limit) if (1..=LARGEST_PAGE).contains(&limit) => Ok(limit),
            _ => Err(format!("must be a number from 1 to {LARGEST_PAGE}")),
        });
        let cursor = read.with("cursor", &self.cursor, |text| {
            Cursor::parse(text).ok_or("must be the \"next\" of a page of this list".to_owned())
        });
        (limit.unwrap_or(PAGE), cursor)
    }
}

/// Reads parameters and notes those that are wrong; an empty one counts as left out.
struct Reading<'f> {
    fields: &'f mut Fields,
}

impl Reading<'_> {
    fn with<T>(
        &mut self,
        field: &str,
        given: &Option<String>,
        read: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        let text = given.as_deref().map(str::trim).filter(|text| !text.is_empty())?;
        self.fields.check(field, read(text))
    }

    fn id<T: std::str::FromStr>(&mut self, field: &str, given: &Option<String>) -> Option<T> {
        self.with(field, given, |text| text.parse().map_err(|_| "must be an id".to_owned()))
    }

    fn ids<T: std::str::FromStr>(&mut self, field: &str, given: &Option<String>) -> Vec<T> {
        let all = |text: &str| {
            let ids: Result<Vec<T>, T::Err> = text.split(',').map(|id| id.trim().parse()).collect();
            ids.map_err(|_| "must be an id, or several with commas between".to_owned())
        };
        self.with(field, given, all).unwrap_or_default()
    }

    /// Decimal text that is an amount in some currency.
    fn amount(&mut self, field: &str, given: &Option<String>) -> Option<String> {
        self.with(field, given, |text| {
            let plain = text.trim_start_matches('-');
            let most_decimals = Currency::all().max_by_key(|currency| currency.exponent());
            let currency = most_decimals.unwrap_or(Currency::EUR);
            Money::parse(plain, currency).map(|_| plain.to_owned()).map_err(|e| e.to_string())
        })
    }
}

/// Adds up the parts of each currency. What came in from a private account is no amount of its
/// reader.
fn by_currency(
    sight: &Sight,
    parts: &[Total],
    minor: impl Fn(&Total) -> i64,
) -> Vec<CurrencyTotals> {
    let is_seen = |part: &Total| !part.account.is_some_and(|account| sight.hides(account));
    let mut totals: BTreeMap<Currency, CurrencyTotals> = BTreeMap::new();
    for part in parts {
        let zero = Money::zero(part.currency);
        let total = totals.entry(part.currency).or_insert(CurrencyTotals {
            currency: part.currency,
            income: zero,
            expense: zero,
            transfers: zero,
        });
        let into = match part.kind {
            TransactionKind::Expense => &mut total.expense,
            TransactionKind::Income => &mut total.income,
            TransactionKind::Transfer if is_seen(part) => &mut total.transfers,
            TransactionKind::Transfer | TransactionKind::Opening => continue,
        };
        into.minor += minor(part);
    }
    totals.into_values().collect()
}

impl Ledger {
    /// A page of the transactions that the caller may see, newest first.
    pub async fn transactions_list(
        &self,
        caller: Caller,
        book: BookId,
        query: &ListQuery,
    ) -> Result<Transactions, Error> {
        let mut fields = Fields::default();
        let filter = query.filter(&mut fields);
        let (limit, cursor) = query.page(&mut fields);
        let (number, seen) = self.see_at(book, caller.person).await?;
        fields.done()?;
        let (transactions, next) = self.page(&seen, &filter, cursor, limit).await?;
        Ok(Transactions { transactions, next: next.map(Cursor::to_text), number })
    }

    /// What the entries of a filter come to, in each currency.
    pub async fn transactions_totals(
        &self,
        caller: Caller,
        book: BookId,
        query: &ListQuery,
    ) -> Result<Totals, Error> {
        let mut fields = Fields::default();
        let filter = query.filter(&mut fields);
        for (field, given) in [("limit", &query.limit), ("cursor", &query.cursor)] {
            if given.is_some() {
                fields.wrong(field, "totals are of all entries; leave it out");
            }
        }
        let (number, seen) = self.see_at(book, caller.person).await?;
        fields.done()?;
        let (conn, dialect) = (self.db.reader(), self.db.dialect());
        let Some(list) = list_plan(conn, book, &seen.sight, &filter).await? else {
            return Ok(Totals { count: 0, totals: Vec::new(), number });
        };
        let whole = totals_of_entries(conn, dialect, book, &seen.sight, &list).await?;
        let count = whole.iter().map(|total| total.count).sum();
        let totals = match filter.category {
            None => by_currency(&seen.sight, &whole, |total| total.minor),
            Some(category) => {
                let places = category_places(conn, book, category).await?;
                let parts =
                    totals_of_places(conn, dialect, book, &seen.sight, &list, &places).await?;
                // An income is taken from its category.
                let sign = |total: &Total| match total.kind {
                    TransactionKind::Income => -total.minor,
                    _ => total.minor,
                };
                by_currency(&seen.sight, &parts, sign)
            }
        };
        Ok(Totals { count, totals, number })
    }

    pub(super) async fn page(
        &self,
        seen: &Seen,
        filter: &Filter,
        cursor: Option<Cursor>,
        limit: u64,
    ) -> Result<(Vec<Transaction>, Option<Cursor>), Error> {
        let (conn, book) = (self.db.reader(), seen.row.id);
        let Some(list) = list_plan(conn, book, &seen.sight, filter).await? else {
            return Ok((Vec::new(), None));
        };
        // One more than the page has tells whether another follows.
        let mut found = entries_page(conn, book, &list, cursor, limit + 1).await?;
        let wanted = usize::try_from(limit).unwrap_or(usize::MAX);
        let has_more = found.len() > wanted;
        found.truncate(wanted);
        let last = found.last().map(|last| Cursor { day: last.day, id: last.id });
        if let [account] = filter.accounts.as_slice()
            && seen.sight.role.sees_all()
        {
            self.add_running_balances(book, *account, &mut found).await?;
        }
        let shown = found.into_iter().filter_map(|entry| seen.sight.show(entry)).collect();
        Ok((shown, last.filter(|_| has_more)))
    }

    /// Says for each entry what the account holds after it: the sums of all days before, and the
    /// entries of its day up to it.
    async fn add_running_balances(
        &self,
        book: BookId,
        account: AccountId,
        entries: &mut [Transaction],
    ) -> Result<(), Error> {
        let mut days: Vec<Day> = entries.iter().map(|entry| entry.day).collect();
        days.sort_unstable();
        days.dedup();
        let conn = self.db.reader();
        let before = sums_before(conn, book, account, &days).await?;
        let mut running = HashMap::new();
        let mut at: Option<(Day, i64)> = None;
        for (day, entry, minor) in postings_of_days(conn, book, account, &days).await? {
            let so_far = match at {
                Some((same, so_far)) if same == day => so_far,
                _ => before.get(&day).copied().unwrap_or(0),
            };
            at = Some((day, so_far + minor));
            running.insert(entry, so_far + minor);
        }
        for entry in entries {
            let held = match (entry.to_account, entry.to_amount) {
                (Some(to), Some(arrives)) if to == account => arrives.currency,
                _ => entry.amount.currency,
            };
            entry.running_balance = running.get(&entry.id).map(|minor| Money::new(*minor, held));
        }
        Ok(())
    }
}
