#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::error::Error as _;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use http::HeaderMap;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};

use super::jwt::Refusal;
use super::*;
use crate::backend::{Authenticator, Credentials, Identity};
use crate::{Error, ErrorKind, ManualClock, Timestamp, UserId};

const SECRET: &str = "a secret of thirty-two bytes: 32";
const NOW: i64 = 1_800_000_000;

macro_rules! pem {
    ($name:literal) => {
        include_str!(concat!("../../tests/fixtures/jwt/", $name, ".pem"))
    };
}

fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::new(Timestamp::from_secs(NOW)))
}

fn builder() -> JwtBuilder {
    JwtAuthenticator::builder().clock(clock())
}

fn hs256() -> JwtBuilder {
    builder().key(JwtKey::hs256(SECRET).unwrap())
}

fn claims() -> Value {
    json!({ "sub": "alice", "exp": NOW + 60 })
}

fn with(name: &str, value: Value) -> Value {
    let mut all = claims();
    all[name] = value;
    all
}

fn without(name: &str) -> Value {
    let mut all = claims();
    all.as_object_mut().unwrap().remove(name);
    all
}

fn sign(algorithm: Algorithm, kid: Option<&str>, claims: &Value) -> String {
    let key = match algorithm {
        Algorithm::HS256 | Algorithm::HS384 => Ok(EncodingKey::from_secret(SECRET.as_bytes())),
        Algorithm::RS256 | Algorithm::PS256 => {
            EncodingKey::from_rsa_pem(pem!("rsa_private").as_bytes())
        }
        Algorithm::ES256 => EncodingKey::from_ec_pem(pem!("p256_private").as_bytes()),
        _ => EncodingKey::from_ed_pem(pem!("ed25519_private").as_bytes()),
    };
    let mut header = Header::new(algorithm);
    header.kid = kid.map(str::to_owned);
    encode(&header, claims, &key.unwrap()).unwrap()
}

fn hs(claims: &Value) -> String {
    sign(Algorithm::HS256, None, claims)
}

/// A token with this header and payload, signed with HS256 or unsigned.
fn raw(header: &Value, payload: &str, signed: bool) -> String {
    let part = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
    let message = format!(
        "{}.{}",
        part(header.to_string().as_bytes()),
        part(payload.as_bytes())
    );
    let signature = if signed {
        let key = EncodingKey::from_secret(SECRET.as_bytes());
        jsonwebtoken::crypto::sign(message.as_bytes(), &key, Algorithm::HS256).unwrap()
    } else {
        String::new()
    };
    format!("{message}.{signature}")
}

async fn ask(auth: &JwtAuthenticator, token: Option<&str>) -> crate::Result<Identity> {
    let headers = HeaderMap::new();
    auth.authenticate(Credentials::new(token, &headers, None))
        .await
}

async fn accepts(auth: &JwtAuthenticator, token: &str) -> Identity {
    ask(auth, Some(token)).await.unwrap()
}

/// Returns the reason for a rejection. Checks that the error does not contain the token.
async fn refuses(auth: &JwtAuthenticator, token: &str) -> Refusal {
    let e: Error = ask(auth, Some(token)).await.unwrap_err();
    let refusal = *e.source().unwrap().downcast_ref::<Refusal>().unwrap();
    let kind = match refusal {
        Refusal::Expired => ErrorKind::TokenExpired,
        _ => ErrorKind::Unauthenticated,
    };
    assert_eq!(e.kind(), kind);
    let told = format!("{e} {e:?}");
    for part in token.split('.').chain(["alice"]).filter(|p| p.len() > 3) {
        assert!(!told.contains(part), "{told}");
    }
    refusal
}

