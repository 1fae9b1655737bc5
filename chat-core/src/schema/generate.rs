//! From types to schemas.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Map, Value, json};

use super::MAX_INTEGER;
use crate::protocol::Limits;

/// Names a type whose schema is wanted: [`schema_of`] it.
pub(crate) type SchemaOf = fn(&mut SchemaGenerator) -> Schema;

/// The schema of a type, for the rows of tables.
pub(crate) fn schema_of<T: JsonSchema + ?Sized>(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<T>()
}

/// Where references to what clients send point until the document is whole.
const INPUT: &str = "/$input";

/// The schemas of a document. What clients send is strict, with the bounds of the limits. What they
/// get is tolerant, as fields may be added, and without those bounds, which may have been others when
/// it was stored.
pub(super) struct Schemas {
    input: SchemaGenerator,
    output: SchemaGenerator,
    /// Where in the document the named ones are.
    place: &'static str,
    limits: Value,
}

impl Schemas {
    pub(super) fn new(place: &'static str, limits: &Limits) -> Self {
        let settings = |place: &'static str| {
            SchemaSettings::draft2020_12().with(|settings| {
                settings.definitions_path = place.into();
                settings.meta_schema = None;
            })
        };
        Self {
            input: settings(INPUT).for_deserialize().into_generator(),
            output: settings(place).for_serialize().into_generator(),
            place,
            limits: serde_json::to_value(limits).unwrap_or_default(),
        }
    }

    /// The schema of what clients send.
    pub(super) fn input(&mut self, of: SchemaOf) -> Value {
        let schema = of(&mut self.input).to_value();
        self.strict(schema)
    }

    /// The schema of what clients get.
    pub(super) fn output(&mut self, of: SchemaOf) -> Value {
        tolerant(of(&mut self.output).to_value())
    }

    fn strict(&self, mut schema: Value) -> Value {
        walk(&mut schema, &mut |node| {
            tidy(node);
            if let Some(Value::Object(stricter)) = node.remove("x-input") {
                node.extend(stricter);
            }
            let Some(Value::Object(bounds)) = node.remove("x-limit") else {
                return;
            };
            for (keyword, limit) in bounds {
                let value = limit.as_str().and_then(|name| self.limits.get(name));
                node.insert(keyword, value.cloned().unwrap_or_default());
            }
        });
        schema
    }

    /// The named schemas, once `document` holds all others. Where a type goes both ways and its
    /// schemas differ, the one of what clients send is called `…Input`.
    pub(super) fn named(mut self, document: &mut Value) -> Map<String, Value> {
        let taken = self.input.take_definitions(false);
        let mut input: Map<String, Value> = taken
            .into_iter()
            .map(|(name, schema)| (name, self.strict(schema)))
            .collect();
        let taken = self.output.take_definitions(false);
        let mut named: Map<String, Value> = taken
            .into_iter()
            .map(|(name, schema)| (name, tolerant(schema)))
            .collect();

        let mut differing: Vec<String> = Vec::new();
        // One that refers to one that differs does so, too.
        while let Some(name) = input.iter().find_map(|(name, schema)| {
            let other = named.get(name).filter(|_| !differing.contains(name))?;
            let mut schema = schema.clone();
            refer(&mut schema, self.place, &differing);
            (schema != *other).then(|| name.clone())
        }) {
            differing.push(name);
        }
        refer(document, self.place, &differing);
        for (name, schema) in &mut input {
            refer(schema, self.place, &differing);
            let suffix = if differing.contains(name) {
                "Input"
            } else {
                ""
            };
            named.insert(format!("{name}{suffix}"), schema.take());
        }
        named
    }
}

/// Lets what refers to something that clients send refer to where it is.
fn refer(document: &mut Value, place: &str, differing: &[String]) {
    walk(document, &mut |node| {
        let Some(Value::String(reference)) = node.get_mut("$ref") else {
            return;
        };
        let of_input = reference.strip_prefix('#').and_then(|r| {
            let name = r.strip_prefix(INPUT)?.strip_prefix('/')?;
            Some(name.to_owned())
        });
        if let Some(name) = of_input {
            let suffix = if differing.contains(&name) {
                "Input"
            } else {
                ""
            };
            *reference = format!("#{place}/{name}{suffix}");
        }
    });
}

fn tolerant(mut schema: Value) -> Value {
    walk(&mut schema, &mut |node| {
        tidy(node);
        node.remove("x-limit");
        node.remove("x-input");
        node.remove("default");
        if node.get("additionalProperties") == Some(&Value::Bool(false)) {
            node.remove("additionalProperties");
        }
        // What may be absent is never null.
        let required = node.get("required").cloned().unwrap_or_default();
        let required = required.as_array().map_or(&[][..], Vec::as_slice);
        if let Some(Value::Object(properties)) = node.get_mut("properties") {
            for (name, property) in properties {
                if !required.iter().any(|r| r == name) {
                    not_null(property);
                }
            }
        }
    });
    schema
}

/// Takes null out of what a value may be.
fn not_null(schema: &mut Value) {
    let Value::Object(schema) = schema else {
        return;
    };
    if let Some(Value::Array(types)) = schema.get_mut("type") {
        types.retain(|t| t != "null");
        if let [only] = &types[..] {
            let only = only.clone();
            schema.insert("type".to_owned(), only);
        }
    }
    if let Some(Value::Array(choices)) = schema.get_mut("anyOf") {
        choices.retain(|c| *c != json!({"type": "null"}));
        if let [Value::Object(only)] = &mut choices[..] {
            let only = std::mem::take(only);
            schema.remove("anyOf");
            schema.extend(only);
        }
    }
}

/// Bounds integers by what the wire carries instead of by what Rust holds, and lets the
/// documentation of a type speak to people who do not know Rust.
fn tidy(node: &mut Map<String, Value>) {
    // What is absent by default needs no word.
    if node.get("default") == Some(&Value::Null) {
        node.remove("default");
    }
    if let Some(Value::String(format)) = node.get("format") {
        let maximum = match format.as_str() {
            "uint" | "uint64" => Some(MAX_INTEGER),
            "uint32" => Some(u32::MAX.into()),
            "uint16" => Some(u16::MAX.into()),
            _ => None,
        };
        if let Some(maximum) = maximum {
            node.remove("format");
            node.entry("maximum").or_insert_with(|| maximum.into());
        }
    }
    if let Some(Value::String(description)) = node.get_mut("description") {
        let text = description.split("\n```").next().unwrap_or_default();
        let text = text.trim().replace("`None`", "absent").replace("[`", "`");
        *description = text.replace("`]", "`").replace('\n', " ");
    }
}

/// Visits all objects.
pub(super) fn walk(value: &mut Value, visit: &mut dyn FnMut(&mut Map<String, Value>)) {
    match value {
        Value::Object(node) => {
            visit(node);
            node.values_mut().for_each(|child| walk(child, visit));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| walk(item, visit)),
        _ => {}
    }
}
