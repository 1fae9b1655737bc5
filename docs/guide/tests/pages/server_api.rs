use crate::page::{Page, assert_same, quoted, source};

const FILES: [&str; 11] = [
    "mod.rs",
    "shutdown.rs",
    "api/members.rs",
    "api/messages.rs",
    "api/moderation.rs",
    "api/reactions.rs",
    "api/reading.rs",
    "api/request.rs",
    "api/rooms.rs",
    "api/search.rs",
    "api/users.rs",
];

/// Returns the public methods in the `impl Engine` blocks of a source.
fn methods(source: &str) -> Vec<String> {
    let blocks = source.split("\nimpl Engine {\n").skip(1);
    let blocks = blocks.filter_map(|rest| rest.split("\n}\n").next());
    let lines = blocks.flat_map(str::lines);
    let methods = lines.filter_map(|line| {
        let line = line.strip_prefix("    pub ")?;
        let (_, rest) = line.split_once("fn ")?;
        let end = rest.find(['(', '<'])?;
        Some(rest[..end].to_owned())
    });
    methods.collect()
}

#[test]
fn every_method_of_the_engine_is_there() {
    let page = Page::open("server-api.md");
    let rows = page.table("## What there is");
    let told = rows.iter().flat_map(|row| quoted(&row[1])).collect();
    let read = |file| source(&format!("chat-core/src/engine/{file}"));
    let known = FILES
        .map(read)
        .into_iter()
        .flat_map(|source| methods(&source));
    let known = known.filter(|name| name != "builder").collect();
    assert_same("methods", told, known);
}