fn keys() -> [(Algorithm, JwtKey); 4] {
    [
        (Algorithm::HS256, JwtKey::hs256(SECRET).unwrap()),
        (
            Algorithm::RS256,
            JwtKey::rs256_pem(pem!("rsa_public")).unwrap(),
        ),
        (
            Algorithm::ES256,
            JwtKey::es256_pem(pem!("p256_public")).unwrap(),
        ),
        (
            Algorithm::EdDSA,
            JwtKey::eddsa_pem(pem!("ed25519_public")).unwrap(),
        ),
    ]
}

#[tokio::test]
async fn each_algorithm_is_accepted_by_its_own_key_alone() {
    for (own, key) in keys() {
        let auth = builder().key(key).build().unwrap();
        for algorithm in keys().map(|(a, _)| a) {
            let token = sign(algorithm, None, &claims());
            if algorithm == own {
                let identity = accepts(&auth, &token).await;
                assert_eq!(identity.user_id.as_str(), "alice");
                assert_eq!(identity.expires_at, Some(Timestamp::from_secs(NOW + 60)));
            } else {
                assert_eq!(refuses(&auth, &token).await, Refusal::Algorithm);
            }
        }
    }
}

#[tokio::test]
async fn an_algorithm_of_the_same_family_is_refused() {
    let rs = builder().key(JwtKey::rs256_pem(pem!("rsa_public")).unwrap());
    let token = sign(Algorithm::PS256, None, &claims());
    assert_eq!(
        refuses(&rs.build().unwrap(), &token).await,
        Refusal::Algorithm
    );
    let token = sign(Algorithm::HS384, None, &claims());
    assert_eq!(
        refuses(&hs256().build().unwrap(), &token).await,
        Refusal::Algorithm
    );
}

#[tokio::test]
async fn a_public_key_is_no_shared_secret() {
    // Algorithm confusion: signed with HS256, with the PEM of the public key as the secret.
    let public = pem!("rsa_public");
    let auth = builder().key(JwtKey::rs256_pem(public).unwrap().with_kid("k"));
    let auth = auth.build().unwrap();
    let mut header = Header::new(Algorithm::HS256);
    header.kid = Some("k".to_owned());
    let key = EncodingKey::from_secret(public.as_bytes());
    let token = encode(&header, &claims(), &key).unwrap();
    assert_eq!(refuses(&auth, &token).await, Refusal::Algorithm);
}

#[tokio::test]
async fn a_wrong_key_or_a_changed_token_is_refused() {
    let other = builder().key(JwtKey::hs256("another secret").unwrap());
    let token = hs(&claims());
    assert_eq!(
        refuses(&other.build().unwrap(), &token).await,
        Refusal::Signature
    );
    let other = builder().key(JwtKey::eddsa_pem(pem!("ed25519_other_public")).unwrap());
    let signed = sign(Algorithm::EdDSA, None, &claims());
    assert_eq!(
        refuses(&other.build().unwrap(), &signed).await,
        Refusal::Signature
    );

    let auth = hs256().build().unwrap();
    let forged = hs(&with("sub", json!("mallory")));
    let (head, payload) = (
        token.split('.').next().unwrap(),
        forged.split('.').nth(1).unwrap(),
    );
    let mixed = format!("{head}.{payload}.{}", token.split('.').nth(2).unwrap());
    assert_eq!(refuses(&auth, &mixed).await, Refusal::Signature);
    let cut = &token[..token.len() - 3];
    assert_eq!(refuses(&auth, cut).await, Refusal::Signature);
}

