//! The steps of transactions.

use chat_core::model::{Ban, Member, Membership, NewRoom, Role, Room};
use chat_core::{Error, ErrorKind, RoomId, UserId};
use mongodb::ClientSession;
use mongodb::bson::{Bson, Document, doc};
use mongodb::options::ReturnDocument;

use super::document::{
    BAN, ban_update, decode_member, decode_room, decode_standing, encode_member, role,
};
use super::transaction::Stop;
use crate::error::Failure;
use crate::store::{Inner, Name};

/// The number of members removed in one transaction.
pub(super) const PART: i64 = 500;

pub(super) fn of(room: &RoomId, user: &UserId) -> Document {
    doc! { "r": room.as_str(), "u": user.as_str() }
}

pub(super) fn member_of(room: &RoomId, user: &UserId) -> Document {
    let mut filter = of(room, user);
    filter.insert("j", doc! { "$exists": true });
    filter
}

pub(super) fn no_member() -> Error {
    Error::new(
        ErrorKind::NotAMember,
        "the user is not a member of this room",
    )
}

/// The outcome of creating a room.
#[derive(Debug)]
pub(super) enum Created {
    Done,
    /// A room with this id exists.
    Exists,
    /// The two users have a direct room.
    HasPair,
}

impl Inner {
    /// Updates the member count, and thereby conflicts with concurrent changes of the members and
    /// with a deletion of the room.
    async fn touch(&self, s: &mut ClientSession, room: &RoomId, by: i64) -> Result<(), Stop> {
        let count = doc! { "$inc": { "c": by, "w": 1_i64 } };
        let touch = self
            .collection(Name::Rooms)
            .update_one(doc! { "_id": room.as_str() }, count)
            .session(s);
        if self.within(touch).await?.matched_count == 0 {
            return Err(Error::room_not_found().into());
        }
        Ok(())
    }

    pub(super) async fn steps_of_create(
        &self,
        s: &mut ClientSession,
        new: &NewRoom,
        document: &Document,
        pair: Option<&str>,
    ) -> Result<Created, Stop> {
        if let Some(pair) = pair {
            let pair = doc! { "_id": pair, "r": new.id.as_str() };
            let insert = self.collection(Name::Pairs).insert_one(pair);
            match self.within(insert.session(&mut *s)).await {
                Ok(_) => {}
                Err(e) if e.taken().is_some() => return Ok(Created::HasPair),
                Err(e) => return Err(e.into()),
            }
        }
        let insert = self.collection(Name::Rooms).insert_one(document);
        match self.within(insert.session(&mut *s)).await {
            Ok(_) => {}
            Err(e) if e.taken().is_some() => return Ok(Created::Exists),
            Err(e) => return Err(e.into()),
        }
        let members = new.members.iter().map(|member| {
            let mut d = of(&new.id, &member.user_id);
            d.extend(encode_member(member));
            d
        });
        let members: Vec<Document> = members.collect();
        if !members.is_empty() {
            let insert = self.collection(Name::Members).insert_many(members);
            self.within(insert.session(s)).await?;
        }
        Ok(Created::Done)
    }

    async fn standing_in(
        &self,
        s: &mut ClientSession,
        room: &RoomId,
        user: &UserId,
    ) -> Result<Option<Membership>, Failure> {
        let find = self.collection(Name::Members).find_one(of(room, user));
        let found = self.within(find.session(s)).await?;
        found.as_ref().map(decode_standing).transpose()
    }

    pub(super) async fn steps_of_add(
        &self,
        s: &mut ClientSession,
        room: &RoomId,
        member: &Member,
    ) -> Result<bool, Stop> {
        let standing = self.standing_in(s, room, &member.user_id).await?;
        match standing {
            Some(Membership::Member(_)) => return Ok(false),
            Some(Membership::Banned(ban)) if ban.in_force(member.joined_at) => {
                return Err(
                    Error::new(ErrorKind::Forbidden, "the user is banned from this room").into(),
                );
            }
            _ => {}
        }
        let ends = BAN.map(|key| (key.to_owned(), Bson::String(String::new())));
        let add = doc! {
            "$set": encode_member(member),
            "$unset": Document::from_iter(ends),
        };
        let add = self
            .collection(Name::Members)
            .update_one(of(room, &member.user_id), add)
            .upsert(true);
        self.within(add.session(&mut *s)).await?;
        self.touch(s, room, 1).await?;
        Ok(true)
    }

