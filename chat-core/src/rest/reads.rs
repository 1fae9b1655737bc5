use serde::{Deserialize, Serialize};

use super::cursor::MAX_POSITION;
use super::reply::{Outcome, Reply};
use super::request::{NextPage, Request};
use crate::model::{Presence, ReadMarker};
use crate::{Error, Result, RoomId, UserId};

/// Users asked for at once.
pub(crate) const MAX_USERS: usize = 100;

/// How far the user has read.
#[derive(Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct MarkRead {
    /// The `seq` of the last message read.
    seq: u64,
}

/// A page of a room's read markers.
#[derive(Serialize)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename = "ReadList")
)]
pub(super) struct Reads {
    /// By user id.
    reads: Vec<ReadMarker>,
    /// Where it goes on.
    page: NextPage,
}

/// Who is online.
#[derive(Serialize)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename = "PresenceList")
)]
pub(super) struct Online {
    /// Those asked for that the user shares a room with.
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

/// Each user once. An id with a comma cannot be asked for: clients encode the commas between ids
/// and those within alike.
fn users(list: Option<&str>) -> Result<Vec<UserId>> {
    let list = list.ok_or_else(|| Error::invalid("`users` says whom: ids with commas between"))?;
    if list.split(',').count() > MAX_USERS {
        return Err(Error::invalid(format!("at most {MAX_USERS} users at once")));
    }
    let mut users: Vec<UserId> = Vec::new();
    for id in list.split(',') {
        let user = UserId::new(id)?;
        if !users.contains(&user) {
            users.push(user);
        }
    }
    Ok(users)
}
