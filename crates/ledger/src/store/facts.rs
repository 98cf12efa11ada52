//! What a new entry is checked against, in one statement.

use std::collections::HashMap;

use contracts::ledger::{AccountFacts, PayeeRef};
use model::{AccountId, BookId, CategoryId, Currency, PayeeId};
use sea_orm::ConnectionTrait;
use sea_orm::sea_query::{Cond, Expr, ExprTrait, Query, SelectStatement, UnionType};
use store::Error;

use super::rows::{Columns, misfit};

/// Which accounts, categories and payees entries name.
#[derive(Default)]
pub struct Named {
    pub accounts: Vec<AccountId>,
    pub categories: Vec<CategoryId>,
    /// Folded names.
    pub payees: Vec<String>,
}

/// What there is of them.
#[derive(Default)]
pub struct Facts {
    pub accounts: HashMap<AccountId, AccountFacts>,
    pub categories: HashMap<CategoryId, CategoryFact>,
    /// By folded name.
    pub payees: HashMap<String, PayeeFact>,
}

pub struct CategoryFact {
    pub name: String,
    pub archived: bool,
}

#[derive(Clone)]
pub struct PayeeFact {
    pub id: PayeeId,
    /// The payee that entries of this name belong to: itself, or the one it was merged into.
    pub counts_as: PayeeRef,
    pub has_default_category: bool,
}

/// Looks up everything that is named.
pub async fn facts_load(
    conn: &impl ConnectionTrait,
    book: BookId,
    named: &Named,
) -> Result<Facts, Error> {
    let mut parts = vec![accounts_part(book, named)];
    if !named.categories.is_empty() {
        parts.push(categories_part(book, named));
    }
    if !named.payees.is_empty() {
        parts.push(payees_part(book, named));
    }
    let mut query = parts.remove(0);
    query.unions(parts.into_iter().map(|part| (UnionType::All, part)));
    let mut facts = Facts::default();
    for row in conn.query_all(&query).await? {
        read_fact(&mut Columns::of(&row), &mut facts)?;
    }
    Ok(facts)
}

fn accounts_part(book: BookId, named: &Named) -> SelectStatement {
    Query::select()
        .expr(Expr::val("account"))
        .columns(["id", "name", "currency", "holder", "private", "archived", "name"])
        .from("account")
        .and_where(Expr::col("book").eq(book.0))
        .and_where(Expr::col("id").is_in(named.accounts.iter().map(|id| id.0)))
        .to_owned()
}

fn categories_part(book: BookId, named: &Named) -> SelectStatement {
    Query::select()
        .expr(Expr::val("category"))
        .columns(["id", "name", "kind", "parent", "archived", "archived", "name"])
        .from("category")
        .and_where(Expr::col("book").eq(book.0))
        .and_where(Expr::col("id").is_in(named.categories.iter().map(|id| id.0)))
        .to_owned()
}

fn payees_part(book: BookId, named: &Named) -> SelectStatement {
    Query::select()
        .expr(Expr::val("payee"))
        .columns([("p", "id"), ("p", "name"), ("p", "folded"), ("p", "merged_into")])
        .expr(Expr::col(("p", "default_category")).is_not_null())
        .expr(Expr::col(("p", "merged_into")).is_not_null())
        .column(("target", "name"))
        .from_as("payee", "p")
        .join_as(
            sea_orm::sea_query::JoinType::LeftJoin,
            "payee",
            "target",
            Cond::all()
                .add(Expr::col(("target", "book")).equals(("p", "book")))
                .add(Expr::col(("target", "id")).equals(("p", "merged_into"))),
        )
        .and_where(Expr::col(("p", "book")).eq(book.0))
        .and_where(Expr::col(("p", "folded")).is_in(named.payees.iter().map(String::as_str)))
        .to_owned()
}

fn read_fact(columns: &mut Columns<'_>, facts: &mut Facts) -> Result<(), Error> {
    let what: String = columns.take()?;
    let id: uuid::Uuid = columns.take()?;
    let name: String = columns.take()?;
    let word: String = columns.take()?;
    let other: Option<uuid::Uuid> = columns.take()?;
    let (first, second): (bool, bool) = (columns.take()?, columns.take()?);
    match what.as_str() {
        "account" => {
            let currency = Currency::parse(&word).map_err(|_| misfit("currency", &word))?;
            let account = AccountFacts {
                id: id.into(),
                name,
                currency,
                holder: other.map(Into::into),
                private: first,
                archived: second,
            };
            facts.accounts.insert(account.id, account);
        }
        "category" => {
            facts.categories.insert(id.into(), CategoryFact { name, archived: second });
        }
        _ => {
            let target_name: Option<String> = columns.take()?;
            let counts_as = match (other, target_name) {
                (Some(target), Some(name)) => PayeeRef { id: target.into(), name },
                _ => PayeeRef { id: id.into(), name },
            };
            let payee = PayeeFact { id: id.into(), counts_as, has_default_category: first };
            facts.payees.insert(word, payee);
        }
    }
    Ok(())
}
