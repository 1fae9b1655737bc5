use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::backend::Quota;
use crate::model::Room;
use crate::protocol::Limits;

/// The settings of an engine. Every setting has a default; times are in milliseconds.
///
/// ```
/// use chat_core::Config;
/// let config: Config = serde_json::from_str(r#"{"heartbeat_ms": 10000}"#)?;
/// assert_eq!(config.heartbeat_ms, 10_000);
/// assert_eq!(config.per_user_fanout_max, 100);
/// assert!(serde_json::from_str::<Config>(r#"{"heartbeatMs": 1}"#).is_err());
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Config {
    /// Size limits for client input.
    pub limits: Limits,
    /// Rate limits per user.
    pub rates: Rates,
    /// Reaction names besides emoji, such as `:party:`, of at most
    /// [`Limits::max_emoji_bytes`](crate::protocol::Limits::max_emoji_bytes) without white space.
    /// Default: none.
    pub reaction_names: Vec<String>,
    /// The interval of pings. A client that misses two in a row is disconnected. Default: 25,000.
    pub heartbeat_ms: u64,
    /// The timeout for authentication and all other steps before `HELLO`. Default: 10,000.
    pub handshake_timeout_ms: u64,
    /// The timeout for the body of an admitted REST request. On expiry, the server answers 408 and
    /// closes the connection. Default: 10,000.
    pub body_timeout_ms: u64,
    /// The timeout for a client's first frame after `HELLO`. The answer to the first ping, which is
    /// sent within half of this time, counts. Default: 60,000.
    pub first_frame_timeout_ms: u64,
    /// The timeout for a close, including the frames before it. Default: 5,000.
    pub close_timeout_ms: u64,
    /// The time before a token's expiry at which `TOKEN_EXPIRING` is sent. Default: 60,000.
    pub token_warning_ms: u64,
    /// Connections on this node; one more is closed with 1013. Default: 1,000,000.
    pub max_connections: usize,
    /// Bytes held per connection; see [`Config::outbox_max_frames`]. Default: 1,048,576.
    pub outbox_max_bytes: usize,
    /// Bytes held by all connections of a user on a node, beyond 65,536 each. Default: 4,194,304.
    pub outbox_user_max_bytes: usize,
    /// Frames queued per connection. Should exceed twice
    /// [`Limits::max_pending_sends`](crate::protocol::Limits::max_pending_sends), since each send
    /// is answered by two frames. Over either bound, ephemeral frames are dropped first; then the
    /// connection is closed with 1013, and its client resumes. Default: 4,096.
    pub outbox_max_frames: usize,
    /// The wait of an early event for its predecessors before a read of the log. Default: 40.
    pub reorder_window_ms: u64,
    /// Early events held per room; one more triggers a read of the gap at once. Default: 1,024.
    pub reorder_max_events: usize,
    /// Recent events kept per active room, which save joins a read of the log. Default: 256.
    pub recent_max_events: usize,
    /// Bytes of recent events kept per active room. Default: 262,144.
    pub recent_max_bytes: usize,
    /// Allows users to choose the id of a room they create over REST. Others can probe for chosen
    /// ids, or take them before the app does. Default: false.
    pub client_room_ids: bool,
    /// Bytes of a page's entries as JSON. A page has at least one entry. Default: 262,144.
    pub page_max_bytes: usize,
    /// Messages per append. Default: 256.
    pub append_max_batch: usize,
    /// Writes queued per room; one more is refused with `UNAVAILABLE`. Default: 10,000.
    pub append_max_queue: usize,
    /// Rooms with more members publish to their own topic, not to each member's. Default: 100.
    pub per_user_fanout_max: usize,
    /// Rooms with more members send `OCCUPANCY`, not presence, typing or receipts. Default: 200.
    pub presence_max: usize,
    /// The interval at which `OCCUPANCY` is counted, and sent if it changed. A join gets it at
    /// once. 0 turns it off. Default: 5,000.
    pub occupancy_ms: u64,
    /// The lifetime of a connection's presence lease, renewed every third of it. Default: 60,000.
    pub presence_ttl_ms: u64,
    /// A reconnect within this time is not reported as offline. Default: 3,000.
    pub presence_grace_ms: u64,
    /// The maximum number of users notified of a presence change. Default: 1,000.
    pub presence_audience_max: usize,
    /// A user's rooms searched for that audience, or for users they may query. Default: 100.
    pub presence_rooms_max: usize,
    /// The maximum age of a cached membership; bounds access after a lost removal. Default: 30,000.
    pub membership_max_age_ms: u64,
    /// The timeout of a store call, after which its outcome is unknown. Should exceed the timeouts
    /// of the store's driver. Default: 20,000.
    pub store_timeout_ms: u64,
    /// The interval at which active rooms compare their heads with the log. Default: 60,000.
    pub anti_entropy_ms: u64,
    /// The same interval while the broker is unreachable. Default: 1,000.
    pub degraded_poll_ms: u64,
    /// The time without connections and writes before a room is unloaded. Default: 60,000.
    pub room_idle_ms: u64,
    /// The minimum interval between `ROOM_ACTIVITY` events of a room to a user. Default: 250.
    pub activity_delay_ms: u64,
    /// The lifetime of a typing notice. Default: 6,000.
    pub typing_ms: u64,
    /// The time in which senders may edit a message; 0 is unlimited. Default: 0.
    pub edit_window_ms: u64,
    /// The time in which senders may delete a message; 0 is unlimited. Default: 0.
    pub delete_window_ms: u64,
    /// The time a node has to notify push hooks before another one retries. Default: 30,000.
    pub push_lease_ms: u64,
    /// The age at which a push that keeps failing is abandoned. Default: 3,600,000.
    pub push_max_age_ms: u64,
    /// The timeout of a graceful shutdown. Default: 10,000.
    pub drain_ms: u64,
    /// The time over which clients spread their reconnects after a shutdown. Default: 5,000.
    pub reconnect_spread_ms: u64,
}

