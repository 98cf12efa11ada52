//! Random changes, heard in every way that they can be heard, against a plain model of them.

use contracts::ledger::{
    AccountFacts, BookChanged, Line, Transaction, TransactionChange, TransactionKind,
    TransactionStatus, book_stream,
};
use model::{BookId, Currency, Day, Money, Period, PeriodKind, PersonId, Role};
use proptest::prelude::*;
use serde_json::{Value, json};
use service::testing::{Client, TestDeployment, on_each_database, person};
use service::{Consumer, Error, Verified};
use std::sync::Arc;
use store::{Place, Run};
use uuid::Uuid;

use super::SERVICES;
use super::ledger::{
    Plain, account, category, category_id, change, expense, facts, member, of_payee, payee, record,
};
use crate::reactions::{CONSUMER, Totals};
use crate::reporting::Wanted;
use crate::reporting::span::Span;
use crate::store::read_book;
use crate::totals::calendar;

const TODAY: &str = "2026-11-24";

/// An entry as a step draws it.
#[derive(Clone, Debug)]
struct Draft {
    income: bool,
    /// A transfer, which no report counts.
    transfer: bool,
    pending: bool,
    /// Counted back from some weeks after today.
    days_ago: i64,
    account: usize,
    payee: Option<u128>,
    lines: Vec<(Option<u128>, i64)>,
    author: usize,
}

#[derive(Clone, Debug)]
enum Step {
    Record(Vec<Draft>),
    Edit(usize, Draft),
    Remove(usize),
    MakePrivate {
        account: usize,
        private: bool,
    },
    Merge {
        payee: u128,
        into: Option<u128>,
    },
    Move {
        category: u128,
        parent: Option<u128>,
    },
    Calendar {
        week: i8,
        month: i8,
        year: i8,
    },
    /// A member looks, so that everything so far is followed.
    Look {
        member: usize,
    },
    /// A run of a few events is applied; it may die before the commit, and is delivered again.
    Deliver {
        events: usize,
        dies: bool,
    },
    Crash,
}

fn draft() -> impl Strategy<Value = Draft> {
    let line = (prop::option::of(1..=6_u128), -500..5_000_i64);
    let flags = (prop::bool::weighted(0.2), prop::bool::weighted(0.1), prop::bool::weighted(0.2));
    let place = (prop_oneof![3 => 0..120_i64, 1 => 0..1_200_i64], 0..4_usize);
    let parts = (prop::option::of(1..=5_u128), prop::collection::vec(line, 1..4), 0..3_usize);
    (flags, place, parts).prop_map(|(flags, place, parts)| Draft {
        income: flags.0,
        transfer: flags.1,
        pending: flags.2,
        days_ago: place.0 - 40,
        account: place.1,
        payee: parts.0,
        lines: parts.1,
        author: parts.2,
    })
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => prop::collection::vec(draft(), 1..2).prop_map(Step::Record),
        1 => prop::collection::vec(draft(), 1..40).prop_map(Step::Record),
        4 => (any::<usize>(), draft()).prop_map(|(at, draft)| Step::Edit(at, draft)),
        3 => any::<usize>().prop_map(Step::Remove),
        1 => (0..4_usize, any::<bool>())
            .prop_map(|(account, private)| Step::MakePrivate { account, private }),
        // A payee merges into a later one and a category lies in an earlier one: no circles.
        1 => (1..=5_u128, prop::option::of(1..=5_u128)).prop_map(|(payee, into)| Step::Merge {
            payee,
            into: into.filter(|into| *into > payee),
        }),
        1 => (1..=6_u128, prop::option::of(1..=6_u128)).prop_map(|(category, parent)| Step::Move {
            category,
            parent: parent.filter(|parent| *parent < category),
        }),
        1 => (1..=7_i8, 1..=28_i8, 1..=12_i8)
            .prop_map(|(week, month, year)| Step::Calendar { week, month, year }),
        2 => (0..4_usize).prop_map(|member| Step::Look { member }),
        4 => (1..6_usize, any::<bool>()).prop_map(|(events, dies)| Step::Deliver { events, dies }),
        1 => Just(Step::Crash),
    ]
}

/// A book, what was told of it, and who is in it: owner, editor, contributor and viewer.
struct World {
    deployment: TestDeployment,
    book: BookId,
    people: [PersonId; 4],
    plain: Plain,
}

