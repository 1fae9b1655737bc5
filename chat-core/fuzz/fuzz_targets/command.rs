//! Fuzzes the command decoder.
#![no_main]

#[path = "../checks/command.rs"]
mod check;

libfuzzer_sys::fuzz_target!(|input: &[u8]| check::check(input));
