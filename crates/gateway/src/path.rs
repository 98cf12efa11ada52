//! Paths of requests: checked, decoded and normalised for matching, escaped again for sending.

use percent_encoding::{AsciiSet, CONTROLS, percent_encode};

/// What must not stand in a path as it is; a percent sign is already part of an escape.
const ESCAPED: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'<')
    .add(b'>')
    .add(b'\\')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// RFC 3986's reserved characters and the percent sign: escaped and bare, they mean two things.
const RESERVED: &[u8] = b"%:/?#[]@!$&'()*+,;=";

/// The path as routes see it: escapes decoded but for reserved characters, dot segments removed,
/// repeated slashes merged. None if it holds a percent sign that is no escape.
pub(crate) fn normalise(raw: &[u8]) -> Option<Vec<u8>> {
    let decoded = decode(raw)?;
    let plain = !decoded.windows(2).any(|pair| pair == b"//" || pair == b"/.");
    Some(if plain { decoded } else { merge_slashes(&remove_dot_segments(&decoded)) })
}

/// Decodes all escapes but those of reserved characters, whose digits become capitals.
pub(crate) fn decode(raw: &[u8]) -> Option<Vec<u8>> {
    let mut decoded = Vec::with_capacity(raw.len());
    let mut rest = raw;
    while let [first, tail @ ..] = rest {
        if *first != b'%' {
            decoded.push(*first);
            rest = tail;
            continue;
        }
        let [high, low, tail @ ..] = tail else { return None };
        let byte = hex(*high)? << 4 | hex(*low)?;
        if RESERVED.contains(&byte) {
            decoded.extend([b'%', high.to_ascii_uppercase(), low.to_ascii_uppercase()]);
        } else {
            decoded.push(byte);
        }
        rest = tail;
    }
    Some(decoded)
}

/// True if following the path's dots would leave the root.
pub(crate) fn climbs_out(raw: &[u8]) -> bool {
    let Some(decoded) = decode(raw) else { return false };
    let mut depth = 0_usize;
    for segment in decoded.split(|b| *b == b'/') {
        match segment {
            b"" | b"." => {}
            b".." if depth == 0 => return true,
            b".." => depth -= 1,
            _ => depth += 1,
        }
    }
    false
}

pub(crate) fn escape(path: &[u8]) -> String {
    percent_encode(path, ESCAPED).to_string()
}

fn remove_dot_segments(path: &[u8]) -> Vec<u8> {
    let mut kept: Vec<&[u8]> = Vec::new();
    let segments: Vec<&[u8]> = path.split(|b| *b == b'/').skip(1).collect();
    let last = segments.len().saturating_sub(1);
    for (i, segment) in segments.into_iter().enumerate() {
        let dots = segment == b"." || segment == b"..";
        if segment == b".." {
            kept.pop();
        }
        if !dots {
            kept.push(segment);
        } else if i == last {
            kept.push(b"");
        }
    }
    let mut out = Vec::with_capacity(path.len());
    for segment in kept {
        out.push(b'/');
        out.extend_from_slice(segment);
    }
    out
}

fn merge_slashes(path: &[u8]) -> Vec<u8> {
    let mut merged = path.to_vec();
    merged.dedup_by(|next, before| *next == b'/' && *before == b'/');
    merged
}

fn hex(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_normalised_as_rfc_3986_says() {
        let normal = |raw: &str| normalise(raw.as_bytes()).map(|p| String::from_utf8(p).unwrap());
        assert_eq!(normal("/a/./b/../c").as_deref(), Some("/a/c"));
        assert_eq!(normal("/a/b/..").as_deref(), Some("/a/"));
        assert_eq!(normal("/%2e/a%2fb//c").as_deref(), Some("/a%2Fb/c"));
        assert_eq!(normal("/a/.."), Some("/".into()));
        assert_eq!(normal("/.well-known/x"), Some("/.well-known/x".into()));
        assert_eq!(normal("/%zz"), None);
        assert_eq!(normal("/%2"), None);
    }

    #[test]
    fn climbing_above_the_root_is_seen_before_normalising() {
        assert!(climbs_out(b"/.."));
        assert!(climbs_out(b"/a/%2e%2E/../b"));
        assert!(!climbs_out(b"/a/../b"));
    }
}
