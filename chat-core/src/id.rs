//! Identifiers: newtypes that are validated on construction.
//!
//! [`UserId`] and [`RoomId`] come from the app. They are cheap to clone (a shared string) and
//! opaque: no backend may interpret them as an operator, a channel pattern or a path.

use std::borrow::Borrow;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use uuid::Uuid;

use crate::characters::is_hidden;
use crate::random;

/// The maximum length of a [`UserId`], a [`RoomId`] or a [`ClientMessageId`] in bytes.
pub const MAX_ID_BYTES: usize = 128;

/// The error of a string that is not a valid identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidId {
    /// The string is empty.
    #[error("an id must not be empty")]
    Empty,
    /// The string has more than [`MAX_ID_BYTES`] bytes.
    #[error("an id must have at most {MAX_ID_BYTES} bytes")]
    TooLong,
    /// The string contains white space, a control character or an invisible character.
    #[error("an id must not contain white space, control characters or invisible characters")]
    ForbiddenCharacter,
    /// The string is not a UUID.
    #[error("an id must be a UUID")]
    NotUuid,
}

impl From<InvalidId> for crate::Error {
    fn from(e: InvalidId) -> Self {
        Self::invalid(e.to_string())
    }
}

fn check(id: &str) -> Result<(), InvalidId> {
    if id.is_empty() {
        return Err(InvalidId::Empty);
    }
    if id.len() > MAX_ID_BYTES {
        return Err(InvalidId::TooLong);
    }
    let forbidden = |c: char| c.is_control() || c.is_whitespace() || is_hidden(c);
    if id.chars().any(forbidden) {
        return Err(InvalidId::ForbiddenCharacter);
    }
    Ok(())
}

macro_rules! string_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        pub struct $name(
            #[cfg_attr(feature = "schema", schemars(with = "crate::shape::Id"))] Arc<str>,
        );

        impl $name {
            /// Creates an id from 1 to [`MAX_ID_BYTES`] bytes without white space, control
            /// characters or invisible characters (format characters, joiners, variation
            /// selectors). Invisible characters could make distinct ids look alike.
            ///
            /// # Errors
            /// [`InvalidId`] with the rule that the string breaks.
            pub fn new(id: impl AsRef<str>) -> Result<Self, InvalidId> {
                let id = id.as_ref();
                check(id)?;
                Ok(Self(Arc::from(id)))
            }

            /// Returns the id as a string.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&*self.0, f)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;
            fn from_str(s: &str) -> Result<Self, InvalidId> {
                Self::new(s)
            }
        }

        impl TryFrom<&str> for $name {
            type Error = InvalidId;
            fn try_from(s: &str) -> Result<Self, InvalidId> {
                Self::new(s)
            }
        }

        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.serialize_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                struct Visitor;
                impl de::Visitor<'_> for Visitor {
                    type Value = $name;
                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        write!(f, "a string of 1 to {MAX_ID_BYTES} bytes")
                    }
                    fn visit_str<E: de::Error>(self, s: &str) -> Result<$name, E> {
                        $name::new(s).map_err(E::custom)
                    }
                }
                d.deserialize_str(Visitor)
            }
        }
    };
}

string_id! {
    /// The app's id of a user.
    ///
    /// ```
    /// use chat_core::UserId;
    /// let alice: UserId = "alice".parse()?;
    /// assert_eq!(alice.as_str(), "alice");
    /// assert!(UserId::new("not an id").is_err());
    /// # Ok::<(), chat_core::InvalidId>(())
    /// ```
    UserId
}
string_id! {
    /// The id of a room, chosen by the app or generated by the engine.
    RoomId
}
string_id! {
    /// The sender's id for a message. Another send with the same id stores nothing.
    ClientMessageId
}

impl RoomId {
    /// Generates a unique id.
    #[must_use]
    pub fn random() -> Self {
        Self(Arc::from(random::uuid_v7().simple().to_string()))
    }
}

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident, $new:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        #[serde(transparent)]
        pub struct $name(
            #[cfg_attr(feature = "schema", schemars(with = "crate::shape::Uuid"))] Uuid,
        );

        impl $name {
            /// Generates a unique id.
            #[must_use]
            pub fn random() -> Self {
                Self(random::$new())
            }

            /// Returns the id as a UUID.
            #[must_use]
            pub const fn as_uuid(&self) -> &Uuid {
                &self.0
            }

            /// Creates an id from a UUID returned by [`as_uuid`](Self::as_uuid).
            #[must_use]
            pub const fn from_uuid(id: Uuid) -> Self {
                Self(id)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;
            fn from_str(s: &str) -> Result<Self, InvalidId> {
                // Accept only the hyphenated form, so that an id has exactly one spelling.
                if s.len() != uuid::fmt::Hyphenated::LENGTH {
                    return Err(InvalidId::NotUuid);
                }
                Uuid::try_parse(s).map(Self).map_err(|_| InvalidId::NotUuid)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                struct Visitor;
                impl de::Visitor<'_> for Visitor {
                    type Value = $name;
                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str("a UUID")
                    }
                    fn visit_str<E: de::Error>(self, s: &str) -> Result<$name, E> {
                        s.parse().map_err(E::custom)
                    }
                }
                d.deserialize_str(Visitor)
            }
        }
    };
}

uuid_id! {
    /// The id of a message: a UUIDv7 assigned by the accepting node.
    MessageId, uuid_v7
}
uuid_id! {
    /// The id of a message report: a UUIDv7.
    ReportId, uuid_v7
}
uuid_id! {
    /// The id of an audit log entry: a UUIDv7.
    AuditId, uuid_v7
}
uuid_id! {
    /// The id of a node: a running engine.
    NodeId, uuid_v4
}
uuid_id! {
    /// The id of a connection.
    ConnectionId, uuid_v4
}
uuid_id! {
    /// The identity of a room's log, assigned when the log is created.
    ///
    /// A client with another epoch cannot resume: it knew another log (before a restored backup or
    /// a restart of a memory store).
    Epoch, uuid_v4
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_checked() {
        assert_eq!(UserId::new(""), Err(InvalidId::Empty));
        assert_eq!(UserId::new("a".repeat(129)), Err(InvalidId::TooLong));
        assert!(UserId::new("a".repeat(128)).is_ok());
        for bad in [
            "a b",
            "a\tb",
            "a\u{0}b",
            "\u{7f}",
            "a\u{2003}b",
            "a\u{85}",
            "\u{200b}",
            "a\u{200d}b",
            "alice\u{ad}",
            "\u{202e}ecila",
            "❤\u{fe0f}",
            "a\u{e0061}",
        ] {
            assert_eq!(
                UserId::new(bad),
                Err(InvalidId::ForbiddenCharacter),
                "{bad:?}"
            );
        }
        assert!(UserId::new("$where:{*}🦀").is_ok());
    }

    #[test]
    fn serde_checks_too() {
        assert!(serde_json::from_str::<RoomId>("\"a b\"").is_err());
        assert!(serde_json::from_str::<MessageId>("\"nope\"").is_err());
        let id = MessageId::random();
        let json = serde_json::to_string(&id).unwrap();
        assert_eq!(serde_json::from_str::<MessageId>(&json).unwrap(), id);
    }
}
