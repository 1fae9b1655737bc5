use http::StatusCode;
use http::header::ALLOW;

use super::super::request::{Emoji, Segments};
use super::*;
use crate::{MessageId, RoomId};

const ID: &str = "0190b0a0-0000-7000-8000-000000000000";

fn method(name: &str) -> Method {
    name.parse().unwrap()
}

fn found(name: &str, path: &str) -> (&'static str, Segments) {
    let (call, segments) = route(&method(name), path).unwrap();
    (call.name, segments)
}

#[test]
fn what_stands_in_a_path() {
    let path = format!("/rooms/a%2Fb/messages/{ID}/reactions/%F0%9F%91%8D");
    let (name, segments) = found("PUT", &path);
    assert_eq!(name, "react");
    let mut segments = segments.iter();
    assert_eq!(segments.next::<RoomId>().unwrap().as_str(), "a/b");
    assert_eq!(segments.next::<MessageId>().unwrap().to_string(), ID);
    assert_eq!(segments.next::<Emoji>().unwrap().0, "👍");
    assert_eq!(found("HEAD", "/rooms/a/messages").0, "history");
    assert_eq!(found("GET", "/%72ooms").0, "list_rooms");
}

/// Each path routes to exactly its own row, and names its parameters after their types.
#[test]
fn rows_are_apart() {
    let mut names: Vec<&str> = CALLS.iter().map(|call| call.name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), CALLS.len(), "duplicate call name");
    for call in CALLS {
        let path: Vec<&str> = call.path.split('/').collect();
        let same = ROUTES
            .iter()
            .filter(|other| other.call.method == call.method && other.matches(&path));
        assert_eq!(same.count(), 1, "{call:?}");
        assert_eq!(found(call.method, call.path).0, call.name);
    }
}

#[test]
fn what_is_not_there_is_not_found() {
    for path in [
        "",
        "/",
        "rooms",
        "//rooms",
        "/Rooms",
        "/rooms/a/",
        "/rooms/a/nothing",
        "/rooms/a/messages/x/y",
        "/rooms/a b/nothing",
        "/presence/bob",
        "/ws",
        "/*",
        "/rooms%2Fa",
    ] {
        let problem = route(&Method::GET, path);
        let status = problem.map(|(call, _)| call.name);
        let status = status.map_err(|p| p.response().status());
        assert_eq!(status, Err(StatusCode::NOT_FOUND), "{path:?}");
    }
}

#[test]
fn a_wrong_method_is_told_the_right_ones() {
    for (name, path, allow) in [
        ("PUT", "/rooms", "GET, HEAD, POST"),
        ("OPTIONS", "/rooms/a", "GET, HEAD, PATCH, DELETE"),
        ("GET", "/rooms/a/members/bob", "PUT, DELETE"),
        ("HEAD", "/rooms/a/join", "POST"),
        ("get", "/presence", "GET, HEAD"),
    ] {
        let response = route(&method(name), path).unwrap_err().response();
        assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
        assert_eq!(response.headers()[ALLOW], allow, "{name} {path}");
    }
}

#[test]
fn ids_that_are_none_are_refused() {
    let long = format!("/rooms/{}", "a".repeat(129));
    for path in [
        "/rooms/a%20b",
        "/rooms/",
        "/rooms/%00",
        "/rooms/%",
        "/rooms/%ff",
        "/rooms/%2",
        &long,
    ] {
        let (_, segments) = found("GET", path);
        assert!(segments.iter().next::<RoomId>().is_err(), "{path}");
    }
    let id = ID.replace('-', "");
    for none in ["1", &id, &format!("{{{ID}}}"), &format!("urn:uuid:{ID}")] {
        let (_, segments) = found("GET", &format!("/rooms/a/messages/{none}"));
        let mut segments = segments.iter();
        segments.next::<RoomId>().unwrap();
        assert!(segments.next::<MessageId>().is_err(), "{none}");
    }
}
