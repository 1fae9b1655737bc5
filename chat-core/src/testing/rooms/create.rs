use serde_json::json;

use super::make::{ban, create, get, group, member, members, now, rooms_of, standing};
use super::{CREATE, DELETE_ROOM};
use crate::ErrorKind;
use crate::backend::RoomStore;
use crate::model::{
    Member, Membership, NewRoom, NotificationLevel, Role, Room, RoomKind, RoomSettings,
};
use crate::testing::Cluster;
use crate::testing::check::{Must, ensure};
use crate::testing::ids::{a_room, hostile_ids, room, user};
use crate::testing::tasks::Tasks;

pub(super) async fn one_of_many_creations_at_once_succeeds(cluster: Cluster<dyn RoomStore>) {
    let id = a_room();
    let mut tasks = Tasks::new();
    for n in 0..24 {
        let (store, id) = (cluster.node(n), id.clone());
        tasks.spawn(async move {
            let creator = format!("user-{n}");
            let mut new = group(&id, &[&creator]);
            new.name = Some(creator);
            match store.create_room(new).await {
                Ok(created) => Some(created),
                Err(e) => {
                    let kind = e.kind();
                    ensure!(
                        CREATE,
                        kind == ErrorKind::Conflict,
                        "a taken id failed with {e:?}"
                    );
                    None
                }
            }
        });
    }
    let created: Vec<_> = tasks.join().await.into_iter().flatten().collect();
    ensure!(
        CREATE,
        created.len() == 1 && !created[0].existed,
        "24 concurrent creations of one room must create one, created were {created:?}"
    );
    let found = get(&cluster.node(1), &id, CREATE).await;
    ensure!(
        CREATE,
        found == created[0].room,
        "created was {:?}, but stored is {found:?}",
        created[0].room
    );
    // The failed creations must not leave members behind.
    let left = members(&cluster.node(2), &id, CREATE).await;
    ensure!(
        CREATE,
        left.len() == 1 && found.name.as_deref() == Some(left[0].user_id.as_str()),
        "the room of {:?} has the members {left:?}",
        found.name
    );
    ensure!(
        CREATE,
        found.member_count == 1,
        "member_count is {}, not 1",
        found.member_count
    );
}

pub(super) async fn a_taken_id_stays_as_it_was(cluster: Cluster<dyn RoomStore>) {
    let id = a_room();
    let first = create(&cluster.node(0), group(&id, &["a"]), CREATE).await;
    for (n, kind) in [RoomKind::Group, RoomKind::Public, RoomKind::Direct]
        .into_iter()
        .enumerate()
    {
        let mut second = group(&id, &["b", "c"]);
        second.kind = kind;
        second.name = Some("second".into());
        let second = cluster.node(n).create_room(second).await;
        second.must_fail(
            CREATE,
            ErrorKind::Conflict,
            "a second room with the same id",
        );
    }
    let found = get(&cluster.node(1), &id, CREATE).await;
    ensure!(
        CREATE,
        found == first,
        "a refused creation changed {first:?} to {found:?}"
    );
    for id in ["b", "c"] {
        let rooms = rooms_of(&cluster.node(1), &user(id), CREATE).await;
        ensure!(
            CREATE,
            rooms.is_empty(),
            "a refused creation added members to {rooms:?}"
        );
    }
}

pub(super) async fn a_room_comes_back_as_it_was(cluster: Cluster<dyn RoomStore>) {
    let mut new = NewRoom::new(a_room(), RoomKind::Public, now());
    new.name = Some("$set: {a.b} 🦀 \"quoted\"".into());
    new.owner_id = Some(user("a.b"));
    if let serde_json::Value::Object(metadata) =
        json!({"$set": {"a.b": [1, null, 2.5, {"_id": "x"}]}, "a.b": "", "🦀": true})
    {
        new.metadata = metadata;
    }
    new.settings = RoomSettings {
        announce_membership: true,
        join_on_demand: false,
        slow_mode_seconds: 30,
        retention_seconds: Some(86_400),
        retention_messages: Some(5_000),
    };
    new.creation_key = Some("key/body".into());
    let mut muted = Member::new(user("$ne"), Role::Guest, now());
    muted.muted_until = Some(now());
    muted.notifications = NotificationLevel::Mentions;
    muted.shadow_muted = true;
    new.members = vec![
        muted.clone(),
        Member::new(user("a.b"), Role::Owner, now()),
        Member::new(user("z"), Role::Moderator, now()),
    ];
    let want = Room {
        id: new.id.clone(),
        kind: new.kind,
        name: new.name.clone(),
        owner_id: new.owner_id.clone(),
        created_at: new.created_at,
        member_count: 3,
        metadata: new.metadata.clone(),
        settings: new.settings.clone(),
        creation_key: new.creation_key.clone(),
    };
    let created = create(&cluster.node(0), new.clone(), CREATE).await;
    ensure!(
        CREATE,
        created == want,
        "create_room returned {created:?}, not {want:?}"
    );
    let found = get(&cluster.node(1), &want.id, CREATE).await;
    ensure!(CREATE, found == want, "stored is {found:?}, not {want:?}");
    let found = members(&cluster.node(1), &want.id, CREATE).await;
    ensure!(
        CREATE,
        found == new.members,
        "the members are {found:?}, not {:?}",
        new.members
    );
    let found = standing(&cluster.node(2), &want.id, &muted.user_id, CREATE).await;
    let muted = Some(Membership::Member(muted));
    ensure!(
        CREATE,
        found == muted,
        "the member is {found:?}, not {muted:?}"
    );
    let found = cluster
        .node(2)
        .rooms_of(&user("z"), None, 10)
        .await
        .must(CREATE, "rooms_of");
    let want = [(want, new.members[2].clone())];
    ensure!(
        CREATE,
        found == want,
        "rooms_of returned {found:?}, not {want:?}"
    );
}

