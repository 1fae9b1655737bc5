//! Invariants of every request to upgrade that a client may send.

use chat_core::ws::{AllowedOrigins, Upgrade, detached};
use http::header::{AUTHORIZATION, COOKIE, ORIGIN, SEC_WEBSOCKET_PROTOCOL};
use http::{HeaderMap, Method};

use super::head;

/// The only allowed origin.
const PAGE: &str = "https://chat.example";
const SECRETS: [http::HeaderName; 3] = [AUTHORIZATION, COOKIE, SEC_WEBSOCKET_PROTOCOL];

/// Panics if the handshake breaks a rule.
pub(crate) fn check(input: &[u8]) {
    let Some((method, uri, headers)) = head::parse(input) else {
        return;
    };
    let page = AllowedOrigins::list([PAGE]).expect("an origin");
    let limited = Upgrade::accept(&method, &uri, &headers, &page);
    match Upgrade::accept(&method, &uri, &headers, &AllowedOrigins::any()) {
        Ok(upgrade) => {
            assert_eq!(method, Method::GET);
            accepted(upgrade, &headers);
            assert_eq!(limited.is_ok(), headers.get_all(ORIGIN).iter().all(is_page));
        }
        Err(refusal) => {
            let response = refusal.response();
            assert!(response.status().is_client_error());
            let problem: serde_json::Value =
                serde_json::from_slice(response.body()).expect("a problem in JSON");
            assert_eq!(problem["status"], response.status().as_u16());
            assert_eq!(
                limited.err(),
                Some(refusal),
                "the origin check hides another refusal"
            );
        }
    }
    secrets_are_marked(&headers);
}

fn accepted(mut upgrade: Upgrade, headers: &HeaderMap) {
    let response = upgrade.response();
    assert_eq!(response.status(), 101);
    assert_eq!(response.headers()["sec-websocket-accept"].len(), 28);
    assert!(response.headers().len() <= 4);
    if let Some(chosen) = response.headers().get(SEC_WEBSOCKET_PROTOCOL) {
        let chosen = chosen.to_str().expect("ASCII");
        let mut offered = headers.get_all(SEC_WEBSOCKET_PROTOCOL).iter();
        assert!(
            offered.any(|offer| offer
                .as_bytes()
                .split(|&b| b == b',')
                .any(|one| one.trim_ascii() == chosen.as_bytes())),
            "{chosen} was not offered"
        );
        assert!(chosen == "chat.v1" || chosen.starts_with("bearer."));
        // The protocol is a single list element.
        assert!(!chosen.contains([',', '\r', '\n']));
    }
    let shown = format!("{upgrade:?}");
    let token = upgrade.take_token().map(|token| token.into_inner());
    assert!(token != Some(String::new()));
    let accept = &response.headers()["sec-websocket-accept"];
    let protocol = match response.headers().get(SEC_WEBSOCKET_PROTOCOL) {
        Some(chosen) if chosen == "chat.v1" => r#"Some("chat.v1")"#,
        Some(_) => "Some(Sensitive)",
        None => "None",
    };
    let token = token.map_or("None", |_| "Some(BearerToken(…))");
    assert_eq!(
        shown,
        format!("Upgrade {{ accept: {accept:?}, protocol: {protocol}, token: {token} }}")
    );
    assert!(upgrade.take_token().is_none(), "the token was taken twice");
}

/// Returns `true` if the origin is the allowed one in another spelling.
fn is_page(origin: &http::HeaderValue) -> bool {
    let origin = origin.as_bytes().to_ascii_lowercase();
    origin == PAGE.as_bytes() || origin == b"https://chat.example:443"
}

fn secrets_are_marked(headers: &HeaderMap) {
    let copy = detached(headers);
    assert_eq!(&copy, headers);
    for (name, value) in &copy {
        assert_eq!(value.is_sensitive(), SECRETS.contains(name), "{name}");
    }
}
