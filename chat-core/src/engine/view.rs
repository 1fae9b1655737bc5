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

    pub(crate) fn sender(&self, user: &UserId) -> bool {
        self.blocked.binary_search(user).is_ok()
    }

    pub(crate) fn message(&self, seq: u64) -> bool {
        self.hidden.binary_search(&seq).is_ok()
    }
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

    pub(crate) fn sees(&self, message: &Message) -> bool {
        let Some(reader) = &self.reader else {
            return true;
        };
        let own = message.sender_id.as_ref() == Some(reader);
        let sender = message.sender_id.as_ref().filter(|_| !own);
        let hides = self.hides.as_deref();
        (own || !message.shadowed)
            && !hides.is_some_and(|h| h.message(message.seq) || sender.is_some_and(|s| h.sender(s)))
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
        let hides = if let Some(known) = room.cache.hides(user, max_age) {
            known
        } else {
            let generation = room.cache.generation();
            let hides = self.hides(&room.id, user).await?;
            room.cache.put_hides(generation, user, hides.as_ref());
            hides
        };
        Ok(View {
            reader: Some(user.clone()),
            hides,
        })
    }

    /// How a user looks at a room that need not be active here.
    pub(crate) async fn view_of(&self, room: &RoomId, user: &UserId) -> Result<View> {
        if let Some(active) = self.active.get(room) {
            return self.view(&active, &Actor::User(user.clone())).await;
        }
        Ok(View {
            reader: Some(user.clone()),
            hides: self.hides(room, user).await?,
        })
    }

    async fn hides(&self, room: &RoomId, user: &UserId) -> Result<Option<Arc<Hides>>> {
        let (settings, hidden) =
            futures::try_join!(self.settings(user), self.messages.hidden(room, user))?;
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
        let settings = Arc::new(found.pop().unwrap_or_default());
        self.user_cache.put(generation, user, &settings);
        Ok(settings)
    }

    /// What is remembered of a user has changed, or what they hid: their connections here look anew
    /// at the rooms that they have joined, and others at them.
    pub(crate) async fn look_anew(self: &Arc<Self>, user: &UserId) {
        self.user_cache.forget(user);
        if self.hub.links(user).is_empty() {
            return;
        }
        if let Ok(settings) = self.settings(user).await {
            self.show_all(user, !settings.invisible).await;
        }
        for link in self.hub.links(user) {
            for room in link.all_joined() {
                room.cache.forget_hides(user);
                let Ok(view) = self.view(&room, &Actor::User(user.clone())).await else {
                    continue;
                };
                room.submit([Op::Look {
                    link: link.id,
                    hides: view.hides,
                }]);
            }
        }
    }
}
