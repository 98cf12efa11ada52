//! Books and their members.

use contracts::ledger::{BookFacts, BookKind, Member, book_stream};
use model::{BookId, ChangeId, Instant, PersonId, Role, TimeZone};
use sea_orm::sea_query::{Cond, Expr, ExprTrait, Order, Query, SelectStatement};
use sea_orm::{ConnectionTrait, QueryResult};
use store::streams::{head_query, head_read};
use store::{Error, Tx, ask_together};

use super::changes::Recorded;
use super::rows::{Columns, insert_into};
use crate::ledger::sight::Sight;

/// A book as it is stored.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BookRow {
    pub id: BookId,
    pub kind: BookKind,
    pub facts: BookFacts,
    pub version: i64,
}

/// A book with what somebody may see of it, and the change that a write may be repeating.
pub struct Opened {
    pub row: BookRow,
    /// `None` for those who are no members.
    pub sight: Option<Sight>,
    pub recorded: Option<Recorded>,
}

const BOOK_COLUMNS: [&str; 9] = [
    "id",
    "name",
    "kind",
    "base_currency",
    "time_zone",
    "first_day_of_week",
    "first_day_of_month",
    "fiscal_year_start_month",
    "version",
];

fn book_read(columns: &mut Columns<'_>) -> Result<BookRow, Error> {
    let id = columns.id()?;
    let name = columns.take()?;
    let kind = columns.word("kind of book", BookKind::parse)?;
    let base_currency = columns.currency()?;
    let time_zone = columns.word("time zone", |name| TimeZone::parse(name).ok())?;
    let mut small = || -> Result<i8, Error> {
        let number: i64 = columns.take()?;
        i8::try_from(number).map_err(|_| super::rows::misfit("setting", &number.to_string()))
    };
    let facts = BookFacts {
        name,
        base_currency,
        time_zone,
        first_day_of_week: small()?,
        first_day_of_month: small()?,
        fiscal_year_start_month: small()?,
    };
    Ok(BookRow { id, kind, facts, version: columns.take()? })
}

/// A book as a person finds it; `None` where there is none. One statement, since every request
/// begins with it; a write also looks up the change that it may be repeating.
pub async fn book_open(
    conn: &impl ConnectionTrait,
    book: BookId,
    person: PersonId,
    change: Option<ChangeId>,
) -> Result<Option<Opened>, Error> {
    let rows = conn.query_all(&book_open_query(book, person, change)).await?;
    opened_read(&rows, person, change)
}

/// The same with the book's number, which is read first: what is answered with it is at least as
/// new.
pub async fn book_open_at(
    conn: &impl ConnectionTrait,
    book: BookId,
    person: PersonId,
) -> Result<(i64, Option<Opened>), Error> {
    let stream = book_stream(book);
    let queries = [head_query(&stream), book_open_query(book, person, None)];
    let [head, opened] = ask_together(conn, queries).await?;
    let number = head_read(&head, &stream)?.map_or(0, |head| head.number);
    Ok((number, opened_read(&opened, person, None)?))
}

fn opened_read(
    rows: &[QueryResult],
    person: PersonId,
    change: Option<ChangeId>,
) -> Result<Option<Opened>, Error> {
    let mut opened: Option<Opened> = None;
    for row in rows {
        let mut columns = Columns::of(row);
        let found = book_read(&mut columns)?;
        let role: Option<String> = columns.take()?;
        let former: Option<bool> = columns.take()?;
        let hidden: Option<model::AccountId> = columns.maybe_id()?;
        let role = role.as_deref().and_then(Role::parse).filter(|_| former == Some(false));
        if opened.is_none() {
            let recorded = match change {
                Some(_) => Recorded::read_joined(&mut columns)?,
                None => None,
            };
            let sight = role.map(|role| Sight { person, role, hidden: Vec::new() });
            opened = Some(Opened { row: found, sight, recorded });
        }
        let sight = opened.as_mut().and_then(|opened| opened.sight.as_mut());
        if let Some(sight) = sight {
            sight.hidden.extend(hidden);
        }
    }
    Ok(opened)
}

fn book_open_query(book: BookId, person: PersonId, change: Option<ChangeId>) -> SelectStatement {
    let mut query = Query::select();
    query
        .columns(BOOK_COLUMNS.map(|column| ("book", column)))
        .columns([("member", "role"), ("member", "former"), ("account", "id")])
        .from("book")
        .left_join(
            "member",
            Cond::all()
                .add(Expr::col(("member", "book")).equals(("book", "id")))
                .add(Expr::col(("member", "person")).eq(person.0)),
        )
        .left_join(
            "account",
            Cond::all()
                .add(Expr::col(("account", "book")).equals(("book", "id")))
                .add(Expr::col(("account", "private")).eq(true))
                .add(Expr::col(("account", "holder")).ne(person.0)),
        )
        .and_where(Expr::col(("book", "id")).eq(book.0));
    if let Some(change) = change {
        query.columns(Recorded::COLUMNS.map(|column| ("change", column))).left_join(
            "change",
            Cond::all()
                .add(Expr::col(("change", "book")).equals(("book", "id")))
                .add(Expr::col(("change", "id")).eq(change.0)),
        );
    }
    query
}

