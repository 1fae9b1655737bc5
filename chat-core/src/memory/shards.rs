use std::hash::{BuildHasher, Hash};

use crate::random::RandomState;

/// More than any machine has cores that contend, and small enough to walk through.
const SHARDS: usize = 64;

/// A cache line each, so that one lock's traffic does not slow its neighbours.
#[derive(Default)]
#[repr(align(64))]
struct Shard<T>(T);

/// A fixed number of equal parts, usually maps with a lock each; a key always has the same part.
///
/// The hasher is keyed at random, so that nobody can choose ids that all fall into one part.
pub(super) struct Shards<T> {
    hasher: RandomState,
    shards: Box<[Shard<T>]>,
}

impl<T: Default> Default for Shards<T> {
    fn default() -> Self {
        Self {
            hasher: RandomState::default(),
            shards: (0..SHARDS).map(|_| Shard::default()).collect(),
        }
    }
}

impl<T> Shards<T> {
    /// How many parts there are.
    pub(super) const COUNT: u64 = SHARDS as u64;

    /// The part of this key.
    pub(super) fn of<Q: Hash + ?Sized>(&self, key: &Q) -> &T {
        self.at(self.hasher.hash_one(key))
    }

    /// The part with this number, counted around.
    #[allow(
        clippy::cast_possible_truncation,
        reason = "only the low bits are used"
    )]
    pub(super) fn at(&self, n: u64) -> &T {
        &self.shards[n as usize % SHARDS].0
    }

    /// Every part.
    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        self.shards.iter().map(|s| &s.0)
    }
}
