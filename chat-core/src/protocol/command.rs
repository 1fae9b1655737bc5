use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::Limits;
use super::decoding::{explain, in_short};
use crate::model::{Attachment, Draft, Metadata};
use crate::object::{Object, objects};
#[cfg(feature = "schema")]
use crate::shape;
use crate::{ClientMessageId, Epoch, Error, MessageId, RoomId, Timestamp, UserId};

/// The length of `ROOM_JOINED`'s history if none is given, and at most.
pub(crate) const HISTORY_DEFAULT: u32 = 50;
pub(crate) const HISTORY_MAX: u32 = 100;

macro_rules! commands {
    ($($(#[$doc:meta])* $wire:literal $variant:ident($body:ident),)*) => {
        /// A command of a client.
        #[derive(Debug, Clone, PartialEq, Deserialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        #[serde(tag = "type")]
        #[non_exhaustive]
        pub enum Command {
            $($(#[$doc])* #[serde(rename = $wire)] $variant($body),)*
        }

        impl Command {
            /// The names of all types on the wire.
            pub const TYPES: &[&str] = &[$($wire),*];

            /// Returns the name of the type on the wire.
            #[must_use]
            pub const fn type_name(&self) -> &'static str {
                match self { $(Self::$variant(_) => $wire,)* }
            }

            /// Returns the `ref` that the reply repeats.
            #[must_use]
            pub fn reference(&self) -> Option<&str> {
                match self { $(Self::$variant(c) => c.r#ref.as_deref(),)* }
            }

            /// Explains why fields are not a command of a type. Returns `None` if they are.
            fn explain(wire: &str, fields: Map<String, Value>) -> Option<String> {
                let fields = Value::Object(fields);
                match wire {
                    $($wire => explain::<$body, _>(fields, WHAT),)*
                    _ => Some("`type` must be a known command".to_owned()),
                }
            }
        }
    };
}

commands! {
    /// Subscribes the connection to a room, from now or from a position on.
    "JOIN_ROOM" JoinRoom(JoinRoom),
    /// Unsubscribes the connection from a room.
    "LEAVE_ROOM" LeaveRoom(LeaveRoom),
    /// Sends a message.
    "SEND_MESSAGE" SendMessage(SendMessage),
    /// Changes the text of a message.
    "EDIT_MESSAGE" EditMessage(EditMessage),
    /// Deletes a message for all users, or hides it from the user.
    "DELETE_MESSAGE" DeleteMessage(DeleteMessage),
    /// Adds a reaction to a message.
    "ADD_REACTION" AddReaction(Reaction),
    /// Removes a reaction.
    "REMOVE_REACTION" RemoveReaction(Reaction),
    /// Moves the user's read marker forward.
    "MARK_READ" MarkRead(MarkRead),
    /// Starts or stops the user's typing notification.
    "TYPING" Typing(Typing),
    /// Replaces the token before it expires.
    "REFRESH_TOKEN" RefreshToken(RefreshToken),
    /// Requests a `PONG`.
    "PING" Ping(Ping),
}

macro_rules! body {
    ($(#[$doc:meta])* $name:ident { $($(#[$fdoc:meta])* $field:ident: $ty:ty,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Deserialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        #[serde(rename_all = "camelCase", deny_unknown_fields)]
        pub struct $name {
            /// A reference that the reply repeats.
            #[serde(default)]
            #[cfg_attr(feature = "schema", schemars(with = "Option<shape::Ref>"))]
            pub r#ref: Option<String>,
            $($(#[$fdoc])* pub $field: $ty,)*
        }
    };
}

body! {
    /// `JOIN_ROOM`
    JoinRoom {
        /// The room.
        room_id: RoomId,
        /// The number of newest messages to return; default 50, at most 100. Ignored on a resume.
        #[serde(default)]
        #[cfg_attr(feature = "schema", schemars(with = "Option<HistoryLength>"))]
        history: Option<u32>,
        /// The position up to which the client already has everything.
        #[serde(default)]
        after: Option<u64>,
        /// The epoch of the log that `after` refers to.
        #[serde(default)]
        epoch: Option<Epoch>,
    }
}
body! {
    /// `LEAVE_ROOM`
    LeaveRoom {
        /// The room.
        room_id: RoomId,
    }
}
body! {
    /// `SEND_MESSAGE`
    SendMessage {
        /// The room.
        room_id: RoomId,
        /// The sender's id for the message. Another send with the same id stores nothing.
        client_message_id: ClientMessageId,
        /// The text. May be empty only if there are attachments.
        #[serde(default)]
        #[cfg_attr(feature = "schema", schemars(with = "shape::Text"))]
        text: String,
        /// The message that this one replies to.
        #[serde(default)]
        reply_to: Option<MessageId>,
        /// The root message of the thread.
        #[serde(default)]
        thread_id: Option<MessageId>,
        /// The mentioned users.
        #[serde(default)]
        #[cfg_attr(feature = "schema", schemars(with = "shape::Mentions"))]
        mentions: Vec<UserId>,
        /// The attached files.
        #[serde(default, deserialize_with = "objects")]
        #[cfg_attr(feature = "schema", schemars(with = "crate::model::Attachments"))]
        attachments: Vec<Attachment>,
        /// The app's data.
        #[serde(default)]
        #[cfg_attr(feature = "schema", schemars(with = "shape::Metadata"))]
        metadata: Metadata,
        /// The time at which the message expires.
        #[serde(default)]
        expires_at: Option<Timestamp>,
    }
}
body! {
    /// `EDIT_MESSAGE`
    EditMessage {
        /// The room.
        room_id: RoomId,
        /// The message.
        message_id: MessageId,
        /// The new text.
        #[cfg_attr(feature = "schema", schemars(with = "shape::FilledText"))]
        text: String,
    }
}
body! {
    /// `DELETE_MESSAGE`
    DeleteMessage {
        /// The room.
        room_id: RoomId,
        /// The message.
        message_id: MessageId,
        /// `true` to hide the message from the user alone instead of deleting it.
        #[serde(default)]
        for_me: bool,
    }
}
body! {
    /// `ADD_REACTION` and `REMOVE_REACTION`
    Reaction {
        /// The room.
        room_id: RoomId,
        /// The message.
        message_id: MessageId,
        /// The emoji.
        #[cfg_attr(feature = "schema", schemars(with = "shape::Emoji"))]
        emoji: String,
    }
}
body! {
    /// `MARK_READ`
    MarkRead {
        /// The room.
        room_id: RoomId,
        /// The `seq` of the last message read.
        seq: u64,
        /// The root of the thread to mark. Without it, the room is marked.
        #[serde(default)]
        thread_id: Option<MessageId>,
    }
}
body! {
    /// `TYPING`
    Typing {
        /// The room.
        room_id: RoomId,
        /// `true` if the user is typing.
        typing: bool,
    }
}
body! {
    /// `PING`
    Ping {}
}

/// `REFRESH_TOKEN`. `Debug` hides the token.
#[derive(Clone, PartialEq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RefreshToken {
    /// A reference that the reply repeats.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(with = "Option<shape::Ref>"))]
    pub r#ref: Option<String>,
    /// The new token.
    pub token: String,
}

impl fmt::Debug for RefreshToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RefreshToken")
            .field("ref", &self.r#ref)
            .finish_non_exhaustive()
    }
}

impl SendMessage {
    /// Splits the command into the room and the draft.
    #[must_use]
    pub fn into_draft(self) -> (RoomId, Draft) {
        let draft = Draft {
            client_message_id: Some(self.client_message_id),
            text: self.text,
            reply_to: self.reply_to,
            thread_id: self.thread_id,
            mentions: self.mentions,
            attachments: self.attachments,
            metadata: self.metadata,
            expires_at: self.expires_at,
        };
        (self.room_id, draft)
    }
}

/// The error of a frame that is not a valid command.
#[derive(Debug)]
pub struct CommandError {
    /// The `ref` of the frame, if it could be read.
    pub reference: Option<String>,
    /// The error.
    pub error: Error,
}

/// Decodes a command.
///
/// Rejects unknown types and fields, positions of 2^53 and above, which a double cannot represent
/// exactly, and nesting deeper than 128 levels, the limit of `serde_json`.
///
/// # Errors
/// [`CommandError`] of kind `Invalid`, with the `ref` if the frame is JSON and contains one.
///
/// ```
/// use chat_core::protocol::{Command, Limits, decode_command};
///
/// let frame = br#"{"type":"TYPING","ref":"7","roomId":"general","typing":true}"#;
/// let command = decode_command(frame, &Limits::default()).unwrap();
/// assert_eq!(command.type_name(), "TYPING");
/// assert_eq!(command.reference(), Some("7"));
///
/// let frame = br#"{"type":"TYPING","ref":"8","roomId":"general","typo":true}"#;
/// let error = decode_command(frame, &Limits::default()).unwrap_err();
/// assert_eq!(error.reference.as_deref(), Some("8"));
/// ```
pub fn decode_command(frame: &[u8], limits: &Limits) -> Result<Command, CommandError> {
    let Object::<Command>(command) = serde_json::from_slice(frame).map_err(|e| CommandError {
        reference: peek_reference(frame, limits),
        error: Error::invalid(explain_frame(frame, &e)),
    })?;
    let fail = |message: String, reference: Option<&str>| CommandError {
        reference: reference.map(str::to_owned),
        error: Error::invalid(message),
    };
    let reference = command.reference();
    let most = limits.max_ref_bytes;
    if reference.is_some_and(|r| r.len() > most) {
        return Err(fail(format!("`ref` must have at most {most} bytes"), None));
    }
    let (field, position) = match &command {
        Command::JoinRoom(c) => ("after", c.after),
        Command::MarkRead(c) => ("seq", Some(c.seq)),
        _ => ("", None),
    };
    if position.is_some_and(|p| p >= 1 << 53) {
        let rule = format!("`{field}` must be a whole number below 2^53");
        return Err(fail(rule, reference));
    }
    if let Command::JoinRoom(c) = &command
        && c.after.is_some() != c.epoch.is_some()
    {
        let rule = "`after` and `epoch` must be given together".to_owned();
        return Err(fail(rule, reference));
    }
    Ok(command)
}

/// The name of a frame in error messages.
const WHAT: &str = "a command";

/// Explains why a frame is not a command.
fn explain_frame(frame: &[u8], error: &serde_json::Error) -> String {
    let Ok(mut fields) = serde_json::from_slice::<Map<String, Value>>(frame) else {
        return in_short(error, WHAT);
    };
    let explained = match fields.remove("type") {
        Some(Value::String(wire)) => Command::explain(&wire, fields),
        Some(_) => Some("`type` must be a string".to_owned()),
        None => Some("`type` is required".to_owned()),
    };
    // A duplicate field is lost in the map, so the fields alone may look valid.
    explained.unwrap_or_else(|| in_short(error, WHAT))
}

/// Returns the `ref` of a JSON frame that is not a command, so that its sender knows which one
/// failed.
fn peek_reference(frame: &[u8], limits: &Limits) -> Option<String> {
    #[derive(Deserialize)]
    struct Peek<'a> {
        #[serde(borrow)]
        r#ref: Option<Cow<'a, str>>,
    }
    let Object::<Peek<'_>>(peek) = serde_json::from_slice(frame).ok()?;
    peek.r#ref
        .filter(|r| r.len() <= limits.max_ref_bytes)
        .map(Cow::into_owned)
}

#[cfg(feature = "schema")]
crate::shape::shapes! {
    HistoryLength(_g) {
        "type": "integer", "minimum": 0, "maximum": HISTORY_MAX, "default": HISTORY_DEFAULT
    };
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::ErrorKind;

    fn decode(frame: &str) -> Result<Command, CommandError> {
        decode_command(frame.as_bytes(), &Limits::default())
    }

    #[test]
    fn what_the_protocol_shows_decodes() {
        for frame in [
            r#"{"type":"JOIN_ROOM","ref":"1","roomId":"general","history":50}"#,
            r#"{"type":"JOIN_ROOM","roomId":"general","epoch":"0190b0a0-0000-7000-8000-000000000000","after":17}"#,
            r#"{"type":"LEAVE_ROOM","roomId":"general"}"#,
            r#"{"type":"SEND_MESSAGE","ref":"2","roomId":"general","clientMessageId":"c-1","text":"hi","replyTo":"0190b0a0-0000-7000-8000-000000000000","mentions":["bob"],"attachments":[{"url":"https://x/a.png","mimeType":"image/png","name":"a.png","size":123}],"metadata":{}}"#,
            r#"{"type":"PING"}"#,
            r#"{"type":"PING","ref":null}"#,
        ] {
            decode(frame).unwrap();
        }
    }

    #[test]
    fn what_is_wrong_is_an_error_with_its_ref() {
        for (frame, reference) in [
            ("", None),
            ("nonsense", None),
            ("[]", None),
            (r#"["PING"]"#, None),
            (r#"["PING","a"]"#, None),
            (
                r#"{"type":"SEND_MESSAGE","ref":"a","roomId":"r","clientMessageId":"c","attachments":[["https://x/","a/b",null,1]]}"#,
                Some("a"),
            ),
            ("null", None),
            ("{}", None),
            (r#"{"ref":"a"}"#, Some("a")),
            (r#"{"type":"NOPE","ref":"a"}"#, Some("a")),
            (r#"{"type":"PING","ref":"a","x":1}"#, Some("a")),
            (r#"{"type":"PING","type":"PING","ref":"a"}"#, Some("a")),
            (r#"{"type":"PING","ref":1}"#, None),
            (
                r#"{"type":"LEAVE_ROOM","ref":"a","roomId":"a b"}"#,
                Some("a"),
            ),
            (
                r#"{"type":"MARK_READ","ref":"a","roomId":"a","seq":-1}"#,
                Some("a"),
            ),
            (
                r#"{"type":"MARK_READ","ref":"a","roomId":"a","seq":1.5}"#,
                Some("a"),
            ),
            (
                r#"{"type":"MARK_READ","ref":"a","roomId":"a","seq":9007199254740992}"#,
                Some("a"),
            ),
            (
                r#"{"type":"JOIN_ROOM","ref":"a","roomId":"a","after":1}"#,
                Some("a"),
            ),
        ] {
            let e = decode(frame).unwrap_err();
            assert_eq!(e.reference.as_deref(), reference, "{frame}");
            assert_eq!(e.error.kind(), ErrorKind::Invalid, "{frame}");
        }
        let long = format!(r#"{{"type":"PING","ref":"{}"}}"#, "r".repeat(65));
        assert!(decode(&long).unwrap_err().reference.is_none());
        let deep = format!(
            r#"{{"type":"PING","x":{}{}}}"#,
            "[".repeat(20_000),
            "]".repeat(20_000)
        );
        assert!(decode(&deep).is_err());
    }

    #[test]
    fn an_error_names_the_field_and_the_rule() {
        for (frame, message) in [
            ("", "a command must be valid JSON"),
            (r#"{"type":"PING""#, "a command must be valid JSON"),
            ("[]", "a command must be an object"),
            (r#"["PING"]"#, "a command must be an object"),
            (r#"{"ref":"a"}"#, "`type` is required"),
            (r#"{"type":1}"#, "`type` must be a string"),
            (r#"{"type":"NOPE"}"#, "`type` must be a known command"),
            (
                r#"{"type":"PING","type":"PING"}"#,
                "`type` must be given once",
            ),
            (r#"{"type":"PING","foo":1}"#, "unknown field `foo`"),
            (r#"{"type":"PING","ref":1}"#, "`ref` must be a string"),
            (
                r#"{"type":"PING","ref":"a","ref":"b"}"#,
                "`ref` must be given once",
            ),
            (r#"{"type":"LEAVE_ROOM"}"#, "`roomId` is required"),
            (
                r#"{"type":"LEAVE_ROOM","roomId":7}"#,
                "`roomId` must be a string of 1 to 128 bytes",
            ),
            (
                r#"{"type":"LEAVE_ROOM","roomId":""}"#,
                "`roomId` must not be empty",
            ),
            (
                r#"{"type":"LEAVE_ROOM","roomId":"a b"}"#,
                "`roomId` must not contain white space, control characters or invisible characters",
            ),
            (
                r#"{"type":"MARK_READ","roomId":"a","seq":-1}"#,
                "`seq` must be a whole number below 2^53",
            ),
            (
                r#"{"type":"MARK_READ","roomId":"a","seq":1.5}"#,
                "`seq` must be a whole number below 2^53",
            ),
            (
                r#"{"type":"MARK_READ","roomId":"a","seq":9007199254740992}"#,
                "`seq` must be a whole number below 2^53",
            ),
            (
                r#"{"type":"JOIN_ROOM","roomId":"a","history":"all"}"#,
                "`history` must be a whole number of at least 0",
            ),
            (
                r#"{"type":"JOIN_ROOM","roomId":"a","after":1}"#,
                "`after` and `epoch` must be given together",
            ),
            (
                r#"{"type":"JOIN_ROOM","roomId":"a","after":1,"epoch":"x"}"#,
                "`epoch` must be a UUID",
            ),
            (
                r#"{"type":"TYPING","roomId":"a","typing":1}"#,
                "`typing` must be true or false",
            ),
            (
                r#"{"type":"SEND_MESSAGE","roomId":"a","clientMessageId":"c","mentions":"bob"}"#,
                "`mentions` must be an array",
            ),
            (
                r#"{"type":"SEND_MESSAGE","roomId":"a","clientMessageId":"c","mentions":["bob","a b"]}"#,
                "`mentions[1]` must not contain white space, control characters or invisible characters",
            ),
            (
                r#"{"type":"SEND_MESSAGE","roomId":"a","clientMessageId":"c","metadata":[]}"#,
                "`metadata` must be an object",
            ),
            (
                r#"{"type":"SEND_MESSAGE","roomId":"a","clientMessageId":"c","expiresAt":"soon"}"#,
                "`expiresAt` must be an RFC 3339 time, such as `2026-01-31T12:00:00Z`",
            ),
            (
                r#"{"type":"SEND_MESSAGE","roomId":"a","clientMessageId":"c","attachments":[[]]}"#,
                "`attachments[0]` must be an object",
            ),
            (
                r#"{"type":"SEND_MESSAGE","roomId":"a","clientMessageId":"c","attachments":[{"url":"https://x"}]}"#,
                "`attachments[0].mimeType` is required",
            ),
            (
                r#"{"type":"SEND_MESSAGE","roomId":"a","clientMessageId":"c","attachments":[{"width":1}]}"#,
                "unknown field `attachments[0].width`",
            ),
        ] {
            assert_eq!(
                decode(frame).unwrap_err().error.message(),
                message,
                "{frame}"
            );
        }
    }

    #[test]
    fn an_error_never_repeats_a_large_input() {
        let frame = format!(r#"{{"type":"{}"}}"#, "x".repeat(60_000));
        assert!(decode(&frame).unwrap_err().error.message().len() < 1_000);
        let frame = format!(r#"{{"type":"PING","{}":1}}"#, "x".repeat(60_000));
        assert!(decode(&frame).unwrap_err().error.message().len() < 1_000);
    }
}
