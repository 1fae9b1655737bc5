use std::fmt;

use chat_core::{Error, Result};
use percent_encoding::percent_decode_str;

use crate::address::Address;

/// The parsed URL: the deployment, its servers and the credentials.
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
    Single,
    /// The master of a service, found through sentinels.
    Sentinel {
        service: String,
    },
    /// A cluster, discovered from the servers in the URL.
    Cluster,
}

impl Target {
    /// Parses a URL. Errors never contain it, since it may contain a password.
    pub(crate) fn parse(url: &str) -> Result<Self> {
        let (scheme, rest) = url
            .split_once("://")
            .ok_or_else(|| invalid("the scheme is missing"))?;
        let (transport, kind) = scheme.split_once('+').unwrap_or((scheme, ""));
        let tls = match transport {
            "redis" => false,
            "rediss" => true,
            _ => return Err(invalid("the scheme must be `redis` or `rediss`")),
        };
        if rest.contains(['?', '#']) {
            return Err(invalid(
                "query and fragment are not supported; use `Options`",
            ));
        }
        // Slashes and at signs in a password must be percent-encoded.
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
                    .ok_or_else(|| invalid("the user has no password"))?;
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
                    return Err(invalid("the service name after the hosts is missing"));
                }
                (Mode::Sentinel { service }, db)
            }
            _ => {
                return Err(invalid(
                    "the suffix after `+` must be `cluster` or `sentinel`",
                ));
            }
        };
        let db = match db {
            "" => 0,
            db => db
                .parse()
                .ok()
                .filter(|db| *db >= 0)
                .ok_or_else(|| invalid("the database must be a non-negative integer"))?,
        };
        if mode == Mode::Cluster && db != 0 {
            return Err(invalid("a cluster supports only database 0"));
        }
        let default_port = match mode {
            Mode::Sentinel { .. } => 26_379,
            Mode::Single | Mode::Cluster => 6_379,
        };
        let hosts: Option<Vec<Address>> = hosts
            .split(',')
            .map(|host| Address::parse(host, default_port))
            .collect();
        let hosts = hosts.ok_or_else(|| invalid("a host or port is invalid"))?;
        if mode == Mode::Single && hosts.len() > 1 {
            return Err(invalid(
                "several hosts require `redis+cluster://` or `redis+sentinel://`",
            ));
        }
        if tls && cfg!(not(feature = "tls")) {
            return Err(invalid(
                "`rediss://` requires the `tls` feature of chat-redis",
            ));
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
        .map_err(|_| invalid("the percent encoding is invalid"))
}

fn invalid(why: &'static str) -> Error {
    Error::invalid(format!("invalid Redis URL: {why}"))
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
