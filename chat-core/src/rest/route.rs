use std::borrow::Cow;

use http::Method;

use super::problem::Problem;
use super::request::decode_percent;
use crate::engine::RateClass;
use crate::{Error, MessageId, RoomId, UserId};

/// What a request asks for, by its method and path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Call {
    ListRooms,
    CreateRoom,
    GetRoom(RoomId),
    UpdateRoom(RoomId),
    DeleteRoom(RoomId),
    ListMembers(RoomId),
    PutMember(RoomId, UserId),
    RemoveMember(RoomId, UserId),
    ListBans(RoomId),
    Ban(RoomId, UserId),
    Unban(RoomId, UserId),
    Mute(RoomId, UserId),
    Unmute(RoomId, UserId),
    ShadowMute(RoomId, UserId),
    ShadowUnmute(RoomId, UserId),
    GetNotifications(RoomId),
    SetNotifications(RoomId),
    Join(RoomId),
    Leave(RoomId),
    History(RoomId),
    Send(RoomId),
    GetMessage(RoomId, MessageId),
    EditMessage(RoomId, MessageId),
    DeleteMessage(RoomId, MessageId),
    React(RoomId, MessageId, String),
    Unreact(RoomId, MessageId, String),
    Changes(RoomId),
    MarkRead(RoomId),
    ListReads(RoomId),
    RoomPresence(RoomId),
    Presence,
}

/// Finds the call. The path is relative to the mount; a segment is decoded by itself, so an id may
/// hold a slash.
pub(super) fn route(method: &Method, path: &str) -> Result<Call, Problem> {
    let path = path.strip_prefix('/').ok_or_else(Problem::not_found)?;
    let segments: Vec<Cow<'_, str>> = path
        .split('/')
        .map(decode_percent)
        .collect::<Result<_, _>>()?;
    let segments: Vec<&str> = segments.iter().map(AsRef::as_ref).collect();
    match segments[..] {
        ["rooms"] => pick(
            method,
            [("GET", Call::ListRooms), ("POST", Call::CreateRoom)],
        ),
        ["rooms", room, ref rest @ ..] => in_room(method, room, rest),
        ["presence"] => pick(method, [("GET", Call::Presence)]),
        _ => Err(Problem::not_found()),
    }
}

fn in_room(method: &Method, room: &str, rest: &[&str]) -> Result<Call, Problem> {
    // A path that does not exist is not found, whatever its ids.
    let room = || RoomId::new(room).map_err(Error::from);
    let user = |id: &str| UserId::new(id).map_err(Error::from);
    let message = |id: &str| id.parse::<MessageId>().map_err(Error::from);
    match *rest {
        [] => {
            let room = room()?;
            pick(
                method,
                [
                    ("GET", Call::GetRoom(room.clone())),
                    ("PATCH", Call::UpdateRoom(room.clone())),
                    ("DELETE", Call::DeleteRoom(room)),
                ],
            )
        }
        ["members"] => pick(method, [("GET", Call::ListMembers(room()?))]),
        ["members", id] => {
            let (room, user) = (room()?, user(id)?);
            pick(
                method,
                [
                    ("PUT", Call::PutMember(room.clone(), user.clone())),
                    ("DELETE", Call::RemoveMember(room, user)),
                ],
            )
        }
        ["bans"] => pick(method, [("GET", Call::ListBans(room()?))]),
        ["bans", id] => {
            let (room, user) = (room()?, user(id)?);
            pick(
                method,
                [
                    ("PUT", Call::Ban(room.clone(), user.clone())),
                    ("DELETE", Call::Unban(room, user)),
                ],
            )
        }
        ["mutes", id] => {
            let (room, user) = (room()?, user(id)?);
            pick(
                method,
                [
                    ("PUT", Call::Mute(room.clone(), user.clone())),
                    ("DELETE", Call::Unmute(room, user)),
                ],
            )
        }
        ["shadow-mutes", id] => {
            let (room, user) = (room()?, user(id)?);
            pick(
                method,
                [
                    ("PUT", Call::ShadowMute(room.clone(), user.clone())),
                    ("DELETE", Call::ShadowUnmute(room, user)),
                ],
            )
        }
        ["notifications"] => {
            let room = room()?;
            pick(
                method,
                [
                    ("GET", Call::GetNotifications(room.clone())),
                    ("PUT", Call::SetNotifications(room)),
                ],
            )
        }
        ["join"] => pick(method, [("POST", Call::Join(room()?))]),
        ["leave"] => pick(method, [("POST", Call::Leave(room()?))]),
        ["messages"] => {
            let room = room()?;
            pick(
                method,
                [
                    ("GET", Call::History(room.clone())),
                    ("POST", Call::Send(room)),
                ],
            )
        }
        ["messages", id] => {
            let (room, message) = (room()?, message(id)?);
            pick(
                method,
                [
                    ("GET", Call::GetMessage(room.clone(), message)),
                    ("PATCH", Call::EditMessage(room.clone(), message)),
                    ("DELETE", Call::DeleteMessage(room, message)),
                ],
            )
        }
        ["messages", id, "reactions", emoji] => {
            let (room, message) = (room()?, message(id)?);
            pick(
                method,
                [
                    ("PUT", Call::React(room.clone(), message, emoji.to_owned())),
                    ("DELETE", Call::Unreact(room, message, emoji.to_owned())),
                ],
            )
        }
        ["changes"] => pick(method, [("GET", Call::Changes(room()?))]),
        ["read"] => pick(method, [("PUT", Call::MarkRead(room()?))]),
        ["presence"] => pick(method, [("GET", Call::RoomPresence(room()?))]),
        ["reads"] => pick(method, [("GET", Call::ListReads(room()?))]),
        _ => Err(Problem::not_found()),
    }
}

