use std::hash::{BuildHasher, Hash};

use parking_lot::RwLock;

use crate::random::{HashMap, RandomState};

const SHARDS: usize = 64;

/// A map in shards, each with its own lock, to keep contention low.
#[derive(Debug)]
pub(crate) struct Sharded<K, V> {
    shards: Vec<RwLock<HashMap<K, V>>>,
    hasher: RandomState,
}

impl<K, V> Default for Sharded<K, V> {
    fn default() -> Self {
        Self {
            shards: (0..SHARDS).map(|_| RwLock::default()).collect(),
            hasher: RandomState::default(),
        }
    }
}

impl<K: Hash, V> Sharded<K, V> {
    pub(crate) fn hash(&self, key: &K) -> u64 {
        self.hasher.hash_one(key)
    }

    /// Returns the shard that holds a key.
    pub(crate) fn of(&self, key: &K) -> &RwLock<HashMap<K, V>> {
        #[allow(
            clippy::cast_possible_truncation,
            reason = "a shard needs the low bits only"
        )]
        &self.shards[self.hash(key) as usize % SHARDS]
    }

    /// Returns all shards, to be locked one by one.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &RwLock<HashMap<K, V>>> {
        self.shards.iter()
    }
}
