use chat_core::engine::CreateRoom;
use chat_core::model::{Draft, ReportStatus, Role, RoomKind, RoomPatch, RoomSettingsPatch};
use chat_core::{ClientMessageId, ErrorKind, Handshake, Result};
use serde_json::{Value, json};

use crate::world::{Done, World, actor, room, user};

/// A request to the faulty node. The caller retries it if the outcome is unknown. An error means
/// that it did not take effect.
pub(crate) struct Operation {
    pub(crate) name: &'static str,
    /// Sets up the state that the operation needs.
    pub(crate) prepare: for<'a> fn(&'a World) -> Done<'a>,
    pub(crate) run: for<'a> fn(&'a World) -> Done<'a>,
}

fn nothing(_: &World) -> Done<'_> {
    Box::pin(async { Ok(()) })
}

/// Treats an error of this kind as proof that an earlier attempt succeeded.
fn or<T>(result: Result<T>, kind: ErrorKind) -> Result<()> {
    match result {
        Err(error) if error.kind() == kind => Ok(()),
        other => other.map(drop),
    }
}

/// Sends a command over a socket of the faulty node. Dropping the future breaks the connection.
async fn command(world: &World, name: &str, command: Value) -> Result<()> {
    let (socket, mut peer) = chat_core::testing::memory_socket();
    let serve = world
        .faulty
        .serve(socket, Handshake::new(Some(name.to_owned())));
    let answered = async {
        peer.send_text(command.to_string());
        while let Some(chat_core::testing::Outbound::Text(text)) = peer.recv().await {
            let event: Value = serde_json::from_slice(&text).unwrap();
            if event["ref"] == command["ref"] {
                return match event["code"].as_str() {
                    Some("UNAVAILABLE") => Err(chat_core::Error::unavailable("refused")),
                    _ => Ok(()),
                };
            }
        }
        Err(chat_core::Error::unavailable("closed"))
    };
    tokio::select! {
        biased;
        answer = answered => answer,
        () = serve => Err(chat_core::Error::unavailable("closed")),
    }
}

macro_rules! operations {
    ($($name:ident($world:ident) $(after $prepare:block)? $run:block)*) => {
        pub(crate) static OPERATIONS: &[Operation] = &[$(Operation {
            name: stringify!($name),
            prepare: operations!(@prepare $world $($prepare)?),
            run: |$world| Box::pin(async move { $run }),
        }),*];
    };
    (@prepare $world:ident) => { nothing };
    (@prepare $world:ident $prepare:block) => {
        |$world| Box::pin(async move { $prepare; Ok(()) })
    };
}

