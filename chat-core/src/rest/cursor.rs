//! Cursors: the start of the next page of a list, as a string that clients pass back.
//!
//! Messages are paged by `seq` in plain decimal, so that a client may also start at a `seq` it
//! knows. All other cursors are base64url of a tag and the position. They are opaque to clients,
//! because the order of a list may change.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use uuid::Uuid;

use crate::engine::RoomPosition;
use crate::model::{Message, SearchPosition};
use crate::{AuditId, Error, MessageId, ReportId, Result, RoomId, Timestamp, UserId};

pub(crate) const MAX_CURSOR_CHARS: usize = 256;

/// The largest integer that a double represents exactly.
pub(crate) const MAX_POSITION: u64 = (1 << 53) - 1;

/// A position in a list.
///
/// `decode(encode(x))` is `x`. Decoding any other string gives a position or an error of kind
/// `Invalid`.
pub trait Cursor: Sized {
    /// Encodes the position for clients.
    fn encode(&self) -> String;

    /// Decodes a position from a client.
    ///
    /// # Errors
    /// `Invalid` for a string that [`encode`](Self::encode) does not produce.
    fn decode(cursor: &str) -> Result<Self>;
}

/// A `seq` or another position in a room's log, below 2^53.
impl Cursor for u64 {
    fn encode(&self) -> String {
        self.to_string()
    }

    fn decode(cursor: &str) -> Result<Self> {
        let decimal = matches!(cursor.len(), 1..=16) && cursor.bytes().all(|b| b.is_ascii_digit());
        let position = decimal.then(|| cursor.parse().ok()).flatten();
        position
            .filter(|p| *p <= MAX_POSITION)
            .ok_or_else(|| Error::invalid("a position must be a whole number below 2^53"))
    }
}

/// A position in the list of a room's members.
impl Cursor for UserId {
    fn encode(&self) -> String {
        armor(b'u', &[], self.as_str())
    }

    fn decode(cursor: &str) -> Result<Self> {
        let bytes = unarmor(b'u', cursor)?;
        id(&bytes)
            .and_then(|id| Self::new(id).ok())
            .ok_or_else(no_cursor)
    }
}

/// A position in the list of a user's rooms.
impl Cursor for RoomPosition {
    fn encode(&self) -> String {
        armor(b'r', &self.at.as_millis().to_be_bytes(), self.room.as_str())
    }

    fn decode(cursor: &str) -> Result<Self> {
        let bytes = unarmor(b'r', cursor)?;
        let (millis, room) = bytes.split_first_chunk().ok_or_else(no_cursor)?;
        let millis = i64::from_be_bytes(*millis);
        let at = Timestamp::from_millis(millis);
        let room = id(room).and_then(|id| RoomId::new(id).ok());
        match room {
            Some(room) if at.as_millis() == millis => Ok(Self { at, room }),
            _ => Err(no_cursor()),
        }
    }
}

/// A position in the list of a room's pins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PinPosition {
    /// The time at which the message was pinned.
    pub(super) at: Timestamp,
    /// The message.
    pub(super) id: MessageId,
}

impl PinPosition {
    pub(super) fn of(pinned: &Message) -> Self {
        Self {
            at: pinned.pinned_at.unwrap_or(pinned.created_at),
            id: pinned.id,
        }
    }
}

macro_rules! message_cursor {
    ($(#[$doc:meta] $place:ident $tag:literal;)*) => {$(
        #[$doc]
        impl Cursor for $place {
            fn encode(&self) -> String {
                let at = self.at.as_millis().to_be_bytes();
                let id = self.id.as_uuid().as_bytes();
                URL_SAFE_NO_PAD.encode([$tag, &at[..], &id[..]].concat())
            }

            fn decode(cursor: &str) -> Result<Self> {
                let bytes = unarmor($tag[0], cursor)?;
                let (millis, id) = bytes.split_first_chunk().ok_or_else(no_cursor)?;
                let millis = i64::from_be_bytes(*millis);
                let at = Timestamp::from_millis(millis);
                let id = Uuid::from_slice(id).map_err(|_| no_cursor())?;
                if at.as_millis() != millis {
                    return Err(no_cursor());
                }
                Ok(Self {
                    at,
                    id: MessageId::from_uuid(id),
                })
            }
        }
    )*};
}