pub(super) async fn rooms_do_not_mix(cluster: Cluster<dyn RoomStore>) {
    let ids = hostile_ids();
    for (n, id) in ids.iter().enumerate() {
        // Each room shares its id with a user, its only member.
        create(&cluster.node(n), group(&room(id), &[id]), CREATE).await;
    }
    let asked: Vec<_> = ids.iter().map(user).collect();
    for (n, id) in ids.iter().enumerate() {
        let store = cluster.node(n + 1);
        let found = members(&store, &room(id), CREATE).await;
        ensure!(
            CREATE,
            found.len() == 1 && found[0].user_id.as_str() == id,
            "the room {id:?} has the members {found:?}"
        );
        let found = rooms_of(&store, &user(id), CREATE).await;
        ensure!(
            CREATE,
            found == [room(id)],
            "the user {id:?} is in {found:?}"
        );
        let found = store
            .memberships(&room(id), &asked)
            .await
            .must(CREATE, "memberships");
        let found: Vec<Option<&Member>> = found
            .iter()
            .map(|m| m.as_ref().and_then(Membership::member))
            .collect();
        let right = found.len() == asked.len()
            && asked.iter().zip(&found).all(|(asked, found)| match found {
                Some(member) => member.user_id == *asked && asked.as_str() == id,
                None => asked.as_str() != id,
            });
        ensure!(
            CREATE,
            right,
            "the memberships of {asked:?} in {id:?} are {found:?}"
        );
    }
}

pub(super) async fn a_deleted_room_leaves_nothing(cluster: Cluster<dyn RoomStore>) {
    let (id, beside) = (room("a"), room("a*"));
    let store = cluster.node(0);
    for id in [&id, &beside] {
        create(&store, group(id, &["a", "b"]), DELETE_ROOM).await;
        let banned = store.ban(id, &ban(&user("c"), now(), None)).await;
        banned.must(DELETE_ROOM, "ban");
    }
    let mut deletions = Tasks::new();
    for n in 0..8 {
        let (store, id) = (cluster.node(n), id.clone());
        deletions.spawn(async move {
            store
                .delete_room(&id)
                .await
                .must(DELETE_ROOM, "delete_room")
        });
    }
    let effective = deletions
        .join()
        .await
        .into_iter()
        .filter(|there| *there)
        .count();
    ensure!(
        DELETE_ROOM,
        effective == 1,
        "{effective} of 8 concurrent deletions reported that the room existed"
    );
    for store in cluster.nodes() {
        let found = store.room(&id).await.must(DELETE_ROOM, "room");
        ensure!(
            DELETE_ROOM,
            found.is_none(),
            "a deleted room still exists: {found:?}"
        );
        let rooms = rooms_of(store, &user("a"), DELETE_ROOM).await;
        ensure!(
            DELETE_ROOM,
            rooms == [beside.clone()],
            "a member of a deleted room is in {rooms:?}"
        );
        for who in ["a", "c"] {
            let found = standing(store, &id, &user(who), DELETE_ROOM).await;
            ensure!(
                DELETE_ROOM,
                found.is_none(),
                "{who} still has a standing in a deleted room: {found:?}"
            );
        }
    }
    let again = create(&store, group(&id, &["d"]), DELETE_ROOM).await;
    ensure!(
        DELETE_ROOM,
        again.member_count == 1,
        "a recreated room starts as {again:?}"
    );
    let found = members(&cluster.node(1), &id, DELETE_ROOM).await;
    ensure!(
        DELETE_ROOM,
        found.len() == 1,
        "a recreated room has old members: {found:?}"
    );
    let joined = store
        .add_member(&id, &member("c"))
        .await
        .must(DELETE_ROOM, "add_member");
    ensure!(
        DELETE_ROOM,
        joined,
        "the join of a user banned before the deletion reported no change"
    );
}
