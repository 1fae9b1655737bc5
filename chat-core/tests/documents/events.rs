//! Every event matches the schema, with all of its optional fields and with none.

use std::collections::BTreeSet;

use chat_core::protocol::Event;
use serde_json::Value;

use crate::samples::{each_event, user};
use crate::schema::{DOCUMENT, check_event};

#[test]
fn every_event_is_one() {
    let mut seen = BTreeSet::new();
    each_event(|event| {
        let json: Value = serde_json::from_slice(&event.encode()).unwrap();
        check_event(&json);
        seen.insert(json["type"].as_str().unwrap().to_owned());
    });
    let schemas = DOCUMENT["$defs"].as_object().unwrap().iter();
    let known: BTreeSet<String> = schemas
        .filter(|(name, _)| name.ends_with("Event"))
        .filter_map(|(_, schema)| schema["properties"]["type"]["const"].as_str())
        .map(str::to_owned)
        .collect();
    assert_eq!(seen, known);
}

/// The schema must reject other events, or the test above would prove nothing.
#[test]
fn other_events_are_none() {
    let is_event = |json: &Value| crate::schema::of("Event").is_valid(json);
    let user = user();
    let online = Event::UserOnline { user_id: &user }.encode();
    let mut event: Value = serde_json::from_slice(&online).unwrap();
    event["more"] = Value::Null;
    assert!(is_event(&event), "fields may be added");
    event["userId"] = "not an id".into();
    assert!(!is_event(&event));
    event.as_object_mut().unwrap().remove("userId");
    assert!(!is_event(&event));
}
