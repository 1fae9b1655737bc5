use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde::Serialize;

use super::key::checked_secret;
use crate::{Clock, Error, Result, SystemClock, UserId};

/// Issues HS256 tokens, for tests, examples and apps without an issuer.
///
/// `Debug` hides the secret. For an example see [the module](super).
#[derive(Clone)]
pub struct JwtIssuer {
    key: EncodingKey,
    header: Header,
    issuer: Option<String>,
    audience: Option<String>,
    clock: Arc<dyn Clock>,
}

#[derive(Serialize)]
struct Claims<'a> {
    sub: &'a str,
    iat: i64,
    exp: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    iss: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    aud: Option<&'a str>,
}

impl JwtIssuer {
    /// Creates an issuer that signs with this secret.
    ///
    /// # Errors
    /// `Invalid` if the secret is empty.
    pub fn hs256(secret: impl AsRef<[u8]>) -> Result<Self> {
        Ok(Self {
            key: EncodingKey::from_secret(checked_secret(secret.as_ref())?),
            header: Header::new(Algorithm::HS256),
            issuer: None,
            audience: None,
            clock: Arc::new(SystemClock),
        })
    }

    /// Sets the tokens' `kid`.
    #[must_use]
    pub fn with_kid(mut self, kid: impl Into<String>) -> Self {
        self.header.kid = Some(kid.into());
        self
    }

    /// Sets the tokens' `iss`.
    #[must_use]
    pub fn with_issuer(mut self, issuer: impl Into<String>) -> Self {
        self.issuer = Some(issuer.into());
        self
    }

    /// Sets the tokens' `aud`.
    #[must_use]
    pub fn with_audience(mut self, audience: impl Into<String>) -> Self {
        self.audience = Some(audience.into());
        self
    }

    /// Sets the clock. Default: [`SystemClock`].
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Issues a token for this user, valid for `ttl`, rounded up to a whole second.
    ///
    /// # Errors
    /// `Internal` if signing fails.
    pub fn issue(&self, user: &UserId, ttl: Duration) -> Result<String> {
        let now = self.clock.now();
        let claims = Claims {
            sub: user.as_str(),
            iat: now.as_millis().div_euclid(1000),
            exp: now
                .after(ttl)
                .after(Duration::from_millis(999))
                .as_millis()
                .div_euclid(1000),
            iss: self.issuer.as_deref(),
            aud: self.audience.as_deref(),
        };
        encode(&self.header, &claims, &self.key)
            .map_err(|e| Error::internal(e).during("sign a token"))
    }
}

impl fmt::Debug for JwtIssuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JwtIssuer")
            .field("kid", &self.header.kid)
            .field("issuer", &self.issuer)
            .field("audience", &self.audience)
            .finish_non_exhaustive()
    }
}
