//! Every route of a book answers the members whose role allows it, refuses all others, and changes
//! nothing when it refuses.

use std::time::Duration;

use client::{Client, Precondition};
use contracts::ledger::{ImportState, Member};
use model::{AccountId, BookId, ChangeId, ImportId, PersonId, Role};
use reqwest::Method;
use serde_json::{Value, json};
use service::{Clock, Rule};
use uuid::Uuid;

use crate::harness::{Data, Household, System, endpoints, inside};

/// What a route asks of the person who calls it.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Asks {
    /// To be a member of the book: it only shows what the member may see.
    Membership,
    /// This role or a higher one: it changes the book.
    Role(Role),
    /// Nothing: it is about the person alone, and has no book in it.
    Nobody,
}

const MEMBER: Asks = Asks::Membership;
const CONTRIBUTOR: Asks = Asks::Role(Role::Contributor);
const EDITOR: Asks = Asks::Role(Role::Editor);
const OWNER: Asks = Asks::Role(Role::Owner);

/// Every route that a person may call, under `/api/v1`. A new one needs its row here, and a change
/// of a book also its body in [`body`].
const ROUTES: &[(&str, &str, Asks)] = &[
    ("GET", "/auth/me", Asks::Nobody),
    ("POST", "/auth/password", Asks::Nobody),
    ("GET", "/auth/sessions", Asks::Nobody),
    ("DELETE", "/auth/sessions/{session}", Asks::Nobody),
    ("POST", "/auth/sign-out", Asks::Nobody),
    ("GET", "/ledger/books", Asks::Nobody),
    ("GET", "/ledger/books/{book}", MEMBER),
    ("PUT", "/ledger/books/{book}", OWNER),
    ("PATCH", "/ledger/books/{book}", OWNER),
    ("GET", "/ledger/books/{book}/accounts", MEMBER),
    ("POST", "/ledger/books/{book}/accounts", EDITOR),
    ("GET", "/ledger/books/{book}/accounts/{account}", MEMBER),
    ("PATCH", "/ledger/books/{book}/accounts/{account}", EDITOR),
    ("GET", "/ledger/books/{book}/categories", MEMBER),
    ("POST", "/ledger/books/{book}/categories", EDITOR),
    ("GET", "/ledger/books/{book}/categories/{category}", MEMBER),
    ("PATCH", "/ledger/books/{book}/categories/{category}", EDITOR),
    ("POST", "/ledger/books/{book}/changes/{change}/revert", CONTRIBUTOR),
    ("GET", "/ledger/books/{book}/imports", MEMBER),
    ("POST", "/ledger/books/{book}/imports", CONTRIBUTOR),
    ("GET", "/ledger/books/{book}/imports/{import}", MEMBER),
    ("PATCH", "/ledger/books/{book}/imports/{import}", CONTRIBUTOR),
    ("DELETE", "/ledger/books/{book}/imports/{import}", CONTRIBUTOR),
    ("POST", "/ledger/books/{book}/imports/{import}/commit", CONTRIBUTOR),
    ("POST", "/ledger/books/{book}/imports/{import}/revert", CONTRIBUTOR),
    ("GET", "/ledger/books/{book}/imports/{import}/rows", MEMBER),
    ("PATCH", "/ledger/books/{book}/imports/{import}/rows/{row}", CONTRIBUTOR),
    ("GET", "/ledger/books/{book}/payees", MEMBER),
    ("GET", "/ledger/books/{book}/payees/{payee}", MEMBER),
    ("PATCH", "/ledger/books/{book}/payees/{payee}", EDITOR),
    ("GET", "/ledger/books/{book}/suggestions", MEMBER),
    ("GET", "/ledger/books/{book}/transactions", MEMBER),
    ("POST", "/ledger/books/{book}/transactions", CONTRIBUTOR),
    ("GET", "/ledger/books/{book}/transactions/totals", MEMBER),
    ("GET", "/ledger/books/{book}/transactions/{transaction}", MEMBER),
    ("PUT", "/ledger/books/{book}/transactions/{transaction}", CONTRIBUTOR),
    ("DELETE", "/ledger/books/{book}/transactions/{transaction}", CONTRIBUTOR),
    ("GET", "/ledger/books/{book}/transactions/{transaction}/history", MEMBER),
    ("GET", "/reporting/books/{book}/dashboard", MEMBER),
    ("GET", "/reporting/books/{book}/report", MEMBER),
    ("GET", "/user/me", Asks::Nobody),
    ("PUT", "/user/me", Asks::Nobody),
    ("GET", "/web/live", Asks::Nobody),
];

