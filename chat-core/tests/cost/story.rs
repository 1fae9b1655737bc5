//! The commands and calls to measure, in an order in which all of them succeed.

use chat_core::Actor;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::measure::{Call, Measured};
use crate::world::{World, crowd, draft, id, line, metadata, reaction, room, text};

fn encoded(segment: &str) -> String {
    let bytes = segment.bytes();
    bytes.map(|byte| format!("%{byte:02X}")).collect()
}

/// Creates a call by Alice that returns 200.
fn ask(name: &'static str, path: String) -> Call {
    Call {
        by: "alice",
        name,
        path,
        body: None,
        status: 200,
    }
}

impl Call {
    fn by(self, by: &'static str) -> Self {
        Self { by, ..self }
    }

    fn with(self, body: Value) -> Self {
        let body = Some(body);
        Self { body, ..self }
    }

    fn gives(self, status: u16) -> Self {
        Self { status, ..self }
    }
}

pub(crate) fn commands(world: &mut World, runtime: &Runtime) -> Vec<Measured> {
    let team = id("team");
    let reference = "\u{1}".repeat(64);
    let oldest = world.messages[0];
    let mut done = Vec::new();
    let mut act = |world: &mut World, mut command: Value, answers: &[&str]| {
        command["ref"] = json!(reference);
        done.push(world.command(runtime, &command, answers));
    };
    let joined = ["ROOM_JOINED", "ROOM_SYNC"];
    let join = json!({"type": "JOIN_ROOM", "roomId": team, "history": 100});
    let leave = json!({"type": "LEAVE_ROOM", "roomId": team});
    act(world, join.clone(), &joined);
    act(world, leave.clone(), &["ROOM_LEFT"]);
    let head = runtime.block_on(world.engine.head(&Actor::App, &room("team")));
    let epoch = head.unwrap().epoch;
    let resume = json!({"type": "JOIN_ROOM", "roomId": team, "after": 0, "epoch": epoch});
    act(world, resume, &joined);
    // Leaving first makes the join find no cached state.
    act(world, leave.clone(), &["ROOM_LEFT"]);
    let hall = json!({"type": "JOIN_ROOM", "roomId": id("hall"), "history": 100});
    act(world, hall, &joined);
    let mut send = serde_json::to_value(draft()).unwrap();
    send["type"] = json!("SEND_MESSAGE");
    send["roomId"] = json!(team);
    send["clientMessageId"] = json!(id("c"));
    send["replyTo"] = json!(oldest);
    // The last reply of a thread changes the summary on its root.
    send["threadId"] = json!(oldest);
    act(world, send, &["MESSAGE_ACK"]);
    let about = |kind: &str| json!({"type": kind, "roomId": team, "messageId": oldest});
    let mut edit = about("EDIT_MESSAGE");
    edit["text"] = json!(text().replace('\u{1}', "\u{2}"));
    act(world, edit, &["ACK"]);
    for kind in ["REMOVE_REACTION", "ADD_REACTION"] {
        if kind == "REMOVE_REACTION" {
            let mut add = about("ADD_REACTION");
            add["emoji"] = json!(reaction(0));
            act(world, add, &["ACK"]);
        }
        let mut react = about(kind);
        react["emoji"] = json!(reaction(0));
        act(world, react, &["ACK"]);
    }
    let read = json!({"type": "MARK_READ", "roomId": team, "seq": 100});
    act(world, read, &["ACK"]);
    let read = json!({"type": "MARK_READ", "roomId": team, "seq": 150, "threadId": oldest});
    act(world, read, &["ACK"]);
    let mut hide = about("DELETE_MESSAGE");
    hide["messageId"] = json!(world.messages[1]);
    hide["forMe"] = json!(true);
    act(world, hide, &["ACK"]);
    let mut delete = about("DELETE_MESSAGE");
    delete["messageId"] = json!(world.messages[2]);
    act(world, delete, &["ACK"]);
    let token = json!({"type": "REFRESH_TOKEN", "token": id("alice")});
    act(world, token, &["ACK"]);
    act(world, json!({"type": "PING"}), &["PONG"]);
    act(world, join, &joined);
    let typing = json!({"type": "TYPING", "roomId": team, "typing": true});
    act(world, typing, &[]);
    act(world, leave, &["ROOM_LEFT"]);
    done
}

