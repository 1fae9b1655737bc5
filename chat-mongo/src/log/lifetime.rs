//! When positions may be let go.

use chat_core::Timestamp;

use super::super::options::KEPT;
use crate::message::Stored;

/// A message with fewer positions keeps them all.
const FEW: usize = 64;

/// When the document of a message that expires may be removed: not before what it took last has been
/// taken for long enough.
pub(crate) fn removal(expires_at: Timestamp, now: Timestamp) -> Timestamp {
    expires_at.max(now.after(KEPT))
}

/// The positions a message holds after it took one more. All in all those of the last [`KEPT`] at
/// least; with them, when some were last let go, and the last one there was then.
pub(crate) fn positions(
    old: &Stored,
    rev: u64,
    now: Timestamp,
) -> (Vec<u64>, Option<(Timestamp, u64)>) {
    let mut positions = old.positions.clone();
    let mut let_go = old.let_go;
    if positions.len() >= FEW {
        match let_go {
            None => let_go = Some((now, old.message.rev)),
            Some((at, last)) if now.since(at) > KEPT => {
                // These were all there before `at`.
                positions.retain(|p| *p > last);
                let_go = Some((now, old.message.rev));
            }
            Some(_) => {}
        }
    }
    positions.push(rev);
    (positions, let_go)
}
