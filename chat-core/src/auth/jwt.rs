use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jsonwebtoken::errors::ErrorKind as JwtErrorKind;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde::Deserialize;

use super::{JwtBuilder, JwtKey};
use crate::backend::{Authenticator, Credentials, Identity};
use crate::{Clock, Error, ErrorKind, Result, Timestamp, UserId};

/// An authenticator that verifies JSON Web Tokens and takes the user from `sub`. Supports HS256,
/// RS256, ES256 and EdDSA. Each key has exactly one algorithm.
///
/// - An expired token fails with `TokenExpired`, every other invalid token with `Unauthenticated`.
///   The reason is in the error's source and in the debug log, never the token.
/// - The identity expires at `exp`. If the token arrives after `exp`, but within the leeway, the
///   identity expires at the end of the leeway.
/// - Tokens longer than [`MAX_TOKEN_BYTES`](Self::MAX_TOKEN_BYTES) are rejected unread.
///
/// The cryptography is that of `jsonwebtoken`'s process-wide provider. An app that enables a
/// provider besides `rust_crypto` must install the one it wants at startup; see the documentation
/// of `jsonwebtoken`.
///
/// For an example see [the module](super).
pub struct JwtAuthenticator {
    pub(super) ring: KeyRing,
    pub(super) leeway: Duration,
    pub(super) require_expiry: bool,
    pub(super) clock: Arc<dyn Clock>,
}

/// The keys, by `kid`.
pub(super) struct KeyRing {
    pub(super) named: HashMap<String, Lock>,
    pub(super) unnamed: Option<Lock>,
}

/// A key and the validation rules for its tokens.
pub(super) struct Lock {
    pub(super) key: DecodingKey,
    pub(super) algorithm: Algorithm,
    pub(super) validation: Validation,
}

#[derive(Deserialize)]
struct Claims {
    sub: Option<String>,
    /// Seconds since the Unix epoch. The RFC allows fractions.
    exp: Option<f64>,
    nbf: Option<f64>,
}

/// The reason why a token is rejected. Contains nothing of the token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Refusal {
    #[error("no token")]
    Missing,
    #[error("the token is too long")]
    TooLong,
    #[error("the token is not a signed JWT with the required claims")]
    Malformed,
    #[error("the token's header has a `crit` extension")]
    Critical,
    #[error("the token's `kid` is unknown")]
    UnknownKey,
    #[error("the token's `alg` is not the algorithm of its key")]
    Algorithm,
    #[error("the token's signature is invalid")]
    Signature,
    #[error("the token's `iss` is not accepted")]
    Issuer,
    #[error("the token's `aud` is not accepted")]
    Audience,
    #[error("the token has no `sub`")]
    NoSubject,
    #[error("the token's `sub` is not a user id")]
    BadSubject,
    #[error("the token has no `exp`")]
    NoExpiry,
    #[error("the token is not valid yet")]
    TooEarly,
    #[error("the token has expired")]
    Expired,
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Expired => Self::new(ErrorKind::TokenExpired, "the token has expired"),
            Refusal::Missing => Self::new(ErrorKind::Unauthenticated, "a token is required"),
            _ => Self::new(ErrorKind::Unauthenticated, "the token is invalid"),
        }
        .with_source(refusal)
    }
}

impl From<jsonwebtoken::errors::Error> for Refusal {
    fn from(e: jsonwebtoken::errors::Error) -> Self {
        // The source error may quote claims, so drop it.
        match e.kind() {
            JwtErrorKind::InvalidSignature => Self::Signature,
            JwtErrorKind::InvalidAlgorithm => Self::Algorithm,
            JwtErrorKind::InvalidIssuer => Self::Issuer,
            JwtErrorKind::InvalidAudience => Self::Audience,
            JwtErrorKind::MissingRequiredClaim(claim) if claim == "iss" => Self::Issuer,
            JwtErrorKind::MissingRequiredClaim(claim) if claim == "aud" => Self::Audience,
            _ => Self::Malformed,
        }
    }
}

impl JwtAuthenticator {
    /// The maximum length of a token in bytes.
    pub const MAX_TOKEN_BYTES: usize = 4096;

    /// Returns a builder.
    #[must_use]
    pub fn builder() -> JwtBuilder {
        JwtBuilder::new()
    }

    /// Creates an authenticator that accepts HS256 tokens signed with this secret, from any issuer.
    ///
    /// # Errors
    /// `Invalid` if the secret is empty.
    pub fn hs256(secret: impl AsRef<[u8]>) -> Result<Self> {
        Self::builder().key(JwtKey::hs256(secret)?).build()
    }

    fn check(&self, token: Option<&str>) -> Result<Identity, Refusal> {
        let token = token.ok_or(Refusal::Missing)?;
        if token.len() > Self::MAX_TOKEN_BYTES {
            return Err(Refusal::TooLong);
        }
        let header = decode_header(token)?;
        if header.crit.is_some() {
            return Err(Refusal::Critical);
        }
        let named = header.kid.and_then(|kid| self.ring.named.get(&kid));
        let lock = named
            .or(self.ring.unnamed.as_ref())
            .ok_or(Refusal::UnknownKey)?;
        // The key determines the algorithm, not the token.
        if header.alg != lock.algorithm {
            return Err(Refusal::Algorithm);
        }
        let claims = decode::<Claims>(token, &lock.key, &lock.validation)?.claims;
        let user_id =
            UserId::new(claims.sub.ok_or(Refusal::NoSubject)?).map_err(|_| Refusal::BadSubject)?;
        let now = self.clock.now();
        if claims
            .nbf
            .is_some_and(|nbf| now.after(self.leeway) < time(nbf))
        {
            return Err(Refusal::TooEarly);
        }
        // Check expiry last: `TokenExpired` implies that everything else is valid.
        let expires_at = match claims.exp.map(time) {
            Some(exp) if now < exp => Some(exp),
            Some(exp) => Some(exp.after(self.leeway))
                .filter(|end| now < *end)
                .ok_or(Refusal::Expired)
                .map(Some)?,
            None if self.require_expiry => return Err(Refusal::NoExpiry),
            None => None,
        };
        Ok(Identity {
            user_id,
            expires_at,
        })
    }
}

#[allow(
    clippy::cast_possible_truncation,
    reason = "the cast saturates, and so does the timestamp"
)]
fn time(secs: f64) -> Timestamp {
    Timestamp::from_millis((secs * 1000.0) as i64)
}

#[async_trait]
impl Authenticator for JwtAuthenticator {
    async fn authenticate(&self, credentials: Credentials<'_>) -> Result<Identity> {
        self.check(credentials.token).map_err(|refusal| {
            tracing::debug!(reason = %refusal, "token refused");
            refusal.into()
        })
    }
}

impl fmt::Debug for JwtAuthenticator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let locks = self.ring.named.iter().map(|(kid, lock)| (Some(kid), lock));
        let locks = locks.chain(self.ring.unnamed.iter().map(|lock| (None, lock)));
        let keys: Vec<_> = locks.map(|(kid, lock)| (kid, lock.algorithm)).collect();
        f.debug_struct("JwtAuthenticator")
            .field("keys", &keys)
            .field("leeway", &self.leeway)
            .field("require_expiry", &self.require_expiry)
            .finish_non_exhaustive()
    }
}