impl World {
    async fn open(deployment: TestDeployment) -> World {
        let people = [person(), person(), person(), person()];
        let [owner, editor, contributor, viewer] = people;
        let mut opened = change(owner);
        opened.book = Some(facts());
        opened.members = vec![
            member(owner, Role::Owner),
            member(editor, Role::Editor),
            member(contributor, Role::Contributor),
            member(viewer, Role::Viewer),
        ];
        let dollars = account(3, Currency::USD);
        let held =
            AccountFacts { holder: Some(editor), private: true, ..account(4, Currency::EUR) };
        opened.accounts = vec![account(1, Currency::EUR), account(2, Currency::EUR), dollars, held];
        opened.categories = (1..=6).map(|n| category(n, (n > 3).then(|| n - 3))).collect();
        opened.payees = (1..=5).map(payee).collect();
        let (book, plain) = (BookId(Uuid::now_v7()), Plain::default());
        let mut world = World { deployment, book, people, plain };
        world.tell(opened).await;
        world
    }

    async fn tell(&mut self, change: BookChanged) {
        record(&self.deployment, self.book, &change).await;
        self.plain.take_in(&change);
    }

    fn entry(&self, draft: &Draft) -> Transaction {
        let account = &self.plain.accounts[draft.account];
        let day = Day::parse(TODAY).unwrap().plus_days(-draft.days_ago).to_string();
        let mut entry = expense(self.people[draft.author], account, &day, 0, None);
        let money = |minor| Money::new(minor, account.currency);
        entry.amount = money(draft.lines.iter().map(|(_, minor)| minor).sum());
        entry.kind = match (draft.transfer, draft.income) {
            (true, _) => TransactionKind::Transfer,
            (_, true) => TransactionKind::Income,
            _ => TransactionKind::Expense,
        };
        if draft.pending {
            entry.status = TransactionStatus::Pending;
        }
        let line = |(category, minor): &(Option<u128>, i64)| Line {
            category: category.map(category_id),
            amount: money(*minor),
            note: String::new(),
        };
        entry.lines = draft.lines.iter().map(line).collect();
        match draft.payee {
            Some(number) => of_payee(entry, &payee(number)),
            None => entry,
        }
    }

    async fn take(&mut self, step: &Step) {
        let mut told = change(self.people[0]);
        match step {
            Step::Record(drafts) => {
                let added = |after| TransactionChange { before: None, after: Some(after) };
                told.transactions = drafts.iter().map(|draft| added(self.entry(draft))).collect();
            }
            Step::Edit(at, draft) => {
                let Some(before) = self.pick(*at) else { return };
                let kept = (before.id, before.author, before.version + 1);
                let mut after = self.entry(draft);
                (after.id, after.author, after.version) = kept;
                told.transactions =
                    vec![TransactionChange { before: Some(before), after: Some(after) }];
            }
            Step::Remove(at) => {
                let Some(before) = self.pick(*at) else { return };
                told.transactions = vec![TransactionChange { before: Some(before), after: None }];
            }
            Step::MakePrivate { account, private } => {
                let known = self.plain.accounts[*account].clone();
                let holder = private.then_some(self.people[1]);
                told.accounts = vec![AccountFacts { private: *private, holder, ..known }];
            }
            Step::Merge { payee: number, into } => {
                let mut merged = payee(*number);
                merged.merged_into = into.map(|into| payee(into).id);
                told.payees = vec![merged];
            }
            Step::Move { category: number, parent } => {
                told.categories = vec![category(*number, *parent)];
            }
            Step::Calendar { week, month, year } => {
                let mut book = facts();
                (book.first_day_of_week, book.first_day_of_month) = (*week, *month);
                book.fiscal_year_start_month = *year;
                told.book = Some(book);
            }
            Step::Look { member } => {
                let path = format!("/api/v1/reporting/books/{}/dashboard", self.book);
                self.client(self.people[*member]).get(&path).await.expect(200);
                return;
            }
            Step::Deliver { events, dies } => return self.deliver(*events, *dies).await,
            Step::Crash => {
                let bus = bus::connect("embedded:").unwrap();
                return self.deployment.crash_and_restart(bus).await;
            }
        }
        self.tell(told).await;
    }

    fn pick(&self, at: usize) -> Option<Transaction> {
        let count = self.plain.entries.len();
        (count > 0).then(|| self.plain.entries[at % count].clone())
    }

