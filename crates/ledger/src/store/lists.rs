//! From a filter to the walk that finds its entries, and what else must hold for each of them.

use contracts::ledger::TransactionKind;
use model::{BookId, Currency, Money, PayeeId, fold};
use sea_orm::ConnectionTrait;
use sea_orm::sea_query::{Cond, Expr, ExprTrait, Func, IntoIden, Query, SelectStatement};
use store::Error;
use uuid::Uuid;

use super::accounts::accounts_list;
use super::categories::categories_list;
use super::entries::{List, Walk};
use super::payees::payee_with_merged;
use super::rows::Columns;
use crate::ledger::categories::subtree;
use crate::ledger::filter::{AmountRange, Filter, OfCategory};
use crate::ledger::journal::{PENDING, UNCATEGORISED, kind_subject};
use crate::ledger::sight::Sight;

/// One part of a filter: how to walk along it, and how to check it on an entry `e`.
struct Part {
    walk: Option<Walk>,
    condition: Expr,
}

/// What a filter comes to for a reader; `None` where it can let nothing through.
pub async fn list_plan(
    conn: &impl ConnectionTrait,
    book: BookId,
    sight: &Sight,
    filter: &Filter,
) -> Result<Option<List>, Error> {
    let visible = |account: &&model::AccountId| !sight.hides(**account);
    let accounts: Vec<Uuid> = filter.accounts.iter().filter(visible).map(|id| id.0).collect();
    if accounts.is_empty() && !filter.accounts.is_empty() {
        return Ok(None);
    }
    // The rarest first: the list walks along the first that can be walked.
    let mut parts = Vec::new();
    if let Some(text) = filter.text.as_deref().map(fold).filter(|text| !text.is_empty()) {
        let Some(part) = text_part(conn, book, &text).await? else { return Ok(None) };
        parts.push(part);
    }
    if let Some(import) = filter.import {
        parts.push(subject_part(vec![import.0], equals("import", import.0)));
    }
    if let Some(payee) = filter.payee {
        parts.push(payee_part(conn, book, payee).await?);
    }
    if let Some(status) = filter.status {
        let is_rare = status == contracts::ledger::TransactionStatus::Pending;
        let walk = is_rare.then(|| Walk::Subjects(vec![PENDING], Vec::new()));
        parts.push(Part { walk, condition: Expr::col(("e", "status")).eq(status.as_str()) });
    }
    if let Some(category) = filter.category {
        parts.push(category_part(conn, book, category).await?);
    }
    parts.extend(filter.kind.map(kind_part));
    if !accounts.is_empty() {
        parts.push(account_part(accounts));
    }
    let own = (!sight.role.sees_all()).then_some(sight.person);
    for author in filter.author.iter().chain(&own) {
        parts.push(subject_part(vec![author.0], equals("author", author.0)));
    }
    if filter.amount != AmountRange::default() {
        let condition = amount_condition(conn, book, &filter.amount).await?;
        parts.push(Part { walk: None, condition });
    }
    let mut list = assemble(parts, filter);
    hide(&mut list, sight, filter.text.is_some());
    Ok(Some(list))
}

fn assemble(parts: Vec<Part>, filter: &Filter) -> List {
    let walked = parts.iter().position(|part| part.walk.is_some());
    let mut walk = Walk::Entries;
    let mut conditions = Cond::all();
    for (n, part) in parts.into_iter().enumerate() {
        match part.walk {
            Some(its) if Some(n) == walked => walk = its,
            _ => conditions = conditions.add(part.condition),
        }
    }
    List { walk, from: filter.from, to: filter.to, conditions }
}

/// The entries with a title, where the reader sees all of them.
pub fn titled(phrase: Uuid, sight: &Sight) -> List {
    let walk = Walk::Subjects(vec![phrase], Vec::new());
    List { walk, from: None, to: None, conditions: seen_whole(sight) }
}

/// Leaves out what the reader may not see. A text could tell of the private side of a transfer,
/// so searching finds only what is seen whole.
fn hide(list: &mut List, sight: &Sight, searches: bool) {
    if sight.hidden.is_empty() {
        return;
    }
    let seen = if searches { whole(sight) } else { from_is_seen(sight).or(to_is_seen(sight)) };
    list.conditions = list.conditions.clone().add(seen);
}

