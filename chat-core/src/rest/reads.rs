use serde::{Deserialize, Serialize};

use super::cursor::MAX_POSITION;
use super::reply::{Outcome, Reply};
use super::request::{NextPage, Request};
use crate::model::{Presence, ReadMarker};
use crate::{Error, Result, RoomId, UserId};

/// Users asked for at once.
const MAX_USERS: usize = 100;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MarkRead {
    seq: u64,
}

#[derive(Serialize)]
struct Reads {
    reads: Vec<ReadMarker>,
    page: NextPage,
}

#[derive(Serialize)]
struct Online {
    users: Vec<Presence>,
}

pub(super) async fn mark(request: &Request, room: &RoomId) -> Outcome {
    let MarkRead { seq } = request.body.json()?;
    if seq > MAX_POSITION {
        return Err(Error::invalid("a position is below 2^53").into());
    }
    let marker = request.engine.mark_read(&request.user, room, seq).await?;
    Reply::ok(&marker)
}

pub(super) async fn list(request: &Request, room: &RoomId) -> Outcome {
    let limit = request.query.limit()?;
    let after = request.query.place("cursor")?;
    let mut reads = request
        .engine
        .read_markers(&request.actor(), room, after.as_ref(), limit + 1)
        .await?;
    let page = NextPage::cut(&mut reads, limit, |r| r.user_id.clone());
    Reply::ok(&Reads { reads, page })
}

pub(super) async fn presence(request: &Request) -> Outcome {
    let users = users(request.query.get("users"))?;
    let users = request.engine.presence(&request.actor(), &users).await?;
    Reply::ok(&Online { users })
}

pub(super) async fn room_presence(request: &Request, room: &RoomId) -> Outcome {
    Reply::ok(&request.engine.room_presence(&request.actor(), room).await?)
}

/// Each user once. An id with a comma cannot be asked for: clients encode the commas between ids
/// and those within alike.
fn users(list: Option<&str>) -> Result<Vec<UserId>> {
    let list = list.ok_or_else(|| Error::invalid("`users` says whom: ids with commas between"))?;
    let mut users: Vec<UserId> = Vec::new();
    for id in list.split(',') {
        let user = UserId::new(id)?;
        if !users.contains(&user) {
            users.push(user);
        }
        if users.len() > MAX_USERS {
            return Err(Error::invalid(format!("at most {MAX_USERS} users at once")));
        }
    }
    Ok(users)
}
