use std::path::Path;

use crate::page::{folder, read};

/// Returns the targets of a text's links, except external ones.
fn targets(text: &str) -> impl Iterator<Item = &str> {
    let all = text
        .split("](")
        .skip(1)
        .filter_map(|rest| rest.split(')').next());
    all.filter(|target| !target.contains("://"))
}

/// Returns the anchor that GitHub gives a heading.
fn anchor(heading: &str) -> String {
    let text = heading.trim_start_matches('#').trim().to_lowercase();
    let kept = text
        .chars()
        .filter(|c| c.is_alphanumeric() || " -_".contains(*c));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}

fn check(file: &Path) {
    let text = read(file);
    for target in targets(&text) {
        let (path, fragment) = target.split_once('#').unwrap_or((target, ""));
        let to = match path {
            "" => file.to_owned(),
            path => file.with_file_name(path),
        };
        assert!(to.exists(), "{} links to {target}", file.display());
        if !fragment.is_empty() {
            let linked = read(&to);
            let headings = linked.lines().filter(|line| line.starts_with('#'));
            let found = headings.map(anchor).any(|a| a == fragment);
            assert!(found, "{} links to {target}", file.display());
        }
    }
}

fn pages(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    paths
        .filter(|path| path.extension().is_some_and(|e| e == "md"))
        .collect()
}

#[test]
fn every_link_leads_somewhere() {
    let docs = folder().join("..");
    let root = docs.join("..");
    for folder in [folder(), docs.clone(), docs.join("decisions"), root] {
        for page in pages(&folder) {
            check(&page);
        }
    }
}

#[test]
fn the_map_and_the_doctests_name_every_page() {
    let (map, tests) = (
        read(&folder().join("README.md")),
        read(&folder().join("src/lib.rs")),
    );
    for page in pages(&folder()) {
        let name = page.file_name().unwrap().to_str().unwrap();
        assert!(
            tests.contains(&format!("\"{name}\"")),
            "lib.rs lacks {name}"
        );
        let named = name == "README.md" || map.contains(&format!("({name})"));
        assert!(named, "the map lacks {name}");
    }
}
