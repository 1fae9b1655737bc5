//! Fuzzes the decoder of WebSocket frames.
#![no_main]

#[path = "../checks/ws.rs"]
mod check;

libfuzzer_sys::fuzz_target!(|input: &[u8]| check::check(input));
