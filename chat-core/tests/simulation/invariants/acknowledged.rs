use crate::run::Outcome;

/// What was acknowledged is in the history, at the position that was told, and what was sent again
/// is there once.
pub(crate) fn hold(outcome: &Outcome) {
    for room in &outcome.rooms {
        for ((user, name), stored) in &room.record.sent {
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
        for (name, sent) in &client.sent {
            let ack = sent
                .ack
                .expect("nothing is left without an acknowledgement");
            let room = outcome.room(&sent.room);
            let stored = room.record.sent.get(&(user.clone(), name.clone()));
            assert_eq!(stored, Some(&vec![ack.id]), "{name} of {user}");
            let found = room.history.iter().find(|m| m.id == ack.id);
            let found = found.unwrap_or_else(|| panic!("{name} of {user} is gone: {ack:?}"));
            assert_eq!(found.seq, ack.seq, "{name} of {user} is elsewhere");
            assert_eq!(found.sender_id.as_ref(), Some(user), "{name} of {user}");
        }
        for (room, id, rev) in &client.changes {
            let taken = &outcome.room(room).record.taken;
            // A change of nothing is acknowledged with the position of the latest one.
            assert_eq!(taken.get(rev), Some(id), "the change at {rev} in {room}");
        }
    }
    for (room, id, seq) in &outcome.notices {
        let found = outcome.room(room).history.iter().find(|m| m.id == *id);
        assert_eq!(found.map(|m| m.seq), Some(*seq), "a notice in {room}");
    }
}
