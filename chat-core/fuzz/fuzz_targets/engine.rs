//! A few clients of an engine in memory, and the app.
#![no_main]

#[path = "../checks/engine/mod.rs"]
mod check;

libfuzzer_sys::fuzz_target!(|input: &[u8]| check::check(input));
