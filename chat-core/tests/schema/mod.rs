//! Validates WebSocket traffic against its schema.

use std::sync::LazyLock;

use chat_core::protocol::Limits;
use jsonschema::Validator;
use serde_json::{Value, json};

pub(crate) static DOCUMENT: LazyLock<Value> =
    LazyLock::new(|| chat_core::schema::socket(&Limits::default()));
static COMMAND: LazyLock<Validator> = LazyLock::new(|| of("Command"));
static EVENT: LazyLock<Validator> = LazyLock::new(|| of("Event"));

/// Validates against a schema of `schema.json`.
pub(crate) fn of(name: &str) -> Validator {
    validator(&json!({"$ref": format!("#/$defs/{name}"), "$defs": DOCUMENT["$defs"]}))
}

/// Creates a validator that checks formats too.
pub(crate) fn validator(schema: &Value) -> Validator {
    jsonschema::options()
        .should_validate_formats(true)
        .build(schema)
        .unwrap()
}

pub(crate) fn is_command(command: &Value) -> bool {
    COMMAND.is_valid(command)
}

#[track_caller]
pub(crate) fn check_event(event: &Value) {
    assert_valid(&EVENT, event);
}

#[track_caller]
pub(crate) fn assert_valid(validator: &Validator, value: &Value) {
    let errors: Vec<String> = validator
        .iter_errors(value)
        .map(|error| format!("{error} at {}", error.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{value}\n{}", errors.join("\n"));
}