/// A body with which a route does what it is for; each object of the book is at version 1.
fn body(method: &str, path: &str, book: &Shared) -> Option<String> {
    let rest = path.trim_start_matches("/ledger/books/{book}");
    let body = match (method, rest) {
        ("GET" | "DELETE", _) => return None,
        (_, "/imports") => return Some(STATEMENT.to_owned()),
        (
            _,
            "/changes/{change}/revert" | "/imports/{import}/commit" | "/imports/{import}/revert",
        ) => {
            return None;
        }
        ("PUT", "") => crate::harness::new_book(),
        ("PATCH", "") => json!({"name": "Other"}),
        (_, "/accounts") => json!({"name": "Giro", "kind": "checking", "currency": "EUR"}),
        (_, "/categories") => json!({"name": "Bees", "kind": "expense"}),
        ("PATCH", "/accounts/{account}" | "/categories/{category}" | "/payees/{payee}") => {
            json!({"name": "Other"})
        }
        (_, "/imports/{import}") => json!({"date_order": "ymd"}),
        (_, "/imports/{import}/rows/{row}") => json!({"decision": "skip"}),
        (_, "/transactions" | "/transactions/{transaction}") => book.expense("Cinema"),
        _ => panic!("{method} {path} changes a book; say here with which body"),
    };
    Some(body.to_string())
}

const STATEMENT: &str = "Date;Payee;Amount\n2026-01-17;Bookshop;-41,87\n2026-01-19;Zoo;-12,00\n";

/// The people of one book, and somebody who is not in it.
struct People {
    owner: (PersonId, Client),
    editor: (PersonId, Client),
    contributor: (PersonId, Client),
    viewer: (PersonId, Client),
    stranger: Client,
}

impl People {
    async fn new(system: &System) -> People {
        People {
            owner: system.person().await,
            editor: system.person().await,
            contributor: system.person().await,
            viewer: system.person().await,
            stranger: system.household().await.client,
        }
    }

    /// The members, the least first.
    fn members(&self) -> [(Role, &Client); 4] {
        [
            (Role::Viewer, &self.viewer.1),
            (Role::Contributor, &self.contributor.1),
            (Role::Editor, &self.editor.1),
            (Role::Owner, &self.owner.1),
        ]
    }

    /// Those of the members who have the least role that may do something, and those who may not.
    fn who_may(&self, least: Role) -> (&Client, Vec<&Client>) {
        let members = self.members();
        let at = members.iter().position(|(role, _)| *role == least).unwrap();
        (members[at].1, members[..at].iter().map(|(_, client)| *client).collect())
    }
}

/// A book that all of them share, with one of everything in it, entered by the contributor.
struct Shared {
    home: Household,
    category: String,
    /// The answer to the change that recorded an entry.
    entry: Value,
    import: Uuid,
}

impl Shared {
    async fn new(data: &Data, people: &People) -> Shared {
        let home = Household::new(people.owner.0, people.owner.1.clone()).await;
        for (role, person) in [
            (Role::Editor, people.editor.0),
            (Role::Contributor, people.contributor.0),
            (Role::Viewer, people.viewer.0),
        ] {
            join(data, &home, person, role).await;
        }
        let categories: Value = home.client.get(&home.path("ledger", "/categories")).await.unwrap();
        let category = categories["categories"][0]["id"].as_str().unwrap().to_owned();
        let contributor = &people.contributor.1;
        let cash: AccountId = home.cash.parse().unwrap();
        let import =
            contributor.upload_statement(BookId(home.book), cash, "a.csv", STATEMENT.into());
        let import = import.await.unwrap().id.0;
        let mut shared = Shared { home, category, entry: Value::Null, import };
        let path = shared.home.path("ledger", "/transactions");
        let (none, expense) = (Precondition::default(), shared.expense("Bakery"));
        shared.entry = contributor.send(Method::POST, &path, none, &expense).await.unwrap();
        shared
    }

    /// What has to be so before a route can do what it is for.
    async fn prepare(&self, path: &str, people: &People) {
        if path.ends_with("/imports/{import}/revert") {
            let (book, import) = (BookId(self.home.book), ImportId(self.import));
            people.contributor.1.commit_import(book, import).await.unwrap();
        }
        self.rest().await;
    }

    fn expense(&self, title: &str) -> Value {
        json!({
            "kind": "expense", "day": "2026-02-03", "title": title, "account": self.home.cash,
            "amount": {"amount": "3.50", "currency": "EUR"},
        })
    }

    /// A path with the ids of what is in the book.
    fn filled(&self, method: &str, path: &str) -> String {
        let text = |pointer: &str| self.entry.pointer(pointer).unwrap().as_str().unwrap();
        let filled = path
            .replace("{book}", &self.home.book.to_string())
            .replace("{account}", &self.home.cash)
            .replace("{category}", &self.category)
            .replace("{payee}", text("/transaction/payee/id"))
            .replace("{transaction}", text("/transaction/id"))
            .replace("{change}", text("/change"))
            .replace("{import}", &self.import.to_string())
            .replace("{row}", "1");
        let query = match (method, path.rsplit('/').next().unwrap()) {
            ("GET", "suggestions") => "?q=bak".to_owned(),
            ("POST", "imports") => format!("?account={}&name=b.csv", self.home.cash),
            _ => String::new(),
        };
        format!("/api/v1{filled}{query}")
    }

