use std::time::Duration;

use super::make::{ban, create, get, group, member, now, standing};
use super::{UPDATE_MEMBER, UPDATE_ROOM, VISIBLE};
use crate::backend::RoomStore;
use crate::model::{
    Member, MemberPatch, Membership, Metadata, NotificationLevel, Role, RoomPatch, RoomSettings,
    RoomSettingsPatch,
};
use crate::testing::Cluster;
use crate::testing::check::{Must, ensure};
use crate::testing::ids::{a_room, room, user};
use crate::testing::tasks::Tasks;

/// Writes on one handle, then reads on each of the others.
pub(super) async fn a_write_is_seen_on_every_handle(cluster: Cluster<dyn RoomStore>) {
    let mut tasks = Tasks::new();
    for task in 0..6 {
        let nodes: Vec<_> = (0..3).map(|n| cluster.node(task + n)).collect();
        tasks.spawn(async move {
            let id = room(format!("room-{task}"));
            let who = user("a");
            let here = &nodes[0];
            let created = create(here, group(&id, &["owner"]), VISIBLE).await;
            for there in &nodes {
                let found = get(there, &id, VISIBLE).await;
                ensure!(
                    VISIBLE,
                    found == created,
                    "created was {created:?}, but another handle reads {found:?}"
                );
            }
            for round in 0..4 {
                let patch = RoomPatch {
                    name: Some(Some(format!("name {round}"))),
                    ..RoomPatch::default()
                };
                let updated = here
                    .update_room(&id, &patch)
                    .await
                    .must(VISIBLE, "update_room");
                for there in &nodes {
                    let found = get(there, &id, VISIBLE).await;
                    ensure!(
                        VISIBLE,
                        found == updated,
                        "updated was {updated:?}, but another handle reads {found:?}"
                    );
                }
                here.add_member(&id, &member("a"))
                    .await
                    .must(VISIBLE, "add_member");
                for there in &nodes {
                    let found = standing(there, &id, &who, VISIBLE).await;
                    let seen = matches!(found, Some(Membership::Member(_)));
                    ensure!(
                        VISIBLE,
                        seen,
                        "after a join, another handle reads {found:?}"
                    );
                }
                let patch = MemberPatch {
                    role: Some(Role::Moderator),
                    ..MemberPatch::default()
                };
                let updated = here.update_member(&id, &who, &patch).await;
                let updated = Some(Membership::Member(updated.must(VISIBLE, "update_member")));
                for there in &nodes {
                    let found = standing(there, &id, &who, VISIBLE).await;
                    ensure!(
                        VISIBLE,
                        found == updated,
                        "updated was {updated:?}, but another handle reads {found:?}"
                    );
                }
                if round % 2 == 0 {
                    here.remove_member(&id, &who)
                        .await
                        .must(VISIBLE, "remove_member");
                } else {
                    here.ban(&id, &ban(&who, now(), None))
                        .await
                        .must(VISIBLE, "ban");
                }
                for there in &nodes {
                    let found = standing(there, &id, &who, VISIBLE).await;
                    let gone = !matches!(found, Some(Membership::Member(_)));
                    ensure!(
                        VISIBLE,
                        gone,
                        "after a removal, another handle reads {found:?}"
                    );
                }
                here.unban(&id, &who).await.must(VISIBLE, "unban");
                for there in &nodes {
                    let found = standing(there, &id, &who, VISIBLE).await;
                    ensure!(
                        VISIBLE,
                        found.is_none(),
                        "after an unban, another handle reads {found:?}"
                    );
                }
            }
            here.delete_room(&id).await.must(VISIBLE, "delete_room");
            for there in &nodes {
                let found = there.room(&id).await.must(VISIBLE, "room");
                ensure!(
                    VISIBLE,
                    found.is_none(),
                    "another handle still sees a deleted room"
                );
            }
        });
    }
    tasks.join().await;
}

/// Concurrent patches of different fields must all take effect.
pub(super) async fn no_patch_of_a_room_is_lost(cluster: Cluster<dyn RoomStore>) {
    let id = a_room();
    let mut new = group(&id, &["a", "b"]);
    new.name = Some("old".into());
    new.metadata.insert("old".into(), true.into());
    create(&cluster.node(0), new, UPDATE_ROOM).await;
    let mut metadata = Metadata::new();
    metadata.insert("$set".into(), "a.b".into());
    let settings = RoomSettings {
        announce_membership: false,
        join_on_demand: false,
        slow_mode_seconds: 7,
        retention_seconds: Some(86_400),
        retention_messages: Some(5_000),
    };
    let patches = [
        RoomPatch {
            name: Some(Some("new".into())),
            ..RoomPatch::default()
        },
        RoomPatch {
            metadata: Some(metadata.clone()),
            ..RoomPatch::default()
        },
        RoomPatch {
            settings: settings.clone().into(),
            ..RoomPatch::default()
        },
    ];
    let mut tasks = Tasks::new();
    for (n, patch) in patches.into_iter().enumerate() {
        let (store, id) = (cluster.node(n), id.clone());
        tasks.spawn(async move {
            store
                .update_room(&id, &patch)
                .await
                .must(UPDATE_ROOM, "update_room")
        });
    }
    tasks.join().await;
    let found = get(&cluster.node(1), &id, UPDATE_ROOM).await;
    ensure!(
        UPDATE_ROOM,
        found.name.as_deref() == Some("new")
            && found.metadata == metadata
            && found.settings == settings,
        "three concurrent patches of different fields left {found:?}"
    );
    let unnamed = RoomPatch {
        name: Some(None),
        ..RoomPatch::default()
    };
    let unnamed = cluster
        .node(1)
        .update_room(&id, &unnamed)
        .await
        .must(UPDATE_ROOM, "update_room");
    ensure!(
        UPDATE_ROOM,
        unnamed.name.is_none(),
        "a removed name reads {:?}",
        unnamed.name
    );
    let same = cluster
        .node(2)
        .update_room(&id, &RoomPatch::default())
        .await;
    let same = same.must(UPDATE_ROOM, "update_room");
    ensure!(
        UPDATE_ROOM,
        same == unnamed,
        "an empty patch changed {unnamed:?} to {same:?}"
    );
}

