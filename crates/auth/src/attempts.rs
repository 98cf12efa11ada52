//! Failed attempts, counted softly: whoever guesses is slowed down, and hears nothing by it.
//!
//! Counts are shared by all who share a cache. While it is away, each process counts for itself: a
//! guesser gains as many tries as there are processes, and nobody is kept out.

use std::net::IpAddr;

use aws_lc_rs::digest;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use service::{Context, Error, Kind};

/// Who tries: the account that is named, whether it exists or not, and from where.
#[derive(Clone, Copy)]
pub(crate) struct Attempt<'a> {
    /// The folded e-mail address.
    pub account: &'a str,
    pub address: Option<IpAddr>,
}

/// So many failures are free in a window; each one after them is followed by a pause.
struct Allowance {
    free: u64,
    pause_seconds: u32,
}

const ACCOUNT: Allowance = Allowance { free: 5, pause_seconds: 60 };
/// A household or an office may share one address.
const ADDRESS: Allowance = Allowance { free: 50, pause_seconds: 60 };
const WINDOW_SECONDS: i64 = 15 * 60;

/// Refuses an attempt during a pause, right or wrong, so that a guess in it is worth nothing.
pub(crate) async fn check(ctx: &Context, attempt: Attempt<'_>) -> Result<(), Error> {
    let (cache, now) = (ctx.cache.or_here(), ctx.clock.now());
    for (key, allowance) in counted(attempt) {
        if cache.is_marked(&pause_key(&key), now).await {
            return Err(paused(allowance.pause_seconds));
        }
    }
    Ok(())
}

/// Remembers a failed attempt.
pub(crate) async fn failed(ctx: &Context, attempt: Attempt<'_>) {
    let (cache, now) = (ctx.cache.or_here(), ctx.clock.now());
    for (key, allowance) in counted(attempt) {
        let until = now.plus_seconds(WINDOW_SECONDS);
        if cache.count(&key, allowance.free, now, until).await >= allowance.free {
            let pause_ends = now.plus_seconds(allowance.pause_seconds.into());
            cache.mark(&pause_key(&key), now, pause_ends).await;
            let address = attempt.address.map(tracing::field::display);
            tracing::warn!(address, "too many attempts to sign in failed; a pause begins");
        }
    }
}

fn counted(attempt: Attempt<'_>) -> impl Iterator<Item = (String, Allowance)> {
    let account = (key("account", attempt.account), ACCOUNT);
    let address = attempt.address.map(|address| (key("address", &network(address)), ADDRESS));
    std::iter::once(account).chain(address)
}

/// A cache may be seen by others, so it learns no e-mail and no address.
fn key(kind: &str, who: &str) -> String {
    let digest = digest::digest(&digest::SHA256, who.as_bytes());
    format!("auth:failed:{kind}:{}", URL_SAFE_NO_PAD.encode(digest))
}

fn pause_key(key: &str) -> String {
    format!("{key}:pause")
}

/// One household has a whole /64 of IPv6.
fn network(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}")
        }
    }
}

fn paused(seconds: u32) -> Error {
    let detail = format!("Too many attempts failed. Please wait {seconds} seconds and try again.");
    let mut error = Error::new(Kind::TooMany, detail);
    error.retry_after = Some(seconds);
    error
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_in_a_network_share_a_count() {
        let network = |text: &str| network(text.parse().unwrap());
        assert_eq!(network("2001:db8:1:2:3::4"), network("2001:db8:1:2:ffff::1"));
        assert_ne!(network("2001:db8:1:2::1"), network("2001:db8:1:3::1"));
        assert_eq!(network("::ffff:192.0.2.1"), network("192.0.2.1"));
        assert_ne!(network("192.0.2.1"), network("192.0.2.2"));
    }

    #[test]
    fn keys_tell_nothing_of_who_it_is() {
        assert!(!key("account", "ada@example.org").contains("ada"));
        assert_ne!(key("account", "192.0.2.1"), key("address", "192.0.2.1"));
    }
}
