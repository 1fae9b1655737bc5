use crate::{ClientMessageId, MAX_ID_BYTES, RoomId, UserId};

/// Returns valid ids that a careless backend misreads as an operator, a pattern, a path or a
/// separator, or confuses with each other.
///
/// ```
/// for id in chat_core::testing::hostile_ids() {
///     assert!(chat_core::RoomId::new(&id).is_ok());
/// }
/// ```
#[must_use]
pub fn hostile_ids() -> Vec<String> {
    let mut ids: Vec<String> = [
        "$where",
        "$ne",
        "$",
        "a.b",
        "a",
        "A",
        "b",
        "a:b",
        "b:c",
        "c",
        ":",
        "::",
        "a:",
        ":a",
        "{x}",
        "x",
        "*",
        "?",
        "a*",
        "[a-z]",
        "^a",
        "chat:r:",
        "chat:u:",
        "chat:r:a",
        "chat:r:*",
        "u:a",
        "r:a",
        "%00",
        "%",
        "_",
        "a_b",
        "..",
        "../a",
        "/",
        "\\",
        "\\0",
        "'",
        "\"",
        "';--",
        "<b>",
        "0",
        "00",
        "-1",
        "null",
        "true",
        "NaN",
        "__proto__",
        "_id",
        "🦀",
        "🦀🦀",
        "é",
        "e\u{301}",
        "ß",
        "ss",
        "\u{fffd}",
        "\u{10ffff}",
    ]
    .map(String::from)
    .into();
    // Ids of the maximum length that differ only in the last byte, and one of 4-byte characters.
    ids.push("x".repeat(MAX_ID_BYTES));
    ids.push(format!("{}y", "x".repeat(MAX_ID_BYTES - 1)));
    ids.push("🦀".repeat(MAX_ID_BYTES / 4));
    ids
}

/// Pairs that collide when joined by a separator.
pub(super) const ALIKE: [[(&str, &str); 2]; 6] = [
    [("a", "b:c"), ("a:b", "c")],
    [("a", ":c"), ("a:", "c")],
    [("a", "b.c"), ("a.b", "c")],
    [("a", "b/c"), ("a/b", "c")],
    [("a", "b|c"), ("a|b", "c")],
    [("a", "bc"), ("ab", "c")],
];

/// Panics only if the suite has a bug.
macro_rules! made_of {
    ($fn:ident, $id:ident) => {
        pub(super) fn $fn(id: impl AsRef<str>) -> $id {
            match $id::new(id.as_ref()) {
                Ok(made) => made,
                Err(e) => panic!("{:?} is not a valid id: {e}", id.as_ref()),
            }
        }
    };
}

made_of!(user, UserId);
made_of!(room, RoomId);
made_of!(client_id, ClientMessageId);

/// The room that most checks use. Its id contains characters that some backends treat as special.
pub(super) fn a_room() -> RoomId {
    room("$where:{a.b}*[x]?/🦀")
}
