//! Support for HTTP requests: authentication, admission limits, and lookups for wire forms.

use std::net::IpAddr;
use std::time::Duration;

use super::super::config::ms;
use super::super::shutdown::Underway;
use super::super::slots::Slot;
use super::super::{Actor, Engine, Inner};
use crate::backend::{Credentials, Identity};
use crate::model::{Member, Membership};
use crate::{Epoch, Error, ErrorKind, Result, RoomId, UserId};

/// A REST request in flight, which frees its slot on drop.
#[derive(Debug)]
pub(crate) struct InFlight {
    _of_user: Slot<UserId>,
    _from_address: Option<Slot<IpAddr>>,
}

const RETRY_IN_FLIGHT: Duration = Duration::from_secs(1);

fn too_many_at_once(most: usize, whose: &str) -> Error {
    let rule = format!("one {whose} may have at most {most} requests in flight");
    Error::new(ErrorKind::RateLimited, rule).with_retry_after(RETRY_IN_FLIGHT)
}

impl Engine {
    /// Authenticates a request and counts it, first by address, which bounds unauthenticated ones.
    ///
    /// # Errors
    /// As [`authenticate`](Self::authenticate), and `RateLimited` over the limit.
    pub(crate) async fn admit(&self, credentials: Credentials<'_>) -> Result<(UserId, InFlight)> {
        let inner = &self.inner;
        let limits = &inner.config.limits;
        let from_address = match (credentials.remote_addr, limits.max_connections_per_address) {
            (Some(address), most @ 1..) => {
                let slot = inner.requests_from.take(&address, most);
                Some(slot.ok_or_else(|| too_many_at_once(most, "address"))?)
            }
            _ => None,
        };
        let user = inner.authenticate(credentials).await?.user_id;
        let most = limits.max_requests_per_user;
        let of_user = inner.requests.take(&user, most);
        let in_flight = InFlight {
            _of_user: of_user.ok_or_else(|| too_many_at_once(most, "user"))?,
            _from_address: from_address,
        };
        Ok((user, in_flight))
    }

    /// Authenticates credentials, for the app's own handlers.
    ///
    /// # Errors
    /// The `Unauthenticated`, `TokenExpired` and `Unavailable` of the
    /// [`Authenticator`](crate::backend::Authenticator); also `TokenExpired` for an identity that
    /// has expired, and `Unavailable` without an answer within
    /// [`Config::handshake_timeout_ms`](crate::Config::handshake_timeout_ms).
    pub async fn authenticate(&self, credentials: Credentials<'_>) -> Result<Identity> {
        self.inner.authenticate(credentials).await
    }

    /// The epoch of a room's log, without a permission check.
    pub(crate) async fn epoch(&self, room: &RoomId) -> Result<Epoch> {
        Ok(self.inner.room(room).await?.epoch)
    }

    /// Reads a member from the store, without a permission check.
    pub(crate) async fn stored_member(
        &self,
        room: &RoomId,
        user: &UserId,
    ) -> Result<Option<Member>> {
        let users = std::slice::from_ref(user);
        let mut stored = self.inner.rooms.memberships(room, users).await?;
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
        let room = self.inner.room(room).await?;
        self.inner.shown(&room, actor, member).await
    }

    /// Begins a change that a graceful shutdown waits for.
    ///
    /// # Errors
    /// `Unavailable` during a shutdown, when hints of the change might no longer go out.
    pub(crate) fn begin(&self) -> Result<Underway> {
        // Count first, then check: either this sees the shutdown, or the shutdown sees this.
        let underway = self.inner.writing.begin();
        if self.inner.is_stopped() {
            return Err(Error::new(
                ErrorKind::Unavailable,
                "the server is shutting down, try again later",
            ));
        }
        Ok(underway)
    }
}

/// Maps authenticator errors. A malformed token is simply unauthenticated, also on a socket.
fn about_credentials(error: Error) -> Error {
    match error.kind() {
        ErrorKind::Unauthenticated
        | ErrorKind::TokenExpired
        | ErrorKind::Forbidden
        | ErrorKind::Rejected
        | ErrorKind::RateLimited
        | ErrorKind::Unavailable
        | ErrorKind::Internal => error,
        _ => Error::new(ErrorKind::Unauthenticated, "the credentials are not valid")
            .with_source(error),
    }
}

impl Inner {
    pub(crate) async fn authenticate(&self, credentials: Credentials<'_>) -> Result<Identity> {
        let timeout = ms(self.config.handshake_timeout_ms);
        let asked = self.authenticator.authenticate(credentials);
        let identity = match tokio::time::timeout(timeout, asked).await {
            Ok(identity) => identity.map_err(about_credentials)?,
            Err(elapsed) => return Err(Error::unavailable(elapsed).during("authenticate")),
        };
        if identity.expires_at.is_some_and(|at| at <= self.clock.now()) {
            return Err(Error::new(ErrorKind::TokenExpired, "the token has expired"));
        }
        Ok(identity)
    }
}
