//! What is counted: every entry lands in a few cells, each of which is a row of the table `total`.
//!
//! The *fine* cells are per day, by account × author × category and by account × author × payee.
//! All others are sums of them, kept so that a reader meets as many rows as it shows figures: per
//! month and per year of the book's own calendar, and per *pool*, which is the accounts that the
//! same people see: the shared ones, or the private ones of one holder.

use std::collections::HashMap;
use std::ops::{AddAssign, Neg};

use contracts::ledger::{
    AccountFacts, BookFacts, Transaction, TransactionChange, TransactionKind, TransactionStatus,
};
use model::{AccountId, BookCalendar, Currency, Day, PeriodKind, PersonId};
use uuid::Uuid;

/// How many days a bucket has.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub(crate) enum Grain {
    Day,
    /// A month of the book, which may begin on pay-day.
    Month,
    /// A year of the book, which may be a fiscal one.
    Year,
}

impl Grain {
    pub(crate) const ALL: [Grain; 3] = [Grain::Day, Grain::Month, Grain::Year];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Grain::Day => "day",
            Grain::Month => "month",
            Grain::Year => "year",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Grain> {
        Grain::ALL.into_iter().find(|grain| grain.as_str() == text)
    }
}

/// What the sums of a bucket are split by.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub(crate) enum Split {
    /// By account, author and category.
    Category,
    /// By account, author and payee.
    Payee,
    /// By pool alone; days only.
    Pool,
    /// By pool and category; months and years only, as are the two below.
    PoolCategory,
    PoolPayee,
    PoolAccount,
}

impl Split {
    const ALL: [Split; 6] = [
        Split::Category,
        Split::Payee,
        Split::Pool,
        Split::PoolCategory,
        Split::PoolPayee,
        Split::PoolAccount,
    ];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Split::Category => "category",
            Split::Payee => "payee",
            Split::Pool => "pool",
            Split::PoolCategory => "pool_category",
            Split::PoolPayee => "pool_payee",
            Split::PoolAccount => "pool_account",
        }
    }

    /// True where the place is a pool and there is no author.
    pub(crate) fn is_by_pool(self) -> bool {
        !matches!(self, Split::Category | Split::Payee)
    }

    pub(crate) fn parse(text: &str) -> Option<Split> {
        Split::ALL.into_iter().find(|split| split.as_str() == text)
    }
}

/// Stands for "no category", "no payee", "no author in particular" and the pool of all that is
/// shared: a key of a table can't be absent.
pub(crate) const NONE: Uuid = Uuid::nil();

/// Where a sum belongs; ordered as the table's key is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub(crate) struct Cell {
    pub grain: Grain,
    pub split: Split,
    /// The account or the pool.
    pub place: Uuid,
    /// The first day of the bucket.
    pub starts: Day,
    pub author: Uuid,
    /// The category, the payee or, by [`Split::PoolAccount`], the account.
    pub item: Uuid,
    pub currency: Currency,
}

/// What was spent and earned, in minor units. Pending entries count, and are told apart again.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(crate) struct Sums {
    pub spent: i64,
    pub income: i64,
    pub spent_count: i64,
    pub income_count: i64,
    pub spent_pending: i64,
    pub income_pending: i64,
}

impl Sums {
    /// One part of an entry; `None` for what is neither spent nor earned.
    fn of(transaction: &Transaction, minor: i64) -> Option<Sums> {
        let pending = match transaction.status {
            TransactionStatus::Booked => 0,
            TransactionStatus::Pending => minor,
        };
        match transaction.kind {
            TransactionKind::Expense => Some(Sums {
                spent: minor,
                spent_count: 1,
                spent_pending: pending,
                ..Sums::default()
            }),
            TransactionKind::Income => Some(Sums {
                income: minor,
                income_count: 1,
                income_pending: pending,
                ..Sums::default()
            }),
            TransactionKind::Transfer | TransactionKind::Opening => None,
        }
    }

    pub(crate) fn to_array(self) -> [i64; 6] {
        let Sums { spent, income, spent_count, income_count, spent_pending, income_pending } = self;
        [spent, income, spent_count, income_count, spent_pending, income_pending]
    }

    pub(crate) fn from_array(columns: [i64; 6]) -> Sums {
        let [spent, income, spent_count, income_count, spent_pending, income_pending] = columns;
        Sums { spent, income, spent_count, income_count, spent_pending, income_pending }
    }

    /// True where parts were taken back, so that the cell may be left with none.
    pub(crate) fn takes_back(self) -> bool {
        self.spent_count < 0 || self.income_count < 0
    }
}

impl AddAssign for Sums {
    fn add_assign(&mut self, other: Sums) {
        self.spent += other.spent;
        self.income += other.income;
        self.spent_count += other.spent_count;
        self.income_count += other.income_count;
        self.spent_pending += other.spent_pending;
        self.income_pending += other.income_pending;
    }
}

impl Neg for Sums {
    type Output = Sums;

    fn neg(self) -> Sums {
        Sums::from_array(self.to_array().map(|column| -column))
    }
}

