use std::fmt;
use std::sync::LazyLock;

use futures::future::BoxFuture;
use http::Method;

use super::calls::CALLS;
use super::problem::Problem;
use super::reply::Outcome;
use super::request::{Parameter, Request, Segments, decode_percent};
use crate::cost::Cost;
use crate::engine::RateClass;

/// A call: a row of the table, which routes requests and makes the OpenAPI document.
pub(crate) struct Call {
    pub(crate) method: &'static str,
    /// `/rooms/{roomId}`: what is in braces stands for any one segment.
    pub(crate) path: &'static str,
    /// For the log and the metrics, and as the `operationId`.
    pub(crate) name: &'static str,
    /// What it counts as.
    pub(crate) class: RateClass,
    /// The most that it costs.
    pub(crate) cost: Cost,
    /// The query parameters it takes.
    pub(crate) query: &'static [Parameter],
    /// Whether it cannot do without a body.
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
    /// Whether it only reads.
    pub(super) fn is_safe(&self) -> bool {
        self.method == "GET"
    }
}

/// A call, and its path in segments.
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
    /// Whether it is the one of a path. A segment is decoded by itself, so an id may hold a slash.
    fn matches(&self, path: &[&str]) -> bool {
        self.segments.len() == path.len()
            && self.segments.iter().zip(path).all(|(own, segment)| {
                is_braced(own) || decode_percent(segment).is_ok_and(|s| s == *own)
            })
    }

    /// What stands for the segments in braces, still encoded.
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

/// Finds the call, and what stands for the segments in braces. The path is relative to the mount;
/// `HEAD` is `GET` without the body.
///
/// Goes through all calls, of which most differ in an early segment: less than half a microsecond.
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
