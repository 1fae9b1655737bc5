//! The shapes that a schema of the wire describes. An unknown keyword is an error, so that no rule is
//! lost in the translation to another language.

use std::collections::BTreeMap;
use std::error::Error;

use serde_json::{Map, Value};

/// The shape of a value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Shape {
    /// Another definition, by name.
    Reference(String),
    /// This exact text.
    Literal(String),
    /// One of these.
    Union(Vec<Self>),
    Text(Text),
    Integer {
        minimum: u64,
        maximum: u64,
    },
    Boolean,
    Null,
    List {
        items: Box<Self>,
        max_items: Option<u64>,
    },
    /// An object with any keys, whose values have this shape or any shape.
    Map {
        values: Option<Box<Self>>,
        max_bytes: Option<u64>,
        max_depth: Option<u64>,
    },
    Object {
        fields: Vec<Field>,
        /// `true` if an unnamed field is an error.
        strict: bool,
    },
}

/// Bounds of a text. Lengths count code points.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Text {
    pub(crate) min_length: Option<u64>,
    pub(crate) max_length: Option<u64>,
    pub(crate) max_bytes: Option<u64>,
    pub(crate) pattern: Option<String>,
    pub(crate) date_time: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    pub(crate) required: bool,
    pub(crate) shape: Shape,
}

/// A named shape.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Definition {
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    pub(crate) shape: Shape,
}

/// Returns all definitions of a document by name.
pub(crate) fn definitions(document: &Value) -> Result<Vec<Definition>, Box<dyn Error>> {
    let definitions = document["$defs"].as_object().ok_or("no $defs")?;
    definitions
        .iter()
        .map(|(name, schema)| {
            let shape = shape(schema).map_err(|error| format!("{name}: {error}"))?;
            Ok(Definition {
                name: name.clone(),
                description: description(schema),
                shape,
            })
        })
        .collect()
}

/// Sorts the definitions so that each follows those it refers to.
pub(crate) fn in_order(definitions: &[Definition]) -> Result<Vec<&Definition>, Box<dyn Error>> {
    let mut rest: BTreeMap<&str, &Definition> =
        definitions.iter().map(|d| (d.name.as_str(), d)).collect();
    let mut ordered = Vec::new();
    while !rest.is_empty() {
        let ready: Vec<&str> = rest
            .iter()
            .filter(|(_, definition)| !refers_to(&definition.shape, &rest))
            .map(|(name, _)| *name)
            .collect();
        if ready.is_empty() {
            let names: Vec<_> = rest.keys().collect();
            return Err(format!("these refer to each other in a circle: {names:?}").into());
        }
        ordered.extend(ready.into_iter().filter_map(|name| rest.remove(name)));
    }
    Ok(ordered)
}

fn refers_to(shape: &Shape, names: &BTreeMap<&str, &Definition>) -> bool {
    match shape {
        Shape::Reference(name) => names.contains_key(name.as_str()),
        Shape::Union(shapes) => shapes.iter().any(|shape| refers_to(shape, names)),
        Shape::List { items, .. } => refers_to(items, names),
        Shape::Map { values, .. } => values.as_ref().is_some_and(|v| refers_to(v, names)),
        Shape::Object { fields, .. } => fields.iter().any(|f| refers_to(&f.shape, names)),
        Shape::Literal(_)
        | Shape::Text(_)
        | Shape::Integer { .. }
        | Shape::Boolean
        | Shape::Null => false,
    }
}

fn description(schema: &Value) -> Option<String> {
    schema["description"].as_str().map(str::to_owned)
}

