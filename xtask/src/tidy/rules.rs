//! The rules, one readable list, and the exceptions that are made, each with its reason.

use std::collections::BTreeSet;

use super::Findings;
use super::manifest::Manifest;
use super::source::contains_word;
use super::tree::{Tree, extension};

pub struct Rule {
    pub name: &'static str,
    pub why: &'static str,
    pub instead: &'static str,
    pub check: fn(&Tree, &mut Findings),
}

pub const RULES: &[Rule] = &[
    Rule {
        name: "crates depend downwards only",
        why: "app → services → service → contracts, store, bus, queue, cache, files → model: a service that \
              knows another, or a store that knows a contract, can't be moved or understood alone.",
        instead: "services hear each other's events and ask through the thin clients in `contracts`; \
                  what two crates need goes into the layer below both.",
        check: layers,
    },
    Rule {
        name: "only `app` connects back ends",
        why: "which engine is behind a URL is decided once, at start; a service never asks.",
        instead: "take the handle from `Context`; tests get theirs from `service`'s test support.",
        check: connecting,
    },
    Rule {
        name: "HTTP stays at the edge",
        why: "an operation that knows no HTTP can be called by a test, a job and a command alike.",
        instead: "use axum in a service's `http.rs` (or its folder `http/`), or where all routes meet: \
                  `service`, `gateway`, `web`, `app`; and hand the operation types of the field.",
        check: http_at_the_edge,
    },
    Rule {
        name: "SQL stays in the store",
        why: "three databases have traps that are avoided in one place, not in every operation.",
        instead: "put the query into `store.rs` (or its folder `store/`), named resource then verb.",
        check: sql_in_the_store,
    },
    Rule {
        name: "a client library stays in its crate",
        why: "Kafka, RabbitMQ and Redis are choices of the operator; nothing but the crate that wraps \
              one may know that it is there.",
        instead: "use the handle of `bus`, `queue` or `cache`.",
        check: clients_in_their_crate,
    },
    Rule {
        name: "services are built alike",
        why: "knowing one service is then knowing all of them.",
        instead: "give it lib.rs, http.rs and tests.rs, and if it has a database <name>.rs and \
                  store.rs; a file that outgrows itself becomes a folder of the same name.",
        check: same_files,
    },
    Rule {
        name: "time and ids come from the context",
        why: "a test sets the clock and counts the ids; a replay gives the same bytes.",
        instead: "use the clock and the ids of `Context`.",
        check: clock,
    },
    Rule {
        name: "files stay short",
        why: "a file is read from its beginning; past 900 lines nobody does.",
        instead: "make it a folder of modules, by what changes together.",
        check: length,
    },
    Rule {
        name: "nothing is left for later",
        why: "what is merged is finished: a reader can't tell a plan from a defect, and a test that is \
              switched off proves nothing.",
        instead: "finish it, delete it, or write an issue.",
        check: unfinished,
    },
    Rule {
        name: "one sentence first",
        why: "whoever opens a file learns what it is for before how.",
        instead: "open it with `//! ` and one sentence; if it needs \"and\", look for two things.",
        check: first_sentence,
    },
    Rule {
        name: "versions are said once",
        why: "two crates with two versions of one library build it twice and disagree about its types.",
        instead: "put the version into the root's [workspace.dependencies] and `name.workspace = true` \
                  into the crate.",
        check: versions,
    },
    Rule {
        name: "dependencies are used",
        why: "each one costs build time and trust.",
        instead: "remove the line.",
        check: unused_dependencies,
    },
    Rule {
        name: "every crate has the workspace's lints",
        why: "a crate without them may use unsafe code and floats near money.",
        instead: "add `[lints]` with `workspace = true`.",
        check: lints,
    },
    Rule {
        name: "tests do not sleep",
        why: "a sleep is too short on a slow machine and too long on every other.",
        instead: "wait for what should happen: `settle()` in Rust, an expectation that retries in the \
                  browser.",
        check: sleeping_tests,
    },
];

/// A finding that is meant: of this rule, in this file, with this in its description.
pub struct Allowed {
    pub rule: &'static str,
    pub path: &'static str,
    pub what: &'static str,
    /// For the reader of this list.
    #[expect(dead_code, reason = "read by people, here")]
    pub reason: &'static str,
}

pub const ALLOWED: &[Allowed] = &[
    Allowed {
        rule: "SQL stays in the store",
        path: "crates/service/src/tests.rs",
        what: "sea_orm",
        reason: "the frame's tests have a small service of their own, whole in one file",
    },
    Allowed {
        rule: "tests do not sleep",
        path: "crates/gateway/tests/runner/service.rs",
        what: "sleep",
        reason: "a recorded service that takes its time is what is tested, not a wait for something",
    },
];

