use http::StatusCode;
use serde_json::{Map, Value, json};

use super::generate::{Schemas, schema_of};
use crate::protocol::Limits;
use crate::rest::{Answer, Body, CALLS, Call, Parameter, ProblemBody};

/// Where the schemas are.
const PLACE: &str = "/components/schemas";

/// What any call can be answered with.
const PROBLEMS: [u16; 8] = [400, 401, 403, 408, 413, 429, 500, 503];
/// And one in a room.
const NO_SUCH_ROOM: u16 = 404;
/// And one with a body.
const NOT_JSON: u16 = 415;

const ABOUT: &str = "What a client can do over HTTP. Paths are relative to where the chat is mounted, \
    which is where this document is. `HEAD` is `GET` without the body. Errors are problem documents \
    (RFC 9457) with a `code`. The socket is at `ws`; what goes over it is in `schema.json`.";

/// The REST calls as an OpenAPI 3.1 document, with the bounds of `limits`.
///
/// ```
/// use chat_core::protocol::Limits;
/// let openapi = chat_core::schema::openapi(&Limits::default());
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
        "servers": [{"url": ".", "description": "where this document is"}],
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
                "NoStore": header("What is one user's is not for caches.", &json!({"const": "no-store"})),
                "Location": header(
                    "Where the new thing is, relative to the request's URI.",
                    &json!({"type": "string", "format": "uri-reference"}),
                ),
                "RetryAfter": header(
                    "When trying again makes sense, in seconds.",
                    &json!({"type": "integer", "minimum": 1}),
                ),
                "WwwAuthenticate": header("How to say who one is.", &json!({"const": "Bearer"})),
                "CacheControl": header("May be kept for a while.", &json!({"type": "string"})),
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

/// The names in braces.
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

/// The statuses of the problems a call can meet.
fn problems(call: &Call) -> impl Iterator<Item = u16> {
    let in_a_room = call.path.starts_with("/rooms/{roomId}");
    PROBLEMS
        .into_iter()
        .chain(in_a_room.then_some(NO_SUCH_ROOM))
        .chain(call.described.body.is_some().then_some(NOT_JSON))
        .chain(call.described.problems.iter().copied())
}

/// `TooManyRequests`.
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
        400 => "The request breaks a rule.",
        401 => "There is no token, or no valid one.",
        403 => "The user may not do this.",
        404 => "There is no such room, or none that the user may know of, or no such message.",
        408 => "The body did not arrive in time.",
        409 => "It conflicts with what is there.",
        413 => "Something is larger than its limit.",
        415 => "The body is not `application/json`.",
        422 => "The app does not want it; `detail` says why.",
        429 => "Too often, or too many requests at once; `Retry-After` says when again.",
        503 => "A backend does not answer, or the server is shutting down; try again.",
        _ => "Our fault.",
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

/// A document, which everybody may read.
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
            "description": "The `ETag` of the document that is there already.",
            "schema": {"type": "string"},
        }],
        "responses": {
            "200": {
                "description": "the document",
                "headers": headers.clone(),
                "content": {kind: {"schema": {"type": "object"}}},
            },
            "304": {"description": "it is the one that is there already", "headers": headers},
        },
    })
}
