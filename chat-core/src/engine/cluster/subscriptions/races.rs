use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use shuttle::future::{block_on, spawn};
use shuttle::sync::Mutex;
use shuttle::thread;

use super::*;
use crate::backend::{Arrivals, Publication};
use crate::engine::races::check;
use crate::{Result, RoomId};

/// A broker that records its subscriptions.
#[derive(Debug, Default)]
struct Known(Mutex<Vec<Topic>>);

impl Known {
    fn has(&self, topic: &Topic) -> bool {
        self.0.lock().unwrap().contains(topic)
    }
}

#[async_trait]
impl Broker for Known {
    async fn publish(&self, _: Vec<Publication>) -> Result<()> {
        Ok(())
    }

    async fn subscribe(&self, topics: Vec<Topic>) -> Result<()> {
        self.0.lock().unwrap().extend(topics);
        Ok(())
    }

    async fn unsubscribe(&self, topics: Vec<Topic>) -> Result<()> {
        self.0.lock().unwrap().retain(|t| !topics.contains(t));
        Ok(())
    }

    fn arrivals(&self) -> Arrivals {
        Box::pin(futures::stream::empty())
    }
}

fn topic(name: &str) -> Topic {
    Topic::Room(RoomId::new(name).unwrap())
}

#[test]
fn each_wanted_topic_is_subscribed() {
    check(|| {
        let (subscriptions, broker) = (Subscriptions::new(), Arc::new(Known::default()));
        let calls = spawn(Arc::clone(&subscriptions).run(broker.clone(), || {}));
        let users = ["one", "other", "one"].map(|name| {
            let (subscriptions, broker) = (Arc::clone(&subscriptions), Arc::clone(&broker));
            thread::spawn(move || {
                let subscription = block_on(subscriptions.acquire(topic(name)));
                assert!(broker.has(&topic(name)));
                subscription
            })
        });
        let held = users.map(|user| user.join().unwrap());
        calls.abort();
        assert!(block_on(calls).is_err());
        // Drop the table first: unsubscribing needs the clock of a runtime.
        drop(subscriptions);
        drop(held);
    });
}

#[test]
fn a_needed_topic_stays_subscribed() {
    check(|| {
        let (subscriptions, broker) = (Subscriptions::new(), Arc::new(Known::default()));
        let users = [(); 3].map(|()| {
            let (subscriptions, broker) = (Arc::clone(&subscriptions), Arc::clone(&broker));
            thread::spawn(move || {
                let subscription = block_on(subscriptions.acquire(topic("one")));
                assert!(broker.has(&topic("one")));
                thread::yield_now();
                assert!(broker.has(&topic("one")), "unsubscribed while in use");
                drop(subscription);
            })
        });
        // As in `run`, but without a clock: every idle topic is due.
        let calls = {
            let (subscriptions, broker) = (Arc::clone(&subscriptions), Arc::clone(&broker));
            thread::spawn(move || {
                while Arc::strong_count(&subscriptions) > 2 || subscriptions.has_work() {
                    subscriptions.turn(&broker);
                    thread::yield_now();
                }
            })
        };
        for user in users {
            user.join().unwrap();
        }
        calls.join().unwrap();
        assert!(!broker.has(&topic("one")), "subscribed while unused");
        assert!(subscriptions.table.lock().topics.is_empty());
    });
}

impl Subscriptions {
    fn has_work(&self) -> bool {
        let table = self.table.lock();
        !table.wanted.is_empty() || !table.idle.is_empty()
    }

    fn turn(&self, broker: &Known) {
        let wanted = self.take_wanted();
        if !wanted.is_empty() {
            block_on(broker.subscribe(wanted.clone())).unwrap();
            return self.note_known(&wanted);
        }
        let (idle, _) = self.take_idle(Instant::now() + 2 * LINGER + Duration::from_secs(60));
        if !idle.is_empty() {
            block_on(broker.unsubscribe(idle.clone())).unwrap();
            self.note_unsubscribed(&idle);
        }
    }
}
