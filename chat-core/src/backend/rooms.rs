use std::fmt;

use async_trait::async_trait;

use crate::model::{Ban, Member, MemberPatch, Membership, NewRoom, Room, RoomCreated, RoomPatch};
use crate::{Result, RoomId, UserId};

/// Rooms and who is in them. Apart from [`MessageLog`](super::MessageLog) on purpose: an app
/// with groups of its own implements just this one.
///
/// # Contract
/// 1. `create_room` with a taken id is an error of kind `Conflict`, also when two create it at once; a
///    new room comes back as it was given, in all its fields.
/// 2. Two users have at most one direct room, whatever its id: a second creation returns the first
///    room with `existed`, also when both create it at once.
/// 3. `add_member` of a member changes nothing and returns `false`; of a user whose ban is in force
///    at `joined_at` it is an error of kind `Forbidden`; a ban no longer in force goes away.
/// 4. `ban` removes the member in the same step; there is no moment at which a user is neither
///    banned nor could become a member again.
/// 5. A read that starts after a write returned sees it, on every handle.
/// 6. `member_count` in [`Room`] counts the members, also under concurrent joins and leaves.
/// 7. What names a room that is not there is an error of kind `RoomNotFound`, but for `room`,
///    `memberships` and `delete_room`, which say so in their result. `update_member` of a user who is
///    no member is `NotAMember`.
/// 8. Lists are in ascending order of ids, without gaps or repeats for whoever is in them all the
///    time while pages are read.
/// 9. `transfer_room` is one atomic step: `owner_id` names the new owner, whose role is `Owner`, and
///    the one before, where they are a member, is an `Admin`; a read sees either all of it or nothing.
///    When the owner is not `from` (any more) it is an error of kind `Conflict`, when the new one is no
///    member `NotAMember`, and nothing changes; `from` to themself changes nothing.
///
/// # A minimal implementation
/// An app whose groups are fixed implements reading, and refuses the rest:
///
/// ```
/// use chat_core::backend::RoomStore;
/// use chat_core::model::*;
/// use chat_core::{Error, ErrorKind, Result, RoomId, UserId};
///
/// /// One room, and everybody is in it.
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
///     Err(Error::new(ErrorKind::Forbidden, "the lobby is all there is"))
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
    /// A room by its id.
    async fn room(&self, id: &RoomId) -> Result<Option<Room>>;
    /// Changes what the patch names, each setting by itself, in one atomic step: of two changes at
    /// once, none is lost.
    async fn update_room(&self, id: &RoomId, patch: &RoomPatch) -> Result<Room>;
    /// Makes a member the owner in place of `from`; `None` is the app. Returns the room as it is then.
    async fn transfer_room(&self, id: &RoomId, from: Option<&UserId>, to: &UserId) -> Result<Room>;
    /// Deletes a room with its members and bans. Returns whether it was there.
    async fn delete_room(&self, id: &RoomId) -> Result<bool>;
    /// How these users stand to a room, in the order asked; all `None` when there is no such room.
    async fn memberships(&self, room: &RoomId, users: &[UserId])
    -> Result<Vec<Option<Membership>>>;
    /// The members after this one, by user id.
    async fn members(
        &self,
        room: &RoomId,
        after: Option<&UserId>,
        limit: usize,
    ) -> Result<Vec<Member>>;
    /// Adds a member. Returns whether they were none before.
    async fn add_member(&self, room: &RoomId, member: &Member) -> Result<bool>;
    /// Changes what the patch names, in one atomic step.
    async fn update_member(
        &self,
        room: &RoomId,
        user: &UserId,
        patch: &MemberPatch,
    ) -> Result<Member>;
    /// Removes a member. Returns them as they were, if they were one.
    async fn remove_member(&self, room: &RoomId, user: &UserId) -> Result<Option<Member>>;
    /// Bans a user, in place of an earlier ban. Returns the member they were, if they were one.
    async fn ban(&self, room: &RoomId, ban: &Ban) -> Result<Option<Member>>;
    /// Ends a ban. Returns whether there was one.
    async fn unban(&self, room: &RoomId, user: &UserId) -> Result<bool>;
    /// The bans after this user's, by user id, those no longer in force left out or not.
    async fn bans(&self, room: &RoomId, after: Option<&UserId>, limit: usize) -> Result<Vec<Ban>>;
    /// The rooms a user is a member of after this one, by room id.
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
