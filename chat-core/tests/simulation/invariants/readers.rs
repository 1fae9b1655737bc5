use crate::run::Outcome;

/// A client that reads is never closed as too slow, unless its outbox is too small for bursts.
pub(crate) fn hold(outcome: &Outcome) {
    if outcome.plan.outbox.is_some() {
        return;
    }
    for client in &outcome.clients {
        let too_slow = |reason: &str| reason == "too slow";
        let closed = client.closed.iter();
        let closed = closed.filter(|c| c.prompt && too_slow(&c.reason)).count();
        assert_eq!(
            closed, 0,
            "{} was closed as too slow while reading",
            client.user
        );
    }
}