/// Which crates of the workspace a crate may use. One that is not named here is a service.
const MAY_USE: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("statements", &["model"]),
    ("contracts", &["model"]),
    ("store", &["model"]),
    ("bus", &["model"]),
    // The embedded queue is the service's own job table.
    ("queue", &["model", "store"]),
    ("cache", &["model"]),
    ("files", &["model"]),
    ("service", &["model", "contracts", "store", "bus", "queue", "cache", "files"]),
    // Its counters are shared by replicas through the cache.
    ("gateway", &["model", "contracts", "service", "cache"]),
    // The live stream passes on what the bus says.
    ("web", &["model", "contracts", "service", "bus"]),
    // Talks to a running server, as anyone could.
    ("client", &["model", "contracts"]),
    ("bench", &["model", "contracts", "client"]),
    ("xtask", &[]),
];
const SERVICE_MAY_USE: &[&str] = &["model", "statements", "contracts", "service", "store"];
/// A test of an engine may kill a server of its own.
const TESTS_MAY_USE: &[&str] = &["xtask"];
/// A test of a service also sees what a bad bus does to it.
const SERVICE_TESTS_MAY_USE: &[&str] = &["bus"];
const APP: &str = "app";
/// Runs a file of routes and answers no path of its own.
const GATEWAY: &str = "gateway";

/// The crates below and above the services; all others under `crates/` are services.
const NOT_SERVICES: &[&str] = &[
    "client",
    "app",
    "model",
    "statements",
    "contracts",
    "store",
    "bus",
    "queue",
    "cache",
    "files",
    "service",
];

/// A crate that only one of ours may name.
const CLIENTS: &[(&str, &str)] = &[("rdkafka", "bus"), ("lapin", "queue"), ("redis", "cache")];

/// What time it is, by the machine.
const WALL_CLOCKS: &[&str] =
    &["SystemTime::now", "Timestamp::now", "Zoned::now", "Utc::now", "Local::now", "Uuid::now_v7"];
/// Where the real clock is made, or where nothing is replayed.
const CLOCK_OWNERS: &[&str] = &["crates/service/src/clock.rs", "crates/app/", "bench/", "xtask/"];
/// Good for a time limit or a random mark, and so fine in what has no state; not in a service.
const NOT_REPEATABLE: &[&str] = &["Instant::now", "Uuid::new_v4"];

const LENGTH_LIMIT: usize = 900;

fn layers(tree: &Tree, found: &mut Findings) {
    let ours = workspace_crates(tree);
    for (folder, manifest) in tree.crates() {
        let name = last(folder);
        if name == APP {
            continue;
        }
        let allowed = MAY_USE
            .iter()
            .find(|(of, _)| *of == name)
            .map_or(SERVICE_MAY_USE, |(_, allowed)| *allowed);
        for dependency in &manifest.dependencies {
            // A crate may name itself, to switch on its own test support.
            let is_other = ours.contains(dependency.name.as_str()) && dependency.name != name;
            let for_tests: &[&str] =
                if is_service(folder) { SERVICE_TESTS_MAY_USE } else { TESTS_MAY_USE };
            let is_allowed = allowed.contains(&dependency.name.as_str())
                || dependency.is_for_tests && for_tests.contains(&dependency.name.as_str());
            if is_other && !is_allowed {
                let what = format!(
                    "`{name}` depends on `{}`; it may use: {}",
                    dependency.name,
                    if allowed.is_empty() {
                        "no crate of this workspace".into()
                    } else {
                        allowed.join(", ")
                    },
                );
                found.add(&format!("{folder}/Cargo.toml"), dependency.line, what);
            }
        }
    }
}

fn connecting(tree: &Tree, found: &mut Findings) {
    for folder in crate_folders(tree) {
        if matches!(last(folder), "app" | "service" | "store" | "bus" | "queue" | "cache" | "files")
        {
            continue;
        }
        for handle in ["store", "bus", "queue", "cache", "files"] {
            let connect = format!("{handle}::connect");
            // A test may give a deployment another bus.
            report_mentions(tree, folder, &connect, found, |path| !is_rust_test(path));
        }
    }
}

