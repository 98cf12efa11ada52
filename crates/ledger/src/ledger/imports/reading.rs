//! Reading a statement and comparing it with what the account has: the job `read_import`.

use std::collections::{BTreeSet, HashMap, HashSet};

use contracts::ledger::{
    Category, CategoryKind, ImportCounts, ImportDetected, ImportRowStatus, ImportState,
    Transaction, TransactionStatus,
};
use model::{AccountId, BookId, CategoryId, Currency, Day, ImportId, Money, fold};
use service::{Error, Kind};
use statements::{Context, Outcome, ReadError, Row, Statement};

use super::matching::{Booking, DAYS_APART, Known, Verdict, compare};
use super::{file_key, moved, texts, words};
use crate::ledger::journal::phrase_of_title;
use crate::ledger::sight::Sight;
use crate::ledger::{Ledger, Seen};
use crate::store::accounts::accounts_get;
use crate::store::categories::categories_list;
use crate::store::imports::{
    Found, ImportRecord, RowRecord, entries_of_account, import_get, import_update,
    newest_categories, payees_known, rows_delete_from, rows_put,
};

/// How many rows are written at once, so that other writes go on in between.
const ROWS_AT_ONCE: usize = 2000;

/// What is recorded where the bank says nothing.
const WITHOUT_TEXT: &str = "Bank booking";

/// What reading came to.
enum Reading {
    Read(Found, Vec<RowRecord>),
    Failed(ImportDetected, String),
}

impl Ledger {
    /// Reads a file as it is to be read now, unless another reading has begun or has done it.
    pub async fn import_read(&self, book: BookId, id: ImportId, reading: i64) -> Result<(), Error> {
        let Some(import) = import_get(self.db.reader(), book, id).await? else { return Ok(()) };
        if import.state != ImportState::Reading || import.reading != reading {
            return Ok(());
        }
        let outcome = match self.read_and_compare(book, &import).await {
            Err(error) if error.is_permanent() => Reading::Failed(Default::default(), error.detail),
            other => other?,
        };
        match outcome {
            Reading::Read(found, rows) => self.reading_keep(book, import, found, rows).await,
            Reading::Failed(detected, error) => {
                let found = Found { detected, ..Found::default() };
                let failed = ImportRecord {
                    state: ImportState::Failed,
                    found,
                    error: Some(error),
                    ..import.clone()
                };
                self.reading_end(book, import, failed, 0).await
            }
        }
    }

    async fn read_and_compare(
        &self,
        book: BookId,
        import: &ImportRecord,
    ) -> Result<Reading, Error> {
        let seen = self.see_as(book, import.actor).await?;
        let account = accounts_get(self.db.reader(), book, &[import.account]).await?.pop();
        let account = account.filter(|account| !seen.sight.hides(account.id));
        let account = account.ok_or_else(|| Error::not_found("account"))?;
        let file = self.files.get(&file_key(import.id)).await.map_err(Error::internal)?;
        let file = file.ok_or_else(|| {
            Error::new(Kind::NotFound, "The file is not there any more; upload it again.")
        })?;
        let today = self.today(&seen.row);
        let context = Context { today: Some(today), ..Context::of(account.currency) };
        let overrides = import.overrides.clone();
        let read = off_thread(move || statements::read(&file, &context, &overrides)).await?;
        let statement = match read {
            Ok(statement) => statement,
            Err(error) => return Ok(failed(error)),
        };
        let known = self.known_entries(&seen, account.id, &statement, today).await?;
        let names = distinct_texts(&statement);
        let naming = self.naming(&seen, names).await?;
        let sorted = Sorted { currency: account.currency, today, known, naming };
        off_thread(move || sorted.reading(statement)).await
    }

    /// The account's entries on the days of the statement and a few around them.
    async fn known_entries(
        &self,
        seen: &Seen,
        account: AccountId,
        statement: &Statement,
        today: Day,
    ) -> Result<Vec<Known>, Error> {
        let days = || statement.rows.iter().filter(|row| row.amount().is_some());
        let days = || days().map(|row| row.day().unwrap_or(today));
        let (Some(first), Some(last)) = (days().min(), days().max()) else { return Ok(Vec::new()) };
        let (from, to) = (first.plus_days(-DAYS_APART), last.plus_days(DAYS_APART));
        let conn = self.db.reader();
        let entries = entries_of_account(conn, seen.row.id, account, from, to).await?;
        let shown = entries.into_iter().filter_map(|entry| seen.sight.show(entry));
        Ok(shown.filter_map(|entry| known(&entry, account)).collect())
    }

    /// What the book calls the texts of a statement, and what they are for.
    async fn naming(&self, seen: &Seen, names: BTreeSet<String>) -> Result<Naming, Error> {
        let conn = self.db.reader();
        let (book, sight) = (seen.row.id, &seen.sight);
        let beginnings: BTreeSet<String> =
            names.iter().flat_map(|name| texts::beginnings(name)).collect();
        let beginnings: Vec<String> = beginnings.into_iter().collect();
        let payees = payees_known(conn, book, sight, &beginnings).await?;
        let categories = categories_list(conn, book).await?;
        let mut named: HashMap<String, Named> = payees
            .into_iter()
            .map(|known| (known.folded, Named { name: known.name, category: known.category }))
            .collect();
        let bare: Vec<String> = names
            .into_iter()
            .filter(|name| named.get(name).is_none_or(|named| named.category.is_none()))
            .collect();
        for (name, category) in self.categories_of_titles(book, sight, &bare).await? {
            named.entry(name).or_default().category = Some(category);
        }
        Ok(Naming { named, categories })
    }

