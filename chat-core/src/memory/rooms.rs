use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::ops::Bound::{Excluded, Unbounded};
use std::sync::Arc;

use async_trait::async_trait;
use parking_lot::{Mutex, RwLock};

use super::shards::Shards;
use crate::backend::RoomStore;
use crate::model::{
    Ban, Member, MemberPatch, Membership, NewRoom, Role, Room, RoomCreated, RoomKind, RoomPatch,
};
use crate::random::HashMap;
use crate::{Error, ErrorKind, Result, RoomId, UserId};

/// An in-memory [`RoomStore`]. Clones share their data.
///
/// ```
/// use chat_core::backend::RoomStore;
/// use chat_core::memory::MemoryRooms;
/// use chat_core::model::{Member, NewRoom, Role, RoomKind};
/// use chat_core::{RoomId, Timestamp, UserId};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let rooms = MemoryRooms::new();
/// let (id, now) = (RoomId::new("general")?, Timestamp::from_millis(0));
/// rooms.create_room(NewRoom::new(id.clone(), RoomKind::Public, now)).await?;
/// let alice = Member::new(UserId::new("alice")?, Role::Member, now);
/// assert!(rooms.add_member(&id, &alice).await?);
/// assert_eq!(rooms.room(&id).await?.map(|r| r.member_count), Some(1));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Default)]
pub struct MemoryRooms(Arc<Inner>);

/// Lock order: the fields in order, with a room's own lock between the last two. No task waits for
/// another lock while it holds a map's lock.
#[derive(Default)]
struct Inner {
    /// The direct rooms by pair of users, lesser id first. The lock serializes the creation and
    /// deletion of rooms.
    direct: Mutex<HashMap<(UserId, UserId), RoomId>>,
    rooms: Shards<RwLock<HashMap<RoomId, Arc<RwLock<Entry>>>>>,
    rooms_of: Shards<RwLock<HashMap<UserId, BTreeSet<RoomId>>>>,
}

struct Entry {
    /// The room, with a stale `member_count`.
    room: Room,
    members: BTreeMap<UserId, Member>,
    bans: BTreeMap<UserId, Ban>,
    /// The users of a direct room, kept when they leave.
    pair: Option<(UserId, UserId)>,
    /// `true` if the room was deleted after a concurrent call found the entry.
    deleted: bool,
}

impl Entry {
    fn room(&self) -> Room {
        let mut room = self.room.clone();
        room.member_count = u64::try_from(self.members.len()).unwrap_or(u64::MAX);
        room
    }
}

impl MemoryRooms {
    /// Creates an empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

impl fmt::Debug for MemoryRooms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryRooms").finish_non_exhaustive()
    }
}

impl Inner {
    fn find(&self, id: &RoomId) -> Option<Arc<RwLock<Entry>>> {
        self.rooms.of(id).read().get(id).cloned()
    }

    fn read<T>(&self, id: &RoomId, f: impl FnOnce(&Entry) -> T) -> Option<T> {
        let entry = self.find(id)?;
        let entry = entry.read();
        (!entry.deleted).then(|| f(&entry))
    }

    fn write<T>(&self, id: &RoomId, f: impl FnOnce(&mut Entry) -> Result<T>) -> Result<T> {
        let entry = self.find(id).ok_or_else(Error::room_not_found)?;
        let mut entry = entry.write();
        if entry.deleted {
            return Err(Error::room_not_found());
        }
        f(&mut entry)
    }

    fn index(&self, user: &UserId, room: &RoomId) {
        let mut shard = self.rooms_of.of(user).write();
        shard.entry(user.clone()).or_default().insert(room.clone());
    }

    fn unindex(&self, user: &UserId, room: &RoomId) {
        let mut shard = self.rooms_of.of(user).write();
        if let Some(rooms) = shard.get_mut(user) {
            rooms.remove(room);
            if rooms.is_empty() {
                shard.remove(user);
            }
        }
    }
}

fn pair_of(members: &BTreeMap<UserId, Member>) -> Option<(UserId, UserId)> {
    let mut users = members.keys();
    match (users.next(), users.next(), users.next()) {
        (Some(one), Some(other), None) => Some((one.clone(), other.clone())),
        _ => None,
    }
}

