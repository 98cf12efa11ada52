//! Recording the rows of an import, and taking it back: the jobs `commit_import` and
//! `revert_import`.
//!
//! A run of rows is one change of the book. It commits together with the marks on its rows and the
//! import's progress, so a job that dies and runs again goes on behind the last run that counts.
//! Between two runs the book is free for others.

use std::collections::HashSet;
use std::sync::Arc;

use contracts::ledger::{
    Category, CategoryKind, Import, ImportState, NewTransaction, TransactionKind, TransactionStatus,
};
use model::{BookId, Caller, CategoryId, ChangeId, ImportId, SessionId};
use service::Error;
use uuid::Uuid;

use super::{COMMIT_IMPORT, OfImport, REVERT_IMPORT, moved_on, view, words};
use crate::ledger::Ledger;
use crate::ledger::transactions::transactions_record;
use crate::ledger::write::{Ask, Need, Outcome, Stop, Write, fingerprint};
use crate::store::categories::categories_list;
use crate::store::imports::{
    ImportRecord, RowRecord, import_get, import_update, rows_mark_recorded, rows_to_record,
    rows_to_record_count,
};

/// How many entries one change records.
const ROWS_PER_CHANGE: u64 = 500;

impl Ledger {
    /// Orders that the rows of an import are recorded.
    pub async fn import_commit(
        &self,
        caller: Caller,
        book: BookId,
        id: ImportId,
    ) -> Result<Import, Error> {
        let (_, import) = self.import_to_change(caller, book, id).await?;
        let recorded = match import.state {
            ImportState::Ready => 0,
            ImportState::Done => import.done,
            ImportState::Importing => return Ok(view(import)),
            _ => return Err(not_ready(&import)),
        };
        let left = rows_to_record_count(self.db.reader(), book, id).await?;
        if import.state == ImportState::Done && left == 0 {
            return Ok(view(import));
        }
        let ordered = ImportRecord {
            state: ImportState::Importing,
            actor: caller.person,
            done: recorded,
            total: recorded + left,
            error: None,
            ..import.clone()
        };
        self.order(book, import, ordered, COMMIT_IMPORT).await
    }

    /// Orders that everything which an import has recorded is taken back.
    pub async fn import_revert(
        &self,
        caller: Caller,
        book: BookId,
        id: ImportId,
    ) -> Result<Import, Error> {
        let (_, import) = self.import_to_change(caller, book, id).await?;
        match import.state {
            ImportState::TakingBack | ImportState::TakenBack => return Ok(view(import)),
            ImportState::Done | ImportState::Importing => {}
            ImportState::Failed if !import.changes.is_empty() => {}
            _ => {
                let detail = "Nothing of this import was recorded; discard it instead.";
                return Err(Error::conflict(detail));
            }
        }
        let ordered = ImportRecord {
            state: ImportState::TakingBack,
            actor: caller.person,
            done: 0,
            total: import.done,
            error: None,
            ..import.clone()
        };
        self.order(book, import, ordered, REVERT_IMPORT).await
    }

    async fn order(
        &self,
        book: BookId,
        before: ImportRecord,
        after: ImportRecord,
        kind: &'static str,
    ) -> Result<Import, Error> {
        let body = serde_json::to_string(&OfImport { book, import: after.id });
        let body = body.map_err(Error::internal)?;
        let (job, now, ordered) = (self.ids.next::<Uuid>(), self.clock.now(), after.clone());
        let is_current = self.db.write(move |tx| {
            let (before, after, body) = (before.clone(), after.clone(), body.clone());
            async move {
                if !import_update(&tx, book, before.standing(), &after).await? {
                    return Ok::<_, Error>(false);
                }
                tx.enqueue(job, kind, body, now).await?;
                Ok(true)
            }
        });
        if is_current.await? { Ok(view(ordered)) } else { Err(moved_on()) }
    }

    /// Records what is left to record, run by run.
    pub async fn import_record(&self, book: BookId, id: ImportId) -> Result<(), Error> {
        loop {
            let Some(import) = import_get(self.db.reader(), book, id).await? else { return Ok(()) };
            if import.state != ImportState::Importing {
                return Ok(());
            }
            let newest_first = import.found.newest_first;
            let conn = self.db.reader();
            let rows = rows_to_record(conn, book, id, newest_first, ROWS_PER_CHANGE).await?;
            if rows.is_empty() {
                let done = ImportRecord { state: ImportState::Done, ..import.clone() };
                self.import_move(book, import, done).await?;
                continue;
            }
            match self.rows_record(book, import.clone(), rows).await {
                Err(error) if error.is_permanent() => self.give_up(book, import, error).await?,
                other => other?,
            }
        }
    }

    /// Records a run of rows as one change.
    async fn rows_record(
        &self,
        book: BookId,
        import: ImportRecord,
        rows: Vec<RowRecord>,
    ) -> Result<(), Error> {
        let ask = Ask {
            book,
            person: import.actor,
            key: None,
            what: "import_recorded",
            need: Need::Entries,
            fingerprint: fingerprint(&(import.id, import.done))?,
        };
        let (import, rows) = (Arc::new(import), Arc::new(rows));
        self.commit(ask, move |mut write: Write| {
            let (import, rows) = (Arc::clone(&import), Arc::clone(&rows));
            async move {
                let mut after = ImportRecord::clone(&import);
                after.done += words::count(rows.len());
                after.number = Some(write.number());
                after.changes.push(write.change);
                let is_current = import_update(&write.tx, book, import.standing(), &after).await?
                    && rows_mark_recorded(&write.tx, book, import.id, &rows).await?;
                if !is_current {
                    return Err(Stop::Refused(moved_on()));
                }
                let categories = categories_list(write.tx.conn(), book).await?;
                let entries = entries(&import, &rows, &categories);
                transactions_record(&mut write, &entries, Some(import.id)).await?;
                let accounts = write.moved_accounts();
                let outcome = Outcome::of_accounts(&accounts);
                write.finish_with_balances(&outcome, &accounts).await?;
                Ok(())
            }
        })
        .await?;
        Ok(())
    }

