use std::fmt;

use async_trait::async_trait;

use crate::model::{Ban, Member, MemberPatch, Membership, NewRoom, Room, RoomCreated, RoomPatch};
use crate::{Result, RoomId, UserId};

/// A store of rooms, members and bans.
///
/// It is separate from [`MessageLog`](super::MessageLog) so that an app with existing groups
/// can implement this trait alone.
///
/// # Contract
/// 1. `create_room` fails with `Conflict` if the id is taken, also under concurrent creation. It
///    returns a new room with every field as given.
/// 2. Two users have at most one direct room, whatever its id. A second creation returns the first
///    room with `existed` set, also under concurrent creation.
/// 3. `add_member` of an existing member changes nothing and returns `false`. It fails with
///    `Forbidden` if a ban of the user is in force at `joined_at`, and removes a ban that has
///    ended.
/// 4. `ban` removes the member in the same atomic step. A banned user cannot rejoin in between.
/// 5. A read that starts after a write returned sees that write, on every handle.
/// 6. `member_count` in [`Room`] equals the number of members, also under concurrent joins and
///    leaves.
/// 7. A method fails with `RoomNotFound` if the room does not exist, except `room`, `memberships`
///    and `delete_room`, which report it in their result. `update_member` fails with `NotAMember`
///    if the user is not a member.
/// 8. Lists are in ascending order of ids. Reading page after page neither skips nor repeats an
///    entry that exists throughout.
/// 9. `transfer_room` is atomic: it sets `owner_id`, gives the new owner the role `Owner`, and
///    gives the previous owner, if still a member, the role `Admin`. A read sees all of it or
///    nothing. It changes nothing and fails with `Conflict` if `from` is not the owner, or with
///    `NotAMember` if `to` is not a member. A transfer from the owner to the owner changes nothing.
///
/// # A minimal implementation
/// An app with fixed groups implements the reads and rejects the writes:
///
/// ```
/// use chat_core::backend::RoomStore;
/// use chat_core::model::*;
/// use chat_core::{Error, ErrorKind, Result, RoomId, UserId};
///
/// /// One room with every user in it.
/// #[derive(Debug)]
/// struct Lobby(Room);
///
/// impl Lobby {
///     fn member(&self, user: &UserId) -> Member {
///         Member::new(user.clone(), Role::Member, self.0.created_at)
///     }
/// }
///
/// fn fixed<T>() -> Result<T> {
///     Err(Error::new(ErrorKind::Forbidden, "the lobby cannot be changed"))
/// }
///
/// #[async_trait::async_trait]
/// impl RoomStore for Lobby {
///     async fn create_room(&self, _: NewRoom) -> Result<RoomCreated> { fixed() }
///     async fn room(&self, id: &RoomId) -> Result<Option<Room>> {
///         Ok((*id == self.0.id).then(|| self.0.clone()))
///     }
///     async fn update_room(&self, _: &RoomId, _: &RoomPatch) -> Result<Room> { fixed() }
///     async fn transfer_room(&self, _: &RoomId, _: Option<&UserId>, _: &UserId) -> Result<Room> { fixed() }
///     async fn delete_room(&self, _: &RoomId) -> Result<bool> { fixed() }
///     async fn memberships(&self, room: &RoomId, users: &[UserId]) -> Result<Vec<Option<Membership>>> {
///         let here = *room == self.0.id;
///         Ok(users.iter().map(|u| here.then(|| Membership::Member(self.member(u)))).collect())
///     }
///     async fn members(&self, _: &RoomId, _: Option<&UserId>, _: usize) -> Result<Vec<Member>> { Ok(vec![]) }
///     async fn add_member(&self, _: &RoomId, _: &Member) -> Result<bool> { Ok(false) }
///     async fn update_member(&self, _: &RoomId, _: &UserId, _: &MemberPatch) -> Result<Member> { fixed() }
///     async fn remove_member(&self, _: &RoomId, _: &UserId) -> Result<Option<Member>> { fixed() }
///     async fn ban(&self, _: &RoomId, _: &Ban) -> Result<Option<Member>> { fixed() }
///     async fn unban(&self, _: &RoomId, _: &UserId) -> Result<bool> { fixed() }
///     async fn bans(&self, _: &RoomId, _: Option<&UserId>, _: usize) -> Result<Vec<Ban>> { Ok(vec![]) }
///     async fn rooms_of(&self, _: &UserId, _: Option<&RoomId>, _: usize) -> Result<Vec<(Room, Member)>> {
///         Ok(vec![])
///     }
/// }
/// ```
#[async_trait]
pub trait RoomStore: fmt::Debug + Send + Sync + 'static {
    /// Creates a room with its first members.
    async fn create_room(&self, room: NewRoom) -> Result<RoomCreated>;
    /// Returns a room by its id.
    async fn room(&self, id: &RoomId) -> Result<Option<Room>>;
    /// Applies a patch atomically and returns the updated room. Concurrent patches of different
    /// fields or settings all take effect.
    async fn update_room(&self, id: &RoomId, patch: &RoomPatch) -> Result<Room>;
    /// Transfers ownership from `from` to a member and returns the updated room. `None` stands for
    /// the app.
    async fn transfer_room(&self, id: &RoomId, from: Option<&UserId>, to: &UserId) -> Result<Room>;
    /// Deletes a room with its members and bans. Returns `true` if it existed.
    async fn delete_room(&self, id: &RoomId) -> Result<bool>;
    /// Returns the membership or ban of each of these users, in the given order. Every entry is
    /// `None` if the room does not exist.
    async fn memberships(&self, room: &RoomId, users: &[UserId])
    -> Result<Vec<Option<Membership>>>;
    /// Returns up to `limit` members whose user id is greater than `after`.
    async fn members(
        &self,
        room: &RoomId,
        after: Option<&UserId>,
        limit: usize,
    ) -> Result<Vec<Member>>;
    /// Adds a member. Returns `true` if the user was not a member before.
    async fn add_member(&self, room: &RoomId, member: &Member) -> Result<bool>;
    /// Applies a patch atomically and returns the updated member.
    async fn update_member(
        &self,
        room: &RoomId,
        user: &UserId,
        patch: &MemberPatch,
    ) -> Result<Member>;
    /// Removes a member and returns the removed entry, or `None` if the user was not a member.
    async fn remove_member(&self, room: &RoomId, user: &UserId) -> Result<Option<Member>>;
    /// Bans a user, replacing any earlier ban. Returns the removed member, or `None` if the user
    /// was not a member.
    async fn ban(&self, room: &RoomId, ban: &Ban) -> Result<Option<Member>>;
    /// Lifts a ban. Returns `true` if there was one.
    async fn unban(&self, room: &RoomId, user: &UserId) -> Result<bool>;
    /// Returns up to `limit` bans whose user id is greater than `after`. Bans that have ended may
    /// be left out.
    async fn bans(&self, room: &RoomId, after: Option<&UserId>, limit: usize) -> Result<Vec<Ban>>;
    /// Returns up to `limit` rooms of a user, with the user's membership, whose room id is greater
    /// than `after`.
    async fn rooms_of(
        &self,
        user: &UserId,
        after: Option<&RoomId>,
        limit: usize,
    ) -> Result<Vec<(Room, Member)>>;
}

