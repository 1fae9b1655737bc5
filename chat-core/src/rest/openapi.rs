use http::StatusCode;
use serde_json::{Map, Value, json};

use super::calls::{Answer, Body, CALLS};
use super::problem::ProblemBody;
use super::request::Parameter;
use super::route::Call;
use crate::protocol::Limits;
use crate::schema::{Schemas, schema_of};

const PLACE: &str = "/components/schemas";

/// The problem statuses of any call.
const PROBLEMS: [u16; 8] = [400, 401, 403, 408, 413, 429, 500, 503];
/// The additional problem status of a call in a room.
const NO_SUCH_ROOM: u16 = 404;
/// The additional problem status of a call with a body.
const NOT_JSON: u16 = 415;

const ABOUT: &str = "The REST API of the chat. Paths are relative to the directory of this document. \
    `HEAD` is `GET` without the body. Errors are problem documents (RFC 9457) with a `code`. The \
    WebSocket is at `ws`; `schema.json` describes its commands and events.";

/// Generates an OpenAPI 3.1 document of the REST calls, with the bounds of `limits`.
///
/// ```
/// use chat_core::protocol::Limits;
/// let openapi = chat_core::rest::openapi(&Limits::default());
/// let send = &openapi["paths"]["/rooms/{roomId}/messages"]["post"];
/// assert_eq!(send["operationId"], "send");
/// assert!(send["responses"]["429"].is_object());
/// ```
#[must_use]
pub fn openapi(limits: &Limits) -> Value {
    let mut schemas = Schemas::new(PLACE, limits);
    let mut paths = Map::new();
    for call in CALLS {
        let path = paths.entry(call.path).or_insert_with(|| json!({}));
        path[call.method.to_ascii_lowercase()] = operation(call, &mut schemas);
    }
    for (path, kind, about) in [
        ("/openapi.json", "application/json", "This document."),
        (
            "/schema.json",
            "application/schema+json",
            "The JSON Schema of the commands and events of the socket.",
        ),
    ] {
        paths.insert(path.to_owned(), json!({"get": document(path, kind, about)}));
    }
    let mut problems = Map::new();
    for status in PROBLEMS
        .into_iter()
        .chain([NO_SUCH_ROOM, NOT_JSON, 409, 422])
    {
        problems.insert(problem_name(status), problem(status, &mut schemas));
    }
    let mut document = json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Chat",
            "version": env!("CARGO_PKG_VERSION"),
            "description": ABOUT,
            "license": {"name": "MIT or Apache-2.0", "identifier": env!("CARGO_PKG_LICENSE")},
        },
        "servers": [{"url": ".", "description": "The directory of this document."}],
        "security": [{"bearer": []}],
        "tags": tags(),
        "paths": paths,
        "components": {
            "securitySchemes": {
                "bearer": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "The user's token. An app may know its users by something else, \
                        such as a cookie.",
                },
            },
            "headers": {
                "NoStore": header("Forbids caching, since the response is for one user.", &json!({"const": "no-store"})),
                "Location": header(
                    "The location of the created entity, relative to the request's URI.",
                    &json!({"type": "string", "format": "uri-reference"}),
                ),
                "RetryAfter": header(
                    "The time to wait before a retry, in seconds.",
                    &json!({"type": "integer", "minimum": 1}),
                ),
                "WwwAuthenticate": header("The authentication scheme.", &json!({"const": "Bearer"})),
                "CacheControl": header("The time for which the document may be cached.", &json!({"type": "string"})),
                "ETag": header(
                    "For `If-None-Match`.",
                    &json!({"type": "string", "pattern": "^\"[0-9a-f]+\"$"}),
                ),
            },
            "responses": problems,
        },
    });
    let named = schemas.named(&mut document);
    document["components"]["schemas"] = named.into();
    document
}

fn header(about: &str, schema: &Value) -> Value {
    json!({"description": about, "required": true, "schema": schema})
}

fn header_reference(name: &str) -> Value {
    json!({"$ref": format!("#/components/headers/{name}")})
}

fn tags() -> Value {
    let mut tags: Vec<&str> = CALLS.iter().map(|call| call.described.tag).collect();
    tags.dedup();
    tags.push("documents");
    tags.into_iter().map(|name| json!({"name": name})).collect()
}

