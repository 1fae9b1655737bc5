//! Random keys and ids: the operating system's, or those of a seed while a test asks for it.

#[cfg(feature = "testing")]
use std::hash::Hasher;
use std::hash::{BuildHasher, DefaultHasher};

use uuid::Uuid;

/// A hash map whose keys nobody outside can make collide.
pub(crate) type HashMap<K, V> = std::collections::HashMap<K, V, RandomState>;
/// A hash set whose values nobody outside can make collide.
pub(crate) type HashSet<T> = std::collections::HashSet<T, RandomState>;

/// The standard library's [`RandomState`](std::hash::RandomState), or one of a seed: then maps
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

/// A new UUIDv4.
pub(crate) fn uuid_v4() -> Uuid {
    #[cfg(feature = "testing")]
    if let (Some(high), Some(low)) = (seeded::next(), seeded::next()) {
        let bytes = ((u128::from(high) << 64) | u128::from(low)).to_be_bytes();
        return uuid::Builder::from_random_bytes(bytes).into_uuid();
    }
    Uuid::new_v4()
}

/// A new UUIDv7, above all that were made before in this process.
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

    /// Where a thread takes its random numbers from while a test asks for a seed.
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

    /// Replaces the source of this thread.
    pub(crate) fn replace(source: Option<Seeded>) -> Option<Seeded> {
        SEEDED.replace(source)
    }

    /// A random number, if there is a seed.
    pub(super) fn next() -> Option<u64> {
        SEEDED.with_borrow_mut(|s| s.as_mut().map(|s| s.random.u64(..)))
    }

    /// The next number above all before, if there is a seed.
    pub(super) fn count() -> Option<u64> {
        SEEDED.with_borrow_mut(|s| {
            s.as_mut().map(|s| {
                s.count += 1;
                s.count
            })
        })
    }
}
