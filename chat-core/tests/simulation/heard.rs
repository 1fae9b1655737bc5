use std::time::Duration;

use chat_core::{Timestamp, UserId};
use serde_json::{Value, json};

/// Longer texts are reduced to their beginning and length.
const TEXT_KEPT: usize = 40;

/// An event or response that a client received.
#[derive(Debug, Clone)]
pub(crate) struct Heard {
    /// The time since the start.
    pub(crate) at: Duration,
    /// For a response or its follow-up, the time of the request.
    pub(crate) asked_at: Option<Duration>,
    /// `asked_at` by the wall clock.
    pub(crate) asked_time: Option<Timestamp>,
    /// The client's connection number.
    pub(crate) connection: u64,
    /// `true` if the client has read without stalling. Delays of a slow client are not the server's
    /// fault.
    pub(crate) prompt: bool,
    pub(crate) event: Value,
}

impl Heard {
    pub(crate) fn kind(&self) -> &str {
        self.event["type"].as_str().unwrap_or_default()
    }

    pub(crate) fn room(&self) -> Option<&str> {
        let id = self.event["roomId"].as_str();
        id.or_else(|| self.event["room"]["id"].as_str())
    }

    pub(crate) fn messages(&self) -> impl Iterator<Item = &Value> {
        let lists = ["messages", "changes"].map(|list| self.event[list].as_array());
        let one = &self.event["message"];
        let many = lists.into_iter().flatten().flatten();
        many.chain((!one.is_null()).then_some(one))
    }

    pub(crate) fn is_of(&self, field: &str, user: &UserId) -> bool {
        self.event[field] == *user.as_str()
    }
}

pub(crate) fn shortened(event: &Value) -> Value {
    match event {
        Value::String(text) if text.len() > TEXT_KEPT => {
            json!(short(text))
        }
        Value::Array(list) => list.iter().map(shortened).collect(),
        Value::Object(fields) => {
            let fields = fields
                .iter()
                .filter(|(name, _)| !["attachments", "metadata"].contains(&name.as_str()));
            let fields = fields.map(|(name, value)| (name.clone(), shortened(value)));
            Value::Object(fields.collect())
        }
        other => other.clone(),
    }
}

/// Returns a text, or its beginning and length if it is long.
pub(crate) fn short(text: &str) -> String {
    if text.len() <= TEXT_KEPT {
        return text.into();
    }
    let begins: String = text.chars().take(8).collect();
    format!("{begins}… ({} bytes)", text.len())
}
