use std::collections::BTreeMap;

use chat_core::MessageId;

use crate::run::Outcome;

/// The positions of each room are exactly 1 to its head, each taken once, and match the history.
pub(crate) fn hold(outcome: &Outcome) {
    for room in &outcome.rooms {
        let id = &room.id;
        let taken: Vec<u64> = room.record.taken.keys().copied().collect();
        let all: Vec<u64> = (1..=room.head).collect();
        assert_eq!(taken, all, "positions taken in {id}");
        let history = &room.history;
        let ascending = history.is_sorted_by(|a, b| a.seq < b.seq);
        assert!(ascending, "the history of {id} is out of order");
        let in_time = history.is_sorted_by_key(|m| m.created_at);
        assert!(in_time, "time goes back in {id}");
        let lasting = |id: &MessageId| !room.record.expiring.contains(id);
        let taken = room.record.taken.iter().filter(|(_, id)| lasting(id));
        let latest: BTreeMap<_, _> = taken.map(|(r, id)| (*id, *r)).collect();
        let history = history.iter().filter(|m| lasting(&m.id));
        let stored: BTreeMap<_, _> = history.map(|m| (m.id, m.rev)).collect();
        assert_eq!(
            stored, latest,
            "messages in {id} and their latest positions"
        );
    }
}
