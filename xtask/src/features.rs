//! Reads the features that a crate declares.

/// Returns the names in the `[features]` table of a manifest, without `default`.
///
/// It parses only the TOML that these manifests use: each feature starts on a new line, and its list
/// may span several lines.
pub(crate) fn declared(manifest: &str) -> Vec<String> {
    manifest
        .lines()
        .map(str::trim)
        .skip_while(|line| *line != "[features]")
        .skip(1)
        .take_while(|line| !line.starts_with('['))
        .filter(|line| !line.starts_with(['#', '"', ']']))
        .filter_map(|line| Some(line.split_once('=')?.0.trim().trim_matches('"').to_owned()))
        .filter(|name| name != "default")
        .collect()
}

#[cfg(test)]
mod tests {
    use super::declared;

    #[test]
    fn names_come_from_the_features_table_only() {
        let manifest = r#"
[package]
name = "x"

[features]
default = ["a"]
# A comment = with a sign.
a = ["dep:b"]
long-one = [
    "tokio/net",
    "c=d",
]

[dependencies]
b = "1"
"#;
        assert_eq!(declared(manifest), ["a", "long-one"]);
        assert!(declared("[package]\nname = \"x\"\n").is_empty());
    }

    #[test]
    fn the_core_has_features() {
        let manifest = crate::run::root().join("chat-core/Cargo.toml");
        let manifest = std::fs::read_to_string(manifest).unwrap_or_default();
        assert!(declared(&manifest).contains(&"testing".to_owned()));
    }
}
