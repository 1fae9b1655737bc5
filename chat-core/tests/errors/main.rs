//! Error messages are part of the API. This test lists them all, with their kinds, in a snapshot
//! that a reviewer can read in one sitting.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use regex::Regex;

const SNAPSHOT: &str = "tests/errors/messages.txt";

fn sources(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if path.is_dir() && name != "testing" {
            sources(&path, files);
        } else if name.ends_with(".rs") && name != "tests.rs" {
            files.push(path);
        }
    }
}

/// Returns the text up to the end of the expression that starts here: to the bracket that closes
/// it, or to a semicolon.
fn expression(code: &str) -> &str {
    let (mut depth, mut in_string, mut escaped) = (0_i32, false, false);
    for (at, c) in code.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if in_string => escaped = true,
            '"' => in_string = !in_string,
            '(' | '{' | '[' if !in_string => depth += 1,
            ')' | '}' | ']' if !in_string => depth -= 1,
            ';' if !in_string && depth == 0 => return &code[..at],
            _ => {}
        }
        if depth < 0 {
            return &code[..at];
        }
    }
    code
}

/// The messages of each file: the string literals in the expressions that make an error, and the
/// kind that the expression names.
fn messages() -> BTreeMap<String, Vec<(String, String)>> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&src, &mut files);
    let start = r"(Error|Problem|Closing|Self)::(new|invalid|unavailable|internal|http)\(";
    let start = Regex::new(&format!(r"{start}|let rule = |#\[error\(")).unwrap();
    let literal = Regex::new(r#""((?:[^"\\]|\\(?s:.))+)""#).unwrap();
    let kind = Regex::new(r"(?:ErrorKind|StatusCode|CloseCode)::(\w+)").unwrap();
    let folded = Regex::new(r"\\\n\s*").unwrap();
    let mut found = BTreeMap::new();
    for path in files {
        let source = fs::read_to_string(&path).unwrap();
        let tests = source.find("#[cfg(test)]").unwrap_or(source.len());
        let lines = source[..tests].lines();
        let code = lines.filter(|line| !line.trim_start().starts_with("//"));
        let code = code.collect::<Vec<_>>().join("\n");
        let mut messages = Vec::new();
        for begin in start.captures_iter(&code) {
            let expression = expression(&code[begin.get(0).unwrap().end()..]);
            let named = kind.captures(expression).map(|c| c[1].to_owned());
            let called = begin.get(2).map_or("rule", |name| name.as_str());
            let kind = named.unwrap_or_else(|| called.to_owned());
            for text in literal.captures_iter(expression) {
                let text = folded.replace_all(&text[1], "");
                messages.push((kind.clone(), text.replace("\\\"", "\"")));
            }
        }
        if !messages.is_empty() {
            let file = path.strip_prefix(&src).unwrap().to_str().unwrap();
            found.insert(file.to_owned(), messages);
        }
    }
    found
}

#[test]
fn the_snapshot_has_every_message() {
    let mut listed = String::new();
    for (file, messages) in messages() {
        writeln!(listed, "{file}").unwrap();
        for (kind, text) in messages {
            writeln!(listed, "  {kind}: {text}").unwrap();
        }
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(SNAPSHOT);
    if std::env::var_os("CHAT_UPDATE_SNAPSHOTS").is_some() {
        fs::write(&path, &listed).unwrap();
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        listed == expected,
        "{SNAPSHOT} differs from the messages in the code; review it after \
         `CHAT_UPDATE_SNAPSHOTS=1 cargo test -p chat-core --test errors`"
    );
}

/// A message starts in lower case, ends without a full stop, and does not begin with a clause that
/// reads as a riddle.
#[test]
fn messages_follow_the_style() {
    let riddle = Regex::new(r"^(who|what|whether|nobody|there is no)\b").unwrap();
    let word = Regex::new(r"^[A-Z][a-z]").unwrap();
    for (file, messages) in messages() {
        for (_, text) in messages {
            assert!(!text.ends_with('.'), "{file}: a full stop: {text}");
            assert!(!riddle.is_match(&text), "{file}: a riddle: {text}");
            assert!(!word.is_match(&text), "{file}: upper case: {text}");
        }
    }
}