    fn client(&self, person: PersonId) -> Client<'_> {
        self.deployment.client(person)
    }

    /// Applies a short run as a follower does, then delivers the same once more.
    async fn deliver(&self, events: usize, dies: bool) {
        let stream = book_stream(self.book);
        let db = self.deployment.database("reporting");
        let from = db.position(CONSUMER, &stream).await.unwrap();
        let after = from.map_or(0, |place| place.number);
        let ledger = self.deployment.database("ledger");
        let run = ledger.events_after(&stream, after, events as u64).await.unwrap().unwrap();
        if run.events.is_empty() {
            return;
        }
        assert_eq!(self.apply(from, &run, dies).await.is_err(), dies);
        // The first position is claimed by its insert, and a second one is told to begin anew.
        if !dies && from.is_some() {
            self.apply(from, &run, false).await.unwrap();
        }
    }

    async fn apply(&self, from: Option<Place>, run: &Run, dies: bool) -> Result<(), Error> {
        let (stream, run) = (book_stream(self.book), run.clone());
        let db = self.deployment.database("reporting");
        db.write(move |tx| {
            let (stream, run) = (stream.clone(), run.clone());
            async move {
                let to = Place { epoch: run.epoch, number: run.events.last().unwrap().number };
                if tx.move_position(CONSUMER, &stream, from, to).await? {
                    Totals.apply(&tx, &stream, &run.events).await?;
                }
                if dies { Err(Error::conflict("died before the commit")) } else { Ok(()) }
            }
        })
        .await
    }

    /// Everything that the tables hold of the book.
    async fn dump(&self) -> String {
        read_book(self.deployment.database("reporting"), self.book, async |reads| {
            let mut totals = reads.totals().await?;
            totals.sort_unstable_by_key(|(cell, _)| *cell);
            let (mut members, mut accounts) = (reads.members().await?, reads.accounts().await?);
            members.sort_unstable_by_key(|member| member.person);
            accounts.sort_unstable_by_key(|account| account.id);
            let (mut categories, mut payees) = (reads.categories().await?, reads.payees().await?);
            categories.sort_unstable_by_key(|category| category.id);
            payees.sort_unstable_by_key(|payee| payee.facts.id);
            let facts = (reads.book().await?, members, accounts, categories, payees);
            Ok::<_, Error>(format!("{facts:#?}\n{totals:#?}"))
        })
        .await
        .unwrap()
    }

    async fn replay(&self) {
        let stream = book_stream(self.book);
        let db = self.deployment.database("reporting");
        db.write(move |tx| {
            let stream = stream.clone();
            async move {
                tx.forget_position(CONSUMER, &stream).await?;
                Totals.forget(&tx, &stream).await
            }
        })
        .await
        .unwrap();
        self.deployment.settle().await;
    }

    async fn verify(&self) -> Vec<Verified> {
        let verifiers = self.deployment.deployment.verifiers();
        let (_, verifier) = verifiers.iter().find(|(name, _)| *name == "reporting").unwrap();
        verifier(Arc::new(|_, _| {})).await.unwrap()
    }

    /// Compares the reports of a member with what the plain model adds up to.
    async fn compare(&self, person: PersonId, wanted: Wanted, by: &str, within: Option<usize>) {
        let account = within.map(|at| self.plain.accounts[at].id);
        if account.is_some_and(|account| !self.plain.sees(person, account)) {
            let path = self.report_path(wanted, by, within);
            self.client(person).get(&path).await.expect(404);
            return;
        }
        let report =
            self.client(person).get(&self.report_path(wanted, by, within)).await.expect(200);
        let entries = self.plain.visible(person).into_iter();
        let entries = entries.filter(|entry| account.is_none_or(|a| entry.account == a));
        let sums = PlainSums { plain: &self.plain, entries: entries.collect(), by };
        let book = self.plain.book.as_ref().unwrap();
        let span = Span::of(wanted, calendar(book), Day::parse(TODAY).unwrap()).unwrap();
        let trail = span.trail(calendar(book));

        sums.expect(&report["totals"], None, span.elapsed, ["spent", "income"]);
        let previous = ["previous_spent", "previous_income"];
        sums.expect(&report["totals"], None, span.previous_elapsed, previous);
        for (period, shown) in trail[1..].iter().zip(report["trend"].as_array().unwrap()) {
            assert_eq!(shown["first"], json!(period.first));
            sums.expect(shown, None, *period, ["spent", "income"]);
        }
        let mut keys = Vec::new();
        for row in report["rows"].as_array().unwrap() {
            sums.expect(row, Some(&row["key"]), span.elapsed, ["spent", "income"]);
            sums.expect(row, Some(&row["key"]), span.previous_elapsed, previous);
            keys.push(row["key"].clone());
        }
        if by != "payee" {
            let all = Period { first: trail[0].first, last: span.whole.last };
            let mut expected = sums.keys(all);
            expected.sort_by_key(Value::to_string);
            keys.sort_by_key(Value::to_string);
            assert_eq!(keys, expected, "rows by {by}");
        }
    }

    fn report_path(&self, wanted: Wanted, by: &str, within: Option<usize>) -> String {
        let kind = serde_json::to_value(wanted.period.unwrap()).unwrap();
        let mut path = format!(
            "/api/v1/reporting/books/{}/report?by={by}&period={}",
            self.book,
            kind.as_str().unwrap()
        );
        for (name, day) in [("day", wanted.day), ("from", wanted.from), ("to", wanted.to)] {
            if let Some(day) = day {
                path.push_str(&format!("&{name}={day}"));
            }
        }
        if let Some(at) = within {
            path.push_str(&format!("&account={}", self.plain.accounts[at].id));
        }
        path
    }
}

