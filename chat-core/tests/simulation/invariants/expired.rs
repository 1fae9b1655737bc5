use chat_core::Timestamp;

use crate::run::Outcome;

/// A read that begins after a message expired does not return it.
pub(crate) fn hold(outcome: &Outcome) {
    for client in &outcome.clients {
        for heard in &client.heard {
            let Some(asked) = heard.asked_time else {
                continue;
            };
            let expired = heard.messages().find(|m| {
                let at = m["expiresAt"].as_str();
                at.is_some_and(|at| at.parse::<Timestamp>().unwrap() <= asked)
            });
            assert!(
                expired.is_none(),
                "{} asked at {asked} and got an expired message: {expired:?}",
                client.user
            );
        }
    }
}
