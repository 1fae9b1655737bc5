use std::net::IpAddr;

use actix_web::{HttpMessage, HttpRequest};

/// A client's address, for the extensions of its request.
///
/// Behind a proxy the socket's address is the proxy's. What headers tell the real one depends on the
/// proxy, so a middleware of the app reads them and inserts this:
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

/// The address that the app knows of, else the socket's.
pub(crate) fn remote_addr(request: &HttpRequest) -> Option<IpAddr> {
    let told = request.extensions().get().map(|ClientAddr(addr)| *addr);
    told.or_else(|| request.peer_addr().map(|addr| addr.ip()))
}
