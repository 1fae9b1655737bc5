//! Invariants of every cursor a client may send.

use chat_core::engine::RoomPosition;
use chat_core::rest::cursor::Cursor;
use chat_core::{Error, ErrorKind, UserId};

/// Panics if a decoder breaks a rule.
pub(crate) fn check(input: &[u8]) {
    let Ok(cursor) = std::str::from_utf8(input) else {
        return;
    };
    opaque::<RoomPosition>(cursor);
    opaque::<UserId>(cursor);
    match u64::decode(cursor) {
        Ok(position) => {
            assert!(position < 1 << 53);
            // Clients may add leading zeros, so compare the value and not the text.
            let again = u64::decode(&position.encode()).expect("an encoded cursor decodes");
            assert_eq!(again, position);
        }
        Err(error) => refused(&error),
    }
}

/// An opaque cursor has one spelling, because clients never construct one.
fn opaque<C: Cursor>(cursor: &str) {
    match C::decode(cursor) {
        Ok(place) => assert_eq!(place.encode(), cursor, "two cursors for one place"),
        Err(error) => refused(&error),
    }
}

fn refused(error: &Error) {
    assert_eq!(error.kind(), ErrorKind::Invalid);
    assert!(error.message().len() < 1_000, "the error repeats the input");
}
