use std::collections::{HashMap, HashSet};

use async_trait::async_trait;
use chat_core::backend::RoomStore;
use chat_core::model::{
    Ban, Member, MemberPatch, Membership, NewRoom, Room, RoomCreated, RoomKind, RoomPatch,
};
use chat_core::{Error, ErrorKind, Result, RoomId, UserId};
use mongodb::bson::{Document, doc};
use mongodb::options::ReturnDocument;

use super::document::{
    decode_ban, decode_member, decode_room, decode_standing, encode_room, member_update, pair_key,
    room_update,
};
use super::members::{Created, member_of, no_member, of};
use crate::MongoStore;
use crate::codec::{Read, count, field, strings, to_id};
use crate::error::Failure;
use crate::store::{Inner, Name};

impl Inner {
    async fn room_document(&self, id: &RoomId) -> Read<Option<Document>> {
        let find = self
            .collection(Name::Rooms)
            .find_one(doc! { "_id": id.as_str() })
            .max_time(self.options.timeout);
        self.within(find).await
    }

    async fn must_have_room(&self, id: &RoomId) -> Result<()> {
        match self.room_document(id).await? {
            Some(_) => Ok(()),
            None => Err(Error::room_not_found()),
        }
    }

    /// Reads a page of a room's documents of users that have the field `has`.
    async fn page<T>(
        &self,
        room: &RoomId,
        has: &str,
        after: Option<&UserId>,
        limit: usize,
        decode: fn(&Document) -> Read<T>,
    ) -> Result<Vec<T>> {
        let mut filter = doc! { "r": room.as_str() };
        if let Some(after) = after {
            filter.insert("u", doc! { "$gt": after.as_str() });
        }
        filter.insert(has, doc! { "$exists": true });
        let find = self
            .collection(Name::Members)
            .find(filter)
            .sort(doc! { "u": 1 })
            .limit(count(limit.max(1)))
            .max_time(self.options.timeout);
        let page = async { Ok::<_, Error>(self.all(find, |d| decode(&d)).await?) };
        let (mut page, ()) = tokio::try_join!(page, self.must_have_room(room))?;
        page.truncate(limit);
        Ok(page)
    }

    async fn direct_room(&self, pair: &str) -> Result<Option<Room>, Failure> {
        let find = self.collection(Name::Pairs).find_one(doc! { "_id": pair });
        let Some(pair) = self.within(find).await? else {
            return Ok(None);
        };
        let room = self.room_document(&to_id(field(&pair, "r")?)?).await?;
        room.as_ref().map(decode_room).transpose()
    }
}

/// Returns the key of a direct room's two members, or `None` for other rooms.
fn pair_of(new: &NewRoom) -> Result<Option<String>> {
    let users: HashSet<&UserId> = new.members.iter().map(|m| &m.user_id).collect();
    if users.len() != new.members.len() {
        return Err(Error::invalid("`members` must not contain a user twice"));
    }
    match (new.kind, new.members.as_slice()) {
        (RoomKind::Direct, [one, other]) => Ok(Some(pair_key(&one.user_id, &other.user_id))),
        (RoomKind::Direct, _) => Err(Error::invalid(
            "a direct room must have exactly two members",
        )),
        _ => Ok(None),
    }
}

#[async_trait]
impl RoomStore for MongoStore {
    async fn create_room(&self, new: NewRoom) -> Result<RoomCreated> {
        let inner = &self.inner;
        let pair = pair_of(&new)?;
        let document = encode_room(&new, pair.as_deref())?;
        let existed = |room| RoomCreated {
            room,
            existed: true,
        };
        let mut tx = inner.transaction(&new.id).await?;
        loop {
            // Checked in every round: the conflicting transaction may have created the room.
            if let Some(pair) = &pair
                && let Some(room) = inner.direct_room(pair).await?
            {
                return Ok(existed(room));
            }
            tx.begin(inner).await?;
            let steps = inner
                .steps_of_create(&mut tx.session, &new, &document, pair.as_deref())
                .await;
            // A duplicate key has already aborted the transaction on the server.
            let steps = match steps {
                Ok(Created::Done) => Ok(()),
                Ok(Created::Exists) => {
                    Err(Error::new(ErrorKind::Conflict, "the room already exists").into())
                }
                Ok(Created::HasPair) => {
                    let _ = inner.within(tx.session.abort_transaction()).await;
                    continue;
                }
                Err(stop) => Err(stop),
            };
            if tx.end(inner, steps).await?.is_some() {
                return Ok(RoomCreated {
                    room: decode_room(&document)?,
                    existed: false,
                });
            }
        }
    }

