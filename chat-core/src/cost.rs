//! The most that each command and call costs: the bytes of its answer, what others are told, its rate
//! class, and its calls to the stores.
//!
//! A test does each of them at its worst input and compares; the guide shows the table with the default
//! settings (`docs/guide/costs.md`).
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

/// The most that a command or call costs. An error is [`Size::Small`], and tells nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Cost {
    /// The type of the command, as in `SEND_MESSAGE`, or the method and path of the call, as in
    /// `GET /rooms`.
    pub name: &'static str,
    /// The class of [`Rates`](crate::Rates) of which it takes a permit.
    pub rate: &'static str,
    /// The answer to its sender; of several frames each.
    pub answer: Size,
    /// The widest circle that is told of it.
    pub audience: Audience,
    /// The frames that one connection of that circle gets.
    pub frames: usize,
    /// The largest of those frames.
    pub event: Size,
    /// Calls to the stores.
    pub calls: usize,
    /// Further calls to the stores, for each thing of a number that a setting bounds.
    pub calls_each: &'static [(usize, Each)],
    /// What it reads from the stores at once, beyond a few small things.
    pub reads: &'static [Reads],
}

/// Who is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Audience {
    /// The sender alone.
    Nobody,
    /// The connections that have joined the room, and the user's own.
    Joined,
    /// The connections that have joined the room, and those of the users whom it concerns.
    Members,
}

/// What grows with a setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Each {
    /// 200 rooms of the user, of at most [`Limits::max_rooms_per_user`].
    RoomsOfUser,
    /// A room that is looked at for shared members, of [`Config::presence_rooms_max`].
    SharedRoom,
    /// An entry of the page, and one that says whether there are more.
    Entry,
    /// A member who is connected and has not joined the room, of [`Config::per_user_fanout_max`]: their
    /// `ROOM_ACTIVITY` is counted, once in [`Config::activity_delay_ms`] however much is sent.
    Member,
    /// A frame of the answer. The next one is read when its client has taken the one before.
    Frame,
}

/// What is read from the stores at once, and held until the answer is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reads {
    /// A page of messages, before it is cut to its bytes.
    Messages,
    /// All rooms of the user.
    Rooms,
    /// The rooms in which shared members are looked for.
    SharedRooms,
}

impl Each {
    /// How many there are at most.
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

/// The size of an answer or of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Size {
    /// No bytes.
    Nothing,
    /// Some ids, times and numbers.
    Small,
    /// A message.
    Message,
    /// A room.
    Room,
    /// A room and a system message about it.
    RoomAndMessage,
    /// A page over REST: [`Config::page_max_bytes`], or one entry where that is larger.
    Page,
    /// A page of a thread, with its root.
    Thread,
    /// A page over a socket, or one message where that is larger.
    Frame,
    /// A report, with the text of its message.
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

/// An id in quotes, with a comma. Of the characters that JSON escapes it can hold two: `"` and `\`.
const ID: usize = 2 * MAX_ID_BYTES + 3;
/// The names, numbers and times around what a size is about.
const AROUND: usize = 1_024;
const SMALL: usize = AROUND + 6 * ID;
/// Entries of a page over REST.
const PAGE_ENTRIES: usize = 100;

impl Size {
    /// The most bytes it has.
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

/// The largest message. A control character of a text has six bytes as JSON.
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

/// The largest room.
const fn room(limits: &Limits) -> usize {
    SMALL + 4 * limits.max_room_name_chars + limits.max_metadata_bytes
}

impl Reads {
    /// The most bytes it takes in memory.
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

/// Copies of an answer, or of an event, that are held at once: as it was read, as it is kept, and as
/// JSON, whose buffer may have twice the size.
const COPIES: usize = 4;

impl Cost {
    /// The most bytes of the answer; of several frames each.
    #[must_use]
    pub fn max_answer_bytes(&self, config: &Config) -> usize {
        self.answer.max_bytes(config)
    }

    /// The most bytes that one other connection gets.
    #[must_use]
    pub fn max_told_bytes(&self, config: &Config) -> usize {
        self.frames * self.event.max_bytes(config)
    }

    /// The most calls to the stores.
    #[must_use]
    pub fn max_store_calls(&self, config: &Config) -> usize {
        let each = self.calls_each.iter();
        self.calls + each.map(|(n, each)| n * each.most(config)).sum::<usize>()
    }

    /// The most memory that it takes until its answer is made, beside the answers that wait to be sent.
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

/// Writes a cost as in the tables: the answer, who is told, and the calls to the stores.
macro_rules! cost {
    ($name:expr, $class:ident, $answer:ident,
        tells $audience:ident $(($frames:literal $event:ident))?,
        calls $calls:literal $(+ $n:literal per $each:ident)*
        $(, reads $($reads:ident)+)?) => {
        $crate::cost::Cost {
            name: $name,
            rate: $crate::engine::RateClass::$class.name(),
            answer: $crate::cost::Size::$answer,
            audience: $crate::cost::Audience::$audience,
            frames: 0 $(+ $frames)?,
            event: $crate::cost::cost!(@event $($event)?),
            calls: $calls,
            calls_each: &[$(($n, $crate::cost::Each::$each)),*],
            reads: &[$($($crate::cost::Reads::$reads),+)?],
        }
    };
    (@event) => { $crate::cost::Size::Nothing };
    (@event $event:ident) => { $crate::cost::Size::$event };
}
pub(crate) use cost;

/// A row for each command: its type and rate class, the answer, who is told what, and the calls to the
/// stores.
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

/// The cost of every command, then of every call.
pub fn costs() -> impl Iterator<Item = Cost> {
    COMMANDS
        .iter()
        .copied()
        .chain(CALLS.iter().map(|call| call.cost))
}
