//! The invariants that every run must satisfy in the end.

mod acknowledged;
mod blocked;
mod cut_off;
mod delivered;
mod direct;
mod expired;
mod invisible;
mod new_room;
mod no_trace;
mod positions;
mod readers;
mod removed;
mod rules;
mod same_state;
mod settled;

use crate::run::Outcome;

/// An invariant. It panics if it does not hold.
pub(crate) type Invariant = fn(&Outcome);

/// Every invariant by name. Those whose violation may cause others come first.
pub(crate) const ALL: [(&str, Invariant); 15] = [
    ("readers", readers::hold),
    ("cut_off", cut_off::hold),
    ("removed", removed::hold),
    ("invisible", invisible::hold),
    ("blocked", blocked::hold),
    ("direct", direct::hold),
    ("expired", expired::hold),
    ("new_room", new_room::hold),
    ("rules", rules::hold),
    ("settled", settled::hold),
    ("positions", positions::hold),
    ("acknowledged", acknowledged::hold),
    ("delivered", delivered::hold),
    ("same_state", same_state::hold),
    ("no_trace", no_trace::hold),
];
