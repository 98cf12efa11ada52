//! Categories: a tree that people shape.

use contracts::ledger::{Categories, Category, CategoryPatch, CategoryWritten, NewCategory};
use model::{BookId, Caller, CategoryId, ChangeId, Name};
use service::{Error, Fields};

use super::Ledger;
use super::accounts::shape_ask;
use super::transactions::check_id;
use super::write::{Done, Outcome, Replay, Reply, Stop, Write};
use crate::store::accounts::place_exists;
use crate::store::categories::{categories_insert, categories_list, category_update, facts};

impl Ledger {
    /// The tree of a book.
    pub async fn categories_list(&self, caller: Caller, book: BookId) -> Result<Categories, Error> {
        let (number, _) = self.see_at(book, caller.person).await?;
        let categories = categories_list(self.db.reader(), book).await?;
        Ok(Categories { categories, number })
    }

    /// One category.
    pub async fn category_get(
        &self,
        caller: Caller,
        book: BookId,
        id: CategoryId,
    ) -> Result<Category, Error> {
        let all = self.categories_list(caller, book).await?.categories;
        all.into_iter().find(|c| c.id == id).ok_or_else(|| Error::not_found("category"))
    }

    /// Adds a category.
    pub async fn category_add(
        &self,
        caller: Caller,
        book: BookId,
        key: Option<ChangeId>,
        new: NewCategory,
    ) -> Result<Done<CategoryWritten>, Error> {
        let ask = shape_ask(caller, book, key, "category_added", &new)?;
        let reply = self.commit(ask, move |write: Write| {
            let new = new.clone();
            async move {
                let all = categories_list(write.tx.conn(), write.book()).await?;
                let category = added(&write, &all, &new).await?;
                let rows = std::slice::from_ref(&category);
                categories_insert(&write.tx, write.book(), rows).await?;
                category_written(write, category).await
            }
        });
        category_reply(reply.await?)
    }

    /// Renames, moves or archives a category.
    pub async fn category_patch(
        &self,
        caller: Caller,
        book: BookId,
        key: Option<ChangeId>,
        id: CategoryId,
        based_on: i64,
        patch: CategoryPatch,
    ) -> Result<Done<CategoryWritten>, Error> {
        let ask = shape_ask(caller, book, key, "category_changed", &(id, &patch))?;
        let reply = self.commit(ask, move |write: Write| {
            let patch = patch.clone();
            async move {
                let all = categories_list(write.tx.conn(), write.book()).await?;
                let found = all.iter().find(|category| category.id == id);
                let found = found.ok_or_else(|| Error::not_found("category"))?;
                if found.version != based_on {
                    return Err(Error::stale("category", found.version).into());
                }
                let category = patched(&all, found.clone(), &patch)?;
                category_update(&write.tx, write.book(), &category).await?;
                category_written(write, category).await
            }
        });
        category_reply(reply.await?)
    }
}

/// How many categories a book may have.
const MOST_CATEGORIES: usize = 1000;

/// The icon of a category for which none is chosen.
const PLAIN_ICON: &str = "tag";

/// A category and all below it.
pub fn subtree(categories: &[Category], root: CategoryId) -> Vec<CategoryId> {
    let mut found = vec![root];
    let mut at = 0;
    while let Some(parent) = found.get(at).copied() {
        found.extend(categories.iter().filter(|c| c.parent == Some(parent)).map(|c| c.id));
        at += 1;
    }
    found
}

async fn category_written(mut write: Write, category: Category) -> Result<CategoryWritten, Stop> {
    write.told.categories.push(facts(&category));
    let (change, number) = (write.change, write.number());
    let body = serde_json::to_value(&category).map_err(Error::internal)?;
    write.finish(&Outcome { body, ..Outcome::default() }).await?;
    Ok(CategoryWritten { category, change, number })
}

fn category_reply(reply: Reply<CategoryWritten>) -> Result<Done<CategoryWritten>, Error> {
    let Replay { change, number, outcome } = match reply {
        Reply::Fresh(written) => return Ok(Done::fresh(written)),
        Reply::Recorded(replay) => replay,
    };
    let category = serde_json::from_value(outcome.body).map_err(Error::internal)?;
    Ok(Done::replayed(CategoryWritten { category, change, number }))
}

async fn added(write: &Write, all: &[Category], new: &NewCategory) -> Result<Category, Stop> {
    let mut fields = Fields::default();
    check_id(new.id, "id", &mut fields);
    let name = fields.check("name", Name::parse(&new.name));
    let icon = new.icon.as_deref().and_then(|icon| check_icon(icon, &mut fields));
    if let Some(parent) = new.parent {
        match all.iter().find(|category| category.id == parent) {
            None => fields.wrong("parent", "is no category of this book"),
            Some(parent) if parent.kind != new.kind => {
                let kind = parent.kind.as_str();
                fields.wrong("kind", format!("\"{}\" sorts {kind}, so its parts do", parent.name));
            }
            Some(_) => {}
        }
    }
    let (Some(name), true) = (name, fields.is_empty()) else {
        return Err(fields.into_error().into());
    };
    if all.len() >= MOST_CATEGORIES {
        let detail = format!("A book has at most {MOST_CATEGORIES} categories.");
        return Err(Error::conflict(detail).into());
    }
    let id: CategoryId = new.id.unwrap_or_else(|| write.ids.next());
    if place_exists(write.tx.conn(), write.book(), id.0).await? {
        return Err(Stop::Taken);
    }
    Ok(Category {
        id,
        parent: new.parent,
        name: name.into(),
        kind: new.kind,
        icon: icon.unwrap_or_else(|| PLAIN_ICON.to_owned()),
        archived: false,
        position: all.iter().map(|category| category.position + 1).max().unwrap_or(0),
        version: 1,
    })
}

fn check_icon(icon: &str, fields: &mut Fields) -> Option<String> {
    let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if icon.is_empty() || icon.len() > 60 || !icon.chars().all(is_plain) {
        fields.wrong("icon", "must be a name of the Lucide icons, such as shopping-basket");
        return None;
    }
    Some(icon.to_owned())
}

fn patched(
    all: &[Category],
    mut category: Category,
    patch: &CategoryPatch,
) -> Result<Category, Error> {
    let mut fields = Fields::default();
    if let Some(name) = &patch.name
        && let Some(name) = fields.check("name", Name::parse(name))
    {
        category.name = name.into();
    }
    if let Some(icon) = patch.icon.as_deref().and_then(|icon| check_icon(icon, &mut fields)) {
        category.icon = icon;
    }
    if let Some(parent) = patch.parent {
        check_move(all, &category, parent, &mut fields);
        category.parent = parent;
    }
    category.archived = patch.archived.unwrap_or(category.archived);
    category.position = patch.position.unwrap_or(category.position);
    category.version += 1;
    fields.done()?;
    Ok(category)
}

/// A category moves to the top, or under one of its kind that is not below itself.
fn check_move(
    all: &[Category],
    category: &Category,
    parent: Option<CategoryId>,
    fields: &mut Fields,
) {
    let Some(parent) = parent else { return };
    let Some(found) = all.iter().find(|other| other.id == parent) else {
        fields.wrong("parent", "is no category of this book");
        return;
    };
    if found.kind != category.kind {
        let kind = found.kind.as_str();
        fields.wrong("parent", format!("\"{}\" sorts {kind}, this does not", found.name));
    }
    if subtree(all, category.id).contains(&parent) {
        let message = format!("\"{}\" is below this category, so it can't hold it", found.name);
        fields.wrong("parent", message);
    }
}
