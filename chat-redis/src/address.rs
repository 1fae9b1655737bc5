use std::fmt;
use std::sync::Arc;

/// The address of a server.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Address {
    pub(crate) host: Arc<str>,
    pub(crate) port: u16,
}

impl Address {
    pub(crate) fn new(host: &str, port: u16) -> Self {
        Self {
            host: host.into(),
            port,
        }
    }

    /// Parses `host`, `host:port`, `[v6]` or `[v6]:port`. Redis writes `v6:port` without brackets,
    /// so the last colon separates the port.
    pub(crate) fn parse(text: &str, default_port: u16) -> Option<Self> {
        let (host, port) = if let Some(bracketed) = text.strip_prefix('[') {
            let (host, rest) = bracketed.split_once(']')?;
            (
                host,
                rest.strip_prefix(':').or((rest.is_empty()).then_some(""))?,
            )
        } else {
            text.rsplit_once(':').unwrap_or((text, ""))
        };
        let port = if port.is_empty() {
            default_port
        } else {
            port.parse().ok().filter(|port| *port > 0)?
        };
        let valid = !host.is_empty() && !host.contains(|c: char| c.is_whitespace() || c == '/');
        valid.then(|| Self::new(host, port))
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read() {
        let read = |text| Address::parse(text, 6379).map(|a| a.to_string());
        assert_eq!(read("redis").as_deref(), Some("redis:6379"));
        assert_eq!(read("10.0.0.1:7000").as_deref(), Some("10.0.0.1:7000"));
        assert_eq!(read("[::1]").as_deref(), Some("[::1]:6379"));
        assert_eq!(read("[::1]:7000").as_deref(), Some("[::1]:7000"));
        assert_eq!(read("fe80::1:7000").as_deref(), Some("[fe80::1]:7000"));
        assert_eq!(read("a:").as_deref(), Some("a:6379"));
        for bad in ["", ":1", "a:0", "a:x", "a:70000", "[::1]x", "[::1", "a b:1"] {
            assert_eq!(read(bad), None, "{bad:?}");
        }
    }
}
