//! Tests the app over real sockets: its cookie authenticates chat, and its teams are the rooms.
#![allow(clippy::unwrap_used)]

mod common;

use common::{Server, closed_with, connect, next_of};
use futures::SinkExt;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

async fn join(client: &mut common::Client, room: &str) -> Value {
    let command = json!({"type": "JOIN_ROOM", "ref": room, "roomId": room});
    client
        .send(Message::text(command.to_string()))
        .await
        .unwrap();
    loop {
        let answer = next_of(client, &["ROOM_JOINED", "ERROR"]).await;
        if answer["ref"] == room {
            return answer;
        }
    }
}

#[tokio::test]
async fn a_login_gives_a_cookie_that_scripts_and_other_sites_cannot_use() {
    let server = Server::start().await;
    let refused = server.log_in("alice", "demo-bob").await;
    assert_eq!(refused.status, 401);
    assert_eq!(refused.header("set-cookie"), None);
    let accepted = server.log_in("alice", "demo-alice").await;
    assert_eq!(accepted.status, 204);
    let cookie = accepted.header("set-cookie").unwrap();
    for attribute in ["HttpOnly", "SameSite=Lax", "Path=/", "Max-Age="] {
        assert!(cookie.contains(attribute), "{cookie}");
    }
    assert!(!cookie.contains("Secure"), "{cookie}");
}

#[tokio::test]
async fn the_cookie_says_who_connects() {
    let server = Server::start().await;
    let cookie = server.cookie("alice").await;
    let mut client = connect(&server, "", &[("cookie", &cookie)]).await.unwrap();
    assert_eq!(next_of(&mut client, &["HELLO"]).await["userId"], "alice");

    let unknown = [("cookie", "session=00000000000000000000000000000000")];
    for (query, headers) in [("", &[][..]), ("", &unknown), ("?token=alice", &[])] {
        let client = connect(&server, query, headers).await.unwrap();
        let (code, reason) = closed_with(client).await;
        assert_eq!((code, reason.as_str()), (1008, "UNAUTHENTICATED"));
    }
}

#[tokio::test]
async fn a_logout_ends_the_session_and_its_connections() {
    let server = Server::start().await;
    let cookie = server.cookie("alice").await;
    let mut client = connect(&server, "", &[("cookie", &cookie)]).await.unwrap();
    next_of(&mut client, &["HELLO"]).await;
    assert_eq!(
        server.http("POST", "/logout", Some(&cookie)).await.status,
        204
    );
    assert_eq!(closed_with(client).await.0, 4003);

    assert_eq!(
        server.http("GET", "/teams", Some(&cookie)).await.status,
        401
    );
    let client = connect(&server, "", &[("cookie", &cookie)]).await.unwrap();
    assert_eq!(closed_with(client).await.0, 1008);
}