/// Sums made by looking at every entry.
struct PlainSums<'a> {
    plain: &'a Plain,
    entries: Vec<&'a Transaction>,
    by: &'a str,
}

impl PlainSums<'_> {
    /// The parts of entries in euros, with the keys that each counts for.
    fn parts(&self, period: Period) -> Vec<(Vec<Value>, TransactionKind, i64)> {
        let counted = |entry: &&&Transaction| {
            period.contains(entry.day)
                && matches!(entry.kind, TransactionKind::Expense | TransactionKind::Income)
                && entry.amount.currency == Currency::EUR
        };
        self.entries.iter().filter(counted).flat_map(|entry| self.parts_of(entry)).collect()
    }

    fn parts_of(&self, entry: &Transaction) -> Vec<(Vec<Value>, TransactionKind, i64)> {
        let whole = |key: Value| vec![(vec![key], entry.kind, entry.amount.minor)];
        match self.by {
            "account" => whole(json!(entry.account)),
            "payee" => whole(json!(
                entry.payee.as_ref().map(|payee| self.plain.payee_after_merges(payee.id))
            )),
            _ => {
                let keys = |line: &Line| match line.category {
                    None => vec![Value::Null],
                    Some(id) => self.plain.lineage(id).iter().map(|id| json!(id)).collect(),
                };
                entry.lines.iter().map(|l| (keys(l), entry.kind, l.amount.minor)).collect()
            }
        }
    }

    fn keys(&self, period: Period) -> Vec<Value> {
        let mut keys: Vec<Value> = Vec::new();
        for key in self.parts(period).into_iter().flat_map(|(keys, _, _)| keys) {
            if !keys.contains(&key) {
                keys.push(key);
            }
        }
        keys
    }

    #[track_caller]
    fn expect(&self, shown: &Value, key: Option<&Value>, period: Period, names: [&str; 2]) {
        let parts = self.parts(period);
        let of = |wanted| {
            let matching = parts.iter().filter(|(keys, kind, _)| {
                *kind == wanted && key.is_none_or(|key| keys.contains(key))
            });
            matching.map(|(_, _, minor)| minor).sum()
        };
        let expected = [of(TransactionKind::Expense), of(TransactionKind::Income)];
        for (name, minor) in names.into_iter().zip(expected) {
            let money = Money::new(minor, Currency::EUR);
            assert_eq!(shown[name], json!(money), "{name} of {key:?} by {} in {period:?}", self.by);
        }
    }
}

fn wanted() -> impl Strategy<Value = Wanted> {
    let kind = prop_oneof![
        Just(PeriodKind::Week),
        Just(PeriodKind::Month),
        Just(PeriodKind::Year),
        Just(PeriodKind::Custom)
    ];
    let today = Day::parse(TODAY).unwrap();
    let ago = prop_oneof![1 => Just(0_i64), 2 => -60..900_i64];
    (kind, ago, 0..500_i64).prop_map(move |(kind, ago, length)| {
        let day = today.plus_days(-ago);
        let custom = (kind == PeriodKind::Custom).then_some(day);
        Wanted {
            period: Some(kind),
            day: custom.is_none().then_some(day),
            from: custom,
            to: custom.map(|day| day.plus_days(length)),
        }
    })
}

async fn run(deployment: TestDeployment, steps: &[Step], wanted: &[Wanted]) {
    let mut world = World::open(deployment).await;
    for step in steps {
        world.take(step).await;
    }
    world.deployment.settle().await;
    let live = world.dump().await;
    let verified = world.verify().await;
    assert_eq!(verified.len(), 1);
    assert_eq!(verified[0].differences, Vec::<String>::new());
    for person in world.people {
        for wanted in wanted {
            for by in ["category", "account", "payee"] {
                world.compare(person, *wanted, by, None).await;
            }
            world.compare(person, *wanted, "category", Some(0)).await;
            world.compare(person, *wanted, "payee", Some(3)).await;
        }
    }
    world.replay().await;
    assert!(world.dump().await == live, "a replay differs from what was counted live");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, max_shrink_iters: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn totals_are_those_of_a_plain_model(
        steps in prop::collection::vec(step(), 20..60),
        wanted in prop::collection::vec(wanted(), 3),
    ) {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(on_each_database(SERVICES, async |deployment| {
            run(deployment, &steps, &wanted).await;
        }));
    }
}
