//! The dependencies between the modules of this crate have no cycle.

#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use regex::Regex;

type Graph = BTreeMap<String, BTreeSet<String>>;

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(sources(&path));
        } else if path.extension().is_some_and(|e| e == "rs") {
            files.push(path);
        }
    }
    files
}

/// Returns the source without comments and unit tests.
fn code(path: &Path) -> String {
    let source = fs::read_to_string(path).unwrap();
    let tests = source.find("#[cfg(test)]").unwrap_or(source.len());
    let lines = source[..tests].lines();
    let code = lines.filter(|line| !line.trim_start().starts_with("//"));
    code.collect::<Vec<_>>().join("\n")
}

/// Returns the modules of a folder that a file's `use` and paths name, by their full path.
fn named(code: &str, prefix: &str, modules: &BTreeSet<String>) -> BTreeSet<String> {
    let path = Regex::new(&format!(r"\b{prefix}::(\w+)")).unwrap();
    let found = path.captures_iter(code).map(|c| c[1].to_owned());
    found.filter(|name| modules.contains(name)).collect()
}

/// Returns the dependencies between the modules directly below a folder, which is the module
/// `prefix`. Modules named in `skipped` are left out.
fn graph(folder: &Path, prefix: &str, skipped: &[&str]) -> Graph {
    let module = |path: &Path| {
        let first = path.strip_prefix(folder).unwrap().components().next();
        let name = first.unwrap().as_os_str().to_str().unwrap();
        name.trim_end_matches(".rs").to_owned()
    };
    let files = sources(folder);
    let skip = |name: &String| matches!(&**name, "mod" | "lib") || skipped.contains(&&**name);
    let modules: BTreeSet<_> = files.iter().map(|f| module(f)).collect();
    let modules = modules.into_iter().filter(|m| !skip(m)).collect();
    let mut graph = Graph::new();
    for file in &files {
        let own = module(file);
        if skip(&own) || is_test(file) {
            continue;
        }
        let code = code(file);
        let mut uses = named(&code, prefix, &modules);
        // A file directly in the folder, or a folder's `mod.rs`, reaches its siblings by `super`.
        let is_top = file.parent() == Some(folder);
        let is_mod = file.ends_with("mod.rs") && file.parent().unwrap().parent() == Some(folder);
        if is_top || is_mod {
            uses.extend(named(&code, "use super", &modules));
        }
        uses.remove(&own);
        graph.entry(own).or_default().extend(uses);
    }
    graph
}

fn is_test(file: &Path) -> bool {
    let name = file.file_stem().unwrap();
    let in_tests = file.iter().any(|part| part == "tests" || part == "races");
    name == "tests" || name == "races" || in_tests
}

/// Returns a cycle, if there is one.
fn cycle(graph: &Graph) -> Option<Vec<String>> {
    fn visit(graph: &Graph, at: &str, way: &mut Vec<String>, done: &mut BTreeSet<String>) -> bool {
        if way.iter().any(|m| m == at) {
            way.push(at.to_owned());
            return true;
        }
        if done.contains(at) {
            return false;
        }
        way.push(at.to_owned());
        let found = graph.get(at).into_iter().flatten();
        if found.into_iter().any(|next| visit(graph, next, way, done)) {
            return true;
        }
        way.pop();
        done.insert(at.to_owned());
        false
    }
    let mut done = BTreeSet::new();
    graph.keys().find_map(|start| {
        let mut way = Vec::new();
        visit(graph, start, &mut way, &mut done).then_some(way)
    })
}

fn src() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// Test support and benchmarks look into every part.
const AROUND: [&str; 3] = ["bench", "fuzz", "races"];

#[test]
fn the_parts_of_the_engine_have_no_cycle() {
    let graph = graph(&src().join("engine"), "crate::engine", &AROUND);
    assert!(graph.len() > 15, "{graph:?}");
    assert!(graph["rooms"].contains("feed"), "uses are not found");
    assert_eq!(cycle(&graph), None, "{graph:#?}");
}

#[test]
fn the_modules_of_the_crate_have_no_cycle() {
    let graph = graph(&src(), "crate", &["testing"]);
    assert!(graph["rest"].contains("engine"), "uses are not found");
    assert_eq!(cycle(&graph), None, "{graph:#?}");
}

#[test]
fn a_cycle_is_found() {
    let edges = [("a", "b"), ("b", "c"), ("c", "b"), ("d", "a")];
    let mut graph = Graph::new();
    for (from, to) in edges {
        graph.entry(from.into()).or_default().insert(to.into());
    }
    assert_eq!(cycle(&graph).unwrap(), ["a", "b", "c", "b"]);
}
