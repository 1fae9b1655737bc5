//! Who may not, what is not there, and how it is told.

use bytes::Bytes;
use http::Request;
use serde_json::json;

use crate::support::Rest;

#[tokio::test]
async fn paths_and_methods() {
    let rest = Rest::new();
    let alice = rest.user("alice");
    for path in [
        "/",
        "/nothing",
        "/rooms/tea/nothing",
        "/rooms/tea/pins",
        "/search?q=a",
        "/rooms/tea/messages/x/y/z",
    ] {
        alice.get(path).await.problem(404, "INVALID_COMMAND");
    }
    let answer = alice.bare("DELETE", "/rooms").await;
    answer.problem(405, "INVALID_COMMAND");
    assert_eq!(answer.header("allow"), Some("GET, HEAD, POST"));
    // A room with a slash in its name, and one that is none.
    alice.room("a/b", "group", &[]).await;
    alice.get("/rooms/a%2Fb").await.expect(200);
    alice
        .get("/rooms/a/b")
        .await
        .problem(404, "INVALID_COMMAND");
    alice
        .get("/rooms/none")
        .await
        .problem(404, "ROOM_NOT_FOUND");
}

#[tokio::test]
async fn head_is_get_without_a_body() {
    let rest = Rest::new();
    let alice = rest.user("alice");
    let head = alice.bare("HEAD", "/rooms").await;
    assert_eq!((head.status, head.body.len()), (200, 0));
    let head = alice.bare("HEAD", "/rooms/none").await;
    assert_eq!((head.status, head.body.len()), (404, 0));
}

#[tokio::test(start_paused = true)]
async fn who_asks() {
    let rest = Rest::new();
    let ask = async |name: &str, value: &str| {
        let mut request = Request::get("/rooms");
        if !name.is_empty() {
            request = request.header(name, value);
        }
        rest.handle(request.body(Bytes::new()).unwrap()).await
    };
    for (name, value, code) in [
        ("", "", "UNAUTHENTICATED"),
        ("authorization", "alice", "UNAUTHENTICATED"),
        ("authorization", "Basic alice", "UNAUTHENTICATED"),
        ("authorization", "Bearer ", "UNAUTHENTICATED"),
        // Not even a user id: the authenticator says that it is invalid.
        ("authorization", "Bearer a\tb", "UNAUTHENTICATED"),
        ("authorization", "Bearer expired", "TOKEN_EXPIRED"),
        ("authorization", "Bearer just-expired", "TOKEN_EXPIRED"),
    ] {
        let answer = ask(name, value).await;
        answer.problem(401, code);
        assert_eq!(answer.header("www-authenticate"), Some("Bearer"), "{value}");
    }
    ask("authorization", "bEARER alice").await.expect(200);
    ask("cookie", "user=alice").await.expect(200);
    ask("authorization", "Bearer banned")
        .await
        .problem(403, "FORBIDDEN");
    for token in ["unavailable", "never"] {
        let answer = ask("authorization", &format!("Bearer {token}")).await;
        let problem = answer.problem(503, "UNAVAILABLE");
        assert!(!problem.to_string().contains("secret"), "{problem}");
        assert_eq!(answer.header("retry-after"), Some("1"));
    }
    let answer = ask("authorization", "Bearer panic").await;
    answer.problem(500, "INTERNAL");
    // By where they are.
    let request = Request::get("/rooms").body(Bytes::new()).unwrap();
    let address = "127.0.0.1".parse().ok();
    let response = rest.service.handle(request, address).await;
    assert_eq!(response.status(), 200);
}

/// A stranger does not learn what is there, nor whether a request was well-formed.
#[tokio::test]
async fn strangers_learn_nothing() {
    let rest = Rest::new();
    rest.user("alice").room("tea", "group", &[]).await;
    for path in ["/rooms/tea", "/rooms/none", "/rooms?limit=x"] {
        let request = Request::get(path).body(Bytes::new()).unwrap();
        rest.handle(request).await.problem(401, "UNAUTHENTICATED");
    }
}

/// The room is there, and the user has no business in it.
#[tokio::test]
async fn rooms_of_others() {
    let rest = Rest::new();
    rest.user("alice").room("tea", "group", &["bob"]).await;
    let said = rest.user("alice").say("tea", "hi").await;
    let message = format!("/rooms/tea/messages/{}", said["id"].as_str().unwrap());
    let reaction = format!("{message}/reactions/x");
    let eve = rest.user("eve");
    for (method, path, body) in [
        ("GET", "/rooms/tea", None),
        ("PATCH", "/rooms/tea", Some(json!({"name": "x"}))),
        ("PATCH", "/rooms/tea", Some(json!({"slowModeSeconds": 1}))),
        ("DELETE", "/rooms/tea", None),
        ("GET", "/rooms/tea/members", None),
        (
            "PUT",
            "/rooms/tea/members/eve",
            Some(json!({"role": "member"})),
        ),
        (
            "PUT",
            "/rooms/tea/members/bob",
            Some(json!({"role": "member"})),
        ),
        ("DELETE", "/rooms/tea/members/bob", None),
        ("PUT", "/rooms/tea/bans/bob", None),
        ("DELETE", "/rooms/tea/bans/bob", None),
        (
            "PUT",
            "/rooms/tea/mutes/bob",
            Some(json!({"until": "2033-01-01T00:00:00Z"})),
        ),
        ("DELETE", "/rooms/tea/mutes/bob", None),
        ("POST", "/rooms/tea/join", None),
        ("GET", "/rooms/tea/messages", None),
        ("POST", "/rooms/tea/messages", Some(json!({"text": "x"}))),
        ("GET", &message, None),
        ("PATCH", &message, Some(json!({"text": "x"}))),
        ("DELETE", &message, None),
        ("PUT", &reaction, None),
        ("DELETE", &reaction, None),
        ("GET", "/rooms/tea/changes", None),
        ("PUT", "/rooms/tea/read", Some(json!({"seq": 1}))),
        ("GET", "/rooms/tea/reads", None),
    ] {
        let answer = eve.call(method, path, body.clone()).await;
        assert_eq!(answer.status, 403, "{method} {path}: {}", answer.json());
        answer.problem(403, "NOT_A_MEMBER");
        let elsewhere = path.replace("/rooms/tea", "/rooms/none");
        let answer = eve.call(method, &elsewhere, body).await;
        assert_eq!(
            answer.status,
            404,
            "{method} {elsewhere}: {}",
            answer.json()
        );
        answer.problem(404, "ROOM_NOT_FOUND");
    }
    let message = rest.user("bob").get(&message).await.expect(200);
    assert_eq!(
        (&message["text"], &message["rev"]),
        (&json!("hi"), &json!(1))
    );
}
