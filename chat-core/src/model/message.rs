use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Role, ThreadSummary, reaction};
use crate::object::objects;
#[cfg(feature = "schema")]
use crate::shape;
use crate::{ClientMessageId, MessageId, RoomId, Timestamp, UserId};

/// The app's data on a message or a room: a JSON object of bounded size.
pub type Metadata = serde_json::Map<String, serde_json::Value>;

/// The origin of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum MessageKind {
    /// Sent by a user.
    User,
    /// Sent by the engine or the app, for example a rename, a join or a notice. `system` has the
    /// event.
    System,
}

/// The event that a system message records.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(
    tag = "event",
    rename_all = "snake_case",
    rename_all_fields = "camelCase"
)]
#[non_exhaustive]
pub enum SystemEvent {
    /// A user became a member.
    MemberJoined {
        /// The new member.
        user_id: UserId,
        /// The member's role.
        role: Role,
    },
    /// A member's role changed.
    MemberUpdated {
        /// The member.
        user_id: UserId,
        /// The new role.
        role: Role,
    },
    /// A member left or was removed.
    MemberLeft {
        /// The former member.
        user_id: UserId,
        /// `left`, `removed` or `banned`.
        reason: String,
    },
    /// The room was renamed.
    RoomRenamed {
        /// The new name; `None` if the name was removed.
        #[serde(skip_serializing_if = "Option::is_none")]
        name: Option<String>,
    },
    /// A notice of the app, given in the message's text.
    Notice {},
}

/// A reference to a file. The engine does not store files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Attachment {
    /// The file's `https` or `http` URL.
    #[cfg_attr(feature = "schema", schemars(with = "shape::Url"))]
    pub url: String,
    /// The media type, for example `image/png`.
    #[cfg_attr(feature = "schema", schemars(with = "shape::MediaType"))]
    pub mime_type: String,
    /// The display name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<shape::FileName>"))]
    pub name: Option<String>,
    /// The size in bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
}

/// A message in its latest state, as stored and as sent to clients. An absent field means null.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Message {
    /// The message id.
    pub id: MessageId,
    /// The room.
    pub room_id: RoomId,
    /// The origin of the message.
    pub kind: MessageKind,
    /// The position at which the message was created: its place in the history. Never changes.
    pub seq: u64,
    /// The position of the latest change. Equals `seq` until the message changes.
    pub rev: u64,
    /// The user who sent the message; `None` if the engine or the app did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sender_id: Option<UserId>,
    /// The id that the sender chose for the message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_message_id: Option<ClientMessageId>,
    /// The text. Empty in a tombstone.
    pub text: String,
    /// The time at which the message was accepted. Never decreases along the positions of a room.
    pub created_at: Timestamp,
    /// The time of the last edit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub edited_at: Option<Timestamp>,
    /// The user who last edited the message; `None` if the app did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub edited_by: Option<UserId>,
    /// The time of deletion. A deleted message is a tombstone without text, attachments or
    /// reactions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deleted_at: Option<Timestamp>,
    /// The user who deleted the message; `None` if the app did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deleted_by: Option<UserId>,
    /// The message that this one replies to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<MessageId>,
    /// The root message of the thread.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thread_id: Option<MessageId>,
    /// The mentioned users.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mentions: Vec<UserId>,
    /// The attached files.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Attachment>,
    /// The users who reacted with each emoji, in the order of their reactions. On the wire, each
    /// emoji lists its first [`LISTED_USERS`](Self::LISTED_USERS) users. If it has more,
    /// `reactionCounts` has their number. A deserialized message therefore has only the listed
    /// users.
    #[serde(flatten, with = "reaction")]
    #[cfg_attr(feature = "schema", schemars(with = "reaction::Listed"))]
    pub reactions: BTreeMap<String, Vec<UserId>>,
    /// The time at which the message was pinned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pinned_at: Option<Timestamp>,
    /// The user who pinned the message; `None` if the app did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pinned_by: Option<UserId>,
    /// The app's data.
    #[serde(default, skip_serializing_if = "Metadata::is_empty")]
    pub metadata: Metadata,
    /// The event that a system message records.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub system: Option<SystemEvent>,
    /// The time at which the message expires and is removed from the history.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// A summary of the thread, if the message is a thread's root. Only set in pages of the
    /// history: it is computed on read and never stored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thread: Option<ThreadSummary>,
    /// `true` if only the sender sees the message, without knowing it. Never sent to clients.
    #[serde(skip)]
    pub shadowed: bool,
}

