//! What a request over HTTP needs beside the calls: who makes it, whether they may now, and what the
//! wire form of a room holds.

use super::super::config::Rates;
use super::super::shutdown::Underway;
use super::super::{Engine, Inner};
use crate::backend::{Credentials, Identity, Quota};
use crate::model::Room;
use crate::{Epoch, Error, ErrorKind, Result, RoomId, UserId};

impl Engine {
    /// Tells who brought these credentials, for handlers of the app's own.
    ///
    /// # Errors
    /// `Unauthenticated`, `TokenExpired`, `Unavailable`: those of the
    /// [`Authenticator`](crate::backend::Authenticator), and `TokenExpired` for a proof that ran out.
    pub async fn authenticate(&self, credentials: Credentials<'_>) -> Result<Identity> {
        let identity = self.inner.authenticator.authenticate(credentials).await?;
        if identity
            .expires_at
            .is_some_and(|at| at <= self.inner.clock.now())
        {
            return Err(Error::new(ErrorKind::TokenExpired, "the token has run out"));
        }
        Ok(identity)
    }

    /// Takes a permit of a user. Sockets and REST share the classes, so that neither is a way
    /// around the other's limits.
    pub(crate) async fn permit(
        &self,
        user: &UserId,
        class: &'static str,
        quota: fn(&Rates) -> Quota,
    ) -> Result<()> {
        let inner: &Inner = &self.inner;
        inner.permit(user, class, &quota(&inner.config.rates)).await
    }

    /// The epoch of a room's log, whoever asks.
    pub(crate) async fn epoch(&self, room: &RoomId) -> Result<Epoch> {
        Ok(self.inner.room(room).await?.epoch)
    }

    /// A room as the store has it now, whoever asks: what a change of a part of it starts from.
    pub(crate) async fn stored_room(&self, room: &RoomId) -> Result<Room> {
        let stored = self.inner.rooms.room(room).await?;
        stored.ok_or_else(Error::room_not_found)
    }

    /// Something begins that a graceful shutdown waits for.
    pub(crate) fn begin(&self) -> Underway {
        self.inner.writing.begin()
    }
}