store!(RoomStore {
    async fn create_room(&self, room: NewRoom) -> Result<RoomCreated>;
    async fn room(&self, id: &RoomId) -> Result<Option<Room>>;
    async fn update_room(&self, id: &RoomId, patch: &RoomPatch) -> Result<Room>;
    async fn transfer_room(&self, id: &RoomId, from: Option<&UserId>, to: &UserId) -> Result<Room>;
    async fn delete_room(&self, id: &RoomId) -> Result<bool>;
    async fn memberships(&self, room: &RoomId, users: &[UserId]) -> Result<Vec<Option<Membership>>>;
    async fn members(&self, room: &RoomId, after: Option<&UserId>, limit: usize) -> Result<Vec<Member>>;
    async fn add_member(&self, room: &RoomId, member: &Member) -> Result<bool>;
    async fn update_member(&self, room: &RoomId, user: &UserId, patch: &MemberPatch) -> Result<Member>;
    async fn remove_member(&self, room: &RoomId, user: &UserId) -> Result<Option<Member>>;
    async fn ban(&self, room: &RoomId, ban: &Ban) -> Result<Option<Member>>;
    async fn unban(&self, room: &RoomId, user: &UserId) -> Result<bool>;
    async fn bans(&self, room: &RoomId, after: Option<&UserId>, limit: usize) -> Result<Vec<Ban>>;
    async fn rooms_of(&self, user: &UserId, after: Option<&RoomId>, limit: usize) -> Result<Vec<(Room, Member)>>;
});