fn http_at_the_edge(tree: &Tree, found: &mut Findings) {
    for folder in crate_folders(tree) {
        if matches!(last(folder), "service" | "gateway" | "web" | APP) {
            continue;
        }
        // A test may play the part of another service.
        let is_wrong = |path: &str| !is_file_or_folder(path, "http") && !is_rust_test(path);
        report_mentions(tree, folder, "axum", found, is_wrong);
    }
}

fn sql_in_the_store(tree: &Tree, found: &mut Findings) {
    for folder in crate_folders(tree).filter(|folder| last(folder) != "store") {
        for library in ["sea_orm", "sqlx", "sea_query"] {
            report_mentions(tree, folder, library, found, |path| !is_file_or_folder(path, "store"));
        }
    }
}

fn clients_in_their_crate(tree: &Tree, found: &mut Findings) {
    for (folder, manifest) in tree.crates() {
        for (client, owner) in CLIENTS.iter().filter(|(_, owner)| last(folder) != *owner) {
            for dependency in manifest.dependencies.iter().filter(|it| it.name == *client) {
                let what = format!("`{client}` belongs to `{owner}`");
                found.add(&format!("{folder}/Cargo.toml"), dependency.line, what);
            }
        }
    }
}

fn same_files(tree: &Tree, found: &mut Findings) {
    for (folder, manifest) in tree.crates().filter(|(folder, _)| is_service(folder)) {
        let name = last(folder);
        let wanted: &[&str] = match name {
            GATEWAY => &["lib"],
            _ if has_database(manifest) => &["lib", name, "http", "store", "tests"],
            _ => &["lib", "http", "tests"],
        };
        for part in wanted {
            let in_file = format!("{folder}/src/{part}.rs");
            let in_folder = format!("{folder}/src/{part}/mod.rs");
            if !tree.rust.contains_key(&in_file) && !tree.rust.contains_key(&in_folder) {
                found.add(&in_file, 0, "the service has no such file");
            }
        }
    }
}

fn clock(tree: &Tree, found: &mut Findings) {
    let is_owner = |path: &str| CLOCK_OWNERS.iter().any(|owner| path.starts_with(owner));
    for (folder, manifest) in tree.crates() {
        let mut words = WALL_CLOCKS.to_vec();
        if is_service(folder) && has_database(manifest) {
            words.extend(NOT_REPEATABLE);
        }
        for word in words {
            for (path, source) in tree.rust_in(folder).filter(|(path, _)| !is_owner(path)) {
                let in_code = |line: &usize| !is_rust_test(path) && !source.is_test_line(*line);
                for line in source.mentions(word).filter(in_code) {
                    found.add(path, line, format!("`{word}`"));
                }
            }
        }
    }
}

fn length(tree: &Tree, found: &mut Findings) {
    let rust = tree.rust.iter().map(|(path, source)| (path, source.code.len()));
    let web = tree.web.iter().map(|(path, text)| (path, text.lines().count()));
    for (path, lines) in rust.chain(web).filter(|(_, lines)| *lines > LENGTH_LIMIT) {
        if !is_generated(path) {
            found.add(path, 0, format!("{lines} lines"));
        }
    }
}

fn unfinished(tree: &Tree, found: &mut Findings) {
    const IN_COMMENTS: &[&str] = &["TODO", "FIXME", "XXX"];
    const IN_CODE: &[&str] = &["todo!", "unimplemented!", "#[ignore"];
    const IN_WEB_TESTS: &[&str] = &[".skip(", ".only(", ".fixme(", ".todo("];
    for (path, source) in &tree.rust {
        for (index, (code, comment)) in source.code.iter().zip(&source.comments).enumerate() {
            let in_comment = IN_COMMENTS.iter().find(|word| contains_word(comment, word));
            let in_code = IN_CODE.iter().find(|word| code.contains(**word));
            if let Some(word) = in_comment.or(in_code) {
                found.add(path, index + 1, *word);
            }
        }
    }
    for (path, text) in tree.web.iter().filter(|(path, _)| !is_generated(path)) {
        for (index, line) in text.lines().enumerate() {
            let word = IN_COMMENTS.iter().find(|word| contains_word(line, word));
            let switch =
                IN_WEB_TESTS.iter().find(|call| is_web_test(path) && line.contains(**call));
            if let Some(word) = word.or(switch) {
                found.add(path, index + 1, *word);
            }
        }
    }
}

fn first_sentence(tree: &Tree, found: &mut Findings) {
    for (path, _) in tree.rust.iter().filter(|(_, source)| !source.opens_with_sentence) {
        found.add(path, 1, "does not open with a `//! ` sentence");
    }
}

