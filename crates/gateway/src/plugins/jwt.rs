//! jwt: lets through who shows a token that a known key has signed, and says who it is.

use base64::Engine;
use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use http::header::{COOKIE, WWW_AUTHENTICATE};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use model::Instant;
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use super::Shared;
use crate::errors::Answer;
use crate::exchange::Exchange;
use crate::headers;
use crate::jwk::Algorithm;
use crate::load::LoadError;
use crate::load::spot::Spot;

const X_CONSUMER_ID: HeaderName = HeaderName::from_static("x-consumer-id");
const X_CONSUMER_CUSTOM_ID: HeaderName = HeaderName::from_static("x-consumer-custom-id");
const X_CONSUMER_USERNAME: HeaderName = HeaderName::from_static("x-consumer-username");
const X_CREDENTIAL_IDENTIFIER: HeaderName = HeaderName::from_static("x-credential-identifier");
const X_ANONYMOUS_CONSUMER: HeaderName = HeaderName::from_static("x-anonymous-consumer");

/// Tokens may be padded or not; anything else that is not canonical is refused.
const BASE64URL: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

#[derive(Debug)]
pub(crate) struct Jwt {
    uri_param_names: Vec<String>,
    cookie_names: Vec<String>,
    header_names: Vec<HeaderName>,
    key_claim_name: String,
    secret_is_base64: bool,
    claims_to_verify: Vec<Claim>,
    /// In seconds; 0 is no limit.
    maximum_expiration: i64,
    run_on_preflight: bool,
    /// Who a request without a valid token counts as.
    pub(crate) anonymous: Option<String>,
    realm: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Claim {
    Exp,
    Nbf,
}

/// Why a request is refused.
enum Refusal {
    NoToken,
    Because(String),
    Claims(Value),
}

const FIELDS: &[&str] = &[
    "anonymous",
    "claims_to_verify",
    "cookie_names",
    "header_names",
    "key_claim_name",
    "maximum_expiration",
    "realm",
    "run_on_preflight",
    "secret_is_base64",
    "uri_param_names",
];

impl Jwt {
    pub(super) fn parse(config: Option<&Spot<'_>>) -> Result<Self, LoadError> {
        let mut plugin = Jwt::default();
        let Some(config) = config else { return Ok(plugin) };
        let fields = config.fields(FIELDS)?;
        let owned = |spot: &Spot<'_>| Ok(spot.text()?.to_owned());
        let header_names = |spot: &Spot<'_>| spot.list()?.iter().map(Spot::header_name).collect();
        plugin.uri_param_names =
            fields.read("uri_param_names", plugin.uri_param_names, Spot::texts)?;
        plugin.cookie_names = fields.read("cookie_names", Vec::new(), Spot::texts)?;
        plugin.header_names = fields.read("header_names", plugin.header_names, header_names)?;
        plugin.key_claim_name = fields.read("key_claim_name", plugin.key_claim_name, owned)?;
        plugin.secret_is_base64 = fields.read("secret_is_base64", false, Spot::boolean)?;
        plugin.claims_to_verify = fields.read("claims_to_verify", Vec::new(), |spot| {
            let known = [("exp", Claim::Exp), ("nbf", Claim::Nbf)];
            spot.list()?.iter().map(|claim| claim.choice(&known)).collect()
        })?;
        let year = 31_536_000;
        plugin.maximum_expiration =
            fields.read("maximum_expiration", 0, |spot| spot.integer(0..=year))?;
        plugin.run_on_preflight = fields.read("run_on_preflight", true, Spot::boolean)?;
        plugin.anonymous = fields.maybe("anonymous", owned)?;
        plugin.realm = fields.maybe("realm", owned)?;
        if let (Some(claims), Some(maximum)) =
            (fields.get("claims_to_verify"), fields.get("maximum_expiration"))
            && plugin.maximum_expiration > 0
            && !claims.list()?.is_empty()
            && !plugin.claims_to_verify.contains(&Claim::Exp)
        {
            return Err(maximum.wrong("needs \"exp\" among `claims_to_verify`"));
        }
        Ok(plugin)
    }

    pub(super) fn access(
        &self,
        exchange: &mut Exchange,
        request: &mut Parts,
        shared: &Shared,
    ) -> Result<(), Answer> {
        if !self.run_on_preflight && request.method == Method::OPTIONS {
            return Ok(());
        }
        match self.authenticate(exchange, request, shared) {
            Ok(()) => Ok(()),
            Err(refusal) => match &self.anonymous {
                Some(name) => {
                    exchange.consumer = shared.config.consumer_named(name);
                    say_who(exchange, &mut request.headers, shared);
                    request.headers.insert(X_ANONYMOUS_CONSUMER, HeaderValue::from_static("true"));
                    Ok(())
                }
                None => Err(self.answer(refusal)),
            },
        }
    }