#[tokio::test]
async fn keys_are_chosen_by_kid() {
    let [(_, hs), (_, rs), (_, es), (_, ed)] = keys();
    let (rs, ed) = (rs.with_kid("rs"), ed.with_kid("ed"));
    let named = builder().key(rs.clone()).key(ed.clone()).build().unwrap();
    let token = |alg, kid| sign(alg, kid, &claims());
    accepts(&named, &token(Algorithm::RS256, Some("rs"))).await;
    accepts(&named, &token(Algorithm::EdDSA, Some("ed"))).await;
    let swapped = token(Algorithm::RS256, Some("ed"));
    assert_eq!(refuses(&named, &swapped).await, Refusal::Algorithm);
    for kid in [None, Some("new")] {
        let unknown = token(Algorithm::RS256, kid);
        assert_eq!(refuses(&named, &unknown).await, Refusal::UnknownKey);
    }

    let all = builder().key(rs).key(ed).key(es).build().unwrap();
    accepts(&all, &token(Algorithm::ES256, None)).await;
    accepts(&all, &token(Algorithm::ES256, Some("new"))).await;
    let e = builder()
        .key(hs.clone())
        .key(hs.clone())
        .build()
        .unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Invalid);
    let twice = builder()
        .key(hs.clone().with_kid("k"))
        .key(hs.with_kid("k"));
    assert_eq!(twice.build().unwrap_err().kind(), ErrorKind::Invalid);
    assert_eq!(builder().build().unwrap_err().kind(), ErrorKind::Invalid);
}

#[tokio::test]
async fn unsigned_tokens_are_refused() {
    let auth = hs256().build().unwrap();
    let payload = claims().to_string();
    for alg in ["none", "None", "NONE", ""] {
        for signed in [false, true] {
            let token = raw(&json!({ "alg": alg, "typ": "JWT" }), &payload, signed);
            assert_eq!(refuses(&auth, &token).await, Refusal::Malformed);
        }
    }
    let unsigned = raw(&json!({ "alg": "HS256" }), &payload, false);
    assert_eq!(refuses(&auth, &unsigned).await, Refusal::Signature);
    let plain = raw(&json!({ "alg": "HS256" }), &payload, true);
    accepts(&auth, &plain).await;
    let critical = raw(
        &json!({ "alg": "HS256", "crit": ["b64"], "b64": false }),
        &payload,
        true,
    );
    assert_eq!(refuses(&auth, &critical).await, Refusal::Critical);
}

#[tokio::test]
async fn expiry_counts_with_leeway_and_only_for_tokens_that_were_valid() {
    let auth = hs256().build().unwrap();
    let exp = |secs: Value| hs(&with("exp", secs));
    let within = accepts(&auth, &exp(json!(NOW - 29))).await;
    assert_eq!(within.expires_at, Some(Timestamp::from_secs(NOW + 1)));
    assert_eq!(
        refuses(&auth, &exp(json!(NOW - 30))).await,
        Refusal::Expired
    );
    assert_eq!(refuses(&auth, &exp(json!(-1))).await, Refusal::Expired);
    let fraction = accepts(&auth, &exp(json!(NOW as f64 + 0.5))).await;
    assert_eq!(
        fraction.expires_at,
        Some(Timestamp::from_millis(NOW * 1000 + 500))
    );
    let distant = accepts(&auth, &exp(json!(1e300))).await;
    assert_eq!(distant.expires_at, Some(Timestamp::from_millis(i64::MAX)));
    for bad in [json!("soon"), json!([NOW + 60]), json!(true)] {
        assert_eq!(refuses(&auth, &exp(bad)).await, Refusal::Malformed);
    }

    let strict = hs256().leeway(Duration::ZERO).build().unwrap();
    assert_eq!(refuses(&strict, &exp(json!(NOW))).await, Refusal::Expired);
    accepts(&strict, &exp(json!(NOW + 1))).await;

    let old = exp(json!(NOW - 3600));
    let other = builder().key(JwtKey::hs256("another secret").unwrap());
    assert_eq!(
        refuses(&other.build().unwrap(), &old).await,
        Refusal::Signature
    );
    let nobody = hs(&json!({ "exp": NOW - 3600 }));
    assert_eq!(refuses(&auth, &nobody).await, Refusal::NoSubject);
}

#[tokio::test]
async fn a_token_without_expiry_is_accepted_only_if_asked_for() {
    let forever = hs(&without("exp"));
    let auth = hs256().build().unwrap();
    assert_eq!(refuses(&auth, &forever).await, Refusal::NoExpiry);
    let auth = hs256().require_expiry(false).build().unwrap();
    assert_eq!(accepts(&auth, &forever).await.expires_at, None);
    let old = hs(&with("exp", json!(NOW - 60)));
    assert_eq!(refuses(&auth, &old).await, Refusal::Expired);
}

