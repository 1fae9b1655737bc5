//! `ROOM_ACTIVITY`: tells a user's connections that have not joined a room that something happened
//! in it. Gathered for a moment per user, so that a busy room costs one look at the unread counts
//! now and then instead of one per message.

use std::sync::{Arc, Weak};

use futures::StreamExt;
use parking_lot::Mutex;
use tokio::sync::Notify;

use super::config::ms;
use super::{Frame, Inner};
use crate::protocol::Event;
use crate::random::HashMap;
use crate::{RoomId, UserId};

/// Users looked at side by side.
const CONCURRENCY: usize = 8;

#[derive(Debug, Default)]
pub(crate) struct Activity {
    /// By user the rooms with news, and the highest position heard of.
    news: Mutex<HashMap<UserId, HashMap<RoomId, u64>>>,
    wake: Notify,
}

impl Inner {
    /// Notes that a room has news for a user, if a connection of theirs has not joined it.
    pub(crate) fn note_activity(&self, user: &UserId, room: &RoomId, head: u64) {
        if !self.hub.has_unjoined(user, room) {
            return;
        }
        {
            let mut news = self.activity.news.lock();
            let rooms = news.entry(user.clone()).or_default();
            let known = rooms.entry(room.clone()).or_default();
            *known = (*known).max(head);
        }
        self.activity.wake.notify_one();
    }

    /// Sends what was noted. Runs until the engine is gone.
    pub(crate) async fn send_activity(engine: Weak<Self>) {
        loop {
            let Some(strong) = engine.upgrade() else {
                return;
            };
            let activity = Arc::clone(&strong.activity);
            let delay = ms(strong.config.activity_delay_ms);
            drop(strong);
            activity.wake.notified().await;
            tokio::time::sleep(delay).await;
            let news = std::mem::take(&mut *activity.news.lock());
            let Some(engine) = engine.upgrade() else {
                return;
            };
            futures::stream::iter(news)
                .for_each_concurrent(CONCURRENCY, |(user, rooms)| {
                    let engine = &engine;
                    async move { engine.send_activity_to(&user, &rooms).await }
                })
                .await;
        }
    }

    async fn send_activity_to(&self, user: &UserId, rooms: &HashMap<RoomId, u64>) {
        let ids: Vec<_> = rooms.keys().cloned().collect();
        let unread = async {
            let settings = self.settings(user).await?;
            self.messages.unread(user, &ids, &settings.blocked).await
        };
        let unread = match unread.await {
            Ok(unread) => unread,
            Err(error) => {
                tracing::debug!(%error, "cannot count what is unread");
                return;
            }
        };
        for unread in unread {
            let event = Event::RoomActivity {
                room_id: &unread.room_id,
                head: rooms.get(&unread.room_id).copied().unwrap_or_default(),
                unread: unread.count,
            };
            let frame = Arc::new(Frame::ephemeral(event.encode()));
            for link in self.hub.links(user) {
                if !link.has_joined(&unread.room_id) {
                    link.push(&frame);
                }
            }
        }
    }
}