message_cursor! {
    /// A position in search results.
    SearchPosition b"s";
    /// A position in the list of a room's pins.
    PinPosition b"n";
}

macro_rules! uuid_cursor {
    ($(#[$doc:meta] $id:ident $tag:literal;)*) => {$(
        #[$doc]
        impl Cursor for $id {
            fn encode(&self) -> String {
                URL_SAFE_NO_PAD.encode([$tag, &self.as_uuid().as_bytes()[..]].concat())
            }

            fn decode(cursor: &str) -> Result<Self> {
                let bytes = unarmor($tag[0], cursor)?;
                let id = Uuid::from_slice(&bytes).map_err(|_| no_cursor())?;
                Ok(Self::from_uuid(id))
            }
        }
    )*};
}

uuid_cursor! {
    /// A position in the list of a room's reports.
    ReportId b"p";
    /// A position in a room's audit log.
    AuditId b"a";
}

fn armor(tag: u8, place: &[u8], id: &str) -> String {
    URL_SAFE_NO_PAD.encode([&[tag], place, id.as_bytes()].concat())
}

fn unarmor(tag: u8, cursor: &str) -> Result<Vec<u8>> {
    if cursor.len() > MAX_CURSOR_CHARS {
        return Err(no_cursor());
    }
    let mut bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| no_cursor())?;
    if bytes.first() != Some(&tag) {
        return Err(no_cursor());
    }
    bytes.remove(0);
    Ok(bytes)
}

fn id(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes).ok()
}

fn no_cursor() -> Error {
    Error::invalid("a cursor must be the `next` of a page of this list")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::fmt::Debug;

    use proptest::prelude::*;

    use super::*;

    fn round_trip<C: Cursor + PartialEq + Debug>(place: &C) {
        let cursor = place.encode();
        assert!(cursor.len() <= MAX_CURSOR_CHARS);
        assert_eq!(C::decode(&cursor).unwrap(), *place);
    }

    fn only_its_own<C: Cursor>(cursor: &str) {
        if let Ok(place) = C::decode(cursor) {
            assert_eq!(place.encode(), cursor);
        }
    }

    proptest! {
        #[test]
        fn a_place_comes_back(seq in 0..=MAX_POSITION, at in any::<i64>(), id in "[\\p{L}\\p{N}\\p{P}\\p{S}--\\p{Default_Ignorable_Code_Point}]{1,32}") {
            round_trip(&seq);
            round_trip(&UserId::new(&id).unwrap());
            let at = Timestamp::from_millis(at);
            round_trip(&RoomPosition { at, room: RoomId::new(&id).unwrap() });
        }

        #[test]
        fn anything_decodes_or_is_refused(cursor in any::<String>(), bytes in any::<Vec<u8>>()) {
            for cursor in [cursor, URL_SAFE_NO_PAD.encode(bytes)] {
                let _ = u64::decode(&cursor);
                only_its_own::<UserId>(&cursor);
                only_its_own::<RoomPosition>(&cursor);
            }
        }
    }

    #[test]
    fn the_longest_ids_fit() {
        let longest = "a".repeat(crate::MAX_ID_BYTES);
        round_trip(&UserId::new(&longest).unwrap());
        let at = Timestamp::from_millis(i64::MIN);
        let room = RoomId::new(&longest).unwrap();
        round_trip(&RoomPosition { at, room });
    }

    #[test]
    fn a_cursor_of_another_list_is_refused() {
        let user = UserId::new("abcdefgh-alice").unwrap().encode();
        assert!(RoomPosition::decode(&user).is_err());
        for bad in ["", "-1", "+1", " 1", "1.0", "1e3", "9007199254740992", "٣"] {
            assert!(u64::decode(bad).is_err(), "{bad:?}");
        }
    }
}
