use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::UserId;
use crate::engine::feed::VisibilityFilter;
use crate::model::{Membership, Room};
use crate::random::HashMap;
use crate::sync::Mutex;

/// The recipients of a room's events.
#[derive(Debug, Clone)]
pub(crate) enum Audience {
    /// Each member, by their own topic.
    Members(Arc<[UserId]>),
    /// Joined connections, by the room's topic.
    Room,
}

const MAX_MEMBERS: usize = 10_000;

/// Cached state of an active room. Entries expire by age, and hints of changes evict them at once.
#[derive(Debug, Default)]
pub(crate) struct RoomCache(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// Incremented by evictions: a store read that began before one is not cached after it.
    generation: u64,
    filter_generation: u64,
    /// An upper bound of the member count: the last count read, plus the changes since.
    size: u64,
    room: Option<(Instant, Arc<Room>)>,
    audience: Option<(Instant, Audience)>,
    members: HashMap<UserId, (Instant, Option<Membership>)>,
    filters: HashMap<UserId, (Instant, Option<Arc<VisibilityFilter>>)>,
}

impl RoomCache {
    /// The current generation. Take it before a read of the store.
    pub(crate) fn generation(&self) -> u64 {
        self.0.lock().generation
    }

    pub(crate) fn room(&self, max_age: Duration) -> Option<Arc<Room>> {
        let state = self.0.lock();
        let (at, room) = state.room.as_ref()?;
        (at.elapsed() < max_age).then(|| Arc::clone(room))
    }

    pub(crate) fn put_room(&self, generation: u64, room: &Arc<Room>) {
        let mut state = self.0.lock();
        if state.generation == generation {
            state.size = room.member_count;
            state.room = Some((Instant::now(), Arc::clone(room)));
        }
    }

    pub(crate) fn note_size(&self, members: u64) {
        let mut state = self.0.lock();
        state.size = state.size.max(members);
    }

    /// Returns `false` if the room certainly has at most this many members, which saves a read.
    pub(crate) fn may_have_more(&self, members: u64) -> bool {
        self.0.lock().size > members
    }

    pub(crate) fn audience(&self, max_age: Duration) -> Option<Audience> {
        let state = self.0.lock();
        let (at, audience) = state.audience.as_ref()?;
        (at.elapsed() < max_age).then(|| audience.clone())
    }

    pub(crate) fn put_audience(&self, generation: u64, audience: &Audience) {
        let mut state = self.0.lock();
        if state.generation == generation {
            state.audience = Some((Instant::now(), audience.clone()));
        }
    }

    /// `None` if not cached, `Some(None)` if the user is not a member.
    #[allow(
        clippy::option_option,
        reason = "unknown and not a member are different things"
    )]
    pub(crate) fn membership(
        &self,
        user: &UserId,
        max_age: Duration,
    ) -> Option<Option<Membership>> {
        let state = self.0.lock();
        let (at, membership) = state.members.get(user)?;
        (at.elapsed() < max_age).then(|| membership.clone())
    }

    pub(crate) fn put_membership(
        &self,
        generation: u64,
        user: &UserId,
        membership: Option<&Membership>,
    ) {
        let mut state = self.0.lock();
        if state.generation != generation {
            return;
        }
        if state.members.len() >= MAX_MEMBERS {
            state.members.clear();
        }
        state
            .members
            .insert(user.clone(), (Instant::now(), membership.cloned()));
    }

    /// `None` if not cached, `Some(None)` if nothing is hidden.
    #[allow(
        clippy::option_option,
        reason = "unknown and nothing are different things"
    )]
    pub(crate) fn filter(
        &self,
        user: &UserId,
        max_age: Duration,
    ) -> Option<Option<Arc<VisibilityFilter>>> {
        let state = self.0.lock();
        let (at, filter) = state.filters.get(user)?;
        (at.elapsed() < max_age).then(|| filter.clone())
    }

    pub(crate) fn put_filter(
        &self,
        generation: u64,
        user: &UserId,
        filter: Option<&Arc<VisibilityFilter>>,
    ) {
        let mut state = self.0.lock();
        if state.generation != generation {
            return;
        }
        if state.filters.len() >= MAX_MEMBERS {
            state.filters.clear();
        }
        state
            .filters
            .insert(user.clone(), (Instant::now(), filter.cloned()));
    }

    pub(crate) fn filter_generation(&self) -> u64 {
        self.0.lock().filter_generation
    }

    pub(crate) fn forget_filter(&self, user: &UserId) {
        let mut state = self.0.lock();
        state.generation += 1;
        state.filter_generation += 1;
        state.filters.remove(user);
    }

    pub(crate) fn forget_member(&self, user: &UserId) {
        let mut state = self.0.lock();
        state.generation += 1;
        state.size = state.size.saturating_add(1);
        state.members.remove(user);
        state.audience = None;
        state.room = None;
    }

    pub(crate) fn forget_all(&self) {
        let mut state = self.0.lock();
        *state = State {
            generation: state.generation + 1,
            filter_generation: state.filter_generation + 1,
            size: state.size,
            ..State::default()
        };
    }

    pub(crate) fn prune(&self, max_age: Duration) {
        let mut state = self.0.lock();
        state.members.retain(|_, (at, _)| at.elapsed() < max_age);
        state.members.shrink_to_fit();
        state.filters.retain(|_, (at, _)| at.elapsed() < max_age);
        state.filters.shrink_to_fit();
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const AGE: Duration = Duration::from_secs(30);

    #[tokio::test(start_paused = true)]
    async fn entries_age_and_are_forgotten() {
        let cache = RoomCache::default();
        let alice = UserId::new("alice").unwrap();
        cache.put_membership(cache.generation(), &alice, None);
        assert!(cache.membership(&alice, AGE).is_some());
        tokio::time::advance(AGE).await;
        assert!(cache.membership(&alice, AGE).is_none());
        cache.put_membership(cache.generation(), &alice, None);
        cache.forget_member(&alice);
        assert!(cache.membership(&alice, AGE).is_none());
    }

    #[tokio::test]
    async fn a_room_is_not_taken_for_smaller_than_it_is() {
        let cache = RoomCache::default();
        cache.note_size(2);
        assert!(cache.may_have_more(1) && !cache.may_have_more(2));
        cache.forget_member(&UserId::new("alice").unwrap());
        cache.forget_all();
        assert!(cache.may_have_more(2) && !cache.may_have_more(3));
    }

    #[tokio::test]
    async fn what_was_read_before_a_removal_is_not_remembered_after_it() {
        let cache = RoomCache::default();
        let alice = UserId::new("alice").unwrap();
        let generation = cache.generation();
        cache.forget_member(&alice);
        cache.put_membership(generation, &alice, None);
        assert!(cache.membership(&alice, AGE).is_none());
    }
}
