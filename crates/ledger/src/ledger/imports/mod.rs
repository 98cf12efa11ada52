//! Imports: a bank's file is read, compared with the account, shown, and recorded when a person
//! says so.

mod matching;
mod reading;
mod recording;
mod texts;
mod words;

use bytes::Bytes;
use contracts::ledger::{
    Import, ImportDecision, ImportLike, ImportPatch, ImportProgress, ImportRow, ImportRowStatus,
    ImportRows, ImportState, Imports, Transaction,
};
use model::{AccountId, BookId, Caller, ChangeId, ImportId, Money, TransactionId};
use serde::{Deserialize, Serialize};
use service::Error;

use super::journal::account_moves;
use super::sight::Sight;
use super::{Ledger, Seen};
use crate::store::accounts::accounts_get;
use crate::store::entries::{PayeeAs, entries_get};
use crate::store::imports::{
    Found, ImportRecord, RowRecord, import_delete, import_get, import_insert, import_update,
    imports_list, row_decide, row_get, rows_page,
};

/// Reads a file: body [`ReadImport`].
pub const READ_IMPORT: &str = "read_import";
/// Records the rows of an import: body [`OfImport`].
pub const COMMIT_IMPORT: &str = "commit_import";
/// Takes an import back: body [`OfImport`].
pub const REVERT_IMPORT: &str = "revert_import";

/// Which reading of which import to do.
#[derive(Serialize, Deserialize)]
pub struct ReadImport {
    pub book: BookId,
    pub import: ImportId,
    pub reading: i64,
}

/// Which import to work on.
#[derive(Serialize, Deserialize)]
pub struct OfImport {
    pub book: BookId,
    pub import: ImportId,
}

/// Where a file goes, as it stands in the query.
#[derive(Clone, Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct UploadQuery {
    /// The account that the statement is of.
    pub account: AccountId,
    /// The file's name.
    #[serde(default)]
    pub name: Option<String>,
}

/// Which rows are asked for, as it stands in the query.
#[derive(Clone, Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct RowsQuery {
    pub status: Option<ImportRowStatus>,
    /// `next` of the page before.
    #[param(value_type = Option<String>)]
    pub cursor: Option<i64>,
    /// 1 to 500; 100 where it is left out.
    pub limit: Option<u64>,
}

/// A file of no more bytes is read while the upload waits.
const READ_AT_ONCE: i64 = 256 << 10;
/// When a job takes over a reading that a request has begun and not ended.
const TAKE_OVER_SECONDS: i64 = 60;
const LONGEST_FILE_NAME: usize = 200;
/// How many imports a list has.
const MOST_IMPORTS: u64 = 100;
const MOST_ROWS: u64 = 500;
const ROWS: u64 = 100;

impl Ledger {
    /// Takes a file, and reads it now if it is small or else by a job.
    ///
    /// The id of the change is the import's: the same again answers the same import.
    pub async fn import_upload(
        &self,
        caller: Caller,
        book: BookId,
        key: Option<ChangeId>,
        query: UploadQuery,
        file: Bytes,
    ) -> Result<Import, Error> {
        let seen = self.see_to_write(caller, book).await?;
        self.check_account(&seen, query.account).await?;
        let id = key.map_or_else(|| self.ids.next(), |key| ImportId(key.0));
        if let Some(known) = import_get(self.db.reader(), book, id).await? {
            return repeated(known, caller);
        }
        let import = ImportRecord {
            id,
            account: query.account,
            name: file_name(query.name)?,
            bytes: words::count(file.len()),
            author: caller.person,
            actor: caller.person,
            state: ImportState::Reading,
            reading: 1,
            overrides: Default::default(),
            found: Found::default(),
            done: 0,
            total: 0,
            number: None,
            changes: Vec::new(),
            conflicts: Vec::new(),
            error: None,
            created_at: self.clock.now(),
        };
        self.files.put(&file_key(id), file).await.map_err(Error::internal)?;
        self.begin_reading(book, None, import).await
    }

