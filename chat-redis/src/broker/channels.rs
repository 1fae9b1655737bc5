use chat_core::backend::Topic;
use chat_core::{RoomId, UserId};

use crate::slot::slot;

/// The naming of channels: `{prefix}u:{userId}`, `{prefix}r:{roomId}`.
#[derive(Debug)]
pub(super) struct Channels {
    prefix: String,
}

impl Channels {
    pub(super) fn new(prefix: &str) -> Self {
        Self {
            prefix: prefix.to_owned(),
        }
    }

    pub(super) fn name(&self, topic: &Topic) -> String {
        let prefix = &self.prefix;
        match topic {
            Topic::User(id) => format!("{prefix}u:{id}"),
            Topic::Room(id) => format!("{prefix}r:{id}"),
        }
    }

    /// Returns the topic of a channel, or `None` for other channels.
    pub(super) fn topic(&self, channel: &[u8]) -> Option<Topic> {
        let rest = channel.strip_prefix(self.prefix.as_bytes())?;
        let (kind, id) = rest.split_at_checked(2)?;
        let id = std::str::from_utf8(id).ok()?;
        match kind {
            b"u:" => UserId::new(id).ok().map(Topic::User),
            b"r:" => RoomId::new(id).ok().map(Topic::Room),
            _ => None,
        }
    }

    pub(super) fn slot(&self, topic: &Topic) -> u16 {
        slot(self.name(topic).as_bytes())
    }

    /// Returns a probe channel of a node in one of the slots that `is_mine` accepts.
    pub(super) fn probe(&self, node: uuid::Uuid, is_mine: impl Fn(u16) -> bool) -> Option<String> {
        (0_u32..1_000_000)
            .map(|n| format!("{}probe:{}:{n}", self.prefix, node.simple()))
            .find(|name| is_mine(slot(name.as_bytes())))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use chat_core::testing::hostile_ids;

    #[test]
    fn topics_have_channels_and_channels_topics() {
        for prefix in ["chat:", "", "chat:u:"] {
            let channels = Channels::new(prefix);
            for id in hostile_ids() {
                for topic in [
                    Topic::User(id.parse().unwrap()),
                    Topic::Room(id.parse().unwrap()),
                ] {
                    let name = channels.name(&topic);
                    assert_eq!(channels.topic(name.as_bytes()), Some(topic));
                }
            }
        }
        let channels = Channels::new("chat:");
        let topic = Topic::User("alice".parse().unwrap());
        assert_eq!(channels.name(&topic), topic.to_string());
        for no_topic in ["chat:", "chat:x:a", "other:u:a", "chat:u:", "chat:u:a b"] {
            assert_eq!(channels.topic(no_topic.as_bytes()), None, "{no_topic}");
        }
        assert_eq!(channels.topic(b"chat:u:\xff"), None);
    }

    #[test]
    fn every_slot_has_a_probe() {
        let channels = Channels::new("chat:");
        let node = uuid::Uuid::new_v4();
        let probe = channels.probe(node, |slot| slot == 16_000).unwrap();
        assert_eq!(slot(probe.as_bytes()), 16_000);
        assert_eq!(channels.topic(probe.as_bytes()), None);
    }
}
