use std::sync::Arc;
use std::time::Duration;

use shuttle::sync::Mutex;
use shuttle::thread;

use super::schedules::check;
use crate::UserId;
use crate::engine::feed::VisibilityFilter;
use crate::engine::rooms::RoomCache;
use crate::engine::users::UserCache;
use crate::model::UserSettings;

const AGE: Duration = Duration::from_secs(3_600);

fn user() -> UserId {
    UserId::new("alice").unwrap()
}

fn settings(invisible: bool) -> UserSettings {
    UserSettings {
        invisible,
        ..UserSettings::default()
    }
}

/// Two threads read the store and cache the result while the value changes and its entry is
/// evicted. Afterwards, the cache never holds the old value.
fn nothing_old_is_remembered<C, V>(
    cache: C,
    read: impl Fn(&C, &Mutex<bool>) + Send + Sync + Clone + 'static,
    forget: impl FnOnce(&C) + Send + 'static,
    get: impl Fn(&C) -> Option<V> + Send + Clone + 'static,
    is_old: impl Fn(V) -> bool,
) where
    C: Send + Sync + 'static,
{
    let (cache, store) = (Arc::new(cache), Arc::new(Mutex::new(false)));
    let readers = [(); 2].map(|()| {
        let (cache, store, read) = (Arc::clone(&cache), Arc::clone(&store), read.clone());
        thread::spawn(move || read(&cache, &store))
    });
    let writer = {
        let (cache, store) = (Arc::clone(&cache), Arc::clone(&store));
        thread::spawn(move || {
            *store.lock().unwrap() = true;
            forget(&cache);
        })
    };
    writer.join().unwrap();
    assert!(!get(&cache).is_some_and(&is_old));
    for reader in readers {
        reader.join().unwrap();
    }
    assert!(!get(&cache).is_some_and(is_old));
}

#[test]
fn a_room_cache_remembers_nothing_older_than_a_change_of_a_member() {
    check(|| {
        nothing_old_is_remembered(
            RoomCache::default(),
            |cache, store| {
                let generation = cache.generation();
                if !*store.lock().unwrap() {
                    cache.put_membership(generation, &user(), None);
                }
            },
            |cache| cache.forget_member(&user()),
            |cache| cache.membership(&user(), AGE),
            |_| true,
        );
    });
}

#[test]
fn a_room_cache_remembers_nothing_older_than_a_change_of_a_view() {
    check(|| {
        nothing_old_is_remembered(
            RoomCache::default(),
            |cache, store| {
                let generation = cache.generation();
                if !*store.lock().unwrap() {
                    cache.put_filter(generation, &user(), None::<&Arc<VisibilityFilter>>);
                }
            },
            |cache| cache.forget_filter(&user()),
            |cache| cache.filter(&user(), AGE),
            |_| true,
        );
    });
}

#[test]
fn a_user_cache_remembers_nothing_older_than_a_removal() {
    check(|| {
        nothing_old_is_remembered(
            UserCache::default(),
            |cache, store| {
                let generation = cache.generation();
                let read = *store.lock().unwrap();
                cache.put(generation, &user(), settings(read));
            },
            |cache| cache.forget(&user()),
            |cache| cache.get(&user(), AGE),
            |found| !found.invisible,
        );
    });
}

#[test]
fn a_user_cache_remembers_nothing_older_than_a_renewal() {
    check(|| {
        nothing_old_is_remembered(
            UserCache::default(),
            |cache, store| {
                let generation = cache.generation();
                let read = *store.lock().unwrap();
                cache.put(generation, &user(), settings(read));
            },
            |cache| {
                cache.renew(&user(), &settings(true));
            },
            |cache| cache.get(&user(), AGE),
            |found| !found.invisible,
        );
    });
}
