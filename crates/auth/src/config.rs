//! The settings of auth, with what is refused of them.

use anyhow::ensure;
use contracts::auth::RegistrationMode;
use serde::{Deserialize, Serialize};

/// Settings, each with a default that suits a small machine.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Who may sign up: `first` (one person, the operator), `invite` (nobody uninvited) or `open`.
    pub registration: RegistrationMode,
    pub argon2: Argon2Cost,
    /// How many passwords are hashed at once; each takes `argon2.memory_kib` of memory.
    pub parallel_hashes: u32,
    /// How many sign-ins may wait for their turn; more are told to come back.
    pub hash_queue: u32,
    /// A session that is not used for this many days has to sign in again.
    pub refresh_days: u32,
    /// So does every session after this many days.
    pub session_days: u32,
    /// What the first sign-up has to present. Left out, the server makes one when others can reach
    /// it, the same on every replica.
    #[serde(skip_serializing)]
    pub setup_token: Option<String>,
}

/// What a guess at a password costs. Raising it takes effect for each person at their next
/// sign-in.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Argon2Cost {
    pub memory_kib: u32,
    pub iterations: u32,
    pub lanes: u32,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            registration: RegistrationMode::First,
            argon2: Argon2Cost::default(),
            parallel_hashes: 2,
            hash_queue: 32,
            refresh_days: 30,
            session_days: 180,
            setup_token: None,
        }
    }
}

impl Default for Argon2Cost {
    fn default() -> Self {
        Argon2Cost { memory_kib: 19 * 1024, iterations: 2, lanes: 1 }
    }
}

/// Memory in KiB and iterations that OWASP's Password Storage Cheat Sheet calls equally strong,
/// the least of what it accepts.
const OWASP_MINIMUM: [(u32, u32); 5] =
    [(46 * 1024, 1), (19 * 1024, 2), (12 * 1024, 3), (9 * 1024, 4), (7 * 1024, 5)];

impl Config {
    /// Refuses what can't work or would not protect anybody.
    pub fn check(&self) -> anyhow::Result<()> {
        self.argon2.check()?;
        let between = |key: &str, value: u32, least: u32, most: u32| {
            ensure!(
                (least..=most).contains(&value),
                "auth.{key} = {value}: it must be from {least} to {most}"
            );
            Ok(())
        };
        between("parallel_hashes", self.parallel_hashes, 1, 64)?;
        between("hash_queue", self.hash_queue, 0, 10_000)?;
        between("refresh_days", self.refresh_days, 1, 400)?;
        between("session_days", self.session_days, 1, 4000)?;
        let long_enough = self.setup_token.as_ref().is_none_or(|token| token.len() >= 16);
        ensure!(long_enough, "auth.setup_token is too short: it must have at least 16 characters");
        Ok(())
    }
}

impl Argon2Cost {
    fn check(self) -> anyhow::Result<()> {
        let Argon2Cost { memory_kib, iterations, lanes } = self;
        let enough = OWASP_MINIMUM
            .iter()
            .any(|(memory, times)| memory_kib >= *memory && iterations >= *times);
        let choices: Vec<String> =
            OWASP_MINIMUM.iter().map(|(memory, times)| format!("{memory} with {times}")).collect();
        ensure!(
            enough,
            "auth.argon2 is too weak: memory_kib = {memory_kib} with iterations = {iterations}; \
             the least that protects a stolen database is one of {} (OWASP)",
            choices.join(", ")
        );
        ensure!((1..=16).contains(&lanes), "auth.argon2.lanes = {lanes}: it must be from 1 to 16");
        ensure!(
            memory_kib <= 4 * 1024 * 1024 && iterations <= 100,
            "auth.argon2 is too strong to sign in with: memory_kib = {memory_kib} with iterations \
             = {iterations}; use at most 4194304 with 100"
        );
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(config: &Config) -> String {
        config.check().unwrap_err().to_string()
    }

    #[test]
    fn the_defaults_and_every_minimum_of_owasp_are_fine() {
        Config::default().check().unwrap();
        for (memory_kib, iterations) in OWASP_MINIMUM {
            Argon2Cost { memory_kib, iterations, lanes: 1 }.check().unwrap();
        }
    }

    #[test]
    fn a_weaker_hash_is_refused_with_what_would_be_right() {
        let argon2 = Argon2Cost { memory_kib: 19 * 1024, iterations: 1, lanes: 1 };
        let text = refusal(&Config { argon2, ..Config::default() });
        assert!(text.contains("iterations = 1") && text.contains("19456 with 2"), "{text}");
    }

    #[test]
    fn wrong_numbers_are_refused_by_their_key() {
        let none = Config { parallel_hashes: 0, ..Config::default() };
        assert_eq!(refusal(&none), "auth.parallel_hashes = 0: it must be from 1 to 64");
        let argon2 = Argon2Cost { lanes: 0, ..Argon2Cost::default() };
        assert!(refusal(&Config { argon2, ..Config::default() }).contains("auth.argon2.lanes = 0"));
    }

    #[test]
    fn unknown_keys_are_refused_and_missing_ones_have_defaults() {
        let parse = serde_json::from_str::<Config>;
        let config = parse(r#"{"registration":"open","argon2":{"iterations":3}}"#).unwrap();
        assert_eq!(config.registration, RegistrationMode::Open);
        assert_eq!(config.argon2.memory_kib, 19 * 1024);
        let error = parse(r#"{"registrations":"open"}"#).unwrap_err().to_string();
        assert!(error.contains("registrations"), "{error}");
    }
}
