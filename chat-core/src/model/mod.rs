//! The data model of rooms, members and messages, and its rules. Pure data and functions, without
//! I/O or a clock.
//!
//! | file | contents |
//! |---|---|
//! | `message` | messages, drafts and changes of messages |
//! | `reaction` | the wire format of reactions |
//! | `room` | rooms, room settings and their patches |
//! | `member` | members, bans and roles |
//! | `permission` | the table of actions and the roles they require |
//! | `budget` | byte budgets of pages |
//! | `page` | history queries and pages, catch-up and log heads |
//! | `read` | read markers and unread counts |
//! | `thread` | thread summaries and read markers |
//! | `search` | search queries and results |
//! | `moderation` | reports and the audit log |
//! | `user` | user settings |
//! | `presence` | presence of users and rooms |

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
#[cfg(feature = "schema")]
pub(crate) use message::Attachments;
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