impl Config {
    /// Returns `true` if presence, typing and receipts of a room are sent to its members.
    pub(crate) const fn broadcasts_presence(&self, room: &Room) -> bool {
        room.member_count <= self.presence_max as u64
    }

    /// Returns `true` if every member of a room is notified by their own topic.
    pub(crate) const fn notifies_each(&self, room: &Room) -> bool {
        room.member_count <= self.per_user_fanout_max as u64
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            rates: Rates::default(),
            reaction_names: Vec::new(),
            heartbeat_ms: 25_000,
            handshake_timeout_ms: 10_000,
            body_timeout_ms: 10_000,
            first_frame_timeout_ms: 60_000,
            close_timeout_ms: 5_000,
            token_warning_ms: 60_000,
            max_connections: 1_000_000,
            outbox_max_bytes: 1 << 20,
            outbox_user_max_bytes: 4 << 20,
            outbox_max_frames: 4_096,
            reorder_window_ms: 40,
            reorder_max_events: 1_024,
            recent_max_events: 256,
            recent_max_bytes: 256 << 10,
            client_room_ids: false,
            page_max_bytes: 256 << 10,
            append_max_batch: 256,
            append_max_queue: 10_000,
            per_user_fanout_max: 100,
            presence_max: 200,
            occupancy_ms: 5_000,
            presence_ttl_ms: 60_000,
            presence_grace_ms: 3_000,
            presence_audience_max: 1_000,
            presence_rooms_max: 100,
            membership_max_age_ms: 30_000,
            store_timeout_ms: 20_000,
            anti_entropy_ms: 60_000,
            degraded_poll_ms: 1_000,
            room_idle_ms: 60_000,
            activity_delay_ms: 250,
            typing_ms: 6_000,
            edit_window_ms: 0,
            delete_window_ms: 0,
            push_lease_ms: 30_000,
            push_max_age_ms: 3_600_000,
            drain_ms: 10_000,
            reconnect_spread_ms: 5_000,
        }
    }
}

/// Rate limits of a user over all their connections.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Rates {
    /// Sends. Default: 50 at once, 10 a second.
    pub send: Quota,
    /// Edits, deletions, reactions. Default: 50 at once, 10 a second.
    pub change: Quota,
    /// Joins and leaves. Default: 250 at once, 10 a second.
    pub join: Quota,
    /// Read markers. Default: 50 at once, 10 a second.
    pub read: Quota,
    /// Typing notices. Default: 10 at once, 2 a second.
    pub typing: Quota,
    /// REST reads. Default: 100 at once, 20 a second.
    pub query: Quota,
    /// Searches, which run one at a time per user and node. Default: 10 at once, 1 a second.
    pub search: Quota,
    /// Rooms created over REST. Default: 20 at once, 0.1 a second.
    pub create: Quota,
    /// Changes of rooms and members. Default: 50 at once, 5 a second.
    pub manage: Quota,
    /// Token refreshes and pings. Default: 30 at once, 1 a second.
    pub session: Quota,
    /// Malformed commands. Over the limit, the connection is closed with 1008. Default: 100 at
    /// once, 5 a second.
    pub violation: Quota,
    /// All frames of one connection, including refused commands, pings and pongs. Over the limit,
    /// the connection is closed with 1008. Default: 1,000 at once, 100 a second.
    pub frame: Quota,
}

impl Default for Rates {
    fn default() -> Self {
        Self {
            send: Quota::new(50, 10.0),
            change: Quota::new(50, 10.0),
            join: Quota::new(250, 10.0),
            read: Quota::new(50, 10.0),
            typing: Quota::new(10, 2.0),
            query: Quota::new(100, 20.0),
            search: Quota::new(10, 1.0),
            create: Quota::new(20, 0.1),
            manage: Quota::new(50, 5.0),
            session: Quota::new(30, 1.0),
            violation: Quota::new(100, 5.0),
            frame: Quota::new(1_000, 100.0),
        }
    }
}

impl Rates {
    /// Limits that no user reaches, for load tests.
    #[must_use]
    pub fn unlimited() -> Self {
        let q = Quota::new(1_000_000, 1_000_000.0);
        Self {
            send: q,
            change: q,
            join: q,
            read: q,
            typing: q,
            query: q,
            search: q,
            create: q,
            manage: q,
            session: q,
            violation: q,
            frame: q,
        }
    }
}

pub(crate) const fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}