#[async_trait]
impl RoomStore for MemoryRooms {
    async fn create_room(&self, new: NewRoom) -> Result<RoomCreated> {
        let count = new.members.len();
        let members = new.members.into_iter().map(|m| (m.user_id.clone(), m));
        let members: BTreeMap<_, _> = members.collect();
        if members.len() != count {
            return Err(Error::invalid("`members` must not contain a user twice"));
        }
        let pair = match new.kind {
            RoomKind::Direct => Some(
                pair_of(&members)
                    .ok_or_else(|| Error::invalid("a direct room must have exactly two members"))?,
            ),
            _ => None,
        };
        let mut direct = self.0.direct.lock();
        if let Some(id) = pair.as_ref().and_then(|p| direct.get(p))
            && let Some(room) = self.0.read(id, Entry::room)
        {
            return Ok(RoomCreated {
                room,
                existed: true,
            });
        }
        if self.0.find(&new.id).is_some() {
            return Err(Error::new(ErrorKind::Conflict, "the room already exists"));
        }
        let entry = Entry {
            room: Room {
                id: new.id.clone(),
                kind: new.kind,
                name: new.name,
                owner_id: new.owner_id,
                created_at: new.created_at,
                member_count: 0,
                metadata: new.metadata,
                settings: new.settings,
                creation_key: new.creation_key,
            },
            members,
            bans: BTreeMap::new(),
            pair: pair.clone(),
            deleted: false,
        };
        let room = entry.room();
        let users: Vec<_> = entry.members.keys().cloned().collect();
        if let Some(pair) = pair {
            direct.insert(pair, new.id.clone());
        }
        let entry = Arc::new(RwLock::new(entry));
        // The entry is still private, so this does not wait. It blocks concurrent calls that find
        // the room in the map until the index is complete.
        let guard = entry.write();
        let mut shard = self.0.rooms.of(&new.id).write();
        shard.insert(new.id.clone(), Arc::clone(&entry));
        drop(shard);
        for user in &users {
            self.0.index(user, &new.id);
        }
        drop(guard);
        Ok(RoomCreated {
            room,
            existed: false,
        })
    }

    async fn room(&self, id: &RoomId) -> Result<Option<Room>> {
        Ok(self.0.read(id, Entry::room))
    }

    async fn update_room(&self, id: &RoomId, patch: &RoomPatch) -> Result<Room> {
        self.0.write(id, |entry| {
            let room = &mut entry.room;
            if let Some(name) = &patch.name {
                room.name.clone_from(name);
            }
            if let Some(metadata) = &patch.metadata {
                room.metadata.clone_from(metadata);
            }
            patch.settings.apply(&mut room.settings);
            Ok(entry.room())
        })
    }

    async fn transfer_room(&self, id: &RoomId, from: Option<&UserId>, to: &UserId) -> Result<Room> {
        self.0.write(id, |entry| {
            if entry.room.owner_id.as_ref() != from {
                return Err(Error::new(
                    ErrorKind::Conflict,
                    "the room's owner has changed",
                ));
            }
            let new = entry.members.get_mut(to).ok_or_else(no_member)?;
            if from != Some(to) {
                new.role = Role::Owner;
                if let Some(old) = from.and_then(|from| entry.members.get_mut(from)) {
                    old.role = Role::Admin;
                }
                entry.room.owner_id = Some(to.clone());
            }
            Ok(entry.room())
        })
    }

    async fn delete_room(&self, id: &RoomId) -> Result<bool> {
        let mut direct = self.0.direct.lock();
        let Some(entry) = self.0.find(id) else {
            return Ok(false);
        };
        let mut entry = entry.write();
        entry.deleted = true;
        for user in std::mem::take(&mut entry.members).keys() {
            self.0.unindex(user, id);
        }
        if let Some(pair) = &entry.pair {
            direct.remove(pair);
        }
        drop(entry);
        self.0.rooms.of(id).write().remove(id);
        Ok(true)
    }

    async fn memberships(
        &self,
        room: &RoomId,
        users: &[UserId],
    ) -> Result<Vec<Option<Membership>>> {
        let known = self.0.read(room, |entry| {
            let standing = users.iter().map(|user| {
                let member = entry.members.get(user).cloned().map(Membership::Member);
                member.or_else(|| entry.bans.get(user).cloned().map(Membership::Banned))
            });
            standing.collect()
        });
        Ok(known.unwrap_or_else(|| vec![None; users.len()]))
    }

