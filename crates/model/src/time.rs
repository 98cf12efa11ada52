//! Instants as microseconds since 1970, and time zones of the IANA database.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::Day;

/// A moment, in microseconds since 1970-01-01T00:00:00Z; RFC 3339 text on the wire.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Instant(pub i64);

impl Instant {
    #[must_use]
    pub const fn plus_seconds(self, seconds: i64) -> Instant {
        Instant(self.0 + seconds * 1_000_000)
    }

    /// An instant in the form of RFC 3339, such as `2026-11-24T15:00:00Z`.
    pub fn parse(text: &str) -> Option<Instant> {
        let timestamp: jiff::Timestamp = text.parse().ok()?;
        Some(Instant(timestamp.as_microsecond()))
    }

    /// Whole seconds since 1970, as tokens count time.
    pub const fn unix_seconds(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }
}

impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_microsecond(self.0) {
            Ok(timestamp) => write!(f, "{timestamp:.6}"),
            Err(_) => write!(f, "{} µs since 1970", self.0),
        }
    }
}

impl fmt::Debug for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Instant {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Instant {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Instant::parse(&text).ok_or_else(|| {
            serde::de::Error::custom(format!(
                "\"{text}\" is no instant; write it as 2026-11-24T15:00:00Z"
            ))
        })
    }
}

/// A time zone by its IANA name, such as `Europe/Berlin`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TimeZone(jiff::tz::TimeZone);

/// A text that names no time zone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is no time zone; use a name of the IANA database such as Europe/Berlin")]
pub struct TimeZoneError(String);

impl TimeZone {
    pub fn parse(name: &str) -> Result<Self, TimeZoneError> {
        jiff::tz::TimeZone::get(name)
            .ok()
            .filter(|zone| zone.iana_name().is_some())
            .map(Self)
            .ok_or_else(|| TimeZoneError(name.to_owned()))
    }

    /// The zone of this machine; UTC where it does not say.
    pub fn system() -> Self {
        Self(jiff::tz::TimeZone::system())
    }

    pub fn name(&self) -> &str {
        self.0.iana_name().unwrap_or("UTC")
    }

    /// The calendar day that an instant falls on here.
    pub fn day_of(&self, instant: Instant) -> Day {
        let timestamp = jiff::Timestamp::from_microsecond(instant.0).unwrap_or_default();
        Day::of_zoned(&timestamp.to_zoned(self.0.clone()))
    }
}

impl Serialize for TimeZone {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for TimeZone {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

mod schema {
    //! How instants and zones look in the API document.

    use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, SchemaFormat, Type};
    use utoipa::openapi::{RefOr, Schema};
    use utoipa::{PartialSchema, ToSchema};

    use super::{Instant, TimeZone};

    impl PartialSchema for Instant {
        fn schema() -> RefOr<Schema> {
            ObjectBuilder::new()
                .schema_type(Type::String)
                .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
                .description(Some("A moment in UTC, RFC 3339."))
                .into()
        }
    }

    impl ToSchema for Instant {
        fn name() -> std::borrow::Cow<'static, str> {
            "Instant".into()
        }
    }

    impl PartialSchema for TimeZone {
        fn schema() -> RefOr<Schema> {
            ObjectBuilder::new()
                .schema_type(Type::String)
                .description(Some("A time zone of the IANA database."))
                .examples(["Europe/Berlin"])
                .into()
        }
    }

    impl ToSchema for TimeZone {
        fn name() -> std::borrow::Cow<'static, str> {
            "TimeZone".into()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_round_trips_and_falls_on_a_local_day() {
        let instant = Instant(1_795_532_399_123_456);
        let text = serde_json::to_string(&instant).unwrap();
        assert_eq!(serde_json::from_str::<Instant>(&text).unwrap(), instant);
        let late = serde_json::from_str::<Instant>("\"2026-11-24T23:30:00Z\"").unwrap();
        let day = |zone: &str| TimeZone::parse(zone).unwrap().day_of(late).to_string();
        assert_eq!(day("UTC"), "2026-11-24");
        assert_eq!(day("Asia/Tokyo"), "2026-11-25");
        assert!(TimeZone::parse("Berlin").is_err());
    }
}
