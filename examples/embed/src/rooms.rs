use std::ops::Bound;
use std::sync::Arc;

use async_trait::async_trait;
use chat_core::backend::RoomStore;
use chat_core::model::{
    Ban, Member, MemberPatch, Membership, Metadata, NewRoom, Role, Room, RoomCreated, RoomKind,
    RoomPatch, RoomSettings,
};
use chat_core::{Error, ErrorKind, Result, RoomId, UserId};

use crate::teams::{Person, Team, Teams};
use crate::users::Users;

/// Exposes the app's teams as rooms with the same ids. Keeps no data itself.
#[derive(Debug)]
pub(crate) struct TeamRooms {
    users: Arc<Users>,
    teams: Arc<Teams>,
}

impl TeamRooms {
    pub(crate) const fn new(users: Arc<Users>, teams: Arc<Teams>) -> Self {
        Self { users, teams }
    }

    fn team(&self, room: &RoomId) -> Result<Team> {
        self.teams
            .get(room.as_str())
            .ok_or_else(Error::room_not_found)
    }
}

/// Rejects an operation that the app does not support.
fn refused<T>() -> Result<T> {
    Err(Error::new(
        ErrorKind::Forbidden,
        "team rooms do not support this change",
    ))
}

fn room(id: RoomId, team: &Team) -> Room {
    // In a group, only members of the team can join.
    let kind = RoomKind::Group;
    Room {
        id,
        kind,
        name: Some(team.name.clone()),
        owner_id: None,
        created_at: team.since,
        member_count: team.people.len() as u64,
        metadata: Metadata::new(),
        settings: RoomSettings::for_kind(kind),
        creation_key: None,
    }
}

fn member(user: UserId, person: &Person) -> Member {
    let role = if person.lead {
        Role::Moderator
    } else {
        Role::Member
    };
    Member::new(user, role, person.since)
}

#[async_trait]
impl RoomStore for TeamRooms {
    async fn room(&self, id: &RoomId) -> Result<Option<Room>> {
        let team = self.teams.get(id.as_str());
        Ok(team.map(|team| room(id.clone(), &team)))
    }

    async fn memberships(
        &self,
        room: &RoomId,
        users: &[UserId],
    ) -> Result<Vec<Option<Membership>>> {
        let team = self.teams.get(room.as_str());
        let of = |user: &UserId| {
            let person = team.as_ref()?.people.get(user.as_str())?;
            Some(Membership::Member(member(user.clone(), person)))
        };
        Ok(users.iter().map(of).collect())
    }

    async fn members(
        &self,
        room: &RoomId,
        after: Option<&UserId>,
        limit: usize,
    ) -> Result<Vec<Member>> {
        let after = after.map_or(Bound::Unbounded, |user| Bound::Excluded(user.as_str()));
        self.team(room)?
            .people
            .range::<str, _>((after, Bound::Unbounded))
            .take(limit)
            .map(|(name, person)| Ok(member(UserId::new(name)?, person)))
            .collect()
    }

    async fn rooms_of(
        &self,
        user: &UserId,
        after: Option<&RoomId>,
        limit: usize,
    ) -> Result<Vec<(Room, Member)>> {
        self.teams
            .of(user.as_str())
            .into_iter()
            .filter(|(id, _)| after.is_none_or(|after| id.as_str() > after.as_str()))
            .take(limit)
            .filter_map(|(id, team)| {
                let person = team.people.get(user.as_str())?;
                let member = member(user.clone(), person);
                Some(RoomId::new(id).map(|id| (room(id, &team), member)))
            })
            .map(|entry| Ok(entry?))
            .collect()
    }

    // The engine has checked the caller's permission. These methods check the rules of the teams.

    async fn add_member(&self, room: &RoomId, member: &Member) -> Result<bool> {
        // The app appoints leads itself, and has no guests.
        if member.role != Role::Member {
            return refused();
        }
        let name = member.user_id.as_str();
        if !self.users.exists(name) {
            return Err(Error::new(ErrorKind::Invalid, "no such user"));
        }
        let person = Person {
            lead: false,
            since: member.joined_at,
        };
        let added = self.teams.add(room.as_str(), name, person);
        added.ok_or_else(Error::room_not_found)
    }

