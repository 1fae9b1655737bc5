//! Random keys and ids, from the operating system or, in tests, from a seed.

#[cfg(feature = "testing")]
use std::hash::Hasher;
use std::hash::{BuildHasher, DefaultHasher};

use uuid::Uuid;

/// A hash map that is safe against collision attacks.
pub(crate) type HashMap<K, V> = std::collections::HashMap<K, V, RandomState>;
/// A hash set that is safe against collision attacks.
pub(crate) type HashSet<T> = std::collections::HashSet<T, RandomState>;

/// The standard library's [`RandomState`](std::hash::RandomState), or a seeded one, with which maps
/// iterate in the same order in every run.
#[derive(Debug, Clone)]
pub(crate) enum RandomState {
    System(std::hash::RandomState),
    #[cfg(feature = "testing")]
    Seeded(u64),
}

impl Default for RandomState {
    fn default() -> Self {
        #[cfg(feature = "testing")]
        if let Some(seed) = seeded::next() {
            return Self::Seeded(seed);
        }
        Self::System(std::hash::RandomState::new())
    }
}

impl BuildHasher for RandomState {
    type Hasher = DefaultHasher;

    fn build_hasher(&self) -> DefaultHasher {
        match self {
            Self::System(state) => state.build_hasher(),
            #[cfg(feature = "testing")]
            Self::Seeded(seed) => {
                let mut hasher = DefaultHasher::new();
                hasher.write_u64(*seed);
                hasher
            }
        }
    }
}

/// Generates a UUIDv4.
pub(crate) fn uuid_v4() -> Uuid {
    #[cfg(feature = "testing")]
    if let (Some(high), Some(low)) = (seeded::next(), seeded::next()) {
        let bytes = ((u128::from(high) << 64) | u128::from(low)).to_be_bytes();
        return uuid::Builder::from_random_bytes(bytes).into_uuid();
    }
    Uuid::new_v4()
}

/// Generates a UUIDv7, greater than all earlier ones of this process.
pub(crate) fn uuid_v7() -> Uuid {
    #[cfg(feature = "testing")]
    if let Some(count) = seeded::count() {
        return uuid::Builder::from_unix_timestamp_millis(count, &[0; 10]).into_uuid();
    }
    Uuid::now_v7()
}

#[cfg(feature = "testing")]
pub(crate) mod seeded {
    use std::cell::RefCell;

    thread_local! {
        static SEEDED: RefCell<Option<Seeded>> = const { RefCell::new(None) };
    }

    /// The seeded source of random numbers of a thread.
    #[derive(Debug)]
    pub(crate) struct Seeded {
        random: fastrand::Rng,
        count: u64,
    }

    impl Seeded {
        pub(crate) fn new(seed: u64) -> Self {
            Self {
                random: fastrand::Rng::with_seed(seed),
                count: 0,
            }
        }
    }

    pub(crate) fn replace(source: Option<Seeded>) -> Option<Seeded> {
        SEEDED.replace(source)
    }

    /// Returns a random number if the thread has a seed.
    pub(super) fn next() -> Option<u64> {
        SEEDED.with_borrow_mut(|s| s.as_mut().map(|s| s.random.u64(..)))
    }

    /// Returns the next increasing number if the thread has a seed.
    pub(super) fn count() -> Option<u64> {
        SEEDED.with_borrow_mut(|s| {
            s.as_mut().map(|s| {
                s.count += 1;
                s.count
            })
        })
    }
}
