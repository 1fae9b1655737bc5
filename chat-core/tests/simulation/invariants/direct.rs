use crate::facts::Fact;
use crate::heard::Heard;
use crate::run::Outcome;
use crate::world::pair;

/// In a direct room, nothing from a blocked user is stored: no message, no edit, no reaction.
pub(crate) fn hold(outcome: &Outcome) {
    for log in &outcome.clients {
        let Some(other) = &log.blocks else {
            continue;
        };
        let fact = Fact::Blocked(log.user.clone(), other.clone());
        let said = outcome.clients.iter().filter(|c| c.user == *other);
        for answer in said.flat_map(|c| &c.heard).filter(|h| is_taken(h)) {
            let asked_at = answer.asked_at.unwrap_or_default();
            let within = outcome.plan.in_force_within;
            assert!(
                !outcome.facts.held(&fact, asked_at, within),
                "{} blocked {other}, whose change was stored: {answer:?}",
                log.user
            );
        }
    }
}

/// Returns `true` if a response reports a change stored in the direct room.
fn is_taken(heard: &Heard) -> bool {
    let asked = heard.event["asked"].as_str();
    let writes = ["SEND_MESSAGE", "EDIT_MESSAGE", "ADD_REACTION"];
    heard.room() == Some(pair().as_str())
        && heard.kind() != "ERROR"
        && asked.is_some_and(|asked| writes.contains(&asked))
}
