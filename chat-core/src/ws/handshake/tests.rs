#![allow(clippy::unwrap_used)]

use http::Request;
use http::header::ORIGIN;

use super::*;

const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";

/// A valid request with these headers replaced. An empty value removes a header.
fn request(path: &str, changes: &[(HeaderName, &str)]) -> (Method, Uri, HeaderMap) {
    let (mut parts, ()) = Request::get(path)
        .header(UPGRADE, "websocket")
        .header(CONNECTION, "Upgrade")
        .header(SEC_WEBSOCKET_VERSION, "13")
        .header(SEC_WEBSOCKET_KEY, KEY)
        .body(())
        .unwrap()
        .into_parts();
    for (name, _) in changes {
        parts.headers.remove(name);
    }
    for (name, value) in changes.iter().filter(|(_, value)| !value.is_empty()) {
        parts
            .headers
            .append(name, HeaderValue::from_str(value).unwrap());
    }
    (parts.method, parts.uri, parts.headers)
}

fn accept(path: &str, changes: &[(HeaderName, &str)]) -> Result<Upgrade, Refusal> {
    let (method, uri, headers) = request(path, changes);
    Upgrade::accept(&method, &uri, &headers, &AllowedOrigins::any())
}

fn token_of(path: &str, changes: &[(HeaderName, &str)]) -> Option<String> {
    accept(path, changes)
        .unwrap()
        .take_token()
        .map(BearerToken::into_inner)
}

fn protocol_of(offered: &[&str]) -> Option<String> {
    let changes: Vec<_> = offered
        .iter()
        .map(|o| (SEC_WEBSOCKET_PROTOCOL, *o))
        .collect();
    let response = accept("/ws", &changes).unwrap().response();
    let protocol = response.headers().get(SEC_WEBSOCKET_PROTOCOL)?;
    Some(protocol.to_str().unwrap().to_owned())
}

#[test]
fn a_good_request_is_switched() {
    let changes = [
        (UPGRADE, "h2c, WebSocket"),
        (CONNECTION, "keep-alive"),
        (CONNECTION, "foo , UPGRADE"),
    ];
    let response = accept("/ws", &changes).unwrap().response();
    assert_eq!(response.status(), 101);
    let headers = response.headers();
    assert_eq!(headers[UPGRADE], "websocket");
    assert_eq!(headers[CONNECTION], "Upgrade");
    // The example of RFC 6455, 1.3.
    assert_eq!(
        headers[SEC_WEBSOCKET_ACCEPT],
        "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
    );
    assert!(!headers.contains_key(SEC_WEBSOCKET_PROTOCOL));
}

#[test]
fn what_is_no_upgrade_is_refused() {
    let cases = [
        (UPGRADE, "", Refusal::NotAnUpgrade),
        (UPGRADE, "h2c", Refusal::NotAnUpgrade),
        (UPGRADE, "websocketx", Refusal::NotAnUpgrade),
        (CONNECTION, "", Refusal::NotAnUpgrade),
        (CONNECTION, "keep-alive", Refusal::NotAnUpgrade),
        (SEC_WEBSOCKET_VERSION, "", Refusal::Version),
        (SEC_WEBSOCKET_VERSION, "8", Refusal::Version),
        (SEC_WEBSOCKET_VERSION, "13, 8", Refusal::Version),
        (SEC_WEBSOCKET_KEY, "", Refusal::Key),
        (SEC_WEBSOCKET_KEY, "short", Refusal::Key),
        (SEC_WEBSOCKET_KEY, "dGhlIHNhbXBsZSBub25jZQ", Refusal::Key),
        (SEC_WEBSOCKET_KEY, "dGhlIHNhbXBsZSBub25jZTEy", Refusal::Key),
        (SEC_WEBSOCKET_KEY, "dGhlIHNhbXBs!SBub25jZQ==", Refusal::Key),
    ];
    for (name, value, refusal) in cases {
        let refused = accept("/ws", &[(name.clone(), value)]).unwrap_err();
        assert_eq!(refused, refusal, "{name}: {value}");
    }
    let twice = [(SEC_WEBSOCKET_KEY, KEY), (SEC_WEBSOCKET_KEY, KEY)];
    assert_eq!(accept("/ws", &twice).unwrap_err(), Refusal::Key);
    let (_, uri, headers) = request("/ws", &[]);
    let post = Upgrade::accept(&Method::POST, &uri, &headers, &AllowedOrigins::any());
    assert_eq!(post.unwrap_err(), Refusal::Method);
}

#[test]
fn a_key_with_stray_bits_passes() {
    // Some clients send any 24 characters, so the trailing 4 bits may be set.
    assert!(accept("/ws", &[(SEC_WEBSOCKET_KEY, "dGhlIHNhbXBsZSBub25jZR==")]).is_ok());
}

