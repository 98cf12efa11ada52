//! The journal: what a transaction posts where, in double entry.

use std::collections::BTreeMap;

use contracts::ledger::{Transaction, TransactionKind, VersionKind};
use model::{AccountId, Currency, Money, fold};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// A transaction before and after a change; `None` where it did not exist.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Edit {
    pub before: Option<Transaction>,
    pub after: Option<Transaction>,
    pub kind: VersionKind,
    /// The version that this makes, counted on through removals.
    pub version: i64,
}

impl Edit {
    pub fn created(after: Transaction) -> Edit {
        Edit {
            before: None,
            version: after.version,
            after: Some(after),
            kind: VersionKind::Created,
        }
    }

    pub fn edited(before: Transaction, after: Transaction) -> Edit {
        let version = after.version;
        Edit { before: Some(before), after: Some(after), kind: VersionKind::Edited, version }
    }

    pub fn removed(before: Transaction) -> Edit {
        let version = before.version + 1;
        Edit { before: Some(before), after: None, kind: VersionKind::Removed, version }
    }

    /// Both sides, the earlier one first.
    pub fn sides(&self) -> impl Iterator<Item = &Transaction> {
        self.before.iter().chain(&self.after)
    }
}

/// A movement of one place: an account, a category, or one of the book's own places below.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Posting {
    pub place: Uuid,
    pub currency: Currency,
    pub minor: i64,
}

/// Where the parts without a category are posted.
pub const UNCATEGORISED: Uuid = Uuid::from_u128(1);

/// Where opening balances come from.
const OPENING: Uuid = Uuid::from_u128(2);

/// The book's conversion account of a currency: what one currency gives and another takes passes
/// through here, so that each sums to zero.
fn conversion(currency: Currency) -> Uuid {
    let code = currency.code().bytes().fold(0_u128, |code, byte| code << 8 | u128::from(byte));
    Uuid::from_u128(3 << 64 | code)
}

/// What a transaction posts; sums to zero for each currency, and has each place once.
pub fn postings(transaction: &Transaction) -> Vec<Posting> {
    let amount = transaction.amount;
    let post =
        |place: Uuid, money: Money| Posting { place, currency: money.currency, minor: money.minor };
    let account = transaction.account.0;
    let postings = match transaction.kind {
        TransactionKind::Expense => {
            let parts = by_category(transaction).map(|(place, part)| post(place, part));
            std::iter::once(post(account, amount.negated())).chain(parts).collect()
        }
        TransactionKind::Income => {
            let parts = by_category(transaction).map(|(place, part)| post(place, part.negated()));
            std::iter::once(post(account, amount)).chain(parts).collect()
        }
        TransactionKind::Opening => vec![post(account, amount), post(OPENING, amount.negated())],
        TransactionKind::Transfer => transfer(transaction),
    };
    assert_balanced(&postings);
    postings
}

fn transfer(transaction: &Transaction) -> Vec<Posting> {
    let leaves = transaction.amount;
    let arrives = transaction.to_amount.unwrap_or(leaves);
    let to = transaction.to_account.unwrap_or(transaction.account);
    let mut postings = vec![(transaction.account.0, leaves.negated()), (to.0, arrives)];
    if leaves.currency != arrives.currency {
        postings.push((conversion(leaves.currency), leaves));
        postings.push((conversion(arrives.currency), arrives.negated()));
    }
    let posting = |(place, money): (Uuid, Money)| Posting {
        place,
        currency: money.currency,
        minor: money.minor,
    };
    postings.into_iter().map(posting).collect()
}

/// The parts of each category together: a split may name one twice.
fn by_category(transaction: &Transaction) -> impl Iterator<Item = (Uuid, Money)> {
    let currency = transaction.amount.currency;
    let mut parts: BTreeMap<Uuid, i64> = BTreeMap::new();
    for line in &transaction.lines {
        let place = line.category.map_or(UNCATEGORISED, |category| category.0);
        *parts.entry(place).or_default() += line.amount.minor;
    }
    parts.into_iter().map(move |(place, minor)| (place, Money::new(minor, currency)))
}

fn assert_balanced(postings: &[Posting]) {
    let mut sums: BTreeMap<Currency, i64> = BTreeMap::new();
    for posting in postings {
        *sums.entry(posting.currency).or_default() += posting.minor;
    }
    assert!(sums.values().all(|sum| *sum == 0), "postings of a transaction sum to zero: {sums:?}");
}

/// What a transaction adds to each account that it touches.
pub fn account_moves(transaction: &Transaction) -> impl Iterator<Item = (AccountId, Money)> {
    let leaves = match transaction.kind {
        TransactionKind::Expense | TransactionKind::Transfer => transaction.amount.negated(),
        TransactionKind::Income | TransactionKind::Opening => transaction.amount,
    };
    let arrives =
        transaction.to_account.map(|to| (to, transaction.to_amount.unwrap_or(transaction.amount)));
    std::iter::once((transaction.account, leaves)).chain(arrives)
}

