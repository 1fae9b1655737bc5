//! The clients' identities: signed tokens, a cookie, or the peer address.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use crate::auth::{JwtAuthenticator, JwtIssuer, JwtKey};
use crate::backend::{Authenticator, Credentials, Identity};
use crate::testing::ids::user;
use crate::{ManualClock, Result, Timestamp, UserId};

const SECRET: &str = "0123456789abcdef0123456789abcdef";
pub(super) const HOUR: Duration = Duration::from_secs(3600);

/// Issues a token for a user. Its expiry is rounded up to a whole second.
pub(super) fn token(name: &str, ttl: Duration) -> String {
    let issuer = JwtIssuer::hs256(SECRET).unwrap();
    issuer.issue(&user(name), ttl).unwrap()
}

pub(super) fn expired_token(name: &str) -> String {
    let past = Arc::new(ManualClock::new(Timestamp::from_millis(1_600_000_000_000)));
    let issuer = JwtIssuer::hs256(SECRET).unwrap().with_clock(past);
    issuer.issue(&user(name), HOUR).unwrap()
}

/// Authenticates by the token, or by the cookie `user` if there is none. The token `address`
/// identifies the user by the peer address.
#[derive(Debug)]
pub(super) struct Doorkeeper(JwtAuthenticator);

impl Doorkeeper {
    pub(super) fn new() -> Self {
        let key = JwtKey::hs256(SECRET).unwrap();
        let tokens = JwtAuthenticator::builder().key(key).leeway(Duration::ZERO);
        Self(tokens.build().unwrap())
    }
}

#[async_trait]
impl Authenticator for Doorkeeper {
    async fn authenticate(&self, credentials: Credentials<'_>) -> Result<Identity> {
        let cookie = credentials.headers.get("cookie");
        let cookie = cookie.and_then(|cookie| cookie.to_str().ok()?.strip_prefix("user="));
        let address = credentials.remote_addr.map(|address| address.to_string());
        let name = match (credentials.token, cookie, &address) {
            (Some("address"), _, Some(address)) => address,
            (None, Some(cookie), _) => cookie,
            _ => return self.0.authenticate(credentials).await,
        };
        Ok(Identity::new(UserId::new(name)?))
    }
}
