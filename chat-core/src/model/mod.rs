//! The model: what a room, a member and a message are, and the rules among them. Data and pure
//! functions; no I/O and no clock.
//!
//! | file | what |
//! |---|---|
//! | `message` | messages, what a sender drafts, what changes a message |
//! | `room` | rooms, their settings, what creates and changes them |
//! | `member` | members, bans, roles |
//! | `permission` | who may do what: one table |
//! | `page` | history queries and pages, catch-up, log heads |
//! | `read` | read markers and unread counts |
//! | `presence` | who is online |

mod member;
mod message;
mod page;
mod permission;
mod presence;
mod read;
mod room;

pub use member::{Ban, Member, MemberPatch, Membership, NotificationLevel, Role};
pub use message::{
    Appended, Attachment, Change, Changed, Draft, Message, MessageKind, Metadata, NewMessage,
    SystemEvent,
};
pub use page::{Anchor, Changes, HistoryPage, HistoryQuery, LogHead};
pub use permission::{Action, allows, may_act_on};
pub use presence::{Presence, RoomPresence};
pub use read::{ReadMarker, Unread};
pub use room::{NewRoom, Room, RoomCreated, RoomKind, RoomPatch, RoomSettings, RoomSettingsPatch};
