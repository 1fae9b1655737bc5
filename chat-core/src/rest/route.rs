use std::fmt;
use std::sync::LazyLock;

use futures::future::BoxFuture;
use http::Method;

use super::calls::CALLS;
use super::problem::Problem;
use super::reply::Outcome;
use super::request::{Parameter, Request, Segments, decode_percent};
use crate::engine::RateClass;
use crate::rest::cost::Cost;

/// A row of the table of calls, used for routing and for the OpenAPI document.
pub(crate) struct Call {
    pub(crate) method: &'static str,
    /// The path template, for example `/rooms/{roomId}`. A name in braces matches any segment.
    pub(crate) path: &'static str,
    /// The name in logs and metrics, and the `operationId`.
    pub(crate) name: &'static str,
    pub(crate) class: RateClass,
    pub(crate) cost: Cost,
    pub(crate) query: &'static [Parameter],
    /// `true` if a body is required.
    pub(super) needs_body: bool,
    pub(super) perform: for<'a> fn(&'a Request) -> BoxFuture<'a, Outcome>,
    #[cfg(feature = "schema")]
    pub(crate) described: super::calls::Described,
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.path)
    }
}

impl Call {
    /// Returns `true` if the call only reads.
    pub(super) fn is_safe(&self) -> bool {
        self.method == "GET"
    }
}

struct Route {
    segments: Vec<&'static str>,
    call: &'static Call,
}

static ROUTES: LazyLock<Vec<Route>> = LazyLock::new(|| {
    let routes = CALLS.iter().map(|call| Route {
        segments: call.path.split('/').collect(),
        call,
    });
    routes.collect()
});

impl Route {
    /// Returns `true` if the route matches a path. Segments are decoded after splitting, so an id
    /// may contain a slash.
    fn matches(&self, path: &[&str]) -> bool {
        self.segments.len() == path.len()
            && self.segments.iter().zip(path).all(|(own, segment)| {
                is_braced(own) || decode_percent(segment).is_ok_and(|s| s == *own)
            })
    }

    /// Returns the values of the segments in braces, still encoded.
    fn segments(&self, path: &[&str]) -> Segments {
        let both = self.segments.iter().zip(path);
        let stands = both.filter(|(own, _)| is_braced(own));
        let named = stands.map(|(own, segment)| (&own[1..own.len() - 1], (*segment).to_owned()));
        Segments::new(named.collect())
    }
}

fn is_braced(segment: &str) -> bool {
    segment.starts_with('{')
}

/// Finds the call and the values of its path parameters. The path is relative to the mount. `HEAD`
/// is `GET` without the body.
///
/// The linear search takes less than half a microsecond, since most calls differ in an early
/// segment.
pub(super) fn route(method: &Method, path: &str) -> Result<(&'static Call, Segments), Problem> {
    let path: Vec<&str> = path.split('/').collect();
    let method = match method.as_str() {
        "HEAD" => "GET",
        other => other,
    };
    let mut allow = Vec::new();
    for route in ROUTES.iter().filter(|route| route.matches(&path)) {
        let call = route.call;
        if call.method == method {
            return Ok((call, route.segments(&path)));
        }
        allow.push(if call.is_safe() {
            "GET, HEAD"
        } else {
            call.method
        });
    }
    Err(if allow.is_empty() {
        Problem::not_found()
    } else {
        Problem::method_not_allowed(allow.join(", "))
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
