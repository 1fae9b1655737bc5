//! Replays the fuzz corpora through the checks of the fuzz targets, so that findings stay covered
//! without a fuzzer.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stderr)]

#[path = "../fuzz/checks/command.rs"]
mod command;
#[path = "../fuzz/checks/cursor.rs"]
mod cursor;
#[cfg(feature = "testing")]
#[path = "../fuzz/checks/engine/mod.rs"]
mod engine;
#[cfg(feature = "websocket")]
#[path = "../fuzz/checks/handshake.rs"]
mod handshake;
#[cfg(any(feature = "websocket", feature = "testing"))]
#[path = "../fuzz/checks/head.rs"]
mod head;
#[cfg(feature = "testing")]
#[path = "../fuzz/checks/hint.rs"]
mod hint;
#[cfg(feature = "testing")]
#[path = "../fuzz/checks/route.rs"]
mod route;
#[cfg(feature = "websocket")]
#[path = "../fuzz/checks/ws.rs"]
mod ws;

use std::fs;
use std::path::Path;

/// Replays every prefix of each input too, because truncated frames are the most common malformed
/// ones.
fn replay(target: &str, check: fn(&[u8])) {
    for input in corpus(target) {
        for end in 0..input.len().min(512) {
            check(&input[..end]);
        }
        check(&input);
    }
}

fn corpus(target: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fuzz/corpus")
        .join(target);
    let inputs = fs::read_dir(&folder).unwrap();
    let inputs: Vec<_> = inputs
        .map(|entry| fs::read(entry.unwrap().path()).unwrap())
        .collect();
    assert!(!inputs.is_empty(), "no corpus in {}", folder.display());
    inputs
}

#[test]
fn command() {
    replay("command", command::check);
}

#[test]
fn cursor() {
    replay("cursor", cursor::check);
}

#[cfg(feature = "testing")]
#[test]
fn engine() {
    corpus("engine")
        .iter()
        .for_each(|input| engine::check(input));
}

#[cfg(feature = "websocket")]
#[test]
fn handshake() {
    replay("handshake", handshake::check);
}

#[cfg(feature = "testing")]
#[test]
fn hint() {
    replay("hint", hint::check);
}

#[cfg(feature = "testing")]
#[test]
fn route() {
    replay("route", route::check);
}

#[cfg(feature = "websocket")]
#[test]
fn ws() {
    replay("ws", ws::check);
}
