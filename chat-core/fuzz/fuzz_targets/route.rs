//! Fuzzes the routing of REST requests.
#![no_main]

#[path = "../checks/route.rs"]
mod check;
#[path = "../checks/head.rs"]
mod head;

libfuzzer_sys::fuzz_target!(|input: &[u8]| check::check(input));
