use crate::run::Outcome;

/// Some time after all faults end, every client has seen everything and has a response to every
/// command.
pub(crate) fn hold(outcome: &Outcome) {
    if let Some(left) = &outcome.unsettled {
        panic!("long after all faults ended: {left}");
    }
}
