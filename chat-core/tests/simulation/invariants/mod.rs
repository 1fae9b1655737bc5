//! What holds at the end of every run.

mod acknowledged;
mod delivered;
mod no_trace;
mod positions;
mod rules;
mod same_state;

use crate::run::Outcome;

/// Panics where one does not hold.
pub(crate) fn hold(outcome: &Outcome) {
    positions::hold(outcome);
    acknowledged::hold(outcome);
    delivered::hold(outcome);
    same_state::hold(outcome);
    rules::hold(outcome);
    no_trace::hold(outcome);
}
