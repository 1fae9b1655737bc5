use std::collections::BTreeMap;

use chat_core::Config;
use serde_json::Value;

use crate::page::{Page, assert_same, folder, quoted, read, source};

/// Returns settings by dotted name with their defaults. A quota is one setting.
fn flat(prefix: &str, value: &Value, into: &mut BTreeMap<String, Value>) {
    match value.as_object() {
        Some(fields) if !fields.contains_key("burst") => {
            for (name, value) in fields {
                flat(&format!("{prefix}{name}."), value, into);
            }
        }
        _ => {
            into.insert(prefix.trim_end_matches('.').to_owned(), value.clone());
        }
    }
}

pub(crate) fn number(cell: &str) -> f64 {
    cell.replace(',', "").parse().unwrap()
}

/// Returns the settings of an engine by dotted name with their defaults.
pub(crate) fn defaults() -> BTreeMap<String, Value> {
    let config = serde_json::to_value(Config::default()).unwrap();
    let mut settings = BTreeMap::new();
    flat("", &config, &mut settings);
    settings
}

/// Fails unless a row has the default of the setting that its first cell names.
pub(crate) fn assert_default(row: &[String], settings: &BTreeMap<String, Value>) {
    let name = quoted(&row[0]).remove(0);
    let default = &settings[&name];
    let expected = match default.as_object() {
        Some(quota) => vec![&quota["burst"], &quota["per_second"]],
        None => vec![default],
    };
    for (cell, value) in row[1..].iter().zip(expected) {
        if *value == serde_json::json!([]) {
            assert_eq!(cell, "none", "{name}");
        } else if let Some(switch) = value.as_bool() {
            assert_eq!(*cell, switch.to_string(), "{name}");
        } else {
            assert_eq!(Some(number(cell)), value.as_f64(), "{name}");
        }
    }
}

#[test]
fn the_engine_s_settings_are_there_with_their_defaults() {
    let page = Page::open("settings.md");
    let settings = defaults();
    let headings = ["## The engine", "## Limits", "## Rates"];
    let rows: Vec<_> = headings.iter().flat_map(|h| page.table(h)).collect();
    let names = rows.iter().flat_map(|row| quoted(&row[0])).collect();
    assert_same("settings", names, settings.keys().cloned().collect());
    for row in rows {
        assert_default(&row, &settings);
    }
}

/// Lists the names of a struct's fields. It does not compile if one is missing.
macro_rules! fields {
    ($($options:ident)::+ { $($field:ident),* $(,)? }) => {{
        let $($options)::+ { $($field: _),* } = $($options)::+::default();
        vec![$(stringify!($field).to_owned()),*]
    }};
}

#[test]
fn the_adapters_options_are_there() {
    let page = Page::open("settings.md");
    let axum = fields!(chat_axum::Options {
        origins,
        upgrade_timeout,
        frame_timeout
    });
    assert_same("chat-axum", page.names("### chat-axum"), axum);
    let actix = fields!(chat_actix::Options {
        origins,
        frame_timeout
    });
    assert_same("chat-actix", page.names("### chat-actix"), actix);
}

#[test]
fn the_options_of_the_backends_are_there() {
    let page = Page::open("settings.md");
    // A feature adds a field, and any crate of the workspace may enable it.
    let redis = source("chat-redis/src/options.rs");
    let redis = redis.lines().filter_map(|l| l.trim().strip_prefix("pub "));
    let redis = redis
        .filter_map(|l| l.split_once(": "))
        .map(|(name, _)| name.to_owned());
    assert_same("chat-redis", page.names("### chat-redis"), redis.collect());

    let mongo = source("chat-mongo/src/options.rs");
    let setters = mongo
        .match_indices(" fn with_")
        .map(|(at, _)| &mongo[at + 4..]);
    let setters = setters
        .filter_map(|rest| rest.split('(').next())
        .map(str::to_owned);
    assert_same(
        "chat-mongo",
        page.names("### chat-mongo"),
        setters.collect(),
    );
}

#[test]
fn the_variables_of_the_example_servers_are_there() {
    let page = Page::open("settings.md");
    let files = std::fs::read_dir(folder().join("../../examples/server/src")).unwrap();
    let files = files.map(|file| file.unwrap().path());
    let code: String = files
        .filter(|path| path.is_file())
        .map(|path| read(&path))
        .collect();
    let calls = ["variable(\"", "is_on(\"", "env::var(\"", "var_os(\""];
    let after = calls.map(|call| code.split(call).skip(1));
    let named = after
        .into_iter()
        .flatten()
        .filter_map(|rest| rest.split('"').next());
    let mut variables: Vec<_> = named.map(str::to_owned).collect();
    variables.push("RUST_LOG".to_owned());
    variables.sort();
    variables.dedup();
    assert_same("variables", page.names("## The example servers"), variables);
}
