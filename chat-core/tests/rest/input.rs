//! Malformed and oversized input.

use bytes::Bytes;
use serde_json::{Value, json};

use crate::support::Rest;

const ID: &str = "0190b0a0-0000-7000-8000-000000000000";

/// A malformed request is refused with 400 before it reaches the engine.
#[tokio::test]
async fn malformed_input() {
    let rest = Rest::new();
    let alice = rest.user("alice");
    alice.room("tea", "group", &["bob"]).await;
    let message = format!("/rooms/tea/messages/{ID}");
    let message = message.as_str();
    let too_many = format!(
        "/presence?users={}",
        (0..101)
            .map(|n| (n % 50).to_string())
            .collect::<Vec<_>>()
            .join(",")
    );
    let long_cursor = format!("/rooms?cursor={}", "A".repeat(10_000));
    let none = Value::Null;
    let cases: Vec<(&str, &str, Value)> = vec![
        // Paths.
        ("GET", "/rooms/a%20b", none.clone()),
        ("GET", "/rooms/%ff", none.clone()),
        ("GET", "/rooms/%zz/messages", none.clone()),
        ("GET", "/rooms/tea/messages/1", none.clone()),
        ("DELETE", "/rooms/tea/members/%00", none.clone()),
        // Queries.
        ("GET", "/rooms?limit=0", none.clone()),
        ("GET", "/rooms?limit=101", none.clone()),
        ("GET", "/rooms?limit=many", none.clone()),
        ("GET", "/rooms?limit=1&limit=1", none.clone()),
        ("GET", "/rooms?token=alice", none.clone()),
        ("GET", "/rooms?limit=%", none.clone()),
        ("GET", "/rooms?cursor=", none.clone()),
        ("GET", "/rooms?cursor=5", none.clone()),
        ("GET", &long_cursor, none.clone()),
        ("GET", "/rooms/tea?limit=1", none.clone()),
        ("GET", "/rooms/tea/members?cursor=dWF!", none.clone()),
        ("GET", "/rooms/tea/messages?cursor=1", none.clone()),
        ("GET", "/rooms/tea/messages?before=1&after=1", none.clone()),
        (
            "GET",
            "/rooms/tea/messages?before=1&beforeTime=2023-11-14T22:13:20Z",
            none.clone(),
        ),
        ("GET", "/rooms/tea/messages?before=-1", none.clone()),
        (
            "GET",
            "/rooms/tea/messages?before=9007199254740992",
            none.clone(),
        ),
        ("GET", "/rooms/tea/messages?around=middle", none.clone()),
        (
            "GET",
            "/rooms/tea/messages?beforeTime=yesterday",
            none.clone(),
        ),
        (
            "GET",
            "/rooms/tea/messages?afterTime=1700000000",
            none.clone(),
        ),
        ("GET", "/rooms/tea/changes?after=x", none.clone()),
        ("GET", "/presence", none.clone()),
        ("GET", "/presence?users=", none.clone()),
        ("GET", "/presence?users=a,,b", none.clone()),
        ("GET", &too_many, none.clone()),
        ("POST", "/rooms/tea/join?force=1", none.clone()),
        // Bodies.
        ("POST", "/rooms", json!({})),
        ("POST", "/rooms", json!([])),
        ("POST", "/rooms", json!({"kind": "secret"})),
        ("POST", "/rooms", json!({"kind": "group", "owner": "alice"})),
        ("POST", "/rooms", json!({"kind": "group", "id": "a b"})),
        (
            "POST",
            "/rooms",
            json!({"kind": "group", "members": ["a b"]}),
        ),
        ("POST", "/rooms", json!({"kind": "group", "members": "bob"})),
        ("POST", "/rooms", json!({"kind": "group", "name": " "})),
        ("POST", "/rooms", json!({"kind": "group", "metadata": []})),
        ("POST", "/rooms", json!({"kind": "direct", "members": []})),
        (
            "POST",
            "/rooms",
            json!({"kind": "direct", "members": ["alice"]}),
        ),
        (
            "POST",
            "/rooms",
            json!({"kind": "direct", "members": ["bob", "carol"]}),
        ),
        ("PATCH", "/rooms/tea", json!({"kind": "public"})),
        ("PATCH", "/rooms/tea", json!({"name": "a\nb"})),
        ("PATCH", "/rooms/tea", json!({"slowModeSeconds": null})),
        ("PATCH", "/rooms/tea", json!({"slowModeSeconds": -1})),
        ("PATCH", "/rooms/tea", json!({"slowModeSeconds": 86_401})),
        ("PATCH", "/rooms/tea", json!({"retentionSeconds": 0})),
        ("PATCH", "/rooms/tea", json!({"retentionMessages": 999})),
        (
            "PATCH",
            "/rooms/tea",
            json!({"retentionSeconds": 1u64 << 53}),
        ),
        ("PATCH", "/rooms/tea", json!({"announceMembership": "yes"})),
        ("PATCH", "/rooms/tea", json!({"metadata": null})),
        ("PUT", "/rooms/tea/members/bob", json!({})),
        ("PUT", "/rooms/tea/members/bob", json!({"role": "king"})),
        (
            "PUT",
            "/rooms/tea/members/bob",
            json!({"role": "member", "until": null}),
        ),
        ("PUT", "/rooms/tea/bans/bob", json!({"until": "tomorrow"})),
        (
            "PUT",
            "/rooms/tea/bans/bob",
            json!({"until": "2023-11-14T22:13:20Z"}),
        ),
        ("PUT", "/rooms/tea/bans/bob", json!({"reason": "a\nb"})),
        ("PUT", "/rooms/tea/mutes/bob", json!({})),
        ("PUT", "/rooms/tea/mutes/bob", json!({"until": null})),
        ("POST", "/rooms/tea/messages", json!({})),
        ("POST", "/rooms/tea/messages", json!({"text": 1})),
        (
            "POST",
            "/rooms/tea/messages",
            json!({"text": "a", "roomId": "tea"}),
        ),
        ("POST", "/rooms/tea/messages", json!({"text": "a\u{0}"})),
        (
            "POST",
            "/rooms/tea/messages",
            json!({"text": "a", "replyTo": "1"}),
        ),
        (
            "POST",
            "/rooms/tea/messages",
            json!({"text": "a", "clientMessageId": ""}),
        ),
        (
            "POST",
            "/rooms/tea/messages",
            json!({"text": "a", "attachments": [{"url": "javascript:1", "mimeType": "a/b"}]}),
        ),
        ("PATCH", message, json!({"text": ""})),
        ("PATCH", message, json!({"text": "a", "metadata": {}})),
        // A JSON array of field values is not a valid body.
        ("PUT", "/rooms/tea/bans/bob", json!([null, null])),
        ("PUT", "/rooms/tea/members/bob", json!(["member"])),
        (
            "POST",
            "/rooms/tea/messages",
            json!({"text": "a", "attachments": [["https://x/", "a/b", null, null]]}),
        ),
        ("PUT", "/rooms/tea/read", json!({"seq": -1})),
        ("PUT", "/rooms/tea/read", json!({"seq": 1.5})),
        ("PUT", "/rooms/tea/read", json!({"seq": 1u64 << 53})),
        ("PUT", "/rooms/tea/read", json!({"seq": 1, "at": null})),
    ];
    for (method, path, body) in cases {
        let body = (!body.is_null()).then_some(body);
        let answer = alice.call(method, path, body.clone()).await;
        assert_eq!(
            answer.status,
            400,
            "{method} {path} {body:?}: {}",
            answer.json()
        );
        let problem = answer.problem(400, "INVALID_COMMAND");
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.len() < 500, "the detail repeats the input: {detail}");
    }
    let reaction = format!("{message}/reactions/%20");
    alice
        .bare("PUT", &reaction)
        .await
        .problem(400, "INVALID_COMMAND");
    // None of the requests had an effect.
    let room = alice.get("/rooms/tea").await.expect(200);
    assert_eq!(
        (&room["memberCount"], &room["name"]),
        (&json!(2), &Value::Null)
    );
    let changes = alice.get("/rooms/tea/changes").await.expect(200);
    assert_eq!(changes["head"], 0);
}

