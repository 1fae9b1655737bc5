//! The model: what a room, a member and a message are, and the rules among them. Data and pure
//! functions; no I/O and no clock.
//!
//! | file | what |
//! |---|---|
//! | `message` | messages, what a sender drafts, what changes a message |
//! | `reaction` | reactions on the wire |
//! | `room` | rooms, their settings, what creates and changes them |
//! | `member` | members, bans, roles |
//! | `permission` | who may do what: one table |
//! | `budget` | how many entries of a page fit into its bytes |
//! | `page` | history queries and pages, catch-up, log heads |
//! | `read` | read markers and unread counts |
//! | `thread` | what was answered in a thread |
//! | `search` | a search over messages |
//! | `moderation` | reports and the audit log |
//! | `user` | what is remembered of a user |
//! | `presence` | who is online |

mod budget;
mod member;
mod message;
mod moderation;
mod page;
mod permission;
mod presence;
mod reaction;
mod read;
mod room;
mod search;
mod thread;
mod user;

pub(crate) use budget::{JsonBound, fitting, fitting_around, json_bytes, str_bound};
pub use member::{Ban, Member, MemberPatch, Membership, NotificationLevel, Role};
pub use message::{
    Appended, Attachment, Change, Changed, Draft, Message, MessageKind, Metadata, NewMessage,
    SystemEvent,
};
pub use moderation::{AuditAction, AuditEntry, Report, ReportStatus};
pub use page::{Anchor, Changes, HistoryPage, HistoryQuery, LogHead};
pub use permission::{Action, allows, may_act_on};
pub use presence::{Presence, RoomPresence};
pub use read::{ReadMarker, Readers, Unread};
pub use room::{NewRoom, Room, RoomCreated, RoomKind, RoomPatch, RoomSettings, RoomSettingsPatch};
pub use search::{SearchPage, SearchPosition, SearchQuery};
pub use thread::{ThreadRead, ThreadSummary};
pub use user::UserSettings;
