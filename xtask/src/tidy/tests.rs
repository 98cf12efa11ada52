//! Each rule, shown to fire on a small tree and to be quiet on one that keeps it.

use super::rules::{ALLOWED, Allowed, RULES};
use super::tree::Tree;
use super::{check, report};

const ROOT: &str = r#"
[workspace.dependencies]
bus = { path = "crates/bus" }
contracts = { path = "crates/contracts" }
ledger = { path = "crates/ledger" }
model = { path = "crates/model" }
reporting = { path = "crates/reporting" }
service = { path = "crates/service" }
store = { path = "crates/store" }
axum = "0.8"
sea-orm = "2"
"#;

const TIDY: &[(&str, &str)] = &[
    ("Cargo.toml", ROOT),
    ("crates/bus/Cargo.toml", "[lints]\nworkspace = true\n"),
    (
        "crates/contracts/Cargo.toml",
        "[dependencies]\nmodel.workspace = true\n[lints]\nworkspace = true\n",
    ),
    ("crates/contracts/src/lib.rs", "//! What crosses boundaries.\nuse model::Money;\n"),
    ("crates/model/Cargo.toml", "[lints]\nworkspace = true\n"),
    (
        "crates/service/Cargo.toml",
        "[dependencies]\naxum.workspace = true\nbus.workspace = true\ncontracts.workspace = true\nstore.workspace = true\n[lints]\nworkspace = true\n",
    ),
    (
        "crates/service/src/lib.rs",
        "//! The frame of services.\nuse {axum, bus, contracts, store};\nfn a() { bus::connect(); }\n",
    ),
    (
        "crates/service/src/clock.rs",
        "//! The clock that services ask.\nfn now() { Timestamp::now(); }\n",
    ),
    (
        "crates/store/Cargo.toml",
        "[dependencies]\nsea-orm.workspace = true\n[lints]\nworkspace = true\n",
    ),
    ("crates/store/src/lib.rs", "//! One way to three databases.\nuse sea_orm::Value;\n"),
    (
        "crates/ledger/Cargo.toml",
        "[dependencies]\naxum.workspace = true\nsea-orm.workspace = true\nservice.workspace = true\nstore.workspace = true\n[lints]\nworkspace = true\n",
    ),
    ("crates/ledger/src/lib.rs", "//! Books and their journal.\nuse service::Service;\n"),
    ("crates/ledger/src/ledger.rs", "//! The operations of books.\n// axum stays out of here\n"),
    ("crates/ledger/src/http.rs", "//! Routes to operations.\nuse axum::Router;\n"),
    (
        "crates/ledger/src/store.rs",
        "//! Queries of the ledger.\nuse {sea_orm::Value, store::Tx};\n",
    ),
    ("crates/ledger/src/tests.rs", "//! The service alone.\n"),
    ("crates/reporting/Cargo.toml", "[lints]\nworkspace = true\n"),
    ("crates/reporting/src/lib.rs", "//! Projections and reports.\n"),
    ("crates/reporting/src/reporting.rs", "//! The operations of reports.\n"),
    ("crates/reporting/src/http.rs", "//! Routes to operations.\n"),
    ("crates/reporting/src/tests.rs", "//! The service alone.\n"),
    (
        "crates/app/Cargo.toml",
        "[dependencies]\nledger.workspace = true\nreporting.workspace = true\n[lints]\nworkspace = true\n",
    ),
    (
        "crates/app/src/main.rs",
        "//! The one list of services.\nuse {ledger, reporting};\nfn a() { store::connect(); }\n",
    ),
    ("web/e2e/first.spec.ts", "test('sign up', async () => {});\n"),
];

/// What is found when these files are put over the tidy tree, as `rule: path:line: what`.
fn found(changed: &[(&str, &str)]) -> Vec<String> {
    found_with(changed, &[])
}

