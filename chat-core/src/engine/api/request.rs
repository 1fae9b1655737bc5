//! What a request over HTTP needs beside the calls: who makes it, whether they may now, and what the
//! wire form of a room holds.

use std::net::IpAddr;
use std::time::Duration;

use super::super::config::ms;
use super::super::shutdown::Underway;
use super::super::slots::Slot;
use super::super::{Actor, Engine, Inner};
use crate::backend::{Credentials, Identity};
use crate::model::{Member, Membership};
use crate::{Epoch, Error, ErrorKind, Result, RoomId, UserId};

/// A request over REST that is in flight; its drop makes room for another.
#[derive(Debug)]
pub(crate) struct InFlight {
    _of_user: Slot<UserId>,
    _from_address: Option<Slot<IpAddr>>,
}

/// When a request may be tried again that was one too many at once.
const RETRY_IN_FLIGHT: Duration = Duration::from_secs(1);

fn too_many_at_once(most: usize, whose: &str) -> Error {
    let rule = format!("one {whose} may have at most {most} requests in flight");
    Error::new(ErrorKind::RateLimited, rule).with_retry_after(RETRY_IN_FLIGHT)
}

impl Engine {
    /// Tells who makes a request, and counts it as in flight: by its address first, so that those
    /// are bounded, too, whom nobody knows.
    ///
    /// # Errors
    /// As [`authenticate`](Self::authenticate), and `RateLimited` where there are too many.
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

    /// Tells who brought these credentials, for handlers of the app's own.
    ///
    /// # Errors
    /// `Unauthenticated`, `TokenExpired`, `Unavailable`: those of the
    /// [`Authenticator`](crate::backend::Authenticator); `TokenExpired` for a proof that ran out, and
    /// `Unavailable` without an answer within
    /// [`Config::handshake_timeout_ms`](crate::Config::handshake_timeout_ms).
    pub async fn authenticate(&self, credentials: Credentials<'_>) -> Result<Identity> {
        self.inner.authenticate(credentials).await
    }

    /// The epoch of a room's log, whoever asks.
    pub(crate) async fn epoch(&self, room: &RoomId) -> Result<Epoch> {
        Ok(self.inner.room(room).await?.epoch)
    }

    /// The member a user is as the store has it now, whoever asks.
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

    /// A member as the actor may see them.
    pub(crate) async fn shown(
        &self,
        actor: &Actor,
        room: &RoomId,
        member: Member,
    ) -> Result<Member> {
        let room = self.inner.room(room).await?;
        self.inner.shown(&room, actor, member).await
    }

    /// A change begins, for which a graceful shutdown waits.
    ///
    /// # Errors
    /// `Unavailable` once there is one: the last hints may be gone, so that other nodes would hear of
    /// the change late.
    pub(crate) fn begin(&self) -> Result<Underway> {
        // Counted before it looks: either it sees the shutdown, or the shutdown sees it.
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

/// An authenticator that calls a token malformed means that nobody is known by it. A socket is closed
/// for that as for any token that is none.
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
    /// Tells who brought these credentials, for sockets and requests alike.
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