    /// Sends what would do it, if it were let in.
    async fn ask(&self, client: &Client, method: &str, path: &str) -> (u16, String) {
        // What needs none of the two leaves it unread.
        let precondition =
            Precondition { version: Some(1), change: Some(ChangeId(Uuid::now_v7())) };
        let body = body(method, path, self);
        let method: Method = method.parse().unwrap();
        let path = self.filled(method.as_str(), path);
        client.raw(method, &path, precondition, body.as_deref()).await.unwrap()
    }

    /// Waits until an import stands still and the reports have all that happened.
    async fn rest(&self) {
        let book = BookId(self.home.book);
        let moves = [ImportState::Reading, ImportState::Importing, ImportState::TakingBack];
        let mut waits = tokio::time::interval(Duration::from_millis(20));
        loop {
            waits.tick().await;
            let imports = self.home.client.imports(book).await.unwrap().imports;
            if !imports.iter().any(|import| moves.contains(&import.state)) {
                break;
            }
        }
        let number = self.number().await;
        self.home.dashboard(&format!("&at_least={number}")).await;
    }

    async fn number(&self) -> i64 {
        let book: Value = self.home.client.get(&self.home.path("ledger", "")).await.unwrap();
        book["number"].as_i64().unwrap()
    }
}

async fn join(data: &Data, home: &Household, person: PersonId, role: Role) {
    let member = Member { person, name: role.as_str().to_owned(), role, former: false };
    let (ledger, now) = (data.database("ledger"), Clock::System.now());
    let joined = ledger::testing::member_join(ledger, BookId(home.book), home.person, member, now);
    joined.await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn every_route_of_a_person_has_its_row() {
    let endpoints = endpoints().await;
    let routes = endpoints.iter().filter(|endpoint| endpoint.rule == Rule::Person);
    let mut found: Vec<(&str, &str)> =
        routes.map(|route| (route.method, route.path.trim_start_matches("/api/v1"))).collect();
    let mut listed: Vec<(&str, &str)> =
        ROUTES.iter().map(|(method, path, _)| (*method, *path)).collect();
    found.sort_unstable();
    listed.sort_unstable();
    assert_eq!(found, listed);
    for (method, path, asks) in ROUTES {
        let is_of_a_book = path.contains("{book}");
        assert_eq!(*asks == Asks::Nobody, !is_of_a_book, "{method} {path}");
        let changes_a_book = is_of_a_book && *method != "GET";
        assert_eq!(matches!(asks, Asks::Role(_)), changes_a_book, "{method} {path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_member_may_read_and_nobody_else() {
    inside("it reads the databases", |system| async move {
        let (people, data) = (People::new(&system).await, system.data().await);
        let book = Shared::new(&data, &people).await;
        book.rest().await;
        for (method, path, _) in ROUTES.iter().filter(|(.., asks)| *asks == Asks::Membership) {
            for (role, client) in people.members() {
                let (status, text) = book.ask(client, method, path).await;
                assert_eq!(status, 200, "{} {method} {path}: {text}", role.as_str());
            }
            let (status, text) = book.ask(&people.stranger, method, path).await;
            assert_eq!(status, 404, "{method} {path}: {text}");
            assert!(!text.contains("Brandt"), "{method} {path}: {text}");
        }
        data.close().await;
        system
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_change_a_book_is_refused_and_nothing_changes() {
    inside("it reads the databases", |system| async move {
        let (people, data) = (People::new(&system).await, system.data().await);
        for (method, path, asks) in ROUTES {
            let Asks::Role(least) = asks else { continue };
            refused_below(&data, &people, method, path, *least).await;
        }
        data.close().await;
        system
    })
    .await;
}

/// The very request that changes a book for somebody with the least role that may is refused to
/// those below it, and to strangers.
async fn refused_below(data: &Data, people: &People, method: &str, path: &str, least: Role) {
    let book = Shared::new(data, people).await;
    book.prepare(path, people).await;
    let (before, number) = (data.dump().await, book.number().await);
    let (may, may_not) = people.who_may(least);
    assert!(!may_not.is_empty(), "viewers change nothing: {method} {path}");
    for client in may_not {
        let (status, text) = book.ask(client, method, path).await;
        let problem: Value = serde_json::from_str(&text).unwrap();
        assert_eq!((status, &problem["status"]), (403, &json!(403)), "{method} {path}: {text}");
        assert!(!problem["detail"].as_str().unwrap().is_empty(), "{method} {path}: {text}");
    }
    let (status, text) = book.ask(&people.stranger, method, path).await;
    let is_new_book = (method, path) == ("PUT", "/ledger/books/{book}");
    assert_eq!(status, if is_new_book { 409 } else { 404 }, "{method} {path}: {text}");
    assert!(!text.contains("Brandt"), "{method} {path}: {text}");
    assert_eq!(book.number().await, number, "{method} {path} took a number");
    assert!(data.dump().await == before, "{method} {path} was refused and changed something");

    let (status, text) = book.ask(may, method, path).await;
    assert!((200..300).contains(&status), "{} {method} {path}: {status} {text}", least.as_str());
    // To make a book again changes nothing.
    assert!(is_new_book || data.dump().await != before, "{method} {path} changed nothing");
    book.rest().await;
}
