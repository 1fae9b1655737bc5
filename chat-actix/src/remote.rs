use std::net::IpAddr;

use actix_web::{HttpMessage, HttpRequest};

/// A client's real address, for the extensions of its request.
///
/// Behind a proxy the socket's address is the proxy's. Each proxy passes the real one in its own
/// header, so let a middleware in your app read that header and insert the address:
///
/// ```
/// use actix_web::HttpMessage;
/// # use actix_web::dev::ServiceRequest;
/// # fn middleware(request: &ServiceRequest) -> Option<()> {
/// let header = request.headers().get("x-real-ip")?.to_str().ok()?;
/// request.extensions_mut().insert(chat_actix::ClientAddr(header.parse().ok()?));
/// # Some(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientAddr(pub IpAddr);

/// Returns the address from the request's extensions, or else the socket's.
pub(crate) fn remote_addr(request: &HttpRequest) -> Option<IpAddr> {
    let told = request.extensions().get().map(|ClientAddr(addr)| *addr);
    told.or_else(|| request.peer_addr().map(|addr| addr.ip()))
}