/// The call of this method. `HEAD` is `GET` without the body.
fn pick<const N: usize>(method: &Method, calls: [(&str, Call); N]) -> Result<Call, Problem> {
    let method = match method.as_str() {
        "HEAD" => "GET",
        other => other,
    };
    let mut allow = Vec::with_capacity(N);
    for (allowed, call) in calls {
        if allowed == method {
            return Ok(call);
        }
        allow.push(if allowed == "GET" {
            "GET, HEAD"
        } else {
            allowed
        });
    }
    Err(Problem::method_not_allowed(allow.join(", ")))
}

impl Call {
    /// Its name, for the log and the metrics.
    pub(super) const fn name(&self) -> &'static str {
        match self {
            Self::ListRooms => "list_rooms",
            Self::CreateRoom => "create_room",
            Self::GetRoom(..) => "get_room",
            Self::UpdateRoom(..) => "update_room",
            Self::DeleteRoom(..) => "delete_room",
            Self::ListMembers(..) => "list_members",
            Self::PutMember(..) => "put_member",
            Self::RemoveMember(..) => "remove_member",
            Self::ListBans(..) => "list_bans",
            Self::Ban(..) => "ban",
            Self::Unban(..) => "unban",
            Self::Mute(..) => "mute",
            Self::Unmute(..) => "unmute",
            Self::ShadowMute(..) => "shadow_mute",
            Self::ShadowUnmute(..) => "shadow_unmute",
            Self::GetNotifications(..) => "get_notifications",
            Self::SetNotifications(..) => "set_notifications",
            Self::Join(..) => "join",
            Self::Leave(..) => "leave",
            Self::History(..) => "history",
            Self::Send(..) => "send",
            Self::GetMessage(..) => "get_message",
            Self::EditMessage(..) => "edit_message",
            Self::DeleteMessage(..) => "delete_message",
            Self::React(..) => "react",
            Self::Unreact(..) => "unreact",
            Self::Changes(..) => "changes",
            Self::MarkRead(..) => "mark_read",
            Self::ListReads(..) => "list_reads",
            Self::RoomPresence(..) => "room_presence",
            Self::Presence => "presence",
        }
    }

    /// What it counts as.
    pub(super) const fn class(&self) -> RateClass {
        match self {
            Self::ListRooms
            | Self::GetRoom(..)
            | Self::ListMembers(..)
            | Self::ListBans(..)
            | Self::GetNotifications(..)
            | Self::History(..)
            | Self::GetMessage(..)
            | Self::Changes(..)
            | Self::ListReads(..)
            | Self::RoomPresence(..)
            | Self::Presence => RateClass::Query,
            Self::CreateRoom
            | Self::UpdateRoom(..)
            | Self::DeleteRoom(..)
            | Self::PutMember(..)
            | Self::RemoveMember(..)
            | Self::Ban(..)
            | Self::Unban(..)
            | Self::Mute(..)
            | Self::Unmute(..)
            | Self::ShadowMute(..)
            | Self::ShadowUnmute(..)
            | Self::SetNotifications(..) => RateClass::Manage,
            Self::Join(..) | Self::Leave(..) => RateClass::Join,
            Self::Send(..) => RateClass::Send,
            Self::EditMessage(..)
            | Self::DeleteMessage(..)
            | Self::React(..)
            | Self::Unreact(..) => RateClass::Change,
            Self::MarkRead(..) => RateClass::Read,
        }
    }

    /// Whether it only reads.
    pub(super) fn is_safe(&self) -> bool {
        self.class() == RateClass::Query
    }

    /// The query parameters it takes.
    pub(super) const fn parameters(&self) -> &'static [&'static str] {
        match self {
            Self::ListRooms | Self::ListMembers(..) | Self::ListBans(..) | Self::ListReads(..) => {
                &["limit", "cursor"]
            }
            Self::History(..) => &[
                "before",
                "after",
                "around",
                "beforeTime",
                "afterTime",
                "limit",
            ],
            Self::Changes(..) => &["after", "limit"],
            Self::Presence => &["users"],
            _ => &[],
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
