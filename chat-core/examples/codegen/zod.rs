//! The Zod schemas with which a client validates frames.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Write as _;

use crate::shape::{Definition, Shape, Text, in_order};
use crate::typescript::HEADER;

/// Generates `zod.ts`: one schema per definition, each after those it uses.
pub(crate) fn schemas(definitions: &[Definition]) -> Result<String, Box<dyn Error>> {
    let by_name: BTreeMap<&str, &Shape> = definitions
        .iter()
        .map(|definition| (definition.name.as_str(), &definition.shape))
        .collect();
    let mut out = format!(
        "{HEADER}\n// Must come first: it says how schemas are made.\nimport \"../zod/config.js\";\n\
         import {{ z }} from \"zod\";\n\
         import {{ depthOf, jsonBytes, points, utf8Bytes }} from \"../zod/measures.js\";\n"
    );
    for definition in in_order(definitions)? {
        let schema = schema_of(&definition.shape, &by_name, "")?;
        let _ = write!(out, "\nexport const {} = {schema};\n", definition.name);
    }
    Ok(out)
}

type ByName<'a> = BTreeMap<&'a str, &'a Shape>;

fn schema_of(shape: &Shape, by_name: &ByName<'_>, indent: &str) -> Result<String, Box<dyn Error>> {
    Ok(match shape {
        Shape::Reference(name) => name.clone(),
        Shape::Literal(text) => format!("z.literal({text:?})"),
        Shape::Union(shapes) => union_of(shapes, by_name, indent)?,
        Shape::Text(text) => text_of(text)?,
        Shape::Integer { minimum, maximum } => format!("z.int().min({minimum}).max({maximum})"),
        Shape::Boolean => "z.boolean()".to_owned(),
        Shape::Null => "z.null()".to_owned(),
        Shape::List { items, max_items } => {
            let max = max_items.map_or_else(String::new, |max| format!(".max({max})"));
            format!("z.array({}){max}", schema_of(items, by_name, indent)?)
        }
        Shape::Map {
            values,
            max_bytes,
            max_depth,
        } => {
            let values = match values {
                Some(values) => schema_of(values, by_name, indent)?,
                None => "z.unknown()".to_owned(),
            };
            let mut out = format!("z.record(z.string(), {values})");
            if let Some(max) = max_bytes {
                let _ = write!(out, ".refine((value) => jsonBytes(value) <= {max})");
            }
            if let Some(max) = max_depth {
                let _ = write!(out, ".refine((value) => depthOf(value) <= {max})");
            }
            out
        }
        Shape::Object { fields, strict } => {
            let inner = format!("{indent}  ");
            let kind = if *strict { "strictObject" } else { "object" };
            let mut out = format!("z.{kind}({{\n");
            for field in fields {
                let schema = schema_of(&field.shape, by_name, &inner)?;
                let schema = if field.required {
                    schema
                } else {
                    format!("z.exactOptional({schema})")
                };
                let _ = writeln!(out, "{inner}{}: {schema},", field.name);
            }
            out + indent + "})"
        }
    })
}

fn union_of(
    shapes: &[Shape],
    by_name: &ByName<'_>,
    indent: &str,
) -> Result<String, Box<dyn Error>> {
    if let [shape, Shape::Null] = shapes {
        return Ok(format!(
            "z.nullable({})",
            schema_of(shape, by_name, indent)?
        ));
    }
    let literals: Option<Vec<String>> = shapes
        .iter()
        .map(|shape| match shape {
            Shape::Literal(text) => Some(format!("{text:?}")),
            _ => None,
        })
        .collect();
    if let Some(literals) = literals {
        return Ok(format!("z.enum([{}])", literals.join(", ")));
    }
    let members = shapes
        .iter()
        .map(|shape| {
            Ok(format!(
                "{indent}  {},\n",
                schema_of(shape, by_name, &format!("{indent}  "))?
            ))
        })
        .collect::<Result<String, Box<dyn Error>>>()?;
    // Without a discriminator, Zod tries every member and reports an error for each.
    let discriminator = discriminator(shapes, by_name).ok_or("a union that nothing tells apart")?;
    Ok(format!(
        "z.discriminatedUnion({discriminator:?}, [\n{members}{indent}])"
    ))
}

/// Returns the field that has a different literal in each member.
fn discriminator(shapes: &[Shape], by_name: &ByName<'_>) -> Option<String> {
    let mut members = shapes.iter().map(|shape| tags(shape, by_name));
    let first = members.next()??;
    let members: Option<Vec<BTreeMap<String, String>>> = members.collect();
    let members = members?;
    let tells_apart = |name: &String| {
        let mut seen: Vec<&String> = members.iter().filter_map(|tags| tags.get(name)).collect();
        seen.extend(first.get(name));
        seen.sort_unstable();
        seen.dedup();
        seen.len() == shapes.len()
    };
    first.keys().find(|name| tells_apart(name)).cloned()
}

/// Returns the fields of an object that have a single value.
fn tags(shape: &Shape, by_name: &ByName<'_>) -> Option<BTreeMap<String, String>> {
    match shape {
        Shape::Reference(name) => tags(by_name.get(name.as_str())?, by_name),
        Shape::Object { fields, .. } => Some(
            fields
                .iter()
                .filter(|field| field.required)
                .filter_map(|field| match &field.shape {
                    Shape::Literal(text) => Some((field.name.clone(), text.clone())),
                    _ => None,
                })
                .collect(),
        ),
        _ => None,
    }
}

fn text_of(text: &Text) -> Result<String, Box<dyn Error>> {
    let mut out = if text.date_time {
        "z.iso.datetime({ offset: true })".to_owned()
    } else {
        "z.string()".to_owned()
    };
    if let Some(pattern) = &text.pattern {
        // Counts code points, as the engine does.
        let pattern = serde_json::to_string(pattern)?;
        let _ = write!(out, ".regex(new RegExp({pattern}, \"u\"))");
    }
    match (text.min_length, text.max_length) {
        (None, None) => {}
        (min, max) => {
            let min = min.unwrap_or(0);
            let max = max.map_or_else(|| "Infinity".to_owned(), |max| max.to_string());
            let _ = write!(out, ".refine(points({min}, {max}))");
        }
    }
    if let Some(max) = text.max_bytes {
        let _ = write!(out, ".refine((value) => utf8Bytes(value) <= {max})");
    }
    Ok(out)
}
