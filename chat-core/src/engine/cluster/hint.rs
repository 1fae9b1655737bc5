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

/// A hint, the news that one node has for others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Hint {
    /// An event of a room's log.
    Event {
        room: RoomId,
        /// The [`log_tag`] of the log. It tells a room from its deleted predecessor.
        log: u64,
        rev: u64,
        seq: u64,
        sender: Option<UserId>,
        /// `true` if only the sender sees the message.
        shadowed: bool,
        payload: Bytes,
    },
    /// A room's activity or read position changed for the topic's user.
    Activity { room: RoomId, head: u64 },
    /// An ephemeral event for a room's joined connections.
    Ephemeral {
        room: RoomId,
        from: Option<UserId>,
        /// `true` if the connections of `from` get it, too.
        echo: bool,
        payload: Bytes,
    },
    /// A frame for all connections of the topic's user.
    Direct {
        /// `true` if it may be dropped for a slow client.
        ephemeral: bool,
        payload: Bytes,
    },
    /// The last frame about a room for all connections of the topic's user.
    Gone { room: RoomId, payload: Bytes },
    /// A membership changed.
    MemberChanged { room: RoomId, user: UserId },
    /// A user is no longer a member.
    MemberRemoved {
        room: RoomId,
        user: UserId,
        reason: String,
    },
    /// The room's cached state is stale.
    RoomChanged { room: RoomId },
    /// The room is gone.
    RoomDeleted { room: RoomId },
    /// The number of the origin's users in the room.
    Occupancy { room: RoomId, online: u64 },
    /// A user's settings changed.
    UserChanged { user: UserId },
    /// A user's visibility filter in a room changed.
    ViewChanged { room: RoomId, user: UserId },
    /// The app closes the user's connections.
    Disconnect { user: UserId, reason: String },
}

/// A short tag that tells apart the logs a room id has had.
pub(crate) fn log_tag(epoch: Epoch) -> u64 {
    epoch.as_uuid().as_u64_pair().1
}

/// The fields of the wire form.
#[derive(Debug, Default)]
struct Fields {
    code: u8,
    number: u64,
    seq: u64,
    log: u64,
    room: Option<RoomId>,
    user: Option<UserId>,
    payload: Bytes,
}

impl Fields {
    fn of_room(code: u8, room: &RoomId) -> Self {
        Self {
            code,
            room: Some(room.clone()),
            ..Self::default()
        }
    }

    fn of_member(code: u8, room: &RoomId, user: &UserId) -> Self {
        Self {
            user: Some(user.clone()),
            ..Self::of_room(code, room)
        }
    }

    fn of_user(code: u8, user: &UserId) -> Self {
        Self {
            code,
            user: Some(user.clone()),
            ..Self::default()
        }
    }

    fn number(self, number: u64) -> Self {
        Self { number, ..self }
    }

    fn payload(self, payload: &Bytes) -> Self {
        Self {
            payload: payload.clone(),
            ..self
        }
    }

    fn reason(self, reason: &str) -> Self {
        Self {
            payload: Bytes::copy_from_slice(reason.as_bytes()),
            ..self
        }
    }

    fn into_reason(self) -> Option<String> {
        String::from_utf8(self.payload.into()).ok()
    }
}

impl From<&Hint> for Fields {
    fn from(hint: &Hint) -> Self {
        match hint {
            Hint::Event {
                room,
                log,
                rev,
                seq,
                sender,
                shadowed,
                payload,
            } => Self {
                number: *rev,
                seq: *seq,
                log: *log,
                user: sender.clone(),
                payload: payload.clone(),
                ..Self::of_room(if *shadowed { 12 } else { 1 }, room)
            },
            Hint::Ephemeral {
                room,
                from,
                echo,
                payload,
            } => Self {
                user: from.clone(),
                payload: payload.clone(),
                ..Self::of_room(if *echo { 14 } else { 2 }, room)
            },
            Hint::Direct { ephemeral, payload } => Self {
                code: if *ephemeral { 3 } else { 4 },
                payload: payload.clone(),
                ..Self::default()
            },
            Hint::Gone { room, payload } => Self::of_room(4, room).payload(payload),
            Hint::MemberChanged { room, user } => Self::of_member(5, room, user),
            Hint::MemberRemoved { room, user, reason } => {
                Self::of_member(6, room, user).reason(reason)
            }
            Hint::RoomChanged { room } => Self::of_room(7, room),
            Hint::RoomDeleted { room } => Self::of_room(8, room),
            Hint::Disconnect { user, reason } => Self::of_user(9, user).reason(reason),
            Hint::Activity { room, head } => Self::of_room(10, room).number(*head),
            Hint::Occupancy { room, online } => Self::of_room(11, room).number(*online),
            Hint::UserChanged { user } => Self::of_user(13, user),
            Hint::ViewChanged { room, user } => Self::of_member(13, room, user),
        }
    }
}

