use std::collections::BTreeSet;
use std::time::Duration;

use chat_core::RoomId;

use crate::facts::Fact;
use crate::heard::Heard;
use crate::run::Outcome;

/// After `ROOM_REMOVED`, the connection receives no event of the room until its user is back. The
/// notice of the return itself may be lost.
pub(crate) fn hold(outcome: &Outcome) {
    for client in &outcome.clients {
        let is_back = |room: &str, at| {
            let fact = Fact::Removed(RoomId::new(room).unwrap(), client.user.clone());
            outcome.facts.since(&fact, at).is_none()
        };
        if let Some(heard) = after_being_told(&client.heard, is_back) {
            panic!(
                "{} received an event after ROOM_REMOVED: {heard:?}",
                client.user
            );
        }
    }
}

/// The first event of a room after `ROOM_REMOVED` on the same connection, without a return.
fn after_being_told(heard: &[Heard], is_back: impl Fn(&str, Duration) -> bool) -> Option<&Heard> {
    let mut gone = BTreeSet::new();
    heard.iter().find(|heard| {
        let Some(room) = heard.room() else {
            return false;
        };
        let at = (heard.connection, room.to_owned());
        match heard.kind() {
            "ROOM_REMOVED" => {
                gone.insert(at);
                false
            }
            "ROOM_ADDED" | "ROOM_JOINED" => {
                gone.remove(&at);
                false
            }
            // A response is not an event of the room.
            _ => heard.asked_at.is_none() && gone.contains(&at) && !is_back(room, heard.at),
        }
    })
}

/// Detects `ROOM_ACTIVITY` after `ROOM_REMOVED`, but not events on another connection.
#[test]
fn what_follows_a_removal_is_found() {
    let event = |connection, kind: &str| Heard {
        at: Duration::ZERO,
        asked_at: None,
        asked_time: None,
        connection,
        prompt: true,
        event: serde_json::json!({"type": kind, "roomId": "r"}),
    };
    let mut heard = vec![
        event(1, "MESSAGE_CREATED"),
        event(1, "ROOM_REMOVED"),
        event(2, "TYPING"),
    ];
    assert!(after_being_told(&heard, |_, _| false).is_none());
    heard.push(event(1, "ROOM_ADDED"));
    heard.push(event(1, "TYPING"));
    assert!(after_being_told(&heard, |_, _| false).is_none());
    heard.push(event(2, "ROOM_REMOVED"));
    heard.push(event(2, "ROOM_ACTIVITY"));
    assert_eq!(
        after_being_told(&heard, |_, _| false).unwrap().kind(),
        "ROOM_ACTIVITY"
    );
}
