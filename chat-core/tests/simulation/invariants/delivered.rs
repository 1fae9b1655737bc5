use chat_core::MessageId;
use chat_core::testing::history::History;

use crate::run::Outcome;

/// Each client saw each room's log from its join to the end, over all its connections: in order,
/// without gaps, duplicates or phantom events.
pub(crate) fn hold(outcome: &Outcome) {
    for room in &outcome.rooms {
        for client in &outcome.clients {
            let Some(seen) = client.rooms.get(&room.id) else {
                continue;
            };
            let exempt = |id: &MessageId| outcome.exempts(client, room, id);
            let mut taken = room.record.taken.clone();
            taken.retain(|_, id| !exempt(id));
            let observed = seen.observed(client.user.as_str(), exempt);
            History::new(taken).assert_clean(&[observed]);
        }
    }
}
