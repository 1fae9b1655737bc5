use chat_core::RoomId;

use crate::run::Outcome;
use crate::world::doomed;

/// Acknowledged messages are in the history at their acknowledged position, and retried ones are
/// there once. Deleted rooms and expiring messages are exempt.
pub(crate) fn hold(outcome: &Outcome) {
    for room in &outcome.rooms {
        for ((user, name), stored) in &room.record.sent {
            if stored.iter().any(|id| room.record.expiring.contains(id)) {
                continue;
            }
            let times = stored.len();
            assert_eq!(
                times, 1,
                "{name} of {user} in {} is stored {times} times, not once",
                room.id
            );
        }
    }
    for client in &outcome.clients {
        let user = &client.user;
        let lasting = |room: &RoomId| *room != doomed();
        let sent = client.sent.iter();
        for (name, sent) in sent.filter(|(_, s)| s.expires_at.is_none() && lasting(&s.room)) {
            let ack = sent.ack.expect("every send is acknowledged");
            let room = outcome.room(&sent.room);
            let stored = room.record.sent.get(&(user.clone(), name.clone()));
            assert_eq!(stored, Some(&vec![ack.id]), "{name} of {user}");
            let found = room.history.iter().find(|m| m.id == ack.id);
            let found = found.unwrap_or_else(|| panic!("{name} of {user} is lost: {ack:?}"));
            assert_eq!(
                found.seq, ack.seq,
                "{name} of {user} is at another position"
            );
            assert_eq!(found.sender_id.as_ref(), Some(user), "{name} of {user}");
        }
        let changes = client.changes.iter();
        for (room, id, rev) in changes.filter(|(room, ..)| lasting(room)) {
            let taken = &outcome.room(room).record.taken;
            // A change without effect is acknowledged with the latest position.
            assert_eq!(taken.get(rev), Some(id), "the change at {rev} in {room}");
        }
    }
    let notices = outcome.notices.iter();
    for (room, id, seq) in notices.filter(|(room, ..)| *room != doomed()) {
        let found = outcome.room(room).history.iter().find(|m| m.id == *id);
        assert_eq!(
            found.map(|m| m.seq),
            Some(*seq),
            "a notice in {room} is lost"
        );
    }
}