    fn authenticate(
        &self,
        exchange: &mut Exchange,
        request: &mut Parts,
        shared: &Shared,
    ) -> Result<(), Refusal> {
        let token = self.token(request)?;
        let token = Token::parse(&token)?;
        let key = token.key(&self.key_claim_name)?;
        let Some(credential) = shared.credentials.get(key) else {
            let name = &self.key_claim_name;
            return Err(because(format!("No credentials found for given '{name}'")));
        };
        if token.algorithm != credential.verifying.algorithm {
            return Err(because("Invalid algorithm"));
        }
        let Some(verifying) = credential.verifying_key(self.secret_is_base64) else {
            return Err(because("Invalid key/secret"));
        };
        if !verifying.verifies(token.signed.as_bytes(), &token.signature) {
            return Err(because("Invalid signature"));
        }
        self.verify_claims(&token.claims, exchange.now)?;
        exchange.consumer = Some(credential.consumer);
        exchange.credential = Some(credential.clone());
        say_who(exchange, &mut request.headers, shared);
        Ok(())
    }

    /// The one token of the request, wherever it stands.
    fn token(&self, request: &Parts) -> Result<String, Refusal> {
        let mut tokens: Vec<String> = Vec::new();
        let mut bare = false;
        for (name, value) in query_pairs(request.uri.query().unwrap_or_default()) {
            if self.uri_param_names.contains(&name) {
                bare |= value.is_none();
                tokens.extend(value);
            }
        }
        tokens.extend(self.cookie_names.iter().filter_map(|name| cookie(&request.headers, name)));
        let headers = self.header_names.iter().filter_map(|name| request.headers.get(name));
        tokens.extend(headers.filter_map(bearer));
        tokens.retain(|token| !token.is_empty());
        tokens.sort_unstable();
        tokens.dedup();
        match (tokens.pop(), bare) {
            (None, false) => Err(Refusal::NoToken),
            (None, true) => Err(because("Unrecognizable token")),
            (Some(token), false) if tokens.is_empty() => Ok(token),
            (Some(_), _) => Err(because("Multiple tokens provided")),
        }
    }

    fn verify_claims(&self, claims: &Value, now: Instant) -> Result<(), Refusal> {
        let now = now.unix_seconds();
        let mut wrong = serde_json::Map::new();
        for claim in &self.claims_to_verify {
            let name = claim.name();
            let problem = match (claim, time_claim(claims, name)) {
                (_, None) => "must be a number",
                (Claim::Exp, Some(exp)) if !is_after(exp, now) => "token expired",
                (Claim::Nbf, Some(nbf)) if is_after(nbf, now) => "token not valid yet",
                _ => continue,
            };
            wrong.insert(name.to_owned(), problem.into());
        }
        if !wrong.is_empty() {
            return Err(Refusal::Claims(wrong.into()));
        }
        let latest = now + self.maximum_expiration;
        let too_late = time_claim(claims, "exp").is_none_or(|exp| is_after(exp, latest));
        if self.maximum_expiration > 0 && too_late {
            return Err(Refusal::Claims(json!({"exp": "exceeds maximum allowed expiration"})));
        }
        Ok(())
    }

    fn answer(&self, refusal: Refusal) -> Answer {
        let mut challenge = "Bearer".to_owned();
        if let Some(realm) = &self.realm {
            challenge.push_str(&format!(" realm=\"{realm}\""));
        }
        if !matches!(refusal, Refusal::NoToken) {
            challenge.push_str(" error=\"invalid_token\"");
        }
        let body = match refusal {
            Refusal::NoToken => json!({"message": "Unauthorized"}),
            Refusal::Because(message) => json!({ "message": message }),
            Refusal::Claims(claims) => claims,
        };
        Answer::direct(StatusCode::UNAUTHORIZED, body)
            .with(WWW_AUTHENTICATE, headers::of_text(&challenge))
    }
}

impl Default for Jwt {
    fn default() -> Self {
        Jwt {
            uri_param_names: vec!["jwt".into()],
            cookie_names: Vec::new(),
            header_names: vec![http::header::AUTHORIZATION],
            key_claim_name: "iss".into(),
            secret_is_base64: false,
            claims_to_verify: Vec::new(),
            maximum_expiration: 0,
            run_on_preflight: true,
            anonymous: None,
            realm: None,
        }
    }
}

impl Claim {
    fn name(self) -> &'static str {
        match self {
            Claim::Exp => "exp",
            Claim::Nbf => "nbf",
        }
    }
}

