//! Support for HTTP requests: authentication, admission limits, and lookups for wire forms.

use tokio_util::task::task_tracker::TaskTrackerToken;

use crate::backend::{Credentials, Identity};
use crate::engine::Actor;
use crate::engine::Engine;
use crate::engine::access::{InFlight, RateClass};
use crate::model::{Member, Membership};
use crate::{Epoch, Error, ErrorKind, Result, RoomId, UserId};

impl Engine {
    /// Authenticates a request and counts it, first by address, which bounds unauthenticated ones.
    ///
    /// # Errors
    /// As [`authenticate`](Self::authenticate), and `RateLimited` over the limit.
    pub(crate) async fn admit(&self, credentials: Credentials<'_>) -> Result<(UserId, InFlight)> {
        self.parts.admission.admit(credentials).await
    }

    pub(crate) async fn permit(&self, user: &UserId, class: RateClass) -> Result<()> {
        self.parts.rates.permit(user, class).await
    }

    /// Authenticates credentials, for the app's own handlers.
    ///
    /// # Errors
    /// The `Unauthenticated`, `TokenExpired` and `Unavailable` of the
    /// [`Authenticator`](crate::backend::Authenticator); also `TokenExpired` for an identity that
    /// has expired, and `Unavailable` without an answer within
    /// [`Config::handshake_timeout_ms`](crate::Config::handshake_timeout_ms).
    pub async fn authenticate(&self, credentials: Credentials<'_>) -> Result<Identity> {
        self.parts.admission.authenticate(credentials).await
    }

    /// The epoch of a room's log, without a permission check.
    pub(crate) async fn epoch(&self, room: &RoomId) -> Result<Epoch> {
        Ok(self.parts.rooms.open(room).await?.epoch)
    }

    /// Reads a member from the store, without a permission check.
    pub(crate) async fn stored_member(
        &self,
        room: &RoomId,
        user: &UserId,
    ) -> Result<Option<Member>> {
        let users = std::slice::from_ref(user);
        let mut stored = self.parts.store.memberships(room, users).await?;
        Ok(match stored.pop().flatten() {
            Some(Membership::Member(member)) => Some(member),
            _ => None,
        })
    }

    pub(crate) async fn shown(
        &self,
        actor: &Actor,
        room: &RoomId,
        member: Member,
    ) -> Result<Member> {
        let room = self.parts.rooms.open(room).await?;
        self.parts.access.shown(&room, actor, member).await
    }

    /// Begins a change that a graceful shutdown waits for.
    ///
    /// # Errors
    /// `Unavailable` during a shutdown, when hints of the change might no longer go out.
    pub(crate) fn begin(&self) -> Result<TaskTrackerToken> {
        // Count first, then check: either this sees the shutdown, or the shutdown sees this.
        let underway = self.parts.tasks.begin();
        if self.parts.tasks.is_stopping() {
            return Err(Error::new(
                ErrorKind::Unavailable,
                "the server is shutting down, try again later",
            ));
        }
        Ok(underway)
    }
}
