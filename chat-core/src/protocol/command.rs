use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::decoding::{explain, in_short};
use super::{Limits, Object, objects};
use crate::model::{Attachment, Draft, Metadata};
#[cfg(feature = "schema")]
use crate::schema::shape;
use crate::{ClientMessageId, Epoch, Error, MessageId, RoomId, Timestamp, UserId};

macro_rules! commands {
    ($($(#[$doc:meta])* $wire:literal $variant:ident($body:ident),)*) => {
        /// What a client sends.
        #[derive(Debug, Clone, PartialEq, Deserialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        #[serde(tag = "type")]
        #[non_exhaustive]
        pub enum Command {
            $($(#[$doc])* #[serde(rename = $wire)] $variant($body),)*
        }

        impl Command {
            /// The types there are, as on the wire.
            pub const TYPES: &[&str] = &[$($wire),*];

            /// The type, as on the wire.
            #[must_use]
            pub const fn type_name(&self) -> &'static str {
                match self { $(Self::$variant(_) => $wire,)* }
            }

            /// What the answer is to repeat.
            #[must_use]
            pub fn reference(&self) -> Option<&str> {
                match self { $(Self::$variant(c) => c.r#ref.as_deref(),)* }
            }

            /// Says why fields make no command of a type; `None` where they make one.
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
    /// Hear a room, fresh or from a position on.
    "JOIN_ROOM" JoinRoom(JoinRoom),
    /// Cease to hear a room.
    "LEAVE_ROOM" LeaveRoom(LeaveRoom),
    /// Send a message.
    "SEND_MESSAGE" SendMessage(SendMessage),
    /// Change the text of a message.
    "EDIT_MESSAGE" EditMessage(EditMessage),
    /// Turn a message into a tombstone.
    "DELETE_MESSAGE" DeleteMessage(DeleteMessage),
    /// React to a message.
    "ADD_REACTION" AddReaction(Reaction),
    /// Take a reaction back.
    "REMOVE_REACTION" RemoveReaction(Reaction),
    /// Move the own read marker forward.
    "MARK_READ" MarkRead(MarkRead),
    /// Say that one is typing, or is no longer.
    "TYPING" Typing(Typing),
    /// Bring a new token before the old one runs out.
    "REFRESH_TOKEN" RefreshToken(RefreshToken),
    /// Ask for a `PONG`.
    "PING" Ping(Ping),
}

macro_rules! body {
    ($(#[$doc:meta])* $name:ident { $($(#[$fdoc:meta])* $field:ident: $ty:ty,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Deserialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        #[serde(rename_all = "camelCase", deny_unknown_fields)]
        pub struct $name {
            /// What the answer is to repeat.
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
        /// Which room.
        room_id: RoomId,
        /// How many of the newest messages to get; default 50, at most 100. Not with `after`.
        #[serde(default)]
        #[cfg_attr(feature = "schema", schemars(with = "Option<shape::HistoryLength>"))]
        history: Option<u32>,
        /// Everything up to this position is there already.
        #[serde(default)]
        after: Option<u64>,
        /// The epoch in which `after` was seen.
        #[serde(default)]
        epoch: Option<Epoch>,
    }
}
body! {
    /// `LEAVE_ROOM`
    LeaveRoom {
        /// Which room.
        room_id: RoomId,
    }
}
body! {
    /// `SEND_MESSAGE`
    SendMessage {
        /// Where to.
        room_id: RoomId,
        /// The sender's own name for it.
        client_message_id: ClientMessageId,
        /// What it says.
        #[serde(default)]
        #[cfg_attr(feature = "schema", schemars(with = "shape::Text"))]
        text: String,
        /// The message it answers.
        #[serde(default)]
        reply_to: Option<MessageId>,
        /// The root of the thread it is in.
        #[serde(default)]
        thread_id: Option<MessageId>,
        /// The users it names.
        #[serde(default)]
        #[cfg_attr(feature = "schema", schemars(with = "shape::Mentions"))]
        mentions: Vec<UserId>,
        /// The files it refers to.
        #[serde(default, deserialize_with = "objects")]
        #[cfg_attr(feature = "schema", schemars(with = "shape::Attachments"))]
        attachments: Vec<Attachment>,
        /// What the app keeps with it.
        #[serde(default)]
        #[cfg_attr(feature = "schema", schemars(with = "shape::Metadata"))]
        metadata: Metadata,
        /// When it is to be removed from the history.
        #[serde(default)]
        expires_at: Option<Timestamp>,
    }
}
body! {
    /// `EDIT_MESSAGE`
    EditMessage {
        /// Which room.
        room_id: RoomId,
        /// Which message.
        message_id: MessageId,
        /// The new text.
        #[cfg_attr(feature = "schema", schemars(with = "shape::FilledText"))]
        text: String,
    }
}
body! {
    /// `DELETE_MESSAGE`
    DeleteMessage {
        /// Which room.
        room_id: RoomId,
        /// Which message.
        message_id: MessageId,
        /// Whether only the own devices are to forget it.
        #[serde(default)]
        for_me: bool,
    }
}
body! {
    /// `ADD_REACTION` and `REMOVE_REACTION`
    Reaction {
        /// Which room.
        room_id: RoomId,
        /// Which message.
        message_id: MessageId,
        /// With what.
        #[cfg_attr(feature = "schema", schemars(with = "shape::Emoji"))]
        emoji: String,
    }
}
body! {
    /// `MARK_READ`
    MarkRead {
        /// Which room.
        room_id: RoomId,
        /// The `seq` of the last message read.
        seq: u64,
        /// The root of the thread that was read; else the room was.
        #[serde(default)]
        thread_id: Option<MessageId>,
    }
}
body! {
    /// `TYPING`
    Typing {
        /// Which room.
        room_id: RoomId,
        /// Whether one is.
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
    /// What the answer is to repeat.
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
    /// The room and what is sent to it.
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

/// Why a frame is no command, with the `ref` to answer to where it could be read.
#[derive(Debug)]
pub struct CommandError {
    /// What the answer is to repeat.
    pub reference: Option<String>,
    /// Why.
    pub error: Error,
}

/// Decodes a command. Numbers that a double cannot hold exactly (2^53 and above) are refused, as
/// are unknown types and fields, and nesting deeper than `serde_json` follows (128 levels).
///
/// # Errors
/// [`CommandError`] of kind `Invalid`, with the `ref` where the frame is JSON and holds one.
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

/// What messages call a frame.
const WHAT: &str = "a command";

/// Says why a frame is no command.
fn explain_frame(frame: &[u8], error: &serde_json::Error) -> String {
    let Ok(mut fields) = serde_json::from_slice::<Map<String, Value>>(frame) else {
        return in_short(error, WHAT);
    };
    let explained = match fields.remove("type") {
        Some(Value::String(wire)) => Command::explain(&wire, fields),
        Some(_) => Some("`type` must be a string".to_owned()),
        None => Some("`type` is required".to_owned()),
    };
    // A field that stands twice is once in the map.
    explained.unwrap_or_else(|| in_short(error, WHAT))
}

/// The `ref` of a frame that is JSON but no command, so that its sender knows which one failed.
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
