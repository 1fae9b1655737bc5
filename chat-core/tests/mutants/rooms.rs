use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use chat_core::backend::RoomStore;
use chat_core::memory::MemoryRooms;
use chat_core::model::{
    Ban, Member, MemberPatch, Membership, NewRoom, Role, Room, RoomCreated, RoomKind, RoomPatch,
    RoomSettings, RoomSettingsPatch,
};
use chat_core::testing::Cluster;
use chat_core::{Result, RoomId, UserId};
use parking_lot::Mutex;

use crate::{mutants, pause};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bug {
    Overwrites,
    ChecksBeforeItCreates,
    DropsSettings,
    DropsCreationKeys,
    IgnoresCase,
    KeepsBans,
    ManyDirectRooms,
    ChecksBeforeItPairs,
    JoinsPairs,
    JoinsTwice,
    BansByItsClock,
    BansInTwoSteps,
    ChecksBeforeItJoins,
    Caches,
    WritesWholeRooms,
    WritesWholeSettings,
    WritesWholeMembers,
    DropsShadowMutes,
    TransfersInTwoSteps,
    ChecksBeforeItTransfers,
    MakesStrangersOwners,
    CountsCalls,
    JoinsWhatWasDeleted,
    EmptyForUnknown,
    UpdatesStrangers,
    Descends,
    LooksForTheAnchor,
    ForgetsRooms,
}

/// State shared by all handles besides the rooms.
#[derive(Debug, Default)]
struct Kept {
    bans: Vec<(RoomId, Ban)>,
    pairs: HashMap<String, RoomId>,
    joins: HashMap<RoomId, u64>,
    ghosts: Vec<(Room, Member)>,
}

/// The in-memory room store with one bug.
#[derive(Debug)]
struct Wrong {
    bug: Bug,
    inner: MemoryRooms,
    kept: Arc<Mutex<Kept>>,
    /// Cached per handle.
    cache: Mutex<HashMap<RoomId, Room>>,
}

async fn wrong(nodes: usize, bug: Bug) -> Cluster<dyn RoomStore> {
    let (inner, kept) = (MemoryRooms::new(), Arc::default());
    let node = |_| {
        Arc::new(Wrong {
            bug,
            inner: MemoryRooms::clone(&inner),
            kept: Arc::clone(&kept),
            cache: Mutex::default(),
        }) as _
    };
    Cluster::new((0..nodes).map(node).collect())
}

impl Wrong {
    fn id(&self, id: &RoomId) -> RoomId {
        if self.bug == Bug::IgnoresCase {
            return RoomId::new(id.as_str().to_lowercase()).unwrap();
        }
        id.clone()
    }

    /// Creates the one direct room of a pair, as the bug decides.
    async fn create_direct(&self, mut new: NewRoom) -> Result<RoomCreated> {
        let mut users: Vec<&str> = new.members.iter().map(|m| m.user_id.as_str()).collect();
        users.sort_unstable();
        let separator = if self.bug == Bug::JoinsPairs {
            ":"
        } else {
            "\n"
        };
        let key = users.join(separator);
        let mut known = self.kept.lock().pairs.get(&key).cloned();
        match self.bug {
            Bug::ChecksBeforeItPairs => pause().await,
            Bug::ManyDirectRooms => known = None,
            _ => {}
        }
        let (room, existed) = if let Some(known) = known {
            (self.inner.room(&known).await?, true)
        } else {
            self.kept.lock().pairs.insert(key, new.id.clone());
            new.kind = RoomKind::Group;
            (Some(self.inner.create_room(new).await?.room), false)
        };
        let mut room = room.unwrap();
        room.kind = RoomKind::Direct;
        Ok(RoomCreated { room, existed })
    }
}

#[async_trait]
impl RoomStore for Wrong {
    async fn create_room(&self, mut new: NewRoom) -> Result<RoomCreated> {
        new.id = self.id(&new.id);
        let id = new.id.clone();
        match self.bug {
            Bug::Overwrites => {
                self.inner.delete_room(&id).await?;
            }
            Bug::ChecksBeforeItCreates if self.inner.room(&id).await?.is_none() => {
                pause().await;
                self.inner.delete_room(&id).await?;
            }
            Bug::DropsSettings => new.settings = RoomSettings::default(),
            Bug::DropsCreationKeys => new.creation_key = None,
            Bug::ManyDirectRooms | Bug::ChecksBeforeItPairs | Bug::JoinsPairs
                if new.kind == RoomKind::Direct =>
            {
                return self.create_direct(new).await;
            }
            _ => {}
        }
        let created = self.inner.create_room(new).await?;
        let bans = std::mem::take(&mut self.kept.lock().bans);
        for (_, ban) in bans.into_iter().filter(|(of, _)| *of == id) {
            self.inner.ban(&id, &ban).await?;
        }
        Ok(created)
    }