#[tokio::test]
async fn a_problem_names_the_field_and_the_rule() {
    let rest = Rest::new();
    let alice = rest.user("alice");
    alice.room("tea", "group", &[]).await;
    let message = "/rooms/tea/messages/0190b0a0-0000-7000-8000-000000000000";
    let invisible = "must not contain white space, control characters or invisible characters";
    let line = "must not contain control characters, line breaks or invisible characters";
    let url = |url: &str| json!({"text": "x", "attachments": [{"url": url, "mimeType": "a/b"}]});
    for (method, path, body, detail) in [
        ("POST", "/rooms", json!([]), "the body must be an object"),
        ("POST", "/rooms", json!({}), "`kind` is required"),
        (
            "POST",
            "/rooms",
            json!({"kind": "x"}),
            "`kind` must be one of `direct`, `group`, `public`",
        ),
        (
            "POST",
            "/rooms",
            json!({"kind": "group", "owner": 1}),
            "unknown field `owner`",
        ),
        (
            "POST",
            "/rooms",
            json!({"kind": "group", "members": ["bob", "a\u{200b}"]}),
            &format!("`members[1]` {invisible}"),
        ),
        (
            "POST",
            "/rooms",
            json!({"kind": "group", "name": "a\u{202e}b"}),
            &format!("`name` {line}"),
        ),
        (
            "PATCH",
            "/rooms/tea",
            json!({"name": " \u{2800}"}),
            "`name` must not be blank",
        ),
        (
            "PATCH",
            "/rooms/tea",
            json!({"retentionMessages": 1}),
            "`retentionMessages` must be between 1,000 and 10,000,000, or null",
        ),
        (
            "PUT",
            "/rooms/tea/read",
            json!({"seq": "1"}),
            "`seq` must be a whole number below 2^53",
        ),
        (
            "PUT",
            "/rooms/tea/mutes/bob",
            json!({"until": "soon"}),
            "`until` must be an RFC 3339 time, such as `2026-01-31T12:00:00Z`",
        ),
        (
            "PUT",
            "/rooms/tea/bans/bob",
            json!({"reason": "\u{feff}"}),
            &format!("`reason` {line}"),
        ),
        (
            "POST",
            "/rooms/tea/messages",
            url("https://bank.example@evil.example/"),
            "`attachments[0].url` must not contain a user name or password",
        ),
        (
            "POST",
            "/rooms/tea/messages",
            url("no url"),
            "`attachments[0].url` must be a valid URL",
        ),
        (
            "POST",
            "/rooms/tea/messages",
            json!({"text": "x", "expiresAt": "2001-01-01T00:00:00Z"}),
            "`expiresAt` must be in the future",
        ),
        (
            "GET",
            "/rooms/a%20b",
            Value::Null,
            &format!("`roomId` {invisible}"),
        ),
        (
            "GET",
            "/rooms/tea/messages/x",
            Value::Null,
            "`messageId` must be a UUID",
        ),
        (
            "GET",
            "/rooms/tea/messages?limit=0",
            Value::Null,
            "`limit` must be between 1 and 100",
        ),
        (
            "GET",
            "/rooms/tea/messages?before=x",
            Value::Null,
            "`before` must be a whole number below 2^53",
        ),
        (
            "GET",
            "/rooms/tea/messages?beforeTime=x",
            Value::Null,
            "`beforeTime` must be an RFC 3339 time, such as `2026-01-31T12:00:00Z`",
        ),
        (
            "GET",
            "/search?q=x&senderId=a%20b",
            Value::Null,
            &format!("`senderId` {invisible}"),
        ),
        (
            "GET",
            "/rooms?cursor=x",
            Value::Null,
            "`cursor` must be the `next` of a page of this list",
        ),
        (
            "DELETE",
            &format!("{message}?for=x"),
            Value::Null,
            "`for` must be `all` or `me`",
        ),
    ] {
        let body = (!body.is_null()).then_some(body);
        let answer = alice.call(method, path, body).await;
        let problem = answer.problem(400, "INVALID_COMMAND");
        assert_eq!(problem["detail"], detail, "{method} {path}");
    }
    let syntax = alice
        .request("POST", "/rooms")
        .header("content-type", "application/json");
    let syntax = syntax.body(Bytes::from_static(b"{\"kind\":")).unwrap();
    let problem = rest.handle(syntax).await.problem(400, "INVALID_COMMAND");
    assert_eq!(problem["detail"], "the body must be valid JSON");
}

