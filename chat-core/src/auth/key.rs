use std::fmt;

use jsonwebtoken::crypto::rust_crypto::DEFAULT_PROVIDER;
use jsonwebtoken::{Algorithm, DecodingKey};

use crate::{Error, Result};

/// The minimum key sizes (RFC 7518, sections 3.2 and 3.3).
const LEAST_SECRET_BYTES: usize = 32;
const LEAST_RSA_BYTES: usize = 2048 / 8;
const ED25519_BYTES: usize = 32;

/// A key that verifies tokens of one algorithm. A token with another algorithm is rejected, so that
/// a public key cannot be used as a shared secret.
///
/// `Debug` shows neither secrets nor keys.
#[derive(Clone)]
pub struct JwtKey {
    pub(super) kid: Option<String>,
    pub(super) algorithm: Algorithm,
    pub(super) decoding: DecodingKey,
}

impl JwtKey {
    /// Creates an HS256 key from a secret shared with the issuer. Logs a warning if the secret has
    /// fewer than 32 bytes.
    ///
    /// # Errors
    /// `Invalid` if the secret is empty.
    pub fn hs256(secret: impl AsRef<[u8]>) -> Result<Self> {
        let secret = checked_secret(secret.as_ref())?;
        Ok(Self::new(
            Algorithm::HS256,
            DecodingKey::from_secret(secret),
        ))
    }

    /// Creates an RS256 key from an RSA public key of at least 2048 bits: PEM, `PUBLIC KEY` or
    /// `RSA PUBLIC KEY`.
    ///
    /// # Errors
    /// `Invalid` for any other input.
    pub fn rs256_pem(pem: &str) -> Result<Self> {
        let key = read_pem(pem, DecodingKey::from_rsa_pem)?;
        let components = DEFAULT_PROVIDER
            .key_utils
            .rsa_pub_components_from_public_key;
        let modulus = key.try_get_as_bytes().and_then(components);
        let (modulus, _) = modulus.map_err(|e| not_usable().with_source(e))?;
        if modulus.len() < LEAST_RSA_BYTES {
            return Err(Error::invalid("an RSA key must have at least 2,048 bits"));
        }
        Ok(Self::new(Algorithm::RS256, key))
    }

    /// Creates an ES256 key from a public key on the curve P-256: PEM, `PUBLIC KEY`.
    ///
    /// # Errors
    /// `Invalid` for any other input.
    pub fn es256_pem(pem: &str) -> Result<Self> {
        let key = read_pem(pem, DecodingKey::from_ec_pem)?;
        (DEFAULT_PROVIDER.verifier_factory)(&Algorithm::ES256, &key)
            .map_err(|e| not_usable().with_source(e))?;
        Ok(Self::new(Algorithm::ES256, key))
    }

    /// Creates an EdDSA key from an Ed25519 public key: PEM, `PUBLIC KEY`.
    ///
    /// # Errors
    /// `Invalid` for any other input.
    pub fn eddsa_pem(pem: &str) -> Result<Self> {
        let key = read_pem(pem, DecodingKey::from_ed_pem)?;
        // The verifier panics on fewer bytes.
        if !key
            .try_get_as_bytes()
            .is_ok_and(|k| k.len() == ED25519_BYTES)
        {
            return Err(not_usable());
        }
        (DEFAULT_PROVIDER.verifier_factory)(&Algorithm::EdDSA, &key)
            .map_err(|e| not_usable().with_source(e))?;
        Ok(Self::new(Algorithm::EdDSA, key))
    }

    /// Uses the key for tokens with this `kid`. A key without a `kid` is used for tokens without
    /// one or with an unknown one.
    #[must_use]
    pub fn with_kid(mut self, kid: impl Into<String>) -> Self {
        self.kid = Some(kid.into());
        self
    }

    const fn new(algorithm: Algorithm, decoding: DecodingKey) -> Self {
        Self {
            kid: None,
            algorithm,
            decoding,
        }
    }
}

impl fmt::Debug for JwtKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JwtKey")
            .field("kid", &self.kid)
            .field("algorithm", &self.algorithm)
            .finish_non_exhaustive()
    }
}

fn not_usable() -> Error {
    Error::invalid("a key must be a PEM public key for its algorithm")
}

fn read_pem(
    pem: &str,
    read: fn(&[u8]) -> jsonwebtoken::errors::Result<DecodingKey>,
) -> Result<DecodingKey> {
    // The parser also accepts private keys and certificates, and takes the wrong part of them.
    let label = pem.split_once("-----BEGIN ").map(|(_, rest)| rest);
    let is_public = label
        .is_some_and(|l| l.starts_with("PUBLIC KEY-----") || l.starts_with("RSA PUBLIC KEY-----"));
    if !is_public {
        return Err(not_usable());
    }
    read(pem.as_bytes()).map_err(|e| not_usable().with_source(e))
}

pub(super) fn checked_secret(secret: &[u8]) -> Result<&[u8]> {
    if secret.is_empty() {
        return Err(Error::invalid("a secret must not be empty"));
    }
    if secret.len() < LEAST_SECRET_BYTES {
        tracing::warn!(
            bytes = secret.len(),
            "the token secret is shorter than the 32 bytes required for HS256"
        );
    }
    Ok(secret)
}
