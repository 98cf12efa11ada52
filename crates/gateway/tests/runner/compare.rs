//! An answer and its recording side by side: names without case, values exactly, masks as masks.

use std::collections::BTreeMap;

use regex::Regex;

use super::recording::{Answer, Seen, Step};

/// Everything in which a step differs from what was recorded.
pub fn step(step: &Step, answer: &Answer, seen: &[Seen]) -> Vec<String> {
    let mut marks = Marks::default();
    let mut differences = Vec::new();
    if refused_by_the_parser(&step.answer) {
        // Kong's HTTP server has pages of its own for what it can't read. That it is refused,
        // with which status, and that no service sees it, is what matters.
        if answer.status != step.answer.status {
            differences.push(format!("status {}, recorded {}", answer.status, step.answer.status));
        }
    } else {
        compare_answer(&step.answer, answer, &mut marks, &mut differences);
    }
    if seen.len() != step.upstream_saw.len() {
        let (found, recorded) = (seen.len(), step.upstream_saw.len());
        differences.push(format!("the service saw {found} requests, recorded {recorded}"));
    }
    for (found, recorded) in seen.iter().zip(&step.upstream_saw) {
        compare_seen(recorded, found, &mut marks, &mut differences);
    }
    differences
}

fn refused_by_the_parser(recorded: &Answer) -> bool {
    let body = recorded.body.as_deref().unwrap_or_default();
    let page = body.starts_with("Bad request\n") || body.starts_with("Method not allowed\n");
    matches!(recorded.status, 400 | 405) && page
}

fn compare_answer(
    recorded: &Answer,
    found: &Answer,
    marks: &mut Marks,
    differences: &mut Vec<String>,
) {
    let line = |answer: &Answer| format!("{} {}", answer.status, answer.reason);
    if line(found) != line(recorded) {
        differences.push(format!("answered \"{}\", recorded \"{}\"", line(found), line(recorded)));
    }
    if found.interim != recorded.interim {
        differences.push(format!("interim {:?}, recorded {:?}", found.interim, recorded.interim));
    }
    let headers = compare_headers(&recorded.headers, &found.headers, marks);
    differences.extend(headers.into_iter().map(|text| format!("answer: {text}")));
    let body = found.body.as_deref().unwrap_or_default();
    if let Some(json) = &recorded.body_json {
        if serde_json::from_str::<serde_json::Value>(body).ok().as_ref() != Some(json) {
            differences.push(format!("body {body:?}, recorded {json}"));
        }
    } else if let Some(length) = recorded.body_length {
        if body.len() != length {
            differences.push(format!("{} characters of body, recorded {length}", body.len()));
        }
    } else {
        let wanted = recorded.body.as_deref().unwrap_or_default();
        if !marks.matches(wanted, body) {
            differences.push(format!("body {body:?}, recorded {wanted:?}"));
        }
    }
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
