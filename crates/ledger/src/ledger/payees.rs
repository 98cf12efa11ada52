//! Payees: renamed, merged, and taught what their entries are for.

use contracts::ledger::{Payee, PayeePatch, PayeeWritten, Payees};
use model::{BookId, Caller, ChangeId, Name, PayeeId, fold};
use service::{Error, Fields};

use super::Ledger;
use super::accounts::shape_ask;
use super::write::{Done, Outcome, Replay, Reply, Stop, Write};
use crate::store::categories::categories_list;
use crate::store::payees::{
    PayeeRow, payee_named, payee_update, payee_with_merged, payees_get, payees_page,
};

/// What a list of payees is asked for, as it stands in the query.
#[derive(Clone, Debug, Default, serde::Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct PayeeQuery {
    /// Text that the name contains.
    pub q: Option<String>,
    /// Where the page begins: the `next` of the page before.
    pub cursor: Option<String>,
    /// How many, up to 200; 50 where it is left out.
    pub limit: Option<u64>,
}

const PAGE: u64 = 50;
const LARGEST_PAGE: u64 = 200;

impl Ledger {
    /// The payees of entries that the caller sees, by name.
    pub async fn payees_list(
        &self,
        caller: Caller,
        book: BookId,
        query: &PayeeQuery,
    ) -> Result<Payees, Error> {
        let limit = query.limit.unwrap_or(PAGE);
        if !(1..=LARGEST_PAGE).contains(&limit) {
            return Err(Error::field("limit", format!("must be from 1 to {LARGEST_PAGE}")));
        }
        let seen = self.see(book, caller).await?;
        let text = query.q.as_deref().map(fold).filter(|text| !text.is_empty());
        let after = query.cursor.as_deref().filter(|cursor| !cursor.is_empty());
        let conn = self.db.reader();
        let mut rows =
            payees_page(conn, book, &seen.sight, text.as_deref(), after, limit + 1).await?;
        let wanted = usize::try_from(limit).unwrap_or(usize::MAX);
        let has_more = rows.len() > wanted;
        rows.truncate(wanted);
        let next = rows.last().filter(|_| has_more).map(|row| row.folded.clone());
        Ok(Payees { payees: rows.into_iter().map(|row| row.payee).collect(), next })
    }

    /// One payee.
    pub async fn payee_get(
        &self,
        caller: Caller,
        book: BookId,
        id: PayeeId,
    ) -> Result<Payee, Error> {
        let seen = self.see(book, caller).await?;
        let found = payees_get(self.db.reader(), book, &seen.sight, &[id]).await?.pop();
        found.map(|row| row.payee).ok_or_else(|| Error::not_found("payee"))
    }

    /// Renames a payee, merges it into another, or says what its entries are for.
    pub async fn payee_patch(
        &self,
        caller: Caller,
        book: BookId,
        key: Option<ChangeId>,
        id: PayeeId,
        based_on: i64,
        patch: PayeePatch,
    ) -> Result<Done<PayeeWritten>, Error> {
        let ask = shape_ask(caller, book, key, "payee_changed", &(id, &patch))?;
        let reply = self.commit(ask, move |mut write: Write| {
            let patch = patch.clone();
            async move {
                let conn = write.tx.conn();
                let found = payees_get(conn, write.book(), &write.sight, &[id]).await?.pop();
                let row = found.ok_or_else(|| Error::not_found("payee"))?;
                if row.payee.version != based_on {
                    return Err(Error::stale("payee", row.payee.version).into());
                }
                let rows = patched(&write, row, &patch).await?;
                for row in &rows {
                    payee_update(&write.tx, write.book(), row).await?;
                }
                write.told.payees = rows.iter().map(PayeeRow::facts).collect();
                let payee = rows.into_iter().find(|row| row.payee.id == id).map(|row| row.payee);
                payee_written(write, payee.ok_or_else(|| Error::not_found("payee"))?).await
            }
        });
        let Replay { change, number, outcome } = match reply.await? {
            Reply::Fresh(written) => return Ok(Done::fresh(written)),
            Reply::Recorded(replay) => replay,
        };
        let payee = serde_json::from_value(outcome.body).map_err(Error::internal)?;
        Ok(Done::replayed(PayeeWritten { payee, change, number }))
    }
}

async fn payee_written(write: Write, payee: Payee) -> Result<PayeeWritten, Stop> {
    let (change, number) = (write.change, write.number());
    let body = serde_json::to_value(&payee).map_err(Error::internal)?;
    write.finish(&Outcome { body, ..Outcome::default() }).await?;
    Ok(PayeeWritten { payee, change, number })
}

/// The payee after a patch, with those whose redirect moves along.
async fn patched(
    write: &Write,
    mut row: PayeeRow,
    patch: &PayeePatch,
) -> Result<Vec<PayeeRow>, Stop> {
    let mut fields = Fields::default();
    if let Some(name) = &patch.name {
        rename(write, &mut row, name, &mut fields).await?;
    }
    if let Some(category) = patch.default_category {
        let all = categories_list(write.tx.conn(), write.book()).await?;
        if category.is_some_and(|id| !all.iter().any(|known| known.id == id)) {
            fields.wrong("default_category", "is no category of this book");
        }
        row.payee.default_category = category;
    }
    let mut moved = Vec::new();
    if let Some(target) = patch.merged_into {
        moved = merge(write, &mut row, target, &mut fields).await?;
    }
    fields.done()?;
    row.payee.version += 1;
    moved.push(row);
    Ok(moved)
}

async fn rename(
    write: &Write,
    row: &mut PayeeRow,
    name: &str,
    fields: &mut Fields,
) -> Result<(), Stop> {
    let Some(name) = fields.check("name", Name::parse(name)) else { return Ok(()) };
    let folded = name.folded();
    let other = payee_named(write.tx.conn(), write.book(), &folded).await?;
    if other.is_some_and(|other| other.payee.id != row.payee.id) {
        let detail = format!("There is a payee \"{name}\" already; merge this one into it.");
        return Err(Error::conflict(detail).into());
    }
    row.folded = folded;
    row.payee.name = name.into();
    Ok(())
}

/// Points a payee at another, and those that point at it along with it, so that a redirect is
/// never more than one step.
async fn merge(
    write: &Write,
    row: &mut PayeeRow,
    target: Option<PayeeId>,
    fields: &mut Fields,
) -> Result<Vec<PayeeRow>, Stop> {
    let Some(target) = target else {
        row.payee.merged_into = None;
        return Ok(Vec::new());
    };
    let conn = write.tx.conn();
    let found = payees_get(conn, write.book(), &write.sight, &[target]).await?.pop();
    let Some(found) = found else {
        fields.wrong("merged_into", "is no payee of this book");
        return Ok(Vec::new());
    };
    let end = found.payee.merged_into.unwrap_or(target);
    if end == row.payee.id {
        fields.wrong("merged_into", "a payee can't be merged into itself");
        return Ok(Vec::new());
    }
    row.payee.merged_into = Some(end);
    let mut followers = payee_with_merged(conn, write.book(), row.payee.id).await?;
    followers.retain(|follower| follower.payee.id != row.payee.id);
    for follower in &mut followers {
        follower.payee.merged_into = Some(end);
        follower.payee.version += 1;
    }
    Ok(followers)
}
