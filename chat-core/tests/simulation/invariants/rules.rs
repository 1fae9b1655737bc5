use crate::run::Outcome;

/// No client met anything that the protocol does not allow: an event of a room it has not joined, a
/// resume that was refused, live events before what was missed was complete, an unexpected error or
/// close code.
pub(crate) fn hold(outcome: &Outcome) {
    for client in &outcome.clients {
        let first = client.violations.first();
        assert_eq!(
            first,
            None,
            "{} of {}",
            client.violations.len(),
            client.user
        );
    }
}
