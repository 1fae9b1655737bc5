use serde::{Deserialize, Serialize};

use super::reply::{Outcome, Reply};
use super::request::{NextPage, Request};
use crate::model::{Member, Membership, Role};
use crate::{Error, ErrorKind, Result, RoomId, Timestamp, UserId};

/// Unicode code points in the reason of a ban.
const MAX_REASON_CHARS: usize = 500;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct PutMember {
    role: Role,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct PutBan {
    until: Option<Timestamp>,
    reason: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct PutMute {
    until: Timestamp,
}

#[derive(Serialize)]
struct List {
    members: Vec<Member>,
    page: NextPage,
}

pub(super) async fn list(request: &Request, room: &RoomId) -> Outcome {
    let limit = request.query.limit()?;
    let after = request.query.place("cursor")?;
    let mut members = request
        .engine
        .members(&request.actor(), room, after.as_ref(), limit + 1)
        .await?;
    let page = NextPage::cut(&mut members, limit, |m| m.user_id.clone());
    Reply::ok(&List { members, page })
}

/// Adds a user, or changes the role of one who is a member already. The store decides which, so
/// that two requests at once do not both add.
pub(super) async fn put(request: &Request, room: &RoomId, user: &UserId) -> Outcome {
    let PutMember { role } = request.body.json()?;
    let (engine, actor) = (&request.engine, request.actor());
    let known = member(request, room, user).await?;
    if known.is_none() && engine.add_member(&actor, room, user, role).await? {
        let added = member(request, room, user).await?;
        return Reply::created(&added.ok_or_else(gone)?);
    }
    Reply::ok(&engine.set_role(&actor, room, user, role).await?)
}

async fn member(request: &Request, room: &RoomId, user: &UserId) -> Result<Option<Member>> {
    Ok(match request.engine.membership(room, user).await? {
        Some(Membership::Member(member)) => Some(member),
        _ => None,
    })
}

fn gone() -> Error {
    Error::new(ErrorKind::Conflict, "the user is a member no longer")
}

pub(super) async fn remove(request: &Request, room: &RoomId, user: &UserId) -> Outcome {
    request
        .engine
        .remove_member(&request.actor(), room, user)
        .await?;
    Reply::done()
}

pub(super) async fn ban(request: &Request, room: &RoomId, user: &UserId) -> Outcome {
    let PutBan { until, reason } = request.body.json_or_default()?;
    if let Some(reason) = &reason {
        if reason.chars().count() > MAX_REASON_CHARS {
            return Err(Error::new(ErrorKind::TooLarge, "the reason is too long").into());
        }
        if reason.chars().any(char::is_control) {
            return Err(Error::invalid("a reason holds no control characters").into());
        }
    }
    request
        .engine
        .ban(&request.actor(), room, user, until, reason)
        .await?;
    Reply::done()
}

pub(super) async fn unban(request: &Request, room: &RoomId, user: &UserId) -> Outcome {
    request.engine.unban(&request.actor(), room, user).await?;
    Reply::done()
}

pub(super) async fn mute(request: &Request, room: &RoomId, user: &UserId) -> Outcome {
    let PutMute { until } = request.body.json()?;
    let muted = request
        .engine
        .mute(&request.actor(), room, user, Some(until))
        .await?;
    Reply::ok(&muted)
}

pub(super) async fn unmute(request: &Request, room: &RoomId, user: &UserId) -> Outcome {
    request
        .engine
        .mute(&request.actor(), room, user, None)
        .await?;
    Reply::done()
}

pub(super) async fn join(request: &Request, room: &RoomId) -> Outcome {
    Reply::ok(&request.engine.join(&request.user, room).await?)
}

pub(super) async fn leave(request: &Request, room: &RoomId) -> Outcome {
    request.engine.leave(&request.user, room).await?;
    Reply::done()
}