fn because(message: impl Into<String>) -> Refusal {
    Refusal::Because(message.into())
}

/// A token taken apart, its signature not yet verified.
struct Token<'a> {
    signed: &'a str,
    header: Value,
    claims: Value,
    algorithm: Algorithm,
    signature: Vec<u8>,
}

impl<'a> Token<'a> {
    fn parse(token: &'a str) -> Result<Self, Refusal> {
        let bad_json = || because("Bad token; invalid JSON");
        let (signed, signature) = token.rsplit_once('.').ok_or_else(bad_json)?;
        let (header, claims) = signed.split_once('.').ok_or_else(bad_json)?;
        let header = json_of(header).ok_or_else(bad_json)?;
        let claims = json_of(claims).ok_or_else(bad_json)?;
        let name = header.get("alg").and_then(Value::as_str);
        let algorithm = name.and_then(Algorithm::named);
        let algorithm = algorithm.ok_or_else(|| because("Bad token; invalid alg"))?;
        let signature = BASE64URL.decode(signature);
        let signature = signature.map_err(|_| because("Bad token; invalid signature"))?;
        Ok(Token { signed, header, claims, algorithm, signature })
    }

    /// Which key is said to have signed it: the claim, or else the header of that name.
    fn key(&self, name: &str) -> Result<&str, Refusal> {
        match self.claims.get(name).or_else(|| self.header.get(name)) {
            None => Err(because(format!("No mandatory '{name}' in claims"))),
            Some(Value::String(key)) if !key.is_empty() => Ok(key),
            Some(_) => Err(because(format!("Invalid '{name}' in claims"))),
        }
    }
}

fn json_of(part: &str) -> Option<Value> {
    serde_json::from_slice(&BASE64URL.decode(part).ok()?).ok()
}

/// Compared and never computed with: a claim may be a fraction or beyond any date.
fn time_claim(claims: &Value, name: &str) -> Option<f64> {
    claims.get(name)?.as_f64()
}

#[allow(clippy::cast_precision_loss)] // Seconds of this era are exact in an f64.
fn is_after(claim: f64, seconds: i64) -> bool {
    claim > seconds as f64
}

/// Tells the service who asks; names that the client sent have been taken away before.
fn say_who(exchange: &Exchange, headers: &mut HeaderMap, shared: &Shared) {
    let Some(consumer) = exchange.consumer.map(|index| &shared.config.consumers[index]) else {
        return;
    };
    let credential = exchange.credential.as_ref().map(|credential| credential.key.as_str());
    let id = consumer.id.to_string();
    let words = [
        (X_CONSUMER_ID, Some(id.as_str())),
        (X_CONSUMER_CUSTOM_ID, consumer.custom_id.as_deref()),
        (X_CONSUMER_USERNAME, consumer.username.as_deref()),
        (X_CREDENTIAL_IDENTIFIER, credential),
    ];
    for (name, word) in words {
        if let Some(word) = word {
            headers.insert(name, headers::of_text(word));
        }
    }
}

fn query_pairs(query: &str) -> impl Iterator<Item = (String, Option<String>)> {
    let decoded = |text: &str| {
        let spaced = text.replace('+', " ");
        percent_decode_str(&spaced).decode_utf8_lossy().into_owned()
    };
    query.split('&').filter(|pair| !pair.is_empty()).map(move |pair| match pair.split_once('=') {
        Some((name, value)) => (decoded(name), Some(decoded(value))),
        None => (decoded(pair), None),
    })
}

fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    let lines = headers.get_all(COOKIE).into_iter().filter_map(|line| line.to_str().ok());
    let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|c| c.split_once('='));
    pairs.find(|(n, _)| n.trim() == name).map(|(_, value)| value.trim().to_owned())
}

/// What follows `Bearer`, with a capital or a small b.
fn bearer(header: &HeaderValue) -> Option<String> {
    let text = header.to_str().ok()?.trim();
    let rest = text.strip_prefix("Bearer").or_else(|| text.strip_prefix("bearer"))?;
    rest.starts_with(char::is_whitespace).then(|| rest.trim().to_owned())
}