    async fn room(&self, id: &RoomId) -> Result<Option<Room>> {
        if self.bug == Bug::Caches
            && let Some(known) = self.cache.lock().get(id)
        {
            return Ok(Some(known.clone()));
        }
        let mut room = self.inner.room(&self.id(id)).await?;
        if let Some(room) = &mut room {
            self.cache.lock().insert(id.clone(), room.clone());
            if self.bug == Bug::CountsCalls {
                room.member_count += self.kept.lock().joins.get(id).copied().unwrap_or(0);
            }
        }
        Ok(room)
    }

    async fn update_room(&self, id: &RoomId, patch: &RoomPatch) -> Result<Room> {
        let mut patch = patch.clone();
        if self.bug == Bug::WritesWholeRooms
            && let Some(room) = self.inner.room(id).await?
        {
            pause().await;
            patch.name.get_or_insert(room.name);
            patch.metadata.get_or_insert(room.metadata);
            if patch.settings == RoomSettingsPatch::default() {
                patch.settings = room.settings.into();
            }
        }
        if self.bug == Bug::WritesWholeSettings
            && patch.settings != RoomSettingsPatch::default()
            && let Some(mut room) = self.inner.room(id).await?
        {
            pause().await;
            patch.settings.apply(&mut room.settings);
            patch.settings = room.settings.into();
        }
        self.inner.update_room(&self.id(id), &patch).await
    }

    async fn transfer_room(&self, id: &RoomId, from: Option<&UserId>, to: &UserId) -> Result<Room> {
        let id = &self.id(id);
        match self.bug {
            Bug::TransfersInTwoSteps => {
                let owner = MemberPatch {
                    role: Some(Role::Owner),
                    ..MemberPatch::default()
                };
                self.inner.update_member(id, to, &owner).await?;
                pause().await;
            }
            Bug::ChecksBeforeItTransfers => {
                let owner = async || self.inner.room(id).await.unwrap().unwrap().owner_id;
                if owner().await.as_ref() == from {
                    pause().await;
                    let now = owner().await;
                    return self.inner.transfer_room(id, now.as_ref(), to).await;
                }
            }
            Bug::MakesStrangersOwners => {
                let new = Member::new(to.clone(), Role::Member, crate::now());
                self.inner.add_member(id, &new).await?;
            }
            _ => {}
        }
        self.inner.transfer_room(id, from, to).await
    }

    async fn delete_room(&self, id: &RoomId) -> Result<bool> {
        if self.bug == Bug::KeepsBans {
            let bans = self.inner.bans(id, None, 100).await.unwrap_or_default();
            let bans = bans.into_iter().map(|b| (id.clone(), b));
            self.kept.lock().bans.extend(bans);
        }
        self.inner.delete_room(&self.id(id)).await
    }

    async fn memberships(
        &self,
        room: &RoomId,
        users: &[UserId],
    ) -> Result<Vec<Option<Membership>>> {
        self.inner.memberships(&self.id(room), users).await
    }

    async fn members(
        &self,
        room: &RoomId,
        after: Option<&UserId>,
        limit: usize,
    ) -> Result<Vec<Member>> {
        let room = &self.id(room);
        if let (Bug::LooksForTheAnchor, Some(after)) = (self.bug, after) {
            let all = self.inner.members(room, None, usize::MAX).await?;
            let behind = all.into_iter().skip_while(|m| m.user_id != *after);
            return Ok(behind.skip(1).take(limit).collect());
        }
        let page = self.inner.members(room, after, limit).await;
        match self.bug {
            Bug::EmptyForUnknown => Ok(page.unwrap_or_default()),
            Bug::Descends => page.map(|p| p.into_iter().rev().collect()),
            _ => page,
        }
    }

