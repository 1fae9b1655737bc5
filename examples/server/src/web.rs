//! Serves the built web app from a folder, with security and cache headers.

use std::path::Path;

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full};
use serde::Deserialize;
use tower_http::services::fs::ServeFileSystemResponseBody;
use tower_http::services::{ServeDir, ServeFile};
use tower_http::set_status::SetStatus;
use tower_service::Service;

use crate::{Error, reply};

/// A file of the build with the hashes of all inline scripts.
const CSP_FILE: &str = "csp.json";
/// The path of files whose names contain a hash of their content.
const HASHED: &str = "/_next/static/";

const FOREVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
const ASK_FIRST: HeaderValue = HeaderValue::from_static("no-cache");

#[derive(Debug)]
pub(crate) struct Web {
    files: ServeDir<SetStatus<ServeFile>>,
    csp: HeaderValue,
}

#[derive(Deserialize)]
struct Csp {
    scripts: Vec<String>,
}

impl Web {
    /// Opens the app in a folder. Fails if the folder contains no app.
    pub(crate) fn open(dir: &Path) -> Result<Self, Error> {
        let path = dir.join(CSP_FILE);
        let told = |e: &dyn std::fmt::Display| {
            let path = path.display();
            format!("cannot open the web app: {path}: {e}; build it with `cargo xtask web`")
        };
        let csp = std::fs::read(&path).map_err(|e| told(&e))?;
        let csp: Csp = serde_json::from_slice(&csp).map_err(|e| told(&e))?;
        let csp = policy(&csp.scripts).map_err(|e| told(&e))?;
        // The build compresses the larger files.
        let missing = ServeFile::new(dir.join("404.html"));
        let files = ServeDir::new(dir)
            .precompressed_br()
            .precompressed_gzip()
            .not_found_service(missing);
        tracing::info!("serving the web app from {}", dir.display());
        Ok(Self { files, csp })
    }

    pub(crate) async fn answer(&self, request: Request<Bytes>) -> Response<Bytes> {
        let hashed = request.uri().path().starts_with(HASHED);
        let file = match self.files.clone().call(request.map(Full::new)).await {
            Ok(file) => file,
            Err(never) => match never {},
        };
        let mut response = match read(file).await {
            Ok(response) => response,
            Err(error) => {
                tracing::error!(%error, "cannot read a file of the web app");
                return reply::text(StatusCode::INTERNAL_SERVER_ERROR, "internal error\n");
            }
        };
        let found = response.status().is_success() || response.status() == StatusCode::NOT_MODIFIED;
        let cache = if hashed && found { FOREVER } else { ASK_FIRST };
        for (name, value) in self.headers(cache) {
            response.headers_mut().insert(name, value);
        }
        response
    }

    fn headers(&self, cache: HeaderValue) -> [(HeaderName, HeaderValue); 6] {
        let same_origin = HeaderValue::from_static("same-origin");
        [
            (header::CONTENT_SECURITY_POLICY, self.csp.clone()),
            (
                header::X_CONTENT_TYPE_OPTIONS,
                HeaderValue::from_static("nosniff"),
            ),
            (
                header::REFERRER_POLICY,
                HeaderValue::from_static("no-referrer"),
            ),
            (
                HeaderName::from_static("cross-origin-opener-policy"),
                same_origin.clone(),
            ),
            (
                HeaderName::from_static("cross-origin-resource-policy"),
                same_origin,
            ),
            (header::CACHE_CONTROL, cache),
        ]
    }
}

/// Reads a file into memory. Files are small, and [`crate::Server::answer`] returns whole bodies anyway.
async fn read(
    file: Response<ServeFileSystemResponseBody>,
) -> Result<Response<Bytes>, std::io::Error> {
    let (parts, body) = file.into_parts();
    let body = body.collect().await?.to_bytes();
    Ok(Response::from_parts(parts, body))
}

/// Returns a content security policy that allows the app's own files, these inline scripts, and
/// connections to its own server.
fn policy(scripts: &[String]) -> Result<HeaderValue, Error> {
    let mut allowed = String::new();
    for hash in scripts {
        let digest = hash.strip_prefix("sha256-").unwrap_or_default();
        let is_base64 = |c: char| c.is_ascii_alphanumeric() || "+/=".contains(c);
        if digest.len() != 44 || !digest.chars().all(is_base64) {
            return Err(format!("invalid script hash: {hash:?}").into());
        }
        allowed.push_str(&format!(" '{hash}'"));
    }
    let policy = format!(
        "default-src 'none'; script-src 'self'{allowed}; style-src 'self'; connect-src 'self'; \
         img-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; \
         frame-ancestors 'none'"
    );
    Ok(HeaderValue::try_from(policy)?)
}

#[cfg(test)]
mod tests;
