use std::sync::Arc;

use http::header::ORIGIN;
use http::{HeaderMap, Uri};

/// The origins whose web pages may open a WebSocket, checked against the `Origin` header.
///
/// A request without an `Origin` does not come from a browser and is always allowed. By default,
/// every origin is allowed, which is safe if the page's script adds the token. **If the app
/// authenticates by cookie**, or by anything else that browsers add automatically, pass a list:
/// browsers let any page open a WebSocket to any server, with that server's cookies.
///
/// ```
/// use chat_core::ws::AllowedOrigins;
///
/// let origins = AllowedOrigins::list(["https://chat.example", "http://localhost:3000"])?;
/// assert!(origins.contains("https://CHAT.example:443"));
/// assert!(!origins.contains("https://evil.example"));
/// # Ok::<(), chat_core::ws::InvalidOrigin>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AllowedOrigins(Option<Arc<[String]>>);

/// The error of a string that is not `scheme://host` or `scheme://host:port`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("an origin must be `scheme://host` or `scheme://host:port`, not {0:?}")]
pub struct InvalidOrigin(String);

impl AllowedOrigins {
    /// Allows every origin.
    #[must_use]
    pub const fn any() -> Self {
        Self(None)
    }

    /// Allows these origins: `scheme://host[:port]`. The comparison ignores case and the scheme's
    /// default port.
    ///
    /// # Errors
    /// [`InvalidOrigin`] if one has another form.
    pub fn list<I>(origins: I) -> Result<Self, InvalidOrigin>
    where
        I: IntoIterator,
        I::Item: AsRef<str>,
    {
        origins
            .into_iter()
            .map(|origin| {
                let origin = origin.as_ref();
                normalize(origin).ok_or_else(|| InvalidOrigin(origin.to_owned()))
            })
            .collect::<Result<_, _>>()
            .map(|list| Self(Some(list)))
    }

    /// Returns `true` if this origin is allowed.
    #[must_use]
    pub fn contains(&self, origin: &str) -> bool {
        self.0
            .as_ref()
            .is_none_or(|list| normalize(origin).is_some_and(|origin| list.contains(&origin)))
    }

    /// Returns `true` if a request with these headers is allowed.
    #[must_use]
    pub fn allow(&self, headers: &HeaderMap) -> bool {
        headers
            .get_all(ORIGIN)
            .iter()
            .all(|origin| origin.to_str().is_ok_and(|origin| self.contains(origin)))
    }
}

/// Converts an origin to lower case and removes the scheme's default port.
fn normalize(origin: &str) -> Option<String> {
    let uri: Uri = origin.parse().ok()?;
    let scheme = uri.scheme_str()?.to_ascii_lowercase();
    let authority = uri.authority()?;
    let host = uri
        .host()
        .filter(|host| !host.is_empty())?
        .to_ascii_lowercase();
    if authority.as_str().contains('@') || uri.path().len() > 1 || uri.query().is_some() {
        return None;
    }
    let own_port = match scheme.as_str() {
        "http" => Some(80),
        "https" => Some(443),
        _ => None,
    };
    // `port` is absent if the port is not a number.
    let port = uri.port_u16();
    if authority.as_str().len() != host.len() && port.is_none() {
        return None;
    }
    Some(match port.filter(|port| Some(*port) != own_port) {
        Some(port) => format!("{scheme}://{host}:{port}"),
        None => format!("{scheme}://{host}"),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use http::{HeaderMap, HeaderValue};

    use super::*;

    #[test]
    fn a_list_is_exact_but_for_case_and_the_usual_port() {
        let origins = AllowedOrigins::list([
            "https://Chat.Example",
            "http://localhost:3000",
            "http://[::1]:80",
            "tauri://localhost",
        ])
        .unwrap();
        for yes in [
            "https://chat.example",
            "HTTPS://CHAT.EXAMPLE",
            "https://chat.example:443",
            "http://localhost:3000",
            "http://[::1]",
            "tauri://localhost",
        ] {
            assert!(origins.contains(yes), "{yes}");
        }
        for no in [
            "http://chat.example",
            "https://chat.example:8443",
            "https://chat.example:80",
            "https://sub.chat.example",
            "https://chat.example.evil.example",
            "https://chat.example@evil.example",
            "https://user@chat.example",
            "http://localhost",
            "http://localhost:30000",
            "http://localhost:3000/chat",
            "http://localhost:3000?x",
            "http://localhost:99999",
            "http://localhost:",
            "null",
            "",
            "chat.example",
        ] {
            assert!(!origins.contains(no), "{no}");
        }
    }

    #[test]
    fn what_is_no_origin_is_refused_when_the_list_is_made() {
        for bad in [
            "",
            "*",
            "null",
            "localhost:3000",
            "https://",
            "https://a/b",
            "https://a b",
        ] {
            assert!(AllowedOrigins::list([bad]).is_err(), "{bad}");
        }
    }

    #[test]
    fn requests_without_an_origin_pass_and_each_of_several_must() {
        let origins = AllowedOrigins::list(["https://a"]).unwrap();
        let mut headers = HeaderMap::new();
        assert!(origins.allow(&headers));
        headers.append(ORIGIN, HeaderValue::from_static("https://a"));
        assert!(origins.allow(&headers));
        headers.append(ORIGIN, HeaderValue::from_static("https://b"));
        assert!(!origins.allow(&headers));
        assert!(AllowedOrigins::any().allow(&headers));
    }

    #[test]
    fn an_empty_list_allows_no_page() {
        let none = AllowedOrigins::list::<[&str; 0]>([]).unwrap();
        assert!(!none.contains("https://a"));
    }
}
