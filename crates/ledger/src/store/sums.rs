//! Balances, from sums that are kept per account and day, month and all time: the balance of any
//! day costs the rows of one month and of the months after it, however many entries there are.

use std::collections::BTreeMap;

use contracts::ledger::AccountBalance;
use model::{AccountId, BookId, Currency, Day, Money};
use sea_orm::sea_query::{Expr, ExprTrait, Query, SelectStatement, UnionType};
use sea_orm::{ConnectionTrait, QueryResult};
use store::Error;

use super::rows::Columns;

const DAY: &str = "d";
const MONTH: &str = "m";
const ALL_TIME: &str = "t";

/// The rows that an entry of a day counts in: unit and first day.
pub fn rows_of(day: Day) -> [(&'static str, String); 3] {
    [(DAY, day.to_string()), (MONTH, day.first_of_month().to_string()), (ALL_TIME, String::new())]
}

/// What accounts hold on a day, in the order in which they are given.
pub async fn balances(
    conn: &impl ConnectionTrait,
    book: BookId,
    accounts: &[(AccountId, Currency)],
    today: Day,
) -> Result<Vec<AccountBalance>, Error> {
    if accounts.is_empty() {
        return Ok(Vec::new());
    }
    read(&conn.query_all(&query(book, accounts, today)).await?, accounts)
}

/// Asks for the sums that balances are made of.
pub fn query(book: BookId, accounts: &[(AccountId, Currency)], today: Day) -> SelectStatement {
    let ids = || accounts.iter().map(|(id, _)| id.0);
    let sums = |unit: &str| {
        Query::select()
            .columns(["account", "unit", "booked", "pending"])
            .from("account_sum")
            .and_where(Expr::col("book").eq(book.0))
            .and_where(Expr::col("account").is_in(ids()))
            .and_where(Expr::col("unit").eq(unit))
            .to_owned()
    };
    let later = later_than(sums, today);
    sums(ALL_TIME).unions(later.map(|query| (UnionType::All, query))).to_owned()
}

/// Balances from their sums.
pub fn read(
    rows: &[QueryResult],
    accounts: &[(AccountId, Currency)],
) -> Result<Vec<AccountBalance>, Error> {
    let mut totals: BTreeMap<AccountId, Held> = BTreeMap::new();
    for row in rows {
        let mut columns = Columns::of(row);
        let held = totals.entry(columns.id()?).or_default();
        let is_total = columns.take::<String>()? == ALL_TIME;
        let (booked, pending): (i64, i64) = (columns.take()?, columns.take()?);
        if is_total {
            held.booked += booked;
            held.pending += pending;
        } else {
            held.later += booked;
        }
    }
    Ok(accounts
        .iter()
        .map(|(account, currency)| {
            let held = totals.get(account).copied().unwrap_or_default();
            let money = |minor| Money::new(minor, *currency);
            AccountBalance {
                account: *account,
                balance: money(held.booked - held.later),
                pending: money(held.pending),
                projected: money(held.booked + held.pending),
            }
        })
        .collect())
}

#[derive(Default, Clone, Copy)]
struct Held {
    booked: i64,
    later: i64,
    pending: i64,
}

/// The sums of the days after a day: those of its month, and the months that follow.
fn later_than(sums: impl Fn(&str) -> SelectStatement, day: Day) -> [SelectStatement; 2] {
    let last_of_month = day.last_of_month().to_string();
    let days = sums(DAY)
        .and_where(Expr::col("first").gt(day.to_string()))
        .and_where(Expr::col("first").lte(last_of_month.as_str()))
        .to_owned();
    let months = sums(MONTH).and_where(Expr::col("first").gt(last_of_month)).to_owned();
    [days, months]
}

/// What an account held, pending entries counted, before each of some days.
///
/// Reads the months up to the last of them, and the days of the months in which they lie.
pub async fn sums_before(
    conn: &impl ConnectionTrait,
    book: BookId,
    account: AccountId,
    days: &[Day],
) -> Result<BTreeMap<Day, i64>, Error> {
    let Some(last) = days.iter().max() else { return Ok(BTreeMap::new()) };
    let sums = |unit: &str| {
        Query::select()
            .columns(["unit", "first", "booked", "pending"])
            .from("account_sum")
            .and_where(Expr::col("book").eq(book.0))
            .and_where(Expr::col("account").eq(account.0))
            .and_where(Expr::col("unit").eq(unit))
            .to_owned()
    };
    let mut months: Vec<Day> = days.iter().map(|day| day.first_of_month()).collect();
    months.sort_unstable();
    months.dedup();
    let mut query = sums(MONTH).and_where(Expr::col("first").lt(last.to_string())).to_owned();
    query.unions(months.iter().map(|month| {
        let first =
            Expr::col("first").between(month.to_string(), month.last_of_month().to_string());
        (UnionType::All, sums(DAY).and_where(first).to_owned())
    }));
    let (mut by_month, mut by_day) = (BTreeMap::new(), BTreeMap::new());
    for row in conn.query_all(&query).await? {
        let mut columns = Columns::of(&row);
        let is_month = columns.take::<String>()? == MONTH;
        let first = columns.day()?;
        let held = columns.take::<i64>()? + columns.take::<i64>()?;
        let sums = if is_month { &mut by_month } else { &mut by_day };
        sums.insert(first, held);
    }
    let before = |day: Day| {
        let month = day.first_of_month();
        let months: i64 = by_month.range(..month).map(|(_, held)| held).sum();
        let days: i64 = by_day.range(month..day).map(|(_, held)| held).sum();
        months + days
    };
    Ok(days.iter().map(|day| (*day, before(*day))).collect())
}