fn versions(tree: &Tree, found: &mut Findings) {
    for (folder, manifest) in tree.crates() {
        for dependency in manifest.dependencies.iter().filter(|dependency| !dependency.is_inherited)
        {
            let what = format!("`{}` does not say `workspace = true` alone", dependency.name);
            found.add(&format!("{folder}/Cargo.toml"), dependency.line, what);
        }
    }
}

fn unused_dependencies(tree: &Tree, found: &mut Findings) {
    let mut used = BTreeSet::new();
    for (folder, manifest) in tree.crates() {
        for dependency in &manifest.dependencies {
            used.insert(dependency.name.as_str());
            let name = dependency.name.replace('-', "_");
            // A crate that names itself switches on its own test support.
            let is_itself = dependency.name == last(folder);
            if !is_itself
                && !tree.rust_in(folder).any(|(_, source)| source.mentions(&name).next().is_some())
            {
                let what = format!("no file of the crate names `{}`", dependency.name);
                found.add(&format!("{folder}/Cargo.toml"), dependency.line, what);
            }
        }
    }
    let Some(root) = tree.manifests.get("Cargo.toml") else { return };
    for dependency in &root.workspace_dependencies {
        if !used.contains(dependency.name.as_str()) {
            let what = format!("no crate depends on `{}`", dependency.name);
            found.add("Cargo.toml", dependency.line, what);
        }
    }
}

fn lints(tree: &Tree, found: &mut Findings) {
    for (folder, _) in tree.crates().filter(|(_, manifest)| !manifest.inherits_lints) {
        found.add(&format!("{folder}/Cargo.toml"), 0, "does not inherit the lints");
    }
}

fn sleeping_tests(tree: &Tree, found: &mut Findings) {
    for (path, source) in &tree.rust {
        let is_test = |line: usize| is_rust_test(path) || source.is_test_line(line);
        for line in source.mentions("sleep").filter(|line| is_test(*line)) {
            found.add(path, line, "sleep");
        }
    }
    for (path, text) in tree.web.iter().filter(|(path, _)| is_web_test(path)) {
        for (index, line) in text.lines().enumerate() {
            // How long a test may take is not a pause.
            let line = line.replace("test.setTimeout", "");
            let pauses = ["waitForTimeout", "setTimeout"];
            if let Some(call) = pauses.iter().find(|call| contains_word(&line, call)) {
                found.add(path, index + 1, *call);
            }
        }
    }
}

/// Adds a finding for each mention of `word` in a crate's code where `is_wrong(path)`.
fn report_mentions(
    tree: &Tree,
    folder: &str,
    word: &str,
    found: &mut Findings,
    is_wrong: impl Fn(&str) -> bool,
) {
    for (path, source) in tree.rust_in(folder).filter(|(path, _)| is_wrong(path)) {
        for line in source.mentions(word) {
            found.add(path, line, format!("`{word}`"));
        }
    }
}

fn crate_folders(tree: &Tree) -> impl Iterator<Item = &str> {
    tree.crates().map(|(folder, _)| folder)
}

/// The names by which crates of this workspace depend on each other.
fn workspace_crates(tree: &Tree) -> BTreeSet<&str> {
    let root = tree.manifests.get("Cargo.toml");
    root.into_iter()
        .flat_map(|root| &root.workspace_dependencies)
        .filter(|dependency| dependency.path.is_some())
        .map(|dependency| dependency.name.as_str())
        .collect()
}

fn is_service(folder: &str) -> bool {
    folder.starts_with("crates/") && !NOT_SERVICES.contains(&last(folder))
}

fn has_database(manifest: &Manifest) -> bool {
    manifest.dependencies.iter().any(|dependency| dependency.name == "store")
}

/// `…/http.rs` or anything under `…/http/`.
fn is_file_or_folder(path: &str, name: &str) -> bool {
    path.ends_with(&format!("/{name}.rs")) || path.contains(&format!("/{name}/"))
}

fn is_rust_test(path: &str) -> bool {
    path.ends_with("/tests.rs") || path.ends_with("/testing.rs") || path.contains("/tests/")
}

fn is_web_test(path: &str) -> bool {
    path.contains("/e2e/") || path.contains(".test.") || path.contains(".spec.")
}

/// Files that a generator writes; `xtask/src/generate.rs` has the list.
fn is_generated(path: &str) -> bool {
    path.ends_with("/generated.ts") && extension(path) == "ts"
}

fn last(folder: &str) -> &str {
    folder.rsplit('/').next().unwrap_or(folder)
}
