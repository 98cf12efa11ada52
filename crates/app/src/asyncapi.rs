//! The document of the events (AsyncAPI 3): what a broker carries, for whoever listens to it too.

use bus::kafka;
use contracts::events::{EVENTS, EventKind};
use serde_json::{Map, Value, json};

/// The document as YAML, the same for the same code.
pub fn text() -> anyhow::Result<String> {
    Ok(serde_norway::to_string(&document())?)
}

fn document() -> Value {
    json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": "Expense Tracker's events",
            "version": env!("CARGO_PKG_VERSION"),
            "description": ABOUT,
            "license": { "name": "MIT" },
        },
        "defaultContentType": "application/json",
        "channels": by_service(channel),
        "operations": by_service(operation),
        "components": {
            "messages": EVENTS.iter().map(|event| (name(event), message(event))).collect::<Map<_, _>>(),
            "schemas": schemas(),
        },
    })
}

const ABOUT: &str = "Each service tells what happened in its own log. On Kafka an event is a CloudEvent \
                     in binary mode. It arrives at least once; the events of one stream have numbers \
                     without a gap and mostly arrive in their order. A reader keeps a position for each \
                     stream, ignores a number that it has, and asks the service for one that it misses, or \
                     that comes without a payload since it is too long for a message. Ignore fields that you do not know: later versions add some.";

/// One entry for each service that has events.
fn by_service(entry: fn(&str, Vec<&EventKind>) -> Value) -> Map<String, Value> {
    let mut all = Map::new();
    for service in EVENTS.iter().map(EventKind::service) {
        let events = EVENTS.iter().filter(|event| event.service() == service).collect();
        all.entry(service).or_insert_with(|| entry(service, events));
    }
    all
}

fn channel(service: &str, events: Vec<&EventKind>) -> Value {
    let messages = events.iter().map(|event| {
        let reference = format!("#/components/messages/{}", name(event));
        (event.kind.to_owned(), json!({ "$ref": reference }))
    });
    json!({
        "address": format!("{}.{service}", kafka::PREFIX),
        "messages": messages.collect::<Map<_, _>>(),
        "bindings": { "kafka": {
            "partitions": kafka::PARTITIONS,
            "topicConfiguration": {
                "cleanup.policy": ["delete"],
                "retention.ms": u64::try_from(kafka::RETENTION.as_millis()).unwrap_or(u64::MAX),
            },
            "bindingVersion": "0.5.0",
        } },
    })
}

fn operation(service: &str, events: Vec<&EventKind>) -> Value {
    let messages = events
        .iter()
        .map(|event| json!({ "$ref": format!("#/channels/{service}/messages/{}", event.kind) }));
    json!({
        "action": "send",
        "channel": { "$ref": format!("#/channels/{service}") },
        "messages": messages.collect::<Vec<_>>(),
    })
}

fn message(event: &EventKind) -> Value {
    let (payload, _) = (event.schemas)();
    let attributes = kafka::ATTRIBUTES.iter().map(|(name, about)| {
        ((*name).to_owned(), json!({ "type": "string", "description": about }))
    });
    let required = kafka::ATTRIBUTES.iter().rev().skip(1).rev().map(|(name, _)| *name);
    let sample = serde_json::from_str(event.sample).unwrap_or(Value::Null);
    json!({
        "name": event.kind,
        "summary": event.about,
        "headers": {
            "type": "object",
            "properties": attributes.collect::<Map<_, _>>(),
            "required": required.collect::<Vec<_>>(),
        },
        "payload": { "$ref": format!("#/components/schemas/{payload}") },
        "examples": [{ "payload": sample }],
        "bindings": { "kafka": {
            "key": {
                "type": "string",
                "description": format!("The stream: {}/ID.", event.family),
            },
            "bindingVersion": "0.5.0",
        } },
    })
}

/// Every type that an event is made of, in the order of their names.
fn schemas() -> Value {
    let all = EVENTS.iter().flat_map(|event| (event.schemas)().1);
    let mut all: Map<String, Value> = all.map(|(name, schema)| (name, json!(schema))).collect();
    all.sort_keys();
    Value::Object(all)
}

/// A kind of event in a world with other services.
fn name(event: &EventKind) -> String {
    format!("{}.{}", event.service(), event.kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reference_leads_somewhere_and_every_example_is_an_event() {
        let document: Value = serde_norway::from_str(&text().unwrap()).unwrap();
        let mut open = vec![&document];
        let mut seen = 0;
        while let Some(value) = open.pop() {
            if let Some(reference) = value["$ref"].as_str() {
                let pointer = reference.trim_start_matches('#');
                assert!(document.pointer(pointer).is_some(), "{reference}");
                seen += 1;
            }
            match value {
                Value::Object(fields) => open.extend(fields.values()),
                Value::Array(all) => open.extend(all),
                _ => {}
            }
        }
        assert!(seen > 10, "only {seen} references");
        for event in EVENTS {
            let example =
                &document["components"]["messages"][name(event)]["examples"][0]["payload"];
            let written = (event.rewrite)(&example.to_string()).unwrap();
            assert_eq!(serde_json::from_str::<Value>(&written).unwrap(), *example);
        }
    }
}
