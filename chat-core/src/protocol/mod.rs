//! The wire, `chat.v1`: JSON text frames over a WebSocket. Names, fields and meanings are fixed;
//! fields may be added. Commands are strict (an unknown field is an error), events are tolerant (a
//! client ignores what it does not know).
//!
//! | file | what |
//! |---|---|
//! | `characters` | characters that deceive |
//! | `command` | what a client sends, and its decoder |
//! | `decoding` | objects decoded, with errors that name the field |
//! | `event` | what a client gets, and its encoder |
//! | `code` | error codes with their HTTP statuses, close codes with their verdicts |
//! | `limits` | what a client may send at the most |
//! | `object` | objects that are objects |
//! | `validate` | the rules beyond types |

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
