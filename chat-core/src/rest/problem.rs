use std::borrow::Cow;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ALLOW, CONNECTION, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, Response, StatusCode};
use serde::Serialize;

use super::reply;
use crate::protocol::ErrorCode;
use crate::{Error, ErrorKind};

/// The retry delay if a backend is unavailable and gives none.
const RETRY_UNAVAILABLE: Duration = Duration::from_secs(1);

/// The error of a failed request: an engine error, or an HTTP error with another status.
#[derive(Debug)]
pub(crate) struct Problem {
    status: StatusCode,
    error: Error,
    allow: Option<String>,
    closes: bool,
}

/// A problem document (RFC 9457) with the error's code.
#[derive(Serialize)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename = "Problem")
)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ProblemBody<'a> {
    /// Always `about:blank`: the problem has no meaning beyond its status.
    r#type: &'static str,
    /// The reason phrase of the status.
    title: &'static str,
    /// The HTTP status.
    status: u16,
    /// A description of the error for humans.
    detail: &'a str,
    /// The error code for programs.
    code: ErrorCode,
    /// The time to wait before a retry, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after_ms: Option<u64>,
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        Self {
            status: ErrorCode::from(error.kind()).status(),
            error,
            allow: None,
            closes: false,
        }
    }
}

impl Problem {
    pub(crate) fn not_found() -> Self {
        Self::http(StatusCode::NOT_FOUND, "no such path")
    }

    pub(crate) fn method_not_allowed(allow: String) -> Self {
        Self {
            allow: Some(allow),
            ..Self::http(
                StatusCode::METHOD_NOT_ALLOWED,
                "the method must be one of those in `Allow`",
            )
        }
    }

    pub(crate) fn not_json() -> Self {
        Self::http(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "`Content-Type` must be `application/json`",
        )
    }

    pub(crate) fn body_too_slow(within: Duration) -> Self {
        let rule = format!("the body must arrive within {} ms", within.as_millis());
        Self::http(StatusCode::REQUEST_TIMEOUT, rule)
    }

    /// Closes the connection after the response if `closes`.
    pub(crate) fn closing(self, closes: bool) -> Self {
        Self { closes, ..self }
    }

    fn http(status: StatusCode, detail: impl Into<Cow<'static, str>>) -> Self {
        Self {
            status,
            error: Error::invalid(detail),
            allow: None,
            closes: false,
        }
    }

    pub(crate) fn response(&self) -> Response<Bytes> {
        let temporary = self.error.is_temporary();
        let retry_after = self
            .error
            .retry_after()
            .or_else(|| temporary.then_some(RETRY_UNAVAILABLE));
        let document = ProblemBody {
            r#type: "about:blank",
            title: self.status.canonical_reason().unwrap_or_default(),
            status: self.status.as_u16(),
            detail: self.error.message(),
            code: self.error.kind().into(),
            retry_after_ms: retry_after
                .map(|d| u64::try_from(d.as_millis()).unwrap_or(u64::MAX).max(1)),
        };
        let body = serde_json::to_vec(&document).unwrap_or_default();
        let mut response = reply::response(self.status, Some(("application/problem+json", body)));
        let headers = response.headers_mut();
        if let Some(after) = retry_after.filter(|_| temporary) {
            let seconds = after.as_secs() + u64::from(after.subsec_nanos() > 0);
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds.max(1)));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        let allow = self.allow.as_deref().map(HeaderValue::from_str);
        if let Some(Ok(allow)) = allow {
            headers.insert(ALLOW, allow);
        }
        if self.closes {
            headers.insert(CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }

    /// Logs the problem: server errors as warnings, client errors at debug level.
    pub(crate) fn log(&self, call: &'static str) {
        let error = &self.error;
        if matches!(error.kind(), ErrorKind::Internal | ErrorKind::Unavailable) {
            let source = std::error::Error::source(error);
            tracing::warn!(call, %error, ?source, "request failed");
        } else {
            tracing::debug!(call, %error, "request refused");
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn seconds_are_rounded_up() {
        for (millis, seconds) in [(0, "1"), (1, "1"), (1_000, "1"), (1_001, "2")] {
            let error = Error::new(ErrorKind::RateLimited, "slower")
                .with_retry_after(Duration::from_millis(millis));
            let response = Problem::from(error).response();
            assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS);
            assert_eq!(response.headers()[RETRY_AFTER], seconds);
        }
        let response = Problem::from(Error::unavailable("down")).response();
        assert_eq!(response.headers()[RETRY_AFTER], "1");
    }

    #[test]
    fn a_source_stays_inside() {
        let response = Problem::from(Error::internal("the password is 1234")).response();
        let body = std::str::from_utf8(response.body()).unwrap();
        assert!(!body.contains("1234"), "{body}");
        assert!(!response.headers().contains_key(RETRY_AFTER));
    }
}
