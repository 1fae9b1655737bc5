//! Fuzzes the decoders of pagination cursors.
#![no_main]

#[path = "../checks/cursor.rs"]
mod check;

libfuzzer_sys::fuzz_target!(|input: &[u8]| check::check(input));
