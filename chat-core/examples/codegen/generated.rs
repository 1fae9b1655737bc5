//! The generated files: their text by path.

use std::error::Error;

use chat_core::protocol::Limits;
use chat_core::rest::openapi;
use chat_core::schema::{asyncapi, socket};
use serde_json::Value;

use crate::shape::{Shape, definitions};
use crate::{costs, samples, typescript, zod};

const CLIENT: &str = "clients/typescript";

/// Returns the text of each generated file by its path from the root of the workspace.
pub(crate) fn files() -> Result<Vec<(String, String)>, Box<dyn Error>> {
    let limits = Limits::default();
    let mut files = Vec::new();
    for (name, document) in [
        ("openapi.json", openapi(&limits)),
        ("schema.json", socket(&limits)),
        ("asyncapi.json", asyncapi(&limits)),
    ] {
        let text = serde_json::to_string_pretty(&document)? + "\n";
        files.push((format!("docs/{name}"), text));
    }
    let definitions = definitions(&socket(&limits))?;
    let event_types: Vec<String> = definitions
        .iter()
        .filter(|definition| definition.name.ends_with("Event"))
        .filter_map(|definition| type_name(&definition.shape))
        .collect();
    for (name, text) in [
        ("src/generated/wire.ts", typescript::types(&definitions)),
        (
            "src/generated/event-types.ts",
            typescript::event_types(&event_types),
        ),
        ("src/generated/zod.ts", zod::schemas(&definitions)?),
        (
            "test/generated/zod-is-types.ts",
            typescript::equality(&definitions),
        ),
        (
            "test/generated/samples.json",
            lines(&[
                ("events", samples::events()),
                ("commands", samples::commands()),
                ("refused", samples::refused_commands()),
            ])?,
        ),
    ] {
        files.push((format!("{CLIENT}/{name}"), text));
    }
    for (_, text) in &mut files {
        *text = escaped(text);
    }
    files.push(("docs/guide/costs.md".to_owned(), costs::page()?));
    Ok(files)
}

/// Escapes invisible characters as JSON and TypeScript do in strings.
fn escaped(text: &str) -> String {
    let is_shown = |c: char| c.is_ascii() || c.escape_debug().len() == 1;
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if is_shown(c) {
            out.push(c);
            continue;
        }
        for unit in c.encode_utf16(&mut [0; 2]) {
            out.push_str(&format!("\\u{unit:04x}"));
        }
    }
    out
}

/// Returns the `type` of an event.
fn type_name(shape: &Shape) -> Option<String> {
    let Shape::Object { fields, .. } = shape else {
        return None;
    };
    let field = fields.iter().find(|field| field.name == "type")?;
    match &field.shape {
        Shape::Literal(name) => Some(name.clone()),
        _ => None,
    }
}

/// Formats an object of lists with one value per line, so that a change is one line of a diff.
fn lines(lists: &[(&str, Vec<Value>)]) -> Result<String, Box<dyn Error>> {
    let lists = lists.iter().map(|(name, values)| {
        let values: Result<Vec<String>, _> = values.iter().map(serde_json::to_string).collect();
        Ok(format!(
            "  {name:?}: [\n    {}\n  ]",
            values?.join(",\n    ")
        ))
    });
    let lists: Result<Vec<String>, Box<dyn Error>> = lists.collect();
    Ok(format!("{{\n{}\n}}\n", lists?.join(",\n")))
}
