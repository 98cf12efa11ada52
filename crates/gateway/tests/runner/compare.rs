//! An answer and its recording side by side: names without case, values exactly, masks as masks.

use std::collections::BTreeMap;

use regex::Regex;
use serde_json::Value;

use super::accidents;
use super::recording::{Answer, Seen, Step};

/// Everything in which a step differs from what was recorded, but for what is an accident of
/// Kong's HTTP server.
pub fn step(step: &Step, answer: &Answer, seen: &[Seen]) -> Vec<String> {
    let mut marks = Marks::default();
    let mut differences = Vec::new();
    let was_refused = answer.status >= 400 && seen.is_empty();
    if was_refused && accidents::may_refuse(step) {
        return differences;
    }
    compare_answer(&step.answer, answer, &mut marks, &mut differences);
    if seen.len() != step.upstream_saw.len() {
        let (found, recorded) = (seen.len(), step.upstream_saw.len());
        differences.push(format!("the service saw {found} requests, recorded {recorded}"));
    }
    for (found, recorded) in seen.iter().zip(&step.upstream_saw) {
        compare_seen(recorded, found, &mut marks, &mut differences);
    }
    differences
}

fn compare_answer(
    recorded: &Answer,
    found: &Answer,
    marks: &mut Marks,
    differences: &mut Vec<String>,
) {
    let line = |answer: &Answer| {
        let Answer { status, truncated, after_upgrade, .. } = answer;
        // nginx asks for a body before anybody has looked whether it is wanted.
        let interim = if *status >= 400 { &[][..] } else { &answer.interim };
        format!("{status}, interim {interim:?}, truncated {truncated}, then {after_upgrade:?}")
    };
    if line(found) != line(recorded) {
        differences.push(format!("answered {}; recorded {}", line(found), line(recorded)));
    }
    let has_page = accidents::is_page(recorded);
    let is_unkept = recorded.body_shape.is_some()
        || recorded.metrics.is_some()
        || recorded.body.as_deref().is_some_and(|body| body.contains("<body not kept>"));
    let counts = |(name, _): &&(String, String)| {
        !(has_page && accidents::is_of_page(name) || is_unkept && accidents::is_framing(name))
    };
    let wanted: Vec<_> = recorded.headers.iter().filter(counts).cloned().collect();
    let got: Vec<_> = found.headers.iter().filter(counts).cloned().collect();
    let headers = compare_headers(&wanted, &got, marks);
    differences.extend(headers.into_iter().map(|text| format!("answer: {text}")));
    if has_page {
        return;
    }
    let body = found.body.as_deref().unwrap_or_default();
    if let Some(shape) = &recorded.body_shape {
        let found = serde_json::from_str(body).unwrap_or_default();
        differences.extend(shape_differences("$", shape, &found));
    } else if let Some(lines) = &recorded.metrics {
        differences.extend(metrics_differences(lines, body));
    } else if let Some(json) = &recorded.body_json {
        if serde_json::from_str::<serde_json::Value>(body).ok().as_ref() != Some(json) {
            differences.push(format!("body {body:?}, recorded {json}"));
        }
    } else if let Some(length) = recorded.body_length {
        if body.len() != length {
            differences.push(format!("{} characters of body, recorded {length}", body.len()));
        }
    } else if !is_unkept {
        let wanted = recorded.body.as_deref().unwrap_or_default();
        if !marks.matches(wanted, body) {
            differences.push(format!("body {body:?}, recorded {wanted:?}"));
        }
    }
}

/// The structure of a JSON body: what stands where, leaves by their type alone.
fn shape_differences(path: &str, shape: &Value, found: &Value) -> Vec<String> {
    match (shape, found) {
        (Value::Object(members), Value::Object(_)) => {
            let kept = members.iter().filter(|(name, _)| !accidents::is_of_lua(name));
            kept.flat_map(|(name, shape)| {
                shape_differences(&format!("{path}.{name}"), shape, &found[name])
            })
            .collect()
        }
        (Value::String(kind), Value::String(_)) if kind == "<string>" => Vec::new(),
        (Value::String(kind), Value::Number(_)) if kind == "<number>" => Vec::new(),
        _ => vec![format!("{path}: {found}, recorded {shape}")],
    }
}

