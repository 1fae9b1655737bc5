use crate::facts::Fact;
use crate::heard::Heard;
use crate::run::Outcome;

/// A user receives nothing from users they have blocked: no message, no typing, no receipt.
pub(crate) fn hold(outcome: &Outcome) {
    for log in &outcome.clients {
        let Some(other) = &log.blocks else {
            continue;
        };
        let fact = Fact::Blocked(log.user.clone(), other.clone());
        let heard = log.heard.iter().filter(|h| h.prompt);
        for heard in heard.filter(|h| is_heard(h, other.as_str())) {
            let at = heard.asked_at.unwrap_or(heard.at);
            assert!(
                !outcome.facts.held(&fact, at, outcome.plan.in_force_within),
                "{} blocked {other} but received {heard:?}",
                log.user
            );
        }
    }
}

/// Returns `true` if an event reveals activity of the user.
fn is_heard(heard: &Heard, user: &str) -> bool {
    match heard.kind() {
        "TYPING" | "READ_RECEIPT" => heard.event["userId"] == user,
        _ => heard
            .messages()
            .any(|m| m["senderId"] == user && m["deletedAt"].is_null()),
    }
}
