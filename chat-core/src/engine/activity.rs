//! `ROOM_ACTIVITY`: tells a user's connections that have not joined a room that something happened
//! in it. Gathered for a moment per user, so that a busy room costs one look at the unread counts
//! now and then instead of one per message.

use std::sync::{Arc, Weak};

use futures::StreamExt;
use tokio::sync::Notify;

use super::config::ms;
use super::{Frame, Inner};
use crate::model::Membership;
use crate::protocol::Event;
use crate::random::HashMap;
use crate::sync::Mutex;
use crate::{Result, RoomId, UserId};

/// Users looked at side by side.
const CONCURRENCY: usize = 8;

#[derive(Debug, Default)]
pub(crate) struct Activity {
    /// By user the rooms with news that were not told yet.
    news: Mutex<HashMap<UserId, HashMap<RoomId, News>>>,
    wake: Notify,
}

#[derive(Debug, Default)]
struct News {
    /// The highest position heard of.
    head: u64,
    /// Whether it is being told.
    telling: bool,
}

impl Activity {
    /// Notes that a room has news for a user.
    fn note(&self, user: &UserId, room: &RoomId, head: u64) {
        let mut all = self.news.lock();
        let rooms = all.entry(user.clone()).or_default();
        let news = rooms.entry(room.clone()).or_default();
        news.head = news.head.max(head);
        news.telling = false;
    }

    /// The rooms with news, by user. They stay noted until they are told, so that a removal finds them.
    fn gather(&self) -> Vec<(UserId, Vec<RoomId>)> {
        let mut news = self.news.lock();
        let all = news.iter_mut().map(|(user, rooms)| {
            rooms.values_mut().for_each(|news| news.telling = true);
            (user.clone(), rooms.keys().cloned().collect())
        });
        all.collect()
    }

    /// Has `tell` tell of a room, unless the user was removed from it since it was gathered. A removal
    /// waits for it, so that nothing is told after it.
    fn take(&self, user: &UserId, room: &RoomId, tell: impl FnOnce(u64)) {
        let mut all = self.news.lock();
        if let Some(rooms) = all.get_mut(user)
            && let Some(news) = rooms.get(room)
        {
            tell(news.head);
            // News that came since it was gathered may not be counted in what is told.
            if news.telling {
                rooms.remove(room);
            }
        }
    }

    /// Forgets what was gathered for a user and could not be told.
    fn done(&self, user: &UserId) {
        let mut all = self.news.lock();
        if let Some(rooms) = all.get_mut(user) {
            rooms.retain(|_, news| !news.telling);
            if rooms.is_empty() {
                all.remove(user);
            }
        }
    }

    /// Forgets the news of a room for a user who was removed from it.
    pub(crate) fn forget(&self, user: &UserId, room: &RoomId) {
        if let Some(rooms) = self.news.lock().get_mut(user) {
            rooms.remove(room);
        }
    }
}

impl Inner {
    /// Notes that a room has news for a user, if a connection of theirs has not joined it.
    pub(crate) fn note_activity(&self, user: &UserId, room: &RoomId, head: u64) {
        if !self.hub.has_unjoined(user, room) {
            return;
        }
        self.activity.note(user, room, head);
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
            let news = activity.gather();
            let Some(engine) = engine.upgrade() else {
                return;
            };
            futures::stream::iter(news)
                .for_each_concurrent(CONCURRENCY, |(user, rooms)| {
                    let engine = &engine;
                    async move {
                        if let Err(error) = engine.send_activity_to(&user, rooms).await {
                            tracing::debug!(%error, "cannot tell of activity");
                        }
                        engine.activity.done(&user);
                    }
                })
                .await;
        }
    }

    async fn send_activity_to(&self, user: &UserId, mut rooms: Vec<RoomId>) -> Result<()> {
        // The note may be older than a removal: hints are in no order across topics.
        let mut members = Vec::with_capacity(rooms.len());
        for room in rooms.drain(..) {
            if self.is_member(&room, user).await? {
                members.push(room);
            }
        }
        let settings = self.settings(user).await?;
        let unread = self.reads.unread(user, &members, &settings.blocked);
        for unread in unread.await? {
            let room = &unread.room_id;
            self.activity.take(user, room, |head| {
                let event = Event::RoomActivity {
                    room_id: room,
                    head,
                    unread: unread.count,
                };
                let frame = Arc::new(Frame::ephemeral(event.encode()));
                for link in self.hub.links(user) {
                    if !link.has_joined(room) {
                        link.push(&frame);
                    }
                }
            });
        }
        Ok(())
    }

    async fn is_member(&self, room: &RoomId, user: &UserId) -> Result<bool> {
        let standing = match self.active.get(room) {
            Some(active) => self.membership(&active, user).await?,
            None => {
                let asked = std::slice::from_ref(user);
                self.rooms.memberships(room, asked).await?.pop().flatten()
            }
        };
        Ok(matches!(standing, Some(Membership::Member(_))))
    }
}

#[cfg(all(test, shuttle))]
#[allow(clippy::unwrap_used)]
mod races;
