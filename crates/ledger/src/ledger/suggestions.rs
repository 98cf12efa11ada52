//! What was typed before: titles that begin alike, each with its newest entry.

use contracts::ledger::{Suggestion, Suggestions, Transaction};
use model::{BookId, Caller, fold};
use service::Error;

use super::{Ledger, Seen};
use crate::store::entries::entries_page;
use crate::store::lists::titled;
use crate::store::phrases::{Title, title_uses, titles_with};

/// What suggestions are asked for, as it stands in the query.
#[derive(Clone, Debug, Default, serde::Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct SuggestionQuery {
    /// What has been typed so far.
    pub q: String,
    /// How many, up to 20; 6 where it is left out.
    pub limit: Option<usize>,
}

const SUGGESTIONS: usize = 6;
const MOST_SUGGESTIONS: usize = 20;

/// How many titles are looked at: a member who may see little of them may get fewer suggestions.
const CANDIDATES: u64 = 60;

impl Ledger {
    /// Titles that contain what was typed: those that begin with it first, then the most used.
    pub async fn suggestions(
        &self,
        caller: Caller,
        book: BookId,
        query: &SuggestionQuery,
    ) -> Result<Suggestions, Error> {
        let limit = query.limit.unwrap_or(SUGGESTIONS);
        if !(1..=MOST_SUGGESTIONS).contains(&limit) {
            return Err(Error::field("limit", format!("must be from 1 to {MOST_SUGGESTIONS}")));
        }
        let seen = self.see(book, caller).await?;
        let text = fold(&query.q);
        let mut titles = titles_with(self.db.reader(), book, &text, CANDIDATES).await?;
        titles.sort_by_key(|title| !begins_with(&title.folded, &text));
        let mut suggestions = Vec::new();
        for title in titles {
            suggestions.extend(self.suggestion(&seen, &title).await?);
            if suggestions.len() == limit {
                break;
            }
        }
        Ok(Suggestions { suggestions })
    }

    async fn suggestion(&self, seen: &Seen, title: &Title) -> Result<Option<Suggestion>, Error> {
        let (conn, book) = (self.db.reader(), seen.row.id);
        let list = titled(title.phrase, &seen.sight);
        let Some(newest) = entries_page(conn, book, &list, None, 1).await?.pop() else {
            return Ok(None);
        };
        let uses = if seen.sight.is_unlimited() {
            title.uses
        } else {
            title_uses(conn, book, title.phrase, &seen.sight).await?
        };
        Ok(Some(suggestion_of(newest, uses)))
    }
}

fn begins_with(folded: &str, text: &str) -> bool {
    folded.starts_with(text) || folded.split(' ').any(|word| word.starts_with(text))
}

fn suggestion_of(newest: Transaction, uses: i64) -> Suggestion {
    let category = match newest.lines.as_slice() {
        [only] => only.category,
        _ => None,
    };
    Suggestion {
        title: newest.title,
        payee: newest.payee.map(|payee| payee.name),
        kind: newest.kind,
        category,
        account: newest.account,
        amount: newest.amount,
        day: newest.day,
        uses,
    }
}
