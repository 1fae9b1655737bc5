//! Authorization failures, missing resources, and their responses.

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
        "/rooms/tea/pinned",
        "/find?q=a",
        "/rooms/tea/messages/x/y/z",
    ] {
        alice.get(path).await.problem(404, "INVALID_COMMAND");
    }
    let answer = alice.bare("DELETE", "/rooms").await;
    answer.problem(405, "INVALID_COMMAND");
    assert_eq!(answer.header("allow"), Some("GET, HEAD, POST"));
    // A room with a slash in its id, and a missing room.
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
        // Not a valid user id, so the authenticator refuses it.
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
    // Authenticated by peer address.
    let request = Request::get("/rooms").body(Bytes::new()).unwrap();
    let address = "127.0.0.1".parse().ok();
    let response = rest.service.handle(request, address).await;
    assert_eq!(response.status(), 200);
}

/// A stranger learns neither what exists nor if a request was well-formed.
#[tokio::test]
async fn strangers_learn_nothing() {
    let rest = Rest::new();
    rest.user("alice").room("tea", "group", &[]).await;
    for path in ["/rooms/tea", "/rooms/none", "/rooms?limit=x"] {
        let request = Request::get(path).body(Bytes::new()).unwrap();
        rest.handle(request).await.problem(401, "UNAUTHENTICATED");
    }
}

/// To a stranger, a private room is indistinguishable from a missing one, byte for byte. That
/// includes banned users, former members, and rooms that were deleted.
#[tokio::test]
async fn rooms_of_others_are_not_there() {
    let rest = Rest::new();
    let alice = rest.user("alice");
    alice.room("tea", "group", &["bob", "gone"]).await;
    let pair = json!({"kind": "direct", "id": "two", "members": ["bob"]});
    alice.post("/rooms", pair).await.expect(201);
    for (method, path) in [
        ("PUT", "/rooms/tea/bans/exiled"),
        ("DELETE", "/rooms/tea/members/gone"),
    ] {
        alice.bare(method, path).await.expect(204);
    }
    let said = alice.say("tea", "hi").await;
    let message = format!("/messages/{}", said["id"].as_str().unwrap());
    let reaction = format!("{message}/reactions/x");
    let until = || Some(json!({"until": "2033-01-01T00:00:00Z"}));
    let role = || Some(json!({"role": "member"}));
    let calls = [
        ("GET", "", None),
        ("HEAD", "", None),
        ("PATCH", "", Some(json!({"name": "x"}))),
        ("PATCH", "", Some(json!({"name": " "}))),
        ("PATCH", "", Some(json!({"slowModeSeconds": 1}))),
        ("PATCH", "", Some(json!({"ownerId": "bob"}))),
        ("DELETE", "", None),
        ("GET", "/members", None),
        ("PUT", "/members/eve", role()),
        ("PUT", "/members/bob", role()),
        ("PUT", "/members/bob", Some(json!({"role": "admin"}))),
        ("DELETE", "/members/bob", None),
        ("DELETE", "/members/eve", None),
        ("GET", "/bans", None),
        ("PUT", "/bans/bob", None),
        ("DELETE", "/bans/bob", None),
        ("PUT", "/mutes/bob", until()),
        ("DELETE", "/mutes/bob", None),
        ("PUT", "/shadow-mutes/bob", None),
        ("DELETE", "/shadow-mutes/bob", None),
        ("GET", "/notifications", None),
        ("PUT", "/notifications", Some(json!({"level": "all"}))),
        ("POST", "/join", None),
        ("POST", "/leave", None),
        ("GET", "/messages", None),
        ("GET", "/messages?around=1", None),
        ("POST", "/messages", Some(json!({"text": "x"}))),
        ("POST", "/messages", Some(json!({"text": ""}))),
        ("GET", &message, None),
        ("PATCH", &message, Some(json!({"text": "x"}))),
        ("DELETE", &message, None),
        ("PUT", &reaction, None),
        ("DELETE", &reaction, None),
        ("GET", "/changes", None),
        ("PUT", "/read", Some(json!({"seq": 1}))),
        ("GET", "/reads", None),
        ("GET", "/presence", None),
    ];
    for name in ["eve", "exiled", "gone"] {
        let user = rest.user(name);
        for (method, path, body) in &calls {
            let call = async |room: &str| {
                let path = format!("/rooms/{room}{path}");
                user.call(method, &path, body.clone()).await
            };
            let nowhere = call("none").await;
            if *method != "HEAD" {
                nowhere.problem(404, "ROOM_NOT_FOUND");
            }
            for room in ["tea", "two"] {
                let answer = call(room).await;
                assert_eq!(
                    answer.status, nowhere.status,
                    "{name}: {method} {room}{path}"
                );
                assert_eq!(
                    answer.headers, nowhere.headers,
                    "{name}: {method} {room}{path}"
                );
                assert_eq!(answer.body, nowhere.body, "{name}: {method} {room}{path}");
            }
        }
    }
    let path = format!("/rooms/tea{message}");
    let message = rest.user("bob").get(&path).await.expect(200);
    assert_eq!(
        (&message["text"], &message["rev"]),
        (&json!("hi"), &said["rev"])
    );
}

/// Public rooms are known to everybody, so errors there may give the reason.
#[tokio::test]
async fn public_rooms_say_why() {
    let rest = Rest::new();
    let alice = rest.user("alice");
    alice.room("square", "public", &[]).await;
    alice
        .bare("PUT", "/rooms/square/bans/exiled")
        .await
        .expect(204);
    let (eve, exiled) = (rest.user("eve"), rest.user("exiled"));
    for path in [
        "/members",
        "/messages",
        "/changes",
        "/reads",
        "/bans",
        "/presence",
    ] {
        let path = format!("/rooms/square{path}");
        eve.get(&path).await.problem(403, "NOT_A_MEMBER");
        exiled.get(&path).await.problem(403, "FORBIDDEN");
    }
    eve.bare("POST", "/rooms/square/leave").await.expect(204);
    exiled
        .bare("POST", "/rooms/square/join")
        .await
        .problem(403, "FORBIDDEN");
    exiled.get("/rooms/square").await.expect(200);
}
