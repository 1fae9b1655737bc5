use serde::{Deserialize, Serialize};

/// The limits on client input. `HELLO` announces those that clients need.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Limits {
    /// Bytes in a frame, and in a message of several frames. Default: 65,536.
    pub max_frame_bytes: usize,
    /// Bytes in the body of a REST request. Default: 262,144.
    pub max_body_bytes: usize,
    /// Unicode code points in a text. Default: 4,000.
    pub max_text_chars: usize,
    /// Rooms that one connection may join. Default: 200.
    pub max_rooms_per_connection: usize,
    /// Connections of one user on one node. Default: 50.
    pub max_connections_per_user: usize,
    /// Connections from one address on one node, and REST requests in flight. 0 means no limit:
    /// behind a proxy that hides client addresses, all clients share one. Default: 0.
    pub max_connections_per_address: usize,
    /// REST requests of one user in flight on one node, including those whose body or response is
    /// still being transferred. Further requests fail with `RATE_LIMITED`. Default: 32.
    pub max_requests_per_user: usize,
    /// Unacknowledged sends of one connection. Further commands wait. Default: 64.
    pub max_pending_sends: usize,
    /// Bytes in a `ref`. Default: 64.
    pub max_ref_bytes: usize,
    /// Users mentioned in a message. Default: 50.
    pub max_mentions: usize,
    /// Attachments of a message. Default: 10.
    pub max_attachments: usize,
    /// Bytes in an attachment's URL. Default: 2,048.
    pub max_url_bytes: usize,
    /// Bytes of a metadata object as JSON. Default: 4,096.
    pub max_metadata_bytes: usize,
    /// Levels of nesting in a metadata object. Default: 8.
    pub max_metadata_depth: usize,
    /// Bytes in a reaction. Default: 64.
    pub max_emoji_bytes: usize,
    /// Different reactions on one message. Default: 20.
    pub max_emoji_per_message: usize,
    /// Users per reaction of one message. Default: 1,000.
    pub max_users_per_emoji: usize,
    /// Unicode code points in a room's name. Default: 200.
    pub max_room_name_chars: usize,
    /// Unicode code points in the reason of a ban or a report. Default: 500.
    pub max_reason_chars: usize,
    /// Members given when a room is created. Default: 1,000.
    pub max_initial_members: usize,
    /// Pinned messages of a room. Default: 100.
    pub max_pins: usize,
    /// Messages of one room that a user has hidden. Default: 1,000.
    pub max_hidden: usize,
    /// Users blocked by one user. Default: 1,000.
    pub max_blocked: usize,
    /// Unicode code points in a search. Default: 200.
    pub max_search_chars: usize,
    /// Readers listed for a message. Further readers are only counted. Default: 100.
    pub max_readers: usize,
    /// Rooms of one user that lists and unread counts include. Default: 1,000.
    pub max_rooms_per_user: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_frame_bytes: 65_536,
            max_body_bytes: 262_144,
            max_text_chars: 4_000,
            max_rooms_per_connection: 200,
            max_connections_per_user: 50,
            max_connections_per_address: 0,
            max_requests_per_user: 32,
            max_pending_sends: 64,
            max_ref_bytes: 64,
            max_mentions: 50,
            max_attachments: 10,
            max_url_bytes: 2_048,
            max_metadata_bytes: 4_096,
            max_metadata_depth: 8,
            max_emoji_bytes: 64,
            max_emoji_per_message: 20,
            max_users_per_emoji: 1_000,
            max_room_name_chars: 200,
            max_reason_chars: 500,
            max_initial_members: 1_000,
            max_pins: 100,
            max_hidden: 1_000,
            max_blocked: 1_000,
            max_search_chars: 200,
            max_readers: 100,
            max_rooms_per_user: 1_000,
        }
    }
}
