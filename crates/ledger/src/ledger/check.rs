//! From what a person typed to a transaction that can't be wrong, or every field that is.

use contracts::ledger::{
    Line, NewLine, NewTransaction, PayeeRef, Transaction, TransactionKind, TransactionStatus,
    TypedMoney,
};
use model::{
    AccountId, CategoryId, Currency, Day, ImportId, Instant, Money, Name, PersonId, TransactionId,
};
use service::Fields;

use super::sight::Sight;
use crate::store::facts::{Facts, Named};

/// The most parts that a transaction may be split into.
const MOST_LINES: usize = 100;
const LONGEST_NOTE: usize = 2000;
const LONGEST_LINE_NOTE: usize = 200;
/// What the column of folded names holds; folding may lengthen a name.
const LONGEST_FOLDED: usize = 500;

/// What a transaction has that is not typed.
pub struct Origin {
    pub id: TransactionId,
    pub author: PersonId,
    pub import: Option<ImportId>,
    pub created_at: Instant,
    pub version: i64,
}

/// A payee as it was named.
pub struct NamedPayee {
    pub name: Name,
    pub folded: String,
}

/// Collects what entries name, to be looked up together.
pub fn named<'a>(entries: impl Iterator<Item = &'a NewTransaction>) -> Named {
    let mut named = Named::default();
    for entry in entries {
        named.accounts.extend([entry.account].into_iter().chain(entry.to_account));
        let of_lines = entry.lines.iter().flatten().filter_map(|line| line.category);
        named.categories.extend(entry.category.into_iter().chain(of_lines));
        if let Ok(Some(payee)) = payee_of(entry) {
            named.payees.push(payee.folded);
        }
    }
    dedup(&mut named.accounts);
    dedup(&mut named.categories);
    dedup(&mut named.payees);
    named
}

fn dedup<T: Ord>(list: &mut Vec<T>) {
    list.sort_unstable();
    list.dedup();
}

/// Whom an entry names: the payee, or else the title of an expense or income.
pub fn payee_of(entry: &NewTransaction) -> Result<Option<NamedPayee>, String> {
    let given = entry.payee.as_deref().map(str::trim).filter(|name| !name.is_empty());
    let has_payee = matches!(entry.kind, TransactionKind::Expense | TransactionKind::Income);
    let text = match given {
        Some(_) if !has_payee => return Err("only expenses and incomes have a payee".to_owned()),
        Some(name) => name,
        None if has_payee && !entry.title.trim().is_empty() => entry.title.trim(),
        None => return Ok(None),
    };
    let name = Name::parse(text).map_err(|error| error.to_string())?;
    let folded = name.folded();
    if folded.chars().count() > LONGEST_FOLDED {
        return Err("this name is too long to be searched for; shorten it".to_owned());
    }
    // A name of combining marks alone folds to nothing; it is then only itself.
    let folded = if folded.is_empty() { name.as_str().to_owned() } else { folded };
    Ok(Some(NamedPayee { name, folded }))
}

/// Checks entries against what the book has.
pub struct Check<'a> {
    pub facts: &'a Facts,
    pub sight: &'a Sight,
    /// The entry as it stands, where it is edited: what it has, it may keep.
    pub before: Option<&'a Transaction>,
    /// Put before the names of fields: `transactions[3].`.
    pub prefix: String,
    pub fields: &'a mut Fields,
}

