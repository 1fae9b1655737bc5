//! The TypeScript types that a client compiles against. They contain no code.

use std::fmt::Write as _;

use crate::shape::{Definition, Shape};

/// The header of every generated file.
pub(crate) const HEADER: &str =
    "// Made by `cargo xtask codegen` from the types of the engine. Do not edit.\n";

/// Generates `wire.ts`: one type per definition.
pub(crate) fn types(definitions: &[Definition]) -> String {
    let mut out = HEADER.to_owned();
    for definition in definitions {
        out.push('\n');
        comment(&mut out, "", definition.description.as_deref());
        let shape = type_of(&definition.shape, "");
        let _ = writeln!(out, "export type {} = {shape};", definition.name);
    }
    out
}

/// Generates `event-types.ts`, the only generated values that a client needs at run time.
pub(crate) fn event_types(names: &[String]) -> String {
    let mut out = format!(
        "{HEADER}\n/** The types of event that this version knows. */\n\
         export const EVENT_TYPES: ReadonlySet<string> = new Set([\n"
    );
    for name in names {
        let _ = writeln!(out, "  {name:?},");
    }
    out + "]);\n"
}

/// Generates `zod-is-types.ts`, which compiles only if each schema matches the type of its name.
pub(crate) fn equality(definitions: &[Definition]) -> String {
    let mut out = format!(
        "{HEADER}\nimport type {{ z }} from \"zod\";\n\
         import type * as wire from \"../../src/generated/wire.js\";\n\
         import type * as schemas from \"../../src/generated/zod.js\";\n\n\
         type Same<A, B> =\n  (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true : never;\n\n\
         export const SAME: {{\n"
    );
    for Definition { name, .. } in definitions {
        let _ = writeln!(
            out,
            "  {name}: Same<z.infer<typeof schemas.{name}>, wire.{name}>;"
        );
    }
    out.push_str("} = {\n");
    for Definition { name, .. } in definitions {
        let _ = writeln!(out, "  {name}: true,");
    }
    out + "};\n"
}

fn type_of(shape: &Shape, indent: &str) -> String {
    match shape {
        Shape::Reference(name) => name.clone(),
        Shape::Literal(text) => format!("{text:?}"),
        Shape::Union(shapes) => {
            let types: Vec<_> = shapes.iter().map(|shape| type_of(shape, indent)).collect();
            types.join(" | ")
        }
        Shape::Text(_) => "string".to_owned(),
        Shape::Integer { .. } => "number".to_owned(),
        Shape::Boolean => "boolean".to_owned(),
        Shape::Null => "null".to_owned(),
        Shape::List { items, .. } => format!("Array<{}>", type_of(items, indent)),
        Shape::Map { values: None, .. } => "Record<string, unknown>".to_owned(),
        Shape::Map {
            values: Some(values),
            ..
        } => format!("Record<string, {}>", type_of(values, indent)),
        Shape::Object { fields, .. } => {
            let mut out = "{\n".to_owned();
            let inner = format!("{indent}  ");
            for field in fields {
                comment(&mut out, &inner, field.description.as_deref());
                let mark = if field.required { "" } else { "?" };
                let shape = type_of(&field.shape, &inner);
                let _ = writeln!(out, "{inner}{}{mark}: {shape};", field.name);
            }
            out + indent + "}"
        }
    }
}

fn comment(out: &mut String, indent: &str, description: Option<&str>) {
    if let Some(description) = description {
        let words = description.split_whitespace().collect::<Vec<_>>().join(" ");
        let _ = writeln!(out, "{indent}/** {} */", words.replace("*/", "* /"));
    }
}
