use std::time::Duration;

use chat_core::Timestamp;

use crate::run::Outcome;
use crate::world::doomed;

/// How long a write may be under way.
const UNDER_WAY: Duration = Duration::from_secs(1);

/// A room that is created where another one of its id has been begins empty: nobody is given what
/// was said in the old one.
///
/// The stores in memory append by the id of the room. So a write that was under way when the room was
/// deleted, and was slower than the creation of the next one, lands in that: it is not counted here.
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
                "{} reads what was said before the room was created at {born}: {old:?}",
                client.user
            );
        }
    }
}
