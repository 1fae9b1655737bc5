use std::fmt;

use http::StatusCode;
use jsonwebtoken::{EncodingKey, Header};
use serde::{Deserialize, Serialize};

use crate::http::Http;
use crate::{Result, clock};

/// The lifetime of a signed token in seconds, longer than any run.
const LIFETIME: u64 = 6 * 3_600;

/// The source of tokens. `Debug` hides the secret.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) enum TokenSource {
    /// Signs tokens with the server's HS256 secret.
    Secret(String),
    /// Requests tokens from the server's `/dev/token`.
    Server,
}

impl fmt::Debug for TokenSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Secret(_) => "Secret",
            Self::Server => "Server",
        })
    }
}

#[derive(Serialize)]
struct Claims<'a> {
    sub: &'a str,
    exp: u64,
}

#[derive(Deserialize)]
struct Answer {
    token: String,
}

impl TokenSource {
    pub(crate) async fn token(
        &self,
        user: &str,
        http: &tokio::sync::Mutex<Http>,
    ) -> Result<String> {
        match self {
            Self::Secret(secret) => {
                let exp = clock::unix_micros() / 1_000_000 + LIFETIME;
                let key = EncodingKey::from_secret(secret.as_bytes());
                Ok(jsonwebtoken::encode(
                    &Header::default(),
                    &Claims { sub: user, exp },
                    &key,
                )?)
            }
            Self::Server => {
                let body = serde_json::json!({ "userId": user }).to_string();
                let (status, body) = http.lock().await.post("/dev/token", None, body).await?;
                if status != StatusCode::OK {
                    return Err(
                        format!("/dev/token returned {status}; is --jwt-secret needed?").into(),
                    );
                }
                let answer: Answer = serde_json::from_slice(&body)?;
                Ok(answer.token)
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::target::Target;

    #[test]
    fn debug_hides_the_secret() {
        let source = TokenSource::Secret("hush".into());
        assert!(!format!("{source:?}").contains("hush"));
    }

    #[tokio::test]
    async fn a_signed_token_has_three_parts() {
        let target = Target::parse("ws://127.0.0.1:1/chat/ws").unwrap();
        let http = tokio::sync::Mutex::new(Http::new(target));
        let token = TokenSource::Secret("hush".into())
            .token("load-1", &http)
            .await
            .unwrap();
        assert_eq!(token.split('.').count(), 3);
    }
}