pub(crate) fn refused(world: &mut World, runtime: &Runtime) -> Vec<Measured> {
    let mut send = serde_json::to_value(draft()).unwrap();
    send["type"] = json!("SEND_MESSAGE");
    send["clientMessageId"] = json!(id("c"));
    // For a missing room, with an unknown field, and for a room that Alice is not in.
    let mut nowhere = send.clone();
    nowhere["roomId"] = json!(id("nowhere"));
    let mut unknown = send.clone();
    unknown[text()] = json!("x".repeat(20_000));
    let mut wrong = send;
    wrong["roomId"] = json!(text());
    let reference = "\u{1}".repeat(64);
    let all = [nowhere, unknown, wrong].map(|mut command| {
        command["ref"] = json!(reference);
        command
    });
    let each = all.iter();
    each.map(|command| world.command(runtime, command, &["ERROR"]))
        .collect()
}

pub(crate) fn calls(world: &mut World, runtime: &Runtime) -> Vec<Measured> {
    let mut done = Vec::new();
    for call in all(world) {
        done.push(world.call(runtime, call));
    }
    let reports = format!("/rooms/{}/reports", encoded(&id("team")));
    let request = ask("GET /rooms/{roomId}/reports", reports.clone());
    let report = runtime.block_on(world.first(&request.path, "reports"));
    done.push(
        world.call(
            runtime,
            ask(
                "PATCH /rooms/{roomId}/reports/{reportId}",
                format!("{reports}/{report}"),
            )
            .with(json!({"status": "resolved"})),
        ),
    );
    let team = format!("/rooms/{}", encoded(&id("team")));
    let handed = ask("PATCH /rooms/{roomId}", team.clone()).with(json!({"ownerId": id("bob")}));
    done.push(world.call(runtime, handed));
    let gone = ask("DELETE /rooms/{roomId}", team).by("bob").gives(204);
    done.push(world.call(runtime, gone));
    done
}

