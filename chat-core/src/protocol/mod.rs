//! The wire protocol `chat.v1`: JSON text frames over a WebSocket.
//!
//! Names, fields and meanings are stable; new fields may be added. Commands are strict: an unknown
//! field is an error. Events are tolerant: clients ignore unknown fields.
//!
//! | file | contents |
//! |---|---|
//! | `command` | commands and their decoder |
//! | `decoding` | decoding of objects, with errors that name the field |
//! | `event` | events and their encoder |
//! | `code` | error codes and close codes |
//! | `limits` | limits on client input |
//! | `validate` | validation beyond types |

mod code;
mod command;
mod decoding;
mod event;
mod limits;
mod validate;

pub use code::{CloseCode, ErrorCode};
pub use command::{
    Command, CommandError, DeleteMessage, EditMessage, JoinRoom, LeaveRoom, MarkRead, Ping,
    Reaction, RefreshToken, SendMessage, Typing, decode_command,
};
pub(crate) use command::{HISTORY_DEFAULT, HISTORY_MAX};
pub(crate) use decoding::{about, decode_object};
pub use event::{Event, RoomView};
pub use limits::Limits;
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
