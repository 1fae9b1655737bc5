use crate::run::Outcome;
use crate::seen::Shown;

/// Each client shows exactly what is stored: every message since its join, and those it knows from
/// before, in their latest state.
pub(crate) fn hold(outcome: &Outcome) {
    for client in &outcome.clients {
        let user = &client.user;
        for (id, seen) in &client.rooms {
            let room = outcome.room(id);
            let history = &room.history;
            for message in history {
                if outcome.exempts(client, room, &message.id) {
                    continue;
                }
                let shown = seen.shown.get(&message.id);
                let needed = message.seq > seen.from || shown.is_some();
                if needed {
                    assert_eq!(shown, Some(&Shown::from(message)), "{user} in {id}");
                }
            }
            let made_up = seen
                .shown
                .keys()
                .filter(|id| !room.record.expiring.contains(*id))
                .find(|id| !history.iter().any(|m| m.id == **id));
            assert_eq!(
                made_up, None,
                "{user} shows a message in {id} that is not stored"
            );
        }
    }
}
