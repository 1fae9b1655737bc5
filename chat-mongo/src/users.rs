use std::collections::HashMap;

use async_trait::async_trait;
use chat_core::backend::UserStore;
use chat_core::model::UserSettings;
use chat_core::{Error, ErrorKind, Result, UserId};
use mongodb::bson::{Document, doc};

use crate::MongoStore;
use crate::codec::{Read, field, strings, to_id, to_ids};
use crate::store::Name;

fn decode(d: &Document) -> Read<(UserId, UserSettings)> {
    let mut blocked: Vec<UserId> = d.get("b").map(to_ids).transpose()?.unwrap_or_default();
    blocked.sort_unstable();
    let settings = UserSettings {
        invisible: d.get_bool("i").unwrap_or_default(),
        blocked,
    };
    Ok((to_id(field(d, "_id")?)?, settings))
}

#[async_trait]
impl UserStore for MongoStore {
    async fn settings(&self, users: &[UserId]) -> Result<Vec<UserSettings>> {
        let ids = strings(users.iter().map(UserId::as_str));
        let find = self
            .inner
            .collection(Name::Users)
            .find(doc! { "_id": { "$in": ids } });
        let found = self.inner.all(find, |d| decode(&d)).await?;
        let found: HashMap<_, _> = found.into_iter().collect();
        let settings = users.iter().map(|u| found.get(u).cloned());
        Ok(settings.map(Option::unwrap_or_default).collect())
    }

    async fn set_invisible(&self, user: &UserId, invisible: bool) -> Result<bool> {
        let users = self.inner.collection(Name::Users);
        if !invisible {
            let is = doc! { "_id": user.as_str(), "i": true };
            let unset = users.update_one(is, doc! { "$unset": { "i": "" } });
            return Ok(self.inner.within(unset).await?.modified_count == 1);
        }
        // Twice, since concurrent upserts of a user's first document collide.
        for _ in 0..2 {
            let is_not = doc! { "_id": user.as_str(), "i": { "$ne": true } };
            let set = users
                .update_one(is_not, doc! { "$set": { "i": true } })
                .upsert(true);
            match self.inner.within(set).await {
                Ok(_) => return Ok(true),
                Err(e) if e.taken().is_some() => {}
                Err(e) => return Err(e.into()),
            }
        }
        Ok(false)
    }

    async fn block(&self, user: &UserId, other: &UserId, max: usize) -> Result<bool> {
        let users = self.inner.collection(Name::Users);
        if max > 0 {
            for _ in 0..2 {
                let room_for_one = doc! {
                    "_id": user.as_str(),
                    "b": { "$ne": other.as_str() },
                    format!("b.{}", max - 1): { "$exists": false },
                };
                let block = users
                    .update_one(room_for_one, doc! { "$push": { "b": other.as_str() } })
                    .upsert(true);
                match self.inner.within(block).await {
                    Ok(_) => return Ok(true),
                    Err(e) if e.taken().is_some() => {}
                    Err(e) => return Err(e.into()),
                }
            }
        }
        let is = doc! { "_id": user.as_str(), "b": other.as_str() };
        if self.inner.within(users.find_one(is)).await?.is_some() {
            return Ok(false);
        }
        Err(Error::new(
            ErrorKind::Conflict,
            format!("a user may block at most {max} users"),
        ))
    }

    async fn unblock(&self, user: &UserId, other: &UserId) -> Result<bool> {
        let is = doc! { "_id": user.as_str(), "b": other.as_str() };
        let unblock = doc! { "$pull": { "b": other.as_str() } };
        let unblock = self.inner.collection(Name::Users).update_one(is, unblock);
        Ok(self.inner.within(unblock).await?.modified_count == 1)
    }
}
