//! What a statement is compared with: the account's entries, and what the book calls and sorts
//! alike.

use std::collections::HashMap;

use contracts::ledger::Transaction;
use model::{AccountId, BookId, CategoryId, Day, PayeeId, PersonId};
use sea_orm::ConnectionTrait;
use sea_orm::sea_query::{Cond, Expr, ExprTrait, Order, Query, SelectStatement};
use store::Error;
use uuid::Uuid;

use crate::ledger::sight::Sight;
use crate::store::entries::{List, Walk, entries_page};
use crate::store::journal::lines_from_text;
use crate::store::payees::{PayeeRow, only_known, payees_get, payees_query, payees_read};
use crate::store::rows::{Columns, ROWS_PER_INSERT};

/// All entries of an account from one day to another.
pub async fn entries_of_account(
    conn: &impl ConnectionTrait,
    book: BookId,
    account: AccountId,
    from: Day,
    to: Day,
) -> Result<Vec<Transaction>, Error> {
    let walk = Walk::Places(vec![account.0]);
    let list = List { walk, from: Some(from), to: Some(to), conditions: Cond::all() };
    let all = i64::MAX.unsigned_abs();
    entries_page(conn, book, &list, None, all).await
}

/// The category of the newest entry under each subject of the register that the reader sees whole.
pub async fn newest_categories(
    conn: &impl ConnectionTrait,
    book: BookId,
    sight: &Sight,
    subjects: &[Uuid],
) -> Result<HashMap<Uuid, CategoryId>, Error> {
    let mut found = HashMap::new();
    for some in subjects.chunks(ROWS_PER_INSERT) {
        for row in conn.query_all(&newest_entries(book, some)).await? {
            let mut columns = Columns::of(&row);
            let subject: Uuid = columns.take()?;
            let (account, to): (AccountId, Option<AccountId>) =
                (columns.id()?, columns.maybe_id()?);
            let author: PersonId = columns.id()?;
            let currency = columns.currency()?;
            let lines = lines_from_text(&columns.take::<String>()?, currency)?;
            let is_theirs = sight.role.sees_all() || author == sight.person;
            let is_hidden = sight.hides(account) || to.is_some_and(|to| sight.hides(to));
            if let [line] = lines.as_slice()
                && let (Some(category), true, false) = (line.category, is_theirs, is_hidden)
            {
                found.insert(subject, category);
            }
        }
    }
    Ok(found)
}

/// The entries of the last day of each subject; the newest comes last.
fn newest_entries(book: BookId, subjects: &[Uuid]) -> SelectStatement {
    let last_days = Query::select()
        .column("subject")
        .expr_as(Expr::col("day").max(), "day")
        .from("register")
        .and_where(Expr::col("book").eq(book.0))
        .and_where(Expr::col("subject").is_in(subjects.iter().copied()))
        .group_by_col("subject")
        .to_owned();
    Query::select()
        .column(("k", "subject"))
        .columns(["account", "to_account", "author", "currency", "lines"].map(|c| ("e", c)))
        .from_subquery(last_days, "m")
        .inner_join(
            sea_orm::sea_query::TableRef::from("register").alias("k"),
            Cond::all()
                .add(Expr::col(("k", "book")).eq(book.0))
                .add(Expr::col(("k", "subject")).equals(("m", "subject")))
                .add(Expr::col(("k", "day")).equals(("m", "day"))),
        )
        .inner_join(
            sea_orm::sea_query::TableRef::from("entry").alias("e"),
            Cond::all()
                .add(Expr::col(("e", "book")).eq(book.0))
                .add(Expr::col(("e", "id")).equals(("k", "entry"))),
        )
        .order_by(("k", "entry"), Order::Asc)
        .to_owned()
}

/// A payee that the reader may know of, under one of its folded names.
pub struct KnownPayee {
    pub folded: String,
    /// The name that its entries count under.
    pub name: String,
    pub category: Option<CategoryId>,
}

/// The payees of folded names, by the ones that they were merged into.
pub async fn payees_known(
    conn: &impl ConnectionTrait,
    book: BookId,
    sight: &Sight,
    folded: &[String],
) -> Result<Vec<KnownPayee>, Error> {
    let mut found = Vec::new();
    for some in folded.chunks(ROWS_PER_INSERT) {
        let mut query = payees_query(book);
        query.and_where(Expr::col(("payee", "folded")).is_in(some.iter().map(String::as_str)));
        only_known(&mut query, sight);
        found.extend(payees_read(conn, &query).await?);
    }
    let targets: Vec<PayeeId> = found.iter().filter_map(|row| row.payee.merged_into).collect();
    let targets = payees_get(conn, book, sight, &targets).await?;
    let counts_as = |row: &PayeeRow| {
        let target = targets.iter().find(|target| Some(target.payee.id) == row.payee.merged_into);
        target.map_or_else(|| row.payee.clone(), |target| target.payee.clone())
    };
    let known = found.iter().map(|row| {
        let payee = counts_as(row);
        let folded = row.folded.clone();
        KnownPayee { folded, name: payee.name, category: payee.default_category }
    });
    Ok(known.collect())
}