/// A text as the book's dictionary has it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Phrase {
    /// Made of the text, so that it is known without asking.
    pub id: Uuid,
    pub is_title: bool,
    pub folded: String,
}

impl Phrase {
    fn of(is_title: bool, text: &str) -> Option<Phrase> {
        let folded = fold(text);
        if folded.is_empty() {
            return None;
        }
        let digest =
            Sha256::new().chain_update([u8::from(is_title)]).chain_update(&folded).finalize();
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&digest[..16]);
        let id = uuid::Builder::from_custom_bytes(bytes).into_uuid();
        Some(Phrase { id, is_title, folded })
    }
}

/// The title, as it is searched for.
pub fn title_phrase(transaction: &Transaction) -> Option<Phrase> {
    phrase_of_title(&transaction.title)
}

/// A title, as it is searched for.
pub fn phrase_of_title(title: &str) -> Option<Phrase> {
    Phrase::of(true, title)
}

/// The notes of the transaction and its parts together, as they are searched for.
pub fn note_phrase(transaction: &Transaction) -> Option<Phrase> {
    let parts = transaction.lines.iter().map(|line| line.note.as_str());
    let notes: Vec<&str> =
        std::iter::once(transaction.note.as_str()).chain(parts).filter(|n| !n.is_empty()).collect();
    Phrase::of(false, &notes.join(" / "))
}

/// The subject under which the register lists entries of a kind. Most entries are expenses, so a
/// list of these walks all entries.
pub fn kind_subject(kind: TransactionKind) -> Option<Uuid> {
    match kind {
        TransactionKind::Expense => None,
        TransactionKind::Income => Some(Uuid::from_u128(11)),
        TransactionKind::Transfer => Some(Uuid::from_u128(12)),
        TransactionKind::Opening => Some(Uuid::from_u128(13)),
    }
}

/// The subject under which the register lists entries that the bank has not booked.
pub const PENDING: Uuid = Uuid::from_u128(14);

#[cfg(test)]
mod tests {
    use contracts::ledger::{Line, TransactionStatus};
    use model::{CategoryId, Day, Instant, PersonId, TransactionId};

    use super::*;

    fn id(n: u128) -> Uuid {
        Uuid::from_u128(0x7000 << 64 | n)
    }

    fn transaction(kind: TransactionKind, amount: Money) -> Transaction {
        Transaction {
            id: TransactionId(id(1)),
            kind,
            status: TransactionStatus::Booked,
            day: Day::parse("2026-11-24").unwrap(),
            title: "Market".to_owned(),
            payee: None,
            account: AccountId(id(2)),
            amount,
            to_account: None,
            to_amount: None,
            lines: Vec::new(),
            note: String::new(),
            author: PersonId(id(3)),
            import: None,
            created_at: Instant(0),
            version: 1,
            running_balance: None,
            hidden_side: false,
        }
    }

    fn texts(postings: &[Posting]) -> Vec<String> {
        postings
            .iter()
            .map(|p| {
                format!("{:x} {}", p.place.as_u128() & 0xffff, Money::new(p.minor, p.currency))
            })
            .collect()
    }

    #[test]
    fn a_split_posts_each_category_once() {
        let eur = |minor| Money::new(minor, Currency::EUR);
        let line = |category: Option<u128>, minor| Line {
            category: category.map(|n| CategoryId(id(n))),
            amount: eur(minor),
            note: String::new(),
        };
        let mut expense = transaction(TransactionKind::Expense, eur(1000));
        expense.lines = vec![line(Some(5), 300), line(None, 200), line(Some(5), 500)];
        assert_eq!(texts(&postings(&expense)), ["2 -10.00 EUR", "1 2.00 EUR", "5 8.00 EUR"]);
        expense.kind = TransactionKind::Income;
        assert_eq!(texts(&postings(&expense)), ["2 10.00 EUR", "1 -2.00 EUR", "5 -8.00 EUR"]);
    }

    #[test]
    fn what_changes_currency_passes_through_the_conversion_accounts() {
        let mut transfer = transaction(TransactionKind::Transfer, Money::new(1000, Currency::EUR));
        transfer.to_account = Some(AccountId(id(4)));
        transfer.to_amount = Some(Money::new(1650, Currency::JPY));
        let posted = postings(&transfer);
        assert_eq!(posted.len(), 4);
        let places: std::collections::BTreeSet<Uuid> = posted.iter().map(|p| p.place).collect();
        assert_eq!(places.len(), 4, "each place once");
        let moves: Vec<String> =
            account_moves(&transfer).map(|(_, money)| money.to_string()).collect();
        assert_eq!(moves, ["-10.00 EUR", "1650 JPY"]);
    }

    #[test]
    fn titles_and_notes_of_the_same_text_are_two_phrases() {
        let mut entry = transaction(TransactionKind::Expense, Money::new(1, Currency::EUR));
        entry.note = "MÀRKET".to_owned();
        let (title, note) = (title_phrase(&entry).unwrap(), note_phrase(&entry).unwrap());
        assert_eq!((title.folded.as_str(), note.folded.as_str()), ("market", "market"));
        assert_ne!(title.id, note.id);
    }
}
