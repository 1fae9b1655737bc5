//! Fuzzes the WebSocket upgrade.
#![no_main]

#[path = "../checks/handshake.rs"]
mod check;
#[path = "../checks/head.rs"]
mod head;

libfuzzer_sys::fuzz_target!(|input: &[u8]| check::check(input));
