use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use bytes::Bytes;
use http::header::{
    ALLOW, AUTHORIZATION, CONNECTION, CONTENT_TYPE, COOKIE, HeaderName, SEC_WEBSOCKET_ACCEPT,
    SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_PROTOCOL, SEC_WEBSOCKET_VERSION, UPGRADE,
};
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode, Uri};
use tungstenite::handshake::derive_accept_key;

use super::AllowedOrigins;
use crate::protocol::{ErrorCode, SUBPROTOCOL};

/// The prefix of a subprotocol that carries a token.
const BEARER_PROTOCOL: &str = "bearer.";
const SECRET_HEADERS: [HeaderName; 3] = [AUTHORIZATION, COOKIE, SEC_WEBSOCKET_PROTOCOL];

/// A token of a request. `Debug` hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct BearerToken(String);

impl BearerToken {
    /// Returns the token.
    #[must_use]
    pub fn into_inner(self) -> String {
        self.0
    }
}

impl fmt::Debug for BearerToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BearerToken(…)")
    }
}

/// A valid request to upgrade to a WebSocket.
///
/// ```
/// use chat_core::ws::{AllowedOrigins, Upgrade};
///
/// let (request, ()) = http::Request::get("/chat/ws?token=secret")
///     .header("upgrade", "websocket")
///     .header("connection", "keep-alive, Upgrade")
///     .header("sec-websocket-version", "13")
///     .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==")
///     .body(())?
///     .into_parts();
/// let any = AllowedOrigins::any();
/// let mut upgrade = Upgrade::accept(&request.method, &request.uri, &request.headers, &any)?;
/// let response = upgrade.response();
/// assert_eq!(response.status(), 101);
/// assert_eq!(response.headers()["sec-websocket-accept"], "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
/// assert_eq!(upgrade.take_token().unwrap().into_inner(), "secret");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Upgrade {
    accept: HeaderValue,
    protocol: Option<HeaderValue>,
    token: Option<BearerToken>,
}

impl Upgrade {
    /// Validates a request and extracts the token: the first of `Authorization: Bearer …`,
    /// `?token=…` and a subprotocol `bearer.…`. The token is verified after the upgrade, because a
    /// browser cannot see why an upgrade was refused.
    ///
    /// # The subprotocol
    /// - For `chat.v1`, the response selects `chat.v1`.
    /// - For `bearer.<token>` alone, the response repeats it, because browsers fail a connection if
    ///   they offered subprotocols and the server selected none (WHATWG WebSockets, "establish a
    ///   WebSocket connection"). Clients should offer both, which keeps the token out of the
    ///   response.
    /// - For any other subprotocol, the response selects none.
    ///
    /// # Errors
    /// A [`Refusal`], which converts into the response.
    pub fn accept(
        method: &Method,
        uri: &Uri,
        headers: &HeaderMap,
        origins: &AllowedOrigins,
    ) -> Result<Self, Refusal> {
        if method != Method::GET {
            return Err(Refusal::Method);
        }
        if !lists(headers, UPGRADE, "websocket") || !lists(headers, CONNECTION, "upgrade") {
            return Err(Refusal::NotAnUpgrade);
        }
        if single(headers, SEC_WEBSOCKET_VERSION).is_none_or(|version| version != "13") {
            return Err(Refusal::Version);
        }
        let accept = single(headers, SEC_WEBSOCKET_KEY)
            .filter(|key| is_key(key.as_bytes()))
            .and_then(|key| derive_accept_key(key.as_bytes()).try_into().ok())
            .ok_or(Refusal::Key)?;
        if !origins.allow(headers) {
            return Err(Refusal::Origin);
        }
        Ok(Self {
            accept,
            protocol: chosen_protocol(headers),
            token: token(uri, headers),
        })
    }

    /// Takes the token.
    pub const fn take_token(&mut self) -> Option<BearerToken> {
        self.token.take()
    }

    /// Returns the 101 response with its headers.
    #[must_use]
    pub fn response(&self) -> Response<Bytes> {
        let mut response = Response::new(Bytes::new());
        *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
        let headers = response.headers_mut();
        headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
        headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
        headers.insert(SEC_WEBSOCKET_ACCEPT, self.accept.clone());
        if let Some(protocol) = &self.protocol {
            headers.insert(SEC_WEBSOCKET_PROTOCOL, protocol.clone());
        }
        response
    }
}

/// The reason why a request is not upgraded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// The method is not GET: 405.
    #[error("the method must be `GET`")]
    Method,
    /// The request is not a WebSocket upgrade: 426. A proxy that does not forward the `Upgrade` and
    /// `Connection` headers often causes this.
    #[error("the request must be an upgrade to a WebSocket")]
    NotAnUpgrade,
    /// The version of the protocol is not 13: 426.
    #[error("`Sec-WebSocket-Version` must be 13")]
    Version,
    /// `Sec-WebSocket-Key` is missing, repeated, or not 16 bytes in base64: 400.
    #[error("`Sec-WebSocket-Key` must be given once, as 16 bytes in base64")]
    Key,
    /// The origin is not [allowed](AllowedOrigins): 403.
    #[error("`Origin` must be an allowed origin")]
    Origin,
}