    /// The newest imports of a book that the caller may see.
    pub async fn imports_list(&self, caller: Caller, book: BookId) -> Result<Imports, Error> {
        let seen = self.see(book, caller).await?;
        let mut imports = imports_list(self.db.reader(), book, MOST_IMPORTS).await?;
        imports.retain(|import| may_see(&seen.sight, import));
        Ok(Imports { imports: imports.into_iter().map(view).collect() })
    }

    pub async fn import_get(
        &self,
        caller: Caller,
        book: BookId,
        id: ImportId,
    ) -> Result<Import, Error> {
        let seen = self.see(book, caller).await?;
        self.import_seen(&seen, id).await.map(view)
    }

    /// Reads the file in another way.
    pub async fn import_patch(
        &self,
        caller: Caller,
        book: BookId,
        id: ImportId,
        patch: ImportPatch,
    ) -> Result<Import, Error> {
        let (seen, import) = self.import_to_change(caller, book, id).await?;
        match import.state {
            ImportState::Reading
            | ImportState::Asking
            | ImportState::Ready
            | ImportState::Failed => {}
            _ => {
                let detail = "Rows of this import were recorded already; take it back and upload \
                              the file again to read it in another way.";
                return Err(Error::conflict(detail));
            }
        }
        if let Some(account) = patch.account {
            self.check_account(&seen, account).await?;
        }
        let next = ImportRecord {
            account: patch.account.unwrap_or(import.account),
            actor: caller.person,
            state: ImportState::Reading,
            reading: import.reading + 1,
            overrides: words::overrides(import.overrides.clone(), &patch),
            error: None,
            done: 0,
            total: 0,
            ..import.clone()
        };
        self.begin_reading(book, Some(import), next).await
    }

    /// A page of rows, in the order of the file.
    pub async fn import_rows(
        &self,
        caller: Caller,
        book: BookId,
        id: ImportId,
        query: RowsQuery,
    ) -> Result<ImportRows, Error> {
        let seen = self.see(book, caller).await?;
        let import = self.import_seen(&seen, id).await?;
        let limit = query.limit.unwrap_or(ROWS);
        if !(1..=MOST_ROWS).contains(&limit) {
            return Err(Error::field("limit", format!("must be 1 to {MOST_ROWS}")));
        }
        let after = query.cursor.unwrap_or(0);
        let conn = self.db.reader();
        let mut rows = rows_page(conn, book, id, query.status, after, limit + 1).await?;
        let is_last = u64::try_from(rows.len()).is_ok_and(|found| found <= limit);
        rows.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        let next = rows.last().filter(|_| !is_last).map(|row| row.row.to_string());
        let rows = self.rows_view(&seen, &import, rows).await?;
        Ok(ImportRows { rows, next })
    }

    /// Says whether a row is to be recorded.
    pub async fn import_row_decide(
        &self,
        caller: Caller,
        book: BookId,
        id: ImportId,
        row: i64,
        decision: ImportDecision,
    ) -> Result<ImportRow, Error> {
        let (seen, import) = self.import_to_change(caller, book, id).await?;
        if !matches!(import.state, ImportState::Ready | ImportState::Asking | ImportState::Done) {
            let state = import.state.as_str();
            let detail = format!("Rows are decided while an import is ready; this one is {state}.");
            return Err(Error::conflict(detail));
        }
        let found = row_get(self.db.reader(), book, id, row).await?;
        let found = found.ok_or_else(|| Error::not_found("row"))?;
        check_decision(&found, decision)?;
        let seen_import = import.clone();
        let is_current = self.db.write(move |tx| {
            let import = seen_import.clone();
            async move {
                // Written as it is: nobody may begin to record it before this commits.
                if !import_update(&tx, book, import.standing(), &import).await? {
                    return Ok::<_, Error>(false);
                }
                row_decide(&tx, book, id, row, decision).await?;
                Ok(true)
            }
        });
        if !is_current.await? {
            return Err(moved_on());
        }
        let decided = RowRecord { decision: Some(decision), ..found };
        let shown = self.rows_view(&seen, &import, vec![decided]).await?.pop();
        shown.ok_or_else(|| Error::not_found("row"))
    }

