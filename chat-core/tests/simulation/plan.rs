use std::time::Duration;

use chat_core::testing::faulty::{BrokerFaults, FaultRates};

/// The mix of faults and actions in a run. Each integer weight is relative to the others.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan {
    pub(crate) broker: BrokerFaults,
    pub(crate) stores: FaultRates,
    pub(crate) cut_broker: u32,
    pub(crate) cut_stores: u32,
    pub(crate) stop_node: u32,
    pub(crate) kill_node: u32,
    pub(crate) remove_member: u32,
    /// Removes or bans a client while it is resuming.
    pub(crate) remove_resuming: u32,
    pub(crate) delete_room: u32,
    pub(crate) block: u32,
    pub(crate) hide_presence: u32,
    pub(crate) look: u32,
    pub(crate) say_something: u32,
    /// `true` if clients sometimes stop reading or read slowly.
    pub(crate) slow_clients: bool,
    /// The probability that a client stays away for long, from 0 to 1, and the maximum duration.
    pub(crate) away: (f64, Duration),
    /// Two users send more than a page of long messages in turn.
    pub(crate) flood: u32,
    /// The share of long messages, from 0 to 1.
    pub(crate) long: f64,
    /// The share of messages that expire after some seconds, from 0 to 1.
    pub(crate) expire: f64,
    /// The outbox limit in frames, or `None` for the default.
    pub(crate) outbox: Option<usize>,
    /// The time within which an action of the app takes effect everywhere; longer if hints get
    /// lost.
    pub(crate) in_force_within: Duration,
}

/// The maximum age of the nodes' membership caches.
pub(crate) const MEMBERSHIP_MAX_AGE: Duration = Duration::from_secs(4);

impl Plan {
    /// Every plan, by the name of its test.
    pub(crate) const ALL: [(&str, Self); 12] = [
        ("calm", Self::CALM),
        ("hints_are_lost_doubled_and_late", Self::HINTS),
        ("links_break", Self::LINKS),
        ("stores_fail", Self::STORES),
        ("nodes_stop_and_die", Self::NODES),
        ("members_come_and_go", Self::MEMBERS),
        ("messages_are_long", Self::SIZES),
        ("members_are_removed_in_a_resume", Self::RESUMES),
        ("users_hide_and_block", Self::PRIVACY),
        ("messages_expire", Self::EXPIRY),
        ("rooms_are_deleted", Self::DELETIONS),
        ("everything_at_once", Self::EVERYTHING),
    ];

    pub(crate) const CALM: Self = Self {
        broker: BrokerFaults {
            lose: 0.0,
            tell_losses: false,
            duplicate: 0.0,
            delay: 0.0,
            max_delay: Duration::ZERO,
        },
        stores: FaultRates {
            fail_before: 0.0,
            fail_after: 0.0,
            slow: 0.0,
            max_delay: Duration::ZERO,
        },
        cut_broker: 0,
        cut_stores: 0,
        stop_node: 0,
        kill_node: 0,
        remove_member: 0,
        remove_resuming: 0,
        delete_room: 0,
        block: 0,
        hide_presence: 0,
        look: 0,
        say_something: 1,
        slow_clients: false,
        away: (0.0, Duration::ZERO),
        flood: 0,
        long: 0.02,
        expire: 0.0,
        outbox: None,
        in_force_within: Duration::from_millis(400),
    };

    /// Longer than the faults last, because hints get lost.
    const IN_THE_END: Duration = Duration::from_secs(60);

    pub(crate) const HINTS: Self = Self {
        broker: BrokerFaults {
            lose: 0.1,
            tell_losses: false,
            duplicate: 0.1,
            delay: 0.3,
            max_delay: Duration::from_millis(150),
        },
        in_force_within: Self::IN_THE_END,
        ..Self::CALM
    };

    pub(crate) const LINKS: Self = Self {
        cut_broker: 8,
        in_force_within: Self::IN_THE_END,
        ..Self::CALM
    };

    pub(crate) const STORES: Self = Self {
        stores: FaultRates {
            fail_before: 0.05,
            fail_after: 0.05,
            slow: 0.3,
            max_delay: Duration::from_millis(80),
        },
        cut_stores: 4,
        in_force_within: Self::IN_THE_END,
        ..Self::CALM
    };

    /// Stores are slow, so that nodes die in the middle of writes.
    pub(crate) const NODES: Self = Self {
        stores: Self::SLOW,
        stop_node: 2,
        kill_node: 2,
        ..Self::CALM
    };

    const SLOW: FaultRates = FaultRates {
        slow: 0.3,
        max_delay: Duration::from_millis(80),
        ..Self::CALM.stores
    };

    pub(crate) const MEMBERS: Self = Self {
        broker: BrokerFaults {
            lose: 0.05,
            ..Self::HINTS.broker
        },
        remove_member: 6,
        in_force_within: Self::IN_THE_END,
        ..Self::CALM
    };

    /// No faults, but long messages and slow readers.
    pub(crate) const SIZES: Self = Self {
        long: 0.9,
        away: (0.2, Duration::from_secs(4)),
        flood: 4,
        slow_clients: true,
        ..Self::CALM
    };

    pub(crate) const RESUMES: Self = Self {
        stores: Self::SLOW,
        remove_resuming: 8,
        look: 2,
        say_something: 4,
        slow_clients: true,
        away: (0.7, Duration::from_secs(3)),
        long: 0.1,
        ..Self::CALM
    };

    /// Nodes stop, which affects presence.
    pub(crate) const PRIVACY: Self = Self {
        stop_node: 1,
        block: 4,
        hide_presence: 4,
        look: 12,
        // A node without a connection of the user relies on its cached memberships.
        in_force_within: MEMBERSHIP_MAX_AGE.saturating_add(Self::CALM.in_force_within),
        ..Self::CALM
    };

    pub(crate) const EXPIRY: Self = Self {
        stores: Self::SLOW,
        expire: 0.5,
        look: 2,
        ..Self::CALM
    };

    pub(crate) const DELETIONS: Self = Self {
        stores: FaultRates {
            fail_before: 0.1,
            fail_after: 0.1,
            ..Self::SLOW
        },
        delete_room: 8,
        look: 2,
        in_force_within: Self::IN_THE_END,
        ..Self::CALM
    };

    pub(crate) const EVERYTHING: Self = Self {
        broker: Self::HINTS.broker,
        stores: Self::STORES.stores,
        cut_broker: 3,
        cut_stores: 2,
        stop_node: 1,
        kill_node: 1,
        remove_member: 3,
        remove_resuming: 1,
        delete_room: 1,
        block: 2,
        hide_presence: 1,
        look: 1,
        say_something: 2,
        slow_clients: true,
        away: (0.1, Duration::from_secs(2)),
        flood: 1,
        long: 0.05,
        expire: 0.05,
        // Small, but larger than the replies to all commands that one connection may have pending.
        outbox: Some(40),
        in_force_within: Self::IN_THE_END,
    };
}
