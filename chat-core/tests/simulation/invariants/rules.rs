use crate::run::Outcome;

/// No client saw a protocol violation: an event of a room it has not joined, a refused resume, a
/// live event before the resume completed, or an unexpected error or close code.
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
