use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use jsonwebtoken::Validation;

use super::jwt::{KeyRing, Lock};
use super::{JwtAuthenticator, JwtKey};
use crate::{Clock, Error, Result, SystemClock};

/// A builder of a [`JwtAuthenticator`]. Requires at least one key.
#[derive(Debug)]
pub struct JwtBuilder {
    keys: Vec<JwtKey>,
    issuers: BTreeSet<String>,
    audiences: BTreeSet<String>,
    leeway: Duration,
    require_expiry: bool,
    clock: Arc<dyn Clock>,
}

impl JwtBuilder {
    /// The default tolerance for clock differences between issuer and node.
    pub const DEFAULT_LEEWAY: Duration = Duration::from_secs(30);

    pub(super) fn new() -> Self {
        Self {
            keys: Vec::new(),
            issuers: BTreeSet::new(),
            audiences: BTreeSet::new(),
            leeway: Self::DEFAULT_LEEWAY,
            require_expiry: true,
            clock: Arc::new(SystemClock),
        }
    }

    /// Accepts tokens signed with this key. Keys must have distinct `kid`s; one key may have none.
    #[must_use]
    pub fn key(mut self, key: JwtKey) -> Self {
        self.keys.push(key);
        self
    }

    /// Accepts tokens with this `iss`. May be called several times. By default, `iss` is ignored.
    #[must_use]
    pub fn issuer(mut self, issuer: impl Into<String>) -> Self {
        self.issuers.insert(issuer.into());
        self
    }

    /// Accepts tokens whose `aud` contains this audience. May be called several times. By default,
    /// tokens with an `aud` are rejected (RFC 7519, section 4.1.3).
    #[must_use]
    pub fn audience(mut self, audience: impl Into<String>) -> Self {
        self.audiences.insert(audience.into());
        self
    }

    /// Sets the time for which a token is accepted after its `exp` and before its `nbf`. Default:
    /// 30 s.
    #[must_use]
    pub fn leeway(mut self, leeway: Duration) -> Self {
        self.leeway = leeway;
        self
    }

    /// Sets whether a token must have an `exp`. Default: `true`. A connection with a token without
    /// `exp` never expires.
    #[must_use]
    pub fn require_expiry(mut self, require: bool) -> Self {
        self.require_expiry = require;
        self
    }

    /// Sets the clock. Default: [`SystemClock`].
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Builds the authenticator.
    ///
    /// # Errors
    /// `Invalid` without a key, or if two keys have the same `kid` or none.
    pub fn build(self) -> Result<JwtAuthenticator> {
        if self.keys.is_empty() {
            return Err(Error::invalid(
                "an authenticator must have at least one key",
            ));
        }
        let mut ring = KeyRing {
            named: HashMap::new(),
            unnamed: None,
        };
        for key in self.keys {
            let mut validation = Validation::new(key.algorithm);
            validation.required_spec_claims.clear();
            // Checked last, with the configured clock.
            validation.validate_exp = false;
            if !self.issuers.is_empty() {
                validation.iss = Some(self.issuers.iter().cloned().collect());
                validation.required_spec_claims.insert("iss".to_owned());
            }
            if !self.audiences.is_empty() {
                validation.aud = Some(self.audiences.iter().cloned().collect());
                validation.required_spec_claims.insert("aud".to_owned());
            }
            let lock = Lock {
                key: key.decoding,
                algorithm: key.algorithm,
                validation,
            };
            let taken = match key.kid {
                Some(kid) => ring.named.insert(kid, lock).is_some(),
                None => ring.unnamed.replace(lock).is_some(),
            };
            if taken {
                return Err(Error::invalid(
                    "keys must have distinct `kid`s; only one key may have none",
                ));
            }
        }
        Ok(JwtAuthenticator {
            ring,
            leeway: self.leeway,
            require_expiry: self.require_expiry,
            clock: self.clock,
        })
    }
}
