//! Invariants of every request line that a client may send.

use std::fmt::Write as _;

use chat_core::rest::fuzz::{Routed, route, token};
use chat_core::{Error, ErrorKind, Result};
use http::{Method, Uri};

use super::head;

/// Panics if routing or query parsing breaks a rule.
pub(crate) fn check(input: &[u8]) {
    let Some((method, uri, headers)) = head::parse(input) else {
        return;
    };
    let token = token(&headers).unwrap_or("absent");
    assert!(!token.is_empty() && token.trim() == token);
    match route(&method, &uri) {
        Ok(routed) => found(&method, &uri, &routed),
        Err((405, allow)) => {
            assert!(!allow.is_empty());
            for allowed in allow.split(", ") {
                assert_ne!(allowed, method.as_str());
                let allowed = Method::from_bytes(allowed.as_bytes()).expect("a method");
                assert!(
                    route(&allowed, &uri).is_ok(),
                    "{allowed} is reported as allowed but is not"
                );
            }
        }
        Err((status, allow)) => assert_eq!((status, allow.as_str()), (404, "")),
    }
}

fn found(method: &Method, uri: &Uri, routed: &Routed) {
    let segments: Vec<&str> = uri.path().split('/').collect();
    let template: Vec<&str> = routed.path.split('/').collect();
    assert_eq!(
        segments.len(),
        template.len(),
        "{} is {}",
        uri.path(),
        routed.path
    );
    for segment in &routed.segments {
        if let Err(error) = segment {
            refused(error);
        }
    }
    if let Ok(query) = &routed.query {
        for (i, (name, _)) in query.iter().enumerate() {
            assert!(
                query[..i].iter().all(|(other, _)| other != name),
                "{name} twice"
            );
        }
    }
    if let Err(error) = &routed.query {
        refused(error);
    }
    same_in_other_words(method, routed);
}

/// Percent-encodes the whole path and query anew and checks that they route to the same request.
fn same_in_other_words(method: &Method, routed: &Routed) {
    let decoded: Result<Vec<&String>, &Error> =
        routed.segments.iter().map(Result::as_ref).collect();
    let (Ok(decoded), Ok(query)) = (decoded, &routed.query) else {
        return;
    };
    let mut decoded = decoded.into_iter();
    let mut uri = String::new();
    for segment in routed.path.split('/').skip(1) {
        uri.push('/');
        if segment.starts_with('{') {
            encode(decoded.next().expect("a segment for each brace"), &mut uri);
        } else {
            encode(segment, &mut uri);
        }
    }
    for (i, (name, value)) in query.iter().enumerate() {
        uri.push(if i == 0 { '?' } else { '&' });
        encode(name, &mut uri);
        uri.push('=');
        encode(value, &mut uri);
    }
    // Encoding triples the length, and a URI has at most 65,534 bytes.
    let Ok(uri) = Uri::try_from(uri) else {
        return;
    };
    let again = route(method, &uri).expect("the same call");
    assert_eq!(again.path, routed.path);
    assert_eq!(again.query.ok().as_ref(), Some(query));
    for (again, segment) in again.segments.iter().zip(&routed.segments) {
        assert_eq!(again.as_ref().ok(), segment.as_ref().ok());
    }
}

fn encode(text: &str, out: &mut String) {
    for byte in text.bytes() {
        write!(out, "%{byte:02x}").expect("a string takes all");
    }
}

fn refused(error: &Error) {
    assert_eq!(error.kind(), ErrorKind::Invalid);
    assert!(error.message().len() < 1_000, "the error repeats the input");
}
