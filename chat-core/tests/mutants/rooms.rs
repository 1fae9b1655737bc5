use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use chat_core::backend::RoomStore;
use chat_core::memory::MemoryRooms;
use chat_core::model::{
    Ban, Member, MemberPatch, Membership, NewRoom, Role, Room, RoomCreated, RoomKind, RoomPatch,
};
use chat_core::testing::Cluster;
use chat_core::{ErrorKind, Result, RoomId, Timestamp, UserId};
use parking_lot::Mutex;

use crate::{mutants, pause};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bug {
    CreatesOver,
    DropsMutes,
    ManyDirectRooms,
    JoinsPairs,
    JoinsAgain,
    ForgivesBans,
    BansInTwoSteps,
    ReadsOldRooms,
    CountsAtCreation,
    ListsNobody,
    MakesMembers,
    ListsWithoutCase,
    ListsByOffset,
    WritesWholeRooms,
    WritesWholeMembers,
    WasAlwaysThere,
}

/// The store in memory with a bug before it.
#[derive(Debug, Clone)]
struct Broken {
    bug: Bug,
    right: MemoryRooms,
    pairs: Arc<Mutex<HashMap<String, RoomId>>>,
    /// Of this handle alone.
    old: Arc<Mutex<HashMap<RoomId, Room>>>,
    offset: Arc<Mutex<usize>>,
}

async fn broken(nodes: usize, bug: Bug) -> Cluster<dyn RoomStore> {
    let (right, pairs) = (MemoryRooms::new(), Arc::default());
    let handle = |_| {
        Arc::new(Broken {
            bug,
            right: right.clone(),
            pairs: Arc::clone(&pairs),
            old: Arc::default(),
            offset: Arc::default(),
        }) as _
    };
    Cluster::new((0..nodes).map(handle).collect())
}

#[async_trait]
impl RoomStore for Broken {
    async fn create_room(&self, mut room: NewRoom) -> Result<RoomCreated> {
        let (id, kind) = (room.id.clone(), room.kind);
        if self.bug == Bug::ManyDirectRooms {
            room.kind = RoomKind::Group;
        }
        if self.bug == Bug::DropsMutes {
            for member in &mut room.members {
                member.muted_until = None;
            }
        }
        if self.bug == Bug::JoinsPairs && kind == RoomKind::Direct {
            let mut users: Vec<&str> = room.members.iter().map(|m| m.user_id.as_str()).collect();
            users.sort_unstable();
            let pair = users.join(":");
            let first = self.pairs.lock().entry(pair).or_insert(id.clone()).clone();
            if let Some(room) = self.right.room(&first).await? {
                return Ok(RoomCreated {
                    room,
                    existed: true,
                });
            }
        }
        match self.right.create_room(room).await {
            Err(e) if self.bug == Bug::CreatesOver && e.kind() == ErrorKind::Conflict => {
                let there = self.right.room(&id).await?;
                let room = there.ok_or(e)?;
                Ok(RoomCreated {
                    room,
                    existed: false,
                })
            }
            created => {
                let mut created = created?;
                created.room.kind = kind;
                let room = created.room.clone();
                self.old.lock().insert(room.id.clone(), room);
                Ok(created)
            }
        }
    }

    async fn room(&self, id: &RoomId) -> Result<Option<Room>> {
        let old = self.old.lock().get(id).cloned();
        let mut room = self.right.room(id).await?;
        if let (Some(old), Some(room)) = (old, &mut room) {
            match self.bug {
                Bug::ReadsOldRooms => *room = old,
                Bug::CountsAtCreation => room.member_count = old.member_count,
                _ => {}
            }
        } else if let Some(room) = &room {
            self.old.lock().insert(id.clone(), room.clone());
        }
        Ok(room)
    }

    async fn update_room(&self, id: &RoomId, patch: &RoomPatch) -> Result<Room> {
        let old = self.right.room(id).await?;
        let (Bug::WritesWholeRooms, Some(old)) = (self.bug, old) else {
            return self.right.update_room(id, patch).await;
        };
        pause().await;
        let patch = patch.clone();
        let whole = RoomPatch {
            name: Some(patch.name.unwrap_or(old.name)),
            metadata: Some(patch.metadata.unwrap_or(old.metadata)),
            settings: Some(patch.settings.unwrap_or(old.settings)),
            owner_id: patch.owner_id.or(old.owner_id),
        };
        self.right.update_room(id, &whole).await
    }

    async fn delete_room(&self, id: &RoomId) -> Result<bool> {
        let there = self.right.delete_room(id).await?;
        Ok(there || self.bug == Bug::WasAlwaysThere)
    }

    async fn memberships(&self, id: &RoomId, users: &[UserId]) -> Result<Vec<Option<Membership>>> {
        self.right.memberships(id, users).await
    }

    async fn members(
        &self,
        id: &RoomId,
        after: Option<&UserId>,
        limit: usize,
    ) -> Result<Vec<Member>> {
        let right = self.right.members(id, after, limit).await;
        match self.bug {
            Bug::ListsNobody if right.is_err() => Ok(Vec::new()),
            Bug::ListsWithoutCase => {
                let mut all = self.right.members(id, None, 10_000).await?;
                all.sort_by_key(|m| m.user_id.as_str().to_lowercase());
                let from = all.iter().position(|m| Some(&m.user_id) == after);
                let behind = all.into_iter().skip(from.map_or(0, |n| n + 1));
                Ok(behind.take(limit).collect())
            }
            Bug::ListsByOffset => {
                let all = self.right.members(id, None, 10_000).await?;
                let mut offset = self.offset.lock();
                *offset = if after.is_some() { *offset + limit } else { 0 };
                Ok(all.into_iter().skip(*offset).take(limit).collect())
            }
            _ => right,
        }
    }