/// Holds for an entry `e` whose every side the reader sees.
pub fn seen_whole(sight: &Sight) -> Cond {
    let mut seen = Cond::all();
    if !sight.role.sees_all() {
        seen = seen.add(equals("author", sight.person.0));
    }
    if !sight.hidden.is_empty() {
        seen = seen.add(whole(sight));
    }
    seen
}

fn whole(sight: &Sight) -> Expr {
    from_is_seen(sight).and(to_is_seen(sight).or(Expr::col(("e", "to_account")).is_null()))
}

fn from_is_seen(sight: &Sight) -> Expr {
    Expr::col(("e", "account")).is_not_in(sight.hidden.iter().map(|account| account.0))
}

/// Unknown, and so not true, where there is no other side.
fn to_is_seen(sight: &Sight) -> Expr {
    Expr::col(("e", "to_account")).is_not_in(sight.hidden.iter().map(|account| account.0))
}

fn equals(column: &'static str, value: Uuid) -> Expr {
    Expr::col(("e", column)).eq(value)
}

fn subject_part(subjects: Vec<Uuid>, condition: Expr) -> Part {
    Part { walk: Some(Walk::Subjects(subjects, Vec::new())), condition }
}

fn kind_part(kind: TransactionKind) -> Part {
    let walk = kind_subject(kind).map(|subject| Walk::Subjects(vec![subject], Vec::new()));
    Part { walk, condition: Expr::col(("e", "kind")).eq(kind.as_str()) }
}

fn account_part(accounts: Vec<Uuid>) -> Part {
    let from = Expr::col(("e", "account")).is_in(accounts.iter().copied());
    let to = Expr::col(("e", "to_account")).is_in(accounts.iter().copied());
    Part { walk: Some(Walk::Places(accounts)), condition: from.or(to) }
}

async fn payee_part(
    conn: &impl ConnectionTrait,
    book: BookId,
    payee: PayeeId,
) -> Result<Part, Error> {
    let rows = payee_with_merged(conn, book, payee).await?;
    let ids: Vec<Uuid> = rows.iter().map(|row| row.payee.id.0).collect();
    // An unknown payee has no entries, which the walk then finds.
    let ids = if ids.is_empty() { vec![payee.0] } else { ids };
    let condition = Expr::col(("e", "payee")).is_in(ids.iter().copied());
    Ok(subject_part(ids, condition))
}

async fn category_part(
    conn: &impl ConnectionTrait,
    book: BookId,
    category: OfCategory,
) -> Result<Part, Error> {
    let places = category_places(conn, book, category).await?;
    let posts = Query::select()
        .column(("c", "entry"))
        .from_as("posting", "c")
        .and_where(Expr::col(("c", "book")).equals(("e", "book")))
        .and_where(Expr::col(("c", "place")).is_in(places.iter().copied()))
        .and_where(Expr::col(("c", "day")).equals(("e", "day")))
        .and_where(Expr::col(("c", "entry")).equals(("e", "id")))
        .to_owned();
    Ok(Part { walk: Some(Walk::Places(places)), condition: Expr::exists(posts) })
}

/// The places that the parts of a category, or of those below it, are posted to.
pub async fn category_places(
    conn: &impl ConnectionTrait,
    book: BookId,
    category: OfCategory,
) -> Result<Vec<Uuid>, Error> {
    Ok(match category {
        OfCategory::None => vec![UNCATEGORISED],
        OfCategory::Tree(root) => {
            let all = categories_list(conn, book).await?;
            subtree(&all, root).into_iter().map(|id| id.0).collect()
        }
    })
}

/// The range in each currency that the book has, whichever sign the amounts have.
async fn amount_condition(
    conn: &impl ConnectionTrait,
    book: BookId,
    range: &AmountRange,
) -> Result<Expr, Error> {
    let accounts = accounts_list(conn, book).await?;
    let mut currencies: Vec<Currency> = accounts.iter().map(|account| account.currency).collect();
    currencies.sort_unstable();
    currencies.dedup();
    let mut any = Expr::val(false);
    for currency in currencies {
        let minor = |text: &Option<String>, absent: i64| match text {
            // Decimals that the currency does not have make no amount of it equal.
            Some(text) => Money::parse(text, currency).ok().map(|money| money.minor),
            None => Some(absent),
        };
        let bounds = minor(&range.min, 0).zip(minor(&range.max, i64::MAX));
        let Some((least, most)) = bounds else { continue };
        let amount = || Expr::col(("e", "minor"));
        let within = amount().between(least, most).or(amount().between(-most, -least));
        any = any.or(Expr::col(("e", "currency")).eq(currency.code()).and(within));
    }
    Ok(any)
}

