use chat_core::MAX_ID_BYTES;
use chat_core::auth::JwtAuthenticator;
use chat_core::model::Message;

use crate::page::{Page, assert_same, quoted, source};
use crate::settings::{assert_default, defaults, number};

/// Settings that do not limit clients. A new setting belongs here or on the page.
const NO_LIMITS: [&str; 16] = [
    "activity_delay_ms",
    "anti_entropy_ms",
    "client_room_ids",
    "degraded_poll_ms",
    "delete_window_ms",
    "edit_window_ms",
    "occupancy_ms",
    "per_user_fanout_max",
    "presence_grace_ms",
    "presence_ttl_ms",
    "push_lease_ms",
    "reaction_names",
    "reconnect_spread_ms",
    "reorder_window_ms",
    "token_warning_ms",
    "typing_ms",
];

#[test]
fn every_limit_is_there_with_its_default_and_a_reason() {
    let page = Page::open("security.md");
    let settings = defaults();
    let headings = [
        "### Sizes",
        "### Counts",
        "### In flight",
        "### Memory",
        "### Time",
        "### Rates",
    ];
    let rows: Vec<_> = headings.iter().flat_map(|h| page.table(h)).collect();
    let told = rows.iter().flat_map(|row| quoted(&row[0])).collect();
    let limits = settings.keys().cloned();
    let limits = limits.filter(|name| !NO_LIMITS.contains(&name.as_str()));
    assert_same("limits", told, limits.collect());
    for row in rows {
        assert_default(&row, &settings);
        let reason = row.last().unwrap();
        assert!(reason.ends_with('.') && reason.len() > 10, "{row:?}");
    }
}

/// Returns the value of a constant in a source of the core.
fn constant(file: &str, name: &str) -> f64 {
    let source = source(&format!("chat-core/src/{file}"));
    let (_, rest) = source.split_once(&format!("const {name}: ")).unwrap();
    let (_, value) = rest.split_once(" = ").unwrap();
    let value = value.split(';').next().unwrap().replace('_', "");
    match value.split_once(" << ") {
        Some((number, shift)) => {
            let shift: i32 = shift.parse().unwrap();
            number.parse::<f64>().unwrap() * 2_f64.powi(shift)
        }
        None => value.parse().unwrap(),
    }
}

#[test]
#[allow(clippy::cast_precision_loss, reason = "small numbers")]
fn the_fixed_bounds_are_those_of_the_code() {
    let page = Page::open("security.md");
    let search = source("chat-core/src/memory/messages/search.rs");
    assert!(search.contains("bytes: 4 << 20,"));
    let known = [
        ("an id", MAX_ID_BYTES as f64),
        ("a token", JwtAuthenticator::MAX_TOKEN_BYTES as f64),
        ("users listed", Message::LISTED_USERS as f64),
        (
            "entries of a page",
            constant("rest/request.rs", "MAX_LIMIT"),
        ),
        (
            "bytes of a page",
            constant("engine/rooms/shared_reads.rs", "PAGE_BYTES"),
        ),
        (
            "bytes that a",
            constant("engine/outbound/outbox.rs", "FREE_BYTES"),
        ),
        ("users in one", constant("rest/reads.rs", "MAX_USERS")),
        ("bytes of text", f64::from(4 << 20)),
    ];
    let rows = page.table("### Fixed");
    assert_eq!(rows.len(), known.len());
    for (row, (name, value)) in rows.iter().zip(known) {
        assert!(row[0].starts_with(name), "{row:?}");
        assert_eq!(number(row[1].trim_end_matches(" bytes")), value, "{row:?}");
    }
}
