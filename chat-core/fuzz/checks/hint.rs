//! Invariants of every payload that a node, or anybody else with access to the broker, may publish.

use bytes::Bytes;
use chat_core::engine::fuzz::{pack, recode, unpack};

/// Panics if the decoder breaks a rule.
pub(crate) fn check(input: &[u8]) {
    let payload = Bytes::copy_from_slice(input);
    let encoded: Vec<Bytes> = unpack(payload).collect();
    let held: usize = encoded.iter().map(Bytes::len).sum();
    assert!(held <= input.len(), "the hints are larger than the input");

    let hints: Vec<Bytes> = encoded.into_iter().filter_map(recode).collect();
    for hint in &hints {
        let again = recode(hint.clone());
        assert_eq!(
            again.as_ref(),
            Some(hint),
            "a hint changes when it is encoded and decoded"
        );
    }
    let packed = pack(hints.clone());
    assert!(packed.len() <= hints.len());
    let unpacked: Vec<Bytes> = packed.into_iter().flat_map(unpack).collect();
    assert_eq!(unpacked, hints, "packing changes the hints");
}
