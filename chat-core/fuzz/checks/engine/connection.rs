use std::collections::{HashMap, HashSet};
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use chat_core::engine::Inbound;
use chat_core::testing::{MemoryPeer, Outbound, memory_socket};
use chat_core::{Engine, Handshake};
use futures::FutureExt;
use serde_json::Value;
use tokio::task::unconstrained;

use super::budget::Budget;

/// The code for a connection that ended without a close frame.
const ABNORMAL: u16 = 1006;

pub(super) struct Connection {
    pub(super) user: usize,
    budget: Budget,
    /// `true` while the client reads no frames.
    pub(super) stalled: bool,
    /// `true` once the client has stalled.
    was_stalled: bool,
    pub(super) closed: Option<u16>,
    peer: MemoryPeer,
    polls: Arc<AtomicUsize>,
    rooms: HashMap<String, Hearing>,
    /// The positions that did not arrive, by room.
    pub(super) skipped: Vec<(String, u64)>,
    /// The room of each join, by `ref`.
    joins: HashMap<String, String>,
    /// Joins without a reply.
    unanswered: HashSet<String>,
    bytes: usize,
    frames: usize,
}

/// The events of a room that a connection receives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hearing {
    /// All events after this position.
    Joined { through: u64 },
    /// Changes after this position, during a resume.
    Syncing { through: u64 },
    /// None, because the user was removed.
    Removed,
}

impl Connection {
    pub(super) fn open(engine: &Engine, user: usize, name: &str) -> Self {
        let (socket, peer) = memory_socket();
        let polls = Arc::new(AtomicUsize::new(0));
        let serving = engine.serve(socket, Handshake::new(Some(name.to_owned())));
        tokio::spawn(counted(serving, Arc::clone(&polls)));
        let mut budget = Budget::default();
        budget.log(0, 0);
        Self {
            user,
            budget,
            stalled: false,
            was_stalled: false,
            closed: None,
            peer,
            polls,
            rooms: HashMap::new(),
            skipped: Vec::new(),
            joins: HashMap::new(),
            unanswered: HashSet::new(),
            bytes: 0,
            frames: 0,
        }
    }

    pub(super) fn send(&self, inbound: Inbound) {
        self.peer.send(inbound);
    }

    /// Expects a reply with this `ref` to a join of a room with messages and changes of these sizes
    /// in bytes.
    pub(super) fn joins(&mut self, reference: String, room: &str, content: usize, changes: usize) {
        self.budget.log(content, changes);
        self.unanswered.insert(reference.clone());
        self.joins.insert(reference, room.to_owned());
    }

    /// Allows for the events of messages and changes of these sizes in bytes. A join still queued
    /// in the socket reads them from the log as well.
    pub(super) fn allow(&mut self, content: usize, changes: usize) {
        for _ in 0..=self.unanswered.len() {
            self.budget.log(content, changes);
        }
    }

    pub(super) fn stall(&mut self, on: bool) {
        self.stalled = on;
        self.was_stalled |= on;
        self.peer.stall(on);
    }

    pub(super) fn close(&mut self) {
        self.peer.close();
    }

    /// The position through which the connection has received everything in a room.
    pub(super) fn through(&self, room: &str) -> Option<u64> {
        match self.rooms.get(room)? {
            Hearing::Joined { through } => Some(*through),
            _ => None,
        }
    }

    /// Returns `true` until a resume has completed.
    pub(super) fn is_syncing(&self, room: &str) -> bool {
        matches!(self.rooms.get(room), Some(Hearing::Syncing { .. }))
    }

    /// Receives all pending events. Panics if one breaks a rule.
    pub(super) fn receive(&mut self) -> Vec<Value> {
        let mut events = Vec::new();
        // Opt out of tokio's budget of 128 messages per poll, to receive everything that is ready.
        while let Some(outbound) = unconstrained(self.peer.recv()).now_or_never() {
            let Some(outbound) = outbound else {
                // A client that does not read may miss the close frame.
                assert!(
                    self.was_stalled || self.closed.is_some(),
                    "the connection ended without a close frame"
                );
                self.closed = self.closed.or(Some(ABNORMAL));
                break;
            };
            match outbound {
                Outbound::Closed(code) => {
                    assert!(self.closed.is_none(), "closed twice");
                    // Only a client that does not read is too slow.
                    assert!(
                        code != 1013 || self.was_stalled,
                        "a client that reads was closed as too slow"
                    );
                    assert_ne!(code, 1011, "internal error");
                    self.closed = Some(code);
                }
                Outbound::Text(text) => {
                    assert!(self.closed.is_none(), "a frame after the close");
                    self.bytes += text.len();
                    self.frames += 1;
                    let event: Value = serde_json::from_slice(&text).expect("JSON");
                    self.heard(&event);
                    events.push(event);
                }
            }
        }
        let polls = self.polls.load(Ordering::Relaxed);
        self.budget.check(self.bytes, self.frames, polls);
        events
    }

