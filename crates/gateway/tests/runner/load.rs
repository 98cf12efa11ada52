//! Which files Kong 3.9.3 accepts, and where it finds fault with the others.
//!
//! What Kong refuses is refused here, at the same place; what is refused here on top is listed
//! with its reason.

use gateway::Config;
use serde_json::Value;

use super::Tally;

/// Reads every file of `tests/kong/load.json`.
pub fn files() {
    let mut tally = Tally::default();
    let cases = recorded("load");
    for case in cases["cases"].as_array().unwrap() {
        let id = case["id"].as_str().unwrap();
        let difference = difference(id, case);
        tally.count(id, case.get("quirk").is_some(), difference.into_iter().collect());
    }
    tally.report("load");
}

fn difference(id: &str, case: &Value) -> Option<String> {
    let accepted = case["accepted"].as_bool().unwrap();
    match Config::parse(&case["file"].to_string()) {
        Ok(_) if accepted => None,
        Ok(_) => Some("it is accepted".into()),
        Err(error) if accepted => Some(format!("it is refused: {error}")),
        Err(error) => {
            let places = places(&case["fields"], String::from("$"));
            let near =
                |place: &String| place.starts_with(&error.path) || error.path.starts_with(place);
            let elsewhere = PLACED_IN_THE_FILE.contains(&id);
            let misplaced = !places.is_empty() && places.iter().any(near) == elsewhere;
            misplaced.then(|| format!("{error}, recorded at {places:?}"))
        }
    }
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

/// Files whose fault Kong tells of elsewhere, as it takes nested entities out of their owners and
/// URLs apart before it looks at them; here the place is the one in the file.
const PLACED_IN_THE_FILE: &[&str] =
    &["load/service-url-ftp", "load/jwt-dup-key", "load/plugin-dup-instance"];
