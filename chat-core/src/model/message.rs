use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Role, ThreadSummary, reaction};
use crate::protocol::objects;
#[cfg(feature = "schema")]
use crate::schema::shape;
use crate::{ClientMessageId, MessageId, RoomId, Timestamp, UserId};

/// What an app keeps with a message or a room: a bounded JSON object.
pub type Metadata = serde_json::Map<String, serde_json::Value>;

/// Who made a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum MessageKind {
    /// A user.
    User,
    /// The engine or the app: a rename, a join, a notice. What happened is in `system`.
    System,
}

/// What a system message stands for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(
    tag = "event",
    rename_all = "snake_case",
    rename_all_fields = "camelCase"
)]
#[non_exhaustive]
pub enum SystemEvent {
    /// Someone became a member.
    MemberJoined {
        /// Who.
        user_id: UserId,
        /// As what.
        role: Role,
    },
    /// A member's role changed.
    MemberUpdated {
        /// Whose.
        user_id: UserId,
        /// To what.
        role: Role,
    },
    /// A member is one no longer.
    MemberLeft {
        /// Who.
        user_id: UserId,
        /// `left`, `removed` or `banned`.
        reason: String,
    },
    /// The room was renamed.
    RoomRenamed {
        /// Its new name.
        #[serde(skip_serializing_if = "Option::is_none")]
        name: Option<String>,
    },
    /// The app says something; it is in the text.
    Notice {},
}

/// A reference to a file; the engine stores no files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Attachment {
    /// Where it is: `https` or `http`.
    #[cfg_attr(feature = "schema", schemars(with = "shape::Url"))]
    pub url: String,
    /// Its media type, such as `image/png`.
    #[cfg_attr(feature = "schema", schemars(with = "shape::MediaType"))]
    pub mime_type: String,
    /// Its name, for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<shape::FileName>"))]
    pub name: Option<String>,
    /// Its size in bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
}

/// A message in its latest state, as stored and as on the wire. Absent means null.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Message {
    /// Its id.
    pub id: MessageId,
    /// Its room.
    pub room_id: RoomId,
    /// Who made it.
    pub kind: MessageKind,
    /// The position at which it was created: its place in the history. Never changes.
    pub seq: u64,
    /// The position of its latest change; equals `seq` until there is one.
    pub rev: u64,
    /// The user who sent it; `None` where the engine or the app did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sender_id: Option<UserId>,
    /// The sender's own name for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_message_id: Option<ClientMessageId>,
    /// What it says; empty in a tombstone.
    pub text: String,
    /// When it was accepted. Never decreases along the positions of a room.
    pub created_at: Timestamp,
    /// When its text was last edited.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub edited_at: Option<Timestamp>,
    /// Who edited it last; `None` where the app did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub edited_by: Option<UserId>,
    /// When it was deleted: then it is a tombstone without text, attachments and reactions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deleted_at: Option<Timestamp>,
    /// Who deleted it; `None` where the app did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deleted_by: Option<UserId>,
    /// The message it answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<MessageId>,
    /// The root of the thread it is in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thread_id: Option<MessageId>,
    /// The users it names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mentions: Vec<UserId>,
    /// The files it refers to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Attachment>,
    /// Who reacted, by emoji, in the order of their reactions. On the wire each emoji lists its first
    /// [`LISTED_USERS`](Self::LISTED_USERS), and where there are more, `reactionCounts` has their
    /// number: a message that is deserialized holds only the users that were listed.
    #[serde(flatten, with = "reaction")]
    #[cfg_attr(feature = "schema", schemars(with = "reaction::Listed"))]
    pub reactions: BTreeMap<String, Vec<UserId>>,
    /// When it was pinned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pinned_at: Option<Timestamp>,
    /// Who pinned it; `None` where the app did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pinned_by: Option<UserId>,
    /// What the app keeps with it.
    #[serde(default, skip_serializing_if = "Metadata::is_empty")]
    pub metadata: Metadata,
    /// What a system message stands for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub system: Option<SystemEvent>,
    /// When it will be removed from the history.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// What was answered in its thread, where it is the root of one and a page of history was read.
    /// It is counted by the reader and never stored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thread: Option<ThreadSummary>,
    /// Whether only its sender is to see it, who is not to know. Never on the wire.
    #[serde(skip)]
    pub shadowed: bool,
}