    fn heard(&mut self, event: &Value) {
        let kind = event["type"].as_str().expect("a type");
        assert!(
            self.frames > 1 || kind == "HELLO",
            "the first frame is {event}"
        );
        if let Some(reference) = event["ref"].as_str() {
            self.unanswered.remove(reference);
        }
        if kind == "ERROR" {
            assert_ne!(event["code"], "INTERNAL", "{event}");
            // A resume may fail after `ROOM_JOINED`.
            let join = event["ref"].as_str().and_then(|r| self.joins.get(r));
            if let Some(room) = join
                && self.is_syncing(room)
            {
                self.rooms.remove(room);
            }
            return;
        }
        let Some(room) = event["roomId"].as_str() else {
            if kind == "ROOM_ADDED" {
                self.rooms
                    .remove(event["room"]["id"].as_str().expect("an id"));
            }
            return;
        };
        let hearing = self.rooms.get(room).copied();
        let next = match kind {
            "ROOM_JOINED" => Some(joined(event)),
            "ROOM_LEFT" => hearing.filter(|hearing| *hearing == Hearing::Removed),
            "ROOM_REMOVED" => Some(Hearing::Removed),
            "MESSAGE_ACK" => hearing,
            "ROOM_SYNC" => Some(synced(hearing, event)),
            _ => heard(hearing, kind, event, &mut self.skipped),
        };
        match next {
            Some(next) => self.rooms.insert(room.to_owned(), next),
            None => self.rooms.remove(room),
        };
    }
}

fn joined(event: &Value) -> Hearing {
    let head = event["head"].as_u64().expect("a head");
    if event["recovered"] == true {
        assert!(event["messages"].is_null(), "{event}");
        return Hearing::Syncing { through: 0 };
    }
    let messages = event["messages"].as_array().map_or(&[][..], Vec::as_slice);
    let seqs = messages.iter().map(|message| message["seq"].as_u64());
    assert!(
        seqs.clone().zip(seqs.skip(1)).all(|(a, b)| a < b),
        "out of order: {event}"
    );
    Hearing::Joined { through: head }
}

fn synced(hearing: Option<Hearing>, event: &Value) -> Hearing {
    let Some(Hearing::Syncing { mut through }) = hearing else {
        panic!("unexpected changes: {event}");
    };
    let end = event["through"].as_u64().expect("a position");
    for change in event["changes"].as_array().expect("changes") {
        let rev = change["rev"].as_u64().expect("a position");
        assert!(through < rev && rev <= end, "out of order: {event}");
        through = rev;
    }
    if event["done"] == true {
        Hearing::Joined { through: end }
    } else {
        Hearing::Syncing { through: end }
    }
}

/// Handles an event of a room that is not a reply.
fn heard(
    hearing: Option<Hearing>,
    kind: &str,
    event: &Value,
    skipped: &mut Vec<(String, u64)>,
) -> Option<Hearing> {
    assert_ne!(hearing, Some(Hearing::Removed), "after a removal: {event}");
    if kind == "ROOM_ACTIVITY" {
        return hearing;
    }
    let Some(rev) = event["rev"].as_u64() else {
        let passing = ["TYPING", "READ_RECEIPT"].contains(&kind);
        assert!(
            !passing || hearing.is_some(),
            "event of a room that is not joined: {event}"
        );
        return hearing;
    };
    let Some(Hearing::Joined { through }) = hearing else {
        panic!("unexpected event while {hearing:?}: {event}");
    };
    assert!(through < rev, "out of order, at {through}: {event}");
    let room = event["roomId"].as_str().expect("a room");
    skipped.extend((through + 1..rev).map(|rev| (room.to_owned(), rev)));
    Some(Hearing::Joined { through: rev })
}

async fn counted(future: impl Future<Output = ()>, polls: Arc<AtomicUsize>) {
    let mut future = pin!(future);
    poll_fn(|cx| {
        polls.fetch_add(1, Ordering::Relaxed);
        future.as_mut().poll(cx)
    })
    .await;
}
