//! What the types do not say of the fields: their bounds and patterns. A field names its shape by
//! `schemars(with = …)`.
//!
//! A bound of [`Limits`](crate::protocol::Limits) stands in `x-limit` by the name of the limit, until
//! the document is made with the values of an engine. Bounds in bytes become bounds in characters,
//! which are no stricter; `x-maxBytes` tells of the bytes. The patterns are understood alike by
//! ECMA 262, Python and Rust. A rule in `x-input` holds for what clients send; what they get may have been
//! stored under another.

use std::borrow::Cow;
use std::sync::LazyLock;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::MAX_INTEGER;
use crate::model::Attachment;
use crate::protocol::characters::{HIDDEN, JOINERS, SELECTORS};
use crate::rest::cursor::MAX_CURSOR_CHARS;
use crate::rest::{MAX_LIMIT, MAX_USERS};
use crate::{MAX_ID_BYTES, UserId};

/// Neither control characters nor white space, as Unicode has them.
const GRAPHIC: &str =
    r"^[^\u0000-\u0020\u007f-\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+$";
/// White space but the control characters among it, and what looks like it.
const BLANK: &str = r"\u0020\u00a0\u1680\u2000-\u200a\u202f\u205f\u2800\u3000";
const CONTROLS: &str = r"\u0000-\u001f\u007f-\u009f\u2028\u2029";

/// Neither white space, nor control characters, nor those that nothing shows.
static ID: LazyLock<String> = LazyLock::new(|| {
    let graphic = &GRAPHIC["^[^".len()..GRAPHIC.len() - "]+$".len()];
    format!("^[^{graphic}{}]+$", class(&HIDDEN))
});
/// Characters that show, each with its variation selectors, alone or joined.
static SHOWN: LazyLock<String> = LazyLock::new(|| {
    let shown = format!("[^{CONTROLS}{BLANK}{}]", class(&HIDDEN));
    let one = format!("{shown}[{}]*", class(&SELECTORS));
    format!("{one}(?:[{}]{one})*", class(&JOINERS))
});
const NO_CONTROLS: &str = r"^[^\u0000-\u001f\u007f-\u009f]*$";
/// A line without characters that deceive.
static LINE: LazyLock<String> = LazyLock::new(|| format!("^(?:[{BLANK}]|{})*$", *SHOWN));
/// The same, and not blank.
static NAME: LazyLock<String> =
    LazyLock::new(|| format!("^[{BLANK}]*{}(?:[{BLANK}]|{})*$", *SHOWN, *SHOWN));

/// Ranges of characters as they stand in brackets. Those beyond U+FFFF have no escape that ECMA 262,
/// Python and Rust share, and stand for themselves.
fn class(ranges: &[(char, char)]) -> String {
    let each = |c: char| match u32::from(c) {
        code @ ..=0xffff => format!(r"\u{code:04x}"),
        _ => c.to_string(),
    };
    let each = ranges.iter().map(|(first, last)| match first == last {
        true => each(*first),
        false => format!("{}-{}", each(*first), each(*last)),
    });
    each.collect()
}

const NO_NUL: &str = r"^[^\u0000]*$";
const UUID: &str = "^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$";

macro_rules! shapes {
    ($($name:ident($generator:ident) $schema:tt;)*) => {$(
        #[derive(Debug)]
        pub(crate) struct $name;

        impl JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                Cow::Borrowed(stringify!($name))
            }

            fn json_schema($generator: &mut SchemaGenerator) -> Schema {
                json_schema!($schema)
            }
        }
    )*};
}

