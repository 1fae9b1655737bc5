use serde::{Deserialize, Serialize};

use super::reply::{Outcome, Reply};
use super::request::{NextPage, Request};
#[cfg(feature = "schema")]
use super::shape;
use crate::model::{Ban, Member, NotificationLevel, Role};
use crate::{Error, ErrorKind, RoomId, Timestamp, UserId};

/// The role to give to a member.
#[derive(Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct PutMember {
    /// The role.
    role: Role,
}

/// The duration of and reason for a ban.
#[derive(Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct PutBan {
    /// The end of the ban. Without it, the ban is permanent.
    until: Option<Timestamp>,
    /// The reason, shown to the banned user and the moderators.
    #[cfg_attr(feature = "schema", schemars(with = "Option<shape::Reason>"))]
    reason: Option<String>,
}

/// The duration of a mute.
#[derive(Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct PutMute {
    /// The end of the mute.
    until: Timestamp,
}

/// The user's notification level in a room.
#[derive(Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Notifications {
    /// The level.
    level: NotificationLevel,
}

/// A page of a room's members.
#[derive(Serialize)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename = "MemberList")
)]
pub(super) struct List {
    /// The members, by user id.
    members: Vec<Member>,
    /// The next page.
    page: NextPage,
}

/// A page of a room's bans.
#[derive(Serialize)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename = "BanList")
)]
pub(super) struct Bans {
    /// The bans, by user id.
    bans: Vec<Ban>,
    /// The next page.
    page: NextPage,
}

pub(super) async fn list(request: &Request, room: &RoomId) -> Outcome {
    let bounds = request.page_bounds()?;
    let after = request.query.place("cursor")?;
    let mut members = request
        .engine
        .members(&request.actor(), room, after.as_ref(), bounds.0 + 1)
        .await?;
    let page = NextPage::cut(&mut members, bounds, |m| m.user_id.clone());
    Reply::ok(&List { members, page })
}

/// Adds a user, or changes the role of an existing member.
///
/// The store decides which of the two, so that of two concurrent requests only one adds. A repeated
/// request succeeds even if the actor may only add members.
pub(super) async fn put(request: &Request, room: &RoomId, user: &UserId) -> Outcome {
    let PutMember { role } = request.body.json()?;
    let (engine, actor) = (&request.engine, request.actor());
    let known = engine.stored_member(room, user).await?;
    if known.is_none() && engine.add_member(&actor, room, user, role).await? {
        let added = engine.stored_member(room, user).await?;
        let added = added.ok_or_else(gone)?;
        let added = Reply::created(&engine.shown(&actor, room, added).await?)?;
        return Ok(added.at(None, user.as_str()));
    }
    // A concurrent request may have added the user.
    let known = match known {
        Some(known) => Some(known),
        None => engine.stored_member(room, user).await?,
    };
    if let Some(known) = known.filter(|known| known.role == role) {
        // This shows no more than the list of members.
        return Reply::ok(&engine.shown(&actor, room, known).await?);
    }
    Reply::ok(&engine.set_role(&actor, room, user, role).await?)
}

fn gone() -> Error {
    Error::new(
        ErrorKind::Conflict,
        "the user is no longer a member of this room",
    )
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
    request
        .engine
        .ban(&request.actor(), room, user, until, reason)
        .await?;
    Reply::done()
}

pub(super) async fn bans(request: &Request, room: &RoomId) -> Outcome {
    let bounds = request.page_bounds()?;
    let after = request.query.place("cursor")?;
    let mut bans = request
        .engine
        .bans(&request.actor(), room, after.as_ref(), bounds.0 + 1)
        .await?;
    let page = NextPage::cut(&mut bans, bounds, |b| b.user_id.clone());
    Reply::ok(&Bans { bans, page })
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

pub(super) async fn shadow_mute(request: &Request, room: &RoomId, user: &UserId) -> Outcome {
    set_shadow_mute(request, room, user, true).await
}

pub(super) async fn shadow_unmute(request: &Request, room: &RoomId, user: &UserId) -> Outcome {
    set_shadow_mute(request, room, user, false).await
}

async fn set_shadow_mute(request: &Request, room: &RoomId, user: &UserId, on: bool) -> Outcome {
    request
        .engine
        .shadow_mute(&request.actor(), room, user, on)
        .await?;
    Reply::done()
}

pub(super) async fn notifications(request: &Request, room: &RoomId) -> Outcome {
    let level = request.engine.notifications(&request.user, room).await?;
    Reply::ok(&Notifications { level })
}

pub(super) async fn set_notifications(request: &Request, room: &RoomId) -> Outcome {
    let wanted: Notifications = request.body.json()?;
    request
        .engine
        .set_notifications(&request.user, room, wanted.level)
        .await?;
    Reply::ok(&wanted)
}

pub(super) async fn join(request: &Request, room: &RoomId) -> Outcome {
    Reply::ok(&request.engine.join(&request.user, room).await?)
}

pub(super) async fn leave(request: &Request, room: &RoomId) -> Outcome {
    request.engine.leave(&request.user, room).await?;
    Reply::done()
}
