use std::fmt;
use std::net::IpAddr;

use async_trait::async_trait;

use crate::{Result, Timestamp, UserId};

/// What a client brings to prove who it is.
///
/// `Debug` hides the token and the headers.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct Credentials<'a> {
    /// The token: from `Authorization: Bearer`, `?token=` or the subprotocol `bearer.<token>`, the
    /// first that is there.
    pub token: Option<&'a str>,
    /// The headers of the request, for apps that know their users by a cookie. Empty when a
    /// connection refreshes its token.
    pub headers: &'a http::HeaderMap,
    /// Where the request came from, if the adapter knows.
    pub remote_addr: Option<IpAddr>,
}

impl<'a> Credentials<'a> {
    /// Credentials from a request.
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

/// Who a client turned out to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The user.
    pub user_id: UserId,
    /// When the proof runs out: the connection is then closed unless it refreshed its token.
    pub expires_at: Option<Timestamp>,
}

impl Identity {
    /// A user whose proof does not run out.
    #[must_use]
    pub const fn new(user_id: UserId) -> Self {
        Self {
            user_id,
            expires_at: None,
        }
    }
}

/// Tells who a client is.
///
/// # Contract
/// 1. The answer depends on the credentials alone, and on the app's own records of them.
/// 2. Not valid credentials are an error of kind `Unauthenticated`, or `TokenExpired` when they
///    were valid once. A backend that does not answer is `Unavailable`, so that a client tries again
///    instead of asking its user to log in.
/// 3. Neither the error nor anything logged holds the token.
///
/// ```
/// use chat_core::backend::{Authenticator, Credentials, Identity};
/// use chat_core::{Error, ErrorKind, Result, UserId};
///
/// /// Whoever names themselves is believed: for a demo behind a login of its own.
/// #[derive(Debug)]
/// struct Trusting;
///
/// #[async_trait::async_trait]
/// impl Authenticator for Trusting {
///     async fn authenticate(&self, credentials: Credentials<'_>) -> Result<Identity> {
///         let name = credentials.token.unwrap_or_default();
///         let user = UserId::new(name)
///             .map_err(|e| Error::new(ErrorKind::Unauthenticated, "no user").with_source(e))?;
///         Ok(Identity::new(user))
///     }
/// }
/// ```
#[async_trait]
pub trait Authenticator: fmt::Debug + Send + Sync + 'static {
    /// Tells who brought these credentials.
    async fn authenticate(&self, credentials: Credentials<'_>) -> Result<Identity>;
}

forward!(Authenticator {
    async fn authenticate(&self, credentials: Credentials<'_>) -> Result<Identity>;
});
