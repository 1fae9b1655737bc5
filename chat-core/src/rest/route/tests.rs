use http::StatusCode;
use http::header::ALLOW;

use super::*;

const ID: &str = "0190b0a0-0000-7000-8000-000000000000";

fn method(name: &str) -> Method {
    name.parse().unwrap()
}

#[test]
fn every_call_has_its_path() {
    let room = || RoomId::new("a/b").unwrap();
    let bob = || UserId::new("bob").unwrap();
    let id: MessageId = ID.parse().unwrap();
    let message = format!("/rooms/a%2Fb/messages/{ID}");
    let reaction = format!("{message}/reactions/%F0%9F%91%8D");
    let thumb = || "👍".to_owned();
    for (name, path, call) in [
        ("GET", "/rooms", Call::ListRooms),
        ("POST", "/rooms", Call::CreateRoom),
        ("GET", "/rooms/a%2Fb", Call::GetRoom(room())),
        ("PATCH", "/rooms/a%2Fb", Call::UpdateRoom(room())),
        ("DELETE", "/rooms/a%2fb", Call::DeleteRoom(room())),
        ("GET", "/rooms/a%2Fb/members", Call::ListMembers(room())),
        (
            "PUT",
            "/rooms/a%2Fb/members/bob",
            Call::PutMember(room(), bob()),
        ),
        (
            "DELETE",
            "/rooms/a%2Fb/members/bob",
            Call::RemoveMember(room(), bob()),
        ),
        ("GET", "/rooms/a%2Fb/bans", Call::ListBans(room())),
        ("PUT", "/rooms/a%2Fb/bans/bob", Call::Ban(room(), bob())),
        (
            "DELETE",
            "/rooms/a%2Fb/bans/bob",
            Call::Unban(room(), bob()),
        ),
        ("PUT", "/rooms/a%2Fb/mutes/bob", Call::Mute(room(), bob())),
        (
            "DELETE",
            "/rooms/a%2Fb/mutes/bob",
            Call::Unmute(room(), bob()),
        ),
        (
            "PUT",
            "/rooms/a%2Fb/shadow-mutes/bob",
            Call::ShadowMute(room(), bob()),
        ),
        (
            "DELETE",
            "/rooms/a%2Fb/shadow-mutes/bob",
            Call::ShadowUnmute(room(), bob()),
        ),
        (
            "GET",
            "/rooms/a%2Fb/notifications",
            Call::GetNotifications(room()),
        ),
        (
            "PUT",
            "/rooms/a%2Fb/notifications",
            Call::SetNotifications(room()),
        ),
        ("POST", "/rooms/a%2Fb/join", Call::Join(room())),
        ("POST", "/rooms/a%2Fb/leave", Call::Leave(room())),
        ("GET", "/rooms/a%2Fb/messages", Call::History(room())),
        ("HEAD", "/rooms/a%2Fb/messages", Call::History(room())),
        ("POST", "/rooms/a%2Fb/messages", Call::Send(room())),
        ("GET", &message, Call::GetMessage(room(), id)),
        ("PATCH", &message, Call::EditMessage(room(), id)),
        ("DELETE", &message, Call::DeleteMessage(room(), id)),
        ("PUT", &reaction, Call::React(room(), id, thumb())),
        ("DELETE", &reaction, Call::Unreact(room(), id, thumb())),
        ("GET", "/rooms/a%2Fb/changes", Call::Changes(room())),
        ("PUT", "/rooms/a%2Fb/read", Call::MarkRead(room())),
        ("GET", "/rooms/a%2Fb/reads", Call::ListReads(room())),
        ("GET", "/rooms/a%2Fb/presence", Call::RoomPresence(room())),
        ("GET", "/presence", Call::Presence),
    ] {
        assert_eq!(route(&method(name), path).unwrap(), call, "{name} {path}");
    }
}

#[test]
fn what_is_not_there_is_not_found() {
    for path in [
        "",
        "/",
        "rooms",
        "//rooms",
        "/rooms/",
        "/Rooms",
        "/rooms/a/",
        "/rooms/a/nothing",
        "/rooms/a/members/",
        "/rooms/a/messages/x/y",
        "/rooms/a b/nothing",
        "/presence/bob",
        "/ws",
        "/*",
        "/rooms%2Fa",
    ] {
        let problem = route(&Method::GET, path);
        let status = problem.as_ref().map_err(|p| p.response().status());
        let wanted = if path == "/rooms/" || path == "/rooms/a/members/" {
            // An empty id is malformed, as any other that is none.
            StatusCode::BAD_REQUEST
        } else {
            StatusCode::NOT_FOUND
        };
        assert_eq!(status, Err(wanted), "{path:?}");
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
        "/rooms/%00",
        "/rooms/%",
        "/rooms/%ff",
        "/rooms/a/messages/1",
        "/rooms/%2",
        &long,
    ] {
        let problem = route(&Method::GET, path).unwrap_err();
        assert_eq!(
            problem.response().status(),
            StatusCode::BAD_REQUEST,
            "{path}"
        );
    }
}
