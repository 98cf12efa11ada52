//! E-mail addresses as people type them.

use unicode_normalization::UnicodeNormalization;

/// An address that could receive mail, as it was typed.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Email(String);

/// Why a text is no e-mail address. Never repeats the text, since it may end in a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum EmailError {
    #[error("an e-mail address is needed, such as ada@example.org")]
    Empty,
    #[error("an e-mail address has at most 254 characters")]
    TooLong,
    #[error("an e-mail address looks like ada@example.org")]
    Shape,
}

impl Email {
    pub(crate) fn parse(text: &str) -> Result<Email, EmailError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(EmailError::Empty);
        }
        if text.chars().count() > 254 {
            return Err(EmailError::TooLong);
        }
        let (local, domain) = text.rsplit_once('@').ok_or(EmailError::Shape)?;
        let shaped = is_local_part(local) && domain.split('.').all(is_label);
        if shaped { Ok(Email(text.to_owned())) } else { Err(EmailError::Shape) }
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The form under which two addresses are the same person's.
    pub(crate) fn folded(&self) -> String {
        fold(&self.0)
    }
}

/// Compatible forms and case do not make another address.
pub(crate) fn fold(text: &str) -> String {
    text.trim().nfkc().flat_map(char::to_lowercase).collect()
}

fn is_local_part(local: &str) -> bool {
    let no_gap = !local.split('.').any(str::is_empty);
    let plain = |c: char| !c.is_whitespace() && !c.is_control() && !"@,;:<>()[]\\\"".contains(c);
    local.chars().count() <= 64 && no_gap && local.chars().all(plain)
}

fn is_label(label: &str) -> bool {
    let plain = |c: char| c.is_alphanumeric() || c == '-';
    let edges = !label.starts_with('-') && !label.ends_with('-');
    !label.is_empty() && label.chars().count() <= 63 && edges && label.chars().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_taken_as_typed() {
        for text in [
            "ada@example.org",
            "a.b+tag@sub.example.co",
            "ada@home",
            "jörg@müller.example",
            "x@1.2",
        ] {
            assert_eq!(Email::parse(text).unwrap().as_str(), text);
        }
        assert_eq!(Email::parse(" Ada@Example.ORG ").unwrap().as_str(), "Ada@Example.ORG");
    }

    #[test]
    fn other_texts_are_refused() {
        for text in [
            "ada",
            "@",
            "ada@",
            "@example.org",
            "a b@example.org",
            "ada@exa mple.org",
            "a@b@c d",
            "ada@example..org",
            "ada@.org",
            "ada@-example.org",
            "a..b@example.org",
            "a\n@example.org",
            "<ada@example.org>",
            "ada@example.org,bob@example.org",
        ] {
            assert_eq!(Email::parse(text).err(), Some(EmailError::Shape), "{text}");
        }
        assert_eq!(Email::parse("  ").err(), Some(EmailError::Empty));
        assert_eq!(
            Email::parse(&format!("a@{}", "x".repeat(260))).err(),
            Some(EmailError::TooLong)
        );
    }

    #[test]
    fn case_and_width_do_not_make_another_address() {
        let folded = |text: &str| Email::parse(text).unwrap().folded();
        assert_eq!(folded("ADA@Example.org"), folded("ada@example.ORG"));
        assert_eq!(folded("ａda@example.org"), folded("ada@example.org"));
        assert_ne!(folded("adé@example.org"), folded("ade@example.org"));
    }
}
