use std::fmt;
use std::net::IpAddr;

/// The credentials of a client's request. `Debug` hides the token and the headers.
#[derive(Clone, Default)]
#[non_exhaustive]
pub struct Handshake {
    /// The token: the first of `Authorization: Bearer`, `?token=` and the subprotocol
    /// `bearer.<token>`.
    pub token: Option<String>,
    /// The headers of the request.
    pub headers: http::HeaderMap,
    /// The client's address, if the adapter knows it.
    pub remote_addr: Option<IpAddr>,
}

impl Handshake {
    /// Creates a handshake with only a token.
    pub fn new(token: Option<String>) -> Self {
        Self {
            token,
            ..Self::default()
        }
    }

    /// Sets the headers of the request.
    #[must_use]
    pub fn headers(mut self, headers: http::HeaderMap) -> Self {
        self.headers = headers;
        self
    }

    /// Sets the client's address.
    #[must_use]
    pub const fn remote_addr(mut self, addr: Option<IpAddr>) -> Self {
        self.remote_addr = addr;
        self
    }
}

impl fmt::Debug for Handshake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handshake")
            .field("token", &self.token.as_ref().map(|_| "…"))
            .field("remote_addr", &self.remote_addr)
            .finish_non_exhaustive()
    }
}
