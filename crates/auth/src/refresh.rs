//! Refresh tokens and the rule by which one is answered.
//!
//! A token is `session.generation.HMAC(key, session ‖ generation)`: nothing secret is stored, and
//! the successor of a token can be computed again, so a client whose answer was lost gets the
//! same one and never a second branch.

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use model::{Instant, SessionId};
use uuid::Uuid;

/// Makes and recognises refresh tokens.
pub(crate) struct RefreshTokens(hmac::Key);

/// Which token of which session was presented, by its own word that we signed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Presented {
    pub session: SessionId,
    pub generation: i64,
}

impl RefreshTokens {
    pub(crate) fn new(key: &[u8; 32]) -> RefreshTokens {
        RefreshTokens(hmac::Key::new(hmac::HMAC_SHA256, key))
    }

    pub(crate) fn issue(&self, token: Presented) -> String {
        let tag = hmac::sign(&self.0, &signed_bytes(token));
        let Presented { session, generation } = token;
        format!("{}.{generation}.{}", session.0.simple(), URL_SAFE_NO_PAD.encode(tag))
    }

    /// What a token says; `None` where we did not make it.
    pub(crate) fn read(&self, text: &str) -> Option<Presented> {
        let mut parts = text.split('.');
        let (session, generation, tag) = (parts.next()?, parts.next()?, parts.next()?);
        if parts.next().is_some() {
            return None;
        }
        let session = SessionId(Uuid::try_parse(session).ok()?);
        let token = Presented { session, generation: generation.parse().ok()? };
        let tag = URL_SAFE_NO_PAD.decode(tag).ok()?;
        hmac::verify(&self.0, &signed_bytes(token), &tag).ok()?;
        Some(token)
    }
}

fn signed_bytes(token: Presented) -> [u8; 24] {
    let mut bytes = [0; 24];
    bytes[..16].copy_from_slice(token.session.0.as_bytes());
    bytes[16..].copy_from_slice(&token.generation.to_be_bytes());
    bytes
}

/// How far a session's tokens have come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Chain {
    /// The newest token that was given out; those before it are spent.
    pub generation: i64,
    /// When it was.
    pub rotated_at: Instant,
    /// The newest token was given out a second time, after the overlap.
    pub answered_late: bool,
    /// So was the one before it.
    pub answered_late_before: bool,
}

/// What a presented token is answered.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Verdict {
    /// It is the newest: it is spent and its successor given out.
    Rotate,
    /// It is the one before, just spent: a second tab, or an answer that was lost.
    Repeat,
    /// The same, but after the overlap: a client that slept before it heard its answer.
    RepeatLate,
    /// Somebody holds an old token: the session ends.
    Reused,
}

/// How long a spent token still gets its successor without a second thought.
pub(crate) const OVERLAP_SECONDS: i64 = 60;