    /// Takes back the changes of an import, the last first.
    pub async fn import_take_back(&self, book: BookId, id: ImportId) -> Result<(), Error> {
        let Some(mut import) = import_get(self.db.reader(), book, id).await? else { return Ok(()) };
        if import.state != ImportState::TakingBack {
            return Ok(());
        }
        let (mut done, mut conflicts) = (0, Vec::new());
        for change in import.changes.clone().into_iter().rev() {
            let actor = Caller { person: import.actor, session: SessionId(Uuid::nil()) };
            let key = revert_key(&import, change);
            let reverted = match self.change_revert(actor, book, Some(key), change).await {
                Err(error) if error.is_permanent() => {
                    return self.give_up(book, import, error).await;
                }
                other => other?.value,
            };
            done += reverted.reverted + words::count(reverted.conflicts.len());
            conflicts.extend(reverted.conflicts);
            let next = ImportRecord {
                done,
                number: Some(reverted.number),
                conflicts: conflicts.clone(),
                ..import.clone()
            };
            if !self.import_move(book, import, next.clone()).await? {
                return Ok(());
            }
            import = next;
        }
        let taken_back = ImportRecord { state: ImportState::TakenBack, ..import.clone() };
        self.import_move(book, import, taken_back).await?;
        Ok(())
    }

    /// Ends work that no retry can mend, unless somebody else has gone on with it.
    async fn give_up(&self, book: BookId, import: ImportRecord, error: Error) -> Result<(), Error> {
        tracing::warn!(import = %import.id, %error, "an import failed");
        let failed = ImportRecord {
            state: ImportState::Failed,
            error: Some(reason(error)),
            ..import.clone()
        };
        self.import_move(book, import, failed).await?;
        Ok(())
    }

    /// False where the import has moved on by itself.
    async fn import_move(
        &self,
        book: BookId,
        before: ImportRecord,
        after: ImportRecord,
    ) -> Result<bool, Error> {
        let moved = self.db.write(move |tx| {
            let (before, after) = (before.clone(), after.clone());
            async move {
                Ok::<_, Error>(import_update(&tx, book, before.standing(), &after).await?)
            }
        });
        moved.await
    }
}

fn not_ready(import: &ImportRecord) -> Error {
    match import.state {
        ImportState::Asking => {
            let questions = import.found.questions.iter();
            let open: Vec<String> = questions.map(|q| format!("{} ({})", q.text, q.id)).collect();
            let detail = format!("Answer first, then nothing is guessed: {}", open.join(" "));
            Error::conflict(detail)
        }
        ImportState::Failed => Error::conflict(import.error.clone().unwrap_or_default()),
        ImportState::Reading => Error::conflict("The file is still being read; wait for it."),
        _ => Error::conflict("This import was taken back; upload the file again."),
    }
}

/// What went wrong, for the person: of wrong fields the first, since they typed none of them.
fn reason(error: Error) -> String {
    let field = error.fields.into_iter().next();
    field.map_or(error.detail, |field| format!("{}: {}.", field.field, field.message))
}

/// The same for each try of the same person, so that a job that runs again undoes nothing twice.
fn revert_key(import: &ImportRecord, change: ChangeId) -> ChangeId {
    let of_person = Uuid::new_v5(&import.id.0, import.actor.0.as_bytes());
    ChangeId(Uuid::new_v5(&of_person, change.0.as_bytes()))
}

/// What rows become; a category that has been archived since is left out.
fn entries(
    import: &ImportRecord,
    rows: &[RowRecord],
    categories: &[Category],
) -> Vec<NewTransaction> {
    let usable = categories.iter().filter(|category| !category.archived);
    let usable: Vec<&Category> = usable.collect();
    let of_expenses: HashSet<CategoryId> = usable
        .iter()
        .filter(|category| category.kind == CategoryKind::Expense)
        .map(|category| category.id)
        .collect();
    let is_usable = |id: &CategoryId| usable.iter().any(|category| category.id == *id);
    let entries = rows.iter().filter_map(|row| {
        let (day, amount) = (row.day?, row.amount?);
        let category = row.category.filter(is_usable);
        let is_refund = category.is_some_and(|category| of_expenses.contains(&category));
        let is_expense = amount.minor < 0 || is_refund;
        let status = if row.waits { TransactionStatus::Pending } else { TransactionStatus::Booked };
        Some(NewTransaction {
            id: None,
            kind: if is_expense { TransactionKind::Expense } else { TransactionKind::Income },
            day: day.to_string(),
            title: row.payee.clone(),
            amount: if is_expense { amount.negated().into() } else { amount.into() },
            account: import.account,
            category,
            lines: None,
            payee: None,
            to_account: None,
            to_amount: None,
            note: row.note.clone(),
            status: Some(status),
        })
    });
    entries.collect()
}