    pub(super) async fn steps_of_remove(
        &self,
        s: &mut ClientSession,
        room: &RoomId,
        user: &UserId,
    ) -> Result<Option<Member>, Stop> {
        let remove = self
            .collection(Name::Members)
            .find_one_and_delete(member_of(room, user));
        let Some(removed) = self.within(remove.session(&mut *s)).await? else {
            return Ok(None);
        };
        self.touch(s, room, -1).await?;
        Ok(Some(decode_member(&removed)?))
    }

    pub(super) async fn steps_of_ban(
        &self,
        s: &mut ClientSession,
        room: &RoomId,
        ban: &Ban,
    ) -> Result<Option<Member>, Stop> {
        let standing = self.standing_in(s, room, &ban.user_id).await?;
        let member = match standing {
            Some(Membership::Member(member)) => Some(member),
            _ => None,
        };
        let put = self
            .collection(Name::Members)
            .update_one(of(room, &ban.user_id), ban_update(ban))
            .upsert(true);
        self.within(put.session(&mut *s)).await?;
        self.touch(s, room, if member.is_some() { -1 } else { 0 })
            .await?;
        Ok(member)
    }

    pub(super) async fn steps_of_transfer(
        &self,
        s: &mut ClientSession,
        room: &RoomId,
        from: Option<&UserId>,
        to: &UserId,
    ) -> Result<Room, Stop> {
        let (rooms, members) = (self.collection(Name::Rooms), self.collection(Name::Members));
        let owner = match from {
            Some(from) => Bson::String(from.as_str().to_owned()),
            None => Bson::Null,
        };
        let owned = doc! { "_id": room.as_str(), "o": owner };
        let hand_over = doc! { "$set": { "o": to.as_str() }, "$inc": { "w": 1_i64 } };
        let hand_over = rooms
            .find_one_and_update(owned, hand_over)
            .return_document(ReturnDocument::After);
        let Some(handed) = self.within(hand_over.session(&mut *s)).await? else {
            let find = rooms.find_one(doc! { "_id": room.as_str() });
            return Err(match self.within(find.session(s)).await? {
                Some(_) => Error::new(ErrorKind::Conflict, "the room's owner has changed").into(),
                None => Error::room_not_found().into(),
            });
        };
        let set = |user: &UserId, to: Role| {
            let update = doc! { "$set": { "ro": role(to) } };
            members.update_one(member_of(room, user), update)
        };
        if from == Some(to) {
            let find = members.find_one(member_of(room, to));
            if self.within(find.session(s)).await?.is_none() {
                return Err(no_member().into());
            }
            return Ok(decode_room(&handed)?);
        }
        let promote = set(to, Role::Owner);
        if self.within(promote.session(&mut *s)).await?.matched_count == 0 {
            return Err(no_member().into());
        }
        if let Some(from) = from {
            let demote = set(from, Role::Admin);
            self.within(demote.session(s)).await?;
        }
        Ok(decode_room(&handed)?)
    }

    /// Removes a part of the members, and the room with the last part. Returns `(existed, done)`.
    pub(super) async fn steps_of_delete(
        &self,
        s: &mut ClientSession,
        room: &RoomId,
    ) -> Result<(bool, bool), Stop> {
        let (rooms, members) = (self.collection(Name::Rooms), self.collection(Name::Members));
        let this = || doc! { "_id": room.as_str() };
        let find = rooms.find_one(this());
        let Some(found) = self.within(find.session(&mut *s)).await? else {
            return Ok((false, true));
        };
        let in_room = doc! { "r": room.as_str() };
        let some: Vec<Document> = self
            .within(async {
                let find = members.find(in_room).limit(PART);
                let mut cursor = find.session(&mut *s).await?;
                let mut some = Vec::new();
                while cursor.advance(&mut *s).await? {
                    some.push(cursor.deserialize_current()?);
                }
                Ok(some)
            })
            .await?;
        let were_members = some.iter().filter(|d| d.contains_key("j")).count();
        let is_last = crate::codec::count(some.len()) < PART;
        let ids: Vec<Bson> = some.iter().filter_map(|d| d.get("_id").cloned()).collect();
        if !ids.is_empty() {
            let gone = doc! { "r": room.as_str(), "_id": { "$in": ids } };
            let remove = members.delete_many(gone);
            self.within(remove.session(&mut *s)).await?;
        }
        if !is_last {
            self.touch(s, room, -crate::codec::count(were_members))
                .await?;
            return Ok((true, false));
        }
        if let Some(pair) = found.get("p") {
            let remove = self
                .collection(Name::Pairs)
                .delete_one(doc! { "_id": pair.clone() });
            self.within(remove.session(&mut *s)).await?;
        }
        self.within(rooms.delete_one(this()).session(s)).await?;
        Ok((true, true))
    }
}
