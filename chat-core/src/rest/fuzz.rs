//! Request parsing for the fuzz targets. Not part of the public API.

use http::{HeaderMap, Method, Uri};

use super::request::{Query, bearer};
use super::route::route as route_call;
use crate::Result;

/// A routed request.
#[derive(Debug)]
pub struct Routed {
    /// The path template of the call.
    pub path: &'static str,
    /// The decoded path parameters.
    pub segments: Vec<Result<String>>,
    /// The query parameters.
    pub query: Result<Vec<(&'static str, String)>>,
}

/// Routes a request.
///
/// # Errors
/// The HTTP status and, for 405, the methods of `Allow`.
pub fn route(method: &Method, uri: &Uri) -> std::result::Result<Routed, (u16, String)> {
    let (call, segments) = route_call(method, uri.path()).map_err(|problem| {
        let response = problem.response();
        let allow = response.headers().get("allow");
        let allow = allow.and_then(|allow| allow.to_str().ok());
        (
            response.status().as_u16(),
            allow.unwrap_or_default().to_owned(),
        )
    })?;
    let mut decoded = segments.iter();
    let braces = call.path.matches('{').count();
    Ok(Routed {
        path: call.path,
        segments: (0..braces)
            .map(|_| decoded.next::<Text>())
            .map(|s| s.map(|t| t.0))
            .collect(),
        query: Query::parse(uri.query(), call.query).map(Query::into_parameters),
    })
}

/// Returns the token of `Authorization: Bearer`.
#[must_use]
pub fn token(headers: &HeaderMap) -> Option<&str> {
    bearer(headers)
}

struct Text(String);

impl std::str::FromStr for Text {
    type Err = crate::Error;

    fn from_str(text: &str) -> Result<Self> {
        Ok(Self(text.to_owned()))
    }
}
