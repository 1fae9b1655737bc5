//! Shapes of fields: bounds and patterns that the Rust types do not express. A field selects its
//! shape by `schemars(with = …)`.
//!
//! - `x-limit` names a limit of [`Limits`](crate::protocol::Limits). It is replaced by the engine's
//!   value when the document is generated.
//! - `x-maxBytes` has a bound in bytes. JSON Schema only bounds characters, which is less strict.
//! - `x-input` has rules for input only. Stored data may have been accepted under other rules.
//!
//! ECMA 262, Python and Rust interpret the patterns in the same way.

use std::sync::LazyLock;

use crate::characters::{HIDDEN, JOINERS, SELECTORS};
use crate::{MAX_ID_BYTES, UserId};

/// The largest integer on the wire: the largest that a double represents exactly.
pub(crate) const MAX_INTEGER: u64 = (1 << 53) - 1;

/// Excludes Unicode's control characters and white space.
const GRAPHIC: &str =
    r"^[^\u0000-\u0020\u007f-\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+$";
/// White space except control characters, and the Braille blank, which looks like it.
const BLANK: &str = r"\u0020\u00a0\u1680\u2000-\u200a\u202f\u205f\u2800\u3000";
const CONTROLS: &str = r"\u0000-\u001f\u007f-\u009f\u2028\u2029";

/// Excludes white space, control characters and invisible characters.
pub(crate) static ID: LazyLock<String> = LazyLock::new(|| {
    let graphic = &GRAPHIC["^[^".len()..GRAPHIC.len() - "]+$".len()];
    format!("^[^{graphic}{}]+$", class(&HIDDEN))
});
/// Visible characters with their variation selectors, optionally joined.
static SHOWN: LazyLock<String> = LazyLock::new(|| {
    let shown = format!("[^{CONTROLS}{BLANK}{}]", class(&HIDDEN));
    let one = format!("{shown}[{}]*", class(&SELECTORS));
    format!("{one}(?:[{}]{one})*", class(&JOINERS))
});
const NO_CONTROLS: &str = r"^[^\u0000-\u001f\u007f-\u009f]*$";
/// A line without deceptive characters.
static LINE: LazyLock<String> = LazyLock::new(|| format!("^(?:[{BLANK}]|{})*$", *SHOWN));
/// A line without deceptive characters that is not blank.
static NAME: LazyLock<String> =
    LazyLock::new(|| format!("^[{BLANK}]*{}(?:[{BLANK}]|{})*$", *SHOWN, *SHOWN));

/// Formats ranges of characters for a bracket expression. ECMA 262, Python and Rust share no escape
/// for characters beyond U+FFFF, so these are not escaped.
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

/// Declares types whose schemas are these.
macro_rules! shapes {
    ($($name:ident($generator:ident) $schema:tt;)*) => {$(
        #[derive(Debug)]
        pub(crate) struct $name;

        impl schemars::JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema($generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!($schema)
            }
        }
    )*};
}
pub(crate) use shapes;

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
    Reason(_g) {
        "type": "string", "pattern": LINE.as_str(),
        "x-limit": {"maxLength": "max_reason_chars"}
    };

    DeletedFor(_g) {"type": "string", "enum": ["all", "me"], "default": "all"};
    ReportStatus(_g) {"type": "string", "enum": ["open", "resolved", "dismissed"]};
    Words(_g) {"type": "string", "x-limit": {"maxLength": "max_search_chars"}};
    IdempotencyKey(_g) {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"};

}
