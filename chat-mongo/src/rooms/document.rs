//! The encoding of rooms, memberships and bans as documents.

use chat_core::model::{
    Ban, Member, MemberPatch, Membership, NewRoom, NotificationLevel, Role, Room, RoomKind,
    RoomPatch, RoomSettings,
};
use chat_core::{Result, UserId};
use mongodb::bson::{Bson, Document, doc};

use crate::codec::{
    Read, count, date, field, from_json, position, to_date, to_id, to_json, to_text, to_u64,
};
use crate::error::Failure;

const KINDS: [RoomKind; 3] = [RoomKind::Direct, RoomKind::Group, RoomKind::Public];
const ROLES: [Role; 5] = [
    Role::Guest,
    Role::Member,
    Role::Moderator,
    Role::Admin,
    Role::Owner,
];
const LEVELS: [NotificationLevel; 3] = [
    NotificationLevel::All,
    NotificationLevel::Mentions,
    NotificationLevel::None,
];

/// The fields of a membership and those of a ban. A document has one set or the other.
pub(super) const MEMBER: [&str; 5] = ["j", "ro", "mu", "no", "sm"];
pub(super) const BAN: [&str; 4] = ["b", "bb", "bu", "br"];

fn code<T: Copy + PartialEq>(all: &[T], value: T) -> Bson {
    let at = all.iter().position(|v| *v == value).unwrap_or_default();
    Bson::Int32(i32::try_from(at).unwrap_or_default())
}

fn to_code<T: Copy>(all: &[T], value: &Bson) -> Read<T> {
    let at = to_u64(value)?;
    let at = usize::try_from(at).unwrap_or(usize::MAX);
    all.get(at)
        .copied()
        .ok_or(Failure::Malformed("unknown code"))
}

pub(super) fn role(role: Role) -> Bson {
    code(&ROLES, role)
}

/// Returns the key of two users' direct room. Ids contain no white space.
pub(super) fn pair_key(one: &UserId, other: &UserId) -> String {
    format!("{} {}", one.min(other), one.max(other))
}

pub(super) fn encode_room(new: &NewRoom, pair: Option<&str>) -> Result<Document> {
    let mut d = doc! {
        "_id": new.id.as_str(),
        "k": code(&KINDS, new.kind),
        "t": date(new.created_at),
        "c": count(new.members.len()),
        "sa": new.settings.announce_membership,
        "sj": new.settings.join_on_demand,
        "ss": position(u64::from(new.settings.slow_mode_seconds)),
    };
    if let Some(seconds) = new.settings.retention_seconds {
        d.insert("sr", position(seconds));
    }
    if let Some(messages) = new.settings.retention_messages {
        d.insert("sn", position(messages));
    }
    if let Some(name) = &new.name {
        d.insert("n", name);
    }
    if let Some(owner) = &new.owner_id {
        d.insert("o", owner.as_str());
    }
    if !new.metadata.is_empty() {
        d.insert("j", to_json(&new.metadata)?);
    }
    if let Some(key) = &new.creation_key {
        d.insert("ck", key);
    }
    if let Some(pair) = pair {
        d.insert("p", pair);
    }
    Ok(d)
}

pub(super) fn decode_room(d: &Document) -> Read<Room> {
    let slow_mode = to_u64(field(d, "ss")?)?;
    let text = |key: &str| d.get(key).map(|v| to_text(v.clone())).transpose();
    let metadata = d.get("j").map(|v| from_json(v.clone())).transpose()?;
    Ok(Room {
        id: to_id(field(d, "_id")?)?,
        kind: to_code(&KINDS, field(d, "k")?)?,
        name: text("n")?,
        owner_id: d.get("o").map(to_id).transpose()?,
        created_at: to_date(field(d, "t")?)?,
        member_count: to_u64(field(d, "c")?)?,
        metadata: metadata.unwrap_or_default(),
        settings: RoomSettings {
            announce_membership: d.get_bool("sa").unwrap_or_default(),
            join_on_demand: d.get_bool("sj").unwrap_or_default(),
            slow_mode_seconds: u32::try_from(slow_mode).unwrap_or(u32::MAX),
            retention_seconds: d.get("sr").map(to_u64).transpose()?,
            retention_messages: d.get("sn").map(to_u64).transpose()?,
        },
        creation_key: text("ck")?,
    })
}

