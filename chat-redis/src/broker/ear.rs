use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use bytes::Bytes;
use chat_core::backend::Arrival;
use parking_lot::Mutex;
use redis::{PushInfo, PushKind, Value};
use tokio::sync::Notify;

use super::Shared;
use super::topics::LinkId;

/// The receiver of push messages of one connection. It never blocks, since it would block the
/// connection.
#[derive(Debug)]
pub(super) struct Ear {
    shared: Arc<Shared>,
    link: LinkId,
    probe_channel: String,
    /// The number of the last probe that arrived.
    heard: AtomicU64,
    /// The channels being unsubscribed.
    leaving: Mutex<HashSet<Vec<u8>>>,
    dead: AtomicBool,
    event: Notify,
}

impl Ear {
    pub(super) fn new(shared: Arc<Shared>, link: LinkId, probe_channel: String) -> Self {
        Self {
            shared,
            link,
            probe_channel,
            heard: AtomicU64::new(0),
            leaving: Mutex::default(),
            dead: AtomicBool::new(false),
            event: Notify::new(),
        }
    }

    pub(super) fn hear(&self, push: PushInfo) {
        let mut data = push.data.into_iter();
        match (push.kind, data.next(), data.next()) {
            (
                PushKind::Message | PushKind::SMessage,
                Some(Value::BulkString(channel)),
                Some(Value::BulkString(payload)),
            ) => self.message(&channel, payload),
            (
                PushKind::Unsubscribe | PushKind::SUnsubscribe,
                Some(Value::BulkString(channel)),
                _,
            )
                // Redis unsubscribes channels of a slot that moves away. The client takes that for
                // a response, so its later responses are misaligned: the connection is unusable.
                if !self.leaving.lock().remove(&channel) =>
            {
                self.die();
            }
            (PushKind::Disconnection, _, _) => self.die(),
            _ => {}
        }
    }

    fn message(&self, channel: &[u8], payload: Vec<u8>) {
        if channel == self.probe_channel.as_bytes() {
            let number = std::str::from_utf8(&payload)
                .ok()
                .and_then(|n| n.parse().ok());
            self.heard.fetch_max(number.unwrap_or(0), Ordering::AcqRel);
            self.event.notify_waiters();
            return;
        }
        if let Some(topic) = self.shared.channels.topic(channel) {
            self.shared.inbox.push(Arrival::Payload {
                topic,
                payload: Bytes::from(payload),
            });
        }
    }

    pub(super) fn leave(&self, channels: &[String]) {
        let mut leaving = self.leaving.lock();
        leaving.extend(channels.iter().map(|channel| channel.clone().into_bytes()));
    }

    fn die(&self) {
        self.dead.store(true, Ordering::Release);
        self.shared.topics.lost(self.link);
        self.event.notify_waiters();
    }

    /// Waits until the connection is unusable.
    pub(super) async fn died(&self) {
        self.until(|| self.dead.load(Ordering::Acquire)).await;
    }

    /// Waits until a probe arrives.
    pub(super) async fn heard(&self, number: u64) {
        self.until(|| self.heard.load(Ordering::Acquire) >= number)
            .await;
    }

    async fn until(&self, so: impl Fn() -> bool) {
        loop {
            // Created before the check, so that no event is missed in between.
            let event = self.event.notified();
            if so() {
                return;
            }
            event.await;
        }
    }
}
