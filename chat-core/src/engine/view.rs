//! What a user does not see: what users they blocked sent, what they hid for themselves, and what
//! only its sender is to see.

use std::sync::Arc;

use super::config::ms;
use super::room::{Op, Room};
use super::{Actor, Inner};
use crate::model::{Changes, HistoryPage, Message, UserSettings};
use crate::{Result, RoomId, UserId};

/// What a user has put out of their own sight in a room.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Hides {
    /// Whom they have blocked, ascending.
    pub(crate) blocked: Vec<UserId>,
    /// The `seq` of the messages they hid, ascending.
    hidden: Vec<u64>,
}

impl Hides {
    fn is_empty(&self) -> bool {
        self.blocked.is_empty() && self.hidden.is_empty()
    }

    /// Whether they have blocked a user.
    pub(crate) fn has_blocked(&self, user: &UserId) -> bool {
        self.blocked.binary_search(user).is_ok()
    }

    fn hide(&self, sender: Option<&UserId>, seq: u64) -> bool {
        self.hidden.binary_search(&seq).is_ok() || sender.is_some_and(|s| self.has_blocked(s))
    }
}

/// Whether a user sees a message: the rule for what is read as for what is heard.
pub(crate) fn is_seen(
    by: &UserId,
    hides: Option<&Hides>,
    sender: Option<&UserId>,
    seq: u64,
    shadowed: bool,
) -> bool {
    let others = sender.filter(|s| *s != by);
    let is_own = sender.is_some() && others.is_none();
    (is_own || !shadowed) && !hides.is_some_and(|h| h.hide(others, seq))
}

/// How someone looks at a room.
#[derive(Debug, Clone)]
pub(crate) struct View {
    /// `None` is the app, which sees everything.
    reader: Option<UserId>,
    pub(crate) hides: Option<Arc<Hides>>,
}

impl View {
    /// The app sees everything.
    pub(crate) const fn of_app() -> Self {
        Self {
            reader: None,
            hides: None,
        }
    }

    fn of(user: &UserId, hides: Option<Arc<Hides>>) -> Self {
        Self {
            reader: Some(user.clone()),
            hides,
        }
    }

    pub(crate) fn sees(&self, message: &Message) -> bool {
        let Some(reader) = &self.reader else {
            return true;
        };
        is_seen(
            reader,
            self.hides.as_deref(),
            message.sender_id.as_ref(),
            message.seq,
            message.shadowed,
        )
    }

    /// Whether these messages are the same for this reader as for everybody.
    pub(crate) fn is_plain(&self, messages: &[Message]) -> bool {
        self.hides.is_none() && !messages.iter().any(|m| m.shadowed)
    }

    pub(crate) fn page(&self, mut page: HistoryPage) -> HistoryPage {
        page.messages.retain(|m| self.sees(m));
        page
    }

    pub(crate) fn changes(&self, mut changes: Changes) -> Changes {
        changes.messages.retain(|m| self.sees(m));
        changes
    }

    /// Whether the reader has blocked a user.
    pub(crate) fn has_blocked(&self, user: &UserId) -> bool {
        self.hides.as_ref().is_some_and(|h| h.has_blocked(user))
    }

    /// Whom the reader has blocked.
    pub(crate) fn blocked(&self) -> &[UserId] {
        self.hides.as_ref().map_or(&[], |h| &h.blocked)
    }
}

impl Inner {
    /// How an actor looks at a room.
    pub(crate) async fn view(&self, room: &Room, actor: &Actor) -> Result<View> {
        let Actor::User(user) = actor else {
            return Ok(View::of_app());
        };
        let max_age = ms(self.config.membership_max_age_ms);
        if let Some(hides) = room.cache.hides(user, max_age) {
            // Blocked users are remembered for each room, too, and a change is noted for the user.
            let settings = self.settings(user).await?;
            if hides.as_ref().map_or(&[][..], |h| &h.blocked) == settings.blocked {
                return Ok(View::of(user, hides));
            }
        }
        self.view_anew(room, user).await
    }

    /// The same, read from the store: what is remembered may be from a time when the user was not
    /// connected to this node, which then hears of no changes.
    pub(crate) async fn view_anew(&self, room: &Room, user: &UserId) -> Result<View> {
        let generation = room.cache.generation();
        let hides = self.hides(&room.id, user).await?;
        room.cache.put_hides(generation, user, hides.as_ref());
        Ok(View::of(user, hides))
    }

    /// How a user looks at a room that need not be active here.
    pub(crate) async fn view_of(&self, room: &RoomId, user: &UserId) -> Result<View> {
        if let Some(active) = self.active.get(room) {
            return self.view(&active, &Actor::User(user.clone())).await;
        }
        Ok(View::of(user, self.hides(room, user).await?))
    }

    async fn hides(&self, room: &RoomId, user: &UserId) -> Result<Option<Arc<Hides>>> {
        let (settings, hidden) =
            futures::try_join!(self.settings(user), self.reads.hidden(room, user))?;
        let hides = Hides {
            blocked: settings.blocked.clone(),
            hidden,
        };
        Ok((!hides.is_empty()).then(|| Arc::new(hides)))
    }

    /// What is remembered of a user.
    pub(crate) async fn settings(&self, user: &UserId) -> Result<Arc<UserSettings>> {
        let max_age = ms(self.config.membership_max_age_ms);
        if let Some(known) = self.user_cache.get(user, max_age) {
            return Ok(known);
        }
        let generation = self.user_cache.generation();
        let mut found = self.users.settings(std::slice::from_ref(user)).await?;
        let settings = found.pop().unwrap_or_default();
        Ok(self.user_cache.put(generation, user, settings))
    }

    /// What is remembered of a user has changed: their connections here look anew at the rooms that
    /// they have joined, and others at them.
    pub(crate) async fn look_anew(self: &Arc<Self>, user: &UserId) {
        self.user_cache.forget(user);
        let links = self.hub.links(user);
        if links.is_empty() {
            return;
        }
        // Where it cannot be read, the next renewal of the leases looks again.
        if let Ok(settings) = self.settings(user).await {
            for link in &links {
                self.show(link, !settings.invisible).await;
            }
        }
        let mut rooms: Vec<_> = links.iter().flat_map(|l| l.all_joined()).collect();
        rooms.sort_unstable_by(|a, b| a.id.cmp(&b.id));
        rooms.dedup_by(|a, b| a.id == b.id);
        for room in &rooms {
            self.look_anew_at(room, user).await;
        }
    }

    /// What a user does not see in a room has changed: once for all of their connections here.
    pub(crate) async fn look_anew_at(&self, room: &Arc<Room>, user: &UserId) {
        room.cache.forget_hides(user);
        let actor = Actor::User(user.clone());
        loop {
            let generation = room.cache.hides_generation();
            let Ok(view) = self.view(room, &actor).await else {
                return;
            };
            let links = self.hub.links(user);
            let joined = links.iter().filter(|l| l.has_joined(&room.id));
            room.submit(joined.map(|link| Op::Look {
                link: link.id,
                hides: view.hides.clone(),
            }));
            // Of two refreshes side by side, the one that read first may come last.
            if room.cache.hides_generation() == generation {
                return;
            }
        }
    }
}