/// A text that is found in more phrases or entries than this is found soon by walking all entries.
const MOST_PHRASES: usize = 1000;
const MOST_USES: i64 = 5000;
const MOST_PAYEES: usize = 20;

/// Entries whose title, notes or payee contain a folded text.
///
/// The book's distinct texts are searched, not its entries. Where few entries have one, the list
/// walks along those texts; where many do, it walks along all entries and checks each. `None` where
/// no entry can have it.
async fn text_part(
    conn: &impl ConnectionTrait,
    book: BookId,
    text: &str,
) -> Result<Option<Part>, Error> {
    let phrases = phrases_with(conn, book, text).await?;
    let payees = payees_with(conn, book, text).await?;
    if phrases.is_empty() && payees.is_empty() {
        return Ok(None);
    }
    let uses: i64 = phrases.iter().map(|(_, uses)| uses).sum();
    let is_rare = phrases.len() <= MOST_PHRASES && uses <= MOST_USES && payees.len() <= MOST_PAYEES;
    let walk = is_rare.then(|| {
        let phrases = phrases.into_iter().map(|(id, _)| id).collect();
        Walk::Subjects(payees, phrases)
    });
    Ok(Some(Part { walk, condition: text_condition(conn, book, text) }))
}

fn text_condition(conn: &impl ConnectionTrait, book: BookId, text: &str) -> Expr {
    let in_phrases = |column| {
        Expr::col(("e", column))
            .in_subquery(phrases_query(conn, book, text).column("id").to_owned())
    };
    let in_payees = Expr::col(("e", "payee")).in_subquery(payees_query(conn, book, text));
    in_phrases("title_phrase").or(in_phrases("note_phrase")).or(in_payees)
}

fn phrases_query(conn: &impl ConnectionTrait, book: BookId, text: &str) -> SelectStatement {
    Query::select()
        .from("phrase")
        .and_where(Expr::col("book").eq(book.0))
        .and_where(Expr::col("uses").gt(0))
        .and_where(contains(conn, Expr::col("folded"), text))
        .to_owned()
}

async fn phrases_with(
    conn: &impl ConnectionTrait,
    book: BookId,
    text: &str,
) -> Result<Vec<(Uuid, i64)>, Error> {
    let most = u64::try_from(MOST_PHRASES).unwrap_or(u64::MAX);
    let query = phrases_query(conn, book, text).columns(["id", "uses"]).limit(most + 1).to_owned();
    let mut found = Vec::new();
    for row in conn.query_all(&query).await? {
        let mut columns = Columns::of(&row);
        found.push((columns.take()?, columns.take()?));
    }
    Ok(found)
}

/// Payees by their own name, or by that of the one they were merged into.
fn payees_query(conn: &impl ConnectionTrait, book: BookId, text: &str) -> SelectStatement {
    let target = Cond::all()
        .add(Expr::col(("target", "book")).equals(("p", "book")))
        .add(Expr::col(("target", "id")).equals(("p", "merged_into")));
    let named = contains(conn, Expr::col(("p", "folded")), text);
    let counted = contains(conn, Expr::col(("target", "folded")), text);
    Query::select()
        .column(("p", "id"))
        .from_as("payee", "p")
        .join_as(sea_orm::sea_query::JoinType::LeftJoin, "payee", "target", target)
        .and_where(Expr::col(("p", "book")).eq(book.0))
        .and_where(named.or(counted))
        .to_owned()
}

async fn payees_with(
    conn: &impl ConnectionTrait,
    book: BookId,
    text: &str,
) -> Result<Vec<Uuid>, Error> {
    let most = u64::try_from(MOST_PAYEES).unwrap_or(u64::MAX);
    let query = payees_query(conn, book, text).limit(most + 1).to_owned();
    let rows = conn.query_all(&query).await?;
    rows.iter().map(|row| Columns::of(row).take()).collect()
}

/// Whether a text contains another, without the wildcards that LIKE knows.
pub fn contains(conn: &impl ConnectionTrait, text: Expr, needle: &str) -> Expr {
    let position = match conn.get_database_backend() {
        sea_orm::DatabaseBackend::Postgres => "strpos",
        _ => "instr",
    };
    Expr::from(Func::cust(position.into_iden()).args([text, Expr::val(needle)])).gt(0)
}
