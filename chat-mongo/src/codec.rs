//! Conversions between values and BSON.
//!
//! Field names are short, since every document carries them. The [crate documentation](crate)
//! explains them.

use chat_core::{ErrorKind, Timestamp};
use mongodb::bson::spec::BinarySubtype;
use mongodb::bson::{Binary, Bson, DateTime, Document};
use uuid::Uuid;

use crate::error::Failure;

pub(crate) type Read<T> = Result<T, Failure>;

pub(crate) fn uuid(id: &Uuid) -> Bson {
    Bson::Binary(Binary {
        subtype: BinarySubtype::Uuid,
        bytes: id.as_bytes().to_vec(),
    })
}

pub(crate) fn date(at: Timestamp) -> Bson {
    Bson::DateTime(DateTime::from_millis(at.as_millis()))
}

/// Converts a position or a count, which stay below 2^53.
pub(crate) fn position(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

/// The upper bound of all positions. Ranges are bounded on both sides, since some servers scan the
/// rest of the log for an open range.
pub(crate) const LAST: i64 = 1 << 53;

pub(crate) fn count(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

pub(crate) fn to_uuid(value: &Bson) -> Read<Uuid> {
    match value {
        Bson::Binary(b) => Uuid::from_slice(&b.bytes).ok(),
        _ => None,
    }
    .ok_or(Failure::Malformed("expected a UUID"))
}

pub(crate) fn to_date(value: &Bson) -> Read<Timestamp> {
    match value {
        Bson::DateTime(at) => Ok(Timestamp::from_millis(at.timestamp_millis())),
        _ => Err(Failure::Malformed("expected a date")),
    }
}

pub(crate) fn to_u64(value: &Bson) -> Read<u64> {
    let n = match value {
        Bson::Int64(n) => u64::try_from(*n).ok(),
        Bson::Int32(n) => u64::try_from(*n).ok(),
        // Servers may return sums as doubles, which are exact below 2^53.
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        Bson::Double(n) if *n >= 0.0 && n.fract() == 0.0 => Some(*n as u64),
        _ => None,
    };
    n.ok_or(Failure::Malformed("expected an unsigned integer"))
}

pub(crate) fn to_text(value: Bson) -> Read<String> {
    match value {
        Bson::String(s) => Ok(s),
        _ => Err(Failure::Malformed("expected a string")),
    }
}

pub(crate) fn to_id<T: for<'a> TryFrom<&'a str>>(value: &Bson) -> Read<T> {
    let id = match value {
        Bson::String(s) => T::try_from(s.as_str()).ok(),
        _ => None,
    };
    id.ok_or(Failure::Malformed("expected an id"))
}

pub(crate) fn to_ids<T: for<'a> TryFrom<&'a str>>(value: &Bson) -> Read<Vec<T>> {
    match value {
        Bson::Array(ids) => ids.iter().map(to_id).collect(),
        _ => Err(Failure::Malformed("expected a list of ids")),
    }
}

pub(crate) fn strings<'a>(ids: impl IntoIterator<Item = &'a str>) -> Bson {
    Bson::Array(
        ids.into_iter()
            .map(|id| Bson::String(id.to_owned()))
            .collect(),
    )
}

/// Encodes a value as JSON text, so that keys chosen by an app never become keys of a document.
pub(crate) fn to_json<T: serde::Serialize>(value: &T) -> chat_core::Result<String> {
    serde_json::to_string(value)
        .map_err(|e| chat_core::Error::new(ErrorKind::Internal, "internal error").with_source(e))
}

pub(crate) fn from_json<T: serde::de::DeserializeOwned>(value: Bson) -> Read<T> {
    let text = to_text(value)?;
    serde_json::from_str(&text).map_err(|_| Failure::Malformed("expected JSON"))
}

/// Returns a required field.
pub(crate) fn field<'a>(document: &'a Document, name: &'static str) -> Read<&'a Bson> {
    document.get(name).ok_or(Failure::Malformed(name))
}
