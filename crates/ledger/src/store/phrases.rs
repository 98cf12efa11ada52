//! The dictionary of a book's distinct titles, for suggestions.

use model::BookId;
use sea_orm::ConnectionTrait;
use sea_orm::sea_query::{Cond, Expr, ExprTrait, Order, Query};
use store::Error;
use uuid::Uuid;

use super::lists::{contains, seen_whole};
use super::rows::Columns;
use crate::ledger::sight::Sight;

/// A title that entries have.
pub struct Title {
    pub phrase: Uuid,
    pub folded: String,
    pub uses: i64,
}

/// The titles that contain a text, most used first.
pub async fn titles_with(
    conn: &impl ConnectionTrait,
    book: BookId,
    text: &str,
    limit: u64,
) -> Result<Vec<Title>, Error> {
    let mut query = Query::select();
    query
        .columns(["id", "folded", "uses"])
        .from("phrase")
        .and_where(Expr::col("book").eq(book.0))
        .and_where(Expr::col("is_title").eq(true))
        .and_where(Expr::col("uses").gt(0))
        .order_by("uses", Order::Desc)
        .order_by("id", Order::Asc)
        .limit(limit);
    if !text.is_empty() {
        query.and_where(contains(conn, Expr::col("folded"), text));
    }
    let mut titles = Vec::new();
    for row in conn.query_all(&query).await? {
        let mut columns = Columns::of(&row);
        titles.push(Title {
            phrase: columns.take()?,
            folded: columns.take()?,
            uses: columns.take()?,
        });
    }
    Ok(titles)
}

/// How many entries with a title a reader sees.
pub async fn title_uses(
    conn: &impl ConnectionTrait,
    book: BookId,
    phrase: Uuid,
    sight: &Sight,
) -> Result<i64, Error> {
    let query = Query::select()
        .expr(Expr::col(("r", "entry")).count())
        .from_as("register", "r")
        .inner_join(
            sea_orm::sea_query::TableRef::from("entry").alias("e"),
            Cond::all()
                .add(Expr::col(("e", "book")).equals(("r", "book")))
                .add(Expr::col(("e", "id")).equals(("r", "entry"))),
        )
        .and_where(Expr::col(("r", "book")).eq(book.0))
        .and_where(Expr::col(("r", "subject")).eq(phrase))
        .cond_where(seen_whole(sight))
        .to_owned();
    let row = conn.query_one(&query).await?;
    row.map_or(Ok(0), |row| Columns::of(&row).take())
}
