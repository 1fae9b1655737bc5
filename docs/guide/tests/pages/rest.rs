use std::collections::BTreeSet;

use chat_core::protocol::Limits;
use serde_json::Value;

use crate::page::{Page, assert_same, quoted};

/// The statuses of any call, which the page states once.
const ANY: [&str; 8] = ["400", "401", "403", "408", "413", "429", "500", "503"];

fn statuses(operation: &Value) -> BTreeSet<String> {
    let all = operation["responses"].as_object().unwrap();
    all.keys().cloned().collect()
}

/// The additional statuses of all calls in a room, and of all calls with a body.
fn said_once(call: &str, operation: &Value) -> Vec<&'static str> {
    let mut statuses = ANY.to_vec();
    if call.contains("{roomId}") {
        statuses.push("404");
    }
    if operation.get("requestBody").is_some() {
        statuses.push("415");
    }
    statuses
}

#[test]
fn every_call_is_there_with_its_query_and_its_statuses() {
    let page = Page::open("rest.md");
    let document = chat_core::rest::openapi(&Limits::default());
    let mut calls = Vec::new();
    for (path, operations) in document["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            calls.push((
                format!("{} {path}", method.to_uppercase()),
                operation.clone(),
            ));
        }
    }
    let sections = [
        "### Rooms",
        "### Members",
        "### Messages",
        "### Reading",
        "### Moderation",
        "### Users and search",
        "### Documents",
    ];
    let rows: Vec<_> = sections.iter().flat_map(|h| page.table(h)).collect();
    let names = rows.iter().map(|row| quoted(&row[0]).remove(0)).collect();
    let known = calls.iter().map(|(name, _)| name.clone()).collect();
    assert_same("calls", names, known);

    for row in rows {
        let name = quoted(&row[0]).remove(0);
        let (_, operation) = calls.iter().find(|(call, _)| *call == name).unwrap();
        let mut told: BTreeSet<String> = row[3].split(", ").map(str::to_owned).collect();
        if !name.ends_with(".json") {
            told.extend(said_once(&name, operation).into_iter().map(str::to_owned));
        }
        assert_eq!(told, statuses(operation), "{name}");

        let parameters = operation["parameters"].as_array();
        let parameters = parameters.into_iter().flatten();
        let query = parameters.filter(|p| p["in"] == "query");
        let query: BTreeSet<_> = query
            .map(|p| p["name"].as_str().unwrap().to_owned())
            .collect();
        // A name with a hyphen is a header; one in braces is a body.
        let named = quoted(&row[1]);
        let told = named.iter().filter(|name| !name.contains(['-', '{']));
        assert_eq!(
            told.cloned().collect::<BTreeSet<_>>(),
            query,
            "the query of {name}"
        );
        let told = named.iter().find(|name| name.starts_with('{'));
        let told = told.map(|body| body.trim_matches(['{', '}']).split(", "));
        let told: BTreeSet<_> = told.into_iter().flatten().map(str::to_owned).collect();
        assert_eq!(told, body(&document, operation), "the body of {name}");
    }
}

/// Returns the fields of a call's body. Optional ones end with a question mark.
fn body(document: &Value, operation: &Value) -> BTreeSet<String> {
    let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
    let schema = match schema["$ref"].as_str() {
        Some(to) => document.pointer(to.trim_start_matches('#')).unwrap(),
        None => schema,
    };
    let required = schema["required"].as_array();
    let is_required = |name: &String| required.is_some_and(|r| r.iter().any(|r| r == name));
    let fields = schema["properties"].as_object().into_iter().flatten();
    let marked = fields.map(|(name, _)| match is_required(name) {
        true => name.clone(),
        false => format!("{name}?"),
    });
    marked.collect()
}
