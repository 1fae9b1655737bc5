//! The hints of the nodes, for the fuzz targets: not part of the API.

use bytes::Bytes;

use super::hint::{self, Hint};

/// The encoded hints that a broker's payload holds.
pub fn unpack(payload: Bytes) -> impl Iterator<Item = Bytes> {
    hint::unpack(payload)
}

/// As few payloads as these encoded hints fit into.
#[must_use]
pub fn pack(hints: Vec<Bytes>) -> Vec<Bytes> {
    hint::pack(hints)
}

/// Decodes a hint and encodes it again; `None` for what a node drops.
#[must_use]
pub fn recode(encoded: Bytes) -> Option<Bytes> {
    Hint::decode(encoded).map(|hint| hint.encode())
}