fn shape(schema: &Value) -> Result<Shape, Box<dyn Error>> {
    let mut keywords = Keywords(schema.as_object().ok_or("a schema is an object")?.clone());
    keywords.0.remove("description");
    // Does not restrict the value.
    keywords.0.remove("default");
    let shape = if let Some(reference) = keywords.text("$ref")? {
        let name = reference.strip_prefix("#/$defs/");
        Shape::Reference(name.ok_or("a reference to elsewhere")?.to_owned())
    } else if let Some(literal) = keywords.text("const")? {
        keywords.0.remove("type");
        Shape::Literal(literal)
    } else if let Some(members) = keywords.0.remove("oneOf").or(keywords.0.remove("anyOf")) {
        let members = members.as_array().ok_or("a union is a list")?.clone();
        Shape::Union(members.iter().map(shape).collect::<Result<_, _>>()?)
    } else {
        match keywords.0.remove("type").ok_or("a schema without a type")? {
            Value::String(name) => keywords.of_type(&name)?,
            Value::Array(names) => {
                let mut shapes = Vec::new();
                for name in &names {
                    shapes.push(keywords.of_type(name.as_str().ok_or("a type is a text")?)?);
                }
                Shape::Union(shapes)
            }
            other => return Err(format!("no type: {other}").into()),
        }
    };
    match keywords.0.keys().next() {
        Some(unknown) => Err(format!("a keyword that is not known: {unknown}").into()),
        None => Ok(shape),
    }
}

/// The keywords of a schema that are not yet translated.
struct Keywords(Map<String, Value>);

impl Keywords {
    fn of_type(&mut self, name: &str) -> Result<Shape, Box<dyn Error>> {
        Ok(match name {
            "null" => Shape::Null,
            "boolean" => Shape::Boolean,
            "integer" => Shape::Integer {
                minimum: self.number("minimum")?.ok_or("an integer without bounds")?,
                maximum: self.number("maximum")?.ok_or("an integer without bounds")?,
            },
            "string" => Shape::Text(self.text_shape()?),
            "array" => Shape::List {
                items: Box::new(shape(&self.0.remove("items").ok_or("a list of what?")?)?),
                max_items: self.number("maxItems")?,
            },
            "object" => self.object()?,
            other => return Err(format!("a type that is not known: {other}").into()),
        })
    }

    fn text_shape(&mut self) -> Result<Text, Box<dyn Error>> {
        let pattern = self.text("pattern")?;
        let date_time = match self.text("format")?.as_deref() {
            None => false,
            Some("date-time") => true,
            // Formats are annotations; the pattern is the rule.
            Some("uuid") if pattern.is_some() => false,
            Some(other) => return Err(format!("a format that is not known: {other}").into()),
        };
        Ok(Text {
            min_length: self.number("minLength")?,
            max_length: self.number("maxLength")?,
            max_bytes: self.number("x-maxBytes")?,
            pattern,
            date_time,
        })
    }

    fn object(&mut self) -> Result<Shape, Box<dyn Error>> {
        let more = self.0.remove("additionalProperties");
        let Some(properties) = self.0.remove("properties") else {
            let values = match more {
                None | Some(Value::Bool(true)) => None,
                Some(Value::Bool(false)) => return Err("an object of nothing".into()),
                Some(schema) => Some(Box::new(shape(&schema)?)),
            };
            return Ok(Shape::Map {
                values,
                max_bytes: self.number("x-maxBytes")?,
                max_depth: self.number("x-maxDepth")?,
            });
        };
        let strict = match more {
            None => false,
            Some(Value::Bool(false)) => true,
            Some(_) => return Err("named fields and others".into()),
        };
        let required = self.0.remove("required").unwrap_or_default();
        let is_required = |name: &str| {
            let mut names = required.as_array().into_iter().flatten();
            names.any(|required| required == name)
        };
        let properties = properties.as_object().ok_or("properties are an object")?;
        let fields = properties.iter().map(|(name, schema)| {
            Ok(Field {
                name: name.clone(),
                description: description(schema),
                required: is_required(name),
                shape: shape(schema).map_err(|error| format!("{name}: {error}"))?,
            })
        });
        Ok(Shape::Object {
            fields: fields.collect::<Result<_, Box<dyn Error>>>()?,
            strict,
        })
    }

    fn text(&mut self, keyword: &str) -> Result<Option<String>, Box<dyn Error>> {
        match self.0.remove(keyword) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(other) => Err(format!("{keyword} is no text: {other}").into()),
        }
    }

    fn number(&mut self, keyword: &str) -> Result<Option<u64>, Box<dyn Error>> {
        match self.0.remove(keyword) {
            None => Ok(None),
            Some(value) => match value.as_u64() {
                Some(number) => Ok(Some(number)),
                None => Err(format!("{keyword} is no number from 0: {value}").into()),
            },
        }
    }
}
