//! Reading transactions: one, some, and pages of a list.
//!
//! A page is found by walking keys newest first: those of the rarest thing that the filter names,
//! with the rest of the filter checked on each entry, until the page is full. So the first page
//! and the last cost the same, and a filter costs what its rarest part does.

use contracts::ledger::{PayeeRef, Transaction, TransactionKind, TransactionStatus};
use model::{AccountId, BookId, Money, TransactionId};
use sea_orm::ConnectionTrait;
use sea_orm::sea_query::{
    Cond, Expr, ExprTrait, JoinType, Order, Query, SelectStatement, TableRef, UnionType,
};
use store::Error;
use uuid::Uuid;

use super::journal::{ENTRY_COLUMNS, lines_from_text};
use super::rows::Columns;
use crate::ledger::filter::Cursor;

/// Which payee an entry is read with.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum PayeeAs {
    /// The one that was named: what events and versions carry.
    Named,
    /// The one that it counts as after merges: what people read.
    Counted,
}

/// How many of the entry's columns are read: the last two only serve searching.
const READ_COLUMNS: usize = ENTRY_COLUMNS.len() - 2;

/// Selects entries, aliased `e`, with their payees; the caller adds where they come from.
fn entries_select() -> SelectStatement {
    Query::select()
        .columns(ENTRY_COLUMNS[1..READ_COLUMNS].iter().map(|column| ("e", *column)))
        .columns([("p", "name"), ("p", "merged_into"), ("target", "name")])
        .to_owned()
}

fn join_payees(query: &mut SelectStatement) {
    let payee = |alias: &'static str, id: (&'static str, &'static str)| {
        Cond::all()
            .add(Expr::col((alias, "book")).equals(("e", "book")))
            .add(Expr::col((alias, "id")).equals(id))
    };
    query.join_as(JoinType::LeftJoin, "payee", "p", payee("p", ("e", "payee"))).join_as(
        JoinType::LeftJoin,
        "payee",
        "target",
        payee("target", ("p", "merged_into")),
    );
}

async fn entries_read(
    conn: &impl ConnectionTrait,
    query: &SelectStatement,
    payee_as: PayeeAs,
) -> Result<Vec<Transaction>, Error> {
    let rows = conn.query_all(query).await?;
    rows.iter().map(|row| entry_read(&mut Columns::of(row), payee_as)).collect()
}

fn entry_read(columns: &mut Columns<'_>, payee_as: PayeeAs) -> Result<Transaction, Error> {
    let id = columns.id()?;
    let day = columns.day()?;
    let kind = columns.word("kind of entry", TransactionKind::parse)?;
    let status = columns.word("status", TransactionStatus::parse)?;
    let title = columns.take()?;
    let payee: Option<Uuid> = columns.take()?;
    let account = columns.id()?;
    let currency = columns.currency()?;
    let amount = Money::new(columns.take()?, currency);
    let to_account = columns.maybe_id()?;
    let to_currency: Option<String> = columns.take()?;
    let to_minor: Option<i64> = columns.take()?;
    let to_amount = match (to_currency, to_minor) {
        (Some(code), Some(minor)) => Some(Money::new(minor, parse_currency(&code)?)),
        _ => None,
    };
    let lines = lines_from_text(&columns.take::<String>()?, currency)?;
    let note = columns.take()?;
    let author = columns.id()?;
    let import = columns.maybe_id()?;
    let created_at = model::Instant(columns.take()?);
    let version = columns.take()?;
    let payee = payee.map(|id| payee_read(columns, id, payee_as)).transpose()?;
    Ok(Transaction {
        id,
        kind,
        status,
        day,
        title,
        payee,
        account,
        amount,
        to_account,
        to_amount,
        lines,
        note,
        author,
        import,
        created_at,
        version,
        running_balance: None,
        hidden_side: false,
    })
}

fn parse_currency(code: &str) -> Result<model::Currency, Error> {
    model::Currency::parse(code).map_err(|_| super::rows::misfit("currency", code))
}