    async fn add_member(&self, room: &RoomId, member: &Member) -> Result<bool> {
        let (room, user) = (&self.id(room), &member.user_id);
        let mut member = member.clone();
        let was = self.inner.room(room).await?;
        match self.bug {
            Bug::JoinsTwice => {
                self.inner.remove_member(room, user).await?;
            }
            Bug::BansByItsClock => member.joined_at = crate::now(),
            Bug::ChecksBeforeItJoins => {
                let standing = self
                    .inner
                    .memberships(room, std::slice::from_ref(user))
                    .await?;
                if standing == [None] {
                    pause().await;
                    self.inner.unban(room, user).await?;
                }
            }
            Bug::JoinsWhatWasDeleted => pause().await,
            _ => {}
        }
        let joined = self.inner.add_member(room, &member).await;
        if let (Bug::JoinsWhatWasDeleted, Err(_), Some(was)) = (self.bug, &joined, was) {
            self.kept.lock().ghosts.push((was, member));
            return Ok(true);
        }
        if let (Bug::CountsCalls, Ok(false)) = (self.bug, &joined) {
            *self.kept.lock().joins.entry(room.clone()).or_default() += 1;
        }
        joined
    }

    async fn update_member(
        &self,
        room: &RoomId,
        user: &UserId,
        patch: &MemberPatch,
    ) -> Result<Member> {
        let room = &self.id(room);
        let mut patch = patch.clone();
        if self.bug == Bug::WritesWholeMembers {
            let standing = self
                .inner
                .memberships(room, std::slice::from_ref(user))
                .await?;
            pause().await;
            if let Some(Membership::Member(member)) = &standing[0] {
                patch.role.get_or_insert(member.role);
                patch.muted_until.get_or_insert(member.muted_until);
                patch.notifications.get_or_insert(member.notifications);
                patch.shadow_muted.get_or_insert(member.shadow_muted);
            }
        }
        if self.bug == Bug::DropsShadowMutes {
            patch.shadow_muted = None;
        }
        let updated = self.inner.update_member(room, user, &patch).await;
        if self.bug == Bug::UpdatesStrangers && self.inner.room(room).await?.is_some() {
            return updated.or_else(|_| Ok(Member::new(user.clone(), Role::Member, crate::now())));
        }
        updated
    }

    async fn remove_member(&self, room: &RoomId, user: &UserId) -> Result<Option<Member>> {
        self.inner.remove_member(&self.id(room), user).await
    }

    async fn ban(&self, room: &RoomId, ban: &Ban) -> Result<Option<Member>> {
        let room = &self.id(room);
        if self.bug == Bug::BansInTwoSteps {
            let member = self.inner.remove_member(room, &ban.user_id).await?;
            pause().await;
            self.inner.ban(room, ban).await?;
            return Ok(member);
        }
        self.inner.ban(room, ban).await
    }

    async fn unban(&self, room: &RoomId, user: &UserId) -> Result<bool> {
        self.inner.unban(&self.id(room), user).await
    }

    async fn bans(&self, room: &RoomId, after: Option<&UserId>, limit: usize) -> Result<Vec<Ban>> {
        let page = self.inner.bans(&self.id(room), after, limit).await;
        match self.bug {
            Bug::Descends => page.map(|p| p.into_iter().rev().collect()),
            _ => page,
        }
    }

    async fn rooms_of(
        &self,
        user: &UserId,
        after: Option<&RoomId>,
        limit: usize,
    ) -> Result<Vec<(Room, Member)>> {
        let mut page = self.inner.rooms_of(user, after, limit).await?;
        let behind = |id: &RoomId| after.is_none_or(|after| id > after);
        let ghosts = self.kept.lock().ghosts.clone();
        let mine = |(room, member): &(Room, Member)| member.user_id == *user && behind(&room.id);
        page.extend(ghosts.into_iter().filter(mine));
        // A full page omits its last room.
        if self.bug == Bug::ForgetsRooms && page.len() == limit {
            page.remove(0);
        }
        Ok(page)
    }
}