operations! {
    create_group(world) {
        let new = CreateRoom::new(RoomKind::Group)
            .id(room("new"))
            .name("New")
            .members(["bob", "carol"].map(user));
        or(world.faulty.create_room(&actor("alice"), new).await, ErrorKind::Conflict)
    }
    create_direct(world) {
        let new = CreateRoom::new(RoomKind::Direct).members([user("dave")]);
        world.faulty.create_room(&actor("bob"), new).await.map(drop)
    }
    rename(world) {
        let patch = RoomPatch { name: Some(Some("Crew".into())), ..RoomPatch::default() };
        world.faulty.update_room(&actor("alice"), &room("team"), &patch).await.map(drop)
    }
    change_settings(world) {
        let settings = RoomSettingsPatch { slow_mode_seconds: Some(5), ..RoomSettingsPatch::default() };
        let patch = RoomPatch { settings, ..RoomPatch::default() };
        world.faulty.update_room(&actor("alice"), &room("team"), &patch).await.map(drop)
    }
    transfer(world) {
        let done = world.faulty.transfer_room(&actor("alice"), &room("team"), &user("carol")).await;
        or(done, ErrorKind::Forbidden)
    }
    delete_room(world) {
        let done = world.faulty.delete_room(&actor("alice"), &room("team")).await;
        or(done, ErrorKind::RoomNotFound)
    }
    add_member(world) {
        world.faulty.add_member(&actor("alice"), &room("team"), &user("eve"), Role::Member).await.map(drop)
    }
    join(world) {
        world.faulty.join(&user("eve"), &room("lobby")).await.map(drop)
    }
    join_over_a_socket(world) {
        let join = json!({"type": "JOIN_ROOM", "ref": "1", "roomId": "lobby"});
        command(world, "eve", join).await
    }
    leave(world) {
        or(world.faulty.leave(&user("dave"), &room("team")).await, ErrorKind::RoomNotFound)
    }
    set_role(world) {
        world.faulty.set_role(&actor("alice"), &room("team"), &user("carol"), Role::Admin).await.map(drop)
    }
    remove_member(world) {
        world.faulty.remove_member(&actor("alice"), &room("team"), &user("dave")).await.map(drop)
    }
    ban_member(world) {
        let reason = Some("spam".to_owned());
        world.faulty.ban(&actor("alice"), &room("team"), &user("dave"), None, reason).await
    }
    ban_stranger(world) {
        world.faulty.ban(&actor("alice"), &room("team"), &user("eve"), None, None).await
    }
    unban(world) after {
        world.sound.ban(&actor("alice"), &room("team"), &user("eve"), None, None).await.unwrap();
    } {
        world.faulty.unban(&actor("alice"), &room("team"), &user("eve")).await.map(drop)
    }
    mute(world) {
        let until = Some(chat_core::Timestamp::from_millis(4_000_000_000_000));
        world.faulty.mute(&actor("alice"), &room("team"), &user("carol"), until).await.map(drop)
    }
    shadow_mute(world) {
        world.faulty.shadow_mute(&actor("alice"), &room("team"), &user("carol"), true).await.map(drop)
    }
    set_notifications(world) {
        let level = chat_core::model::NotificationLevel::Mentions;
        world.faulty.set_notifications(&user("carol"), &room("team"), level).await
    }
    send(world) {
        let draft = Draft {
            client_message_id: Some(ClientMessageId::new("once").unwrap()),
            mentions: vec![user("bob")],
            ..Draft::text("once")
        };
        world.faulty.send(&actor("alice"), &room("team"), draft).await.map(drop)
    }
    send_over_a_socket(world) {
        let send = json!({"type": "SEND_MESSAGE", "ref": "1", "roomId": "team",
            "clientMessageId": "once", "text": "once"});
        command(world, "alice", send).await
    }
    edit(world) {
        world.faulty.edit(&actor("alice"), &room("team"), &world.by_alice, "better").await.map(drop)
    }
    delete_own(world) {
        world.faulty.delete(&actor("alice"), &room("team"), &world.by_alice).await.map(drop)
    }
    delete_as_moderator(world) {
        world.faulty.delete(&actor("alice"), &room("team"), &world.by_bob).await.map(drop)
    }
    delete_for_oneself(world) {
        world.faulty.hide(&user("dave"), &room("team"), &world.by_bob).await.map(drop)
    }
    delete_for_oneself_over_a_socket(world) {
        let delete = json!({"type": "DELETE_MESSAGE", "ref": "1", "roomId": "team",
            "messageId": world.by_bob, "forMe": true});
        command(world, "dave", delete).await
    }
    react(world) {
        world.faulty.react(&user("carol"), &room("team"), &world.by_bob, "👍", true).await.map(drop)
    }
    take_a_reaction_back(world) after {
        world.sound.react(&user("carol"), &room("team"), &world.by_bob, "👍", true).await.unwrap();
    } {
        world.faulty.react(&user("carol"), &room("team"), &world.by_bob, "👍", false).await.map(drop)
    }
    pin(world) {
        world.faulty.pin(&actor("alice"), &room("team"), &world.by_bob, true).await.map(drop)
    }
    unpin(world) after {
        world.sound.pin(&actor("alice"), &room("team"), &world.by_bob, true).await.unwrap();
    } {
        world.faulty.pin(&actor("alice"), &room("team"), &world.by_bob, false).await.map(drop)
    }
    mark_read(world) {
        world.faulty.mark_read(&user("carol"), &room("team"), 2).await.map(drop)
    }
    mark_thread_read(world) after {
        let reply = Draft { thread_id: Some(world.by_alice), ..Draft::text("reply") };
        world.sound.send(&actor("bob"), &room("team"), reply).await.unwrap();
    } {
        world.faulty.mark_thread_read(&user("carol"), &room("team"), &world.by_alice, 4).await.map(drop)
    }
    block(world) {
        world.faulty.block(&user("dave"), &user("bob")).await.map(drop)
    }
    unblock(world) after {
        world.sound.block(&user("dave"), &user("bob")).await.unwrap();
    } {
        world.faulty.unblock(&user("dave"), &user("bob")).await.map(drop)
    }
    become_invisible(world) {
        world.faulty.set_invisible(&user("dave"), true).await.map(drop)
    }
    report(world) {
        world.faulty.report(&user("carol"), &room("team"), &world.by_bob, "spam").await.map(drop)
    }
    resolve_a_report(world) after {
        world.sound.report(&user("carol"), &room("team"), &world.by_bob, "spam").await.unwrap();
    } {
        let reports = world.sound.reports(&actor("alice"), &room("team"), None, None, 1).await?;
        let resolved = ReportStatus::Resolved;
        or(world.faulty.resolve_report(&actor("alice"), &room("team"), &reports[0].id, resolved).await, ErrorKind::Conflict)
    }
}