/// Lines of metrics: all that were recorded, and of the series of requests no other.
fn metrics_differences(recorded: &[String], body: &str) -> Vec<String> {
    let wanted: BTreeMap<&str, &str> = recorded
        .iter()
        .filter(|line| !accidents::is_of_lua(line))
        .map(|line| name_and_value(line))
        .collect();
    let found: BTreeMap<&str, &str> = body.lines().map(name_and_value).collect();
    let is_alike = |(name, value): &(&&str, &&str)| match found.get(**name) {
        Some(found) if **value == "<n>" => found.parse::<f64>().is_ok(),
        found => found == Some(*value),
    };
    let missing = wanted.iter().filter(|line| !is_alike(line));
    let missing =
        missing.map(|(name, value)| format!("{name} is {:?}, recorded {value}", found.get(name)));
    let is_of_requests = |name: &str| name.contains("route=") && !name.contains("_sum{");
    let strangers = found
        .keys()
        .filter(|name| is_of_requests(name) && !wanted.contains_key(**name))
        .map(|name| format!("{name} is there, recorded none"));
    missing.chain(strangers).collect()
}

/// A series and its value, or a name and its type.
fn name_and_value(line: &str) -> (&str, &str) {
    line.rsplit_once(' ').unwrap_or((line, ""))
}

fn compare_seen(recorded: &Seen, found: &Seen, marks: &mut Marks, differences: &mut Vec<String>) {
    let line = |seen: &Seen| format!("{} {}", seen.method, seen.target);
    if line(found) != line(recorded) {
        let (found, recorded) = (line(found), line(recorded));
        differences.push(format!("the service saw \"{found}\", recorded \"{recorded}\""));
    }
    let headers = compare_headers(&recorded.headers, &found.headers, marks);
    differences.extend(headers.into_iter().map(|text| format!("service: {text}")));
    let same_body = match recorded.body_length {
        Some(length) => found.body.chars().count() == length,
        None => found.body == recorded.body,
    };
    if !same_body {
        differences
            .push(format!("the service read {:?}, recorded {:?}", found.body, recorded.body));
    }
}

type Headers = [(String, String)];

fn compare_headers(recorded: &Headers, found: &Headers, marks: &mut Marks) -> Vec<String> {
    let (recorded, found) = (by_name(recorded), by_name(found));
    let mut differences = Vec::new();
    for (name, values) in &recorded {
        let got = found.get(name).map_or(&[][..], Vec::as_slice);
        let same = got.len() == values.len()
            && values.iter().zip(got).all(|(wanted, value)| marks.matches(wanted, value));
        if !same {
            differences.push(format!("{name}: {got:?}, recorded {values:?}"));
        }
    }
    let strangers = found.iter().filter(|(name, _)| !recorded.contains_key(*name));
    differences.extend(strangers.map(|(name, got)| format!("{name}: {got:?}, recorded none")));
    differences
}

fn by_name(headers: &Headers) -> BTreeMap<String, Vec<&str>> {
    let mut sorted: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for (name, value) in headers {
        sorted.entry(name.to_ascii_lowercase()).or_default().push(value);
    }
    sorted
}

/// Masks, and the request id that must be the same everywhere in a step.
#[derive(Default)]
struct Marks {
    request_id: Option<String>,
}

const MASKS: [(&str, &str); 10] = [
    ("<date>", r"[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT"),
    ("<ms>", r"\d+"),
    ("<request-id>", r"(?P<request_id>[0-9a-f]{32})"),
    ("<uuid>", r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"),
    ("<n>", r"\d+"),
    ("<server port>", r"\d+"),
    ("<pid>", r"\d+"),
    ("<connection>", r"\d+"),
    ("<request>", r"\d+"),
    ("<seconds with three decimals>", r"\d+\.\d{3}"),
];

impl Marks {
    fn matches(&mut self, recorded: &str, found: &str) -> bool {
        if !recorded.contains('<') {
            return recorded == found;
        }
        let mut pattern = regex::escape(recorded);
        for (mask, stands_for) in MASKS {
            pattern = pattern.replace(&regex::escape(mask), stands_for);
        }
        let whole = Regex::new(&format!("^(?s:{pattern})$")).unwrap();
        let Some(captures) = whole.captures(found) else { return false };
        match captures.name("request_id") {
            None => true,
            Some(id) => {
                self.request_id.get_or_insert_with(|| id.as_str().to_owned()) == id.as_str()
            }
        }
    }
}