fn found_with(changed: &[(&str, &str)], allowed: &[Allowed]) -> Vec<String> {
    let kept = TIDY.iter().filter(|(path, _)| !changed.iter().any(|(other, _)| other == path));
    let files = kept.chain(changed).filter(|(_, text)| !text.is_empty());
    let files = files.map(|(path, text)| ((*path).to_owned(), (*text).to_owned()));
    let tree = Tree::of_files(files).unwrap();
    check(&tree, RULES, allowed)
        .into_iter()
        .map(|finding| {
            format!("{}: {}:{}: {}", finding.rule, finding.path, finding.line, finding.what)
        })
        .collect()
}

#[test]
fn a_tidy_tree_is_quiet() {
    assert_eq!(found(&[]), [""; 0]);
}

#[test]
fn a_service_may_not_depend_on_another() {
    let manifest = "[dependencies]\nledger.workspace = true\n[lints]\nworkspace = true\n";
    let code = "//! Projections and reports.\nuse ledger::Book;\n";
    assert_eq!(
        found(&[("crates/reporting/Cargo.toml", manifest), ("crates/reporting/src/lib.rs", code)]),
        ["crates depend downwards only: crates/reporting/Cargo.toml:2: `reporting` depends on \
          `ledger`; it may use: model, statements, contracts, service, store"]
    );
}

#[test]
fn the_store_knows_no_contract_not_even_in_its_tests() {
    let manifest = "[dependencies]\nsea-orm.workspace = true\n[dev-dependencies]\n\
                    contracts.workspace = true\n[lints]\nworkspace = true\n";
    let code = "//! One way to three databases.\nuse {contracts, sea_orm};\n";
    assert_eq!(
        found(&[("crates/store/Cargo.toml", manifest), ("crates/store/src/lib.rs", code)]),
        ["crates depend downwards only: crates/store/Cargo.toml:4: `store` depends on \
          `contracts`; it may use: model"]
    );
}

#[test]
fn the_tests_of_a_service_may_use_the_bus_and_play_another_service() {
    let manifest = "[dependencies]\n[dev-dependencies]\nbus.workspace = true\naxum.workspace = true\n\
                    [lints]\nworkspace = true\n";
    let test = "//! The service alone.\nuse axum::Router;\nfn a() { bus::connect(); }\n";
    let files =
        [("crates/reporting/Cargo.toml", manifest), ("crates/reporting/src/tests.rs", test)];
    assert_eq!(found(&files), [""; 0]);
    let outside_tests = manifest.replace("[dev-dependencies]\n", "");
    let files = [("crates/reporting/Cargo.toml", outside_tests.as_str()), files[1]];
    assert_eq!(
        found(&files),
        ["crates depend downwards only: crates/reporting/Cargo.toml:2: `reporting` depends on \
          `bus`; it may use: model, statements, contracts, service, store"]
    );
}

#[test]
fn a_service_does_not_connect() {
    let code = "//! The operations of books.\nfn a() { bus::connect(\"embedded:\"); }\n";
    assert_eq!(
        found(&[("crates/ledger/src/ledger.rs", code)]),
        ["only `app` connects back ends: crates/ledger/src/ledger.rs:2: `bus::connect`"]
    );
}

#[test]
fn axum_is_for_http_rs() {
    let code = "//! The operations of books.\nuse axum::Json;\n";
    assert_eq!(
        found(&[("crates/ledger/src/ledger.rs", code)]),
        ["HTTP stays at the edge: crates/ledger/src/ledger.rs:2: `axum`"]
    );
    let routes = "//! Routes of imports.\nuse axum::Router;\n";
    assert_eq!(found(&[("crates/ledger/src/http/imports.rs", routes)]), [""; 0]);
}

#[test]
fn seaorm_is_for_store_rs() {
    let code = "//! The operations of books.\nfn a() { sea_orm::Value::from(1); }\n";
    assert_eq!(
        found(&[("crates/ledger/src/ledger.rs", code)]),
        ["SQL stays in the store: crates/ledger/src/ledger.rs:2: `sea_orm`"]
    );
    let queries = "//! Queries of imports.\nuse sea_orm::Value;\n";
    assert_eq!(found(&[("crates/ledger/src/store/imports.rs", queries)]), [""; 0]);
}

