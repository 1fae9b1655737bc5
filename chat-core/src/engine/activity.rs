//! `ROOM_ACTIVITY`: notifies a user's connections of activity in rooms that they have not joined.
//! Activity is gathered per user for a moment, so that a busy room costs one unread count per
//! interval rather than one per message.

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

const CONCURRENCY: usize = 8;

#[derive(Debug, Default)]
pub(crate) struct Activity {
    news: Mutex<HashMap<UserId, HashMap<RoomId, News>>>,
    wake: Notify,
}

#[derive(Debug, Default)]
struct News {
    head: u64,
    /// `true` from the gathering until newer activity arrives.
    telling: bool,
}

impl Activity {
    fn note(&self, user: &UserId, room: &RoomId, head: u64) {
        let mut all = self.news.lock();
        let rooms = all.entry(user.clone()).or_default();
        let news = rooms.entry(room.clone()).or_default();
        news.head = news.head.max(head);
        news.telling = false;
    }

    /// The pending rooms by user. They stay in the map until sent, so that a removal finds them.
    fn gather(&self) -> Vec<(UserId, Vec<RoomId>)> {
        let mut news = self.news.lock();
        let all = news.iter_mut().map(|(user, rooms)| {
            rooms.values_mut().for_each(|news| news.telling = true);
            (user.clone(), rooms.keys().cloned().collect())
        });
        all.collect()
    }

    /// Calls `tell` unless the user was removed from the room since the gathering. The lock makes a
    /// removal wait, so that nothing is sent after it.
    fn take(&self, user: &UserId, room: &RoomId, tell: impl FnOnce(u64)) {
        let mut all = self.news.lock();
        if let Some(rooms) = all.get_mut(user)
            && let Some(news) = rooms.get(room)
        {
            tell(news.head);
            // Newer activity may be missing from the count, so keep it.
            if news.telling {
                rooms.remove(room);
            }
        }
    }

    /// Drops gathered news of a user that could not be sent.
    fn done(&self, user: &UserId) {
        let mut all = self.news.lock();
        if let Some(rooms) = all.get_mut(user) {
            rooms.retain(|_, news| !news.telling);
            if rooms.is_empty() {
                all.remove(user);
            }
        }
    }

    pub(crate) fn forget(&self, user: &UserId, room: &RoomId) {
        if let Some(rooms) = self.news.lock().get_mut(user) {
            rooms.remove(room);
        }
    }
}

impl Inner {
    /// Records activity for a user who has a connection outside the room.
    pub(crate) fn note_activity(&self, user: &UserId, room: &RoomId, head: u64) {
        if !self.hub.has_unjoined(user, room) {
            return;
        }
        self.activity.note(user, room, head);
        self.activity.wake.notify_one();
    }

    /// Sends pending activity. Runs until the engine is gone.
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
                            tracing::debug!(%error, "cannot send room activity");
                        }
                        engine.activity.done(&user);
                    }
                })
                .await;
        }
    }

    async fn send_activity_to(&self, user: &UserId, mut rooms: Vec<RoomId>) -> Result<()> {
        // Hints are not ordered across topics, so the activity may precede a removal.
        let mut members = Vec::with_capacity(rooms.len());
        for room in rooms.drain(..) {
            if self.is_member(&room, user).await? {
                members.push(room);
            }
        }
        let settings = self.settings(user).await?;
        let unread = self.messages.unread(user, &members, &settings.blocked);
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