fn payee_read(columns: &mut Columns<'_>, id: Uuid, payee_as: PayeeAs) -> Result<PayeeRef, Error> {
    let name: Option<String> = columns.take()?;
    let target: Option<Uuid> = columns.take()?;
    let target_name: Option<String> = columns.take()?;
    Ok(match (payee_as, target, target_name) {
        (PayeeAs::Counted, Some(target), Some(name)) => PayeeRef { id: target.into(), name },
        _ => PayeeRef { id: id.into(), name: name.unwrap_or_default() },
    })
}

/// Some transactions of a book, by id.
pub async fn entries_get(
    conn: &impl ConnectionTrait,
    book: BookId,
    ids: &[TransactionId],
    payee_as: PayeeAs,
) -> Result<Vec<Transaction>, Error> {
    let mut query = entries_select();
    query.from_as("entry", "e");
    join_payees(&mut query);
    query
        .and_where(Expr::col(("e", "book")).eq(book.0))
        .and_where(Expr::col(("e", "id")).is_in(ids.iter().map(|id| id.0)))
        .order_by(("e", "id"), Order::Asc);
    entries_read(conn, &query, payee_as).await
}

/// The transactions after an id, by id, in runs; none at the end.
pub async fn entries_after(
    conn: &impl ConnectionTrait,
    book: BookId,
    after: Option<TransactionId>,
) -> Result<Vec<Transaction>, Error> {
    const AT_ONCE: u64 = 2000;
    let mut query = entries_select();
    query.from_as("entry", "e");
    join_payees(&mut query);
    query
        .and_where(Expr::col(("e", "book")).eq(book.0))
        .order_by(("e", "id"), Order::Asc)
        .limit(AT_ONCE);
    if let Some(after) = after {
        query.and_where(Expr::col(("e", "id")).gt(after.0));
    }
    entries_read(conn, &query, PayeeAs::Named).await
}

/// Where the keys of a list come from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Walk {
    /// All entries of the book.
    Entries,
    /// Those that post to these accounts or categories.
    Places(Vec<Uuid>),
    /// Those that the register has under these subjects. The second list is of subjects that have
    /// few entries each, and are read together.
    Subjects(Vec<Uuid>, Vec<Uuid>),
}

/// A list of entries: where its keys come from, and what else holds for each entry (aliased `e`).
#[derive(Clone, Debug)]
pub struct List {
    pub walk: Walk,
    pub from: Option<model::Day>,
    pub to: Option<model::Day>,
    pub conditions: Cond,
}

/// A page of a list, newest first.
pub async fn entries_page(
    conn: &impl ConnectionTrait,
    book: BookId,
    list: &List,
    after: Option<Cursor>,
    limit: u64,
) -> Result<Vec<Transaction>, Error> {
    let runs = branches(&list.walk);
    match runs.as_slice() {
        [only] => page_read(conn, book, run_keys(book, list, only, after, limit), limit).await,
        several if list.conditions.is_empty() => {
            page_read(conn, book, merged_keys(book, list, several, after, limit), limit).await
        }
        several => page_by_windows(conn, book, list, several, after, limit).await,
    }
}

async fn page_read(
    conn: &impl ConnectionTrait,
    book: BookId,
    keys: SelectStatement,
    limit: u64,
) -> Result<Vec<Transaction>, Error> {
    let mut query = entries_select();
    query.from_subquery(keys, "k").inner_join(
        TableRef::from("entry").alias("e"),
        Cond::all()
            .add(Expr::col(("e", "book")).eq(book.0))
            .add(Expr::col(("e", "id")).equals(("k", "entry"))),
    );
    join_payees(&mut query);
    query.order_by(("k", "day"), Order::Desc).order_by(("k", "entry"), Order::Desc).limit(limit);
    entries_read(conn, &query, PayeeAs::Counted).await
}

/// The keys of a page along one run.
fn run_keys(
    book: BookId,
    list: &List,
    run: &Branch,
    after: Option<Cursor>,
    limit: u64,
) -> SelectStatement {
    let mut keys = branch_keys(book, list, run);
    if let Some(after) = after {
        keys.cond_where(earlier_than(run, after));
    }
    keys.order_by((run.alias, "day"), Order::Desc)
        .order_by((run.alias, run.entry), Order::Desc)
        .limit(limit);
    keys
}

