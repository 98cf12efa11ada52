//! Books: made with their owner, default categories and a first account; settings.

use contracts::ledger::{
    AccountKind, Book, BookFacts, BookKind, BookPatch, Books, Member, NewBook, book_stream,
};
use model::{BookId, Caller, ChangeId, Currency, Name, Role, TimeZone};
use service::{Error, Fields};

use super::defaults::Defaults;
use super::transactions::check_id;
use super::write::{Ask, Done, Need, Numbered, Outcome, Reply, Stop, Write, fingerprint};
use super::{Ledger, Seen};
use crate::store::accounts::{AccountRow, account_insert};
use crate::store::books::{
    BookRow, book_insert, book_open, book_update, books_of, member_insert, members_of,
};
use crate::store::categories::{self, categories_insert};

impl Ledger {
    /// The books of a person.
    pub async fn books_list(&self, caller: Caller) -> Result<Books, Error> {
        let conn = self.db.reader();
        let found = books_of(conn, caller.person).await?;
        let ids: Vec<BookId> = found.iter().map(|(row, _)| row.id).collect();
        let mut members = members_of(conn, &ids).await?;
        let mut books = Vec::with_capacity(found.len());
        for (row, role) in found {
            let its = members.extract_if(.., |(book, _)| *book == row.id).map(|(_, member)| member);
            let its = its.collect();
            books.push(view(&row, role, its, self.number(row.id).await?));
        }
        Ok(Books { books })
    }

    /// One book.
    pub async fn book_get(&self, caller: Caller, book: BookId) -> Result<Book, Error> {
        let (number, Seen { row, sight }) = self.see_at(book, caller.person).await?;
        let members = members_of(self.db.reader(), &[book]).await?;
        let members = members.into_iter().map(|(_, member)| member).collect();
        Ok(view(&row, sight.role, members, number))
    }

    /// Makes a book, unless the caller has made it before. True where it is new.
    pub async fn book_put(
        &self,
        caller: Caller,
        book: BookId,
        key: Option<ChangeId>,
        new: NewBook,
    ) -> Result<(Book, bool), Error> {
        let fresh = fresh_book(book, &new)?;
        if !self.book_is_there(book, caller).await? {
            match self.book_make(caller, book, key, &new, fresh).await {
                Ok(()) => return Ok((self.book_get(caller, book).await?, true)),
                // Somebody was faster: the caller in another tab, or a stranger with the same id.
                Err(Stop::Taken) => {}
                Err(Stop::Refused(error)) => return Err(error),
                Err(Stop::Recorded(_)) => {}
            }
            self.book_is_there(book, caller).await?;
        }
        Ok((self.book_get(caller, book).await?, false))
    }

    /// False where there is no such book; an error where the caller may not make it again.
    async fn book_is_there(&self, book: BookId, caller: Caller) -> Result<bool, Error> {
        let Some(opened) = book_open(self.db.reader(), book, caller.person, None).await? else {
            return Ok(false);
        };
        let Some(sight) = opened.sight else {
            return Err(Error::conflict("This id is taken; make another."));
        };
        Need::Manage.check(sight.role)?;
        Ok(true)
    }

    async fn book_make(
        &self,
        caller: Caller,
        book: BookId,
        key: Option<ChangeId>,
        new: &NewBook,
        (row, owner): (BookRow, Name),
    ) -> Result<(), Stop> {
        let fingerprint = fingerprint(&("book_made", book, new))?;
        let language = new.language.clone();
        let (ids, now) = (self.ids.clone(), self.clock.now());
        self.db
            .write(move |tx| {
                let (row, owner, ids) = (row.clone(), owner.clone(), ids.clone());
                let (fingerprint, language) = (fingerprint.clone(), language.clone());
                async move {
                    let stream = book_stream(book);
                    let place = tx.advance(&stream, now).await?;
                    if book_open(tx.conn(), book, caller.person, None).await?.is_some() {
                        return Err(Stop::Taken);
                    }
                    let ask = Ask {
                        book,
                        person: caller.person,
                        key,
                        what: "book_made",
                        need: Need::Manage,
                        fingerprint,
                    };
                    let sight = super::Sight {
                        person: caller.person,
                        role: Role::Owner,
                        hidden: Vec::new(),
                    };
                    let numbered = Numbered { stream, place };
                    let write = Write::new(tx, &ask, row, sight, numbered, ids, now);
                    fill(write, owner, &Defaults::of(&language)?).await
                }
            })
            .await
    }

    /// Changes settings of a book.
    pub async fn book_patch(
        &self,
        caller: Caller,
        book: BookId,
        key: Option<ChangeId>,
        based_on: i64,
        patch: BookPatch,
    ) -> Result<Done<Book>, Error> {
        let ask = Ask {
            book,
            person: caller.person,
            key,
            what: "book_changed",
            need: Need::Manage,
            fingerprint: fingerprint(&("book_changed", &patch))?,
        };
        let reply = self
            .commit(ask, move |mut write: Write| {
                let patch = patch.clone();
                async move {
                    if write.row.version != based_on {
                        return Err(Error::stale("book", write.row.version).into());
                    }
                    let mut row = patched(&write.row, &patch)?;
                    row.version += 1;
                    book_update(&write.tx, &row).await?;
                    write.told.book = Some(row.facts);
                    write.finish(&Outcome::default()).await
                }
            })
            .await?;
        let value = self.book_get(caller, book).await?;
        Ok(Done { value, replayed: matches!(reply, Reply::Recorded(_)) })
    }
}

