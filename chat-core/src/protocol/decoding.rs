//! Decoding of JSON objects from clients, with errors that name the field and the rule.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};

use crate::object::Object;
use crate::{Error, Result};

/// The maximum length of an error message, since it may quote large client input.
const MAX_CHARS: usize = 200;

/// Decodes an object. `what` is its name in error messages, for example "the body".
///
/// # Errors
/// `Invalid`.
pub(crate) fn decode_object<T: DeserializeOwned>(json: &[u8], what: &str) -> Result<T> {
    serde_json::from_slice(json)
        .map(|Object(value)| value)
        .map_err(|error| {
            // Tracking the path slows decoding down, so decode again only after a failure.
            let found = error.is_data().then(|| {
                let mut again = serde_json::Deserializer::from_slice(json);
                explain::<T, _>(&mut again, what)
            });
            let message = found.flatten().unwrap_or_else(|| in_short(&error, what));
            Error::invalid(message)
        })
}

/// Explains which field of an object breaks which rule. Returns `None` if the object is valid.
pub(crate) fn explain<'de, T, D>(object: D, what: &str) -> Option<String>
where
    T: Deserialize<'de>,
    D: Deserializer<'de, Error = serde_json::Error>,
{
    let error = serde_path_to_error::deserialize::<_, Object<T>>(object).err()?;
    let path = error.path().to_string();
    Some(rule(what, &path, &without_place(error.inner())))
}

/// Explains an error without the path of the field.
pub(crate) fn in_short(error: &serde_json::Error, what: &str) -> String {
    if error.is_data() {
        return rule(what, ".", &without_place(error));
    }
    format!("{what} must be valid JSON")
}

fn without_place(error: &serde_json::Error) -> String {
    let message = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    message.strip_suffix(&place).unwrap_or(&message).to_owned()
}

/// Translates serde's message about the field at a path. The path `.` is the object itself.
fn rule(what: &str, path: &str, message: &str) -> String {
    let named = |prefix: &str| message.strip_prefix(prefix)?.split('`').nth(1);
    let field = |name: &str| match path {
        "." => format!("`{name}`"),
        // The path of an unknown field ends with its name.
        _ if path == name || path.ends_with(&format!(".{name}")) => format!("`{path}`"),
        _ => format!("`{path}.{name}`"),
    };
    let text = if let Some(name) = named("missing field ") {
        format!("{} is required", field(name))
    } else if let Some(name) = named("unknown field ") {
        format!("unknown field {}", field(name))
    } else if let Some(name) = named("duplicate field ") {
        format!("{} must be given once", field(name))
    } else {
        about(what, path, &must(message))
    };
    shortened(&text)
}

/// Replaces the subject of a message such as "an id must not be empty" by the field at a path.
pub(crate) fn about(what: &str, path: &str, rule: &str) -> String {
    let rule = rule.split_once(" must ").map_or(rule, |(_, rule)| rule);
    match path {
        "." => format!("{what} must {rule}"),
        _ => format!("`{path}` must {rule}"),
    }
}

/// Extracts the rule from serde's message about a value.
fn must(message: &str) -> String {
    let Some((_, expected)) = message.rsplit_once(", expected ") else {
        return match message.contains(" must ") {
            true => message.to_owned(),
            false => "have a valid value".to_owned(),
        };
    };
    let mut rule = "be ".to_owned();
    rule.push_str(match expected {
        "u64" => "a whole number below 2^53",
        "u8" | "u16" | "u32" | "usize" => "a whole number of at least 0",
        "a boolean" => "true or false",
        "a sequence" => "an array",
        "a map" => "an object",
        _ if expected.starts_with("struct ") => "an object",
        _ if expected.contains("identifier") || expected.starts_with("enum ") => "a string",
        other => other,
    });
    rule
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(MAX_CHARS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