/// The keys of a page along several runs: from each as many as the page has, then the newest of
/// those. An entry may stand in several runs; UNION keeps it once.
fn merged_keys(
    book: BookId,
    list: &List,
    runs: &[Branch],
    after: Option<Cursor>,
    limit: u64,
) -> SelectStatement {
    let mut pages = runs.iter().map(|run| {
        let keys = run_keys(book, list, run, after, limit);
        Query::select().columns(["day", "entry"]).from_subquery(keys, "b").to_owned()
    });
    let mut all = pages.next().unwrap_or_default();
    all.unions(pages.map(|page| (UnionType::Distinct, page)));
    Query::select()
        .columns(["day", "entry"])
        .from_subquery(all, "u")
        .order_by("day", Order::Desc)
        .order_by("entry", Order::Desc)
        .limit(limit)
        .to_owned()
}

/// How many days the first window has, and how much longer each next one is.
const WINDOW_DAYS: i64 = 32;
const WINDOW_GROWTH: i64 = 4;
/// The window after the longest reaches back to the first day.
const LONGEST_WINDOW_DAYS: i64 = 4000;

/// A page along several runs of which only some entries fit: window by window of days, so that
/// what is looked at is about what the page needs, and not as much for each run.
async fn page_by_windows(
    conn: &impl ConnectionTrait,
    book: BookId,
    list: &List,
    runs: &[Branch],
    after: Option<Cursor>,
    limit: u64,
) -> Result<Vec<Transaction>, Error> {
    let unconditional = List { conditions: Cond::all(), ..list.clone() };
    let newest = merged_keys(book, &unconditional, runs, after, 1);
    let Some(row) = conn.query_one(&newest).await? else { return Ok(Vec::new()) };
    let together = together(runs);
    let mut last_day = Columns::of(&row).day()?;
    let mut window_days = WINDOW_DAYS;
    let mut page = Vec::new();
    loop {
        let is_last = window_days > LONGEST_WINDOW_DAYS;
        let first_day = last_day.plus_days(1 - window_days);
        let from = if is_last { list.from } else { list.from.max(Some(first_day)) };
        let window = List { from, to: Some(last_day), ..list.clone() };
        let missing = limit - u64::try_from(page.len()).unwrap_or(limit);
        let keys = run_keys(book, &window, &together, after, missing).distinct().to_owned();
        page.extend(page_read(conn, book, keys, missing).await?);
        let is_full = u64::try_from(page.len()).is_ok_and(|found| found >= limit);
        if is_full || is_last || from == list.from {
            return Ok(page);
        }
        last_day = first_day.plus_days(-1);
        window_days *= WINDOW_GROWTH;
    }
}

/// Several runs of one table, read together and so in no order.
fn together(runs: &[Branch]) -> Branch {
    let mut all = runs[0].clone();
    if let Some((_, values)) = &mut all.of {
        *values =
            runs.iter().filter_map(|run| run.of.as_ref()).flat_map(|(_, v)| v.clone()).collect();
    }
    all
}

/// Selects from all entries of a book that a list lets through, as `e`.
pub fn entries_of(query: &mut SelectStatement, book: BookId, list: &List) {
    query.from_as("entry", "e");
    for run in branches(&Walk::Entries) {
        only_listed(query, book, list, &run);
    }
}

/// All keys of a list, each once, in no order.
pub fn keys_of(book: BookId, list: &List) -> SelectStatement {
    let mut branches = branches(&list.walk).into_iter().map(|b| branch_keys(book, list, &b));
    let mut all = branches.next().unwrap_or_default();
    all.unions(branches.map(|keys| (UnionType::Distinct, keys)));
    all
}

