use chat_core::testing::history::{History, Observed};

use crate::run::Outcome;

/// Each client saw each room's log from where it joined to its end: in order, without a gap, nothing
/// twice and nothing that is not there, over all its connections.
pub(crate) fn hold(outcome: &Outcome) {
    for room in &outcome.rooms {
        let history = History::new(room.record.taken.clone());
        let here = outcome.clients.iter().filter_map(|client| {
            let seen = client.rooms.get(&room.id)?;
            Some(seen.observed(client.user.as_str()))
        });
        history.assert_clean(&here.collect::<Vec<Observed>>());
    }
}