    async fn remove_member(&self, room: &RoomId, user: &UserId) -> Result<Option<Member>> {
        let removed = self.teams.remove(room.as_str(), user.as_str());
        let removed = removed.ok_or_else(Error::room_not_found)?;
        Ok(removed.map(|person| member(user.clone(), &person)))
    }

    async fn create_room(&self, _: NewRoom) -> Result<RoomCreated> {
        refused()
    }

    async fn update_room(&self, _: &RoomId, _: &RoomPatch) -> Result<Room> {
        refused()
    }

    async fn transfer_room(&self, _: &RoomId, _: Option<&UserId>, _: &UserId) -> Result<Room> {
        refused()
    }

    async fn delete_room(&self, _: &RoomId) -> Result<bool> {
        refused()
    }

    async fn update_member(&self, _: &RoomId, _: &UserId, _: &MemberPatch) -> Result<Member> {
        refused()
    }

    async fn ban(&self, _: &RoomId, _: &Ban) -> Result<Option<Member>> {
        refused()
    }

    async fn unban(&self, room: &RoomId, _: &UserId) -> Result<bool> {
        self.team(room)?;
        Ok(false)
    }

    async fn bans(&self, room: &RoomId, _: Option<&UserId>, _: usize) -> Result<Vec<Ban>> {
        self.team(room)?;
        Ok(Vec::new())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use chat_core::Timestamp;

    use super::*;

    fn rooms() -> TeamRooms {
        TeamRooms::new(Arc::new(Users::demo()), Arc::new(Teams::demo()))
    }

    fn id(id: &str) -> RoomId {
        RoomId::new(id).unwrap()
    }

    fn user(name: &str) -> UserId {
        UserId::new(name).unwrap()
    }

    #[tokio::test]
    async fn teams_read_as_rooms() {
        let rooms = rooms();
        let design = rooms.room(&id("design")).await.unwrap().unwrap();
        assert_eq!(design.name.as_deref(), Some("Design"));
        assert_eq!((design.kind, design.member_count), (RoomKind::Group, 2));
        assert!(rooms.room(&id("nowhere")).await.unwrap().is_none());

        let users = [user("carol"), user("bob"), user("alice")];
        let roles: Vec<_> = rooms
            .memberships(&id("design"), &users)
            .await
            .unwrap()
            .iter()
            .map(|m| m.as_ref().and_then(Membership::member).map(|m| m.role))
            .collect();
        assert_eq!(roles, [None, Some(Role::Member), Some(Role::Moderator)]);
    }

    #[tokio::test]
    async fn lists_go_on_after_the_last_one() {
        let rooms = rooms();
        let first = rooms.members(&id("design"), None, 1).await.unwrap();
        assert_eq!(first[0].user_id, user("alice"));
        let after = Some(&first[0].user_id);
        let rest = rooms.members(&id("design"), after, 9).await.unwrap();
        assert_eq!(rest.len(), 1);
        assert_eq!(rest[0].user_id, user("bob"));

        let first = rooms.rooms_of(&user("bob"), None, 1).await.unwrap();
        assert_eq!(first[0].0.id, id("design"));
        let after = Some(&first[0].0.id);
        let rest = rooms.rooms_of(&user("bob"), after, 9).await.unwrap();
        assert_eq!(rest.len(), 1);
        assert_eq!(rest[0].0.id, id("engine"));
    }

    #[tokio::test]
    async fn the_app_s_users_come_and_go_as_plain_members() {
        let rooms = rooms();
        let design = id("design");
        let member = |name, role| Member::new(user(name), role, Timestamp::from_millis(0));
        let add = async |name, role| rooms.add_member(&design, &member(name, role)).await;

        assert!(add("carol", Role::Member).await.unwrap());
        assert!(!add("carol", Role::Member).await.unwrap());
        assert!(!add("alice", Role::Member).await.unwrap());
        let roles = rooms.memberships(&design, &[user("alice")]).await.unwrap();
        let alice = roles[0].as_ref().and_then(Membership::member).unwrap();
        assert_eq!(alice.role, Role::Moderator, "still the lead");

        let error = add("bob", Role::Admin).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Forbidden);
        let error = add("mallory", Role::Member).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid);

        let gone = rooms.remove_member(&design, &user("carol")).await.unwrap();
        assert_eq!(gone.unwrap().user_id, user("carol"));
        let none = rooms.remove_member(&design, &user("carol")).await.unwrap();
        assert!(none.is_none());
    }
}
