//! The documents of the wire: that those in `docs` are those of the types, and that they are sound.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::path::Path;

use chat_core::protocol::Limits;
use chat_core::schema::{asyncapi, openapi, socket};
use serde_json::Value;

fn documents() -> [(&'static str, Value); 3] {
    let limits = Limits::default();
    [
        ("openapi.json", openapi(&limits)),
        ("schema.json", socket(&limits)),
        ("asyncapi.json", asyncapi(&limits)),
    ]
}

#[test]
fn what_is_checked_in_is_what_the_types_say() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs");
    for (name, document) in documents() {
        let text = std::fs::read_to_string(folder.join(name)).unwrap_or_default();
        let there: Value = serde_json::from_str(&text).unwrap_or_default();
        assert!(
            there == document,
            "docs/{name} is stale: run `cargo xtask codegen`, and commit what it writes"
        );
    }
}
