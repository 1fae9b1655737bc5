use serde_json::{Map, Value, json};

use super::generate::{Schemas, schema_of};
use crate::protocol::{Command, Event, Limits, SUBPROTOCOL};

const PLACE: &str = "/$defs";

/// Generates a JSON Schema 2020-12 document of the socket's commands and events, with the bounds of
/// `limits`.
///
/// `$defs.Command` and `$defs.Event` are a `oneOf` by `type` over named schemas, for example
/// `JoinRoomCommand` and `RoomJoinedEvent`.
#[must_use]
pub fn socket(limits: &Limits) -> Value {
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": SUBPROTOCOL,
        "description": "What goes over the socket: text frames, each one JSON object with a `type`. \
            Commands are strict: an unknown field is an error. Events are tolerant: a client ignores \
            what it does not know.",
        "$defs": definitions(PLACE, limits),
    })
}

pub(super) fn definitions(place: &'static str, limits: &Limits) -> Map<String, Value> {
    let mut schemas = Schemas::new(place, limits);
    let mut roots = Value::Array(vec![
        schemas.input(schema_of::<Command>),
        schemas.output(schema_of::<Event<'_>>),
    ]);
    let mut named = schemas.named(&mut roots);
    for union in ["Command", "Event"] {
        name_members(&mut named, union, place);
    }
    named
}

/// Names each member of a union by `type`, so that generated code has a type for it.
fn name_members(named: &mut Map<String, Value>, union: &str, place: &str) {
    let Some(Value::Object(schema)) = named.get_mut(union) else {
        return;
    };
    let Some(Value::Array(members)) = schema.get_mut("oneOf") else {
        return;
    };
    let mut taken = Vec::with_capacity(members.len());
    for member in members {
        let wire = member["properties"]["type"]["const"].clone();
        let wire = wire.as_str().unwrap_or_default();
        let name = format!("{}{union}", pascal_case(wire));
        let reference = format!("#{place}/{name}");
        let member = std::mem::replace(member, json!({"$ref": reference}));
        taken.push((name, member));
    }
    named.extend(taken);
}

/// Converts `JOIN_ROOM` to `JoinRoom`.
pub(super) fn pascal_case(wire: &str) -> String {
    let words = wire.split('_').filter_map(|word| word.split_at_checked(1));
    words
        .map(|(first, rest)| format!("{first}{}", rest.to_ascii_lowercase()))
        .collect()
}
