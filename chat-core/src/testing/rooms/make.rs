//! Helpers for the checks of a room store.

use std::sync::Arc;
use std::time::Duration;

use crate::backend::RoomStore;
use crate::model::{Ban, Member, Membership, NewRoom, Role, Room, RoomKind};
use crate::testing::check::{Must, Point, broken, ensure};
use crate::testing::ids::user;
use crate::{Clock, RoomId, SystemClock, Timestamp, UserId};

pub(super) type Store = Arc<dyn RoomStore>;

pub(super) fn now() -> Timestamp {
    SystemClock.now()
}

pub(super) fn member(id: &str) -> Member {
    Member::new(user(id), Role::Member, now())
}

pub(super) fn group(id: &RoomId, members: &[&str]) -> NewRoom {
    let mut room = NewRoom::new(id.clone(), RoomKind::Group, now());
    room.members = members.iter().map(|m| member(m)).collect();
    room
}

pub(super) fn direct(id: &RoomId, one: &str, other: &str) -> NewRoom {
    let mut room = group(id, &[one, other]);
    room.kind = RoomKind::Direct;
    room
}

pub(super) fn ban(id: &UserId, at: Timestamp, length: Option<Duration>) -> Ban {
    Ban {
        user_id: id.clone(),
        by: Some(user("moderator")),
        at,
        until: length.map(|l| at.after(l)),
        reason: Some("because".into()),
    }
}

pub(super) async fn create(store: &Store, room: NewRoom, point: Point) -> Room {
    let created = store.create_room(room).await.must(point, "create_room");
    ensure!(
        point,
        !created.existed,
        "a new room was reported as existing: {:?}",
        created.room
    );
    created.room
}

pub(super) async fn get(store: &Store, id: &RoomId, point: Point) -> Room {
    match store.room(id).await.must(point, "room") {
        Some(room) => room,
        None => broken(point, format_args!("the room {id:?} does not exist")),
    }
}

pub(super) async fn standing(
    store: &Store,
    room: &RoomId,
    id: &UserId,
    point: Point,
) -> Option<Membership> {
    let mut found = store
        .memberships(room, std::slice::from_ref(id))
        .await
        .must(point, "memberships");
    ensure!(
        point,
        found.len() == 1,
        "memberships of one user returned {found:?}"
    );
    found.pop().flatten()
}

/// All members, read in pages of 100.
pub(super) async fn members(store: &Store, room: &RoomId, point: Point) -> Vec<Member> {
    let mut all: Vec<Member> = Vec::new();
    loop {
        let after = all.last().map(|m| &m.user_id);
        let next = store.members(room, after, 100).await.must(point, "members");
        if next.is_empty() {
            return all;
        }
        all.extend(next);
    }
}

/// The ids of all rooms of a user, read in pages of 7.
pub(super) async fn rooms_of(store: &Store, id: &UserId, point: Point) -> Vec<RoomId> {
    let mut all: Vec<RoomId> = Vec::new();
    loop {
        let next = store
            .rooms_of(id, all.last(), 7)
            .await
            .must(point, "rooms_of");
        if next.is_empty() {
            return all;
        }
        for (room, member) in next {
            ensure!(
                point,
                member.user_id == *id,
                "the rooms of {id:?} include the member {member:?}"
            );
            all.push(room.id);
        }
    }
}
