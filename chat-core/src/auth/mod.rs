//! Authentication by JSON Web Tokens (RFC 7519).
//!
//! | file | contents |
//! |---|---|
//! | `jwt` | [`JwtAuthenticator`]: verifies tokens |
//! | `builder` | [`JwtBuilder`]: configures the accepted keys, issuers and audiences |
//! | `key` | [`JwtKey`]: a key with its algorithm and `kid` |
//! | `issuer` | [`JwtIssuer`]: issues tokens for tests, examples and apps without an issuer |
//!
//! ```
//! use std::time::Duration;
//! use chat_core::auth::{JwtAuthenticator, JwtIssuer, JwtKey};
//! use chat_core::backend::{Authenticator, Credentials};
//! use chat_core::{ErrorKind, UserId};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let secret = "0123456789abcdef0123456789abcdef";
//! # const PUBLIC_KEY: &str = include_str!("../../tests/fixtures/jwt/ed25519_public.pem");
//! let auth = JwtAuthenticator::builder()
//!     .key(JwtKey::hs256(secret)?)
//!     .key(JwtKey::eddsa_pem(PUBLIC_KEY)?.with_kid("2026-10"))
//!     .issuer("https://login.example")
//!     .build()?;
//!
//! let alice = UserId::new("alice")?;
//! let issuer = JwtIssuer::hs256(secret)?.with_issuer("https://login.example");
//! let token = issuer.issue(&alice, Duration::from_secs(3600))?;
//! let headers = http::HeaderMap::new();
//! let identity = auth.authenticate(Credentials::new(Some(&token), &headers, None)).await?;
//! assert_eq!(identity.user_id, alice);
//!
//! let refused = auth.authenticate(Credentials::new(Some("a.b.c"), &headers, None)).await;
//! assert_eq!(refused.map_err(|e| e.kind()), Err(ErrorKind::Unauthenticated));
//! # Ok(())
//! # }
//! ```

mod builder;
mod issuer;
mod jwt;
mod key;
#[cfg(test)]
mod tests;

pub use builder::JwtBuilder;
pub use issuer::JwtIssuer;
pub use jwt::JwtAuthenticator;
pub use key::JwtKey;