#[tokio::test]
async fn a_token_is_refused_before_its_time() {
    let auth = hs256().build().unwrap();
    accepts(&auth, &hs(&with("nbf", json!(NOW + 30)))).await;
    let early = hs(&with("nbf", json!(NOW + 31)));
    assert_eq!(refuses(&auth, &early).await, Refusal::TooEarly);
}

#[tokio::test]
async fn the_subject_must_be_a_user_id() {
    let auth = hs256().build().unwrap();
    assert_eq!(
        refuses(&auth, &hs(&without("sub"))).await,
        Refusal::NoSubject
    );
    assert_eq!(
        refuses(&auth, &hs(&with("sub", Value::Null))).await,
        Refusal::NoSubject
    );
    for bad in ["", "al ice", "al\nice", &"x".repeat(129)] {
        let token = hs(&with("sub", json!(bad)));
        assert_eq!(refuses(&auth, &token).await, Refusal::BadSubject, "{bad:?}");
    }
    let number = hs(&with("sub", json!(7)));
    assert_eq!(refuses(&auth, &number).await, Refusal::Malformed);
}

#[tokio::test]
async fn issuer_and_audience_are_checked_where_they_are_set() {
    let any = hs256().build().unwrap();
    accepts(&any, &hs(&with("iss", json!("whoever")))).await;
    let for_another = hs(&with("aud", json!("shop")));
    assert_eq!(refuses(&any, &for_another).await, Refusal::Audience);

    let auth = hs256().issuer("a").issuer("b").build().unwrap();
    accepts(&auth, &hs(&with("iss", json!("b")))).await;
    for bad in [claims(), with("iss", json!("c")), with("iss", json!(7))] {
        assert_eq!(refuses(&auth, &hs(&bad)).await, Refusal::Issuer);
    }
    let auth = hs256().audience("chat").build().unwrap();
    accepts(&auth, &hs(&with("aud", json!("chat")))).await;
    accepts(&auth, &hs(&with("aud", json!(["shop", "chat"])))).await;
    for bad in [claims(), with("aud", json!("shop")), with("aud", json!([]))] {
        assert_eq!(refuses(&auth, &hs(&bad)).await, Refusal::Audience);
    }
}

#[tokio::test]
async fn garbage_is_refused() {
    let auth = hs256().build().unwrap();
    let e = ask(&auth, None).await.unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Unauthenticated);
    let mut garbage: Vec<String> = [
        "",
        ".",
        "..",
        "...",
        "a.b.c",
        "🦀.🦀.🦀",
        "\0",
        "eyJ9.e30.",
        "Bearer x",
    ]
    .map(str::to_owned)
    .into();
    let token = hs(&claims());
    garbage.push(format!("{token}.{token}"));
    garbage.push(format!(" {token}"));
    let header = json!({ "alg": "HS256" });
    for payload in ["", "null", "[]", "7", "{", "{\"sub\":\"a\",\"sub\":\"b\"}"] {
        garbage.push(raw(&header, payload, true));
    }
    garbage.push(raw(&header, &"[".repeat(2000), true));
    garbage.push(raw(&json!(["HS256"]), "{}", true));
    for token in garbage {
        assert_eq!(refuses(&auth, &token).await, Refusal::Malformed, "{token}");
    }
}

#[tokio::test]
async fn long_tokens_are_refused_unread() {
    let auth = hs256().build().unwrap();
    let padded = |n: usize| hs(&with("pad", json!("x".repeat(n))));
    let fits = padded(2900);
    assert!(fits.len() <= JwtAuthenticator::MAX_TOKEN_BYTES);
    accepts(&auth, &fits).await;
    assert_eq!(refuses(&auth, &padded(3100)).await, Refusal::TooLong);
}