impl Chain {
    pub(crate) fn judge(self, presented: i64, now: Instant) -> Verdict {
        if presented == self.generation {
            return Verdict::Rotate;
        }
        if presented != self.generation - 1 {
            return Verdict::Reused;
        }
        if now <= self.rotated_at.plus_seconds(OVERLAP_SECONDS) {
            return Verdict::Repeat;
        }
        // The successor was never presented, or it would not be the newest, so a lost answer is
        // likely. Twice in a row it is not: then two clients hold the tokens and take turns.
        if self.answered_late_before { Verdict::Reused } else { Verdict::RepeatLate }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOW: Instant = Instant(1_795_000_000_000_000);

    fn tokens() -> RefreshTokens {
        RefreshTokens::new(&[7; 32])
    }

    fn token(generation: i64) -> Presented {
        Presented { session: SessionId(Uuid::from_u128(42)), generation }
    }

    #[test]
    fn a_token_can_be_computed_again_and_read() {
        let text = tokens().issue(token(3));
        assert_eq!(tokens().issue(token(3)), text);
        assert_eq!(tokens().read(&text), Some(token(3)));
        assert_ne!(tokens().issue(token(4)), text);
    }

    #[test]
    fn a_token_that_we_did_not_make_is_none() {
        let text = tokens().issue(token(3));
        let other_key = RefreshTokens::new(&[8; 32]);
        assert_eq!(other_key.read(&text), None);
        let tag = text.rsplit_once('.').unwrap().1;
        let of_another_generation = format!("{}.4.{tag}", token(3).session.0.simple());
        let with_more = format!("{text}.x");
        let without_tag = text.trim_end_matches(tag);
        for forged in ["", ".", "..", "a.1.b", &of_another_generation, &with_more, without_tag] {
            assert_eq!(tokens().read(forged), None, "{forged}");
        }
    }

    fn chain(generation: i64) -> Chain {
        Chain { generation, rotated_at: NOW, answered_late: false, answered_late_before: false }
    }

    #[test]
    fn only_the_newest_and_the_one_before_are_answered() {
        assert_eq!(chain(5).judge(5, NOW), Verdict::Rotate);
        assert_eq!(chain(5).judge(4, NOW), Verdict::Repeat);
        assert_eq!(chain(5).judge(3, NOW), Verdict::Reused, "also within the overlap");
        assert_eq!(chain(5).judge(6, NOW), Verdict::Reused, "one that was never given out");
    }

    #[test]
    fn a_lost_answer_is_given_late_but_not_twice_in_a_row() {
        let later = NOW.plus_seconds(OVERLAP_SECONDS + 1);
        assert_eq!(chain(5).judge(4, NOW.plus_seconds(OVERLAP_SECONDS)), Verdict::Repeat);
        assert_eq!(chain(5).judge(4, later), Verdict::RepeatLate);
        let again = Chain { answered_late: true, ..chain(5) };
        assert_eq!(again.judge(4, later), Verdict::RepeatLate, "its answer was lost again");
        let in_turn = Chain { answered_late_before: true, ..chain(5) };
        assert_eq!(in_turn.judge(4, later), Verdict::Reused);
        assert_eq!(in_turn.judge(4, NOW), Verdict::Repeat, "a second tab is no thief");
    }

    #[test]
    fn a_clock_that_went_back_ends_no_session() {
        let earlier = NOW.plus_seconds(-3600);
        assert_eq!(chain(5).judge(4, earlier), Verdict::Repeat);
        assert_eq!(chain(5).judge(5, earlier), Verdict::Rotate);
    }

    /// The chain after an answer, as the store keeps it.
    fn after(chain: Chain, verdict: Verdict, now: Instant) -> Chain {
        match verdict {
            Verdict::Rotate => Chain {
                generation: chain.generation + 1,
                rotated_at: now,
                answered_late: false,
                answered_late_before: chain.answered_late,
            },
            Verdict::RepeatLate => Chain { answered_late: true, ..chain },
            Verdict::Repeat | Verdict::Reused => chain,
        }
    }

    proptest! {
        /// Two clients that hold the same token can't both go on for long, whoever is first and
        /// however they wait: once each has come back late twice, the session has ended.
        #[test]
        fn two_holders_who_take_turns_are_found(
            waits in prop::collection::vec((61_i64..100_000, 61_i64..100_000), 4),
        ) {
            let mut chain = Chain { generation: 1, rotated_at: NOW, answered_late: false, answered_late_before: false };
            let mut now = NOW;
            let mut ended = false;
            for (first, second) in waits {
                let shared = chain.generation;
                for wait in [first, second] {
                    now = now.plus_seconds(wait);
                    let verdict = chain.judge(shared, now);
                    ended |= verdict == Verdict::Reused;
                    chain = after(chain, verdict, now);
                }
            }
            prop_assert!(ended);
        }

        /// Whatever is presented when, the newest generation never goes back and never skips, and
        /// what is answered is the newest.
        #[test]
        fn a_session_never_has_two_branches(
            steps in prop::collection::vec((-2_i64..3, 0_i64..200), 1..200),
        ) {
            let mut chain = Chain { generation: 1, rotated_at: NOW, answered_late: false, answered_late_before: false };
            let mut now = NOW;
            for (offset, wait) in steps {
                now = now.plus_seconds(wait);
                let presented = chain.generation + offset;
                let verdict = chain.judge(presented, now);
                let next = after(chain, verdict, now);
                if verdict != Verdict::Reused {
                    prop_assert_eq!(next.generation, presented + 1);
                }
                prop_assert!(next.generation - chain.generation <= 1);
                chain = next;
            }
        }
    }
}
