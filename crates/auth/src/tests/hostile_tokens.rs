//! Tokens that nobody should take, each with what is wrong with it.
//!
//! Every service verifies access tokens with [`service::Keys`]; they are held against it, and
//! against an endpoint.

use std::collections::HashSet;

use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{self, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RsaKeyPair};
use aws_lc_rs::{hmac, rand};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use service::testing::START;
use service::{Clock, Keys, Secrets};

use super::*;

/// Tokens of an issuer that an attacker knows all about, but for the private key.
struct Forge {
    pair: Ed25519KeyPair,
    kid: String,
    pem: String,
    header: Value,
    claims: Value,
}

fn encode(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

fn signing_input(header: &Value, claims: &Value) -> String {
    format!("{}.{}", encode(header), encode(claims))
}

fn with_signature(input: &str, signature: &[u8]) -> String {
    format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature))
}

impl Forge {
    fn new(secrets: &Secrets) -> Forge {
        let [key] = crate::live_keys(secrets).unwrap().try_into().unwrap();
        let now = START.unix_seconds();
        Forge {
            pair: Ed25519KeyPair::from_pkcs8(&secrets.auth().unwrap().signing_key).unwrap(),
            header: json!({"typ": "at+jwt", "alg": "EdDSA", "kid": key.kid}),
            claims: json!({
                "iss": "expense-tracker",
                "aud": "expense-tracker",
                "sub": "0190aaaa-0000-7000-8000-000000000001",
                "sid": "0190bbbb-0000-7000-8000-000000000001",
                "iat": now,
                "nbf": now,
                "exp": now + 900,
            }),
            kid: key.kid,
            pem: key.public_key_pem,
        }
    }

    /// Signed with the real key.
    fn sign(&self, header: &Value, claims: &Value) -> String {
        let input = signing_input(header, claims);
        with_signature(&input, self.pair.sign(input.as_bytes()).as_ref())
    }

    fn good(&self) -> String {
        self.sign(&self.header, &self.claims)
    }

    /// Signed with the real key, with one member of the header changed; `null` removes it.
    fn with_header(&self, name: &str, value: Value) -> String {
        self.sign(&changed(&self.header, name, value), &self.claims)
    }

    /// Signed with the real key, with one claim changed; `null` removes it.
    fn with_claim(&self, name: &str, value: Value) -> String {
        self.sign(&self.header, &changed(&self.claims, name, value))
    }

    /// Another algorithm in the header, signed by that.
    fn with_algorithm(&self, name: &str, sign: impl Fn(&[u8]) -> Vec<u8>) -> String {
        let header = changed(&self.header, "alg", json!(name));
        let input = signing_input(&header, &self.claims);
        with_signature(&input, &sign(input.as_bytes()))
    }

    /// A header with a key of the attacker's, who signs with it.
    fn with_own_key(&self, name: &str, value: impl Fn(&str) -> Value) -> String {
        let own = own_key();
        let x = URL_SAFE_NO_PAD.encode(own.public_key());
        let header = changed(&self.header, name, value(&x));
        let input = signing_input(&header, &self.claims);
        with_signature(&input, own.sign(input.as_bytes()).as_ref())
    }
}

fn own_key() -> Ed25519KeyPair {
    Ed25519KeyPair::generate().unwrap()
}

fn changed(object: &Value, name: &str, value: Value) -> Value {
    let mut object = object.clone();
    let members = object.as_object_mut().unwrap();
    match value {
        Value::Null => drop(members.remove(name)),
        value => drop(members.insert(name.to_owned(), value)),
    }
    object
}

