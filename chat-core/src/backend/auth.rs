use std::fmt;
use std::net::IpAddr;

use async_trait::async_trait;

use crate::{Result, Timestamp, UserId};

/// The credentials of a client.
///
/// `Debug` hides the token and the headers.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct Credentials<'a> {
    /// The token: the first found of `Authorization: Bearer`, `?token=` and the subprotocol
    /// `bearer.<token>`.
    pub token: Option<&'a str>,
    /// The headers of the request, for apps that identify users by a cookie. Empty when a
    /// connection refreshes its token.
    pub headers: &'a http::HeaderMap,
    /// The client's address, if the adapter knows it.
    pub remote_addr: Option<IpAddr>,
}

impl<'a> Credentials<'a> {
    /// Creates credentials from the parts of a request.
    #[must_use]
    pub const fn new(
        token: Option<&'a str>,
        headers: &'a http::HeaderMap,
        remote_addr: Option<IpAddr>,
    ) -> Self {
        Self {
            token,
            headers,
            remote_addr,
        }
    }
}

impl fmt::Debug for Credentials<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("token", &self.token.map(|_| "…"))
            .field("remote_addr", &self.remote_addr)
            .finish_non_exhaustive()
    }
}

/// An authenticated user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The user.
    pub user_id: UserId,
    /// The time at which the token expires. The connection is then closed, unless it has refreshed
    /// its token.
    pub expires_at: Option<Timestamp>,
}

impl Identity {
    /// Creates an identity that does not expire.
    #[must_use]
    pub const fn new(user_id: UserId) -> Self {
        Self {
            user_id,
            expires_at: None,
        }
    }
}

/// Identifies the user behind a client's credentials.
///
/// # Contract
/// 1. The result depends only on the credentials and the app's records of them.
/// 2. Invalid credentials fail with `Unauthenticated`, or with `TokenExpired` if they were valid
///    before. If a backend does not respond, the error is `Unavailable`, so that a client retries
///    instead of asking its user to log in.
/// 3. Neither errors nor logs contain the token.
///
/// ```
/// use chat_core::backend::{Authenticator, Credentials, Identity};
/// use chat_core::{Error, ErrorKind, Result, UserId};
///
/// /// Takes the token as the user id. Only for a demo that is already behind a login.
/// #[derive(Debug)]
/// struct Trusting;
///
/// #[async_trait::async_trait]
/// impl Authenticator for Trusting {
///     async fn authenticate(&self, credentials: Credentials<'_>) -> Result<Identity> {
///         let name = credentials.token.unwrap_or_default();
///         let user = UserId::new(name)
///             .map_err(|e| Error::new(ErrorKind::Unauthenticated, "invalid user id").with_source(e))?;
///         Ok(Identity::new(user))
///     }
/// }
/// ```
#[async_trait]
pub trait Authenticator: fmt::Debug + Send + Sync + 'static {
    /// Returns the identity behind these credentials.
    async fn authenticate(&self, credentials: Credentials<'_>) -> Result<Identity>;
}

forward!(Authenticator {
    async fn authenticate(&self, credentials: Credentials<'_>) -> Result<Identity>;
});