#[allow(clippy::too_many_lines, reason = "a list")]
fn all(world: &World) -> Vec<Call> {
    let team = format!("/rooms/{}", encoded(&id("team")));
    let hall = format!("/rooms/{}", encoded(&id("hall")));
    let oldest = format!("{team}/messages/{}", world.messages[0]);
    let newest = format!("{team}/messages/{}", world.messages[100]);
    let emoji = encoded(&reaction(1));
    let member = |name: &str| format!("{team}/members/{}", encoded(&id(name)));
    let users = |name: &dyn Fn(usize) -> String| {
        let users = (0..100).map(|n| encoded(&id(&name(n))));
        users.collect::<Vec<_>>().join(",")
    };
    let new_room = json!({
        "id": id("tea"), "kind": "group", "name": line(200), "metadata": metadata(),
        "members": (0..900).map(|n| id(&format!("guest-{n}"))).chain([id("dave")]).collect::<Vec<_>>(),
    });
    let mut reply = serde_json::to_value(draft()).unwrap();
    reply["clientMessageId"] = json!(id("d"));
    vec![
        ask("GET /rooms", "/rooms?limit=100".into()),
        ask("POST /rooms", "/rooms".into())
            .with(new_room)
            .gives(201),
        ask("GET /rooms/{roomId}", team.clone()),
        ask("PATCH /rooms/{roomId}", team.clone())
            .with(json!({"name": line(199), "metadata": metadata(), "slowModeSeconds": 1})),
        ask(
            "GET /rooms/{roomId}/members",
            format!("{team}/members?limit=100"),
        ),
        ask("DELETE /rooms/{roomId}/members/{userId}", member("dave")).gives(204),
        ask("PUT /rooms/{roomId}/members/{userId}", member("dave"))
            .with(json!({"role": "member"}))
            .gives(201),
        ask("PUT /rooms/{roomId}/members/{userId}", member("dave"))
            .with(json!({"role": "moderator"})),
        ask("GET /rooms/{roomId}/bans", format!("{team}/bans?limit=100")),
        ask(
            "PUT /rooms/{roomId}/bans/{userId}",
            format!("{team}/bans/{}", encoded(&id("dave"))),
        )
        .with(json!({"reason": line(500)}))
        .gives(204),
        ask(
            "DELETE /rooms/{roomId}/bans/{userId}",
            format!("{team}/bans/{}", encoded(&id("dave"))),
        )
        .gives(204),
        ask(
            "PUT /rooms/{roomId}/mutes/{userId}",
            format!("{team}/mutes/{}", encoded(&id("carol"))),
        )
        .with(json!({"until": "2050-01-01T00:00:00Z"})),
        ask(
            "DELETE /rooms/{roomId}/mutes/{userId}",
            format!("{team}/mutes/{}", encoded(&id("carol"))),
        )
        .gives(204),
        ask(
            "PUT /rooms/{roomId}/shadow-mutes/{userId}",
            format!("{team}/shadow-mutes/{}", encoded(&id("carol"))),
        )
        .gives(204),
        ask(
            "DELETE /rooms/{roomId}/shadow-mutes/{userId}",
            format!("{team}/shadow-mutes/{}", encoded(&id("carol"))),
        )
        .gives(204),
        ask(
            "GET /rooms/{roomId}/notifications",
            format!("{team}/notifications"),
        ),
        ask(
            "PUT /rooms/{roomId}/notifications",
            format!("{team}/notifications"),
        )
        .with(json!({"level": "mentions"})),
        ask("POST /rooms/{roomId}/leave", format!("{team}/leave"))
            .by("carol")
            .gives(204),
        ask("POST /rooms/{roomId}/join", format!("{hall}/join")).by("carol"),
        ask(
            "GET /rooms/{roomId}/messages",
            format!("{team}/messages?limit=100"),
        ),
        ask(
            "GET /rooms/{roomId}/messages",
            format!("{team}/messages?limit=100&around=60"),
        ),
        ask("POST /rooms/{roomId}/messages", format!("{team}/messages"))
            .with(reply)
            .gives(201),
        ask("GET /rooms/{roomId}/messages/{messageId}", oldest.clone()),
        ask("PATCH /rooms/{roomId}/messages/{messageId}", oldest.clone())
            .with(json!({"text": text()})),
        ask(
            "GET /rooms/{roomId}/messages/{messageId}/reactions/{emoji}",
            format!("{oldest}/reactions/{emoji}?limit=100"),
        ),
        ask(
            "PUT /rooms/{roomId}/messages/{messageId}/reactions/{emoji}",
            format!("{oldest}/reactions/{emoji}"),
        ),
        ask(
            "DELETE /rooms/{roomId}/messages/{messageId}/reactions/{emoji}",
            format!("{oldest}/reactions/{emoji}"),
        )
        .gives(204),
        ask(
            "DELETE /rooms/{roomId}/messages/{messageId}/pin",
            format!("{oldest}/pin"),
        )
        .gives(204),
        ask(
            "PUT /rooms/{roomId}/messages/{messageId}/pin",
            format!("{oldest}/pin"),
        ),
        ask("GET /rooms/{roomId}/pins", format!("{team}/pins")),
        ask(
            "GET /rooms/{roomId}/messages/{messageId}/replies",
            format!("{oldest}/replies?limit=100"),
        ),
        ask(
            "GET /rooms/{roomId}/changes",
            format!("{team}/changes?limit=100"),
        ),
        ask("PUT /rooms/{roomId}/read", format!("{team}/read")).with(json!({"seq": 180})),
        ask(
            "PUT /rooms/{roomId}/messages/{messageId}/read",
            format!("{oldest}/read"),
        )
        .with(json!({"seq": 180})),
        ask(
            "GET /rooms/{roomId}/messages/{messageId}/readers",
            format!("{oldest}/readers"),
        ),
        ask("GET /unread", "/unread".into()),
        ask(
            "GET /rooms/{roomId}/reads",
            format!("{team}/reads?limit=100"),
        ),
        ask("GET /rooms/{roomId}/presence", format!("{team}/presence")),
        ask("GET /presence/visibility", "/presence/visibility".into()),
        ask("PUT /presence/visibility", "/presence/visibility".into())
            .with(json!({"invisible": true})),
        ask("PUT /presence/visibility", "/presence/visibility".into())
            .with(json!({"invisible": false})),
        ask(
            "GET /presence",
            format!("/presence?users={}", users(&|n| format!("stranger-{n}"))),
        ),
        ask(
            "GET /presence",
            format!("/presence?users={}", users(&crowd)),
        )
        .by("bob"),
        ask("GET /search", "/search?q=nothing&limit=100".into()),
        ask(
            "GET /search",
            format!("/search?senderId={}&limit=100", encoded(&id("alice"))),
        ),
        ask(
            "POST /rooms/{roomId}/messages/{messageId}/reports",
            format!("{newest}/reports"),
        )
        .with(json!({"reason": line(500)}))
        .gives(201),
        ask(
            "GET /rooms/{roomId}/reports",
            format!("{team}/reports?limit=100"),
        ),
        ask(
            "GET /rooms/{roomId}/audit",
            format!("{team}/audit?limit=100"),
        ),
        ask("GET /blocks", "/blocks".into()),
        ask(
            "PUT /blocks/{userId}",
            format!("/blocks/{}", encoded(&id("eve"))),
        )
        .gives(204),
        ask(
            "DELETE /blocks/{userId}",
            format!("/blocks/{}", encoded(&id("eve"))),
        )
        .gives(204),
        ask(
            "DELETE /rooms/{roomId}/messages/{messageId}",
            format!("{newest}?for=me"),
        )
        .gives(204),
        ask(
            "DELETE /rooms/{roomId}/messages/{messageId}",
            oldest.clone(),
        )
        .gives(204),
    ]
}
