//! What a ledger tells, for tests: a plain model of it, and the makings of changes.

use contracts::ledger::{
    AccountFacts, BookChanged, BookFacts, CHANGED, CategoryFacts, Line, Member, PayeeFacts,
    PayeeRef, Transaction, TransactionChange, TransactionKind, TransactionStatus, book_stream,
};
use model::{
    AccountId, BookId, CategoryId, ChangeId, Currency, Day, Instant, Money, PayeeId, PersonId,
    Role, TimeZone, TransactionId,
};
use service::Error;
use service::testing::{START, TestDeployment};
use uuid::Uuid;

use crate::totals::pool;

/// Everything that the events told, kept as it was told.
#[derive(Clone, Default)]
pub struct Plain {
    pub book: Option<BookFacts>,
    pub members: Vec<Member>,
    pub accounts: Vec<AccountFacts>,
    pub categories: Vec<CategoryFacts>,
    pub payees: Vec<PayeeFacts>,
    pub entries: Vec<Transaction>,
}

fn replace<T: Clone, K: PartialEq>(all: &mut Vec<T>, told: &[T], key: impl Fn(&T) -> K) {
    for one in told {
        all.retain(|known| key(known) != key(one));
        all.push(one.clone());
    }
}

impl Plain {
    pub fn take_in(&mut self, change: &BookChanged) {
        self.book = change.book.clone().or(self.book.take());
        replace(&mut self.members, &change.members, |member| member.person);
        replace(&mut self.accounts, &change.accounts, |account| account.id);
        replace(&mut self.categories, &change.categories, |category| category.id);
        replace(&mut self.payees, &change.payees, |payee| payee.id);
        for TransactionChange { before, after } in &change.transactions {
            if let Some(before) = before {
                let at = self.entries.iter().position(|entry| entry == before).unwrap();
                self.entries.remove(at);
            }
            self.entries.extend(after.clone());
        }
    }

    pub fn member(&self, person: PersonId) -> Option<&Member> {
        self.members.iter().find(|member| member.person == person && !member.former)
    }

    pub fn account(&self, id: AccountId) -> &AccountFacts {
        self.accounts.iter().find(|account| account.id == id).unwrap()
    }

    pub fn sees(&self, person: PersonId, account: AccountId) -> bool {
        [Uuid::nil(), person.0].contains(&pool(self.account(account)))
    }

    /// The entries that a member may see.
    pub fn visible(&self, person: PersonId) -> Vec<&Transaction> {
        let sees_all = self.member(person).unwrap().role.sees_all();
        let is_visible = |entry: &&Transaction| {
            self.sees(person, entry.account) && (sees_all || entry.author == person)
        };
        self.entries.iter().filter(is_visible).collect()
    }

    pub fn balance(&self, account: AccountId) -> i64 {
        let signed = |entry: &Transaction| match entry.kind {
            TransactionKind::Income | TransactionKind::Opening => entry.amount.minor,
            _ => -entry.amount.minor,
        };
        self.entries.iter().filter(|entry| entry.account == account).map(signed).sum()
    }

    pub fn payee_after_merges(&self, payee: PayeeId) -> PayeeId {
        let known = self.payees.iter().find(|known| known.id == payee);
        match known.and_then(|known| known.merged_into) {
            Some(into) => self.payee_after_merges(into),
            None => payee,
        }
    }

    /// A category and all that it lies in.
    pub fn lineage(&self, category: CategoryId) -> Vec<CategoryId> {
        let parent = self.categories.iter().find(|known| known.id == category).unwrap().parent;
        let above = parent.map(|parent| self.lineage(parent)).unwrap_or_default();
        [vec![category], above].concat()
    }
}

/// A change that tells of nothing yet.
pub fn change(author: PersonId) -> BookChanged {
    BookChanged {
        change: ChangeId(Uuid::now_v7()),
        author,
        what: "told".to_owned(),
        book: None,
        members: vec![],
        accounts: vec![],
        categories: vec![],
        payees: vec![],
        transactions: vec![],
    }
}

/// Appends a change to the book's stream.
pub async fn record(deployment: &TestDeployment, book: BookId, change: &BookChanged) -> i64 {
    let change = change.clone();
    let db = deployment.database("ledger");
    db.write(move |tx| {
        let change = change.clone();
        async move {
            let stream = book_stream(book);
            let place = tx.advance(&stream, START).await?;
            tx.emit(&stream, place, CHANGED, START, &change).await?;
            Ok::<_, Error>(place.number)
        }
    })
    .await
    .unwrap()
}

pub fn facts() -> BookFacts {
    BookFacts {
        name: "Home".to_owned(),
        base_currency: Currency::EUR,
        time_zone: TimeZone::parse("Europe/Berlin").unwrap(),
        first_day_of_week: 1,
        first_day_of_month: 1,
        fiscal_year_start_month: 1,
    }
}

pub fn member(person: PersonId, role: Role) -> Member {
    Member { person, name: role.as_str().to_owned(), role, former: false }
}

pub fn account(number: u128, currency: Currency) -> AccountFacts {
    AccountFacts {
        id: AccountId(Uuid::from_u128(0xacc0 + number)),
        name: format!("Account {number}"),
        currency,
        holder: None,
        private: false,
        archived: false,
    }
}

pub fn category(number: u128, parent: Option<u128>) -> CategoryFacts {
    CategoryFacts {
        id: category_id(number),
        parent: parent.map(category_id),
        name: format!("Category {number}"),
        archived: false,
    }
}

pub fn category_id(number: u128) -> CategoryId {
    CategoryId(Uuid::from_u128(0xca70 + number))
}

pub fn payee(number: u128) -> PayeeFacts {
    let id = PayeeId(Uuid::from_u128(0x9a00 + number));
    PayeeFacts { id, name: format!("Payee {number}"), merged_into: None }
}

/// An expense of one line.
pub fn expense(
    author: PersonId,
    account: &AccountFacts,
    day: &str,
    minor: i64,
    category: Option<CategoryId>,
) -> Transaction {
    let amount = Money::new(minor, account.currency);
    Transaction {
        id: TransactionId(Uuid::now_v7()),
        kind: TransactionKind::Expense,
        status: TransactionStatus::Booked,
        day: Day::parse(day).unwrap(),
        title: "Something".to_owned(),
        payee: None,
        account: account.id,
        amount,
        to_account: None,
        to_amount: None,
        lines: vec![Line { category, amount, note: String::new() }],
        note: String::new(),
        author,
        import: None,
        created_at: Instant(START.0),
        version: 1,
        running_balance: None,
        hidden_side: false,
    }
}

pub fn of_payee(mut entry: Transaction, payee: &PayeeFacts) -> Transaction {
    entry.payee = Some(PayeeRef { id: payee.id, name: payee.name.clone() });
    entry
}

pub fn added(after: Transaction) -> TransactionChange {
    TransactionChange { before: None, after: Some(after) }
}