    /// Forgets an import of which nothing was recorded.
    pub async fn import_discard(
        &self,
        caller: Caller,
        book: BookId,
        id: ImportId,
    ) -> Result<(), Error> {
        let (_, import) = self.import_to_change(caller, book, id).await?;
        let is_before_commit = matches!(
            import.state,
            ImportState::Reading | ImportState::Asking | ImportState::Ready | ImportState::Failed
        );
        if !is_before_commit || !import.changes.is_empty() {
            let detail = "Rows of this import were recorded; take it back instead.";
            return Err(Error::conflict(detail));
        }
        let standing = import.standing();
        let gone = self.db.write(move |tx| async move {
            Ok::<_, Error>(import_delete(&tx, book, id, standing).await?)
        });
        if !gone.await? {
            return Err(moved_on());
        }
        self.files.delete(&file_key(id)).await.map_err(Error::internal)
    }

    /// Opens a book for somebody who may write entries into it.
    async fn see_to_write(&self, caller: Caller, book: BookId) -> Result<Seen, Error> {
        let seen = self.see(book, caller).await?;
        if seen.sight.role.may_write() {
            return Ok(seen);
        }
        Err(Error::forbidden("Viewers change nothing in a book."))
    }

    async fn import_to_change(
        &self,
        caller: Caller,
        book: BookId,
        id: ImportId,
    ) -> Result<(Seen, ImportRecord), Error> {
        let seen = self.see_to_write(caller, book).await?;
        let import = self.import_seen(&seen, id).await?;
        Ok((seen, import))
    }

    async fn import_seen(&self, seen: &Seen, id: ImportId) -> Result<ImportRecord, Error> {
        let found = import_get(self.db.reader(), seen.row.id, id).await?;
        let found = found.filter(|import| may_see(&seen.sight, import));
        found.ok_or_else(|| Error::not_found("import"))
    }

    async fn check_account(&self, seen: &Seen, id: AccountId) -> Result<(), Error> {
        let found = accounts_get(self.db.reader(), seen.row.id, &[id]).await?.pop();
        let Some(account) = found.filter(|account| !seen.sight.hides(account.id)) else {
            return Err(Error::field("account", "is no account of this book that you can use"));
        };
        if account.archived {
            let message = format!("\"{}\" is archived; bring it back first", account.name);
            return Err(Error::field("account", message));
        }
        Ok(())
    }

    /// Keeps an import that is to be read, and reads it at once where it is small.
    async fn begin_reading(
        &self,
        book: BookId,
        before: Option<ImportRecord>,
        import: ImportRecord,
    ) -> Result<Import, Error> {
        let is_small = import.bytes <= READ_AT_ONCE;
        let now = self.clock.now();
        let due = if is_small { now.plus_seconds(TAKE_OVER_SECONDS) } else { now };
        let job = ReadImport { book, import: import.id, reading: import.reading };
        let body = serde_json::to_string(&job).map_err(Error::internal)?;
        let (job_id, kept) = (self.ids.next::<uuid::Uuid>(), import.clone());
        let is_kept = self.db.write(move |tx| {
            let (before, import, body) = (before.clone(), kept.clone(), body.clone());
            async move {
                let is_kept = match before {
                    None => import_insert(&tx, book, &import).await?,
                    Some(before) => import_update(&tx, book, before.standing(), &import).await?,
                };
                if is_kept {
                    tx.enqueue(job_id, READ_IMPORT, body, due).await?;
                }
                Ok::<_, Error>(is_kept)
            }
        });
        if !is_kept.await? {
            return Err(moved_on());
        }
        if is_small && let Err(error) = self.import_read(book, import.id, import.reading).await {
            tracing::warn!(import = %import.id, %error, "a reading is left to its job");
        }
        let read = import_get(self.db.reader(), book, import.id).await?;
        Ok(view(read.unwrap_or(import)))
    }

