use chat_core::Timestamp;

use crate::run::Outcome;

/// A message is not handed out by a read that was asked for after it expired.
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
                "{} asked at {asked}, and was given {expired:?}",
                client.user
            );
        }
    }
}
