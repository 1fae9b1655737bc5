//! Serving the API documents.

use bytes::Bytes;
use chat_core::protocol::Limits;
use http::Request;
use serde_json::Value;

use crate::support::{Answer, Rest};

async fn ask(rest: &Rest, method: &str, path: &str, known: Option<&str>) -> Answer {
    let mut request = Request::builder().method(method).uri(path);
    if let Some(etag) = known {
        request = request.header("if-none-match", etag);
    }
    rest.handle(request.body(Bytes::new()).unwrap()).await
}

#[tokio::test]
async fn anybody_may_read_them_and_keep_them() {
    let rest = Rest::new();
    let limits = Limits::default();
    for (path, kind, document) in [
        (
            "/openapi.json",
            "application/json",
            chat_core::rest::openapi(&limits),
        ),
        (
            "/schema.json",
            "application/schema+json",
            chat_core::schema::socket(&limits),
        ),
    ] {
        let answer = ask(&rest, "GET", path, None).await;
        assert_eq!(answer.expect(200), document);
        assert_eq!(answer.header("content-type"), Some(kind));
        assert_eq!(answer.header("cache-control"), Some("public, max-age=300"));
        let etag = answer.header("etag").unwrap();
        let listed = format!("\"other\", W/{etag}");
        for known in [etag, &listed, "*"] {
            let answer = ask(&rest, "GET", path, Some(known)).await;
            assert_eq!((answer.status, answer.body.len()), (304, 0), "{known}");
            assert_eq!(answer.header("etag"), Some(etag));
        }
        let answer = ask(&rest, "GET", path, Some("\"other\"")).await;
        assert_eq!(answer.expect(200), document);
        let head = ask(&rest, "HEAD", path, None).await;
        assert_eq!((head.status, head.body.len()), (200, 0));
        let answer = ask(&rest, "POST", path, None).await;
        answer.problem(405, "INVALID_COMMAND");
        assert_eq!(answer.header("allow"), Some("GET, HEAD"));
    }
    // Authenticated requests work too.
    rest.user("alice").get("/openapi.json").await.expect(200);
}

#[tokio::test]
async fn they_tell_of_the_limits_of_the_engine() {
    let rest = Rest::with(|builder| {
        let mut config = chat_core::Config::default();
        config.limits.max_text_chars = 7;
        config.limits.max_mentions = 3;
        builder.config(config)
    });
    let openapi = ask(&rest, "GET", "/openapi.json", None).await.expect(200);
    let draft = &openapi["components"]["schemas"]["Draft"]["properties"];
    assert_eq!(draft["text"]["maxLength"], 7);
    assert_eq!(draft["mentions"]["maxItems"], 3);
    let schema = ask(&rest, "GET", "/schema.json", None).await.expect(200);
    let edit = &schema["$defs"]["EditMessageCommand"]["properties"];
    assert_eq!(edit["text"]["maxLength"], 7);
    // Stored messages may exceed the current limits.
    let message = &schema["$defs"]["Message"]["properties"];
    assert_eq!(message["text"]["maxLength"], Value::Null);
}
