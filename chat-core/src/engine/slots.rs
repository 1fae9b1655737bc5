use std::hash::Hash;
use std::sync::Arc;

use parking_lot::Mutex;

use crate::random::HashMap;

/// Counts operations in flight per key.
#[derive(Debug)]
pub(crate) struct Slots<K>(Arc<Mutex<HashMap<K, usize>>>);

impl<K> Default for Slots<K> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<K: Clone + Eq + Hash> Slots<K> {
    /// Takes a slot, or returns `None` if `most` are taken.
    pub(crate) fn take(&self, key: &K, most: usize) -> Option<Slot<K>> {
        let mut taken = self.0.lock();
        match taken.get_mut(key) {
            Some(count) if *count >= most => return None,
            Some(count) => *count += 1,
            None if most == 0 => return None,
            None => {
                taken.insert(key.clone(), 1);
            }
        }
        Some(Slot {
            slots: Self(Arc::clone(&self.0)),
            key: key.clone(),
        })
    }
}

/// A taken slot, freed on drop.
#[derive(Debug)]
pub(crate) struct Slot<K: Eq + Hash> {
    slots: Slots<K>,
    key: K,
}

impl<K: Eq + Hash> Drop for Slot<K> {
    fn drop(&mut self) {
        let mut taken = self.slots.0.lock();
        if let Some(count) = taken.get_mut(&self.key) {
            *count -= 1;
            if *count == 0 {
                taken.remove(&self.key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_is_free_again_when_it_is_dropped() {
        let slots = Slots::default();
        let first = slots.take(&"alice", 2);
        let second = slots.take(&"alice", 2);
        assert!(first.is_some() && second.is_some());
        assert!(slots.take(&"alice", 2).is_none());
        assert!(slots.take(&"bob", 2).is_some());
        assert!(slots.take(&"carol", 0).is_none());
        drop(first);
        assert!(slots.take(&"alice", 2).is_some());
        drop(second);
        assert!(slots.0.lock().is_empty());
    }
}
