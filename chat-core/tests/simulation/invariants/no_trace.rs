use crate::run::Outcome;

/// Once all clients are gone, no node counts a connection and no user is online.
pub(crate) fn hold(outcome: &Outcome) {
    assert_eq!(outcome.connections, 0, "connections outlived their clients");
    assert!(
        outcome.online.is_empty(),
        "online without a connection: {:?}",
        outcome.online
    );
}
