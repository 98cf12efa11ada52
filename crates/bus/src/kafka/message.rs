//! Events as messages: CloudEvents 1.0 in Kafka's binary mode, with the body as the log has it.
//!
//! <https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/kafka-protocol-binding.md>

use std::collections::HashMap;

use anyhow::Context;
use model::{Event, Instant, Logged, Moved, StreamName};
use rdkafka::message::{Header, Headers, Message, OwnedHeaders};
use rdkafka::producer::FutureRecord;

use crate::Heard;

/// Brokers refuse messages above 1 MB unless they are told otherwise. A longer event is announced
/// without its body, which is then read from its owner.
const LONGEST_BODY: usize = 512 * 1024;

/// The headers of a message, in their order, and what each says. The last one may be missing.
pub const ATTRIBUTES: [(&str, &str); 10] = [
    ("content-type", "application/json, of the payload."),
    ("ce_specversion", "1.0, of CloudEvents."),
    ("ce_id", "Epoch and number: no two events have the same."),
    ("ce_source", "The service that owns the stream: /ledger."),
    ("ce_type", "The kind of event."),
    ("ce_subject", "The stream: service/kind/id. It is the key too."),
    ("ce_time", "When it happened (RFC 3339)."),
    (
        "ce_epoch",
        "Which life of the stream the number belongs to: a restored backup begins another.",
    ),
    ("ce_number", "1, 2, 3, … within the stream and its epoch. Ignore one that you have."),
    ("ce_cause", "The id of the request behind it."),
];

/// An event on its way to a topic: one stream's events keep their order, since its name is the key.
pub(super) fn record<'a>(topic: &'a str, logged: &'a Logged) -> FutureRecord<'a, str, str> {
    let record = FutureRecord::to(topic).key(logged.stream.as_str()).headers(headers(logged));
    match &logged.event.body {
        body if body.len() > LONGEST_BODY => record,
        body => record.payload(body.as_str()),
    }
}

fn headers(Logged { stream, epoch, event }: &Logged) -> OwnedHeaders {
    let values = [
        Some("application/json".to_owned()),
        Some("1.0".to_owned()),
        Some(format!("{epoch}/{}", event.number)),
        Some(format!("/{}", stream.service())),
        Some(event.kind.clone()),
        Some(stream.to_string()),
        Some(event.at.to_string()),
        Some(epoch.to_string()),
        Some(event.number.to_string()),
        event.cause.clone(),
    ];
    let all = ATTRIBUTES.iter().zip(values);
    let present = all.filter_map(|((key, _), value)| Some((key, value?)));
    present.fold(OwnedHeaders::new(), |headers, (key, value)| {
        headers.insert(Header { key, value: Some(value.as_bytes()) })
    })
}

/// What a message says. One that says nothing that we understand may have said anything.
pub(super) fn heard(message: &impl Message) -> Heard {
    read(message).unwrap_or_else(|error| {
        tracing::warn!(topic = message.topic(), %error, "a message that is no event of ours");
        Heard::Missed
    })
}

fn read(message: &impl Message) -> anyhow::Result<Heard> {
    let headers = message.headers().context("it has no headers")?;
    let attributes: HashMap<&str, &[u8]> =
        headers.iter().filter_map(|header| Some((header.key, header.value?))).collect();
    let text = |name: &str| -> anyhow::Result<&str> {
        let value = attributes.get(name).with_context(|| format!("it has no {name}"))?;
        std::str::from_utf8(value).with_context(|| format!("its {name} is no text"))
    };
    let stream = StreamName::parse(text("ce_subject")?).context("its subject is no stream")?;
    let number = text("ce_number")?.parse()?;
    let Some(body) = message.payload() else { return Ok(Heard::Moved(Moved { stream, number })) };
    let event = Event {
        number,
        kind: text("ce_type")?.to_owned(),
        at: Instant::parse(text("ce_time")?).context("its time is no instant")?,
        cause: text("ce_cause").ok().map(str::to_owned),
        body: String::from_utf8(body.to_vec())?,
    };
    Ok(Heard::Event(Logged { stream, epoch: text("ce_epoch")?.parse()?, event }))
}

#[cfg(test)]
mod tests {
    use rdkafka::Timestamp;
    use rdkafka::message::OwnedMessage;

    use super::*;

    /// The message as a broker would give it back.
    fn carried(logged: &Logged) -> OwnedMessage {
        let record = record("topic", logged);
        let bytes = |text: &str| text.as_bytes().to_vec();
        OwnedMessage::new(
            record.payload.map(bytes),
            record.key.map(bytes),
            "topic".to_owned(),
            Timestamp::NotAvailable,
            0,
            0,
            record.headers,
        )
    }

    fn logged(body: String, cause: Option<&str>) -> Logged {
        let stream = StreamName::parse("suite/thing/01900000-0000-7000-8000-000000000001").unwrap();
        let event = Event {
            number: 7,
            kind: "thing_done".to_owned(),
            at: Instant(1_795_521_600_000_001),
            cause: cause.map(str::to_owned),
            body,
        };
        Logged { stream, epoch: uuid::Uuid::from_u128(9), event }
    }

    #[test]
    fn an_event_comes_back_as_it_was() {
        for cause in [None, Some("request-1")] {
            let event = logged("{\"a\":\"ß\"}".to_owned(), cause);
            assert_eq!(heard(&carried(&event)), Heard::Event(event));
        }
    }

    #[test]
    fn a_message_is_a_cloud_event() {
        let message = carried(&logged("{}".to_owned(), None));
        let has = |key: &str, value: &str| {
            let headers = message.headers().unwrap();
            headers.iter().any(|it| it.key == key && it.value == Some(value.as_bytes()))
        };
        assert!(has("ce_specversion", "1.0") && has("content-type", "application/json"));
        assert!(has("ce_source", "/suite") && has("ce_type", "thing_done"));
        assert!(has("ce_id", "00000000-0000-0000-0000-000000000009/7"));
        assert!(has("ce_time", "2026-11-24T12:00:00.000001Z"));
        assert_eq!(
            message.key(),
            Some("suite/thing/01900000-0000-7000-8000-000000000001".as_bytes())
        );
    }

    #[test]
    fn a_long_event_is_announced_and_a_foreign_message_makes_one_compare() {
        let long = logged("x".repeat(LONGEST_BODY + 1), None);
        let moved = Moved { stream: long.stream.clone(), number: 7 };
        assert_eq!(heard(&carried(&long)), Heard::Moved(moved));
        let mut foreign = carried(&logged("{}".to_owned(), None));
        foreign = foreign.replace_headers(None);
        assert_eq!(heard(&foreign), Heard::Missed);
    }
}
