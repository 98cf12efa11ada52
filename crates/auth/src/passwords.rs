//! Passwords: which may be chosen, and how they are kept.

mod common;
mod hasher;

pub(crate) use hasher::Hasher;

use crate::email::{self, Email};

/// A password that may be chosen, exactly as it was typed. No `Debug`.
#[derive(Clone)]
pub(crate) struct Password(String);

/// Why a password can't be chosen. Never repeats it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PasswordError {
    #[error("a password has at least {SHORTEST} characters; this one has {0}")]
    TooShort(usize),
    #[error("a password has at most {LONGEST} characters; this one has {0}")]
    TooLong(usize),
    #[error(
        "this password is among those that are tried first; a few words that do not belong \
         together are hard to guess and easy to keep"
    )]
    Common,
    #[error("a password must not be the e-mail address")]
    Email,
}

const SHORTEST: usize = 8;
const LONGEST: usize = 256;

impl Password {
    /// There are no rules on what it is made of (OWASP ASVS 6.2): only what is short or known is
    /// refused.
    pub(crate) fn choose(text: &str, email: &Email) -> Result<Password, PasswordError> {
        let length = text.chars().count();
        if length < SHORTEST {
            return Err(PasswordError::TooShort(length));
        }
        if length > LONGEST {
            return Err(PasswordError::TooLong(length));
        }
        if is_of_email(text, email) {
            return Err(PasswordError::Email);
        }
        if common::is_common(text) {
            return Err(PasswordError::Common);
        }
        Ok(Password(text.to_owned()))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// The address itself, or its part before the `@`.
fn is_of_email(text: &str, email: &Email) -> bool {
    let (typed, address) = (email::fold(text), email.folded());
    let local = address.rsplit_once('@').map(|(local, _)| local);
    typed == address || Some(typed.as_str()) == local
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choose(text: &str) -> Result<String, PasswordError> {
        let email = Email::parse("ada.lovelace@example.org").unwrap();
        Password::choose(text, &email).map(|password| password.as_str().to_owned())
    }

    #[test]
    fn a_password_is_kept_as_it_was_typed() {
        let longest = "walrus ß ".repeat(28) + "zoo!";
        for text in ["  Purple Walrus 7 ", "пароль Ёлка дым", "abc·XYZ·🦀🦀", longest.as_str()]
        {
            assert_eq!(choose(text).as_deref(), Ok(text));
        }
    }

    #[test]
    fn what_is_short_long_known_or_the_address_is_refused() {
        assert_eq!(choose("walrus7"), Err(PasswordError::TooShort(7)));
        assert_eq!(choose("🦀🦀🦀🦀🦀🦀🦀"), Err(PasswordError::TooShort(7)));
        assert_eq!(choose(&"walrus ".repeat(37)), Err(PasswordError::TooLong(259)));
        assert_eq!(choose("P@ssw0rd!"), Err(PasswordError::Common));
        assert_eq!(choose("ADA.Lovelace@example.org"), Err(PasswordError::Email));
        assert_eq!(choose("Ada.Lovelace"), Err(PasswordError::Email));
    }
}
