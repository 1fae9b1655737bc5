use serde::{Deserialize, Serialize};

use super::cursor::MAX_POSITION;
use super::problem::Problem;
use super::reply::{Outcome, Reply};
use super::request::{NextPage, Request, naming};
use crate::model::{Presence, ReadMarker};
use crate::{Error, MessageId, Result, RoomId, UserId};

pub(crate) const MAX_USERS: usize = 100;

/// The new position of a read marker.
#[derive(Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct MarkRead {
    /// The `seq` of the last message read.
    seq: u64,
}

/// The readers of a message.
#[derive(Serialize)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename = "ReaderList")
)]
pub(super) struct ReaderList {
    /// The number of members who have read the message, without its sender.
    count: u64,
    /// Some of them, by user id. Empty in a large room.
    users: Vec<UserId>,
}

/// The visibility of the user's presence.
#[derive(Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct Visibility {
    /// `true` if the user appears offline to others.
    invisible: bool,
}

/// A page of a room's read markers.
#[derive(Serialize)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename = "ReadList")
)]
pub(super) struct Reads {
    /// The markers, by user id.
    reads: Vec<ReadMarker>,
    /// The next page.
    page: NextPage,
}

/// The presence of users.
#[derive(Serialize)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename = "PresenceList")
)]
pub(super) struct Online {
    /// The requested users who share a room with the user.
    users: Vec<Presence>,
}

impl MarkRead {
    fn of(request: &Request) -> Result<u64, Problem> {
        let Self { seq } = request.body.json()?;
        if seq > MAX_POSITION {
            return Err(Error::invalid("`seq` must be a whole number below 2^53").into());
        }
        Ok(seq)
    }
}

pub(super) async fn mark_thread(request: &Request, room: &RoomId, root: &MessageId) -> Outcome {
    let seq = MarkRead::of(request)?;
    let (engine, user) = (&request.engine, &request.user);
    engine.mark_thread_read(user, room, root, seq).await?;
    Reply::ok(&engine.thread_read(user, room, root).await?)
}

pub(super) async fn readers(request: &Request, room: &RoomId, id: &MessageId) -> Outcome {
    let readers = request.engine.readers(&request.actor(), room, id).await?;
    Reply::ok(&ReaderList {
        count: readers.count,
        users: readers.users,
    })
}

pub(super) async fn unread(request: &Request) -> Outcome {
    Reply::ok(&request.engine.unread_total(&request.user).await?)
}

pub(super) async fn visibility(request: &Request) -> Outcome {
    let settings = request.engine.user_settings(&request.user).await?;
    let invisible = settings.invisible;
    Reply::ok(&Visibility { invisible })
}

pub(super) async fn set_visibility(request: &Request) -> Outcome {
    let wanted: Visibility = request.body.json()?;
    let (engine, user) = (&request.engine, &request.user);
    engine.set_invisible(user, wanted.invisible).await?;
    Reply::ok(&wanted)
}

pub(super) async fn mark(request: &Request, room: &RoomId) -> Outcome {
    let seq = MarkRead::of(request)?;
    let marker = request.engine.mark_read(&request.user, room, seq).await?;
    Reply::ok(&marker)
}

pub(super) async fn list(request: &Request, room: &RoomId) -> Outcome {
    let bounds = request.page_bounds()?;
    let after = request.query.place("cursor")?;
    let mut reads = request
        .engine
        .read_markers(&request.actor(), room, after.as_ref(), bounds.0 + 1)
        .await?;
    let page = NextPage::cut(&mut reads, bounds, |r| r.user_id.clone());
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

/// Parses a list of users and removes duplicates. Ids with a comma are not supported: clients
/// encode the commas within ids and between them alike.
fn users(list: Option<&str>) -> Result<Vec<UserId>> {
    let list = list.ok_or_else(|| Error::invalid("`users` is required"))?;
    if list.split(',').count() > MAX_USERS {
        return Err(Error::invalid(format!(
            "`users` must have at most {MAX_USERS} entries"
        )));
    }
    let mut users: Vec<UserId> = Vec::new();
    for id in list.split(',') {
        let user = naming("users", UserId::new(id))?;
        if !users.contains(&user) {
            users.push(user);
        }
    }
    Ok(users)
}
