//! The time at which positions can be released.

use chat_core::Timestamp;

use crate::message::Stored;
use crate::options::KEPT;

/// The number of positions below which a message keeps all of them.
const FEW: usize = 64;

/// Returns the removal time of an expiring message: not before [`KEPT`] has passed since this write.
pub(crate) fn removal(expires_at: Timestamp, now: Timestamp) -> Timestamp {
    expires_at.max(now.after(KEPT))
}

/// Returns the positions a message holds after taking `rev`: at least those of the last [`KEPT`].
///
/// Also returns the time of the last release and the highest position held at that time.
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
                // Positions up to `last` were taken before `at`.
                positions.retain(|p| *p > last);
                let_go = Some((now, old.message.rev));
            }
            Some(_) => {}
        }
    }
    positions.push(rev);
    (positions, let_go)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use chat_core::model::{Draft, NewMessage};
    use chat_core::{RoomId, UserId};

    use super::*;

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_millis(0).after(std::time::Duration::from_secs(seconds))
    }

    #[test]
    fn what_was_taken_lately_is_held_whatever_a_message_goes_through() {
        let new = NewMessage::user(UserId::new("a").unwrap(), Draft::text("hi"), at(0));
        let mut stored = Stored {
            message: new.at(RoomId::new("r").unwrap(), 1, at(0)),
            positions: vec![1],
            let_go: None,
            write: None,
        };
        // A change each second.
        let mut most = 0;
        for second in 1..10_000 {
            let rev = second + 1;
            (stored.positions, stored.let_go) = positions(&stored, rev, at(second));
            stored.message.rev = rev;
            let oldest = rev.saturating_sub(KEPT.as_secs()).max(1);
            let held = (oldest..=rev).all(|p| stored.positions.binary_search(&p).is_ok());
            assert!(held, "after {second} seconds: {:?}", stored.positions);
            most = most.max(stored.positions.len());
        }
        assert!(most < 1800, "{most} were held");
    }

    #[test]
    fn a_message_with_few_changes_holds_them_all() {
        let new = NewMessage::user(UserId::new("a").unwrap(), Draft::text("hi"), at(0));
        let stored = Stored {
            message: new.at(RoomId::new("r").unwrap(), 1, at(0)),
            positions: vec![1, 5],
            let_go: None,
            write: None,
        };
        assert_eq!(positions(&stored, 9, at(1_000_000)), (vec![1, 5, 9], None));
    }

    #[test]
    fn nothing_is_removed_before_its_position_is_safe() {
        assert_eq!(removal(at(5), at(0)), at(0).after(KEPT));
        assert_eq!(removal(at(100_000), at(0)), at(100_000));
    }
}