#[test]
fn other_origins_are_refused() {
    let origins = AllowedOrigins::list(["https://chat.example"]).unwrap();
    let judge = |origin: &str| {
        let (method, uri, headers) = request("/ws", &[(ORIGIN, origin)]);
        Upgrade::accept(&method, &uri, &headers, &origins).map(|_| ())
    };
    assert_eq!(judge("https://chat.example"), Ok(()));
    assert_eq!(judge("https://evil.example"), Err(Refusal::Origin));
    assert_eq!(judge("null"), Err(Refusal::Origin));
    assert_eq!(judge(""), Ok(()), "not a browser");
}

#[test]
fn refusals_say_what_to_do() {
    for refusal in [Refusal::NotAnUpgrade, Refusal::Version] {
        let response = refusal.response();
        assert_eq!(response.status(), 426);
        assert_eq!(response.headers()[UPGRADE], "websocket");
        assert_eq!(response.headers()[CONNECTION], "Upgrade");
        assert_eq!(response.headers()[SEC_WEBSOCKET_VERSION], "13");
    }
    assert_eq!(Refusal::Method.response().headers()[ALLOW], "GET");
    assert_eq!(Refusal::Key.response().status(), 400);
    let response = Refusal::Origin.response();
    assert_eq!(response.status(), 403);
    assert_eq!(response.headers()[CONTENT_TYPE], "application/problem+json");
    let body: serde_json::Value = serde_json::from_slice(response.body()).unwrap();
    assert_eq!(body["status"], 403);
    assert_eq!(body["code"], "FORBIDDEN");
    assert_eq!(body["title"], "Forbidden");
}

#[test]
fn the_token_found_first_wins() {
    let header = (AUTHORIZATION, "bearer  one");
    let protocol = (SEC_WEBSOCKET_PROTOCOL, "chat.v1, bearer.three");
    let all = [header, protocol.clone()];
    assert_eq!(token_of("/ws?token=two", &all).as_deref(), Some("one"));
    let no_header = [protocol.clone()];
    assert_eq!(
        token_of("/ws?a=b&token=two", &no_header).as_deref(),
        Some("two")
    );
    assert_eq!(
        token_of("/ws?tokens=two", &no_header).as_deref(),
        Some("three")
    );
    assert_eq!(token_of("/ws", &[]), None);
    // Empty tokens and other schemes are skipped.
    let basic = [(AUTHORIZATION, "Basic dTpw"), protocol];
    assert_eq!(token_of("/ws?token=", &basic).as_deref(), Some("three"));
    assert_eq!(token_of("/ws", &[(AUTHORIZATION, "Bearer ")]), None);
    assert_eq!(
        token_of("/ws?token=a%2Bb%3D&token=c", &[]).as_deref(),
        Some("a+b=")
    );
}

#[test]
fn the_subprotocol_is_one_that_was_offered() {
    assert_eq!(protocol_of(&[]), None);
    assert_eq!(protocol_of(&["chat.v1"]).as_deref(), Some("chat.v1"));
    assert_eq!(
        protocol_of(&["bearer.a.b.c, chat.v1"]).as_deref(),
        Some("chat.v1")
    );
    assert_eq!(
        protocol_of(&["bearer.a.b.c", "chat.v1"]).as_deref(),
        Some("chat.v1")
    );
    assert_eq!(
        protocol_of(&["other, bearer.a.b.c"]).as_deref(),
        Some("bearer.a.b.c")
    );
    assert_eq!(protocol_of(&["graphql-ws"]), None);
    assert_eq!(protocol_of(&["Chat.V1"]), None);
}

#[test]
fn debug_never_shows_the_token() {
    let changes = [
        (AUTHORIZATION, "Bearer verysecret"),
        (COOKIE, "session=verysecret"),
        (SEC_WEBSOCKET_PROTOCOL, "bearer.verysecret"),
    ];
    let mut upgrade = accept("/ws?token=verysecret", &changes).unwrap();
    let response = upgrade.response();
    let token = upgrade.token.clone();
    let (_, _, headers) = request("/ws", &changes);
    let headers = detached(&headers);
    let shown = format!("{upgrade:?} {response:?} {token:?} {headers:?}");
    assert!(!shown.contains("verysecret"), "{shown}");
    assert!(upgrade.take_token().is_some());
    assert!(upgrade.take_token().is_none());
}

#[test]
fn detached_headers_are_the_same_but_share_nothing() {
    let shared = Bytes::from(b"some-agent".to_vec());
    let mut headers = HeaderMap::new();
    for name in ["x-custom", "user-agent", "x-custom"] {
        let value = HeaderValue::from_maybe_shared(shared.clone()).unwrap();
        headers.append(HeaderName::from_static(name), value);
    }
    let detached = detached(&headers);
    assert_eq!(detached, headers);
    drop(headers);
    assert!(shared.is_unique());
}
