use chat_core::MessageId;
use chat_core::testing::history::History;

use crate::run::Outcome;

/// Each client saw each room's log from where it joined to its end: in order, without a gap, nothing
/// twice and nothing that is not there, over all its connections.
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