    async fn room(&self, id: &RoomId) -> Result<Option<Room>> {
        let found = self.inner.room_document(id).await?;
        Ok(found.as_ref().map(decode_room).transpose()?)
    }

    async fn update_room(&self, id: &RoomId, patch: &RoomPatch) -> Result<Room> {
        let Some(update) = room_update(patch)? else {
            return self.room(id).await?.ok_or_else(Error::room_not_found);
        };
        let update = self
            .inner
            .collection(Name::Rooms)
            .find_one_and_update(doc! { "_id": id.as_str() }, update)
            .return_document(ReturnDocument::After);
        match self.inner.within(update).await? {
            Some(updated) => Ok(decode_room(&updated)?),
            None => Err(Error::room_not_found()),
        }
    }

    async fn transfer_room(&self, id: &RoomId, from: Option<&UserId>, to: &UserId) -> Result<Room> {
        let inner = &self.inner;
        let mut tx = inner.transaction(id).await?;
        loop {
            tx.begin(inner).await?;
            let steps = inner.steps_of_transfer(&mut tx.session, id, from, to).await;
            if let Some(room) = tx.end(inner, steps).await? {
                return Ok(room);
            }
        }
    }

    async fn delete_room(&self, id: &RoomId) -> Result<bool> {
        let inner = &self.inner;
        let mut was_there = false;
        loop {
            let mut tx = inner.transaction(id).await?;
            let (there, is_all) = loop {
                tx.begin(inner).await?;
                let steps = inner.steps_of_delete(&mut tx.session, id).await;
                if let Some(done) = tx.end(inner, steps).await? {
                    break done;
                }
            };
            was_there |= there;
            if is_all {
                return Ok(was_there);
            }
        }
    }

    async fn memberships(
        &self,
        room: &RoomId,
        users: &[UserId],
    ) -> Result<Vec<Option<Membership>>> {
        let inner = &self.inner;
        let ids = strings(users.iter().map(UserId::as_str));
        let find = inner
            .collection(Name::Members)
            .find(doc! { "r": room.as_str(), "u": { "$in": ids } })
            .max_time(inner.options.timeout);
        let standings = inner.all(find, |d| {
            Ok((to_id::<UserId>(field(&d, "u")?)?, decode_standing(&d)?))
        });
        let (found, there) = tokio::try_join!(standings, inner.room_document(room))?;
        if there.is_none() {
            return Ok(vec![None; users.len()]);
        }
        let found: HashMap<UserId, Membership> = found.into_iter().collect();
        Ok(users.iter().map(|u| found.get(u).cloned()).collect())
    }

    async fn members(
        &self,
        room: &RoomId,
        after: Option<&UserId>,
        limit: usize,
    ) -> Result<Vec<Member>> {
        self.inner
            .page(room, "j", after, limit, decode_member)
            .await
    }

    async fn add_member(&self, room: &RoomId, member: &Member) -> Result<bool> {
        let inner = &self.inner;
        let mut tx = inner.transaction(room).await?;
        loop {
            tx.begin(inner).await?;
            let steps = inner.steps_of_add(&mut tx.session, room, member).await;
            if let Some(added) = tx.end(inner, steps).await? {
                return Ok(added);
            }
        }
    }

