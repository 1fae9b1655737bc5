//! How values become BSON and come back, and the names of the fields. Names are short, as each
//! document carries them; what each means is in the [crate's documentation](crate).

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

/// Positions stay below 2^53.
pub(crate) fn position(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

/// No position is higher. A range that is bounded on both sides costs no more than what is in it, on
/// every server; one that is open above costs some of them the rest of the log.
pub(crate) const LAST: i64 = 1 << 53;

pub(crate) fn count(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

pub(crate) fn to_uuid(value: &Bson) -> Read<Uuid> {
    match value {
        Bson::Binary(b) => Uuid::from_slice(&b.bytes).ok(),
        _ => None,
    }
    .ok_or(Failure::Malformed("an id is no UUID"))
}

pub(crate) fn to_date(value: &Bson) -> Read<Timestamp> {
    match value {
        Bson::DateTime(at) => Ok(Timestamp::from_millis(at.timestamp_millis())),
        _ => Err(Failure::Malformed("a time is no date")),
    }
}

pub(crate) fn to_u64(value: &Bson) -> Read<u64> {
    let n = match value {
        Bson::Int64(n) => u64::try_from(*n).ok(),
        Bson::Int32(n) => u64::try_from(*n).ok(),
        // As servers sum up in doubles when they like; exact below 2^53.
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        Bson::Double(n) if *n >= 0.0 && n.fract() == 0.0 => Some(*n as u64),
        _ => None,
    };
    n.ok_or(Failure::Malformed("a number is none"))
}

pub(crate) fn to_text(value: Bson) -> Read<String> {
    match value {
        Bson::String(s) => Ok(s),
        _ => Err(Failure::Malformed("a text is none")),
    }
}

/// An id that was checked when it was stored.
pub(crate) fn to_id<T: for<'a> TryFrom<&'a str>>(value: &Bson) -> Read<T> {
    let id = match value {
        Bson::String(s) => T::try_from(s.as_str()).ok(),
        _ => None,
    };
    id.ok_or(Failure::Malformed("an id is none"))
}

pub(crate) fn to_ids<T: for<'a> TryFrom<&'a str>>(value: &Bson) -> Read<Vec<T>> {
    match value {
        Bson::Array(ids) => ids.iter().map(to_id).collect(),
        _ => Err(Failure::Malformed("a list of ids is none")),
    }
}

pub(crate) fn strings<'a>(ids: impl IntoIterator<Item = &'a str>) -> Bson {
    Bson::Array(
        ids.into_iter()
            .map(|id| Bson::String(id.to_owned()))
            .collect(),
    )
}

/// What is kept as JSON text: keys of the app's choice never become keys of the database.
pub(crate) fn to_json<T: serde::Serialize>(value: &T) -> chat_core::Result<String> {
    serde_json::to_string(value)
        .map_err(|e| chat_core::Error::new(ErrorKind::Internal, "internal error").with_source(e))
}

pub(crate) fn from_json<T: serde::de::DeserializeOwned>(value: Bson) -> Read<T> {
    let text = to_text(value)?;
    serde_json::from_str(&text).map_err(|_| Failure::Malformed("JSON is none"))
}

/// A field that has to be there.
pub(crate) fn field<'a>(document: &'a Document, name: &'static str) -> Read<&'a Bson> {
    document.get(name).ok_or(Failure::Malformed(name))
}