#[tokio::test]
async fn pages_of_other_origins_get_nothing_done() {
    let server = Server::start().await;
    let cookie = server.cookie("alice").await;
    let own = server.origin();
    let headers = [("cookie", cookie.as_str()), ("origin", &own)];
    assert!(connect(&server, "", &headers).await.is_ok());
    // To a browser this is the same site, so it sends the cookie.
    let other = [
        ("cookie", cookie.as_str()),
        ("origin", "http://127.0.0.1:1"),
    ];
    assert_eq!(connect(&server, "", &other).await.unwrap_err(), 403);
    let answer = server.request("POST", "/logout", &other, "").await;
    assert_eq!(answer.status, 403);
    assert_eq!(
        server.http("GET", "/teams", Some(&cookie)).await.status,
        200
    );
    let headers = [("content-type", "application/json"), headers[0], headers[1]];
    let other = [headers[0], other[0], other[1]];
    for (headers, status) in [(headers, 201), (other, 403)] {
        let path = "/chat/rooms/design/messages";
        let answer = server.request("POST", path, &headers, r#"{"text":"hi"}"#);
        assert_eq!(answer.await.status, status);
    }
}

#[tokio::test]
async fn rooms_are_the_teams_and_follow_their_changes() {
    let server = Server::start().await;
    let (alice, bob) = (server.cookie("alice").await, server.cookie("bob").await);
    let mut client = connect(&server, "", &[("cookie", &alice)]).await.unwrap();
    next_of(&mut client, &["HELLO"]).await;

    let joined = join(&mut client, "design").await;
    assert_eq!(
        (&joined["type"], &joined["role"]),
        (&json!("ROOM_JOINED"), &json!("moderator"))
    );
    assert_eq!(join(&mut client, "engine").await["code"], "ROOM_NOT_FOUND");
    assert_eq!(join(&mut client, "nowhere").await["code"], "ROOM_NOT_FOUND");

    let path = "/teams/engine/people/alice";
    assert_eq!(server.http("PUT", path, Some(&bob)).await.status, 204);
    let added = next_of(&mut client, &["ROOM_ADDED"]).await;
    assert_eq!(added["room"]["id"], "engine");
    assert_eq!(added["room"]["name"], "Engine room");
    assert_eq!(added["room"]["memberCount"], 3);
    assert_eq!(join(&mut client, "engine").await["role"], "member");
    let teams = server.http("GET", "/teams", Some(&alice)).await.body;
    let teams: Value = serde_json::from_str(&teams).unwrap();
    assert_eq!(
        teams["teams"][1]["people"],
        json!({"alice": false, "bob": true, "carol": false})
    );

    assert_eq!(server.http("DELETE", path, Some(&bob)).await.status, 204);
    let removed = next_of(&mut client, &["ROOM_REMOVED"]).await;
    assert_eq!(removed["roomId"], "engine");
    assert_eq!(join(&mut client, "engine").await["code"], "ROOM_NOT_FOUND");
    let teams = server.http("GET", "/teams", Some(&alice)).await.body;
    assert!(!teams.contains("engine"), "{teams}");
}

#[tokio::test]
async fn who_may_change_a_team() {
    let server = Server::start().await;
    let carol = server.cookie("carol").await;
    for (method, path, cookie, status) in [
        ("PUT", "/teams/engine/people/alice", None, 401),
        // Not in the team. The answer does not reveal that the team exists.
        ("PUT", "/teams/design/people/carol", Some(&carol), 404),
        // In the team, but not its lead.
        ("DELETE", "/teams/engine/people/bob", Some(&carol), 403),
        ("PUT", "/teams/engine/people/mallory", Some(&carol), 400),
        ("PUT", "/teams/nowhere/people/alice", Some(&carol), 404),
        ("PUT", "/teams/engine/people/alice", Some(&carol), 204),
        // Leaving the team.
        ("DELETE", "/teams/engine/people/carol", Some(&carol), 204),
        ("PUT", "/teams/engine/people/carol", Some(&carol), 404),
    ] {
        let answer = server.http(method, path, cookie.map(String::as_str)).await;
        assert_eq!(answer.status, status, "{method} {path}: {}", answer.body);
    }
}

#[tokio::test]
async fn a_change_by_the_chat_is_one_of_the_team() {
    let server = Server::start().await;
    let (bob, carol) = (server.cookie("bob").await, server.cookie("carol").await);
    let path = "/chat/rooms/design/members/carol";
    for (role, status) in [("guest", 403), ("member", 201)] {
        let headers = [
            ("cookie", bob.as_str()),
            ("content-type", "application/json"),
        ];
        let body = json!({"role": role}).to_string();
        let answer = server.request("PUT", path, &headers, &body).await;
        assert_eq!(answer.status, status, "{role}: {}", answer.body);
    }
    let teams = server.http("GET", "/teams", Some(&carol)).await.body;
    assert!(teams.contains("design"), "{teams}");
}

#[tokio::test]
async fn the_chat_cannot_do_what_the_app_does_not_know() {
    use chat_core::engine::CreateRoom;
    use chat_core::model::RoomKind;
    use chat_core::{Actor, ErrorKind, RoomId, UserId};

    let server = Server::start().await;
    let engine = server.app.engine();
    let design = RoomId::new("design").unwrap();
    let (alice, bob) = (UserId::new("alice").unwrap(), UserId::new("bob").unwrap());
    let lead = Actor::User(alice);
    let refused = [
        engine
            .create_room(&lead, CreateRoom::new(RoomKind::Group))
            .await
            .map(drop),
        engine.ban(&lead, &design, &bob, None, None).await,
        engine.mute(&lead, &design, &bob, None).await.map(drop),
        engine.delete_room(&Actor::App, &design).await,
    ];
    for refused in refused {
        assert_eq!(refused.unwrap_err().kind(), ErrorKind::Forbidden);
    }
    assert!(engine.membership(&design, &bob).await.unwrap().is_some());
}

#[tokio::test]
async fn the_page_runs_its_own_script_only() {
    let server = Server::start().await;
    for path in ["/", "/app.js", "/style.css"] {
        let answer = server.http("GET", path, None).await;
        assert_eq!(answer.status, 200, "{path}");
        let policy = answer.header("content-security-policy").unwrap();
        assert!(policy.contains("default-src 'none'"), "{policy}");
        assert!(!policy.contains("unsafe"), "{policy}");
    }
}