impl Message {
    /// The most users that are listed for one emoji on the wire, so that the size of an event does
    /// not grow with the number of users who react.
    pub const LISTED_USERS: usize = 20;
}

/// What a sender wants to send, before the engine gives it an id and a time.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Draft {
    /// The sender's own name for it. A second send with the same one stores nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_message_id: Option<ClientMessageId>,
    /// What it says; may be empty only with attachments.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(with = "shape::Text"))]
    pub text: String,
    /// The message it answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<MessageId>,
    /// The root of the thread it is in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thread_id: Option<MessageId>,
    /// The users it names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "schema", schemars(with = "shape::Mentions"))]
    pub mentions: Vec<UserId>,
    /// The files it refers to.
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "objects"
    )]
    #[cfg_attr(feature = "schema", schemars(with = "shape::Attachments"))]
    pub attachments: Vec<Attachment>,
    /// What the app keeps with it.
    #[serde(default, skip_serializing_if = "Metadata::is_empty")]
    #[cfg_attr(feature = "schema", schemars(with = "shape::Metadata"))]
    pub metadata: Metadata,
    /// When it is to be removed from the history; the room's retention may remove it earlier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
}

impl Draft {
    /// A plain text.
    ///
    /// ```
    /// let draft = chat_core::model::Draft::text("hi");
    /// assert_eq!(draft.text, "hi");
    /// ```
    pub fn text(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            ..Self::default()
        }
    }

    /// About how many bytes it holds, leaving out what is small in any draft.
    pub(crate) fn content_bytes(&self) -> usize {
        let attachments = self.attachments.iter();
        let attachments = attachments.map(|a| a.url.len() + a.name.as_ref().map_or(0, String::len));
        let metadata = if self.metadata.is_empty() {
            0
        } else {
            crate::model::json_bytes(&self.metadata)
        };
        self.text.len() + attachments.sum::<usize>() + metadata
    }
}

/// A message to be appended to a room's log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMessage {
    /// Its id, which no other message has.
    pub id: MessageId,
    /// Who made it.
    pub kind: MessageKind,
    /// The user who sends it; `None` where the engine or the app does.
    pub sender_id: Option<UserId>,
    /// What is sent.
    pub draft: Draft,
    /// What a system message stands for.
    pub system: Option<SystemEvent>,
    /// The time by the accepting node's clock; the store raises it where the room's newest message
    /// has a later one.
    pub created_at: Timestamp,
    /// When it is to be removed from the history. The draft's own wish is in here already.
    pub expires_at: Option<Timestamp>,
    /// Whether only its sender is to see it.
    pub shadowed: bool,
    /// Until when its push notifications are in the hands of the node that stores it; after that
    /// time [`claim`](crate::backend::PushQueue::claim) gives them to another.
    /// `None` where there is nothing to push.
    pub push_due: Option<Timestamp>,
}

impl NewMessage {
    /// A user's message.
    #[must_use]
    pub fn user(sender: UserId, draft: Draft, created_at: Timestamp) -> Self {
        Self {
            id: MessageId::random(),
            kind: MessageKind::User,
            sender_id: Some(sender),
            draft,
            system: None,
            created_at,
            expires_at: None,
            shadowed: false,
            push_due: None,
        }
    }

    /// A message of the engine or the app.
    #[must_use]
    pub fn system(event: SystemEvent, text: impl Into<String>, created_at: Timestamp) -> Self {
        Self {
            id: MessageId::random(),
            kind: MessageKind::System,
            sender_id: None,
            draft: Draft::text(text),
            system: Some(event),
            created_at,
            expires_at: None,
            shadowed: false,
            push_due: None,
        }
    }

    /// The message this becomes at position `seq`.
    #[must_use]
    pub fn at(self, room_id: RoomId, seq: u64, created_at: Timestamp) -> Message {
        let draft = self.draft;
        Message {
            id: self.id,
            room_id,
            kind: self.kind,
            seq,
            rev: seq,
            sender_id: self.sender_id,
            client_message_id: draft.client_message_id,
            text: draft.text,
            created_at,
            edited_at: None,
            edited_by: None,
            deleted_at: None,
            deleted_by: None,
            reply_to: draft.reply_to,
            thread_id: draft.thread_id,
            mentions: draft.mentions,
            attachments: draft.attachments,
            reactions: BTreeMap::new(),
            pinned_at: None,
            pinned_by: None,
            metadata: draft.metadata,
            system: self.system,
            expires_at: self.expires_at,
            thread: None,
            shadowed: self.shadowed,
        }
    }
}

