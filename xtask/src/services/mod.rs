//! The servers that tests talk to: one file each. What is there already is used; what is missing is
//! installed where that can be done without asking.

mod mongodb;
mod redis;

use crate::run::Outcome;

/// Sees to it that all of them are there.
pub(crate) fn services() -> Outcome {
    redis::provide()?;
    mongodb::provide()
}
