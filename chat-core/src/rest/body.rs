use std::fmt::Display;
use std::pin::Pin;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures::{Stream, StreamExt};
use http::HeaderMap;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, TRANSFER_ENCODING};
use serde::de::DeserializeOwned;

use super::problem::Problem;
use crate::protocol::decode_object;
use crate::{Error, ErrorKind};

/// The body of a request.
#[derive(Debug)]
pub(super) struct Body {
    is_json: bool,
    bytes: Bytes,
}

impl Body {
    pub(super) fn new(headers: &HeaderMap, bytes: Bytes) -> Self {
        let is_json = is_json(headers);
        Self { is_json, bytes }
    }

    pub(super) fn json<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        if !self.is_json {
            return Err(Problem::not_json());
        }
        Ok(decode_object(&self.bytes, "the body")?)
    }

    /// Decodes an optional body.
    pub(super) fn json_or_default<T: DeserializeOwned + Default>(&self) -> Result<T, Problem> {
        if self.bytes.is_empty() {
            return Ok(T::default());
        }
        self.json()
    }
}

pub(super) fn is_json(headers: &HeaderMap) -> bool {
    let media_type = headers.get(CONTENT_TYPE).and_then(|v| v.to_str().ok());
    let essence = media_type.and_then(|v| v.split(';').next());
    essence.is_some_and(|e| e.trim().eq_ignore_ascii_case("application/json"))
}

/// Returns `true` if the headers of an HTTP/1 request announce a body.
pub(super) fn is_announced(headers: &HeaderMap) -> bool {
    headers.contains_key(TRANSFER_ENCODING) || length(headers).is_some_and(|length| length > 0)
}

/// Rejects a body whose `Content-Length` exceeds the limit.
pub(super) fn check_length(headers: &HeaderMap, max_bytes: usize) -> Result<(), Problem> {
    let max = u64::try_from(max_bytes).unwrap_or(u64::MAX);
    match length(headers) {
        Some(length) if length > max => Err(too_large(max_bytes)),
        _ => Ok(()),
    }
}

fn length(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

fn too_large(max_bytes: usize) -> Problem {
    let rule = format!("the body must not exceed {max_bytes} bytes");
    Error::new(ErrorKind::TooLarge, rule).into()
}

/// Reads a body to its end, which must arrive in time.
pub(super) async fn read<B, E>(
    mut body: Pin<&mut B>,
    max_bytes: usize,
    within: Duration,
) -> Result<Bytes, Problem>
where
    B: Stream<Item = Result<Bytes, E>>,
    E: Display,
{
    let read = async {
        let mut whole = BytesMut::new();
        while let Some(chunk) = body.next().await {
            let broke_off =
                |error: E| Error::invalid("the body ended early").with_source(error.to_string());
            let chunk = chunk.map_err(broke_off)?;
            if chunk.len() > max_bytes - whole.len() {
                return Err(too_large(max_bytes));
            }
            whole.extend_from_slice(&chunk);
        }
        Ok(whole.freeze())
    };
    match tokio::time::timeout(within, read).await {
        Ok(read) => read,
        Err(_) => Err(Problem::body_too_slow(within)),
    }
}