#[test]
fn keys_that_cannot_be_used_are_refused_at_once() {
    let (rsa, p256, ed) = (
        pem!("rsa_public"),
        pem!("p256_public"),
        pem!("ed25519_public"),
    );
    let bad = [
        JwtKey::hs256(""),
        JwtKey::rs256_pem(""),
        JwtKey::rs256_pem("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"),
        JwtKey::rs256_pem(pem!("rsa_private")),
        JwtKey::rs256_pem(pem!("rsa1024_public")),
        JwtKey::rs256_pem(p256),
        JwtKey::rs256_pem(ed),
        JwtKey::es256_pem(pem!("p256_private")),
        JwtKey::es256_pem(pem!("p384_public")),
        JwtKey::es256_pem(rsa),
        JwtKey::es256_pem(ed),
        JwtKey::eddsa_pem(pem!("ed25519_private")),
        JwtKey::eddsa_pem(rsa),
        JwtKey::eddsa_pem(p256),
        JwtKey::rs256_pem(&rsa.replace("PUBLIC KEY", "CERTIFICATE")),
    ];
    for (n, key) in bad.into_iter().enumerate() {
        assert_eq!(key.unwrap_err().kind(), ErrorKind::Invalid, "{n}");
    }
}

#[test]
fn a_truncated_key_does_not_panic() {
    let pem = |der: &[u8]| {
        let body = base64::prelude::BASE64_STANDARD.encode(der);
        format!("-----BEGIN PUBLIC KEY-----\n{body}\n-----END PUBLIC KEY-----\n")
    };
    // An Ed25519 key of 4 bytes: SEQUENCE { SEQUENCE { OID 1.3.101.112 }, BIT STRING }.
    let short = [
        0x30, 14, 0x30, 5, 0x06, 3, 0x2b, 0x65, 0x70, 0x03, 5, 0, 1, 2, 3, 4,
    ];
    assert!(JwtKey::eddsa_pem(&pem(&short)).is_err());
}

#[tokio::test]
async fn issued_tokens_are_accepted_until_they_expire() {
    let (clock, alice) = (clock(), UserId::new("alice").unwrap());
    clock.advance(Duration::from_millis(1));
    let issuer = JwtIssuer::hs256(SECRET)
        .unwrap()
        .with_clock(Arc::clone(&clock) as _)
        .with_issuer("https://login.example")
        .with_audience("chat")
        .with_kid("k");
    let token = issuer.issue(&alice, Duration::from_secs(60)).unwrap();
    let auth = JwtAuthenticator::builder()
        .key(JwtKey::hs256(SECRET).unwrap().with_kid("k"))
        .issuer("https://login.example")
        .audience("chat")
        .leeway(Duration::ZERO)
        .clock(Arc::clone(&clock) as _)
        .build()
        .unwrap();
    let identity = accepts(&auth, &token).await;
    assert_eq!(identity.user_id, alice);
    // Rounded up, so that a token lives at least for the requested time.
    assert_eq!(identity.expires_at, Some(Timestamp::from_secs(NOW + 61)));
    clock.advance(Duration::from_secs(61));
    assert_eq!(refuses(&auth, &token).await, Refusal::Expired);
}

#[test]
fn debug_shows_no_secret() {
    let key = JwtKey::hs256(SECRET).unwrap().with_kid("k-1");
    let issuer = JwtIssuer::hs256(SECRET).unwrap();
    let builder = hs256();
    let shown = format!("{key:?} {issuer:?} {builder:?}");
    let shown = format!("{shown} {:?}", builder.key(key).build().unwrap());
    assert!(!shown.contains("thirty-two"), "{shown}");
    assert!(
        !shown.contains(&format!("{:?}", SECRET.as_bytes())),
        "{shown}"
    );
    assert!(shown.contains("k-1") && shown.contains("HS256"), "{shown}");
}
