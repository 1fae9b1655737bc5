//! The servers that tests need, one file each. Uses an existing server, or else installs one if that
//! needs no password.

mod mongodb;
mod redis;

use crate::run::Outcome;

/// Makes sure that tests find every server.
pub(crate) fn services() -> Outcome {
    redis::provide()?;
    mongodb::provide()
}