fn view(row: &BookRow, role: Role, members: Vec<Member>, number: i64) -> Book {
    let facts = row.facts.clone();
    Book {
        id: row.id,
        name: facts.name,
        kind: row.kind,
        base_currency: facts.base_currency,
        time_zone: facts.time_zone,
        first_day_of_week: facts.first_day_of_week,
        first_day_of_month: facts.first_day_of_month,
        fiscal_year_start_month: facts.fiscal_year_start_month,
        role,
        members,
        number,
        version: row.version,
    }
}

/// Puts into a new book what it begins with.
async fn fill(mut write: Write, owner: Name, defaults: &Defaults) -> Result<(), Stop> {
    let (book, person) = (write.book(), write.sight.person);
    book_insert(&write.tx, &write.row, person, write.now).await?;
    let owner = Member { person, name: owner.into(), role: Role::Owner, former: false };
    member_insert(&write.tx, book, &owner).await?;
    let tree = defaults.categories(&write.ids);
    categories_insert(&write.tx, book, &tree).await?;
    let account = AccountRow {
        id: write.ids.next(),
        name: defaults.first_account.clone(),
        kind: AccountKind::Cash,
        currency: write.row.facts.base_currency,
        holder: None,
        private: false,
        archived: false,
        position: 0,
        version: 1,
    };
    account_insert(&write.tx, book, &account).await?;
    write.told.book = Some(write.row.facts.clone());
    write.told.members = vec![owner];
    write.told.categories = tree.iter().map(categories::facts).collect();
    write.told.accounts = vec![account.facts()];
    write.finish(&Outcome::default()).await
}

fn fresh_book(id: BookId, new: &NewBook) -> Result<(BookRow, Name), Error> {
    let mut fields = Fields::default();
    check_id(Some(id), "book", &mut fields);
    let owner = fields.check("member_name", Name::parse(&new.member_name));
    let settings = Settings {
        name: Some(&new.name),
        base_currency: Some(&new.base_currency),
        time_zone: Some(&new.time_zone),
        first_day_of_week: Some(new.first_day_of_week),
        first_day_of_month: Some(new.first_day_of_month),
        fiscal_year_start_month: Some(new.fiscal_year_start_month),
    };
    // What a book has before its settings are read: each of them is given.
    let blank = BookFacts {
        name: String::new(),
        base_currency: Currency::EUR,
        time_zone: TimeZone::parse("UTC").map_err(Error::internal)?,
        first_day_of_week: 1,
        first_day_of_month: 1,
        fiscal_year_start_month: 1,
    };
    let facts = settings.read(blank, &mut fields);
    let (Some(owner), true) = (owner, fields.is_empty()) else { return Err(fields.into_error()) };
    Ok((BookRow { id, kind: new.kind, facts, version: 1 }, owner))
}

fn patched(row: &BookRow, patch: &BookPatch) -> Result<BookRow, Error> {
    let mut fields = Fields::default();
    let settings = Settings {
        name: patch.name.as_deref(),
        base_currency: patch.base_currency.as_deref(),
        time_zone: patch.time_zone.as_deref(),
        first_day_of_week: patch.first_day_of_week,
        first_day_of_month: patch.first_day_of_month,
        fiscal_year_start_month: patch.fiscal_year_start_month,
    };
    let facts = settings.read(row.facts.clone(), &mut fields);
    fields.done()?;
    let kind: BookKind = patch.kind.unwrap_or(row.kind);
    Ok(BookRow { id: row.id, kind, facts, version: row.version })
}

/// Settings as they are typed; what is absent stays.
struct Settings<'a> {
    name: Option<&'a str>,
    base_currency: Option<&'a str>,
    time_zone: Option<&'a str>,
    first_day_of_week: Option<i64>,
    first_day_of_month: Option<i64>,
    fiscal_year_start_month: Option<i64>,
}

impl Settings<'_> {
    fn read(&self, mut facts: BookFacts, fields: &mut Fields) -> BookFacts {
        if let Some(name) = self.name.and_then(|name| fields.check("name", Name::parse(name))) {
            facts.name = name.into();
        }
        let currency = self.base_currency.map(Currency::parse);
        if let Some(currency) = currency.and_then(|found| fields.check("base_currency", found)) {
            facts.base_currency = currency;
        }
        let zone = self.time_zone.map(TimeZone::parse);
        if let Some(zone) = zone.and_then(|found| fields.check("time_zone", found)) {
            facts.time_zone = zone;
        }
        let mut within = |field: &str, given: Option<i64>, most: i8, now: i8| {
            let Some(given) = given else { return now };
            let found = i8::try_from(given).ok().filter(|found| (1..=most).contains(found));
            if found.is_none() {
                fields.wrong(field, format!("must be from 1 to {most}, not {given}"));
            }
            found.unwrap_or(now)
        };
        facts.first_day_of_week =
            within("first_day_of_week", self.first_day_of_week, 7, facts.first_day_of_week);
        facts.first_day_of_month =
            within("first_day_of_month", self.first_day_of_month, 28, facts.first_day_of_month);
        facts.fiscal_year_start_month = within(
            "fiscal_year_start_month",
            self.fiscal_year_start_month,
            12,
            facts.fiscal_year_start_month,
        );
        facts
    }
}