#[tokio::test]
async fn bodies_that_are_not_json() {
    let rest = Rest::new();
    let alice = rest.user("alice");
    alice.room("tea", "group", &[]).await;
    let send = async |content_type: Option<&str>, body: &str| {
        let mut request = alice.request("POST", "/rooms/tea/messages");
        if let Some(content_type) = content_type {
            request = request.header("content-type", content_type);
        }
        rest.handle(request.body(Bytes::from(body.to_owned())).unwrap())
            .await
    };
    let text = r#"{"text":"hi"}"#;
    for content_type in [
        None,
        Some("text/plain"),
        Some("application/jsonp"),
        Some(""),
    ] {
        let answer = send(content_type, text).await;
        answer.problem(415, "INVALID_COMMAND");
    }
    for content_type in ["application/json", "Application/JSON; charset=utf-8"] {
        send(Some(content_type), text).await.expect(201);
    }
    let deep = format!(
        "{{\"metadata\":{}1{}}}",
        "{\"a\":".repeat(500),
        "}".repeat(500)
    );
    for body in [
        "",
        "{",
        "null",
        "\u{feff}{\"text\":\"hi\"}",
        "{\"text\":\"hi\"} x",
        "{\"text\":\"a\",\"text\":\"b\"}",
        &deep,
    ] {
        let answer = send(Some("application/json"), body).await;
        answer.problem(400, "INVALID_COMMAND");
    }
    let request = alice
        .request("POST", "/rooms/tea/messages")
        .header("content-type", "application/json");
    let not_utf8 = request
        .body(Bytes::from_static(b"{\"text\":\"\xff\"}"))
        .unwrap();
    rest.handle(not_utf8).await.problem(400, "INVALID_COMMAND");
    // A call that needs no body ignores it, whatever its type.
    let join = alice
        .request("POST", "/rooms/tea/join")
        .header("content-type", "text/plain");
    rest.handle(join.body(Bytes::from_static(b"x")).unwrap())
        .await
        .expect(200);
}