impl Message {
    /// The maximum number of users listed per emoji on the wire. It keeps the size of an event
    /// independent of the number of users who react.
    pub const LISTED_USERS: usize = 20;
}

/// A message to be sent, before the engine assigns its id and time.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Draft {
    /// The sender's id for the message. Another send with the same id stores nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_message_id: Option<ClientMessageId>,
    /// The text. May be empty only if there are attachments.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(with = "shape::Text"))]
    pub text: String,
    /// The message that this one replies to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<MessageId>,
    /// The root message of the thread.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thread_id: Option<MessageId>,
    /// The mentioned users.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "schema", schemars(with = "shape::Mentions"))]
    pub mentions: Vec<UserId>,
    /// The attached files.
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "objects"
    )]
    #[cfg_attr(feature = "schema", schemars(with = "Attachments"))]
    pub attachments: Vec<Attachment>,
    /// The app's data.
    #[serde(default, skip_serializing_if = "Metadata::is_empty")]
    #[cfg_attr(feature = "schema", schemars(with = "shape::Metadata"))]
    pub metadata: Metadata,
    /// The time at which the message expires. The room's retention may remove it earlier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
}

impl Draft {
    /// Creates a draft with only a text.
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

    /// Returns the approximate size in bytes, without the fields that are small in any draft.
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
    /// The unique message id.
    pub id: MessageId,
    /// The origin of the message.
    pub kind: MessageKind,
    /// The user who sends the message, or `None` for the engine or the app.
    pub sender_id: Option<UserId>,
    /// The content.
    pub draft: Draft,
    /// The event that a system message records.
    pub system: Option<SystemEvent>,
    /// The time by the accepting node's clock. The store raises it if the room's newest message is
    /// later.
    pub created_at: Timestamp,
    /// The time at which the message expires. Already includes the draft's `expires_at`.
    pub expires_at: Option<Timestamp>,
    /// `true` if only the sender sees the message.
    pub shadowed: bool,
    /// The time until which the storing node delivers the push notifications. Afterwards,
    /// [`claim`](crate::backend::PushQueue::claim) gives them to another node.
    /// `None` if there is nothing to push.
    pub push_due: Option<Timestamp>,
}

impl NewMessage {
    /// Creates a user's message.
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

    /// Creates a message of the engine or the app.
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

    /// Returns the message as stored at position `seq`.
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

/// The result of an append.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appended {
    /// The stored message. For a duplicate, the first one.
    pub message: Arc<Message>,
    /// `true` if a message with the same (room, sender, client message id) was already stored. No
    /// position was taken then.
    pub duplicate: bool,
}

/// A change of a stored message. Each effective change takes a position.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Change {
    /// Replaces the text.
    Edit {
        /// The new text.
        text: String,
        /// The editing user, or `None` for the app.
        by: Option<UserId>,
    },
    /// Turns the message into a tombstone.
    Delete {
        /// The deleting user, or `None` for the app.
        by: Option<UserId>,
    },
    /// Pins the message.
    Pin {
        /// The pinning user, or `None` for the app.
        by: Option<UserId>,
    },
    /// Unpins the message.
    Unpin,
    /// Adds a user's reaction.
    AddReaction {
        /// The user who reacts.
        user_id: UserId,
        /// The emoji.
        emoji: String,
        /// The maximum number of different emoji on the message. One more is a conflict.
        max_emoji: usize,
        /// The maximum number of users per emoji. One more is a conflict.
        max_users: usize,
    },
    /// Removes a user's reaction.
    RemoveReaction {
        /// The user.
        user_id: UserId,
        /// The emoji.
        emoji: String,
    },
}

/// The result of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// The message after the change.
    pub message: Arc<Message>,
    /// `false` if the change had no effect (a reaction that exists, a second deletion). No position
    /// was taken then.
    pub changed: bool,
}

impl Change {
    /// Applies the change to a message at the position `rev`. Returns `true` if the message
    /// changed.
    ///
    /// Every store must apply changes this way.
    ///
    /// # Errors
    /// `MESSAGE_NOT_FOUND` for a tombstone, except by `Delete`; `CONFLICT` over a reaction limit.
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

#[cfg(feature = "schema")]
crate::shape::shapes! {
    Attachments(g) {
        "type": "array", "items": g.subschema_for::<Attachment>(),
        "x-limit": {"maxItems": "max_attachments"}
    };
}