impl Fields {
    /// Returns `None` if a field is missing that this kind of hint needs.
    fn into_hint(mut self) -> Option<Hint> {
        let (room, user) = (self.room.take(), self.user.take());
        Some(match self.code {
            code @ (1 | 12) => Hint::Event {
                room: room?,
                log: self.log,
                rev: self.number,
                seq: self.seq,
                sender: user,
                shadowed: code == 12,
                payload: self.payload,
            },
            code @ (2 | 14) => Hint::Ephemeral {
                room: room?,
                from: user,
                echo: code == 14,
                payload: self.payload,
            },
            code @ (3 | 4) => match room {
                Some(room) if code == 4 => Hint::Gone {
                    room,
                    payload: self.payload,
                },
                _ => Hint::Direct {
                    ephemeral: code == 3,
                    payload: self.payload,
                },
            },
            5 => Hint::MemberChanged {
                room: room?,
                user: user?,
            },
            6 => Hint::MemberRemoved {
                room: room?,
                user: user?,
                reason: self.into_reason()?,
            },
            7 => Hint::RoomChanged { room: room? },
            8 => Hint::RoomDeleted { room: room? },
            9 => Hint::Disconnect {
                user: user?,
                reason: self.into_reason()?,
            },
            10 => Hint::Activity {
                room: room?,
                head: self.number,
            },
            11 => Hint::Occupancy {
                room: room?,
                online: self.number,
            },
            13 => match room {
                None => Hint::UserChanged { user: user? },
                Some(room) => Hint::ViewChanged { room, user: user? },
            },
            _ => return None,
        })
    }
}

impl Hint {
    pub(crate) fn encode(&self, origin: NodeId) -> Bytes {
        let fields = Fields::from(self);
        let room = fields.room.as_ref().map_or("", RoomId::as_str);
        let user = fields.user.as_ref().map_or("", UserId::as_str);
        let mut out =
            BytesMut::with_capacity(HEADER + room.len() + user.len() + fields.payload.len());
        out.put_u8(VERSION);
        out.put_u8(fields.code);
        out.put_slice(origin.as_uuid().as_bytes());
        out.put_u64(fields.number);
        out.put_u64(fields.seq);
        out.put_u64(fields.log);
        for id in [room, user] {
            // An id has at most 128 bytes.
            out.put_u8(u8::try_from(id.len()).unwrap_or(0));
            out.put_slice(id.as_bytes());
        }
        out.put_slice(&fields.payload);
        out.freeze()
    }

    /// Decodes a hint and the node that it comes from. Returns `None` if it is malformed.
    pub(crate) fn decode(mut bytes: Bytes) -> Option<(NodeId, Self)> {
        if bytes.len() < HEADER || bytes.get_u8() != VERSION {
            return None;
        }
        let code = bytes.get_u8();
        let origin = NodeId::from_uuid(Uuid::from_bytes(
            take(&mut bytes, 16)?.as_ref().try_into().ok()?,
        ));
        let (number, seq, log) = (bytes.get_u64(), bytes.get_u64(), bytes.get_u64());
        let room = text(&mut bytes)?;
        let user = text(&mut bytes)?;
        let fields = Fields {
            code,
            number,
            seq,
            log,
            room: non_empty(&room)?,
            user: non_empty(&user)?,
            payload: bytes,
        };
        Some((origin, fields.into_hint()?))
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
        let hint = Hint::Direct {
            ephemeral: n % 2 == 0,
            payload: vec![b'x'; len].into(),
        };
        hint.encode(NodeId::random())
    }

    proptest! {
        #[test]
        fn round_trip(code in 1u8..15, number: u64, seq: u64, log: u64, room in "[^\\s\\p{Cc}]{0,30}", user in "[^\\s\\p{Cc}]{0,30}", payload: Vec<u8>) {
            let fields = Fields {
                code,
                number,
                seq,
                log,
                room: RoomId::new(room).ok(),
                user: UserId::new(user).ok(),
                payload: payload.into(),
            };
            if let Some(hint) = fields.into_hint() {
                let origin = NodeId::random();
                prop_assert_eq!(Hint::decode(hint.encode(origin)), Some((origin, hint)));
            }
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
