use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use http::header::{CACHE_CONTROL, ETAG, IF_NONE_MATCH};
use http::request::Parts;
use http::{HeaderValue, Method, Response, StatusCode};
use serde_json::Value;

use super::problem::Problem;
use super::reply;
use crate::protocol::Limits;
use crate::schema;

/// The public documents of the service. They are generated and encoded once, on the first request.
#[derive(Debug, Clone, Default)]
pub(super) struct Documents(Arc<OnceLock<[Document; 2]>>);

#[derive(Debug)]
struct Document {
    path: &'static str,
    content_type: &'static str,
    body: Bytes,
    etag: HeaderValue,
}

impl Documents {
    /// Returns the response to a request for a document, with its name for the metrics. Returns
    /// `None` if the path is not that of a document.
    pub(super) fn answer(
        &self,
        parts: &Parts,
        limits: &Limits,
    ) -> Option<(&'static str, Response<Bytes>)> {
        let path = parts.uri.path();
        if !matches!(path, "/openapi.json" | "/schema.json") {
            return None;
        }
        let documents = self.0.get_or_init(|| {
            let openapi = super::openapi(limits);
            let socket = schema::socket(limits);
            [
                Document::new("/openapi.json", "application/json", &openapi),
                Document::new("/schema.json", "application/schema+json", &socket),
            ]
        });
        let document = documents.iter().find(|document| document.path == path)?;
        Some((document.path, document.answer(parts)))
    }
}

impl Document {
    fn new(path: &'static str, content_type: &'static str, document: &Value) -> Self {
        let body = document.to_string();
        // A hash of the contents is the same on every node of a version, so caches work across
        // nodes.
        let mut hasher = DefaultHasher::new();
        body.hash(&mut hasher);
        let etag = HeaderValue::try_from(format!("\"{:016x}\"", hasher.finish()));
        Self {
            path,
            content_type,
            body: body.into(),
            etag: etag.unwrap_or_else(|_| HeaderValue::from_static("\"\"")),
        }
    }

    fn answer(&self, parts: &Parts) -> Response<Bytes> {
        if !matches!(parts.method, Method::GET | Method::HEAD) {
            return Problem::method_not_allowed("GET, HEAD".to_owned()).response();
        }
        let mut response = if self.is_known(parts) {
            reply::response(StatusCode::NOT_MODIFIED, None)
        } else {
            let mut response =
                reply::response(StatusCode::OK, Some((self.content_type, Vec::new())));
            *response.body_mut() = self.body.clone();
            response
        };
        let headers = response.headers_mut();
        let public = HeaderValue::from_static("public, max-age=300");
        headers.insert(CACHE_CONTROL, public);
        headers.insert(ETAG, self.etag.clone());
        response
    }

    /// Returns `true` if the client already has this version (RFC 9110, 13.1.2).
    fn is_known(&self, parts: &Parts) -> bool {
        let known = parts.headers.get_all(IF_NONE_MATCH).iter();
        let known = known.filter_map(|value| value.to_str().ok());
        known.flat_map(|value| value.split(',')).any(|tag| {
            let tag = tag.trim();
            let tag = tag.strip_prefix("W/").unwrap_or(tag);
            tag == "*" || tag.as_bytes() == self.etag.as_bytes()
        })
    }
}