impl Refusal {
    /// Returns the HTTP status.
    #[must_use]
    pub const fn status(self) -> StatusCode {
        match self {
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::NotAnUpgrade | Self::Version => StatusCode::UPGRADE_REQUIRED,
            Self::Key => StatusCode::BAD_REQUEST,
            Self::Origin => StatusCode::FORBIDDEN,
        }
    }

    /// Returns the response: `application/problem+json` with the headers required by the status.
    #[must_use]
    pub fn response(self) -> Response<Bytes> {
        let status = self.status();
        let code = match self {
            Self::Origin => ErrorCode::Forbidden,
            _ => ErrorCode::InvalidCommand,
        };
        let body = serde_json::json!({
            "type": "about:blank",
            "title": status.canonical_reason(),
            "status": status.as_u16(),
            "code": code,
            "detail": self.to_string(),
        });
        let mut response = Response::new(Bytes::from(body.to_string()));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        let problem = HeaderValue::from_static("application/problem+json");
        headers.insert(CONTENT_TYPE, problem);
        match self {
            Self::Method => {
                headers.insert(ALLOW, HeaderValue::from_static("GET"));
            }
            Self::NotAnUpgrade | Self::Version => {
                headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
                headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
                headers.insert(SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));
            }
            Self::Key | Self::Origin => {}
        }
        response
    }
}

/// Copies the headers for use after the upgrade. The original values may keep the server's whole
/// read buffer alive (hyper: 8 KiB). Headers that may contain a secret are marked as sensitive, so
/// that `Debug` hides them.
#[must_use]
pub fn detached(headers: &HeaderMap) -> HeaderMap {
    headers
        .iter()
        .filter_map(|(name, value)| {
            // A copy of a valid value is valid.
            let mut value = HeaderValue::from_bytes(value.as_bytes()).ok()?;
            value.set_sensitive(SECRET_HEADERS.contains(name));
            Some((name.clone(), value))
        })
        .collect()
}

/// Returns a header's value if there is exactly one.
fn single(headers: &HeaderMap, name: HeaderName) -> Option<&HeaderValue> {
    let mut values = headers.get_all(name).into_iter();
    values.next().filter(|_| values.next().is_none())
}

/// Returns the elements of a list header, which may span several lines.
fn elements(headers: &HeaderMap, name: HeaderName) -> impl Iterator<Item = &str> {
    headers
        .get_all(name)
        .into_iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
}

fn lists(headers: &HeaderMap, name: HeaderName, wanted: &str) -> bool {
    elements(headers, name).any(|element| element.eq_ignore_ascii_case(wanted))
}

/// Returns `true` for the base64 of 16 bytes. The trailing bits may have any value, since the key
/// is never decoded.
fn is_key(key: &[u8]) -> bool {
    const LENIENT: GeneralPurpose = GeneralPurpose::new(
        &base64::alphabet::STANDARD,
        GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true),
    );
    // 24 characters decode to at most 18 bytes.
    key.len() == 24
        && LENIENT
            .decode_slice(key, &mut [0; 18])
            .is_ok_and(|len| len == 16)
}

fn chosen_protocol(headers: &HeaderMap) -> Option<HeaderValue> {
    let offered = || elements(headers, SEC_WEBSOCKET_PROTOCOL);
    if offered().any(|protocol| protocol == SUBPROTOCOL) {
        return Some(HeaderValue::from_static(SUBPROTOCOL));
    }
    let bearer = offered().find(|protocol| protocol.starts_with(BEARER_PROTOCOL))?;
    let mut bearer = HeaderValue::from_str(bearer).ok()?;
    bearer.set_sensitive(true);
    Some(bearer)
}

fn token(uri: &Uri, headers: &HeaderMap) -> Option<BearerToken> {
    let authorization = || {
        let (scheme, token) = single(headers, AUTHORIZATION)?
            .to_str()
            .ok()?
            .split_once(' ')?;
        scheme
            .eq_ignore_ascii_case("bearer")
            .then(|| token.trim().to_owned())
    };
    let query = || {
        form_urlencoded::parse(uri.query()?.as_bytes())
            .find(|(name, _)| name == "token")
            .map(|(_, token)| token.into_owned())
    };
    let subprotocol = || {
        elements(headers, SEC_WEBSOCKET_PROTOCOL)
            .find_map(|protocol| protocol.strip_prefix(BEARER_PROTOCOL))
            .map(str::to_owned)
    };
    let present = |token: &String| !token.is_empty();
    authorization()
        .filter(present)
        .or_else(|| query().filter(present))
        .or_else(|| subprotocol().filter(present))
        .map(BearerToken)
}

#[cfg(test)]
mod tests;
