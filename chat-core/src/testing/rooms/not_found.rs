use super::NOT_FOUND;
use super::make::{ban, create, group, member, now};
use crate::ErrorKind;
use crate::backend::RoomStore;
use crate::model::{MemberPatch, Role, RoomPatch};
use crate::testing::Cluster;
use crate::testing::check::{Must, ensure};
use crate::testing::ids::{a_room, room, user};

pub(super) async fn what_names_no_room_says_so(cluster: Cluster<dyn RoomStore>) {
    // One room that never existed and one that was deleted.
    let gone = a_room();
    create(&cluster.node(0), group(&gone, &["a"]), NOT_FOUND).await;
    let deleted = cluster
        .node(0)
        .delete_room(&gone)
        .await
        .must(NOT_FOUND, "delete_room");
    ensure!(NOT_FOUND, deleted, "delete_room did not find the room");
    let beside = room("beside");
    create(&cluster.node(0), group(&beside, &["a"]), NOT_FOUND).await;
    for (n, id) in [room("never-was"), gone].iter().enumerate() {
        let store = cluster.node(n);
        let who = user("a");
        let kind = ErrorKind::RoomNotFound;
        let patch = RoomPatch {
            name: Some(Some("x".into())),
            ..RoomPatch::default()
        };
        let role = MemberPatch {
            role: Some(Role::Admin),
            ..MemberPatch::default()
        };
        store
            .update_room(id, &patch)
            .await
            .must_fail(NOT_FOUND, kind, "update_room");
        store
            .transfer_room(id, None, &who)
            .await
            .must_fail(NOT_FOUND, kind, "transfer_room");
        store
            .members(id, None, 10)
            .await
            .must_fail(NOT_FOUND, kind, "members");
        store
            .add_member(id, &member("a"))
            .await
            .must_fail(NOT_FOUND, kind, "add_member");
        store
            .update_member(id, &who, &role)
            .await
            .must_fail(NOT_FOUND, kind, "update_member");
        store
            .remove_member(id, &who)
            .await
            .must_fail(NOT_FOUND, kind, "remove_member");
        store
            .ban(id, &ban(&who, now(), None))
            .await
            .must_fail(NOT_FOUND, kind, "ban");
        store
            .unban(id, &who)
            .await
            .must_fail(NOT_FOUND, kind, "unban");
        store
            .bans(id, None, 10)
            .await
            .must_fail(NOT_FOUND, kind, "bans");
        let found = store.room(id).await.must(NOT_FOUND, "room");
        ensure!(
            NOT_FOUND,
            found.is_none(),
            "a missing room was found: {found:?}"
        );
        let there = store.delete_room(id).await.must(NOT_FOUND, "delete_room");
        ensure!(
            NOT_FOUND,
            !there,
            "delete_room reported a missing room as deleted"
        );
        let found = store.memberships(id, &[who.clone(), user("b")]).await;
        let found = found.must(NOT_FOUND, "memberships");
        ensure!(
            NOT_FOUND,
            found == [None, None],
            "two users have memberships {found:?} in a missing room"
        );
        // None of these calls may have left a partial room behind.
        let rooms = store
            .rooms_of(&who, None, 10)
            .await
            .must(NOT_FOUND, "rooms_of");
        ensure!(
            NOT_FOUND,
            rooms.len() == 1 && rooms[0].0.id == beside,
            "the rooms of a user are {rooms:?}"
        );
    }
}

pub(super) async fn who_is_no_member_is_said_so(cluster: Cluster<dyn RoomStore>) {
    let id = a_room();
    let store = cluster.node(0);
    create(&store, group(&id, &["a"]), NOT_FOUND).await;
    store
        .ban(&id, &ban(&user("banned"), now(), None))
        .await
        .must(NOT_FOUND, "ban");
    let role = MemberPatch {
        role: Some(Role::Admin),
        ..MemberPatch::default()
    };
    for (n, who) in ["stranger", "banned"].iter().enumerate() {
        let store = cluster.node(n);
        let updated = store.update_member(&id, &user(who), &role).await;
        updated.must_fail(
            NOT_FOUND,
            ErrorKind::NotAMember,
            "update_member of a user who is not a member",
        );
        let removed = store
            .remove_member(&id, &user(who))
            .await
            .must(NOT_FOUND, "remove_member");
        ensure!(
            NOT_FOUND,
            removed.is_none(),
            "remove_member of a user who is not a member returned {removed:?}"
        );
    }
    for who in ["stranger", "a"] {
        let ended = store.unban(&id, &user(who)).await.must(NOT_FOUND, "unban");
        ensure!(
            NOT_FOUND,
            !ended,
            "unban of {who} reported a ban that never was"
        );
    }
    let rooms = store.rooms_of(&user("stranger"), None, 10).await;
    let rooms = rooms.must(NOT_FOUND, "rooms_of a user without rooms");
    ensure!(
        NOT_FOUND,
        rooms.is_empty(),
        "a user without rooms is in {rooms:?}"
    );
}