    /// Rows as the reader may see them: of an entry that one is like, no more than of any other.
    async fn rows_view(
        &self,
        seen: &Seen,
        import: &ImportRecord,
        rows: Vec<RowRecord>,
    ) -> Result<Vec<ImportRow>, Error> {
        let ids: Vec<TransactionId> = rows.iter().filter_map(|row| row.like).collect();
        let entries = entries_get(self.db.reader(), seen.row.id, &ids, PayeeAs::Counted).await?;
        let entries: Vec<Transaction> =
            entries.into_iter().filter_map(|entry| seen.sight.show(entry)).collect();
        let like = |id: TransactionId| {
            // In the order of their ids.
            let at = entries.binary_search_by_key(&id, |entry| entry.id).ok()?;
            let entry = &entries[at];
            let amount = moved(entry, import.account)?;
            Some(ImportLike { transaction: id, title: entry.title.clone(), day: entry.day, amount })
        };
        let shown = rows.into_iter().map(|row| ImportRow {
            row: row.row,
            line: row.line,
            day: row.day,
            amount: row.amount,
            payee: row.payee,
            raw: row.raw,
            status: row.status,
            problem: row.problem,
            like: row.like.and_then(like),
            decision: row.decision,
            category: row.category,
            recorded: row.recorded,
        });
        Ok(shown.collect())
    }
}

/// Where a file is kept.
fn file_key(id: ImportId) -> String {
    format!("imports/{id}")
}

/// What a transaction adds to an account.
fn moved(entry: &Transaction, account: AccountId) -> Option<Money> {
    account_moves(entry).find(|(moved, _)| *moved == account).map(|(_, money)| money)
}

/// A contributor sees their own imports, as of entries.
fn may_see(sight: &Sight, import: &ImportRecord) -> bool {
    let is_theirs = sight.role.sees_all() || import.author == sight.person;
    is_theirs && !sight.hides(import.account)
}

fn repeated(known: ImportRecord, caller: Caller) -> Result<Import, Error> {
    if known.author == caller.person {
        return Ok(view(known));
    }
    Err(Error::conflict("This Idempotency-Key is taken; make another."))
}

fn moved_on() -> Error {
    Error::conflict("This import has moved on meanwhile; read it again.")
}

fn file_name(name: Option<String>) -> Result<String, Error> {
    let name = name.unwrap_or_default();
    let name = name.trim();
    if name.chars().count() > LONGEST_FILE_NAME {
        let message = format!("has at most {LONGEST_FILE_NAME} characters");
        return Err(Error::field("name", message));
    }
    if name.chars().any(char::is_control) {
        return Err(Error::field("name", "stays on one line and has no control characters"));
    }
    Ok(if name.is_empty() { "statement.csv".to_owned() } else { name.to_owned() })
}

fn check_decision(row: &RowRecord, decision: ImportDecision) -> Result<(), Error> {
    if row.recorded {
        return Err(Error::conflict("This row is an entry already; change the entry instead."));
    }
    if decision == ImportDecision::Import && row.status == ImportRowStatus::Unreadable {
        let problem = row.problem.as_deref().unwrap_or("it can't be read");
        let message = format!("this row can only be skipped: {problem}");
        return Err(Error::field("decision", message));
    }
    Ok(())
}

fn view(import: ImportRecord) -> Import {
    Import {
        id: import.id,
        name: import.name,
        account: import.account,
        author: import.author,
        state: import.state,
        detected: import.found.detected,
        questions: import.found.questions,
        counts: import.found.counts,
        progress: ImportProgress { done: import.done, total: import.total },
        period: import.found.period,
        number: import.number,
        change: import.changes.last().copied(),
        conflicts: import.conflicts,
        error: import.error,
        created_at: import.created_at,
    }
}