#[test]
fn redis_is_for_the_cache() {
    let root = format!("{ROOT}redis = \"1\"\n");
    let manifest = "[dependencies]\nredis.workspace = true\n[lints]\nworkspace = true\n";
    let code = "//! Projections and reports.\nuse redis::Client;\n";
    assert_eq!(
        found(&[
            ("Cargo.toml", &root),
            ("crates/reporting/Cargo.toml", manifest),
            ("crates/reporting/src/lib.rs", code)
        ]),
        ["a client library stays in its crate: crates/reporting/Cargo.toml:2: `redis` belongs to \
          `cache`"]
    );
}

#[test]
fn every_service_has_the_same_files() {
    assert_eq!(
        found(&[("crates/ledger/src/store.rs", ""), ("crates/reporting/src/http.rs", "")])
            .iter()
            .filter(|line| line.starts_with("services"))
            .collect::<Vec<_>>(),
        [
            "services are built alike: crates/ledger/src/store.rs:0: the service has no such file",
            "services are built alike: crates/reporting/src/http.rs:0: the service has no such file"
        ]
    );
}

#[test]
fn the_clock_is_the_contexts() {
    let code = "//! The operations of books.\nfn a() { jiff::Timestamp::now(); }\nfn b() { \
                Uuid::now_v7() }\nfn c() { Instant::now() }\n#[cfg(test)]\nmod tests {\n    fn d() { \
                Uuid::now_v7() }\n}\n";
    let frame = "//! The frame of services.\nuse {axum, bus, contracts, store};\nfn a() { \
                 Instant::now(); }\nfn b() { SystemTime::now(); }\n";
    assert_eq!(
        found(&[("crates/ledger/src/ledger.rs", code), ("crates/service/src/lib.rs", frame)]),
        [
            "time and ids come from the context: crates/ledger/src/ledger.rs:2: `Timestamp::now`",
            "time and ids come from the context: crates/ledger/src/ledger.rs:3: `Uuid::now_v7`",
            "time and ids come from the context: crates/ledger/src/ledger.rs:4: `Instant::now`",
            "time and ids come from the context: crates/service/src/lib.rs:4: `SystemTime::now`"
        ]
    );
}

#[test]
fn a_long_file_is_named_with_its_length() {
    let code = format!("//! The operations of books.\n{}", "fn a() {}\n".repeat(900));
    let page = "<p></p>\n".repeat(901);
    assert_eq!(
        found(&[
            ("crates/ledger/src/ledger.rs", &code),
            ("web/src/Page.svelte", &page),
            ("web/src/lib/api/generated.ts", &page)
        ]),
        [
            "files stay short: crates/ledger/src/ledger.rs:0: 901 lines",
            "files stay short: web/src/Page.svelte:0: 901 lines"
        ]
    );
}

#[test]
fn what_is_left_for_later_is_found_in_code_and_comments() {
    let code = "//! The operations of books.\n// TODO: later\nfn a() { todo!() }\n#[ignore]\n\
                fn b() { let text = \"TODO\"; }\n";
    let page = "<!-- FIXME -->\n";
    let test = "test.skip('sign up', () => {});\n";
    assert_eq!(
        found(&[
            ("crates/ledger/src/ledger.rs", code),
            ("web/src/Page.svelte", page),
            ("web/e2e/first.spec.ts", test)
        ]),
        [
            "nothing is left for later: crates/ledger/src/ledger.rs:2: TODO",
            "nothing is left for later: crates/ledger/src/ledger.rs:3: todo!",
            "nothing is left for later: crates/ledger/src/ledger.rs:4: #[ignore",
            "nothing is left for later: web/e2e/first.spec.ts:1: .skip(",
            "nothing is left for later: web/src/Page.svelte:1: FIXME"
        ]
    );
}

#[test]
fn a_file_without_its_sentence_is_found() {
    assert_eq!(
        found(&[("crates/ledger/src/ledger.rs", "// The operations.\nfn a() {}\n")]),
        ["one sentence first: crates/ledger/src/ledger.rs:1: does not open with a `//! ` sentence"]
    );
}

