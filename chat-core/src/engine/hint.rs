//! Hints, the messages between nodes: a binary header, then the event as it goes to the sockets, so
//! that a receiving node encodes nothing.
//!
//! ```text
//! version u8 | kind u8 | origin 16 bytes | number u64 | seq u64 | log u64 | room len u8 + bytes | user len u8 + bytes | payload
//! ```
//! Integers are big-endian. A node drops hints that it cannot decode; any hint may be lost.
//!
//! Hints for the same topics travel together as `packed u8 | (len u32 | hint)…`, because a broker's
//! cost is per publication and a busy room has many events at once.

use bytes::{Buf, BufMut, Bytes, BytesMut};
use uuid::Uuid;

use crate::{Epoch, NodeId, RoomId, UserId};

const VERSION: u8 = 2;
/// Stands in for the version of a packed payload.
const PACKED: u8 = 255;
/// The size limit of a packed payload, close to that of a single long message.
const MAX_PACK: usize = 64 << 10;
/// The header size with empty ids.
const HEADER: usize = 44;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum HintKind {
    /// An event of the room's log. The payload is the event, the user the message's sender.
    Event {
        rev: u64,
        seq: u64,
        /// `true` if only the sender sees the message.
        shadowed: bool,
    },
    /// A user's settings changed; with a room, their visibility filter in it.
    UserChanged,
    /// A room's activity or read position changed for the topic's user.
    Activity {
        head: u64,
    },
    /// An ephemeral event for a room's joined connections; the user, if set, is its origin.
    Ephemeral {
        /// `true` if the user's own connections get it, too.
        echo: bool,
    },
    /// A frame for all connections of the topic's user.
    Direct {
        /// `true` if it may be dropped for a slow client.
        ephemeral: bool,
    },
    MemberChanged,
    /// A user is no longer a member. The payload is the reason.
    MemberRemoved,
    /// The room's cached state is stale.
    RoomChanged,
    RoomDeleted,
    /// The app closes the user's connections. The payload is the reason.
    Disconnect,
    /// The number of the origin's users in the room.
    Occupancy {
        online: u64,
    },
}

impl HintKind {
    const fn code(&self) -> (u8, u64, u64) {
        match self {
            Self::Event { rev, seq, shadowed } => (if *shadowed { 12 } else { 1 }, *rev, *seq),
            Self::Ephemeral { echo: false } => (2, 0, 0),
            Self::Ephemeral { echo: true } => (14, 0, 0),
            Self::Direct { ephemeral: true } => (3, 0, 0),
            Self::Direct { ephemeral: false } => (4, 0, 0),
            Self::MemberChanged => (5, 0, 0),
            Self::MemberRemoved => (6, 0, 0),
            Self::RoomChanged => (7, 0, 0),
            Self::RoomDeleted => (8, 0, 0),
            Self::Disconnect => (9, 0, 0),
            Self::Activity { head } => (10, *head, 0),
            Self::UserChanged => (13, 0, 0),
            Self::Occupancy { online } => (11, *online, 0),
        }
    }