/// What is wrong with a token, and the token.
type Hostile = (&'static str, String);

/// The signature is missing, someone else's or for something else.
fn wrongly_signed(forge: &Forge) -> Vec<Hostile> {
    let good = forge.good();
    let (input, signature) = good.rsplit_once('.').unwrap();
    let (header, claims) = input.split_once('.').unwrap();
    let more_rights =
        encode(&changed(&forge.claims, "sub", json!("0190aaaa-0000-7000-8000-00000000ffff")));
    // The last character of a signature has bits that mean nothing; one in the middle has not.
    let middle = signature.len() / 2;
    let other = if signature.as_bytes()[middle] == b'A' { "B" } else { "A" };
    let bent = format!("{}{other}{}", &signature[..middle], &signature[middle + 1..]);
    let bytes = URL_SAFE_NO_PAD.decode(signature).unwrap();
    let own = own_key();
    vec![
        ("no signature", format!("{input}.")),
        ("no signature and no dot", input.to_owned()),
        ("a signature that was changed", format!("{input}.{bent}")),
        ("a signature of zeros", with_signature(input, &[0; 64])),
        ("half a signature", with_signature(input, &bytes[..32])),
        ("a signature with a byte more", with_signature(input, &[&bytes[..], &[0]].concat())),
        ("another signature algorithm's length", with_signature(input, &[1; 256])),
        (
            "another person's claims under the signature",
            format!("{header}.{more_rights}.{signature}"),
        ),
        ("another key", with_signature(input, own.sign(input.as_bytes()).as_ref())),
        (
            "a signature over the claims alone",
            with_signature(input, forge.pair.sign(claims.as_bytes()).as_ref()),
        ),
        ("four parts", format!("{good}.{signature}")),
        (
            "the encryption's five parts",
            format!("{header}.{claims}.{signature}.{signature}.{signature}"),
        ),
        ("padding", format!("{good}==")),
        ("the other base64", format!("{input}.{}", STANDARD.encode(&bytes))),
        ("a signature of another token", {
            let other = forge.with_claim("exp", json!(START.unix_seconds() + 800));
            format!("{input}.{}", other.rsplit_once('.').unwrap().1)
        }),
    ]
}

/// The header asks for another algorithm, or brings its own key.
fn with_another_algorithm(forge: &Forge) -> Vec<Hostile> {
    let hmac = |key: &[u8], input: &[u8]| {
        hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), input).as_ref().to_vec()
    };
    let raw_public = forge.pair.public_key().as_ref().to_vec();
    let random = rand::SystemRandom::new();
    let ec = EcdsaKeyPair::generate(&signature::ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
    let rsa = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
    let rsa_sign = |input: &[u8]| {
        let mut signature = vec![0; rsa.public_modulus_len()];
        rsa.sign(&signature::RSA_PKCS1_SHA256, &random, input, &mut signature).unwrap();
        signature
    };
    let none = |_: &[u8]| Vec::new();
    vec![
        ("alg none", forge.with_algorithm("none", none)),
        ("alg None", forge.with_algorithm("None", none)),
        ("alg NONE", forge.with_algorithm("NONE", none)),
        ("alg none with a real signature", forge.with_header("alg", json!("none"))),
        ("alg empty", forge.with_algorithm("", none)),
        ("alg missing", forge.with_header("alg", Value::Null)),
        ("alg null by number", forge.with_header("alg", json!(0))),
        ("alg in lower case", forge.with_header("alg", json!("eddsa"))),
        (
            "HS256 with the public key as PEM",
            forge.with_algorithm("HS256", |i| hmac(forge.pem.as_bytes(), i)),
        ),
        (
            "HS256 with the public key's bytes",
            forge.with_algorithm("HS256", |i| hmac(&raw_public, i)),
        ),
        ("HS256 with no key", forge.with_algorithm("HS256", |i| hmac(b"", i))),
        (
            "ES256",
            forge.with_algorithm("ES256", |i| ec.sign(&random, i).unwrap().as_ref().to_vec()),
        ),
        ("RS256", forge.with_algorithm("RS256", rsa_sign)),
        (
            "an embedded key",
            forge.with_own_key("jwk", |x| json!({"kty": "OKP", "crv": "Ed25519", "x": x})),
        ),
        (
            "a key at an address",
            forge.with_own_key("jku", |_| json!("https://evil.example/jwks.json")),
        ),
        (
            "a certificate at an address",
            forge.with_own_key("x5u", |_| json!("https://evil.example/cert")),
        ),
        ("a certificate", forge.with_own_key("x5c", |x| json!([x]))),
    ]
}

/// The real key signed it, but not for us to take now.
fn of_another_kind(forge: &Forge) -> Vec<Hostile> {
    let now = START.unix_seconds();
    vec![
        ("an extension that must be understood", forge.with_header("crit", json!(["vip"]))),
        ("no typ", forge.with_header("typ", Value::Null)),
        ("a plain JWT", forge.with_header("typ", json!("JWT"))),
        ("a token between services", forge.with_header("typ", json!("service+jwt"))),
        ("no key id", forge.with_header("kid", Value::Null)),
        ("an unknown key id", forge.with_header("kid", json!("next"))),
        ("a key id that is a path", forge.with_header("kid", json!("../../dev/null"))),
        (
            "a key id that is SQL",
            forge.with_header("kid", json!(format!("' OR kid='{}", forge.kid))),
        ),
        ("another audience", forge.with_claim("aud", json!("somebody-else"))),
        ("no audience", forge.with_claim("aud", Value::Null)),
        ("another issuer", forge.with_claim("iss", json!("https://evil.example"))),
        ("no issuer", forge.with_claim("iss", Value::Null)),
        ("expired", forge.with_claim("exp", json!(now - 6))),
        ("no expiry", forge.with_claim("exp", Value::Null)),
        ("expiry as text", forge.with_claim("exp", json!("tomorrow"))),
        ("expiry beyond numbers", forge.with_claim("exp", json!(1e30))),
        ("not yet valid", forge.with_claim("nbf", json!(now + 60))),
        ("no person", forge.with_claim("sub", Value::Null)),
        ("a person that is no id", forge.with_claim("sub", json!("root"))),
        ("no session", forge.with_claim("sid", Value::Null)),
    ]
}

