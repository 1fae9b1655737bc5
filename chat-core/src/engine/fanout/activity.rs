//! `ROOM_ACTIVITY`: notifies a user's connections of activity in rooms that they have not joined.
//! Activity is gathered per user for a moment, so that a busy room costs one unread count per
//! interval rather than one per message.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use tokio::sync::Notify;

use crate::backend::{ReadStore, RoomStore};
use crate::engine::config::ms;
use crate::engine::foundation::Foundation;
use crate::engine::rooms::Rooms;
use crate::engine::users::{Hub, Settings};
use crate::model::Membership;
use crate::protocol::Event;
use crate::random::HashMap;
use crate::sync::Mutex;
use crate::{Result, RoomId, UserId};

const CONCURRENCY: usize = 8;

/// The rooms with activity to report, by user.
#[derive(Debug, Default)]
struct Pending(Mutex<HashMap<UserId, HashMap<RoomId, News>>>);

#[derive(Debug, Default)]
struct News {
    head: u64,
    /// `true` once it was gathered. Activity noted after a removal is not: its user's membership was
    /// checked before the removal.
    gathered: bool,
    /// `true` from the gathering until newer activity arrives.
    telling: bool,
}

impl Pending {
    fn note(&self, user: &UserId, room: &RoomId, head: u64) {
        let mut all = self.0.lock();
        let rooms = all.entry(user.clone()).or_default();
        let news = rooms.entry(room.clone()).or_default();
        news.head = news.head.max(head);
        news.telling = false;
    }

    /// The pending rooms by user. They stay in the map until sent, so that a removal finds them.
    fn gather(&self) -> Vec<(UserId, Vec<RoomId>)> {
        let mut news = self.0.lock();
        let all = news.iter_mut().map(|(user, rooms)| {
            for news in rooms.values_mut() {
                news.gathered = true;
                news.telling = true;
            }
            (user.clone(), rooms.keys().cloned().collect())
        });
        all.collect()
    }

    /// Calls `tell` unless the user was removed from the room since the gathering. The lock makes a
    /// removal wait, so that nothing is sent after it.
    fn take(&self, user: &UserId, room: &RoomId, tell: impl FnOnce(u64)) {
        let mut all = self.0.lock();
        if let Some(rooms) = all.get_mut(user)
            && let Some(news) = rooms.get(room).filter(|news| news.gathered)
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
        let mut all = self.0.lock();
        if let Some(rooms) = all.get_mut(user) {
            rooms.retain(|_, news| !news.telling);
            if rooms.is_empty() {
                all.remove(user);
            }
        }
    }

    fn forget(&self, user: &UserId, room: &RoomId) {
        if let Some(rooms) = self.0.lock().get_mut(user) {
            rooms.remove(room);
        }
    }
}

/// Reports activity to the users of this node.
#[derive(Debug)]
pub(crate) struct Activity {
    pending: Pending,
    wake: Notify,
    delay: Duration,
    hub: Arc<Hub>,
    rooms: Arc<Rooms>,
    store: Arc<dyn RoomStore>,
    reads: Arc<dyn ReadStore>,
    settings: Arc<Settings>,
}

impl Activity {
    pub(crate) fn new(
        base: &Foundation,
        hub: &Arc<Hub>,
        rooms: &Arc<Rooms>,
        settings: &Arc<Settings>,
    ) -> Arc<Self> {
        Arc::new(Self {
            pending: Pending::default(),
            wake: Notify::new(),
            delay: ms(base.config.activity_delay_ms),
            hub: Arc::clone(hub),
            rooms: Arc::clone(rooms),
            store: Arc::clone(&base.rooms),
            reads: Arc::clone(&base.reads),
            settings: Arc::clone(settings),
        })
    }

    /// Records activity for a user who has a connection outside the room.
    pub(crate) fn note(&self, user: &UserId, room: &RoomId, head: u64) {
        if !self.hub.has_unjoined(user, room) {
            return;
        }
        self.pending.note(user, room, head);
        self.wake.notify_one();
    }

    /// Drops the pending activity of a room that its user no longer hears of.
    pub(crate) fn forget(&self, user: &UserId, room: &RoomId) {
        self.pending.forget(user, room);
    }

    /// Sends pending activity.
    pub(crate) async fn run(self: Arc<Self>) {
        loop {
            self.wake.notified().await;
            tokio::time::sleep(self.delay).await;
            futures::stream::iter(self.pending.gather())
                .for_each_concurrent(CONCURRENCY, |(user, rooms)| {
                    let activity = &*self;
                    async move {
                        if let Err(error) = activity.send(&user, rooms).await {
                            tracing::debug!(%error, "cannot send room activity");
                        }
                        activity.pending.done(&user);
                    }
                })
                .await;
        }
    }

    async fn send(&self, user: &UserId, mut rooms: Vec<RoomId>) -> Result<()> {
        // Hints are not ordered across topics, so the activity may precede a removal.
        let mut members = Vec::with_capacity(rooms.len());
        for room in rooms.drain(..) {
            if self.is_member(&room, user).await? {
                members.push(room);
            }
        }
        let settings = self.settings.of(user).await?;
        let unread = self.reads.unread(user, &members, &settings.blocked);
        for unread in unread.await? {
            let room = &unread.room_id;
            self.pending.take(user, room, |head| {
                let event = Event::RoomActivity {
                    room_id: room,
                    head,
                    unread: unread.count,
                };
                let frame = event.ephemeral_frame();
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
        let standing = match self.rooms.get(room) {
            Some(active) => self.rooms.membership(&active, user).await?,
            None => {
                let asked = std::slice::from_ref(user);
                self.store.memberships(room, asked).await?.pop().flatten()
            }
        };
        Ok(matches!(standing, Some(Membership::Member(_))))
    }
}

#[cfg(all(test, shuttle))]
#[allow(clippy::unwrap_used)]
mod races;
