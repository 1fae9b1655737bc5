//! Fuzzes the decoder of hints between nodes.
#![no_main]

#[path = "../checks/hint.rs"]
mod check;

libfuzzer_sys::fuzz_target!(|input: &[u8]| check::check(input));