/// Repeated concurrent changes of different settings from all handles must all take effect.
pub(super) async fn no_setting_is_lost(cluster: Cluster<dyn RoomStore>) {
    let id = a_room();
    create(&cluster.node(0), group(&id, &["a"]), UPDATE_ROOM).await;
    for round in 1..=8_u32 {
        let on = round % 2 == 0;
        let want = RoomSettings {
            announce_membership: on,
            join_on_demand: !on,
            slow_mode_seconds: round,
            retention_seconds: on.then_some(u64::from(round)),
            retention_messages: on.then_some(u64::from(round)),
        };
        let whole = RoomSettingsPatch::from(want.clone());
        let one = RoomSettingsPatch::default;
        let patches = [
            RoomSettingsPatch {
                announce_membership: whole.announce_membership,
                ..one()
            },
            RoomSettingsPatch {
                join_on_demand: whole.join_on_demand,
                ..one()
            },
            RoomSettingsPatch {
                slow_mode_seconds: whole.slow_mode_seconds,
                ..one()
            },
            RoomSettingsPatch {
                retention_seconds: whole.retention_seconds,
                ..one()
            },
            RoomSettingsPatch {
                retention_messages: whole.retention_messages,
                ..one()
            },
        ];
        let mut tasks = Tasks::new();
        for (n, settings) in patches.into_iter().enumerate() {
            let (store, id) = (cluster.node(n), id.clone());
            tasks.spawn(async move {
                let patch = RoomPatch {
                    settings,
                    ..RoomPatch::default()
                };
                let updated = store.update_room(&id, &patch).await;
                updated.must(UPDATE_ROOM, "update_room");
            });
        }
        tasks.join().await;
        let found = get(&cluster.node(2), &id, UPDATE_ROOM).await.settings;
        ensure!(
            UPDATE_ROOM,
            found == want,
            "concurrent patches of different settings left {found:?}, not {want:?}"
        );
    }
}

pub(super) async fn no_patch_of_a_member_is_lost(cluster: Cluster<dyn RoomStore>) {
    let id = a_room();
    create(&cluster.node(0), group(&id, &["$ne", "b"]), UPDATE_MEMBER).await;
    let who = user("$ne");
    let until = now().after(Duration::from_secs(60));
    let patches = [
        MemberPatch {
            role: Some(Role::Admin),
            ..MemberPatch::default()
        },
        MemberPatch {
            muted_until: Some(Some(until)),
            ..MemberPatch::default()
        },
        MemberPatch {
            notifications: Some(NotificationLevel::None),
            ..MemberPatch::default()
        },
        MemberPatch {
            shadow_muted: Some(true),
            ..MemberPatch::default()
        },
    ];
    let mut tasks = Tasks::new();
    for (n, patch) in patches.into_iter().enumerate() {
        let (store, id, who) = (cluster.node(n), id.clone(), who.clone());
        tasks.spawn(async move {
            let patched = store.update_member(&id, &who, &patch).await;
            patched.must(UPDATE_MEMBER, "update_member");
        });
    }
    tasks.join().await;
    let end = MemberPatch {
        muted_until: Some(None),
        ..MemberPatch::default()
    };
    let found = standing(&cluster.node(2), &id, &who, UPDATE_MEMBER).await;
    let mut want = match &found {
        Some(Membership::Member(found)) => Member::new(who.clone(), Role::Admin, found.joined_at),
        _ => member("$ne"),
    };
    want.muted_until = Some(until);
    want.notifications = NotificationLevel::None;
    want.shadow_muted = true;
    let want = Some(Membership::Member(want));
    ensure!(
        UPDATE_MEMBER,
        found == want,
        "four concurrent patches of different fields left {found:?}, not {want:?}"
    );
    let unmuted = cluster.node(1).update_member(&id, &who, &end).await;
    let unmuted = unmuted.must(UPDATE_MEMBER, "update_member");
    ensure!(
        UPDATE_MEMBER,
        unmuted.muted_until.is_none() && unmuted.role == Role::Admin && unmuted.shadow_muted,
        "ending a mute left {unmuted:?}"
    );
    let other = standing(&cluster.node(0), &id, &user("b"), UPDATE_MEMBER).await;
    let untouched = matches!(
        &other,
        Some(Membership::Member(m)) if *m == Member::new(user("b"), Role::Member, m.joined_at)
    );
    ensure!(
        UPDATE_MEMBER,
        untouched,
        "a patch of one member changed another: {other:?}"
    );
}
