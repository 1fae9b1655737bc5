use crate::run::Outcome;

/// Some time after all trouble has ended, every client has seen everything and has an answer to
/// everything.
pub(crate) fn hold(outcome: &Outcome) {
    if let Some(left) = &outcome.unsettled {
        panic!("long after all trouble ended, {left}");
    }
}
