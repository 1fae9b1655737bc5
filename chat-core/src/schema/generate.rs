//! Generation of schemas from types.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Map, Value, json};

use crate::protocol::Limits;
use crate::shape::MAX_INTEGER;

/// A function that generates the schema of a type: an instance of [`schema_of`].
pub(crate) type SchemaOf = fn(&mut SchemaGenerator) -> Schema;

/// Generates the schema of a type. For use in tables.
pub(crate) fn schema_of<T: JsonSchema + ?Sized>(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<T>()
}

/// The target of references to input schemas until the document is complete.
const INPUT: &str = "/$input";

/// The schemas of a document.
///
/// Input schemas are strict and have the bounds of the limits. Output schemas allow further fields
/// and omit those bounds, since stored data may have been accepted under other limits.
pub(crate) struct Schemas {
    input: SchemaGenerator,
    output: SchemaGenerator,
    /// The location of named schemas in the document.
    place: &'static str,
    limits: Value,
}

impl Schemas {
    pub(crate) fn new(place: &'static str, limits: &Limits) -> Self {
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

    /// Returns the input schema of a type.
    pub(crate) fn input(&mut self, of: SchemaOf) -> Value {
        let schema = of(&mut self.input).to_value();
        self.strict(schema)
    }

    /// Returns the output schema of a type.
    pub(crate) fn output(&mut self, of: SchemaOf) -> Value {
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

    /// Returns the named schemas, once `document` contains all others. If the input and output
    /// schema of a type differ, the input schema is named `…Input`.
    pub(crate) fn named(mut self, document: &mut Value) -> Map<String, Value> {
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
        // A schema that references a differing schema differs, too.
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

/// Resolves references to input schemas to their final location.
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
        // An optional field is absent rather than null.
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

/// Bounds integers by the range of the wire instead of the Rust type, and rewrites Rust terms in
/// descriptions.
fn tidy(node: &mut Map<String, Value>) {
    // An absent field needs no default of null.
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

/// Visits all objects of a JSON value.
pub(crate) fn walk(value: &mut Value, visit: &mut dyn FnMut(&mut Map<String, Value>)) {
    match value {
        Value::Object(node) => {
            visit(node);
            node.values_mut().for_each(|child| walk(child, visit));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| walk(item, visit)),
        _ => {}
    }
}