    async fn members(
        &self,
        room: &RoomId,
        after: Option<&UserId>,
        limit: usize,
    ) -> Result<Vec<Member>> {
        let page = self
            .0
            .read(room, |entry| page(&entry.members, after, limit));
        page.ok_or_else(Error::room_not_found)
    }

    async fn add_member(&self, room: &RoomId, member: &Member) -> Result<bool> {
        self.0.write(room, |entry| {
            let user = &member.user_id;
            if entry.members.contains_key(user) {
                return Ok(false);
            }
            if let Some(ban) = entry.bans.get(user) {
                if ban.in_force(member.joined_at) {
                    return Err(Error::new(
                        ErrorKind::Forbidden,
                        "the user is banned from this room",
                    ));
                }
                entry.bans.remove(user);
            }
            entry.members.insert(user.clone(), member.clone());
            self.0.index(user, room);
            Ok(true)
        })
    }

    async fn update_member(
        &self,
        room: &RoomId,
        user: &UserId,
        patch: &MemberPatch,
    ) -> Result<Member> {
        self.0.write(room, |entry| {
            let member = entry.members.get_mut(user).ok_or_else(no_member)?;
            if let Some(role) = patch.role {
                member.role = role;
            }
            if let Some(until) = patch.muted_until {
                member.muted_until = until;
            }
            member.notifications = patch.notifications.unwrap_or(member.notifications);
            member.shadow_muted = patch.shadow_muted.unwrap_or(member.shadow_muted);
            Ok(member.clone())
        })
    }

    async fn remove_member(&self, room: &RoomId, user: &UserId) -> Result<Option<Member>> {
        self.0.write(room, |entry| {
            let member = entry.members.remove(user);
            if member.is_some() {
                self.0.unindex(user, room);
            }
            Ok(member)
        })
    }

    async fn ban(&self, room: &RoomId, ban: &Ban) -> Result<Option<Member>> {
        self.0.write(room, |entry| {
            entry.bans.insert(ban.user_id.clone(), ban.clone());
            let member = entry.members.remove(&ban.user_id);
            if member.is_some() {
                self.0.unindex(&ban.user_id, room);
            }
            Ok(member)
        })
    }

    async fn unban(&self, room: &RoomId, user: &UserId) -> Result<bool> {
        self.0
            .write(room, |entry| Ok(entry.bans.remove(user).is_some()))
    }

    async fn bans(&self, room: &RoomId, after: Option<&UserId>, limit: usize) -> Result<Vec<Ban>> {
        let page = self.0.read(room, |entry| page(&entry.bans, after, limit));
        page.ok_or_else(Error::room_not_found)
    }

    async fn rooms_of(
        &self,
        user: &UserId,
        after: Option<&RoomId>,
        limit: usize,
    ) -> Result<Vec<(Room, Member)>> {
        let mut found = Vec::new();
        let mut after = after.cloned();
        while found.len() < limit {
            // Copied, since a room's lock must not be taken under that of the index.
            let start = after.as_ref().map_or(Unbounded, Excluded);
            let ids: Vec<RoomId> = match self.0.rooms_of.of(user).read().get(user) {
                Some(rooms) => {
                    let ids = rooms.range::<RoomId, _>((start, Unbounded));
                    ids.take(limit - found.len()).cloned().collect()
                }
                None => break,
            };
            let Some(last) = ids.last() else {
                break;
            };
            after = Some(last.clone());
            // Rooms may have been deleted meanwhile: the next round then fills the page.
            found.extend(ids.iter().filter_map(|id| {
                let both = |e: &Entry| Some((e.room(), e.members.get(user)?.clone()));
                self.0.read(id, both).flatten()
            }));
        }
        Ok(found)
    }
}

fn no_member() -> Error {
    Error::new(
        ErrorKind::NotAMember,
        "the user is not a member of this room",
    )
}

