use std::sync::Arc;

use async_trait::async_trait;
use chat_core::backend::{Authenticator, Credentials, Identity};
use chat_core::{Error, ErrorKind, Result, UserId};

use crate::login::session_id;
use crate::users::Users;

/// Authenticates requests by their session cookie. Tokens are ignored, so there is none to refresh:
/// a connection ends with its session.
#[derive(Debug)]
pub(crate) struct CookieSessions(pub(crate) Arc<Users>);

#[async_trait]
impl Authenticator for CookieSessions {
    async fn authenticate(&self, credentials: Credentials<'_>) -> Result<Identity> {
        let session = session_id(credentials.headers)
            .and_then(|id| self.0.session(id))
            .ok_or_else(|| Error::new(ErrorKind::Unauthenticated, "not logged in"))?;
        Ok(Identity {
            user_id: UserId::new(session.user)?,
            expires_at: Some(session.expires_at),
        })
    }
}