#[tokio::test]
async fn what_is_too_large() {
    let rest = Rest::new();
    let alice = rest.user("alice");
    alice.room("tea", "group", &["bob"]).await;
    let text = json!({"text": "🦀".repeat(4_001)});
    let name = json!({"kind": "group", "name": "n".repeat(201)});
    let members: Vec<_> = (0..1_001).map(|n| format!("u{n}")).collect();
    let members = json!({"kind": "group", "members": members});
    let metadata = json!({"kind": "group", "metadata": {"a": "x".repeat(5_000)}});
    for (path, body) in [
        ("/rooms/tea/messages", text),
        ("/rooms", name),
        ("/rooms", members),
        ("/rooms", metadata),
    ] {
        alice.post(path, body).await.problem(413, "TOO_LARGE");
    }
    let reason = json!({"reason": "r".repeat(501)});
    let ban = alice.put("/rooms/tea/bans/bob", reason).await;
    ban.problem(413, "TOO_LARGE");
    // The service refuses a body that an adapter should have refused, but not one of the maximum
    // size.
    let most = rest.service.max_body_bytes();
    let body = |bytes: usize| {
        let json = format!("{{\"text\":\"{}\"}}", "x".repeat(bytes - 11));
        let request = alice
            .request("POST", "/rooms/tea/messages")
            .header("content-type", "application/json");
        request.body(Bytes::from(json)).unwrap()
    };
    let over = rest.handle(body(most + 1)).await.problem(413, "TOO_LARGE");
    let at = rest.handle(body(most)).await.problem(413, "TOO_LARGE");
    assert_ne!(
        over["detail"], at["detail"],
        "one is refused for the body, the other for its text"
    );
}
