//! Every request of the tests and its answer, compared with the OpenAPI document.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex};

use bytes::Bytes;
use chat_core::protocol::Limits;
use chat_core::rest::RestService;
use http::Request;
use jsonschema::Validator;
use serde_json::{Value, json};

use crate::sockets::schema::{assert_valid, validator};
use crate::support::Answer;

static DOCUMENT: LazyLock<Value> = LazyLock::new(|| chat_core::schema::openapi(&Limits::default()));
static VALIDATORS: LazyLock<Mutex<HashMap<String, Arc<Validator>>>> = LazyLock::new(Mutex::default);

/// What was asked, and what of it the document knows.
pub(crate) struct Asked {
    /// The document's path, and the method as it calls it.
    operation: Option<(String, String)>,
    head: bool,
    query: Vec<(String, String)>,
    body: Bytes,
    /// Bounds of other limits than the document's are not those of the test.
    default_limits: bool,
}

impl Asked {
    pub(crate) fn of(service: &RestService, request: &Request<Bytes>) -> Self {
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
            query: query.map(|(k, v)| (k.to_owned(), v.to_owned())).collect(),
            body: request.body().clone(),
            default_limits: service.max_body_bytes() == Limits::default().max_body_bytes,
        }
    }

    /// Panics where the document does not say that this answer may come.
    #[track_caller]
    pub(crate) fn check(&self, answer: &Answer) {
        let Some((path, method)) = &self.operation else {
            assert!(matches!(answer.status, 404 | 405), "{}", answer.status);
            let problem = &DOCUMENT["components"]["responses"]["NotFound"];
            let schema = &problem["content"]["application/problem+json"]["schema"];
            if !self.head {
                assert_valid(&compiled("problem", schema), &answer.json());
            }
            return;
        };
        let operation = &DOCUMENT["paths"][path.as_str()][method.as_str()];
        let name = operation["operationId"].as_str().unwrap();
        let key = format!("{name} {}", answer.status);
        let response = resolve(&operation["responses"][answer.status.to_string()]);
        assert!(response.is_object(), "{key} is not in the document");

        for (header, about) in response["headers"].as_object().unwrap() {
            let about = resolve(about);
            let value = answer.header(header);
            let value = value.unwrap_or_else(|| panic!("{key} without `{header}`"));
            let value = match about["schema"]["type"].as_str() {
                Some("integer") => json!(value.parse::<u64>().unwrap()),
                _ => json!(value),
            };
            assert_valid(
                &compiled(&format!("{key} {header}"), &about["schema"]),
                &value,
            );
        }
        let content = response["content"].as_object();
        match (answer.header("content-type"), content) {
            (None, None) => assert!(answer.body.is_empty(), "{key} with a body"),
            (Some(kind), Some(content)) if content.contains_key(kind) => {
                if !self.head {
                    let schema = &content[kind]["schema"];
                    assert_valid(&compiled(&key, schema), &answer.json());
                }
            }
            (kind, _) => panic!("{key} is not documented as {kind:?}"),
        }
        if answer.status < 300 && self.default_limits {
            self.check_accepted(name, operation);
        }
    }

    /// What the service accepts is what the document says it does.
    #[track_caller]
    fn check_accepted(&self, name: &str, operation: &Value) {
        let parameters = operation["parameters"].as_array();
        let query: HashMap<&str, &Value> = parameters
            .into_iter()
            .flatten()
            .filter(|p| p["in"] == "query")
            .map(|p| (p["name"].as_str().unwrap(), p))
            .collect();
        for (parameter, value) in &self.query {
            let about = query.get(parameter.as_str());
            let about = about.unwrap_or_else(|| panic!("{name} takes no `{parameter}`"));
            let decode = |text: &str| percent_decoded(&text.replace('+', " "));
            let number = |text: &str| {
                text.parse::<u64>()
                    .map_or(json!(decode(text)), |n| json!(n))
            };
            let value = match about["schema"]["type"].as_str() {
                Some("array") => {
                    let decoded = decode(value);
                    decoded.split(',').map(|item| json!(item)).collect()
                }
                Some("string") => json!(decode(value)),
                _ => number(value),
            };
            let key = format!("{name} ?{parameter}");
            assert_valid(&compiled(&key, &about["schema"]), &value);
        }
        for (parameter, about) in query {
            let given = self.query.iter().any(|(name, _)| name == parameter);
            assert!(
                given || about["required"] != true,
                "{name} without `{parameter}`"
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

fn matches(template: &str, path: &str) -> bool {
    let (template, path) = (template.split('/'), path.split('/'));
    template.clone().count() == path.clone().count()
        && template
            .zip(path)
            .all(|(own, other)| own.starts_with('{') || own == other)
}

fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [byte, tail @ ..] = rest {
        rest = tail;
        if *byte == b'%' {
            let digits = std::str::from_utf8(&tail[..2]).unwrap();
            bytes.push(u8::from_str_radix(digits, 16).unwrap());
            rest = &tail[2..];
        } else {
            bytes.push(*byte);
        }
    }
    String::from_utf8(bytes).unwrap()
}

fn resolve(value: &'static Value) -> &'static Value {
    match value["$ref"].as_str() {
        Some(reference) => DOCUMENT.pointer(&reference[1..]).unwrap(),
        None => value,
    }
}

/// The validator of a schema within the document.
fn compiled(key: &str, schema: &Value) -> Arc<Validator> {
    let mut validators = VALIDATORS.lock().unwrap();
    if let Some(validator) = validators.get(key) {
        return Arc::clone(validator);
    }
    let mut whole = schema.clone();
    whole["components"] = json!({"schemas": DOCUMENT["components"]["schemas"]});
    let validator = Arc::new(validator(&whole));
    validators.insert(key.to_owned(), Arc::clone(&validator));
    validator
}
