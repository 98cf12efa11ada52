//! Categories: a tree for each book.

use contracts::ledger::{Category, CategoryFacts, CategoryKind};
use model::BookId;
use sea_orm::ConnectionTrait;
use sea_orm::sea_query::{Expr, ExprTrait, Order, Query};
use store::{Error, Tx};

use super::rows::{Columns, insert_into};

const COLUMNS: [&str; 9] =
    ["book", "id", "parent", "name", "kind", "icon", "archived", "position", "version"];

pub fn facts(category: &Category) -> CategoryFacts {
    CategoryFacts {
        id: category.id,
        parent: category.parent,
        name: category.name.clone(),
        archived: category.archived,
    }
}

/// All categories of a book, in their order.
pub async fn categories_list(
    conn: &impl ConnectionTrait,
    book: BookId,
) -> Result<Vec<Category>, Error> {
    let query = Query::select()
        .columns(COLUMNS)
        .from("category")
        .and_where(Expr::col("book").eq(book.0))
        .order_by("position", Order::Asc)
        .order_by("id", Order::Asc)
        .to_owned();
    let mut categories = Vec::new();
    for row in conn.query_all(&query).await? {
        let mut columns = Columns::of(&row);
        columns.id::<BookId>()?;
        categories.push(Category {
            id: columns.id()?,
            parent: columns.maybe_id()?,
            name: columns.take()?,
            kind: columns.word("kind of category", CategoryKind::parse)?,
            icon: columns.take()?,
            archived: columns.take()?,
            position: columns.take()?,
            version: columns.take()?,
        });
    }
    Ok(categories)
}

pub async fn categories_insert(
    tx: &Tx,
    book: BookId,
    categories: &[Category],
) -> Result<(), Error> {
    let mut insert = insert_into("category", COLUMNS);
    for category in categories {
        insert.values_panic([
            Expr::val(book.0),
            Expr::val(category.id.0),
            Expr::val(category.parent.map(|parent| parent.0)),
            Expr::val(category.name.as_str()),
            Expr::val(category.kind.as_str()),
            Expr::val(category.icon.as_str()),
            Expr::val(category.archived),
            Expr::val(category.position),
            Expr::val(category.version),
        ]);
    }
    tx.conn().execute(&insert).await?;
    Ok(())
}

pub async fn category_update(tx: &Tx, book: BookId, category: &Category) -> Result<(), Error> {
    let update = Query::update()
        .table("category")
        .value("parent", category.parent.map(|parent| parent.0))
        .value("name", category.name.as_str())
        .value("icon", category.icon.as_str())
        .value("archived", category.archived)
        .value("position", category.position)
        .value("version", category.version)
        .and_where(Expr::col("book").eq(book.0))
        .and_where(Expr::col("id").eq(category.id.0))
        .to_owned();
    tx.conn().execute(&update).await?;
    Ok(())
}
