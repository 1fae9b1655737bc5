use std::sync::Arc;

use shuttle::sync::Mutex;
use shuttle::thread;

use super::*;
use crate::engine::races::check;

fn alice() -> UserId {
    UserId::new("alice").unwrap()
}

fn room() -> RoomId {
    RoomId::new("room").unwrap()
}

/// Tells all that is noted, as the task of the engine does.
fn tell(activity: &Activity, told: &Mutex<Vec<u64>>) {
    for (user, rooms) in activity.gather() {
        for room in rooms {
            activity.take(&user, &room, |head| told.lock().unwrap().push(head));
        }
        activity.done(&user);
    }
}

/// A room's news is told until its user is removed from it, and not after.
#[test]
fn nothing_is_told_after_a_removal() {
    check(|| {
        let (activity, told) = (Arc::new(Activity::default()), Arc::new(Mutex::default()));
        activity.note(&alice(), &room(), 1);
        let telling = {
            let (activity, told) = (Arc::clone(&activity), Arc::clone(&told));
            thread::spawn(move || tell(&activity, &told))
        };
        activity.forget(&alice(), &room());
        let before = told.lock().unwrap().len();
        telling.join().unwrap();
        assert_eq!(told.lock().unwrap().len(), before, "told after the removal");
    });
}

/// News that comes while other news is being told is not lost: the highest position is told in the end.
#[test]
fn the_last_news_is_told() {
    check(|| {
        let (activity, told) = (Arc::new(Activity::default()), Arc::new(Mutex::default()));
        let telling = {
            let (activity, told) = (Arc::clone(&activity), Arc::clone(&told));
            thread::spawn(move || tell(&activity, &told))
        };
        (1..=3).for_each(|head| activity.note(&alice(), &room(), head));
        telling.join().unwrap();
        tell(&activity, &told);
        let told = told.lock().unwrap();
        assert!(told.is_sorted(), "{told:?}");
        assert_eq!(told.last(), Some(&3));
        assert!(activity.gather().is_empty());
    });
}
