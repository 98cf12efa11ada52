//! Where this gateway means to differ from what Kong did, and why.

/// The reason for which a case differs, if it should.
pub fn difference(case: &str) -> Option<&'static str> {
    reason(MEANT, case)
}

/// The reason for which a file is refused that Kong accepts: it is outside the subset.
pub fn outside(case: &str) -> Option<&'static str> {
    reason(OUTSIDE_THE_SUBSET, case)
}

fn reason(list: &[(&str, &'static str)], case: &str) -> Option<&'static str> {
    list.iter().find(|(id, _)| *id == case).map(|(_, why)| *why)
}

/// Entities that this gateway refuses to load, whatever topic they stand in; the cases that need
/// them are below.
pub const LEFT_OUT_OF_FILES: &[&str] = &["anonmissing", "ed448"];

const ONE_FORMAT: &str = "only the current format is run";
const NAMED: &str = "ids, counters and precedence need a name that stays";
const HTTP_ALONE: &str = "the gateway speaks plain HTTP to its services";

const OUTSIDE_THE_SUBSET: &[(&str, &str)] = &[
    ("load/version-2.1", ONE_FORMAT),
    ("load/version-1.1-regex-path", ONE_FORMAT),
    ("load/service-no-name", NAMED),
    ("load/route-no-name", NAMED),
    ("load/service-protocol-https", HTTP_ALONE),
    ("load/service-url-https", HTTP_ALONE),
    ("load/rate-redis-old-names", "a Redis is named in one way"),
];

const TOKEN: &str = "Kong's code fails on this token with 500; here it is refused with 401";
const IDENTITY: &str = "names that say who asks never come from a client";
const NO_HTTP: &str = "what is no HTTP reaches no client; it counts as a broken connection";
const ONE_CONNECTION: &str = "one `Connection` header says what Kong says in two";
const VIA: &str = "HTTP/1.0 is called 1.0";
const ED448: &str = "Ed448 keys are refused when the file is loaded";
const OWN_KEYS: &str = "a key that is made at each load is of use to nobody";
const NO_URL: &str = "what Kong would silently drop from a URL is refused";
const NO_SENSE: &str = "Kong accepts a value that can mean nothing";
const SOUND_KEYS: &str = "a key that could never verify a token is refused at once";

const MEANT: &[(&str, &str)] = &[
    ("load/service-port-0", NO_SENSE),
    ("load/service-url-query", NO_URL),
    ("load/service-url-user", NO_URL),
    ("load/service-url-and-host", NO_URL),
    ("load/route-regex-priority-huge", "the priority has 32 bits; more would change other parts"),
    ("load/jwt-no-secret", OWN_KEYS),
    ("load/jwt-no-key", OWN_KEYS),
    ("load/jwt-empty", OWN_KEYS),
    ("load/jwt-es-no-key", SOUND_KEYS),
    ("load/jwt-es256-p384", SOUND_KEYS),
    ("load/cors-max-age-negative", NO_SENSE),
    ("load/rate-redis-bad-port", NO_SENSE),
    ("load/correlation-header-space", NO_SENSE),
    ("load/size-negative", NO_SENSE),
    ("load/termination-status-100", "a status below 200 is no final answer"),
    ("errors/garbage", NO_HTTP),
    ("errors/bad-status", NO_HTTP),
    ("retries/garbage-then-ok-get-r1", NO_HTTP),
    ("retries/garbage-then-ok-get-r3", NO_HTTP),
    ("errors/tls-426-none", ONE_CONNECTION),
    ("errors/tls-426-html", ONE_CONNECTION),
    ("errors/raw-target-frag", "a fragment is no part of a target and goes to no service"),
    ("headers/up-xff-twice", "several lines of `X-Forwarded-For` are joined"),
    ("headers/up-consumer-names", IDENTITY),
    ("headers/up-via-10", VIA),
    ("headers/body-10", VIA),
    ("headers/down-chunked-10", VIA),
    ("headers/body-chunked-nobuf", "a body that is not to be buffered has no length yet"),
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
    ("termination/get-s304", "an answer that has no body tells no length"),
    ("uri/more-10", "the HTTP parser refuses a raw backtick in a target"),
];