shapes! {
    Id(_g) {"type": "string", "minLength": 1, "maxLength": MAX_ID_BYTES, "pattern": ID.as_str()};
    Uuid(_g) {"type": "string", "format": "uuid", "pattern": UUID};
    Time(_g) {"type": "string", "format": "date-time"};
    Position(_g) {"type": "integer", "minimum": 0, "maximum": MAX_INTEGER};
    PositionOrMessage(g) {"anyOf": [Position::json_schema(g), Uuid::json_schema(g)]};

    Ref(_g) {"type": "string", "x-limit": {"maxLength": "max_ref_bytes", "x-maxBytes": "max_ref_bytes"}};
    Text(_g) {"type": "string", "pattern": NO_NUL, "x-limit": {"maxLength": "max_text_chars"}};
    FilledText(_g) {
        "type": "string", "minLength": 1, "pattern": NO_NUL,
        "x-limit": {"maxLength": "max_text_chars"}
    };
    Emoji(_g) {
        "type": "string", "minLength": 1, "pattern": GRAPHIC,
        "x-limit": {"maxLength": "max_emoji_bytes", "x-maxBytes": "max_emoji_bytes"}
    };
    Mentions(g) {
        "type": "array", "items": g.subschema_for::<UserId>(),
        "x-limit": {"maxItems": "max_mentions"}
    };
    Attachments(g) {
        "type": "array", "items": g.subschema_for::<Attachment>(),
        "x-limit": {"maxItems": "max_attachments"}
    };
    Metadata(_g) {
        "type": "object", "additionalProperties": true,
        "x-limit": {"x-maxBytes": "max_metadata_bytes", "x-maxDepth": "max_metadata_depth"}
    };

    Url(_g) {
        "type": "string", "pattern": "^[hH][tT][tT][pP][sS]?://",
        "x-input": {"pattern": "^[hH][tT][tT][pP][sS]?://[^/?#@]+(?:[/?#]|$)"},
        "x-limit": {"maxLength": "max_url_bytes", "x-maxBytes": "max_url_bytes"}
    };
    MediaType(_g) {"type": "string", "maxLength": 127, "pattern": "^[!-.0-~]+/[!-~]+$"};
    FileName(_g) {
        "type": "string", "maxLength": 255, "x-maxBytes": 255, "pattern": NO_CONTROLS,
        "x-input": {"pattern": LINE.as_str()}
    };

    RoomName(_g) {
        "type": "string", "minLength": 1, "pattern": NAME.as_str(),
        "x-limit": {"maxLength": "max_room_name_chars"}
    };
    FirstMembers(g) {
        "type": "array", "items": g.subschema_for::<UserId>(),
        "x-limit": {"maxItems": "max_initial_members"}
    };
    SlowMode(_g) {"type": "integer", "minimum": 0, "maximum": crate::protocol::MAX_SLOW_MODE};
    Retention(_g) {"type": "integer", "minimum": 1, "maximum": crate::protocol::MAX_RETENTION};
    RetentionMessages(_g) {"type": "integer", "minimum": crate::protocol::MIN_RETENTION_MESSAGES, "maximum": crate::protocol::MAX_RETENTION_MESSAGES};
    Reason(_g) {
        "type": "string", "pattern": LINE.as_str(),
        "x-limit": {"maxLength": "max_reason_chars"}
    };

    DeletedFor(_g) {"type": "string", "enum": ["all", "me"], "default": "all"};
    ReportStatus(_g) {"type": "string", "enum": ["open", "resolved", "dismissed"]};
    Words(_g) {"type": "string", "x-limit": {"maxLength": "max_search_chars"}};
    IdempotencyKey(_g) {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"};

    HistoryLength(_g) {
        "type": "integer", "minimum": 0,
        "maximum": crate::engine::HISTORY_MAX, "default": crate::engine::HISTORY_DEFAULT
    };
    PageLength(_g) {
        "type": "integer", "minimum": 1, "maximum": MAX_LIMIT,
        "default": crate::rest::DEFAULT_LIMIT
    };
    Cursor(_g) {"type": "string", "maxLength": MAX_CURSOR_CHARS, "pattern": "^[A-Za-z0-9_-]+$"};
    Users(_g) {
        "type": "array", "minItems": 1, "maxItems": MAX_USERS,
        "items": {
            "type": "string", "minLength": 1, "maxLength": MAX_ID_BYTES,
            "allOf": [{"pattern": ID.as_str()}, {"pattern": "^[^,]*$"}]
        }
    };
}
