use std::hash::{BuildHasher, Hash};

use crate::random::RandomState;

/// Enough to keep contention low on many cores, and few enough to iterate over.
const SHARDS: usize = 64;

/// Aligned to a cache line, so that neighbouring locks do not share one.
#[derive(Default)]
#[repr(align(64))]
struct Shard<T>(T);

/// A fixed number of shards, usually maps with a lock each. A key always maps to the same shard.
///
/// The hasher has a random key, so that clients cannot choose ids that all fall into one shard.
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
    /// The number of shards.
    pub(super) const COUNT: u64 = SHARDS as u64;

    pub(super) fn of<Q: Hash + ?Sized>(&self, key: &Q) -> &T {
        self.at(self.hasher.hash_one(key))
    }

    /// Returns the shard with this number, modulo [`COUNT`](Self::COUNT).
    #[allow(
        clippy::cast_possible_truncation,
        reason = "only the low bits are used"
    )]
    pub(super) fn at(&self, n: u64) -> &T {
        &self.shards[n as usize % SHARDS].0
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        self.shards.iter().map(|s| &s.0)
    }
}
