//! Text for people: names that are never empty, and the folded form that comparing uses.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// The form under which two texts count as the same: without case, accents and repeated blanks.
///
/// Searching and unique names compare this form, kept in a column of its own, so that every
/// database compares alike.
pub fn fold(text: &str) -> String {
    let plain: String =
        text.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase).collect();
    plain.replace('ß', "ss").split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A name given by a person: trimmed, 1 to 120 characters, on one line.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Name(String);

/// Why a text is no name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    #[error("a name is needed")]
    Empty,
    #[error("a name has at most 120 characters; this one has {0}")]
    TooLong(usize),
    #[error("a name stays on one line and has no control characters")]
    Control,
}

impl Name {
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let text = text.trim();
        let length = text.chars().count();
        if length == 0 {
            return Err(NameError::Empty);
        }
        if length > 120 {
            return Err(NameError::TooLong(length));
        }
        if text.chars().any(char::is_control) {
            return Err(NameError::Control);
        }
        Ok(Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn folded(&self) -> String {
        fold(&self.0)
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl From<Name> for String {
    fn from(name: Name) -> Self {
        name.0
    }
}

impl Serialize for Name {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

impl utoipa::PartialSchema for Name {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        utoipa::openapi::schema::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::String)
            .min_length(Some(1))
            .max_length(Some(120))
            .into()
    }
}

impl utoipa::ToSchema for Name {
    fn name() -> std::borrow::Cow<'static, str> {
        "Name".into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folds_case_accents_and_blanks() {
        for (text, folded) in [
            ("  Edeka  Südstern ", "edeka sudstern"),
            ("Bergmannstraße", "bergmannstrasse"),
            ("ÉCOLE", "ecole"),
            ("東京　駅", "東京 駅"),
            ("ﬁne", "fine"),
        ] {
            assert_eq!(fold(text), folded);
        }
    }

    #[test]
    fn a_name_is_trimmed_and_on_one_line() {
        assert_eq!(Name::parse(" Cash ").unwrap().as_str(), "Cash");
        assert_eq!(Name::parse("  "), Err(NameError::Empty));
        assert_eq!(Name::parse(&"x".repeat(121)), Err(NameError::TooLong(121)));
        assert_eq!(Name::parse("a\nb"), Err(NameError::Control));
    }
}