/// Sums by cell, in memory.
#[derive(Clone, Default, Debug)]
pub(crate) struct Cells(HashMap<Cell, Sums>);

impl Cells {
    pub(crate) fn add(&mut self, cell: Cell, sums: Sums) {
        *self.0.entry(cell).or_default() += sums;
    }

    /// The cells that are not zero, in the order of the table's key.
    pub(crate) fn sorted(&self) -> Vec<(Cell, Sums)> {
        let not_zero = self.0.iter().filter(|(_, sums)| **sums != Sums::default());
        let mut cells: Vec<(Cell, Sums)> = not_zero.map(|(cell, sums)| (*cell, *sums)).collect();
        cells.sort_unstable_by_key(|(cell, _)| *cell);
        cells
    }

    /// Counts a changed entry in its fine cells: takes back what was, adds what is.
    pub(crate) fn count(&mut self, change: &TransactionChange) {
        if let Some(before) = &change.before {
            self.count_entry(before, |sums| -sums);
        }
        if let Some(after) = &change.after {
            self.count_entry(after, |sums| sums);
        }
    }

    fn count_entry(&mut self, entry: &Transaction, signed: impl Fn(Sums) -> Sums) {
        let cell = |split, item: Option<Uuid>, currency| Cell {
            grain: Grain::Day,
            split,
            place: entry.account.0,
            starts: entry.day,
            author: entry.author.0,
            item: item.unwrap_or(NONE),
            currency,
        };
        if let Some(sums) = Sums::of(entry, entry.amount.minor) {
            let payee = entry.payee.as_ref().map(|payee| payee.id.0);
            self.add(cell(Split::Payee, payee, entry.amount.currency), signed(sums));
        }
        for line in &entry.lines {
            if let Some(sums) = Sums::of(entry, line.amount.minor) {
                let category = line.category.map(|category| category.0);
                self.add(cell(Split::Category, category, line.amount.currency), signed(sums));
            }
        }
    }
}

/// What decides where the sums of fine cells belong: the book's calendar and who sees which
/// account.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Outline {
    pub calendar: BookCalendar,
    pools: HashMap<AccountId, Uuid>,
}

/// An entry names an account that no event has told of.
#[derive(Debug, thiserror::Error)]
#[error("an entry is of account {0}, which no event has told of")]
pub(crate) struct UnknownAccount(AccountId);

impl Outline {
    pub(crate) fn new<'a>(
        book: &BookFacts,
        accounts: impl IntoIterator<Item = &'a AccountFacts>,
    ) -> Outline {
        let pools = accounts.into_iter().map(|account| (account.id, pool(account))).collect();
        Outline { calendar: calendar(book), pools }
    }

    /// True where everything that this outline placed has the same place in a later one.
    pub(crate) fn still_holds_in(&self, later: &Outline) -> bool {
        self.calendar == later.calendar
            && self.pools.iter().all(|(account, pool)| later.pools.get(account) == Some(pool))
    }

    /// The sums of fine cells in all cells that are not fine.
    pub(crate) fn coarser(&self, fine: &[(Cell, Sums)]) -> Result<Cells, UnknownAccount> {
        let mut cells = Cells::default();
        for (cell, sums) in fine {
            self.add_coarser(*cell, *sums, &mut cells)?;
        }
        Ok(cells)
    }

    fn add_coarser(&self, fine: Cell, sums: Sums, to: &mut Cells) -> Result<(), UnknownAccount> {
        let account = AccountId(fine.place);
        let pool = *self.pools.get(&account).ok_or(UnknownAccount(account))?;
        let by_pool = |split, item| Cell { split, place: pool, author: NONE, item, ..fine };
        let by_payee = fine.split == Split::Payee;
        if by_payee {
            to.add(by_pool(Split::Pool, NONE), sums);
        }
        for (grain, kind) in [(Grain::Month, PeriodKind::Month), (Grain::Year, PeriodKind::Year)] {
            let starts = self.calendar.period_of(kind, fine.starts).first;
            let coarse = |cell: Cell| Cell { grain, starts, ..cell };
            to.add(coarse(fine), sums);
            if by_payee {
                to.add(coarse(by_pool(Split::PoolPayee, fine.item)), sums);
                to.add(coarse(by_pool(Split::PoolAccount, fine.place)), sums);
            } else {
                to.add(coarse(by_pool(Split::PoolCategory, fine.item)), sums);
            }
        }
        Ok(())
    }
}

pub(crate) fn calendar(book: &BookFacts) -> BookCalendar {
    BookCalendar {
        first_day_of_week: book.first_day_of_week,
        first_day_of_month: book.first_day_of_month,
        fiscal_year_start_month: book.fiscal_year_start_month,
    }
}

/// The pool of an account: its holder where it is private. A private account without a holder is
/// seen by nobody, so it is a pool of its own.
pub(crate) fn pool(account: &AccountFacts) -> Uuid {
    match account.private {
        false => NONE,
        true => account.holder.map_or(account.id.0, |PersonId(holder)| holder),
    }
}