impl Check<'_> {
    /// The transaction, where nothing about it is wrong.
    pub fn transaction(mut self, new: &NewTransaction, origin: Origin) -> Option<Transaction> {
        let day = Day::parse(&new.day);
        let day = self.check("day", day);
        let (title, payee) = self.title_and_payee(new);
        let amount = self.amount(new);
        let (to_account, to_amount) = self.destination(new, amount).unzip();
        let lines = self.lines(new, amount);
        self.text("note", &new.note, LONGEST_NOTE);
        if !self.fields.is_empty() {
            return None;
        }
        Some(Transaction {
            id: origin.id,
            kind: new.kind,
            status: new.status.unwrap_or(TransactionStatus::Booked),
            day: day?,
            title,
            payee,
            account: new.account,
            amount: amount?,
            to_account,
            to_amount,
            lines: lines?,
            note: new.note.trim().to_owned(),
            author: origin.author,
            import: origin.import,
            created_at: origin.created_at,
            version: origin.version,
            running_balance: None,
            hidden_side: false,
        })
    }

    fn wrong(&mut self, field: &str, message: impl std::fmt::Display) {
        self.fields.wrong(&format!("{}{field}", self.prefix), message);
    }

    fn check<T, E: std::fmt::Display>(&mut self, field: &str, value: Result<T, E>) -> Option<T> {
        value.map_err(|error| self.wrong(field, error)).ok()
    }

    fn text(&mut self, field: &str, text: &str, longest: usize) {
        let length = text.chars().count();
        if length > longest {
            self.wrong(field, format!("has at most {longest} characters; this has {length}"));
        }
    }

    fn title_and_payee(&mut self, new: &NewTransaction) -> (String, Option<PayeeRef>) {
        let title = new.title.trim();
        if !title.is_empty()
            && let Err(error) = Name::parse(title)
        {
            self.wrong("title", error.to_string().replace("a name", "a title"));
            return (String::new(), None);
        }
        let named = match payee_of(new) {
            Ok(named) => named,
            Err(message) => {
                self.wrong("payee", message);
                return (String::new(), None);
            }
        };
        let needs_words = matches!(new.kind, TransactionKind::Expense | TransactionKind::Income);
        if needs_words && named.is_none() {
            self.wrong("title", "a title or a payee is needed");
        }
        let payee = named.and_then(|payee| self.facts.payees.get(&payee.folded));
        let payee = payee.map(|fact| fact.counts_as.clone());
        let title = match &payee {
            Some(payee) if title.is_empty() => payee.name.clone(),
            _ => title.to_owned(),
        };
        (title, payee)
    }

    /// What the entry is about, in the currency of its account.
    fn amount(&mut self, new: &NewTransaction) -> Option<Money> {
        let currency = self.account("account", new.account);
        let money = self.money("amount", &new.amount)?;
        if money.minor == 0 {
            self.wrong("amount.amount", "an amount is not zero");
        }
        let may_be_negative =
            matches!(new.kind, TransactionKind::Expense | TransactionKind::Opening);
        if money.minor < 0 && !may_be_negative {
            let kind = new.kind.as_str();
            let detail =
                format!("the amount of an {kind} is above zero: the kind says where it goes");
            self.wrong("amount.amount", detail.replace("an transfer", "a transfer"));
        }
        self.same_currency("amount.currency", "account", money.currency, currency?);
        Some(money)
    }

    fn money(&mut self, field: &str, typed: &TypedMoney) -> Option<Money> {
        let currency = Currency::parse(&typed.currency);
        let currency = self.check(&format!("{field}.currency"), currency)?;
        let money = Money::parse(&typed.amount, currency);
        self.check(&format!("{field}.amount"), money)
    }

    /// The currency of an account that the author may use.
    fn account(&mut self, field: &str, id: AccountId) -> Option<Currency> {
        let known = self.facts.accounts.get(&id).filter(|account| !self.sight.hides(account.id));
        let Some(account) = known else {
            self.wrong(field, "is no account of this book that you can use");
            return None;
        };
        let is_kept =
            self.before.is_some_and(|before| before.account == id || before.to_account == Some(id));
        if account.archived && !is_kept {
            let message = format!("\"{}\" is archived; bring it back first", account.name);
            self.wrong(field, message);
        }
        Some(account.currency)
    }

    fn same_currency(&mut self, field: &str, what: &str, found: Currency, held: Currency) {
        if found != held {
            self.wrong(field, format!("the {what} holds {held}, so the amount must be in {held}"));
        }
    }

    fn destination(
        &mut self,
        new: &NewTransaction,
        leaves: Option<Money>,
    ) -> Option<(AccountId, Money)> {
        if new.kind != TransactionKind::Transfer {
            for (field, is_given) in
                [("to_account", new.to_account.is_some()), ("to_amount", new.to_amount.is_some())]
            {
                if is_given {
                    self.wrong(field, "only a transfer goes to another account");
                }
            }
            return None;
        }
        let Some(to) = new.to_account else {
            self.wrong("to_account", "a transfer needs the account that it goes to");
            return None;
        };
        if to == new.account {
            self.wrong("to_account", "a transfer goes to another account than it comes from");
            return None;
        }
        let holds = self.account("to_account", to);
        let typed = new.to_amount.as_ref().map(|typed| self.money("to_amount", typed));
        let arrives = self.arriving(leaves?, holds?, typed)?;
        Some((to, arrives))
    }

    fn arriving(
        &mut self,
        leaves: Money,
        holds: Currency,
        typed: Option<Option<Money>>,
    ) -> Option<Money> {
        let Some(typed) = typed else {
            if leaves.currency == holds {
                return Some(leaves);
            }
            self.wrong(
                "to_amount",
                format!("the accounts differ in currency: say how much {holds} arrives"),
            );
            return None;
        };
        let arrives = typed?;
        self.same_currency("to_amount.currency", "account", arrives.currency, holds);
        if arrives.minor <= 0 {
            self.wrong("to_amount.amount", "what arrives is above zero");
        } else if leaves.currency == arrives.currency && leaves != arrives {
            self.wrong(
                "to_amount.amount",
                format!("what arrives is what leaves, {leaves}; record a fee as an expense"),
            );
        }
        Some(arrives)
    }

    fn lines(&mut self, new: &NewTransaction, amount: Option<Money>) -> Option<Vec<Line>> {
        let sorts = matches!(new.kind, TransactionKind::Expense | TransactionKind::Income);
        if !sorts {
            for (field, is_given) in
                [("category", new.category.is_some()), ("lines", new.lines.is_some())]
            {
                if is_given {
                    self.wrong(field, "only expenses and incomes have categories");
                }
            }
            return Some(Vec::new());
        }
        match &new.lines {
            Some(_) if new.category.is_some() => {
                self.wrong("lines", "give a category or lines, not both");
                None
            }
            Some(lines) => self.split(lines, amount),
            None => {
                if let Some(category) = new.category {
                    self.category("category", category);
                }
                let line = |amount| Line { category: new.category, amount, note: String::new() };
                amount.map(|amount| vec![line(amount)])
            }
        }
    }

    fn split(&mut self, lines: &[NewLine], amount: Option<Money>) -> Option<Vec<Line>> {
        if lines.is_empty() || lines.len() > MOST_LINES {
            self.wrong("lines", format!("a split has 1 to {MOST_LINES} lines"));
            return None;
        }
        let parts: Vec<Option<Line>> =
            lines.iter().enumerate().map(|(n, line)| self.line(n, line, amount)).collect();
        let parts = parts.into_iter().collect::<Option<Vec<Line>>>()?;
        let amount = amount?;
        let sum: i128 = parts.iter().map(|line| i128::from(line.amount.minor)).sum();
        if sum != i128::from(amount.minor) {
            let missing = i64::try_from(i128::from(amount.minor) - sum).unwrap_or(i64::MAX);
            let missing = Money::new(missing, amount.currency);
            self.wrong("lines", format!("must add up to {amount}; {missing} is missing"));
        }
        Some(parts)
    }

    fn line(&mut self, n: usize, line: &NewLine, whole: Option<Money>) -> Option<Line> {
        let field = |name: &str| format!("lines[{n}].{name}");
        if let Some(category) = line.category {
            self.category(&field("category"), category);
        }
        self.text(&field("note"), &line.note, LONGEST_LINE_NOTE);
        let amount = self.money(&field("amount"), &line.amount)?;
        if amount.minor == 0 {
            self.wrong(&field("amount.amount"), "an amount is not zero");
        }
        if let Some(whole) = whole.filter(|whole| whole.currency != amount.currency) {
            let currency = whole.currency;
            let message = format!("the transaction is in {currency}, so its lines are too");
            self.wrong(&field("amount.currency"), message);
            return None;
        }
        Some(Line { category: line.category, amount, note: line.note.trim().to_owned() })
    }

    fn category(&mut self, field: &str, id: CategoryId) {
        let Some(category) = self.facts.categories.get(&id) else {
            self.wrong(field, "is no category of this book");
            return;
        };
        let is_kept = self
            .before
            .is_some_and(|before| before.lines.iter().any(|line| line.category == Some(id)));
        if category.archived && !is_kept {
            let message = format!("\"{}\" is archived; bring it back first", category.name);
            self.wrong(field, message);
        }
    }
}