    async fn add_member(&self, id: &RoomId, member: &Member) -> Result<bool> {
        match self.right.add_member(id, member).await {
            Err(e) if self.bug == Bug::ForgivesBans && e.kind() == ErrorKind::Forbidden => {
                self.right.unban(id, &member.user_id).await?;
                self.right.add_member(id, member).await
            }
            Ok(_) if self.bug == Bug::JoinsAgain => Ok(true),
            joined => joined,
        }
    }

    async fn update_member(
        &self,
        id: &RoomId,
        user: &UserId,
        patch: &MemberPatch,
    ) -> Result<Member> {
        let mut patch = patch.clone();
        let mut found = self
            .right
            .memberships(id, std::slice::from_ref(user))
            .await?;
        let old = found.pop().flatten();
        match (self.bug, old.as_ref().and_then(Membership::member)) {
            (Bug::WritesWholeMembers, Some(old)) => {
                pause().await;
                patch.role = patch.role.or(Some(old.role));
                patch.muted_until = patch.muted_until.or(Some(old.muted_until));
            }
            (Bug::MakesMembers, None) => {
                let new = Member::new(user.clone(), Role::Member, Timestamp::from_millis(0));
                self.right.unban(id, user).await?;
                self.right.add_member(id, &new).await?;
            }
            _ => {}
        }
        self.right.update_member(id, user, &patch).await
    }

    async fn remove_member(&self, id: &RoomId, user: &UserId) -> Result<Option<Member>> {
        self.right.remove_member(id, user).await
    }

    async fn ban(&self, id: &RoomId, ban: &Ban) -> Result<Option<Member>> {
        if self.bug != Bug::BansInTwoSteps {
            return self.right.ban(id, ban).await;
        }
        let was = self.right.remove_member(id, &ban.user_id).await?;
        pause().await;
        self.right.ban(id, ban).await?;
        Ok(was)
    }

    async fn unban(&self, id: &RoomId, user: &UserId) -> Result<bool> {
        self.right.unban(id, user).await
    }

    async fn bans(&self, id: &RoomId, after: Option<&UserId>, limit: usize) -> Result<Vec<Ban>> {
        self.right.bans(id, after, limit).await
    }

    async fn rooms_of(
        &self,
        user: &UserId,
        after: Option<&RoomId>,
        limit: usize,
    ) -> Result<Vec<(Room, Member)>> {
        self.right.rooms_of(user, after, limit).await
    }
}

mutants! {
    rooms, broken;
    creates_over_a_room: Bug::CreatesOver,
        "one_of_many_creations_at_once_succeeds", "RoomStore contract 1 (creation)";
    creates_over_a_room_of_before: Bug::CreatesOver,
        "a_taken_id_stays_as_it_was", "RoomStore contract 1 (creation)";
    drops_a_field: Bug::DropsMutes,
        "a_room_comes_back_as_it_was", "RoomStore contract 1 (creation)";
    makes_many_direct_rooms: Bug::ManyDirectRooms,
        "two_users_have_one_direct_room", "RoomStore contract 2 (direct rooms)";
    makes_a_second_direct_room: Bug::ManyDirectRooms,
        "a_second_creation_returns_the_first_room", "RoomStore contract 2 (direct rooms)";
    joins_the_ids_of_a_pair: Bug::JoinsPairs,
        "pairs_do_not_mix", "RoomStore contract 2 (direct rooms)";
    joins_once_more: Bug::JoinsAgain,
        "joining_twice_changes_nothing", "RoomStore contract 3 (joining)";
    forgives_bans: Bug::ForgivesBans,
        "a_ban_keeps_out_until_it_ends", "RoomStore contract 3 (joining)";
    forgives_bans_at_once: Bug::ForgivesBans,
        "joins_and_bans_at_once_end_banned", "RoomStore contract 4 (bans)";
    bans_in_two_steps: Bug::BansInTwoSteps,
        "a_ban_removes_in_the_same_step", "RoomStore contract 4 (bans)";
    reads_old_rooms: Bug::ReadsOldRooms,
        "a_write_is_seen_on_every_handle", "RoomStore contract 5 (visibility)";
    counts_at_creation: Bug::CountsAtCreation,
        "the_count_is_right_after_joins_and_leaves_at_once", "RoomStore contract 6 (member count)";
    lists_nobody_where_nothing_is: Bug::ListsNobody,
        "what_names_no_room_says_so", "RoomStore contract 7 (not found)";
    makes_a_member_of_a_stranger: Bug::MakesMembers,
        "who_is_no_member_is_said_so", "RoomStore contract 7 (not found)";
    lists_without_case: Bug::ListsWithoutCase,
        "members_are_listed_by_user", "RoomStore contract 8 (lists)";
    lists_by_offset: Bug::ListsByOffset,
        "lists_miss_nobody_while_others_come_and_go", "RoomStore contract 8 (lists)";
    writes_whole_rooms: Bug::WritesWholeRooms,
        "no_patch_of_a_room_is_lost", "RoomStore::update_room";
    writes_whole_members: Bug::WritesWholeMembers,
        "no_patch_of_a_member_is_lost", "RoomStore::update_member";
    was_there_for_every_deletion: Bug::WasAlwaysThere,
        "a_deleted_room_leaves_nothing", "RoomStore::delete_room";
}
