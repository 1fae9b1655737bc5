use std::net::{IpAddr, Ipv4Addr, SocketAddr, ToSocketAddrs};

use http::Uri;
use serde::{Deserialize, Serialize};

use crate::Result;

/// The address of the server, which is on this machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Target {
    pub(crate) address: SocketAddr,
    /// The value of the `Host` header.
    pub(crate) authority: String,
    /// The path of the WebSocket, such as `/chat/ws`.
    pub(crate) ws_path: String,
    /// The prefix of REST paths, such as `/chat`.
    pub(crate) prefix: String,
}

impl Target {
    /// Parses `ws://host:port/prefix/ws`. The host must be this machine, so that the load generator
    /// cannot be used to attack others.
    pub(crate) fn parse(url: &str) -> Result<Self> {
        let uri: Uri = url.parse()?;
        if uri.scheme_str() != Some("ws") {
            return Err("the URL must start with ws://".into());
        }
        let authority = uri.authority().ok_or("the URL has no host")?;
        let port = authority.port_u16().unwrap_or(80);
        let host = authority
            .host()
            .trim_start_matches('[')
            .trim_end_matches(']');
        let addresses: Vec<SocketAddr> = match host.parse::<IpAddr>() {
            Ok(ip) => vec![SocketAddr::new(ip, port)],
            // No other names: they could resolve to this machine now and to another one later.
            Err(_) if host == "localhost" => (host, port).to_socket_addrs()?.collect(),
            Err(_) => Vec::new(),
        };
        let here = |address: &&SocketAddr| address.ip().is_loopback();
        let address = addresses
            .iter()
            .filter(here)
            .min_by_key(|address| address.is_ipv6())
            .ok_or("only servers on this machine are allowed (a loopback address or localhost)")?;
        let prefix = uri
            .path()
            .strip_suffix("/ws")
            .ok_or("the path of the URL must end with /ws")?;
        Ok(Self {
            address: *address,
            authority: authority.to_string(),
            ws_path: uri.path().to_owned(),
            prefix: prefix.to_owned(),
        })
    }

    /// Returns the source address of a connection, or `None` to let the system choose.
    pub(crate) fn source(&self, connection: u32, addresses: u32) -> Option<SocketAddr> {
        if addresses <= 1 || self.address.is_ipv6() {
            return None;
        }
        // 127.0.0.1 to 127.0.0.250: all of 127.0.0.0/8 is this machine.
        let last = u8::try_from(connection % addresses.min(250)).unwrap_or_default() + 1;
        Some(SocketAddr::new(Ipv4Addr::new(127, 0, 0, last).into(), 0))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_taken_apart() {
        let target = Target::parse("ws://127.0.0.1:8080/chat/ws").unwrap();
        assert_eq!(target.address.port(), 8080);
        assert_eq!(target.prefix, "/chat");
        assert_eq!(Target::parse("ws://[::1]:9/ws").unwrap().prefix, "");
        assert!(
            Target::parse("ws://localhost/ws")
                .unwrap()
                .address
                .ip()
                .is_loopback()
        );
    }

    #[test]
    fn only_this_machine() {
        for url in [
            "ws://192.0.2.1/ws",
            "ws://0.0.0.0/ws",
            "ws://example.org/ws",
            "ws://127.0.0.1.example.org/ws",
            "ws://localhost.example.org/ws",
            "wss://127.0.0.1/ws",
            "http://127.0.0.1/ws",
            "ws://127.0.0.1/",
            "nonsense",
        ] {
            assert!(Target::parse(url).is_err(), "{url}");
        }
    }

    #[test]
    fn sources_spread_over_the_addresses() {
        let target = Target::parse("ws://127.0.0.1:8080/chat/ws").unwrap();
        assert_eq!(target.source(5, 1), None);
        let of = |n| target.source(n, 3).unwrap().ip().to_string();
        assert_eq!(
            [0, 1, 2, 3].map(of),
            ["127.0.0.1", "127.0.0.2", "127.0.0.3", "127.0.0.1"]
        );
    }
}
