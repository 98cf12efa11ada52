//! Where this gateway means to differ from what Kong did, and why.

/// The reason for which a case differs, if it should.
pub fn difference(case: &str) -> Option<&'static str> {
    MEANT.iter().find(|(id, _)| *id == case).map(|(_, why)| *why)
}

/// Entities that this gateway refuses to load, whatever topic they stand in; the cases that need
/// them are below.
pub const LEFT_OUT_OF_FILES: &[&str] = &["anonmissing", "ed448"];

const TOKEN: &str = "Kong's code fails on this token with 500; here it is refused with 401";
const IDENTITY: &str = "names that say who asks never come from a client";
const ED448: &str = "Ed448 keys are refused when the file is loaded";
const EXPECT: &str = "a body that is refused is not asked for first";

const MEANT: &[(&str, &str)] = &[
    ("jwt/payload-null", TOKEN),
    ("jwt/iss-null", TOKEN),
    ("jwt/iss-number", TOKEN),
    ("jwt/iss-array", TOKEN),
    ("jwt/ps256-no-sig", TOKEN),
    ("jwt/ps512-short-sig", TOKEN),
    ("jwt/es256-short-sig", TOKEN),
    ("jwt/es384-no-sig", TOKEN),
    ("jwt/es512-short-sig", TOKEN),
    ("jwt/es512-no-sig", TOKEN),
    ("jwt/ed448", ED448),
    ("jwt/ed448-tampered", ED448),
    ("jwt/ed448-short-sig", ED448),
    ("jwt/spoof-good", IDENTITY),
    ("jwt/spoof-custom-only", IDENTITY),
    ("jwt/spoof-no-custom", IDENTITY),
    ("jwt/spoof-anon", IDENTITY),
    ("jwt/anon-missing-consumer", "a plugin that names nobody is refused when the file is loaded"),
    (
        "match/tie-12",
        "three kinds of criteria beat two, as Kong's own table of priorities has it; this one \
         recording shows the route with two",
    ),
    ("rate-limiting/message", "a configured message is escaped for the form it is sent in"),
    ("rate-limiting-redis/sync-rate", "a request is counted before it is let through, never later"),
    ("request-size-limiting/expect-over", EXPECT),
    ("request-size-limiting/over-expect-html", EXPECT),
    ("termination/get-s304", "an answer that has no body tells no length"),
    ("uri/more-10", "the HTTP parser refuses a raw backtick in a target"),
];
