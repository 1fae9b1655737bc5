//! Hint encoding for the fuzz targets; not part of the API.

use bytes::Bytes;

use super::cluster::hint::{self, Hint};

/// Splits a broker's payload into encoded hints.
pub fn unpack(payload: Bytes) -> impl Iterator<Item = Bytes> {
    hint::unpack(payload)
}

/// Packs encoded hints into as few payloads as possible.
#[must_use]
pub fn pack(hints: Vec<Bytes>) -> Vec<Bytes> {
    hint::pack(hints)
}

/// Decodes and encodes a hint. Returns `None` if it is malformed.
#[must_use]
pub fn recode(encoded: Bytes) -> Option<Bytes> {
    Hint::decode(encoded).map(|(origin, hint)| hint.encode(origin))
}