#[test]
fn a_version_in_a_crate_is_found() {
    let manifest = "[dependencies]\naxum = \"0.8\"\nservice = { workspace = true, version = \"1\" }\n\
                    store.workspace = true\nsea-orm.workspace = true\n[lints]\nworkspace = true\n";
    assert_eq!(
        found(&[("crates/ledger/Cargo.toml", manifest)]),
        [
            "versions are said once: crates/ledger/Cargo.toml:2: `axum` does not say \
             `workspace = true` alone",
            "versions are said once: crates/ledger/Cargo.toml:3: `service` does not say \
             `workspace = true` alone"
        ]
    );
}

#[test]
fn unused_dependencies_are_found_in_the_crate_and_in_the_root() {
    let root = format!("{ROOT}plotters = \"1\"\n");
    let manifest = "[dependencies]\nmodel.workspace = true\n[lints]\nworkspace = true\n";
    assert_eq!(
        found(&[("Cargo.toml", &root), ("crates/reporting/Cargo.toml", manifest)]),
        [
            "dependencies are used: Cargo.toml:12: no crate depends on `plotters`",
            "dependencies are used: crates/reporting/Cargo.toml:2: no file of the crate names `model`"
        ]
    );
}

#[test]
fn a_crate_without_lints_is_found() {
    assert_eq!(
        found(&[("crates/bus/Cargo.toml", "[package]\nname = \"bus\"\n")]),
        [
            "every crate has the workspace's lints: crates/bus/Cargo.toml:0: does not inherit the lints"
        ]
    );
}

#[test]
fn sleeping_tests_are_found_and_waiting_code_is_not() {
    let code = "//! The operations of books.\nasync fn a() { sleep(DAY).await }\n#[cfg(test)]\n\
                mod tests {\n    fn b() { thread::sleep(DAY); }\n}\n";
    let alone = "//! The service alone.\nfn a() { tokio::time::sleep(DAY); }\n";
    let browser = "test.setTimeout(600_000);\nawait page.waitForTimeout(500);\n\
                   await new Promise((done) => setTimeout(done, 9));\n";
    assert_eq!(
        found(&[
            ("crates/ledger/src/ledger.rs", code),
            ("crates/ledger/src/tests.rs", alone),
            ("web/e2e/first.spec.ts", browser)
        ]),
        [
            "tests do not sleep: crates/ledger/src/ledger.rs:5: sleep",
            "tests do not sleep: crates/ledger/src/tests.rs:2: sleep",
            "tests do not sleep: web/e2e/first.spec.ts:2: waitForTimeout",
            "tests do not sleep: web/e2e/first.spec.ts:3: setTimeout"
        ]
    );
}

#[test]
fn an_exception_excuses_its_finding_and_nothing_else() {
    let code = "//! The operations of books.\nuse axum::Json;\nfn a() { Uuid::new_v4(); }\n";
    let exception = Allowed {
        rule: "HTTP stays at the edge",
        path: "crates/ledger/src/ledger.rs",
        what: "axum",
        reason: "to show that it works",
    };
    assert_eq!(
        found_with(&[("crates/ledger/src/ledger.rs", code)], &[exception]),
        ["time and ids come from the context: crates/ledger/src/ledger.rs:3: `Uuid::new_v4`"]
    );
}

#[test]
fn an_exception_that_excuses_nothing_is_found() {
    let exception = Allowed {
        rule: "HTTP stays at the edge",
        path: "crates/ledger/src/ledger.rs",
        what: "axum",
        reason: "to show that it is missed",
    };
    let found = found_with(&[], &[exception]);
    assert_eq!(found.len(), 1);
    assert!(found[0].starts_with("exceptions are needed"), "{found:?}");
}

#[test]
fn exceptions_name_a_rule_that_exists() {
    for exception in ALLOWED {
        assert!(RULES.iter().any(|rule| rule.name == exception.rule), "{}", exception.rule);
    }
}

#[test]
fn the_report_says_where_why_and_what_to_do_instead() {
    let tree =
        Tree::of_files([("crates/a/src/a.rs".to_owned(), "fn a() {}\n".to_owned())]).unwrap();
    let text = report(&check(&tree, RULES, &[]), RULES);
    for part in ["one sentence first", "why:", "instead:", "crates/a/src/a.rs:1: does not open"] {
        assert!(text.contains(part), "{text}");
    }
}
