//! Replays the fuzz corpora through the checks of the fuzz targets, so that what fuzzing found stays
//! found where nobody fuzzes.
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "../fuzz/checks/command.rs"]
mod command;
#[path = "../fuzz/checks/cursor.rs"]
mod cursor;
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

fn replay(target: &str, check: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fuzz/corpus")
        .join(target);
    let mut inputs = 0;
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let input = fs::read(&path).unwrap();
        // Each prefix too: a frame that was cut off is the likeliest malformed one.
        for end in 0..input.len().min(512) {
            check(&input[..end]);
        }
        check(&input);
        inputs += 1;
    }
    assert!(inputs > 0, "no corpus in {}", folder.display());
}

#[test]
fn command() {
    replay("command", command::check);
}

#[test]
fn cursor() {
    replay("cursor", cursor::check);
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
