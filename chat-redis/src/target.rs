use std::fmt;

use chat_core::{Error, Result};
use percent_encoding::percent_decode_str;

use crate::address::Address;

/// What a URL says: which servers, how they belong together, and who we are.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) mode: Mode,
    pub(crate) tls: bool,
    pub(crate) hosts: Vec<Address>,
    pub(crate) username: Option<String>,
    pub(crate) password: Option<String>,
    pub(crate) db: i64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Mode {
    /// One server.
    Single,
    /// One server at a time, which the sentinels know by the name of its service.
    Sentinel { service: String },
    /// Slots shared by many servers; those of the URL are to begin with.
    Cluster,
}

impl Target {
    /// Reads a URL. Errors never repeat it: it may hold a password.
    pub(crate) fn parse(url: &str) -> Result<Self> {
        let (scheme, rest) = url
            .split_once("://")
            .ok_or_else(|| invalid("it has no scheme"))?;
        let (transport, kind) = scheme.split_once('+').unwrap_or((scheme, ""));
        let tls = match transport {
            "redis" => false,
            "rediss" => true,
            _ => return Err(invalid("its scheme is neither redis nor rediss")),
        };
        if rest.contains(['?', '#']) {
            return Err(invalid("it has a query or a fragment; use `Options`"));
        }
        // A password may hold a slash or an at sign only in percent encoding.
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let (user, hosts) = match authority.rsplit_once('@') {
            Some((user, hosts)) => (Some(user), hosts),
            None => (None, authority),
        };
        let (username, password) = match user {
            None => (None, None),
            Some(user) => {
                let (name, password) = user
                    .split_once(':')
                    .ok_or_else(|| invalid("it has a user without a password"))?;
                let name = decode(name)?;
                ((!name.is_empty()).then_some(name), Some(decode(password)?))
            }
        };
        let (mode, db) = match kind {
            "" => (Mode::Single, path),
            "cluster" => (Mode::Cluster, path),
            "sentinel" => {
                let (service, db) = path.split_once('/').unwrap_or((path, ""));
                let service = decode(service)?;
                if service.is_empty() {
                    return Err(invalid(
                        "the name of the service is missing after the hosts",
                    ));
                }
                (Mode::Sentinel { service }, db)
            }
            _ => return Err(invalid("after the + stands neither cluster nor sentinel")),
        };
        let db = match db {
            "" => 0,
            db => db
                .parse()
                .ok()
                .filter(|db| *db >= 0)
                .ok_or_else(|| invalid("the database is no number"))?,
        };
        if mode == Mode::Cluster && db != 0 {
            return Err(invalid("a cluster has no databases"));
        }
        let default_port = match mode {
            Mode::Sentinel { .. } => 26_379,
            Mode::Single | Mode::Cluster => 6_379,
        };
        let hosts: Option<Vec<Address>> = hosts
            .split(',')
            .map(|host| Address::parse(host, default_port))
            .collect();
        let hosts = hosts.ok_or_else(|| invalid("a host or a port is wrong"))?;
        if mode == Mode::Single && hosts.len() > 1 {
            return Err(invalid(
                "several hosts are redis+cluster:// or redis+sentinel://",
            ));
        }
        if tls && cfg!(not(feature = "tls")) {
            return Err(invalid("rediss:// needs the feature `tls` of chat-redis"));
        }
        Ok(Self {
            mode,
            tls,
            hosts,
            username,
            password,
            db,
        })
    }
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Target")
            .field("mode", &self.mode)
            .field("tls", &self.tls)
            .field("hosts", &self.hosts)
            .field("db", &self.db)
            .finish_non_exhaustive()
    }
}

fn decode(text: &str) -> Result<String> {
    percent_decode_str(text)
        .decode_utf8()
        .map(std::borrow::Cow::into_owned)
        .map_err(|_| invalid("its percent encoding is wrong"))
}

fn invalid(why: &'static str) -> Error {
    Error::invalid(format!("not a Redis URL: {why}"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn hosts(url: &str) -> Vec<String> {
        let target = Target::parse(url).unwrap();
        target.hosts.iter().map(Address::to_string).collect()
    }

    #[test]
    fn urls_are_read() {
        let target = Target::parse("redis://user:p%40ss%2F%3A@redis:7000/3").unwrap();
        assert_eq!(target.mode, Mode::Single);
        assert_eq!(target.username.as_deref(), Some("user"));
        assert_eq!(target.password.as_deref(), Some("p@ss/:"));
        assert_eq!((target.db, target.tls), (3, false));
        let target = Target::parse("redis://:secret@redis").unwrap();
        assert_eq!(
            (target.username, target.password.as_deref()),
            (None, Some("secret"))
        );
        assert_eq!(hosts("redis://redis"), ["redis:6379"]);
        assert_eq!(hosts("redis://[::1]/0"), ["[::1]:6379"]);
        let cluster = "redis+cluster://u:p@a:1,b,[::1]:3";
        assert_eq!(hosts(cluster), ["a:1", "b:6379", "[::1]:3"]);
        assert_eq!(Target::parse(cluster).unwrap().mode, Mode::Cluster);
        let sentinel = Target::parse("redis+sentinel://a,b:1/my%20chat/2").unwrap();
        let service = "my chat".to_owned();
        assert_eq!(
            (sentinel.mode, sentinel.db),
            (Mode::Sentinel { service }, 2)
        );
        assert_eq!(hosts("redis+sentinel://a,b:1/x"), ["a:26379", "b:1"]);
    }

    #[test]
    fn what_is_wrong_is_told_without_the_password() {
        for bad in [
            "secret",
            "http://secret@a",
            "redis://",
            "redis://secret@a",
            "redis://:secret@",
            "redis://:secret@a,b",
            "redis://:secret@a/x",
            "redis://:secret@a/-1",
            "redis://:secret@a?db=1",
            "redis://:secret@a#insecure",
            "redis://:secret%ff@a",
            "redis+cluster://:secret@a/1",
            "redis+sentinel://:secret@a",
            "redis+secret://a",
        ] {
            let error = Target::parse(bad).unwrap_err();
            assert!(!format!("{error:?}").contains("secret"), "{bad}: {error:?}");
        }
        let target = Target::parse("redis://user:secret@a").unwrap();
        assert!(!format!("{target:?}").contains("secret"));
    }

    #[test]
    fn tls_is_a_feature() {
        let with_tls = Target::parse("rediss://a");
        assert_eq!(with_tls.is_ok(), cfg!(feature = "tls"), "{with_tls:?}");
    }
}
