use std::sync::Arc;

use super::Access;
use crate::engine::actor::Actor;
use crate::engine::feed::{View, VisibilityFilter};
use crate::engine::rooms::{ActiveRoom, Op};
use crate::{Result, RoomId, UserId};

impl Access {
    pub(crate) async fn view(&self, room: &ActiveRoom, actor: &Actor) -> Result<View> {
        let Actor::User(user) = actor else {
            return Ok(View::of_app());
        };
        let max_age = self.max_age;
        if let Some(filter) = room.cache.filter(user, max_age) {
            // A user's blocks are also cached per room, but a change evicts only the user's entry.
            let settings = self.settings.of(user).await?;
            if filter.as_ref().map_or(&[][..], |h| &h.blocked) == settings.blocked {
                return Ok(View::of(user, filter));
            }
        }
        self.view_anew(room, user).await
    }

    /// Reads a user's view from the store. The cache may be stale if the user was not connected
    /// here, since this node then got no hints about them.
    pub(crate) async fn view_anew(&self, room: &ActiveRoom, user: &UserId) -> Result<View> {
        let generation = room.cache.generation();
        let filter = self.filter(&room.id, user).await?;
        room.cache.put_filter(generation, user, filter.as_ref());
        Ok(View::of(user, filter))
    }

    /// Returns a user's view of a room that may be inactive on this node.
    pub(crate) async fn view_of(&self, room: &RoomId, user: &UserId) -> Result<View> {
        if let Some(active) = self.rooms.get(room) {
            return self.view(&active, &Actor::User(user.clone())).await;
        }
        Ok(View::of(user, self.filter(room, user).await?))
    }

    async fn filter(&self, room: &RoomId, user: &UserId) -> Result<Option<Arc<VisibilityFilter>>> {
        let (settings, hidden) =
            futures::try_join!(self.settings.of(user), self.reads.hidden(room, user))?;
        Ok(VisibilityFilter::new(settings.blocked.clone(), hidden))
    }

    /// Refreshes a user's visibility filter in a room for all of their connections here.
    pub(crate) async fn refresh_view(&self, room: &Arc<ActiveRoom>, user: &UserId) {
        room.cache.forget_filter(user);
        let actor = Actor::User(user.clone());
        loop {
            let generation = room.cache.filter_generation();
            let Ok(view) = self.view(room, &actor).await else {
                return;
            };
            let links = self.hub.links(user);
            let joined = links.iter().filter(|l| l.has_joined(&room.id));
            room.submit(joined.map(|link| Op::SetFilter {
                link: link.id,
                filter: view.filter.clone(),
            }));
            // Of two concurrent refreshes, the older read may come last.
            if room.cache.filter_generation() == generation {
                return;
            }
        }
    }
}
