//! Which files Kong 3.9.3 accepts, and where it finds fault with the others.
//!
//! What Kong refuses is refused here, at the same place; what is refused here on top is listed
//! with its reason.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use gateway::Config;
use serde_json::Value;

#[test]
fn files_are_refused_where_kong_refuses_them() {
    let mut problems = Vec::new();
    let cases = recorded("load");
    for case in cases["cases"].as_array().unwrap() {
        let id = case["id"].as_str().unwrap();
        let outcome = Config::parse(&case["file"].to_string());
        let stricter = STRICTER.iter().find(|(stricter, _)| *stricter == id);
        match (case["accepted"].as_bool().unwrap(), outcome, stricter) {
            (true, Ok(_), None) | (true, Err(_), Some(_)) => {}
            (true, Ok(_), Some((_, why))) => problems.push(format!("{id} is accepted: {why}")),
            (true, Err(error), None) => problems.push(format!("{id} is refused: {error}")),
            (false, Ok(_), _) => problems.push(format!("{id} is accepted")),
            (false, Err(error), _) => {
                let places = places(&case["fields"], String::from("$"));
                let near = |place: &String| {
                    place.starts_with(&error.path) || error.path.starts_with(place)
                };
                let elsewhere = PLACED_IN_THE_FILE.contains(&id);
                if !places.is_empty() && places.iter().any(near) == elsewhere {
                    problems.push(format!("{id}: {error}, recorded at {places:?}"));
                }
            }
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

/// The paths to the leaves of a tree of errors; one that is keyed by a name ends at its list.
fn places(fields: &Value, path: String) -> Vec<String> {
    match fields {
        Value::String(_) => vec![path],
        Value::Array(items) => items
            .iter()
            .enumerate()
            .flat_map(|(index, item)| places(item, format!("{path}[{index}]")))
            .collect(),
        Value::Object(members) => members
            .iter()
            .flat_map(|(name, item)| match name.as_str() {
                "@entity" => vec![path.clone()],
                _ if is_keyed_by_name(&path) => vec![path.clone()],
                _ => places(item, format!("{path}.{name}")),
            })
            .collect(),
        _ => Vec::new(),
    }
}

fn is_keyed_by_name(path: &str) -> bool {
    let lists = ["services", "routes", "consumers", "plugins", "jwt_secrets"];
    lists.iter().any(|list| path.ends_with(list))
}

fn recorded(name: &str) -> Value {
    let path = format!("{}/tests/kong/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

const ONE_FORMAT: &str = "only the current format is run";
const NAMED: &str = "ids, counters and precedence need a name that stays";
const OWN_KEYS: &str = "a key that is made at each load is of use to nobody";
const HTTP_ALONE: &str = "the gateway speaks plain HTTP to its services";
const NO_URL: &str = "what Kong would silently drop from a URL is refused";
const NO_SENSE: &str = "Kong accepts a value that can mean nothing";
const SOUND_KEYS: &str = "a key that could never verify a token is refused at once";

/// Files that Kong accepts and this gateway does not.
const STRICTER: &[(&str, &str)] = &[
    ("load/version-2.1", ONE_FORMAT),
    ("load/version-1.1-regex-path", ONE_FORMAT),
    ("load/service-no-name", NAMED),
    ("load/route-no-name", NAMED),
    ("load/service-port-0", NO_SENSE),
    ("load/service-protocol-https", HTTP_ALONE),
    ("load/service-url-https", HTTP_ALONE),
    ("load/service-url-query", NO_URL),
    ("load/service-url-user", NO_URL),
    ("load/service-url-and-host", NO_URL),
    ("load/route-regex-priority-huge", "the priority has 32 bits; more would change other parts"),
    ("load/jwt-no-secret", OWN_KEYS),
    ("load/jwt-no-key", OWN_KEYS),
    ("load/jwt-empty", OWN_KEYS),
    ("load/jwt-es-no-key", SOUND_KEYS),
    ("load/jwt-es256-p384", SOUND_KEYS),
    ("load/cors-max-age-negative", NO_SENSE),
    ("load/rate-redis-old-names", "a Redis is named in one way"),
    ("load/rate-redis-bad-port", NO_SENSE),
    ("load/correlation-header-space", NO_SENSE),
    ("load/size-negative", NO_SENSE),
    ("load/termination-status-100", "a status below 200 is no final answer"),
];

/// Files whose fault Kong tells of elsewhere, as it takes nested entities out of their owners and
/// URLs apart before it looks at them; here the place is the one in the file.
const PLACED_IN_THE_FILE: &[&str] =
    &["load/service-url-ftp", "load/jwt-dup-key", "load/plugin-dup-instance"];
