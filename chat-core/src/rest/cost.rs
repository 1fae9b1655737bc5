//! The maximum cost of each command and call: the size of its reply, the events to others, its rate
//! class, and its store calls.
//!
//! A test performs each of them with the worst input and compares. The guide has the table for the
//! default settings (`docs/guide/costs.md`).
//!
//! ```
//! use chat_core::{Config, cost};
//!
//! let config = Config::default();
//! let send = cost::costs().find(|cost| cost.name == "SEND_MESSAGE").ok_or("no such command")?;
//! assert_eq!(send.rate, "send");
//! assert!(send.max_answer_bytes(&config) < 4_096);
//! # Ok::<(), &str>(())
//! ```

use crate::model::Message;
use crate::protocol::Limits;
use crate::rest::CALLS;
use crate::{Config, MAX_ID_BYTES, UserId};

/// The maximum cost of a command or call. An error is [`Size::Small`] and sends no events to
/// others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Cost {
    /// The type of the command, for example `SEND_MESSAGE`, or the method and path of the call, for
    /// example `GET /rooms`.
    pub name: &'static str,
    /// The class of [`Rates`](crate::Rates) from which it takes a permit.
    pub rate: &'static str,
    /// The reply to its sender. With several frames, each of them.
    pub answer: Size,
    /// The widest audience of its events.
    pub audience: Audience,
    /// The number of events per connection of that audience.
    pub frames: usize,
    /// The largest of those events.
    pub event: Size,
    /// The number of store calls.
    pub calls: usize,
    /// Additional store calls, per entity of a number that a setting bounds.
    pub calls_each: &'static [(usize, Each)],
    /// The large reads from the stores.
    pub reads: &'static [Reads],
}

/// The audience of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Audience {
    /// Only the sender.
    Nobody,
    /// The connections that have joined the room, and the user's own.
    Joined,
    /// The connections that have joined the room, and those of the affected users.
    Members,
}

/// An entity whose number a setting bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Each {
    /// A batch of 200 rooms of the user, out of [`Limits::max_rooms_per_user`].
    RoomsOfUser,
    /// A room that is searched for shared members, out of [`Config::presence_rooms_max`].
    SharedRoom,
    /// An entry of the page, plus one to detect the last page.
    Entry,
    /// A connected member who has not joined the room, out of [`Config::per_user_fanout_max`].
    /// Their `ROOM_ACTIVITY` is computed at most once per [`Config::activity_delay_ms`].
    Member,
    /// A frame of the reply. The next one is read after the client has received the one before.
    Frame,
}

/// Data read from the stores and held until the reply is encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reads {
    /// A page of messages, before it is cut to its byte budget.
    Messages,
    /// All rooms of the user.
    Rooms,
    /// The rooms that are searched for shared members.
    SharedRooms,
}

impl Each {
    /// Returns the maximum number.
    #[must_use]
    pub const fn most(self, config: &Config) -> usize {
        match self {
            Self::RoomsOfUser => config.limits.max_rooms_per_user.div_ceil(200),
            Self::SharedRoom => config.presence_rooms_max,
            Self::Entry => PAGE_ENTRIES + 1,
            Self::Member => config.per_user_fanout_max,
            Self::Frame => 1,
        }
    }
}

/// The size of a reply or an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Size {
    /// Empty.
    Nothing,
    /// A few ids, times and numbers.
    Small,
    /// A message.
    Message,
    /// A room.
    Room,
    /// A room and a system message about it.
    RoomAndMessage,
    /// A page of the REST API: [`Config::page_max_bytes`], or one entry if that is larger.
    Page,
    /// A page of a thread with its root.
    Thread,
    /// A page sent over a socket, or one message if that is larger.
    Frame,
    /// A report with the text of its message.
    Report,
    /// Up to [`Limits::max_blocked`] users.
    Blocked,
    /// Up to [`Limits::max_readers`] users.
    Readers,
    /// Up to [`Config::presence_max`] users.
    Online,
    /// The presence of up to 100 users.
    Presence,
}

/// An id with quotes and a comma. Each of its characters may need an escape (`"` or `\`).
const ID: usize = 2 * MAX_ID_BYTES + 3;
/// The names, numbers and times around the payload.
const AROUND: usize = 1_024;
const SMALL: usize = AROUND + 6 * ID;
/// The maximum number of entries of a REST page.
const PAGE_ENTRIES: usize = 100;

impl Size {
    /// Returns the maximum number of bytes.
    #[must_use]
    pub fn max_bytes(self, config: &Config) -> usize {
        let limits = &config.limits;
        match self {
            Self::Nothing => 0,
            Self::Small => SMALL,
            Self::Message => message(limits),
            Self::Room => room(limits),
            Self::RoomAndMessage => room(limits) + SMALL + 4 * limits.max_room_name_chars,
            Self::Page => AROUND + config.page_max_bytes.max(room(limits) + message(limits)),
            Self::Thread => Self::Page.max_bytes(config) + message(limits),
            Self::Frame => AROUND + crate::engine::PAGE_BYTES.max(message(limits)),
            Self::Report => SMALL + 6 * limits.max_text_chars + 4 * limits.max_reason_chars,
            Self::Blocked => AROUND + limits.max_blocked * ID,
            Self::Readers => AROUND + limits.max_readers * ID,
            Self::Online => AROUND + config.presence_max * ID,
            Self::Presence => AROUND + PAGE_ENTRIES * (ID + 96),
        }
    }
}

