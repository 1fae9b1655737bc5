//! The wire protocol `chat.v1`: JSON text frames over a WebSocket.
//!
//! Names, fields and meanings are stable; new fields may be added. Commands are strict: an unknown
//! field is an error. Events are tolerant: clients ignore unknown fields.
//!
//! | file | contents |
//! |---|---|
//! | `characters` | detection of deceptive characters |
//! | `command` | commands and their decoder |
//! | `decoding` | decoding of objects, with errors that name the field |
//! | `event` | events and their encoder |
//! | `code` | error codes and close codes |
//! | `limits` | limits on client input |
//! | `object` | strict deserialization of JSON objects |
//! | `validate` | validation beyond types |

pub(crate) mod characters;
mod code;
mod command;
mod decoding;
mod event;
mod limits;
mod object;
mod validate;

pub use code::{CloseCode, ErrorCode};
pub use command::{
    Command, CommandError, DeleteMessage, EditMessage, JoinRoom, LeaveRoom, MarkRead, Ping,
    Reaction, RefreshToken, SendMessage, Typing, decode_command,
};
pub(crate) use decoding::{about, decode_object};
pub use event::{Event, RoomView};
pub use limits::Limits;
pub(crate) use object::{Object, objects};
#[cfg(feature = "schema")]
pub(crate) use validate::{
    MAX_RETENTION, MAX_RETENTION_MESSAGES, MAX_SLOW_MODE, MIN_RETENTION_MESSAGES,
};
pub use validate::{
    validate_draft, validate_emoji, validate_metadata, validate_reaction, validate_reason,
    validate_room_name, validate_settings, validate_text,
};

/// The WebSocket subprotocol.
pub const SUBPROTOCOL: &str = "chat.v1";
