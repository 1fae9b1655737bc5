//! Fuzzes an in-memory engine with a few clients and the app.
#![no_main]

#[path = "../checks/engine/mod.rs"]
mod check;

libfuzzer_sys::fuzz_target!(|input: &[u8]| check::check(input));