/// Returns the entries after a user id, in the order of user ids.
fn page<T: Clone>(all: &BTreeMap<UserId, T>, after: Option<&UserId>, limit: usize) -> Vec<T> {
    let start = after.map_or(Unbounded, Excluded);
    let entries = all.range::<UserId, _>((start, Unbounded)).take(limit);
    entries.map(|(_, entry)| entry.clone()).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]

    use super::*;
    use crate::Timestamp;

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millis(ms)
    }

    fn room(id: &str) -> RoomId {
        RoomId::new(id).unwrap()
    }

    fn member(id: &str) -> Member {
        Member::new(UserId::new(id).unwrap(), Role::Member, at(0))
    }

    fn new(id: &str, kind: RoomKind, members: &[&str]) -> NewRoom {
        let mut new = NewRoom::new(room(id), kind, at(0));
        new.members = members.iter().map(|m| member(m)).collect();
        new
    }

    #[tokio::test]
    async fn members_of_a_new_room_are_checked() {
        let rooms = MemoryRooms::new();
        for bad in [
            new("r", RoomKind::Direct, &["a"]),
            new("r", RoomKind::Direct, &["a", "a"]),
            new("r", RoomKind::Direct, &["a", "b", "c"]),
            new("r", RoomKind::Group, &["a", "a"]),
        ] {
            let e = rooms.create_room(bad).await.unwrap_err();
            assert_eq!(e.kind(), ErrorKind::Invalid);
        }
        assert!(rooms.room(&room("r")).await.unwrap().is_none());
    }

    #[tokio::test]
    async fn a_direct_room_can_be_made_again_after_its_deletion_whoever_had_left() {
        let rooms = MemoryRooms::new();
        let make = async |id: &str, members: &[&str]| {
            let created = rooms.create_room(new(id, RoomKind::Direct, members)).await;
            created.map(|c| (c.room.id, c.existed)).unwrap()
        };
        assert_eq!(make("one", &["a", "b"]).await, (room("one"), false));
        rooms
            .remove_member(&room("one"), &member("a").user_id)
            .await
            .unwrap();
        assert_eq!(make("two", &["b", "a"]).await, (room("one"), true));
        assert!(rooms.delete_room(&room("one")).await.unwrap());
        assert!(!rooms.delete_room(&room("one")).await.unwrap());
        assert_eq!(make("two", &["b", "a"]).await, (room("two"), false));
        assert!(rooms.0.direct.lock().len() == 1);
    }

    #[tokio::test]
    async fn the_index_by_user_follows_every_way_in_and_out() {
        let rooms = MemoryRooms::new();
        let alice = member("alice");
        let listed = async || {
            let list = rooms.rooms_of(&alice.user_id, None, 100).await.unwrap();
            list.into_iter().map(|(r, _)| r.id).collect::<Vec<_>>()
        };
        for id in ["a", "b", "c", "d"] {
            let created = rooms.create_room(new(id, RoomKind::Group, &["alice", "bob"]));
            created.await.unwrap();
        }
        assert_eq!(listed().await.len(), 4);
        rooms
            .remove_member(&room("a"), &alice.user_id)
            .await
            .unwrap();
        let ban = Ban {
            user_id: alice.user_id.clone(),
            by: None,
            at: at(0),
            until: Some(at(10)),
            reason: None,
        };
        rooms.ban(&room("b"), &ban).await.unwrap();
        rooms.delete_room(&room("c")).await.unwrap();
        assert_eq!(listed().await, [room("d")]);
        let mut back = alice.clone();
        back.joined_at = at(10);
        assert!(rooms.add_member(&room("b"), &back).await.unwrap());
        assert_eq!(listed().await, [room("b"), room("d")]);
        for id in ["a", "b", "d"] {
            rooms.delete_room(&room(id)).await.unwrap();
        }
        let left: usize = rooms.0.rooms_of.iter().map(|s| s.read().len()).sum();
        assert_eq!(left, 0, "users without rooms leave the index");
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn joins_while_a_room_is_deleted_leave_nothing_behind() {
        for _ in 0..50 {
            let rooms = MemoryRooms::new();
            let id = room("r");
            rooms
                .create_room(new("r", RoomKind::Public, &["owner"]))
                .await
                .unwrap();
            let joins: Vec<_> = (0..8)
                .map(|n| {
                    let (rooms, id) = (rooms.clone(), id.clone());
                    tokio::spawn(async move {
                        rooms.add_member(&id, &member(&format!("user-{n}"))).await
                    })
                })
                .collect();
            assert!(rooms.delete_room(&id).await.unwrap());
            for join in joins {
                if let Err(e) = join.await.unwrap() {
                    assert_eq!(e.kind(), ErrorKind::RoomNotFound);
                }
            }
            let left: usize = rooms.0.rooms_of.iter().map(|s| s.read().len()).sum();
            assert_eq!(left, 0);
        }
    }
}
