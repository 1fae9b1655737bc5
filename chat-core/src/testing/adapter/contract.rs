use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use bytes::Bytes;
use http::{Request, Response};
use jsonschema::Validator;
use parking_lot::Mutex;
use serde_json::{Value, json};

use crate::protocol::Limits;
use crate::{rest, schema};

static DOCUMENT: LazyLock<Value> = LazyLock::new(|| rest::openapi(&Limits::default()));
static SOCKET: LazyLock<Value> = LazyLock::new(|| schema::socket(&Limits::default()));
/// Compiled validators by schema name, because compiling takes longer than validating.
static VALIDATORS: LazyLock<Mutex<HashMap<String, Arc<Validator>>>> = LazyLock::new(Mutex::default);

/// A REST call to check against the OpenAPI document. A response that the document does not
/// describe is an error in one of the two.
///
/// ```
/// use bytes::Bytes;
/// use chat_core::testing::adapter::DocumentedCall;
/// use http::{Request, Response};
///
/// let call = DocumentedCall::new(&Request::get("/blocks").body(Bytes::new()).unwrap());
/// let answer = Response::builder()
///     .header("content-type", "application/json")
///     .header("cache-control", "no-store");
/// call.check_answer(&answer.body(Bytes::from(r#"{"users":[]}"#)).unwrap());
/// ```
#[derive(Debug)]
pub struct DocumentedCall {
    /// The path and method as the document names them, or `None` for an undocumented call.
    operation: Option<(String, String)>,
    head: bool,
    query: Vec<(String, String)>,
    body: Bytes,
}

impl DocumentedCall {
    /// Creates a call from a request. Its path is relative to the prefix, as the
    /// [`RestService`](crate::rest::RestService) receives it.
    ///
    /// # Panics
    /// If the document has no paths.
    #[must_use]
    pub fn new(request: &Request<Bytes>) -> Self {
        let paths = DOCUMENT["paths"].as_object().unwrap();
        let head = request.method() == "HEAD";
        let method = if head {
            "GET"
        } else {
            request.method().as_str()
        };
        let method = method.to_lowercase();
        let known = paths.iter().find(|(template, operations)| {
            matches(template, request.uri().path()) && operations.get(&method).is_some()
        });
        let query = request.uri().query().unwrap_or_default();
        let query = query.split('&').filter_map(|pair| pair.split_once('='));
        Self {
            operation: known.map(|(path, _)| (path.clone(), method.clone())),
            head,
            query: query.map(|(k, v)| (decoded(k), decoded(v))).collect(),
            body: request.body().clone(),
        }
    }

    /// Asserts that the document describes this response.
    ///
    /// # Panics
    /// If it does not.
    #[track_caller]
    pub fn check_answer(&self, answer: &Response<Bytes>) {
        let status = answer.status().as_u16();
        let header = |name: &str| answer.headers().get(name).map(|v| v.to_str().unwrap());
        let body = || serde_json::from_slice::<Value>(answer.body()).unwrap();
        let Some((path, method)) = &self.operation else {
            assert!(matches!(status, 404 | 405), "{status}");
            let problem = &DOCUMENT["components"]["responses"]["NotFound"];
            let schema = &problem["content"]["application/problem+json"]["schema"];
            if !self.head {
                assert_valid(&compiled("problem", schema), &body());
            }
            return;
        };
        let operation = &DOCUMENT["paths"][path.as_str()][method.as_str()];
        let name = operation["operationId"].as_str().unwrap();
        let key = format!("{name} {status}");
        let response = resolve(&operation["responses"][status.to_string()]);
        assert!(response.is_object(), "the document does not list {key}");

        for (name, about) in response["headers"].as_object().unwrap() {
            let about = resolve(about);
            let value = header(name).unwrap_or_else(|| panic!("{key} lacks the header `{name}`"));
            let value = match about["schema"]["type"].as_str() {
                Some("integer") => json!(value.parse::<u64>().unwrap()),
                _ => json!(value),
            };
            let validator = compiled(&format!("{key} {name}"), &about["schema"]);
            assert_valid(&validator, &value);
        }
        let content = response["content"].as_object();
        match (header("content-type"), content) {
            (None, None) => assert!(answer.body().is_empty(), "{key} must not have a body"),
            (Some(kind), Some(content)) if content.contains_key(kind) => {
                if !self.head {
                    assert_valid(&compiled(&key, &content[kind]["schema"]), &body());
                }
            }
            (kind, _) => panic!("{key} has the undocumented content type {kind:?}"),
        }
    }

