use chat_core::Timestamp;

use crate::run::Outcome;
use crate::world::doomed;

/// A recreated room begins empty: nobody receives messages of its predecessor. A write that is under
/// way at the deletion names the epoch of the old log, so it cannot land in the new one.
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
                at.is_some_and(|at| at < born)
            });
            assert!(
                old.is_none(),
                "{} read a message from before the room was created at {born}: {old:?}",
                client.user
            );
        }
    }
}
