//! The recordings as they are written, with their placeholders filled in.

use std::collections::{BTreeMap, HashMap};

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::Value;

use super::redis;

#[derive(Deserialize)]
pub struct Topic {
    pub configs: HashMap<String, TopicConfig>,
    pub cases: Vec<Case>,
}

#[derive(Deserialize)]
pub struct TopicConfig {
    pub declarative: Value,
    /// The environment that Kong was started with.
    #[serde(default)]
    pub settings: BTreeMap<String, String>,
}

#[derive(Deserialize)]
pub struct Case {
    pub id: String,
    pub config: String,
    #[serde(default)]
    pub fresh: bool,
    pub clock: Option<String>,
    /// Why Kong's answer is an accident of its making.
    pub quirk: Option<String>,
    #[serde(default)]
    tokens: HashMap<String, TokenRecipe>,
    steps: Vec<Value>,
}

#[derive(Deserialize)]
struct TokenRecipe {
    header: Value,
    claims: Value,
    hs256: String,
}

#[derive(Deserialize)]
pub struct Step {
    pub request: Request,
    /// `status` for the status listener.
    pub port: Option<String>,
    #[serde(default)]
    pub reuse: bool,
    #[serde(default)]
    pub expect_continue: bool,
    pub advance: Option<i64>,
    #[serde(default)]
    pub upstream: Vec<Attempt>,
    pub answer: Answer,
    #[serde(default)]
    pub upstream_saw: Vec<Seen>,
    #[serde(default)]
    pub redis_saw: Vec<redis::Command>,
}

#[derive(Deserialize)]
pub struct Request {
    pub raw: Option<String>,
    pub method: Option<String>,
    pub target: Option<String>,
    pub version: Option<String>,
    #[serde(default)]
    pub headers: Vec<(String, String)>,
    pub body: Option<String>,
    pub body_repeat: Option<(String, usize)>,
    pub chunks: Option<Vec<String>>,
}

/// What the service does with one attempt.
#[derive(Clone, Default, Deserialize)]
pub struct Attempt {
    pub status: Option<u16>,
    pub reason: Option<String>,
    pub headers: Option<Vec<(String, String)>>,
    pub body: Option<String>,
    #[serde(default)]
    pub chunked: bool,
    /// In seconds.
    pub delay: Option<f64>,
    /// What is sent instead of an answer.
    pub bytes: Option<String>,
    #[serde(rename = "do")]
    pub action: Option<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
pub struct Answer {
    /// Zero where no answer came, or none that was HTTP.
    #[serde(default)]
    pub status: u16,
    #[serde(default)]
    pub headers: Vec<(String, String)>,
    #[serde(default)]
    pub body: Option<String>,
    pub body_json: Option<Value>,
    pub body_length: Option<usize>,
    /// The structure of a body, with leaves named by their type.
    pub body_shape: Option<Value>,
    /// Lines of Prometheus' text form.
    pub metrics: Option<Vec<String>>,
    #[serde(default)]
    pub interim: Vec<u16>,
    /// Whether the connection ended before the announced length.
    #[serde(default)]
    pub truncated: bool,
    /// What came back for `ping` once the connection was upgraded.
    pub after_upgrade: Option<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
pub struct Seen {
    pub method: String,
    pub target: String,
    pub headers: Vec<(String, String)>,
    #[serde(default)]
    pub body: String,
    pub body_length: Option<usize>,
}

/// What the placeholders of a file stand for.
pub struct Places {
    pub upstream_port: u16,
    pub closed_port: u16,
    pub proxy_port: u16,
    pub redis_port: u16,
}

impl Topic {
    pub fn read(name: &str) -> Self {
        let path = format!("{}/tests/kong/{name}.json", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{path}: {e}"));
        serde_json::from_str(&text).unwrap_or_else(|e| panic!("{path}: {e}"))
    }

    /// Takes entities out of the files that this gateway refuses to load.
    pub fn leave_out(&mut self, names: &[&str]) {
        for config in self.configs.values_mut() {
            without(&mut config.declarative, names);
        }
    }
}

fn without(value: &mut Value, names: &[&str]) {
    let is_named = |item: &Value| {
        let name = item.get("name").or_else(|| item.get("key")).and_then(Value::as_str);
        name.is_some_and(|name| names.contains(&name))
    };
    match value {
        Value::Array(items) => {
            items.retain(|item| !is_named(item));
            items.iter_mut().for_each(|item| without(item, names));
        }
        Value::Object(members) => members.values_mut().for_each(|item| without(item, names)),
        _ => {}
    }
}

impl Case {
    pub fn steps(&self, places: &Places) -> Vec<Step> {
        let tokens: Vec<(String, String)> = self
            .tokens
            .iter()
            .map(|(name, recipe)| (format!("{{{{token.{name}}}}}"), recipe.sign()))
            .collect();
        let fill = |step: &Value| {
            let mut step = places.fill(step);
            each_text(&mut step, &mut |text| {
                for (placeholder, token) in &tokens {
                    *text = text.replace(placeholder, token);
                }
            });
            serde_json::from_value(step).unwrap_or_else(|e| panic!("{}: {e}", self.id))
        };
        self.steps.iter().map(fill).collect()
    }
}

impl TokenRecipe {
    fn sign(&self) -> String {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(&self.header), part(&self.claims));
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.hs256.as_bytes());
        let signature = URL_SAFE_NO_PAD.encode(hmac::sign(&key, signed.as_bytes()));
        format!("{signed}.{signature}")
    }
}

impl Places {
    pub fn fill(&self, value: &Value) -> Value {
        let ports = [
            ("{{upstream_port}}", self.upstream_port),
            ("{{closed_port}}", self.closed_port),
            ("{{proxy_port}}", self.proxy_port),
            ("{{redis_port}}", self.redis_port),
        ];
        let mut filled = value.clone();
        fill_numbers(&mut filled, &ports);
        each_text(&mut filled, &mut |text| {
            for (name, port) in ports {
                *text = text.replace(name, &port.to_string());
            }
            repeat(text);
        });
        filled
    }
}

/// A port that is nothing but a placeholder is a number.
fn fill_numbers(value: &mut Value, ports: &[(&str, u16)]) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| fill_numbers(item, ports)),
        Value::Object(members) => {
            for (name, member) in members {
                let text = member.as_str().filter(|_| name == "port");
                match ports.iter().find(|(placeholder, _)| Some(*placeholder) == text) {
                    Some((_, number)) => *member = (*number).into(),
                    None => fill_numbers(member, ports),
                }
            }
        }
        _ => {}
    }
}

/// `{{repeat C N}}` is the character C, N times.
fn repeat(text: &mut String) {
    while let Some(start) = text.find("{{repeat ") {
        let end = start + text[start..].find("}}").expect("a placeholder ends");
        let (character, times) = text[start + 9..end].split_once(' ').expect("two words");
        let repeated = character.repeat(times.parse().expect("a number"));
        text.replace_range(start..end + 2, &repeated);
    }
}

fn each_text(value: &mut Value, change: &mut impl FnMut(&mut String)) {
    match value {
        Value::String(text) => change(text),
        Value::Array(items) => items.iter_mut().for_each(|item| each_text(item, change)),
        Value::Object(members) => members.values_mut().for_each(|item| each_text(item, change)),
        _ => {}
    }
}

/// All text of the recordings is Latin-1: one character is one byte.
pub fn bytes_of(text: &str) -> Vec<u8> {
    text.chars().map(|c| u8::try_from(u32::from(c)).expect("Latin-1")).collect()
}

pub fn text_of(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| char::from(*byte)).collect()
}
