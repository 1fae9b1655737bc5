use std::collections::BTreeSet;

use chat_core::protocol::{Command, ErrorCode, Limits, decode_command};
use chat_core::schema;
use serde_json::Value;

use crate::page::{Page, assert_same, folder, quoted, read};

fn document() -> Value {
    schema::socket(&Limits::default())
}

/// Returns the types of events from the schema.
fn events(document: &Value) -> Vec<String> {
    let definitions = document["$defs"].as_object().unwrap();
    let events = definitions
        .iter()
        .filter(|(name, _)| name.ends_with("Event"));
    let types = events.filter_map(|(_, e)| e["properties"]["type"]["const"].as_str());
    types.map(str::to_owned).collect()
}

#[test]
fn every_command_event_and_code_is_there() {
    let page = Page::open("protocol.md");
    let document = document();
    let commands = Command::TYPES.iter().map(|t| (*t).to_owned()).collect();
    assert_same("commands", page.names("## Commands"), commands);
    assert_same("events", page.names("## Events"), events(&document));

    let codes = &document["$defs"]["ErrorCode"];
    let listed = codes["oneOf"]
        .as_array()
        .or(codes["enum"].as_array())
        .unwrap();
    let code = |code: &Value| code.as_str().or(code["const"].as_str()).map(str::to_owned);
    let codes = listed.iter().flat_map(|c| match c["enum"].as_array() {
        Some(several) => several.iter().filter_map(code).collect(),
        None => Vec::from_iter(code(c)),
    });
    assert_same("error codes", page.names("## Error codes"), codes.collect());
}

/// Returns the fields that a cell names. Optional ones end with a question mark.
fn told_fields(cell: &str) -> BTreeSet<String> {
    quoted(cell).into_iter().collect()
}

/// Returns the same from the schema of a command or an event.
fn known_fields(definition: &Value, without: &[&str]) -> BTreeSet<String> {
    let required = definition["required"].as_array().unwrap();
    let fields = definition["properties"].as_object().unwrap().keys();
    let fields = fields.filter(|name| !without.contains(&name.as_str()));
    let marked = fields.map(|name| match required.iter().any(|r| r == name) {
        true => name.clone(),
        false => format!("{name}?"),
    });
    marked.collect()
}

#[test]
fn every_field_is_there() {
    let page = Page::open("protocol.md");
    let document = document();
    let definitions = document["$defs"].as_object().unwrap();
    let of_type = |kind: &str, name: &str| {
        let mut all = definitions.iter().filter(|(n, _)| n.ends_with(kind));
        let found = all.find(|(_, d)| d["properties"]["type"]["const"] == name);
        found.unwrap().1
    };
    for row in page.table("## Commands") {
        let name = &quoted(&row[0])[0];
        // The page states once that any command may have a `ref`.
        let known = known_fields(of_type("Command", name), &["type", "ref"]);
        assert_eq!(told_fields(&row[1]), known, "{name}");
    }
    for row in page.table("## Events") {
        let name = &quoted(&row[0])[0];
        let known = known_fields(of_type("Event", name), &["type"]);
        assert_eq!(told_fields(&row[1]), known, "{name}");
    }
}

#[test]
fn every_error_code_has_its_status() {
    let page = Page::open("protocol.md");
    for row in page.table("## Error codes") {
        let code = Value::String(quoted(&row[0]).remove(0));
        let code: ErrorCode = serde_json::from_value(code).unwrap();
        assert_eq!(row[1], code.status().as_u16().to_string(), "{code:?}");
    }
}

#[test]
fn every_close_code_is_there() {
    let page = Page::open("protocol.md");
    let rows = page.table("## Close codes");
    let told: Vec<_> = rows.iter().map(|row| row[0].clone()).collect();
    // The documentation of each variant begins with its number.
    let code = crate::page::source("chat-core/src/protocol/code.rs");
    let known = code
        .lines()
        .filter_map(|line| line.trim().strip_prefix("/// "));
    let known = known
        .filter_map(|line| line.split_once(": "))
        .map(|(number, _)| number);
    let known = known
        .filter(|number| number.parse::<u16>().is_ok())
        .map(str::to_owned);
    assert_same("close codes", told, known.collect());
}

/// Returns the frames on a page: the lines that begin with an arrow.
fn frames(text: &str, arrow: char) -> Vec<String> {
    let lines = text.lines().filter_map(|line| {
        let (before, frame) = line.split_once(arrow)?;
        let who = before.trim();
        let is_frame = who.chars().all(char::is_alphanumeric) && frame.trim().starts_with('{');
        is_frame.then(|| frame.trim().to_owned())
    });
    lines.collect()
}

#[test]
fn the_frames_that_pages_show_are_frames() {
    let document = document();
    let mut schema = document.clone();
    schema["$ref"] = "#/$defs/Event".into();
    let event = jsonschema::validator_for(&schema).unwrap();
    let limits = Limits::default();
    let (mut commands, mut events) = (0, 0);
    for entry in std::fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|e| e != "md") {
            continue;
        }
        let text = read(&path);
        for frame in frames(&text, '→') {
            let decoded = decode_command(frame.as_bytes(), &limits);
            assert!(decoded.is_ok(), "{}: {frame}", path.display());
            commands += 1;
        }
        for frame in frames(&text, '←') {
            let frame: Value = serde_json::from_str(&frame)
                .unwrap_or_else(|e| panic!("{}: {frame}: {e}", path.display()));
            if let Err(error) = event.validate(&frame) {
                panic!("{}: {frame}: {error}", path.display());
            }
            events += 1;
        }
    }
    assert!(
        commands >= Command::TYPES.len() && events >= 20,
        "{commands}, {events}"
    );
}
