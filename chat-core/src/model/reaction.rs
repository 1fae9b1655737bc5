//! The wire format of reactions: the first users of each emoji, and the number of users if there
//! are more. It bounds the size of a message's events.

use std::collections::BTreeMap;

use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Message;
use crate::UserId;

/// The users of each emoji, in the order of their reactions.
type Users = BTreeMap<String, Vec<UserId>>;

/// The reaction fields of a message.
#[derive(Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(super) struct Listed {
    /// The first 20 users of each emoji, in the order of their reactions.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    reactions: Users,
    /// The number of users of each emoji that has more of them than `reactions` lists.
    #[cfg(feature = "schema")]
    #[serde(
        default,
        rename = "reactionCounts",
        skip_serializing_if = "BTreeMap::is_empty"
    )]
    _reaction_counts: BTreeMap<String, u64>,
}

pub(super) fn serialize<S: Serializer>(users: &Users, serializer: S) -> Result<S::Ok, S::Error> {
    let mut fields = serializer.serialize_map(None)?;
    if !users.is_empty() {
        fields.serialize_entry("reactions", &First(users))?;
    }
    if users.values().any(|u| u.len() > Message::LISTED_USERS) {
        fields.serialize_entry("reactionCounts", &Counts(users))?;
    }
    fields.end()
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Users, D::Error> {
    Listed::deserialize(deserializer).map(|listed| listed.reactions)
}

/// The first users of each emoji.
struct First<'a>(&'a Users);

impl Serialize for First<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let first = |users: &'_ [UserId]| users.len().min(Message::LISTED_USERS);
        let listed = self.0.iter();
        serializer.collect_map(listed.map(|(emoji, users)| (emoji, &users[..first(users)])))
    }
}

/// The number of users of each emoji that has more than are listed.
struct Counts<'a>(&'a Users);

impl Serialize for Counts<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let counts = self.0.iter().map(|(emoji, users)| (emoji, users.len()));
        serializer.collect_map(counts.filter(|(_, count)| *count > Message::LISTED_USERS))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::model::{Draft, NewMessage};
    use crate::{RoomId, Timestamp};

    fn user(n: usize) -> UserId {
        UserId::new(format!("u{n:03}")).unwrap()
    }

    /// A message with this many thumbs-up reactions and one heart.
    fn reacted(thumbs: usize) -> Message {
        let now = Timestamp::from_millis(0);
        let message = NewMessage::user(user(0), Draft::text("hi"), now);
        let mut message = message.at(RoomId::new("r").unwrap(), 1, now);
        let users = (0..thumbs).map(user).collect();
        message.reactions = BTreeMap::from([("👍".into(), users), ("❤️".into(), vec![user(7)])]);
        message
    }

    #[test]
    fn the_first_users_are_listed_and_more_are_counted() {
        let all = serde_json::to_value(reacted(20)).unwrap();
        assert_eq!(all["reactions"]["👍"].as_array().unwrap().len(), 20);
        assert_eq!(all.get("reactionCounts"), None);

        let more = serde_json::to_value(reacted(21)).unwrap();
        let first: Vec<_> = (0..20).map(|n| json!(user(n))).collect();
        assert_eq!(more["reactions"]["👍"], Value::Array(first));
        assert_eq!(more["reactions"]["❤️"], json!(["u007"]));
        assert_eq!(more["reactionCounts"], json!({"👍": 21}));
    }

    #[test]
    fn a_message_does_not_grow_with_the_users_who_react() {
        let size = |thumbs| serde_json::to_vec(&reacted(thumbs)).unwrap().len();
        assert_eq!(size(100), size(999));
        assert!(size(999) - size(20) <= r#","reactionCounts":{"👍":999}"#.len());
    }

    #[test]
    fn what_is_listed_is_read_back() {
        let message = reacted(20);
        let json = serde_json::to_string(&message).unwrap();
        assert_eq!(serde_json::from_str::<Message>(&json).unwrap(), message);
        let plain = Message {
            reactions: BTreeMap::new(),
            ..message
        };
        let json = serde_json::to_string(&plain).unwrap();
        assert!(!json.contains("reaction"), "{json}");
        assert_eq!(serde_json::from_str::<Message>(&json).unwrap(), plain);
    }
}
