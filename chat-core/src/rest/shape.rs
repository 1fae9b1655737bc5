//! Shapes of the fields that only REST has, beside those of the [crate](crate::shape).

use super::cursor::MAX_CURSOR_CHARS;
use super::reads::MAX_USERS;
use super::request::{DEFAULT_LIMIT, MAX_LIMIT};
use crate::MAX_ID_BYTES;
use crate::protocol::{
    MAX_RETENTION, MAX_RETENTION_MESSAGES, MAX_SLOW_MODE, MIN_RETENTION_MESSAGES,
};
pub(crate) use crate::shape::*;

shapes! {
    SlowMode(_g) {"type": "integer", "minimum": 0, "maximum": MAX_SLOW_MODE};
    Retention(_g) {"type": "integer", "minimum": 1, "maximum": MAX_RETENTION};
    RetentionMessages(_g) {
        "type": "integer", "minimum": MIN_RETENTION_MESSAGES, "maximum": MAX_RETENTION_MESSAGES
    };
    PageLength(_g) {
        "type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT
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
