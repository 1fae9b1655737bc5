//! The part of `chat.v1` that matters here. Parsing borrows from the frame and skips unneeded fields, to
//! leave CPU time to the server.

use std::borrow::Cow;
use std::fmt;

use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// An event of any type, with the fields that matter here.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Event<'a> {
    #[serde(rename = "type", borrow)]
    pub(crate) kind: Cow<'a, str>,
    #[serde(rename = "ref", borrow)]
    pub(crate) reference: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub(crate) room_id: Option<Cow<'a, str>>,
    pub(crate) rev: Option<u64>,
    pub(crate) head: Option<u64>,
    #[serde(borrow)]
    pub(crate) code: Option<Cow<'a, str>>,
    pub(crate) duplicate: Option<bool>,
    pub(crate) retry_after_ms: Option<u64>,
    #[serde(borrow, default)]
    pub(crate) message: MessageField<'a>,
}

impl<'a> Event<'a> {
    pub(crate) fn parse(frame: &'a str) -> serde_json::Result<Self> {
        serde_json::from_str(frame)
    }

    /// Returns the number of the planned message that this event delivers.
    pub(crate) fn delivers(&self) -> Option<u64> {
        if self.kind != "MESSAGE_CREATED" {
            return None;
        }
        self.message.client_message_id.as_deref()?.parse().ok()
    }

    /// Returns the number of the planned message that this event answers.
    pub(crate) fn answers(&self) -> Option<u64> {
        self.reference.as_deref()?.parse().ok()
    }
}

/// A message, of which only the client message id is read, or the text of an error.
#[derive(Debug, Default)]
pub(crate) struct MessageField<'a> {
    client_message_id: Option<Cow<'a, str>>,
}

impl<'de: 'a, 'a> Deserialize<'de> for MessageField<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;

        impl<'de> Visitor<'de> for Either {
            type Value = MessageField<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a message or a string")
            }

            fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> {
                Ok(MessageField::default())
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut field = MessageField::default();
                while let Some(key) = map.next_key::<Cow<'de, str>>()? {
                    if key == "clientMessageId" {
                        field.client_message_id = Some(map.next_value()?);
                    } else {
                        map.next_value::<IgnoredAny>()?;
                    }
                }
                Ok(field)
            }
        }

        deserializer.deserialize_any(Either)
    }
}

pub(crate) fn join(room_id: &str) -> String {
    format!(r#"{{"type":"JOIN_ROOM","ref":"join","roomId":"{room_id}","history":1}}"#)
}

/// Encodes the command for message `k` of the plan. The text must not need escaping.
pub(crate) fn send(k: u64, room_id: &str, text: &str) -> String {
    format!(
        r#"{{"type":"SEND_MESSAGE","ref":"{k}","roomId":"{room_id}","clientMessageId":"{k}","text":"{text}"}}"#
    )
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_delivery_names_its_message() {
        let frame = r#"{"type":"MESSAGE_CREATED","roomId":"r-1","rev":3,"message":{"id":"x","seq":3,
            "metadata":{"clientMessageId":"99"},"clientMessageId":"17","text":"\ud83d\udc4d"}}"#;
        let event = Event::parse(frame).unwrap();
        assert_eq!(event.delivers(), Some(17));
        assert_eq!(
            (event.room_id.as_deref(), event.rev),
            (Some("r-1"), Some(3))
        );
    }

    #[test]
    fn an_error_has_a_text_where_others_have_a_message() {
        let frame = r#"{"type":"ERROR","ref":"17","code":"RATE_LIMITED","message":"too \"fast\"","retryAfterMs":5}"#;
        let event = Event::parse(frame).unwrap();
        assert_eq!(event.code.as_deref(), Some("RATE_LIMITED"));
        assert_eq!((event.answers(), event.delivers()), (Some(17), None));
    }

    #[test]
    fn unknown_fields_are_skipped() {
        assert!(Event::parse(r#"{"type":"NEW","x":{"y":[1]}}"#).is_ok());
        assert!(Event::parse("[]").is_err());
    }

    #[test]
    fn commands_are_json() {
        for command in [join("r-1"), send(3, "r-1", "xxx")] {
            serde_json::from_str::<serde_json::Value>(&command).unwrap();
        }
    }
}
