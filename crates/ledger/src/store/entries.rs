//! Reading transactions: one, some, and pages of a list.
//!
//! A page is found by walking keys newest first: those of the rarest thing that the filter names,
//! with the rest of the filter checked on each entry, until the page is full. So the first page
//! and the last cost the same, and a filter costs what its rarest part does.

use contracts::ledger::{PayeeRef, Transaction, TransactionKind, TransactionStatus};
use model::{AccountId, BookId, Money, TransactionId};
use sea_orm::ConnectionTrait;
use sea_orm::sea_query::{
    Cond, Expr, ExprTrait, JoinType, Order, Query, SelectStatement, UnionType,
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
    let mut query = entries_select();
    query.from_subquery(keys(book, list, after, limit), "k").inner_join(
        sea_orm::sea_query::TableRef::from("entry").alias("e"),
        Cond::all()
            .add(Expr::col(("e", "book")).eq(book.0))
            .add(Expr::col(("e", "id")).equals(("k", "entry"))),
    );
    join_payees(&mut query);
    query.order_by(("k", "day"), Order::Desc).order_by(("k", "entry"), Order::Desc).limit(limit);
    entries_read(conn, &query, PayeeAs::Counted).await
}

/// The keys of a page: from each branch as many as the page has, then merged.
fn keys(book: BookId, list: &List, after: Option<Cursor>, limit: u64) -> SelectStatement {
    let branches = branches(&list.walk);
    let page_of = |branch: &Branch| {
        let mut keys = branch_keys(book, list, branch);
        if let Some(after) = after {
            keys.cond_where(earlier_than(branch, after));
        }
        keys.order_by((branch.alias, "day"), Order::Desc)
            .order_by((branch.alias, branch.entry), Order::Desc)
            .limit(limit);
        keys
    };
    if let [only] = branches.as_slice() {
        return page_of(only);
    }
    let mut pages = branches.iter().map(|branch| {
        Query::select().columns(["day", "entry"]).from_subquery(page_of(branch), "b").to_owned()
    });
    let mut all = pages.next().unwrap_or_default();
    // An entry may stand in several branches; UNION keeps it once.
    all.unions(pages.map(|page| (UnionType::Distinct, page)));
    all
}

/// All keys of a list, each once, in no order.
pub fn keys_of(book: BookId, list: &List) -> SelectStatement {
    let mut branches = branches(&list.walk).into_iter().map(|b| branch_keys(book, list, &b));
    let mut all = branches.next().unwrap_or_default();
    all.unions(branches.map(|keys| (UnionType::Distinct, keys)));
    all
}

/// One run of keys in the order of a table's primary key.
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
    let Branch { table, alias, entry, of } = branch;
    let (table, alias, entry) = (*table, *alias, *entry);
    let mut keys = Query::select();
    keys.column((alias, "day"))
        .expr_as(Expr::col((alias, entry)), "entry")
        .from_as(table, alias)
        .and_where(Expr::col((alias, "book")).eq(book.0));
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
            keys.cross_join(sea_orm::sea_query::TableRef::from("entry").alias("e"))
                .and_where(Expr::col(("e", "book")).eq(book.0))
                .and_where(Expr::col(("e", "id")).equals((alias, entry)));
        }
        keys.cond_where(list.conditions.clone());
    }
    keys
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
            sea_orm::sea_query::TableRef::from("entry").alias("e"),
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
