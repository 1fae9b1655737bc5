//! Checks the wire documents: the files in `docs` are up to date, the schemas are sound, and they
//! agree with the code on events and commands.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod commands;
#[path = "../../examples/codegen/costs.rs"]
mod costs;
mod events;
#[path = "../../examples/codegen/generated.rs"]
mod generated;
mod samples;
#[path = "../schema/mod.rs"]
mod schema;
#[path = "../../examples/codegen/shape.rs"]
mod shape;
mod shapes;
#[path = "../../examples/codegen/typescript.rs"]
mod typescript;
#[path = "../../examples/codegen/zod.rs"]
mod zod;

use std::path::Path;

use chat_core::protocol::Limits;
use chat_core::rest::openapi;
use chat_core::schema::{asyncapi, socket};
use serde_json::Value;

fn documents() -> [(&'static str, Value); 3] {
    let limits = Limits::default();
    [
        ("openapi.json", openapi(&limits)),
        ("schema.json", socket(&limits)),
        ("asyncapi.json", asyncapi(&limits)),
    ]
}

#[test]
fn what_is_checked_in_is_what_the_types_say() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    for (path, text) in generated::files().unwrap() {
        let there = std::fs::read_to_string(root.join(&path)).unwrap_or_default();
        assert!(
            there == text,
            "{path} is stale: run `cargo xtask codegen` and commit the result"
        );
    }
}

#[test]
fn references_lead_somewhere() {
    for (name, document) in documents() {
        let mut references = 0;
        visit(&document, &mut |key, value| {
            assert!(
                !matches!(key, "x-limit" | "x-input"),
                "{name}: a limit was not resolved"
            );
            if key == "$ref" {
                let reference = value.as_str().unwrap();
                let there = document.pointer(&reference[1..]);
                assert!(
                    there.is_some(),
                    "{name}: the reference {reference} does not resolve"
                );
                references += 1;
            }
        });
        assert!(references > 0, "{name}");
    }
}

#[test]
fn schemas_are_schemas() {
    for (name, document) in documents() {
        let schemas = document.pointer("/components/schemas");
        let schemas = schemas.or_else(|| document.pointer("/$defs")).unwrap();
        for (schema, definition) in schemas.as_object().unwrap() {
            let sound = jsonschema::meta::validate(definition);
            assert!(sound.is_ok(), "{name} {schema}: {sound:?}");
            // Schemars numbers types with equal names.
            assert!(!schema.ends_with(|c: char| c.is_ascii_digit()), "{schema}");
            assert!(definition["description"].is_string(), "{name} {schema}");
        }
    }
}

fn visit(value: &Value, see: &mut dyn FnMut(&str, &Value)) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                see(key, value);
                visit(value, see);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| visit(item, see)),
        _ => {}
    }
}
