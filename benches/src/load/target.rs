use std::net::{IpAddr, Ipv4Addr, SocketAddr, ToSocketAddrs};

use http::Uri;
use serde::{Deserialize, Serialize};

use crate::Result;

/// Where the server is: on this machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Target {
    pub(crate) address: SocketAddr,
    /// For the `Host` header.
    pub(crate) authority: String,
    /// The path of the WebSocket, `/chat/ws`.
    pub(crate) ws_path: String,
    /// What REST paths begin with, `/chat`.
    pub(crate) prefix: String,
}

impl Target {
    /// Reads `ws://host:port/prefix/ws`. A load generator that could be pointed at others would be a
    /// weapon, so the host has to be this machine.
    pub(crate) fn parse(url: &str) -> Result<Self> {
        let uri: Uri = url.parse()?;
        if uri.scheme_str() != Some("ws") {
            return Err("the URL begins with ws://".into());
        }
        let authority = uri.authority().ok_or("the URL names no host")?;
        let port = authority.port_u16().unwrap_or(80);
        let host = authority
            .host()
            .trim_start_matches('[')
            .trim_end_matches(']');
        let addresses: Vec<SocketAddr> = match host.parse::<IpAddr>() {
            Ok(ip) => vec![SocketAddr::new(ip, port)],
            // No name but this one: another may resolve to this machine now and elsewhere later.
            Err(_) if host == "localhost" => (host, port).to_socket_addrs()?.collect(),
            Err(_) => Vec::new(),
        };
        let here = |address: &&SocketAddr| address.ip().is_loopback();
        let address = addresses
            .iter()
            .filter(here)
            .min_by_key(|address| address.is_ipv6())
            .ok_or("only servers on this machine (a loopback address, or localhost)")?;
        let prefix = uri
            .path()
            .strip_suffix("/ws")
            .ok_or("the URL's path ends in /ws")?;
        Ok(Self {
            address: *address,
            authority: authority.to_string(),
            ws_path: uri.path().to_owned(),
            prefix: prefix.to_owned(),
        })
    }

    /// The address that a connection comes from, where it matters.
    pub(crate) fn source(&self, connection: u32, addresses: u32) -> Option<SocketAddr> {
        if addresses <= 1 || self.address.is_ipv6() {
            return None;
        }
        // 127.0.0.1 to 127.0.0.250: the whole of 127.0.0.0/8 is this machine.
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
