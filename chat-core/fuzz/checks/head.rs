//! Parses bytes into the head of an HTTP request, as a server would.

use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri};

/// Parses a line with a method and a URI, then one line per header. Returns `None` for input that
/// no server accepts.
pub(crate) fn parse(input: &[u8]) -> Option<(Method, Uri, HeaderMap)> {
    let mut lines = input.split(|&byte| byte == b'\n');
    let mut first = lines.next()?.splitn(2, |&byte| byte == b' ');
    let method = Method::from_bytes(first.next()?).ok()?;
    let uri = Uri::try_from(first.next()?).ok()?;
    let mut headers = HeaderMap::new();
    for line in lines.filter(|line| !line.is_empty()) {
        let mut parts = line.splitn(2, |&byte| byte == b':');
        let name = HeaderName::from_bytes(parts.next()?).ok()?;
        let value = HeaderValue::from_bytes(parts.next()?.trim_ascii()).ok()?;
        headers.append(name, value);
    }
    Some((method, uri, headers))
}