/// Not a token at all, or too much of one.
fn malformed(forge: &Forge) -> Vec<Hostile> {
    let good = forge.good();
    let (header, rest) = good.split_once('.').unwrap();
    let deep = "[".repeat(2000) + &"]".repeat(2000);
    vec![
        ("nothing", String::new()),
        ("dots", "..".to_owned()),
        ("a word", "token".to_owned()),
        ("no header", format!(".{rest}")),
        ("a header that is a list", format!("{}.{rest}", URL_SAFE_NO_PAD.encode("[]"))),
        ("a header that is no text", format!("{}.{rest}", URL_SAFE_NO_PAD.encode([0xff, 0xfe]))),
        ("a header without an end", format!("{}.{rest}", &header[..header.len() - 4])),
        ("claims that are a list", {
            let input = format!("{header}.{}", URL_SAFE_NO_PAD.encode("[]"));
            with_signature(&input, forge.pair.sign(input.as_bytes()).as_ref())
        }),
        ("claims nested deeply", {
            let input = format!("{header}.{}", URL_SAFE_NO_PAD.encode(deep));
            with_signature(&input, forge.pair.sign(input.as_bytes()).as_ref())
        }),
        ("too long", forge.with_claim("padding", json!("x".repeat(4096)))),
        ("blanks around it", format!("\u{a0}{good}\u{a0}")),
    ]
}

fn hostile_tokens(forge: &Forge) -> Vec<Hostile> {
    let mut all = wrongly_signed(forge);
    all.extend(with_another_algorithm(forge));
    all.extend(of_another_kind(forge));
    all.extend(malformed(forge));
    all
}

#[tokio::test]
async fn every_hostile_token_is_refused_and_only_those() {
    let secrets = Secrets::random().unwrap();
    let forge = Forge::new(&secrets);
    let jwks = crate::signing::SigningKey::new(&secrets).unwrap().jwks();
    let keys = Keys::fixed(&jwks, Clock::manual(START));
    let caller = keys.verify(&forge.good()).await.unwrap().expect("a good token is taken");
    assert_eq!(json!(caller.person), forge.claims["sub"]);
    assert_eq!(json!(caller.session), forge.claims["sid"]);

    let hostile = hostile_tokens(&forge);
    let distinct: HashSet<&str> = hostile.iter().map(|(_, token)| token.as_str()).collect();
    assert_eq!(distinct.len(), hostile.len(), "each is another attack");
    assert!(hostile.len() >= 40, "{}", hostile.len());
    for (wrong, token) in hostile {
        assert_eq!(keys.verify(&token).await.unwrap(), None, "{wrong}: {token}");
    }
}

#[tokio::test]
async fn an_endpoint_refuses_them_in_the_header_and_in_the_cookie() {
    let deployment = deploy(OPEN).await;
    let forge = Forge::new(&operations().ctx.secrets);
    let ask = async |name: &str, value: String| {
        let client = deployment.stranger();
        let headers = [(name, value.as_str())];
        client.send("GET".parse().unwrap(), "/api/v1/auth/sessions", &headers, None).await.status
    };
    assert_eq!(ask("authorization", format!("Bearer {}", forge.good())).await, 200);
    assert_eq!(ask("cookie", format!("et_access={}", forge.good())).await, 200);
    for (wrong, token) in hostile_tokens(&forge) {
        assert_eq!(ask("authorization", format!("Bearer {token}")).await, 401, "{wrong}");
        assert_eq!(ask("cookie", format!("et_access={token}")).await, 401, "{wrong}");
    }
    for scheme in ["", "Basic ", "Bearer", "Bearer:"] {
        let value = format!("{scheme}{}", forge.good());
        assert_eq!(ask("authorization", value).await, 401, "{scheme}");
    }
}

#[tokio::test]
async fn a_token_is_good_from_its_first_to_its_last_second() {
    let secrets = Secrets::random().unwrap();
    let forge = Forge::new(&secrets);
    let jwks = crate::signing::SigningKey::new(&secrets).unwrap().jwks();
    let good_at = async |seconds: i64| {
        let keys = Keys::fixed(&jwks, Clock::manual(START.plus_seconds(seconds)));
        keys.verify(&forge.good()).await.unwrap().is_some()
    };
    // Two clocks may differ by five seconds.
    for (seconds, good) in
        [(-6, false), (-5, true), (0, true), (900, true), (904, true), (905, false)]
    {
        assert_eq!(good_at(seconds).await, good, "{seconds} s after it was made");
    }
}

#[tokio::test]
async fn the_published_keys_verify_what_sign_in_gives_out() {
    on_each_database(OPEN, |deployment| async move {
        let (ada, session) = sign_up(&deployment, "ada").await;
        let published = deployment.stranger().get(contracts::auth::JWKS_PATH).await;
        assert_eq!(published.headers["cache-control"], "public, max-age=60");
        let jwks = serde_json::from_value(published.expect(200)).unwrap();
        let keys = Keys::fixed(&jwks, deployment.clock.clone());
        let caller = keys.verify(text(&session, "access_token")).await.unwrap().unwrap();
        assert_eq!(caller.person, ada);
        assert_eq!(json!(caller.session), session["session"]);
    })
    .await;
}