    /// Asserts that the document allows this request, which the engine accepted. Only for engines
    /// with the default limits, which the document contains.
    ///
    /// # Panics
    /// If the document does not allow it.
    #[track_caller]
    pub fn check_accepted(&self) {
        let Some((path, method)) = &self.operation else {
            panic!("the document does not list this call");
        };
        let operation = &DOCUMENT["paths"][path.as_str()][method.as_str()];
        let name = operation["operationId"].as_str().unwrap();
        let parameters = operation["parameters"].as_array();
        let query: HashMap<&str, &Value> = parameters
            .into_iter()
            .flatten()
            .filter(|p| p["in"] == "query")
            .map(|p| (p["name"].as_str().unwrap(), p))
            .collect();
        for (parameter, value) in &self.query {
            let about = query.get(parameter.as_str());
            let about = about.unwrap_or_else(|| panic!("{name} has no parameter `{parameter}`"));
            let value = match about["schema"]["type"].as_str() {
                Some("array") => value.split(',').map(|item| json!(item)).collect(),
                Some("string") => json!(value),
                _ => value
                    .parse::<u64>()
                    .map_or_else(|_| json!(value), |n| json!(n)),
            };
            let key = format!("{name} ?{parameter}");
            assert_valid(&compiled(&key, &about["schema"]), &value);
        }
        for (parameter, about) in query {
            let given = self.query.iter().any(|(name, _)| name == parameter);
            assert!(
                given || about["required"] != true,
                "{name} requires `{parameter}`"
            );
        }
        let body = &operation["requestBody"];
        if body.is_null() || (self.body.is_empty() && body["required"] == false) {
            return;
        }
        let schema = &body["content"]["application/json"]["schema"];
        let sent: Value = serde_json::from_slice(&self.body).unwrap();
        assert_valid(&compiled(&format!("{name} body"), schema), &sent);
    }
}

/// Asserts that an event matches `schema.json`.
#[track_caller]
pub(super) fn check_event(event: &Value) {
    let type_name = event["type"].as_str().unwrap();
    // Use the schema of this event type. The schema of all events tries each type in turn.
    let words = type_name.split('_').map(|word| {
        let (first, rest) = word.split_at(1);
        first.to_owned() + &rest.to_lowercase()
    });
    let name = words.collect::<String>() + "Event";
    assert!(
        SOCKET["$defs"][&name].is_object(),
        "{name} is not documented"
    );
    let key = format!("event {type_name}");
    let validator = cached(
        &key,
        || json!({"$ref": format!("#/$defs/{name}"), "$defs": SOCKET["$defs"]}),
    );
    assert_valid(&validator, event);
}

fn matches(template: &str, path: &str) -> bool {
    let (template, path) = (template.split('/'), path.split('/'));
    template.clone().count() == path.clone().count()
        && template
            .zip(path)
            .all(|(own, other)| own.starts_with('{') || own == other)
}

/// Decodes the name or value of a query parameter.
fn decoded(text: &str) -> String {
    let pair = form_urlencoded::parse(text.as_bytes()).next();
    pair.map_or_else(String::new, |(text, _)| text.into_owned())
}

fn resolve(value: &'static Value) -> &'static Value {
    match value["$ref"].as_str() {
        Some(reference) => DOCUMENT.pointer(&reference[1..]).unwrap(),
        None => value,
    }
}

/// Returns the validator of a schema in the OpenAPI document.
fn compiled(key: &str, schema: &Value) -> Arc<Validator> {
    cached(key, || {
        let mut whole = schema.clone();
        whole["components"] = json!({"schemas": DOCUMENT["components"]["schemas"]});
        whole
    })
}

fn cached(key: &str, schema: impl FnOnce() -> Value) -> Arc<Validator> {
    let mut validators = VALIDATORS.lock();
    if let Some(validator) = validators.get(key) {
        return Arc::clone(validator);
    }
    let options = jsonschema::options().should_validate_formats(true);
    let validator = Arc::new(options.build(&schema()).unwrap());
    validators.insert(key.to_owned(), Arc::clone(&validator));
    validator
}

#[track_caller]
fn assert_valid(validator: &Validator, value: &Value) {
    let errors: Vec<String> = validator
        .iter_errors(value)
        .map(|error| format!("{error} at {}", error.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{value}\n{}", errors.join("\n"));
}
