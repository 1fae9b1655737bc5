use crate::run::Outcome;

/// When all clients have gone, no node counts a connection, and nobody is online.
pub(crate) fn hold(outcome: &Outcome) {
    assert_eq!(
        outcome.connections, 0,
        "connections of clients that have gone"
    );
    assert!(
        outcome.online.is_empty(),
        "online without a connection: {:?}",
        outcome.online
    );
}