    async fn update_member(
        &self,
        room: &RoomId,
        user: &UserId,
        patch: &MemberPatch,
    ) -> Result<Member> {
        let inner = &self.inner;
        let members = inner.collection(Name::Members);
        let this = member_of(room, user);
        let found = match member_update(patch) {
            Some(update) => {
                let update = members
                    .find_one_and_update(this, update)
                    .return_document(ReturnDocument::After);
                inner.within(update).await?
            }
            None => inner.within(members.find_one(this)).await?,
        };
        match found {
            Some(member) => Ok(decode_member(&member)?),
            None => {
                inner.must_have_room(room).await?;
                Err(no_member())
            }
        }
    }

    async fn remove_member(&self, room: &RoomId, user: &UserId) -> Result<Option<Member>> {
        let inner = &self.inner;
        let mut tx = inner.transaction(room).await?;
        loop {
            tx.begin(inner).await?;
            let steps = inner.steps_of_remove(&mut tx.session, room, user).await;
            if let Some(removed) = tx.end(inner, steps).await? {
                if removed.is_none() {
                    inner.must_have_room(room).await?;
                }
                return Ok(removed);
            }
        }
    }

    async fn ban(&self, room: &RoomId, ban: &Ban) -> Result<Option<Member>> {
        let inner = &self.inner;
        let mut tx = inner.transaction(room).await?;
        loop {
            tx.begin(inner).await?;
            let steps = inner.steps_of_ban(&mut tx.session, room, ban).await;
            if let Some(member) = tx.end(inner, steps).await? {
                return Ok(member);
            }
        }
    }

    async fn unban(&self, room: &RoomId, user: &UserId) -> Result<bool> {
        let inner = &self.inner;
        let mut banned = of(room, user);
        banned.insert("b", doc! { "$exists": true });
        let unban = inner.collection(Name::Members).delete_one(banned);
        if inner.within(unban).await?.deleted_count == 1 {
            return Ok(true);
        }
        inner.must_have_room(room).await?;
        Ok(false)
    }

    async fn bans(&self, room: &RoomId, after: Option<&UserId>, limit: usize) -> Result<Vec<Ban>> {
        self.inner.page(room, "b", after, limit, decode_ban).await
    }

    async fn rooms_of(
        &self,
        user: &UserId,
        after: Option<&RoomId>,
        limit: usize,
    ) -> Result<Vec<(Room, Member)>> {
        let inner = &self.inner;
        let mut found = Vec::new();
        let mut after = after.cloned();
        while found.len() < limit {
            let wanted = limit - found.len();
            let mut filter = doc! { "u": user.as_str() };
            if let Some(after) = &after {
                filter.insert("r", doc! { "$gt": after.as_str() });
            }
            filter.insert("j", doc! { "$exists": true });
            let find = inner
                .collection(Name::Members)
                .find(filter)
                .sort(doc! { "r": 1 })
                .limit(count(wanted))
                .max_time(inner.options.timeout);
            let page = inner.all(find, |d| {
                Ok((to_id::<RoomId>(field(&d, "r")?)?, decode_member(&d)?))
            });
            let page = page.await?;
            let Some((last, _)) = page.last() else {
                break;
            };
            let is_last = page.len() < wanted;
            after = Some(last.clone());
            let ids = strings(page.iter().map(|(room, _)| room.as_str()));
            let rooms = inner
                .collection(Name::Rooms)
                .find(doc! { "_id": { "$in": ids } })
                .max_time(inner.options.timeout);
            let rooms = inner.all(rooms, |d| decode_room(&d)).await?;
            let mut rooms: HashMap<RoomId, Room> =
                rooms.into_iter().map(|r| (r.id.clone(), r)).collect();
            // Rooms may have been deleted meanwhile: the next round then fills the page.
            found.extend(
                page.into_iter()
                    .filter_map(|(id, member)| Some((rooms.remove(&id)?, member))),
            );
            if is_last {
                break;
            }
        }
        Ok(found)
    }
}
