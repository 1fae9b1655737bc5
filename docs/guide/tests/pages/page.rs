use std::path::{Path, PathBuf};

/// A page of the guide.
pub(crate) struct Page {
    name: String,
    text: String,
}

/// Returns the folder of the guide.
pub(crate) fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Reads a file of this repository by its path from the root.
pub(crate) fn source(path: &str) -> String {
    let path = folder().join("../..").join(path);
    read(&path)
}

pub(crate) fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

impl Page {
    pub(crate) fn open(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            text: read(&folder().join(name)),
        }
    }

    /// Returns the text under a heading, up to the next heading of any level.
    pub(crate) fn section(&self, heading: &str) -> &str {
        let (_, rest) = self
            .text
            .split_once(&format!("\n{heading}\n"))
            .unwrap_or_else(|| panic!("{} has no heading {heading:?}", self.name));
        rest.split("\n#").next().unwrap_or(rest)
    }

    /// Returns the trimmed cells of the table under a heading, row by row, without its head.
    pub(crate) fn table(&self, heading: &str) -> Vec<Vec<String>> {
        let lines = self.section(heading).lines();
        let rows = lines.filter(|line| line.starts_with('|')).skip(2);
        let rows: Vec<_> = rows.map(cells).collect();
        assert!(
            !rows.is_empty(),
            "{} has no table under {heading:?}",
            self.name
        );
        rows
    }

    /// Returns the quoted names in the first column of that table.
    pub(crate) fn names(&self, heading: &str) -> Vec<String> {
        let rows = self.table(heading);
        rows.iter().flat_map(|row| quoted(&row[0])).collect()
    }
}

fn cells(row: &str) -> Vec<String> {
    // A bar within a cell is escaped.
    let row = row.replace("\\|", "\u{0}");
    let row = row.trim().trim_start_matches('|').trim_end_matches('|');
    row.split('|')
        .map(|cell| cell.trim().replace('\u{0}', "|"))
        .collect()
}

/// Returns the texts in backquotes.
pub(crate) fn quoted(text: &str) -> Vec<String> {
    text.split('`')
        .skip(1)
        .step_by(2)
        .map(str::to_owned)
        .collect()
}

/// Fails unless the page names exactly the known items.
pub(crate) fn assert_same(what: &str, on_the_page: Vec<String>, in_the_code: Vec<String>) {
    for name in &in_the_code {
        assert!(
            on_the_page.contains(name),
            "{what}: the page lacks `{name}`"
        );
    }
    for name in &on_the_page {
        assert!(
            in_the_code.contains(name),
            "{what}: the code has no `{name}`"
        );
    }
    assert_eq!(
        on_the_page.len(),
        in_the_code.len(),
        "{what}: the page names something twice"
    );
}