    const fn from_code(code: u8, number: u64, seq: u64) -> Option<Self> {
        Some(match code {
            1 | 12 => Self::Event {
                rev: number,
                seq,
                shadowed: code == 12,
            },
            2 => Self::Ephemeral { echo: false },
            14 => Self::Ephemeral { echo: true },
            3 => Self::Direct { ephemeral: true },
            4 => Self::Direct { ephemeral: false },
            5 => Self::MemberChanged,
            6 => Self::MemberRemoved,
            7 => Self::RoomChanged,
            8 => Self::RoomDeleted,
            9 => Self::Disconnect,
            10 => Self::Activity { head: number },
            11 => Self::Occupancy { online: number },
            13 => Self::UserChanged,
            _ => return None,
        })
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Hint {
    pub(crate) kind: HintKind,
    pub(crate) origin: NodeId,
    /// The [`log_tag`] of an event's log, or 0. It tells a room from its deleted predecessor.
    pub(crate) log: u64,
    pub(crate) room: Option<RoomId>,
    pub(crate) user: Option<UserId>,
    pub(crate) payload: Bytes,
}

/// A short tag that tells apart the logs a room id has had.
pub(crate) fn log_tag(epoch: Epoch) -> u64 {
    epoch.as_uuid().as_u64_pair().1
}

impl Hint {
    pub(crate) fn encode(&self) -> Bytes {
        let room = self.room.as_ref().map_or("", RoomId::as_str);
        let user = self.user.as_ref().map_or("", UserId::as_str);
        let mut out =
            BytesMut::with_capacity(HEADER + room.len() + user.len() + self.payload.len());
        let (code, number, seq) = self.kind.code();
        out.put_u8(VERSION);
        out.put_u8(code);
        out.put_slice(self.origin.as_uuid().as_bytes());
        out.put_u64(number);
        out.put_u64(seq);
        out.put_u64(self.log);
        for id in [room, user] {
            // An id has at most 128 bytes.
            out.put_u8(u8::try_from(id.len()).unwrap_or(0));
            out.put_slice(id.as_bytes());
        }
        out.put_slice(&self.payload);
        out.freeze()
    }

    pub(crate) fn decode(mut bytes: Bytes) -> Option<Self> {
        if bytes.len() < HEADER || bytes.get_u8() != VERSION {
            return None;
        }
        let code = bytes.get_u8();
        let origin = NodeId::from_uuid(Uuid::from_bytes(
            take(&mut bytes, 16)?.as_ref().try_into().ok()?,
        ));
        let kind = HintKind::from_code(code, bytes.get_u64(), bytes.get_u64())?;
        let log = bytes.get_u64();
        let room = text(&mut bytes)?;
        let user = text(&mut bytes)?;
        Some(Self {
            kind,
            origin,
            log,
            room: non_empty(&room)?,
            user: non_empty(&user)?,
            payload: bytes,
        })
    }
}

/// Packs encoded hints into as few payloads as possible, in order.
pub(crate) fn pack(hints: Vec<Bytes>) -> Vec<Bytes> {
    let (mut packs, mut pack, mut bytes) = (Vec::new(), Vec::new(), 0);
    for hint in hints {
        if bytes + hint.len() > MAX_PACK && !pack.is_empty() {
            packs.push(pack_one(std::mem::take(&mut pack), bytes));
            bytes = 0;
        }
        bytes += hint.len();
        pack.push(hint);
    }
    if !pack.is_empty() {
        packs.push(pack_one(pack, bytes));
    }
    packs
}

fn pack_one(mut hints: Vec<Bytes>, bytes: usize) -> Bytes {
    if hints.len() == 1 {
        return hints.remove(0);
    }
    let mut out = BytesMut::with_capacity(1 + bytes + 4 * hints.len());
    out.put_u8(PACKED);
    for hint in hints {
        // A hint is an event and a header, far below 4 GiB.
        out.put_u32(u32::try_from(hint.len()).unwrap_or(0));
        out.put_slice(&hint);
    }
    out.freeze()
}

/// Splits a payload into encoded hints. A truncated remainder comes last and fails to decode.
pub(crate) fn unpack(mut payload: Bytes) -> impl Iterator<Item = Bytes> {
    let packed = payload.first() == Some(&PACKED);
    if packed {
        payload.advance(1);
    }
    let mut first = true;
    std::iter::from_fn(move || {
        if !packed {
            return std::mem::take(&mut first).then(|| payload.split_off(0));
        }
        if payload.is_empty() {
            return None;
        }
        if payload.len() < 4 {
            return Some(payload.split_off(0));
        }
        let len = usize::try_from(payload.get_u32()).unwrap_or(usize::MAX);
        Some(payload.split_to(len.min(payload.len())))
    })
}

fn take(bytes: &mut Bytes, n: usize) -> Option<Bytes> {
    (bytes.len() >= n).then(|| bytes.split_to(n))
}

fn text(bytes: &mut Bytes) -> Option<Bytes> {
    let len = take(bytes, 1)?[0];
    take(bytes, usize::from(len))
}

/// `None` if the bytes are not a valid id, `Some(None)` if they are empty.
#[allow(
    clippy::option_option,
    reason = "absent and malformed are different things"
)]
fn non_empty<T: std::str::FromStr>(bytes: &Bytes) -> Option<Option<T>> {
    if bytes.is_empty() {
        return Some(None);
    }
    std::str::from_utf8(bytes).ok()?.parse().ok().map(Some)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn hint(n: usize, len: usize) -> Bytes {
        let hint = Hint {
            kind: HintKind::Activity { head: n as u64 },
            origin: NodeId::random(),
            log: 0,
            room: None,
            user: None,
            payload: vec![b'x'; len].into(),
        };
        hint.encode()
    }

    proptest! {
        #[test]
        fn round_trip(code in 1u8..14, number: u64, seq: u64, log: u64, room in "[^\\s\\p{Cc}]{0,30}", user in "[^\\s\\p{Cc}]{0,30}", payload: Vec<u8>) {
            let kind = HintKind::from_code(code, number, seq).unwrap();
            let hint = Hint {
                kind,
                origin: NodeId::random(),
                log,
                room: RoomId::new(room).ok(),
                user: UserId::new(user).ok(),
                payload: payload.into(),
            };
            prop_assert_eq!(Hint::decode(hint.encode()), Some(hint));
        }

        #[test]
        fn garbage_is_dropped(bytes: Vec<u8>) {
            let _ = Hint::decode(bytes.into());
        }

        #[test]
        fn garbage_is_unpacked_to_no_more_than_it_holds(mut bytes: Vec<u8>) {
            bytes.insert(0, PACKED);
            let held: usize = unpack(bytes.clone().into()).map(|hint| hint.len()).sum();
            prop_assert!(held < bytes.len());
        }

        #[test]
        fn what_is_packed_is_unpacked_in_order(lens in proptest::collection::vec(0_usize..40_000, 0..20)) {
            let hints: Vec<_> = lens.iter().enumerate().map(|(n, len)| hint(n, *len)).collect();
            let packs = pack(hints.clone());
            for payload in &packs {
                let count = unpack(payload.clone()).count();
                prop_assert!(count == 1 || payload.len() <= 1 + MAX_PACK + 4 * count);
            }
            let total: usize = hints.iter().map(Bytes::len).sum();
            prop_assert!(packs.len() <= 1 + 2 * total / MAX_PACK);
            let unpacked: Vec<_> = packs.into_iter().flat_map(unpack).collect();
            prop_assert_eq!(unpacked, hints);
        }
    }
}
