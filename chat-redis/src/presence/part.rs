//! The parts of presence. The keys of a part share a slot, so that a script can change all state of
//! a user atomically. On a cluster, the parts are spread over the servers.

use chat_core::UserId;

/// The number of parts. It must never change: nodes with different numbers would not find each
/// other's users. Each node calls a script per part every few seconds to find expired leases.
pub(crate) const PARTS: u16 = 64;

/// Returns the part of a user, by FNV-1a: a hash that is the same on all nodes and in all versions,
/// and that ignores `{tag}`s in ids.
pub(crate) fn part(user: &UserId) -> u16 {
    let hash = user.as_str().bytes().fold(0x811c_9dc5_u32, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    });
    let [_, _, high, low] = (hash ^ (hash >> 16)).to_be_bytes();
    u16::from_be_bytes([high, low]) % PARTS
}

/// The names of a part's keys.
#[derive(Debug)]
pub(crate) struct Keys {
    pub(crate) leases: String,
    pub(crate) due: String,
    pub(crate) seen: String,
}

impl Keys {
    pub(crate) fn new(prefix: &str, part: u16) -> Self {
        let key = |name| format!("{prefix}p:{{{part}}}:{name}");
        Self {
            leases: key("leases"),
            due: key("due"),
            seen: key("seen"),
        }
    }

    pub(crate) fn all(self) -> Vec<String> {
        vec![self.leases, self.due, self.seen]
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::collections::BTreeSet;

    use super::*;
    use crate::slot::slot;

    #[test]
    fn users_spread_evenly() {
        for name in [
            |n| format!("user-{n}"),
            |n| format!("{{x}}{n}"),
            |n| format!("{n:032x}"),
        ] {
            let name: fn(u32) -> String = name;
            let mut counts = [0; PARTS as usize];
            for n in 0..64_000 {
                counts[usize::from(part(&UserId::new(name(n)).unwrap()))] += 1;
            }
            let (least, most) = (counts.iter().min().unwrap(), counts.iter().max().unwrap());
            assert!(*least > 700 && *most < 1_300, "{counts:?}");
        }
    }

    #[test]
    fn a_user_stays_in_their_part() {
        assert_eq!(part(&UserId::new("alice").unwrap()), 5);
        assert_eq!(part(&UserId::new("🦀").unwrap()), 53);
    }

    #[test]
    fn keys_of_a_part_are_of_one_slot_and_parts_of_many() {
        let mut slots = BTreeSet::new();
        for part in 0..PARTS {
            let keys = Keys::new("chat:", part).all();
            let of: BTreeSet<u16> = keys.iter().map(|key| slot(key.as_bytes())).collect();
            assert_eq!(of.len(), 1, "{keys:?}");
            slots.extend(of);
        }
        assert!(slots.len() > 60);
        assert_eq!(Keys::new("chat:", 7).leases, "chat:p:{7}:leases");
    }
}