fn operation(call: &Call, schemas: &mut Schemas) -> Value {
    let described = &call.described;
    let segments = segments(call.path).zip(described.segments);
    let mut parameters: Vec<Value> = segments
        .map(|(name, schema)| {
            json!({"name": name, "in": "path", "required": true, "schema": schemas.input(*schema)})
        })
        .collect();
    parameters.extend(call.query.iter().map(|p| parameter(p, "query", schemas)));
    let headers = described.headers.iter();
    parameters.extend(headers.map(|p| parameter(p, "header", schemas)));

    let mut responses = Map::new();
    for answer in described.answers {
        responses.insert(answer.status.to_string(), success(answer, schemas));
    }
    for status in problems(call) {
        let reference = format!("#/components/responses/{}", problem_name(status));
        responses.insert(status.to_string(), json!({"$ref": reference}));
    }
    let mut operation = json!({
        "operationId": call.name,
        "summary": described.about.trim(),
        "tags": [described.tag],
        "responses": responses,
    });
    if !parameters.is_empty() {
        operation["parameters"] = parameters.into();
    }
    if let Some(Body { required, schema }) = &described.body {
        operation["requestBody"] = json!({
            "required": required,
            "content": {"application/json": {"schema": schemas.input(*schema)}},
        });
    }
    operation
}

/// Returns the names in braces of a path.
fn segments(path: &str) -> impl Iterator<Item = &str> {
    path.split('/')
        .filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'))
}

fn parameter(parameter: &Parameter, place: &str, schemas: &mut Schemas) -> Value {
    let schema = schemas.input(parameter.schema);
    let list = schema["type"] == "array";
    let mut query = json!({
        "name": parameter.name,
        "in": place,
        "description": parameter.about,
        "schema": schema,
    });
    if parameter.required {
        query["required"] = true.into();
    }
    if list {
        query["style"] = "form".into();
        query["explode"] = false.into();
    }
    query
}

fn success(answer: &Answer, schemas: &mut Schemas) -> Value {
    let mut headers = json!({"Cache-Control": header_reference("NoStore")});
    if answer.status == StatusCode::CREATED.as_u16() {
        headers["Location"] = header_reference("Location");
    }
    let mut response = json!({"description": answer.about, "headers": headers});
    if let Some(schema) = answer.schema {
        let schema = schemas.output(schema);
        response["content"] = json!({"application/json": {"schema": schema}});
    }
    response
}

fn problems(call: &Call) -> impl Iterator<Item = u16> {
    let in_a_room = call.path.starts_with("/rooms/{roomId}");
    PROBLEMS
        .into_iter()
        .chain(in_a_room.then_some(NO_SUCH_ROOM))
        .chain(call.described.body.is_some().then_some(NOT_JSON))
        .chain(call.described.problems.iter().copied())
}

/// Returns the component name of a problem status, for example `TooManyRequests`.
fn problem_name(status: u16) -> String {
    reason(status).split(' ').collect()
}

fn reason(status: u16) -> &'static str {
    let status = StatusCode::from_u16(status).ok();
    status
        .and_then(|s| s.canonical_reason())
        .unwrap_or("Problem")
}

fn problem(status: u16, schemas: &mut Schemas) -> Value {
    let about = match status {
        400 => "The request is malformed or breaks a rule.",
        401 => "The token is missing or invalid.",
        403 => "The user lacks the permission.",
        404 => "The room, message or member does not exist or is not visible to the user.",
        408 => "The body did not arrive in time.",
        409 => "The request conflicts with the current state.",
        413 => "The input exceeds a limit.",
        415 => "The body is not `application/json`.",
        422 => "The app rejected the message. `detail` has the reason.",
        429 => {
            "The rate limit or the limit of concurrent requests is exceeded. Retry after `Retry-After`."
        }
        503 => {
            "A backend does not respond, or the server is shutting down. Retry after `Retry-After`."
        }
        _ => "An internal error of the server.",
    };
    let mut headers = json!({"Cache-Control": header_reference("NoStore")});
    match status {
        401 => headers["WWW-Authenticate"] = header_reference("WwwAuthenticate"),
        429 | 503 => headers["Retry-After"] = header_reference("RetryAfter"),
        _ => {}
    }
    let schema = schemas.output(schema_of::<ProblemBody<'_>>);
    json!({
        "description": about,
        "headers": headers,
        "content": {"application/problem+json": {"schema": schema}},
    })
}

fn document(path: &str, kind: &str, about: &str) -> Value {
    let headers = json!({
        "Cache-Control": header_reference("CacheControl"),
        "ETag": header_reference("ETag"),
    });
    let name = path.trim_start_matches('/').replace('.', "_");
    json!({
        "operationId": name,
        "summary": about,
        "tags": ["documents"],
        "security": [],
        "parameters": [{
            "name": "If-None-Match",
            "in": "header",
            "description": "The `ETag` of the document that the client already has.",
            "schema": {"type": "string"},
        }],
        "responses": {
            "200": {
                "description": "The document.",
                "headers": headers.clone(),
                "content": {kind: {"schema": {"type": "object"}}},
            },
            "304": {"description": "The document has not changed.", "headers": headers},
        },
    })
}
