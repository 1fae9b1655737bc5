#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::PathBuf;

use super::*;

const HASH: &str = "sha256-MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";

/// A temporary folder with a web app, and a secret file beside it.
struct Folder(PathBuf);

impl Folder {
    fn new(csp: &str) -> Self {
        let root = std::env::temp_dir().join(format!("chat-web-{}", uuid::Uuid::new_v4()));
        let out = root.join("out");
        fs::create_dir_all(out.join("_next/static")).unwrap();
        for (path, content) in [
            ("../secret", "a secret"),
            ("csp.json", csp),
            ("index.html", "<!DOCTYPE html>the app"),
            ("404.html", "<!DOCTYPE html>not there"),
            ("_next/static/a1b2.js", "script();"),
            ("_next/static/a1b2.js.gz", "packed"),
            ("icon.svg", "<svg/>"),
        ] {
            fs::write(out.join(path), content).unwrap();
        }
        Self(root)
    }

    fn web(&self) -> Web {
        Web::open(&self.0.join("out")).unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn folder() -> Folder {
    Folder::new(&format!(r#"{{"scripts":["{HASH}"]}}"#))
}

async fn get(web: &Web, path: &str) -> Response<Bytes> {
    let request = Request::get(path).body(Bytes::new()).unwrap();
    web.answer(request).await
}

fn header<'a>(response: &'a Response<Bytes>, name: &str) -> &'a str {
    response.headers()[name].to_str().unwrap()
}

#[tokio::test]
async fn each_file_has_its_type_its_cache_and_the_policy() {
    let folder = folder();
    let web = folder.web();
    for (path, kind, cache) in [
        ("/", "text/html", "no-cache"),
        ("/?room=general", "text/html", "no-cache"),
        ("/icon.svg", "image/svg+xml", "no-cache"),
        (
            "/_next/static/a1b2.js",
            "text/javascript",
            "public, max-age=31536000, immutable",
        ),
    ] {
        let file = get(&web, path).await;
        assert_eq!(file.status(), 200, "{path}");
        assert_eq!(header(&file, "content-type"), kind, "{path}");
        assert_eq!(header(&file, "cache-control"), cache, "{path}");
        assert_eq!(header(&file, "x-content-type-options"), "nosniff");
        let csp = header(&file, "content-security-policy");
        assert!(csp.starts_with("default-src 'none'; "), "{csp}");
        assert!(
            csp.contains(&format!("script-src 'self' '{HASH}';")),
            "{csp}"
        );
        assert!(!csp.contains("unsafe"), "{csp}");
    }
}

#[tokio::test]
async fn what_is_packed_is_sent_so_to_whoever_can_unpack_it() {
    let folder = folder();
    let request = Request::get("/_next/static/a1b2.js").header("accept-encoding", "gzip, br");
    let file = folder
        .web()
        .answer(request.body(Bytes::new()).unwrap())
        .await;
    assert_eq!(header(&file, "content-encoding"), "gzip");
    assert_eq!(header(&file, "content-type"), "text/javascript");
    assert_eq!(file.body(), "packed");
}

#[tokio::test]
async fn a_page_that_is_not_there_is_told_and_not_cached() {
    let folder = folder();
    let web = folder.web();
    for path in ["/nothing", "/_next/static/old.js"] {
        let page = get(&web, path).await;
        assert_eq!(page.status(), 404, "{path}");
        assert_eq!(header(&page, "cache-control"), "no-cache");
        assert!(page.body().ends_with(b"not there"));
    }
}

#[tokio::test]
async fn nothing_outside_the_folder_can_be_had() {
    let folder = folder();
    let web = folder.web();
    for path in [
        "/../secret",
        "/..%2fsecret",
        "/%2e%2e/secret",
        "/_next/../../secret",
        "/_next/static/..%5c..%5c..%5csecret",
        "//secret",
        "/%00",
    ] {
        let page = get(&web, path).await;
        assert_eq!(page.status(), 404, "{path}");
    }
}

#[test]
fn a_folder_without_an_app_is_an_error_that_helps() {
    for csp in ["", "{}", r#"{"scripts":["sha256-x'; script-src *"]}"#] {
        let folder = Folder::new(csp);
        let error = Web::open(&folder.0.join("out")).unwrap_err();
        assert!(error.to_string().contains("cargo xtask web"), "{error}");
    }
}