mutants! {
    rooms;
    wrong {
        overwrites_a_room: Bug::Overwrites,
            "a_taken_id_stays_as_it_was", "RoomStore contract 1 (creation)";
        checks_before_it_creates: Bug::ChecksBeforeItCreates,
            "one_of_many_creations_at_once_succeeds", "RoomStore contract 1 (creation)";
        drops_settings: Bug::DropsSettings,
            "a_room_comes_back_as_it_was", "RoomStore contract 1 (creation)";
        drops_creation_keys: Bug::DropsCreationKeys,
            "a_room_comes_back_as_it_was", "RoomStore contract 1 (creation)";
        ignores_case: Bug::IgnoresCase,
            "rooms_do_not_mix", "RoomStore contract 1 (creation)";
        keeps_bans_of_a_deleted_room: Bug::KeepsBans,
            "a_deleted_room_leaves_nothing", "RoomStore::delete_room";
        makes_many_direct_rooms: Bug::ManyDirectRooms,
            "a_second_creation_returns_the_first_room", "RoomStore contract 2 (direct rooms)";
        checks_before_it_pairs: Bug::ChecksBeforeItPairs,
            "two_users_have_one_direct_room", "RoomStore contract 2 (direct rooms)";
        joins_two_ids_by_a_colon: Bug::JoinsPairs,
            "pairs_do_not_mix", "RoomStore contract 2 (direct rooms)";
        lets_join_twice: Bug::JoinsTwice,
            "joining_twice_changes_nothing", "RoomStore contract 3 (joining)";
        takes_the_time_from_its_own_clock: Bug::BansByItsClock,
            "a_ban_keeps_out_until_it_ends", "RoomStore contract 3 (joining)";
        bans_in_two_steps: Bug::BansInTwoSteps,
            "a_ban_removes_in_the_same_step", "RoomStore contract 4 (bans)";
        checks_for_bans_before_it_joins: Bug::ChecksBeforeItJoins,
            "joins_and_bans_at_once_end_banned", "RoomStore contract 4 (bans)";
        caches_rooms: Bug::Caches,
            "a_write_is_seen_on_every_handle", "RoomStore contract 5 (visibility)";
        loses_patches_of_rooms: Bug::WritesWholeRooms,
            "no_patch_of_a_room_is_lost", "RoomStore::update_room";
        loses_settings: Bug::WritesWholeSettings,
            "no_setting_is_lost", "RoomStore::update_room";
        loses_patches_of_members: Bug::WritesWholeMembers,
            "no_patch_of_a_member_is_lost", "RoomStore::update_member";
        drops_shadow_mutes: Bug::DropsShadowMutes,
            "no_patch_of_a_member_is_lost", "RoomStore::update_member";
        transfers_in_two_steps: Bug::TransfersInTwoSteps,
            "a_transfer_is_seen_in_whole_or_not_at_all", "RoomStore contract 9 (ownership)";
        checks_before_it_transfers: Bug::ChecksBeforeItTransfers,
            "of_many_transfers_at_once_one_succeeds", "RoomStore contract 9 (ownership)";
        makes_strangers_owners: Bug::MakesStrangersOwners,
            "a_transfer_that_is_refused_changes_nothing", "RoomStore contract 9 (ownership)";
        counts_joins_that_were_none: Bug::CountsCalls,
            "the_count_is_right_after_joins_and_leaves_at_once",
            "RoomStore contract 6 (member count)";
        counts_second_joins: Bug::CountsCalls,
            "joining_twice_changes_nothing", "RoomStore contract 6 (member count)";
        lets_join_what_was_deleted: Bug::JoinsWhatWasDeleted,
            "a_join_beside_a_deletion_leaves_no_trace", "RoomStore contract 6 (member count)";
        has_no_members_where_there_is_no_room: Bug::EmptyForUnknown,
            "what_names_no_room_says_so", "RoomStore contract 7 (not found)";
        updates_who_is_no_member: Bug::UpdatesStrangers,
            "who_is_no_member_is_said_so", "RoomStore contract 7 (not found)";
        lists_members_backward: Bug::Descends,
            "members_are_listed_by_user", "RoomStore contract 8 (lists)";
        lists_bans_backward: Bug::Descends,
            "bans_are_listed_by_user", "RoomStore contract 8 (lists)";
        leaves_rooms_out_of_a_list: Bug::ForgetsRooms,
            "rooms_are_listed_by_room", "RoomStore contract 8 (lists)";
        ends_a_list_where_its_anchor_left: Bug::LooksForTheAnchor,
            "lists_miss_nobody_while_others_come_and_go", "RoomStore contract 8 (lists)";
    }
}
