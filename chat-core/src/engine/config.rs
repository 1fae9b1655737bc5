use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::backend::Quota;
use crate::protocol::Limits;

/// The settings of an engine. Every one has a default; times are in milliseconds.
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
    /// What a client may send at the most.
    pub limits: Limits,
    /// How often a user may do what.
    pub rates: Rates,
    /// Names that are reactions beside emoji, such as `:party:`: each of at most
    /// [`Limits::max_emoji_bytes`](crate::protocol::Limits::max_emoji_bytes), without white space.
    /// Default: none.
    pub reaction_names: Vec<String>,
    /// A ping is sent this often; who answered nothing for two of them is dropped. Default: 25,000.
    pub heartbeat_ms: u64,
    /// How long authentication and the other steps before `HELLO` may take. Default: 10,000.
    pub handshake_timeout_ms: u64,
    /// How long the body of a REST request may take to arrive once the request is admitted; then it is
    /// answered with 408, and its connection closed. Default: 10,000.
    pub body_timeout_ms: u64,
    /// A client that has sent nothing at all this long after `HELLO`, not even the answer to the ping
    /// that is sent within half of it, is dropped. Default: 60,000.
    pub first_frame_timeout_ms: u64,
    /// How long a close may take, the frames before it included. Default: 5,000.
    pub close_timeout_ms: u64,
    /// `TOKEN_EXPIRING` is sent this long before a token runs out. Default: 60,000.
    pub token_warning_ms: u64,
    /// Connections on this node; one more is closed with 1013. Default: 1,000,000.
    pub max_connections: usize,
    /// Bytes that one connection may hold: those that wait and those that are being written. See
    /// [`Config::outbox_max_frames`]. Default: 1,048,576.
    pub outbox_max_bytes: usize,
    /// Bytes that all connections of one user on a node may hold together, beyond 65,536 each.
    /// Default: 4,194,304.
    pub outbox_user_max_bytes: usize,
    /// Frames waiting for one connection; more than
    /// [`Limits::max_pending_sends`](crate::protocol::Limits::max_pending_sends), since each of those
    /// is answered by two. Over either bound ephemeral frames are dropped, then the
    /// connection is closed with 1013 so that its client resumes. Default: 4,096.
    pub outbox_max_frames: usize,
    /// How long an event that arrived early waits for those before it, until they are read from the
    /// log. Default: 40.
    pub reorder_window_ms: u64,
    /// Events held early per room; one more and the gap is read at once. Default: 1,024.
    pub reorder_max_events: usize,
    /// Recent events kept per active room, so that who joins or resumes need not read the log for
    /// them. Default: 256.
    pub recent_max_events: usize,
    /// Bytes of recent events kept per active room. Default: 262,144.
    pub recent_max_bytes: usize,
    /// Whether a room that a user creates over REST may have an id of their choice. Ids that are chosen
    /// can be probed, and taken before the app wants them. Default: false.
    pub client_room_ids: bool,
    /// Bytes of the entries of one page, as JSON; a page always has one entry, whatever its size.
    /// Default: 262,144.
    pub page_max_bytes: usize,
    /// Messages in one append. Default: 256.
    pub append_max_batch: usize,
    /// Writes waiting per room; one more is refused with `UNAVAILABLE`. Default: 10,000.
    pub append_max_queue: usize,
    /// Rooms with at most this many members publish to each member's topic, larger ones to the
    /// room's. Default: 100.
    pub per_user_fanout_max: usize,
    /// Rooms with more members than this broadcast no presence, typing or single receipts, but
    /// `OCCUPANCY`. Default: 200.
    pub presence_max: usize,
    /// `OCCUPANCY` is counted this often, and told when it changed; who joins hears it at once. 0 is
    /// never. Default: 5,000.
    pub occupancy_ms: u64,
    /// A connection's lease in the presence store; refreshed three times as often. Default: 60,000.
    pub presence_ttl_ms: u64,
    /// Who comes back within this time was never offline. Default: 3,000.
    pub presence_grace_ms: u64,
    /// Users told of one change of presence, at most. Default: 1,000.
    pub presence_audience_max: usize,
    /// A user's rooms looked at to find that audience, or whom the user may ask about, at most.
    /// Default: 100.
    pub presence_rooms_max: usize,
    /// How old a cached membership may be when it is used. Bounds how long a removed member may go
    /// on when the hint of the removal was lost. Default: 30,000.
    pub membership_max_age_ms: u64,
    /// A call to a store that has not ended after this time counts as failed, with its outcome unknown.
    /// Longer than the timeouts of the store's own driver. Default: 20,000.
    pub store_timeout_ms: u64,
    /// The heads of all active rooms are compared with the log this often. Default: 60,000.
    pub anti_entropy_ms: u64,
    /// The same while the broker is out of reach. Default: 1,000.
    pub degraded_poll_ms: u64,
    /// A room without joined connections and writes is forgotten after this time. Default: 60,000.
    pub room_idle_ms: u64,
    /// `ROOM_ACTIVITY` of one room is sent to one user this often at most. Default: 250.
    pub activity_delay_ms: u64,
    /// A typing notice holds this long. Default: 6,000.
    pub typing_ms: u64,
    /// How long after its creation a message may be edited by its sender; 0 is for ever. Default: 0.
    pub edit_window_ms: u64,
    /// How long after its creation a message may be deleted by its sender; 0 is for ever. Default: 0.
    pub delete_window_ms: u64,
    /// How long a node has to tell the hooks that want offline members of a message; then another
    /// does. Default: 30,000.
    pub push_lease_ms: u64,
    /// What the hooks could not be told within this time is given up. Default: 3,600,000.
    pub push_max_age_ms: u64,
    /// How long a graceful shutdown may take. Default: 10,000.
    pub drain_ms: u64,
    /// Clients are advised to come back within this time, each at its own moment. Default: 5,000.
    pub reconnect_spread_ms: u64,
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

/// How often a user may do what, over all their connections.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Rates {
    /// Sends. Default: 50 at once, 10 a second.
    pub send: Quota,
    /// Edits, deletions, reactions. Default: 50 at once, 10 a second.
    pub change: Quota,
    /// Joining and leaving. Default: 250 at once, 10 a second.
    pub join: Quota,
    /// Read markers. Default: 50 at once, 10 a second.
    pub read: Quota,
    /// Typing. Default: 10 at once, 2 a second.
    pub typing: Quota,
    /// Reading over REST. Default: 100 at once, 20 a second.
    pub query: Quota,
    /// Searches, which run one at a time for each user and node. Default: 10 at once, 1 a second.
    pub search: Quota,
    /// Rooms that a user creates over REST. Default: 20 at once, 0.1 a second.
    pub create: Quota,
    /// Changing rooms and members. Default: 50 at once, 5 a second.
    pub manage: Quota,
    /// Token refreshes and pings. Default: 30 at once, 1 a second.
    pub session: Quota,
    /// Frames that are no command; over it the connection is closed with 1008. Default: 100 at
    /// once, 5 a second.
    pub violation: Quota,
    /// Frames of one connection, whatever is in them: commands, refused or not, pings and pongs. Over
    /// it the connection is closed with 1008. Default: 1,000 at once, 100 a second.
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
    /// No limits that a user could meet: for load tests.
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