/// What became of an append.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appended {
    /// The stored message: the first one, where this is a duplicate.
    pub message: Arc<Message>,
    /// Whether it was there before, by (room, sender, client message id). Then no position was
    /// taken.
    pub duplicate: bool,
}

/// A change of a stored message, which takes a position of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Change {
    /// A new text.
    Edit {
        /// The text.
        text: String,
        /// Who edits it; `None` where the app does.
        by: Option<UserId>,
    },
    /// The message becomes a tombstone.
    Delete {
        /// Who deletes it; `None` where the app does.
        by: Option<UserId>,
    },
    /// The message is pinned.
    Pin {
        /// Who pins it; `None` where the app does.
        by: Option<UserId>,
    },
    /// The message is pinned no longer.
    Unpin,
    /// A user reacts.
    AddReaction {
        /// Who.
        user_id: UserId,
        /// With what.
        emoji: String,
        /// The most different emoji one message may have; one more is a conflict.
        max_emoji: usize,
        /// The most users kept per emoji; one more is a conflict.
        max_users: usize,
    },
    /// A user takes a reaction back.
    RemoveReaction {
        /// Who.
        user_id: UserId,
        /// Which.
        emoji: String,
    },
}

/// What became of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// The message after it.
    pub message: Arc<Message>,
    /// Whether anything changed; if not (a reaction that was there already, a second deletion), no
    /// position was taken.
    pub changed: bool,
}

impl Change {
    /// Applies the change to a message at the position `rev`, as every store must. Returns whether
    /// anything changed; when nothing did, the message is untouched.
    ///
    /// # Errors
    /// `MESSAGE_NOT_FOUND` for all but `Delete` on a tombstone; `CONFLICT` over a reaction limit.
    pub fn apply(&self, message: &mut Message, rev: u64, now: Timestamp) -> crate::Result<bool> {
        use crate::{Error, ErrorKind};
        if message.deleted_at.is_some() {
            return match self {
                Self::Delete { .. } => Ok(false),
                _ => Err(Error::message_not_found()),
            };
        }
        match self {
            Self::Edit { text, by } => {
                if *text == message.text {
                    return Ok(false);
                }
                message.text.clone_from(text);
                message.edited_at = Some(now);
                message.edited_by.clone_from(by);
            }
            Self::Delete { by } => {
                message.deleted_at = Some(now);
                message.deleted_by.clone_from(by);
                message.text = String::new();
                message.attachments = Vec::new();
                message.mentions = Vec::new();
                message.metadata = Metadata::new();
                message.reactions = BTreeMap::new();
                message.pinned_at = None;
                message.pinned_by = None;
            }
            Self::Pin { by } => {
                if message.pinned_at.is_some() {
                    return Ok(false);
                }
                message.pinned_at = Some(now);
                message.pinned_by.clone_from(by);
            }
            Self::Unpin => {
                if message.pinned_at.take().is_none() {
                    return Ok(false);
                }
                message.pinned_by = None;
            }
            Self::AddReaction {
                user_id,
                emoji,
                max_emoji,
                max_users,
            } => {
                let kinds = message.reactions.len();
                match message.reactions.get_mut(emoji) {
                    Some(users) if users.contains(user_id) => return Ok(false),
                    Some(users) if users.len() >= *max_users => {
                        return Err(Error::new(
                            ErrorKind::Conflict,
                            format!("a reaction may have at most {max_users} users"),
                        ));
                    }
                    Some(users) => users.push(user_id.clone()),
                    None if kinds >= *max_emoji => {
                        return Err(Error::new(
                            ErrorKind::Conflict,
                            format!("a message may have at most {max_emoji} different reactions"),
                        ));
                    }
                    None => {
                        message
                            .reactions
                            .insert(emoji.clone(), vec![user_id.clone()]);
                    }
                }
            }
            Self::RemoveReaction { user_id, emoji } => {
                let Some(users) = message.reactions.get_mut(emoji) else {
                    return Ok(false);
                };
                let before = users.len();
                users.retain(|u| u != user_id);
                if users.len() == before {
                    return Ok(false);
                }
                if users.is_empty() {
                    message.reactions.remove(emoji);
                }
            }
        }
        message.rev = rev;
        Ok(true)
    }
}