    async fn categories_of_titles(
        &self,
        book: BookId,
        sight: &Sight,
        names: &[String],
    ) -> Result<Vec<(String, CategoryId)>, Error> {
        let subjects: HashMap<uuid::Uuid, &String> =
            names.iter().filter_map(|name| Some((phrase_of_title(name)?.id, name))).collect();
        let ids: Vec<uuid::Uuid> = subjects.keys().copied().collect();
        let newest = newest_categories(self.db.reader(), book, sight, &ids).await?;
        let named = newest.into_iter().filter_map(|(subject, category)| {
            Some((subjects.get(&subject)?.to_string(), category))
        });
        Ok(named.collect())
    }

    async fn reading_keep(
        &self,
        book: BookId,
        mut import: ImportRecord,
        found: Found,
        rows: Vec<RowRecord>,
    ) -> Result<(), Error> {
        let total = words::count(rows.len());
        let rows = std::sync::Arc::new(rows);
        for start in (0..rows.len()).step_by(ROWS_AT_ONCE) {
            let end = rows.len().min(start + ROWS_AT_ONCE);
            let step = ImportRecord { done: words::count(end), total, ..import.clone() };
            let (rows, before, after) = (std::sync::Arc::clone(&rows), import, step.clone());
            let is_current = self.db.write(move |tx| {
                let (rows, before, after) = (rows.clone(), before.clone(), after.clone());
                async move {
                    if !import_update(&tx, book, before.standing(), &after).await? {
                        return Ok::<_, Error>(false);
                    }
                    rows_put(&tx, book, after.id, &rows[start..end]).await?;
                    Ok(true)
                }
            });
            if !is_current.await? {
                return Ok(());
            }
            import = step;
        }
        let state =
            if found.questions.is_empty() { ImportState::Ready } else { ImportState::Asking };
        let read = ImportRecord { state, found, error: None, ..import.clone() };
        self.reading_end(book, import, read, total).await
    }

    /// Ends a reading that made so many rows.
    async fn reading_end(
        &self,
        book: BookId,
        before: ImportRecord,
        after: ImportRecord,
        rows: i64,
    ) -> Result<(), Error> {
        let after = ImportRecord { done: 0, total: 0, ..after };
        self.db
            .write(move |tx| {
                let (before, after) = (before.clone(), after.clone());
                async move {
                    if import_update(&tx, book, before.standing(), &after).await? {
                        rows_delete_from(&tx, book, after.id, rows + 1).await?;
                    }
                    Ok::<_, Error>(())
                }
            })
            .await
    }
}

/// Runs what only computes where it holds up no request.
async fn off_thread<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Error> {
    tokio::task::spawn_blocking(work).await.map_err(Error::internal)
}

fn failed(error: ReadError) -> Reading {
    let text = sentence(&error.to_string());
    let columns = match &error {
        ReadError::NoDateColumn { columns } | ReadError::NoAmountColumn { columns } => {
            words::columns(columns)
        }
        _ => Vec::new(),
    };
    Reading::Failed(ImportDetected { columns, ..ImportDetected::default() }, text)
}

fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string());
    format!("{}{}.", first.unwrap_or_default(), letters.as_str())
}

fn known(entry: &Transaction, account: AccountId) -> Option<Known> {
    let minor = moved(entry, account)?.minor;
    let payee = entry.payee.as_ref().map(|payee| payee.name.as_str());
    let texts = [Some(entry.title.as_str()), payee, Some(entry.note.as_str())];
    let texts: HashSet<String> =
        texts.into_iter().flatten().map(fold).filter(|text| !text.is_empty()).collect();
    let is_from_bank = entry.import.is_some() && entry.status == TransactionStatus::Booked;
    Some(Known {
        id: entry.id,
        day: entry.day,
        minor,
        texts: texts.into_iter().collect(),
        is_from_bank,
    })
}

/// The payee as the bank has it, or what else it says.
fn bank_name(row: &Row) -> String {
    let texts = [row.payee.as_str(), row.description.as_str(), row.reference.as_str()];
    let cleaned = texts.into_iter().map(texts::clean);
    cleaned.into_iter().find(|text| !text.is_empty()).unwrap_or_else(|| WITHOUT_TEXT.to_owned())
}

fn distinct_texts(statement: &Statement) -> BTreeSet<String> {
    let bookings = statement.rows.iter().filter(|row| row.amount().is_some());
    bookings.map(|row| fold(&bank_name(row))).filter(|name| !name.is_empty()).collect()
}

/// What the book has under a text.
#[derive(Default)]
struct Named {
    /// The payee's name; empty where only a title is known.
    name: String,
    category: Option<CategoryId>,
}

