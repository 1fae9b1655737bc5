use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, LOCATION, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderValue, Response, StatusCode};
use serde::Serialize;

use super::problem::Problem;
use crate::Error;

/// The outcome of a call.
pub(super) type Outcome = Result<Reply, Problem>;

/// The reply to a successful request.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(super) status: StatusCode,
    body: Option<Vec<u8>>,
    location: Option<String>,
}

impl Reply {
    pub(super) fn ok(body: &impl Serialize) -> Outcome {
        Self::json(StatusCode::OK, body)
    }

    pub(super) fn created(body: &impl Serialize) -> Outcome {
        Self::json(StatusCode::CREATED, body)
    }

    pub(super) const fn done() -> Outcome {
        Ok(Self {
            status: StatusCode::NO_CONTENT,
            body: None,
            location: None,
        })
    }

    fn json(status: StatusCode, body: &impl Serialize) -> Outcome {
        let body = serde_json::to_vec(body).map_err(Error::internal)?;
        Ok(Self {
            status,
            body: Some(body),
            location: None,
        })
    }

    /// Sets `Location`. `list` is the last path segment of the list for a `POST`, `None` for a
    /// `PUT`.
    ///
    /// The service does not know its mount prefix, so the reference is relative. It resolves
    /// against the request's URI (RFC 9110, 10.2.2).
    pub(super) fn at(mut self, list: Option<&str>, id: &str) -> Self {
        let id = percent_encoded(id);
        self.location = Some(match list {
            Some(list) => format!("{list}/{id}"),
            None => id,
        });
        self
    }

    pub(super) fn into_response(self) -> Response<Bytes> {
        let content = self.body.map(|body| ("application/json", body));
        let mut response = response(self.status, content);
        let location = self.location.map(HeaderValue::try_from);
        if let Some(Ok(location)) = location {
            response.headers_mut().insert(LOCATION, location);
        }
        response
    }
}

/// Creates a response with the common headers. A user's data must not be cached.
pub(super) fn response(
    status: StatusCode,
    content: Option<(&'static str, Vec<u8>)>,
) -> Response<Bytes> {
    let (content_type, body) = content.unzip();
    let mut response = Response::new(body.map_or_else(Bytes::new, Bytes::from));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if let Some(content_type) = content_type {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    }
    response
}

/// Escapes all but RFC 3986's unreserved characters, so that no id changes the path.
fn percent_encoded(id: &str) -> String {
    let mut encoded = String::with_capacity(id.len());
    for byte in id.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'~' | b'.' => {
                encoded.push(char::from(byte));
            }
            _ => {
                const HEX: &[u8; 16] = b"0123456789ABCDEF";
                encoded.push('%');
                for nibble in [byte >> 4, byte & 15] {
                    encoded.push(char::from(HEX[usize::from(nibble)]));
                }
            }
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::percent_encoded;

    #[test]
    fn no_id_has_a_meaning_in_a_path() {
        assert_eq!(percent_encoded("aZ9-._~"), "aZ9-._~");
        assert_eq!(percent_encoded("a/b?c#%:é"), "a%2Fb%3Fc%23%25%3A%C3%A9");
    }
}
