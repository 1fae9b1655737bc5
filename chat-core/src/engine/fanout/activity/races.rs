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

fn tell(activity: &Pending, log: &Mutex<u64>, told: &Mutex<Vec<u64>>) {
    for (user, rooms) in activity.gather() {
        let count = *log.lock().unwrap();
        for room in rooms {
            activity.take(&user, &room, |_| told.lock().unwrap().push(count));
        }
        activity.done(&user);
    }
}

#[test]
fn nothing_is_told_after_a_removal() {
    check(|| {
        let (activity, told) = (Arc::new(Pending::default()), Arc::new(Mutex::default()));
        let log = Mutex::new(1);
        activity.note(&alice(), &room(), 1);
        let telling = {
            let (activity, told) = (Arc::clone(&activity), Arc::clone(&told));
            thread::spawn(move || tell(&activity, &log, &told))
        };
        activity.forget(&alice(), &room());
        let before = told.lock().unwrap().len();
        telling.join().unwrap();
        assert_eq!(told.lock().unwrap().len(), before, "sent after the removal");
    });
}

/// A membership that was checked before a removal does not let later activity pass.
#[test]
fn late_activity_is_not_told_after_a_removal() {
    check(|| {
        let (activity, told) = (Arc::new(Pending::default()), Arc::new(Mutex::new(0)));
        let member = Arc::new(Mutex::new(true));
        activity.note(&alice(), &room(), 1);
        let telling = {
            let (activity, told) = (Arc::clone(&activity), Arc::clone(&told));
            let member = Arc::clone(&member);
            thread::spawn(move || {
                for (user, rooms) in activity.gather() {
                    let is_member = *member.lock().unwrap();
                    for room in rooms.iter().filter(|_| is_member) {
                        activity.take(&user, room, |_| *told.lock().unwrap() += 1);
                    }
                    activity.done(&user);
                }
            })
        };
        *member.lock().unwrap() = false;
        activity.forget(&alice(), &room());
        let before = *told.lock().unwrap();
        activity.note(&alice(), &room(), 2);
        telling.join().unwrap();
        assert_eq!(*told.lock().unwrap(), before, "sent after the removal");
    });
}

/// Activity that arrives during a send is not lost: the final count is sent in the end.
#[test]
fn the_last_news_is_told() {
    check(|| {
        let (activity, told) = (Arc::new(Pending::default()), Arc::new(Mutex::default()));
        let log = Arc::new(Mutex::new(0));
        let telling = {
            let (activity, told) = (Arc::clone(&activity), Arc::clone(&told));
            let log = Arc::clone(&log);
            thread::spawn(move || tell(&activity, &log, &told))
        };
        for head in 1..=3 {
            *log.lock().unwrap() = head;
            activity.note(&alice(), &room(), head);
        }
        telling.join().unwrap();
        tell(&activity, &log, &told);
        let told = told.lock().unwrap();
        assert!(told.is_sorted(), "{told:?}");
        assert_eq!(told.last(), Some(&3));
        assert!(activity.gather().is_empty());
    });
}