struct Naming {
    named: HashMap<String, Named>,
    categories: Vec<Category>,
}

impl Naming {
    /// What a booking becomes: the payee that the bank's text names or begins with, and what it
    /// is for.
    fn of(&self, bank: &str, amount: Money) -> (String, Option<CategoryId>) {
        let folded = fold(bank);
        let beginnings = texts::beginnings(&folded);
        let payee = beginnings
            .iter()
            .find_map(|text| self.named.get(text).filter(|named| !named.name.is_empty()));
        let of_text = self.named.get(&folded).and_then(|named| named.category);
        let category = of_text.or_else(|| payee?.category);
        let name = payee.map_or_else(|| bank.to_owned(), |payee| payee.name.clone());
        (name, category.filter(|id| self.fits(*id, amount)))
    }

    /// Money that comes in under a category of expenses is a refund; money that goes out is no
    /// income.
    fn fits(&self, id: CategoryId, amount: Money) -> bool {
        let found = self.categories.iter().find(|category| category.id == id);
        found.is_some_and(|category| {
            let goes_out_as_income = category.kind == CategoryKind::Income && amount.minor < 0;
            !category.archived && !goes_out_as_income
        })
    }
}

/// Everything that the rows of a statement are sorted by.
struct Sorted {
    currency: Currency,
    today: Day,
    known: Vec<Known>,
    naming: Naming,
}

impl Sorted {
    fn reading(&self, statement: Statement) -> Reading {
        let newest_first = is_newest_first(&statement);
        let (detected, questions) =
            (words::detected(&statement), words::questions(&statement.questions));
        let period = words::period(&statement);
        let mut rows = Vec::with_capacity(statement.rows.len());
        let mut bookings = Vec::with_capacity(statement.rows.len());
        for (at, row) in statement.rows.into_iter().enumerate() {
            let bank = bank_name(&row);
            let record = self.row(words::count(at + 1), row, &bank);
            bookings.push(booking(&record, &bank));
            rows.push(record);
        }
        for (row, verdict) in rows.iter_mut().zip(compare(&self.known, &bookings)) {
            (row.status, row.like) = match verdict {
                Verdict::New => (row.status, None),
                Verdict::Same(entry) => (ImportRowStatus::Duplicate, Some(entry)),
                Verdict::Like(entry) => (ImportRowStatus::Check, Some(entry)),
            };
        }
        let counts = counted(&rows);
        Reading::Read(Found { detected, questions, counts, period, newest_first }, rows)
    }

    fn row(&self, number: i64, row: Row, bank: &str) -> RowRecord {
        let (status, problem) = self.status(&row);
        let day = row.amount().map(|_| row.day().unwrap_or(self.today));
        let amount = row.amount();
        let (payee, category) = match amount {
            Some(amount) => self.naming.of(bank, amount),
            None => (bank.to_owned(), None),
        };
        let note = texts::note(&payee, [row.payee.as_str(), row.description.as_str()]);
        RowRecord {
            row: number,
            line: words::count(row.line),
            day,
            amount,
            payee,
            note,
            raw: row.raw,
            status,
            waits: matches!(row.outcome, Outcome::Pending { .. }),
            problem,
            like: None,
            decision: None,
            category,
            recorded: false,
        }
    }

    fn status(&self, row: &Row) -> (ImportRowStatus, Option<String>) {
        let amount = match &row.outcome {
            Outcome::Unreadable { problem } => {
                return (ImportRowStatus::Unreadable, Some(problem.clone()));
            }
            Outcome::Booked { amount, .. } | Outcome::Pending { amount, .. } => *amount,
        };
        if amount.currency != self.currency {
            let (found, held) = (amount.currency, self.currency);
            let problem = format!("the row is in {found}, but the account holds {held}");
            return (ImportRowStatus::Unreadable, Some(problem));
        }
        if amount.minor == 0 {
            let problem = "the amount is zero, so there is nothing to record".to_owned();
            return (ImportRowStatus::Unreadable, Some(problem));
        }
        match row.outcome {
            Outcome::Pending { .. } => (ImportRowStatus::Pending, None),
            _ => (ImportRowStatus::New, None),
        }
    }
}

fn booking(row: &RowRecord, bank: &str) -> Option<Booking> {
    if row.status == ImportRowStatus::Unreadable {
        return None;
    }
    let mut texts = vec![fold(bank), fold(&row.payee)];
    texts.dedup();
    Some(Booking { day: row.day?, minor: row.amount?.minor, texts })
}

fn is_newest_first(statement: &Statement) -> bool {
    let mut days = statement.rows.iter().filter_map(Row::day);
    let first = days.next();
    first > days.next_back()
}

fn counted(rows: &[RowRecord]) -> ImportCounts {
    let count = |status| words::count(rows.iter().filter(|row| row.status == status).count());
    ImportCounts {
        rows: words::count(rows.len()),
        new: count(ImportRowStatus::New),
        duplicate: count(ImportRowStatus::Duplicate),
        check: count(ImportRowStatus::Check),
        unreadable: count(ImportRowStatus::Unreadable),
        pending: count(ImportRowStatus::Pending),
    }
}