#[derive(Debug, Default)]
pub(super) struct Update {
    set: Document,
    unset: Document,
}

impl Update {
    pub(super) fn set(&mut self, key: &str, value: impl Into<Bson>) {
        self.set.insert(key, value);
    }

    pub(super) fn unset(&mut self, key: &str) {
        self.unset.insert(key, "");
    }

    fn set_or_unset(&mut self, key: &str, value: Option<impl Into<Bson>>) {
        match value {
            Some(value) => self.set(key, value),
            None => self.unset(key),
        }
    }

    /// Returns the update, or `None` if it is empty.
    pub(super) fn into_document(self) -> Option<Document> {
        let mut update = Document::new();
        if !self.set.is_empty() {
            update.insert("$set", self.set);
        }
        if !self.unset.is_empty() {
            update.insert("$unset", self.unset);
        }
        (!update.is_empty()).then_some(update)
    }
}

pub(super) fn room_update(patch: &RoomPatch) -> Result<Option<Document>> {
    let mut update = Update::default();
    if let Some(name) = &patch.name {
        update.set_or_unset("n", name.as_deref());
    }
    if let Some(metadata) = &patch.metadata {
        update.set("j", to_json(metadata)?);
    }
    let settings = &patch.settings;
    if let Some(on) = settings.announce_membership {
        update.set("sa", on);
    }
    if let Some(on) = settings.join_on_demand {
        update.set("sj", on);
    }
    if let Some(seconds) = settings.slow_mode_seconds {
        update.set("ss", position(u64::from(seconds)));
    }
    if let Some(seconds) = settings.retention_seconds {
        update.set_or_unset("sr", seconds.map(position));
    }
    if let Some(messages) = settings.retention_messages {
        update.set_or_unset("sn", messages.map(position));
    }
    Ok(update.into_document())
}

/// Encodes a membership. Default values are omitted.
pub(super) fn encode_member(member: &Member) -> Document {
    let mut d = doc! { "j": date(member.joined_at), "ro": role(member.role) };
    if let Some(until) = member.muted_until {
        d.insert("mu", date(until));
    }
    if member.notifications != NotificationLevel::All {
        d.insert("no", code(&LEVELS, member.notifications));
    }
    if member.shadow_muted {
        d.insert("sm", true);
    }
    d
}

pub(super) fn decode_member(d: &Document) -> Read<Member> {
    let role = to_code(&ROLES, field(d, "ro")?)?;
    let mut member = Member::new(to_id(field(d, "u")?)?, role, to_date(field(d, "j")?)?);
    member.muted_until = d.get("mu").map(to_date).transpose()?;
    let level = d.get("no").map(|l| to_code(&LEVELS, l)).transpose()?;
    member.notifications = level.unwrap_or_default();
    member.shadow_muted = d.get_bool("sm").unwrap_or_default();
    Ok(member)
}

pub(super) fn member_update(patch: &MemberPatch) -> Option<Document> {
    let mut update = Update::default();
    if let Some(new) = patch.role {
        update.set("ro", role(new));
    }
    if let Some(until) = patch.muted_until {
        update.set_or_unset("mu", until.map(date));
    }
    if let Some(level) = patch.notifications {
        update.set("no", code(&LEVELS, level));
    }
    if let Some(on) = patch.shadow_muted {
        update.set("sm", on);
    }
    update.into_document()
}

pub(super) fn ban_update(ban: &Ban) -> Document {
    let mut update = Update::default();
    for key in MEMBER {
        update.unset(key);
    }
    update.set("b", date(ban.at));
    update.set_or_unset("bb", ban.by.as_ref().map(UserId::as_str));
    update.set_or_unset("bu", ban.until.map(date));
    update.set_or_unset("br", ban.reason.as_deref());
    update.into_document().unwrap_or_default()
}

pub(super) fn decode_ban(d: &Document) -> Read<Ban> {
    Ok(Ban {
        user_id: to_id(field(d, "u")?)?,
        by: d.get("bb").map(to_id).transpose()?,
        at: to_date(field(d, "b")?)?,
        until: d.get("bu").map(to_date).transpose()?,
        reason: d.get("br").map(|r| to_text(r.clone())).transpose()?,
    })
}

pub(super) fn decode_standing(d: &Document) -> Read<Membership> {
    if d.contains_key("j") {
        decode_member(d).map(Membership::Member)
    } else {
        decode_ban(d).map(Membership::Banned)
    }
}