/// Returns the size of the largest message. A control character in a text takes six bytes as JSON.
const fn message(limits: &Limits) -> usize {
    let attachment = 2 * (limits.max_url_bytes + 127 + 255) + 80;
    let reaction = 2 * (2 * limits.max_emoji_bytes + 16) + Message::LISTED_USERS * ID;
    SMALL
        + 6 * limits.max_text_chars
        + limits.max_mentions * ID
        + limits.max_attachments * attachment
        + limits.max_emoji_per_message * reaction
        + limits.max_metadata_bytes
}

const fn room(limits: &Limits) -> usize {
    SMALL + 4 * limits.max_room_name_chars + limits.max_metadata_bytes
}

impl Reads {
    const fn max_bytes(self, config: &Config) -> usize {
        let limits = &config.limits;
        match self {
            Self::Messages => {
                let users = limits.max_emoji_per_message * limits.max_users_per_emoji;
                (PAGE_ENTRIES + 1) * (message(limits) + users * size_of::<UserId>())
            }
            Self::Rooms => limits.max_rooms_per_user * room(limits),
            Self::SharedRooms => config.presence_rooms_max * room(limits),
        }
    }
}

/// The number of copies of a reply or event in memory: as read, as kept, and as JSON, whose buffer
/// may be twice as large.
const COPIES: usize = 4;

impl Cost {
    /// Returns the maximum size of the reply. With several frames, of each.
    #[must_use]
    pub fn max_answer_bytes(&self, config: &Config) -> usize {
        self.answer.max_bytes(config)
    }

    /// Returns the maximum number of bytes sent to one other connection.
    #[must_use]
    pub fn max_told_bytes(&self, config: &Config) -> usize {
        self.frames * self.event.max_bytes(config)
    }

    /// Returns the maximum number of store calls.
    #[must_use]
    pub fn max_store_calls(&self, config: &Config) -> usize {
        let each = self.calls_each.iter();
        self.calls + each.map(|(n, each)| n * each.most(config)).sum::<usize>()
    }

    /// Returns the maximum memory until the reply is encoded, without replies that wait to be sent.
    #[must_use]
    pub fn max_memory_bytes(&self, config: &Config) -> usize {
        let input = config
            .limits
            .max_frame_bytes
            .max(config.limits.max_body_bytes);
        let reads = self.reads.iter().map(|reads| reads.max_bytes(config));
        let made = self.answer.max_bytes(config) + self.event.max_bytes(config);
        2 * input + COPIES * made + reads.sum::<usize>()
    }
}

/// Creates a [`Cost`] from the notation of the tables: the reply, the audience and the store calls.
macro_rules! cost {
    ($name:expr, $class:ident, $answer:ident,
        tells $audience:ident $(($frames:literal $event:ident))?,
        calls $calls:literal $(+ $n:literal per $each:ident)*
        $(, reads $($reads:ident)+)?) => {
        $crate::rest::cost::Cost {
            name: $name,
            rate: $crate::engine::RateClass::$class.name(),
            answer: $crate::rest::cost::Size::$answer,
            audience: $crate::rest::cost::Audience::$audience,
            frames: 0 $(+ $frames)?,
            event: $crate::rest::cost::cost!(@event $($event)?),
            calls: $calls,
            calls_each: &[$(($n, $crate::rest::cost::Each::$each)),*],
            reads: &[$($($crate::rest::cost::Reads::$reads),+)?],
        }
    };
    (@event) => { $crate::rest::cost::Size::Nothing };
    (@event $event:ident) => { $crate::rest::cost::Size::$event };
}
pub(crate) use cost;

/// Declares the costs of commands: type, rate class, reply, events and store calls.
macro_rules! commands {
    ($($name:literal: $class:ident, costs $answer:ident,
        tells $audience:ident $(($frames:literal $event:ident))?,
        calls $calls:literal $(+ $n:literal per $each:ident)* $(, reads $($reads:ident)+)?;)*) => {
        const COMMANDS: &[Cost] = &[$(cost!($name, $class, $answer,
            tells $audience $(($frames $event))?, calls $calls $(+ $n per $each)*
            $(, reads $($reads)+)?)),*];
    };
}

commands! {
    "JOIN_ROOM": Join, costs Frame, tells Members(1 Small), calls 12 + 2 per Member + 1 per Frame, reads Messages;
    "LEAVE_ROOM": Join, costs Small, tells Nobody, calls 0;
    "SEND_MESSAGE": Send, costs Small, tells Members(1 Message), calls 8 + 2 per Member;
    "EDIT_MESSAGE": Change, costs Small, tells Members(1 Message), calls 8 + 2 per Member;
    "DELETE_MESSAGE": Change, costs Small, tells Members(1 Small), calls 8 + 2 per Member;
    "ADD_REACTION": Change, costs Small, tells Members(1 Message), calls 8 + 2 per Member;
    "REMOVE_REACTION": Change, costs Small, tells Members(1 Message), calls 8 + 2 per Member;
    "MARK_READ": Read, costs Small, tells Joined(1 Small), calls 6;
    "TYPING": Typing, costs Nothing, tells Joined(1 Small), calls 4;
    "REFRESH_TOKEN": Session, costs Small, tells Nobody, calls 0;
    "PING": Session, costs Small, tells Nobody, calls 0;
}

/// Returns the cost of every command, then of every call.
pub fn costs() -> impl Iterator<Item = Cost> {
    COMMANDS
        .iter()
        .copied()
        .chain(CALLS.iter().map(|call| call.cost))
}
