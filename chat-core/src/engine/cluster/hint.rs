//! Hints, the messages between nodes: a header by postcard, then the event as it goes to the sockets,
//! so that a receiving node encodes nothing.
//!
//! ```text
//! version u8 | origin 16 bytes | hint | payload
//! ```
//! A node drops hints that it cannot decode; any hint may be lost.
//!
//! Hints for the same topics travel together as `packed u8 | (len u32 | hint)…`, because a broker's
//! cost is per publication and a busy room has many events at once.

use bytes::{Buf, BufMut, Bytes, BytesMut};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Epoch, NodeId, RoomId, UserId};

const VERSION: u8 = 3;
/// Stands in for the version of a packed payload.
const PACKED: u8 = 255;
/// The size limit of a packed payload, close to that of a single long message.
const MAX_PACK: usize = 64 << 10;
/// The usual size of a header.
const HEADER: usize = 96;

/// A hint, the news that one node has for others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
        #[serde(skip)]
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
        #[serde(skip)]
        payload: Bytes,
    },
    /// A frame for all connections of the topic's user.
    Direct {
        /// `true` if it may be dropped for a slow client.
        ephemeral: bool,
        #[serde(skip)]
        payload: Bytes,
    },
    /// The last frame about a room for all connections of the topic's user.
    Gone {
        room: RoomId,
        #[serde(skip)]
        payload: Bytes,
    },
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

impl Hint {
    fn payload_mut(&mut self) -> Option<&mut Bytes> {
        match self {
            Self::Event { payload, .. }
            | Self::Ephemeral { payload, .. }
            | Self::Direct { payload, .. }
            | Self::Gone { payload, .. } => Some(payload),
            _ => None,
        }
    }

    fn payload(&self) -> &[u8] {
        match self {
            Self::Event { payload, .. }
            | Self::Ephemeral { payload, .. }
            | Self::Direct { payload, .. }
            | Self::Gone { payload, .. } => payload,
            _ => &[],
        }
    }

    pub(crate) fn encode(&self, origin: NodeId) -> Bytes {
        let payload = self.payload();
        let mut out = Vec::with_capacity(HEADER + payload.len());
        out.push(VERSION);
        out.extend(origin.as_uuid().as_bytes());
        #[allow(clippy::expect_used, reason = "ids and numbers are serializable")]
        let mut out = postcard::to_extend(self, out).expect("a hint is serializable");
        out.extend(payload);
        Bytes::from(out)
    }

    /// Decodes a hint and the node that it comes from. Returns `None` if it is malformed.
    pub(crate) fn decode(encoded: Bytes) -> Option<(NodeId, Self)> {
        let (version, rest) = encoded.split_first()?;
        let (origin, rest) = rest.split_first_chunk()?;
        if *version != VERSION {
            return None;
        }
        let (mut hint, payload) = postcard::take_from_bytes::<Self>(rest).ok()?;
        if let Some(bytes) = hint.payload_mut() {
            *bytes = encoded.slice_ref(payload);
        }
        Some((NodeId::from_uuid(Uuid::from_bytes(*origin)), hint))
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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn hint(n: usize, len: usize) -> Bytes {
        let hint = Hint::Direct {
            ephemeral: n.is_multiple_of(2),
            payload: vec![b'x'; len].into(),
        };
        hint.encode(NodeId::random())
    }

    fn all_kinds(
        room: &RoomId,
        user: &UserId,
        n: u64,
        seq: u64,
        reason: &str,
        payload: &Bytes,
    ) -> [Hint; 13] {
        let (room, user) = (|| room.clone(), || user.clone());
        let (reason, payload) = (|| reason.to_owned(), || payload.clone());
        let even = n.is_multiple_of(2);
        [
            Hint::Event {
                room: room(),
                log: n ^ seq,
                rev: n,
                seq,
                sender: even.then(&user),
                shadowed: !even,
                payload: payload(),
            },
            Hint::Activity {
                room: room(),
                head: n,
            },
            Hint::Ephemeral {
                room: room(),
                from: even.then(&user),
                echo: even,
                payload: payload(),
            },
            Hint::Direct {
                ephemeral: even,
                payload: payload(),
            },
            Hint::Gone {
                room: room(),
                payload: payload(),
            },
            Hint::MemberChanged {
                room: room(),
                user: user(),
            },
            Hint::MemberRemoved {
                room: room(),
                user: user(),
                reason: reason(),
            },
            Hint::RoomChanged { room: room() },
            Hint::RoomDeleted { room: room() },
            Hint::Occupancy {
                room: room(),
                online: n,
            },
            Hint::UserChanged { user: user() },
            Hint::ViewChanged {
                room: room(),
                user: user(),
            },
            Hint::Disconnect {
                user: user(),
                reason: reason(),
            },
        ]
    }

    proptest! {
        #[test]
        fn round_trip(n: u64, seq: u64, room in "[^\\s\\p{Cc}]{1,30}", user in "[^\\s\\p{Cc}]{1,30}", reason: String, payload: Vec<u8>) {
            let origin = NodeId::random();
            let (Ok(room), Ok(user)) = (RoomId::new(room), UserId::new(user)) else {
                return Ok(());
            };
            for hint in all_kinds(&room, &user, n, seq, &reason, &payload.into()) {
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