/// One run of keys in the order of a table's primary key.
#[derive(Clone)]
struct Branch {
    table: &'static str,
    alias: &'static str,
    /// The column of the entry's id.
    entry: &'static str,
    /// The column and values that hold the run together.
    of: Option<(&'static str, Vec<Uuid>)>,
}

fn branches(walk: &Walk) -> Vec<Branch> {
    let branch = |table, column, values| Branch {
        table,
        alias: "k",
        entry: "entry",
        of: Some((column, values)),
    };
    match walk {
        Walk::Entries => vec![Branch { table: "entry", alias: "e", entry: "id", of: None }],
        Walk::Places(places) => {
            places.iter().map(|place| branch("posting", "place", vec![*place])).collect()
        }
        Walk::Subjects(each, together) => each
            .iter()
            .map(|subject| vec![*subject])
            .chain((!together.is_empty()).then(|| together.clone()))
            .map(|subjects| branch("register", "subject", subjects))
            .collect(),
    }
}

/// The keys of a branch that the list's conditions let through, in no order.
fn branch_keys(book: BookId, list: &List, branch: &Branch) -> SelectStatement {
    let Branch { table, alias, entry, .. } = branch;
    let (table, alias, entry) = (*table, *alias, *entry);
    let mut keys = Query::select();
    keys.column((alias, "day")).expr_as(Expr::col((alias, entry)), "entry").from_as(table, alias);
    only_listed(&mut keys, book, list, branch);
    keys
}

/// Lets through what belongs to a run and to the list.
fn only_listed(keys: &mut SelectStatement, book: BookId, list: &List, branch: &Branch) {
    let Branch { alias, entry, of, .. } = branch;
    let (alias, entry) = (*alias, *entry);
    keys.and_where(Expr::col((alias, "book")).eq(book.0));
    if let Some((column, values)) = of {
        keys.and_where(is_any(Expr::col((alias, *column)), values));
    }
    if let Some(from) = list.from {
        keys.and_where(Expr::col((alias, "day")).gte(from.to_string()));
    }
    if let Some(to) = list.to {
        keys.and_where(Expr::col((alias, "day")).lte(to.to_string()));
    }
    if !list.conditions.is_empty() {
        if alias != "e" {
            // CROSS JOIN: SQLite then walks the keys and looks up entries, never the reverse.
            keys.cross_join(TableRef::from("entry").alias("e"))
                .and_where(Expr::col(("e", "book")).eq(book.0))
                .and_where(Expr::col(("e", "id")).equals((alias, entry)));
        }
        keys.cond_where(list.conditions.clone());
    }
}

fn is_any(column: Expr, values: &[Uuid]) -> Expr {
    match values {
        [only] => column.eq(*only),
        several => column.is_in(several.iter().copied()),
    }
}

fn earlier_than(branch: &Branch, after: Cursor) -> Cond {
    let day = || Expr::col((branch.alias, "day"));
    let text = after.day.to_string();
    let on_that_day = Expr::col((branch.alias, branch.entry)).lt(after.id.0);
    Cond::all().add(day().lte(text.as_str())).add(Cond::any().add(day().lt(text)).add(on_that_day))
}

/// The accounts' postings of some days, in the order in which they follow each other.
pub async fn postings_of_days(
    conn: &impl ConnectionTrait,
    book: BookId,
    account: AccountId,
    days: &[model::Day],
) -> Result<Vec<(model::Day, TransactionId, i64)>, Error> {
    let query = Query::select()
        .columns(["day", "entry", "minor"])
        .from("posting")
        .and_where(Expr::col("book").eq(book.0))
        .and_where(Expr::col("place").eq(account.0))
        .and_where(Expr::col("day").is_in(days.iter().map(ToString::to_string)))
        .order_by("day", Order::Asc)
        .order_by("entry", Order::Asc)
        .to_owned();
    let mut postings = Vec::new();
    for row in conn.query_all(&query).await? {
        let mut columns = Columns::of(&row);
        postings.push((columns.day()?, columns.id()?, columns.take()?));
    }
    Ok(postings)
}

/// Whether somebody else has entries in an account.
pub async fn others_post_to(
    conn: &impl ConnectionTrait,
    book: BookId,
    account: AccountId,
    person: model::PersonId,
) -> Result<bool, Error> {
    let query = Query::select()
        .column(("k", "entry"))
        .from_as("posting", "k")
        .inner_join(
            TableRef::from("entry").alias("e"),
            Cond::all()
                .add(Expr::col(("e", "book")).equals(("k", "book")))
                .add(Expr::col(("e", "id")).equals(("k", "entry"))),
        )
        .and_where(Expr::col(("k", "book")).eq(book.0))
        .and_where(Expr::col(("k", "place")).eq(account.0))
        .and_where(Expr::col(("e", "author")).ne(person.0))
        .limit(1)
        .to_owned();
    Ok(conn.query_one(&query).await?.is_some())
}
