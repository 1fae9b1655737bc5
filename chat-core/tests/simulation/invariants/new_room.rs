use std::time::Duration;

use chat_core::Timestamp;

use crate::run::Outcome;
use crate::world::doomed;

/// The maximum duration of a write.
const UNDER_WAY: Duration = Duration::from_secs(1);

/// A recreated room begins empty: nobody receives messages of its predecessor.
///
/// The in-memory stores append by room id. A write that starts before the deletion and finishes
/// after the next creation lands in the new room, and is exempt.
pub(crate) fn hold(outcome: &Outcome) {
    let room = doomed();
    let Some(born) = outcome.facts.born(&room) else {
        return;
    };
    for client in &outcome.clients {
        let heard = client.heard.iter();
        let here = heard.filter(|h| h.room() == Some(room.as_str()));
        for heard in here.filter(|h| h.asked_time.is_some_and(|asked| asked >= born)) {
            let old = heard.messages().find(|m| {
                let at = m["createdAt"].as_str();
                let at = at.map(|at| at.parse::<Timestamp>().unwrap());
                at.is_some_and(|at| at.after(UNDER_WAY) < born)
            });
            assert!(
                old.is_none(),
                "{} read a message from before the room was created at {born}: {old:?}",
                client.user
            );
        }
    }
}