/// The books that a person is a member of, by name.
pub async fn books_of(
    conn: &impl ConnectionTrait,
    person: PersonId,
) -> Result<Vec<(BookRow, Role)>, Error> {
    let query = Query::select()
        .columns(BOOK_COLUMNS.map(|column| ("book", column)))
        .column(("member", "role"))
        .from("member")
        .inner_join("book", Expr::col(("book", "id")).equals(("member", "book")))
        .and_where(Expr::col(("member", "person")).eq(person.0))
        .and_where(Expr::col(("member", "former")).eq(false))
        .order_by(("book", "created_at"), Order::Asc)
        .order_by(("book", "id"), Order::Asc)
        .to_owned();
    let mut books = Vec::new();
    for row in conn.query_all(&query).await? {
        let mut columns = Columns::of(&row);
        let book = book_read(&mut columns)?;
        books.push((book, columns.word("role", Role::parse)?));
    }
    Ok(books)
}

/// Every book, for those who look at all of them.
pub async fn books_all(conn: &impl ConnectionTrait) -> Result<Vec<BookId>, Error> {
    let query = Query::select().column("id").from("book").order_by("id", Order::Asc).to_owned();
    let rows = conn.query_all(&query).await?;
    rows.iter().map(|row| Columns::of(row).id()).collect()
}

pub async fn book_insert(
    tx: &Tx,
    row: &BookRow,
    created_by: PersonId,
    now: Instant,
) -> Result<(), Error> {
    let mut insert = insert_into(
        "book",
        [
            "id",
            "name",
            "kind",
            "base_currency",
            "time_zone",
            "first_day_of_week",
            "first_day_of_month",
            "fiscal_year_start_month",
            "version",
            "created_by",
            "created_at",
        ],
    );
    insert.values_panic([
        Expr::val(row.id.0),
        Expr::val(row.facts.name.as_str()),
        Expr::val(row.kind.as_str()),
        Expr::val(row.facts.base_currency.code()),
        Expr::val(row.facts.time_zone.name()),
        Expr::val(i64::from(row.facts.first_day_of_week)),
        Expr::val(i64::from(row.facts.first_day_of_month)),
        Expr::val(i64::from(row.facts.fiscal_year_start_month)),
        Expr::val(row.version),
        Expr::val(created_by.0),
        Expr::val(now.0),
    ]);
    tx.conn().execute(&insert).await?;
    Ok(())
}

pub async fn book_update(tx: &Tx, row: &BookRow) -> Result<(), Error> {
    let update = Query::update()
        .table("book")
        .value("name", row.facts.name.as_str())
        .value("kind", row.kind.as_str())
        .value("base_currency", row.facts.base_currency.code())
        .value("time_zone", row.facts.time_zone.name())
        .value("first_day_of_week", i64::from(row.facts.first_day_of_week))
        .value("first_day_of_month", i64::from(row.facts.first_day_of_month))
        .value("fiscal_year_start_month", i64::from(row.facts.fiscal_year_start_month))
        .value("version", row.version)
        .and_where(Expr::col("id").eq(row.id.0))
        .to_owned();
    tx.conn().execute(&update).await?;
    Ok(())
}

/// The members of books, former ones included.
pub async fn members_of(
    conn: &impl ConnectionTrait,
    books: &[BookId],
) -> Result<Vec<(BookId, Member)>, Error> {
    let query = Query::select()
        .columns(["book", "person", "name", "role", "former"])
        .from("member")
        .and_where(Expr::col("book").is_in(books.iter().map(|book| book.0)))
        .order_by("book", Order::Asc)
        .order_by("person", Order::Asc)
        .to_owned();
    let mut members = Vec::new();
    for row in conn.query_all(&query).await? {
        let mut columns = Columns::of(&row);
        let book = columns.id()?;
        let member = Member {
            person: columns.id()?,
            name: columns.take()?,
            role: columns.word("role", Role::parse)?,
            former: columns.take()?,
        };
        members.push((book, member));
    }
    Ok(members)
}

pub async fn member_insert(tx: &Tx, book: BookId, member: &Member) -> Result<(), Error> {
    let mut insert = insert_into("member", ["book", "person", "name", "role", "former"]);
    insert.values_panic([
        Expr::val(book.0),
        Expr::val(member.person.0),
        Expr::val(member.name.as_str()),
        Expr::val(member.role.as_str()),
        Expr::val(member.former),
    ]);
    tx.conn().execute(&insert).await?;
    Ok(())
}
