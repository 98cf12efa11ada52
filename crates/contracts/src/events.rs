//! The events that services tell each other of, for whoever wants to list, check or describe them.

use serde::Serialize;
use serde::de::DeserializeOwned;
use utoipa::ToSchema;
use utoipa::openapi::{RefOr, Schema};

use crate::ledger;

/// Every kind of event that stands in a log.
pub const EVENTS: &[EventKind] = &[EventKind::of::<ledger::BookChanged>(
    "ledger/book",
    ledger::CHANGED,
    "A change of a book: everything that it touched, with both sides where a reader must take back \
     what it counted.",
    include_str!("../samples/ledger.book_changed.json"),
)];

/// A kind of event: where it is told, what it says and what it looks like.
pub struct EventKind {
    /// Service and kind of its streams.
    pub family: &'static str,
    /// Its name in the log.
    pub kind: &'static str,
    pub about: &'static str,
    /// One as it is stored. Those of released versions stay readable.
    pub sample: &'static str,
    /// The name of its type, and the types that it is made of.
    pub schemas: fn() -> (String, Schemas),
    /// Reads one, and writes it again.
    pub rewrite: fn(&str) -> serde_json::Result<String>,
}

/// Types by their names.
pub type Schemas = Vec<(String, RefOr<Schema>)>;

impl EventKind {
    const fn of<E: Serialize + DeserializeOwned + ToSchema>(
        family: &'static str,
        kind: &'static str,
        about: &'static str,
        sample: &'static str,
    ) -> EventKind {
        EventKind { family, kind, about, sample, schemas: schemas::<E>, rewrite: rewrite::<E> }
    }

    /// The service whose log it stands in.
    pub fn service(&self) -> &'static str {
        self.family.split('/').next().unwrap_or_default()
    }
}

fn schemas<E: ToSchema>() -> (String, Schemas) {
    let mut all = vec![(E::name().into_owned(), E::schema())];
    E::schemas(&mut all);
    (E::name().into_owned(), all)
}

fn rewrite<E: Serialize + DeserializeOwned>(text: &str) -> serde_json::Result<String> {
    serde_json::to_string(&serde_json::from_str::<E>(text)?)
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn json(text: &str) -> Value {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn a_stored_event_is_read_and_written_as_it_was() {
        for event in EVENTS {
            let written = (event.rewrite)(event.sample).unwrap();
            assert_eq!(json(&written), json(event.sample), "{}", event.kind);
        }
    }

    /// A field that a later version adds to each object; an amount has two and will have no third.
    fn with_unknown_fields(value: &mut Value) {
        match value {
            Value::Array(all) => all.iter_mut().for_each(with_unknown_fields),
            Value::Object(fields) => {
                fields.values_mut().for_each(with_unknown_fields);
                if !fields.contains_key("currency") || fields.contains_key("id") {
                    fields.insert("of_a_later_version".to_owned(), Value::Bool(true));
                }
            }
            _ => {}
        }
    }

    #[test]
    fn fields_of_a_later_version_are_ignored() {
        for event in EVENTS {
            let mut later = json(event.sample);
            with_unknown_fields(&mut later);
            assert_ne!(later, json(event.sample));
            let written = (event.rewrite)(&later.to_string()).unwrap();
            assert_eq!(json(&written), json(event.sample), "{}", event.kind);
        }
    }

    #[test]
    fn every_schema_that_is_named_is_there() {
        for event in EVENTS {
            let (name, schemas) = (event.schemas)();
            let text = serde_json::to_string(&schemas).unwrap();
            let named = text.split("#/components/schemas/").skip(1);
            let named = named.filter_map(|rest| rest.split('"').next());
            for wanted in named.chain([name.as_str()]) {
                assert!(schemas.iter().any(|(name, _)| name == wanted), "{wanted}");
            }
        }
    }
}
