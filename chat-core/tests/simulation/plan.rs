use std::time::Duration;

use chat_core::testing::faulty::{BrokerFaults, FaultRates};

/// What kinds of trouble there are. Each number is how often something is done, in proportion to
/// the others.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan {
    pub(crate) broker: BrokerFaults,
    pub(crate) stores: FaultRates,
    pub(crate) cut_broker: u32,
    pub(crate) cut_stores: u32,
    pub(crate) stop_node: u32,
    pub(crate) kill_node: u32,
    pub(crate) remove_member: u32,
    pub(crate) say_something: u32,
    /// Whether clients stop reading now and then.
    pub(crate) slow_clients: bool,
}

impl Plan {
    /// Every plan, by the name of the test that runs it.
    pub(crate) const ALL: [(&str, Self); 7] = [
        ("calm", Self::CALM),
        ("hints_are_lost_doubled_and_late", Self::HINTS),
        ("links_break", Self::LINKS),
        ("stores_fail", Self::STORES),
        ("nodes_stop_and_die", Self::NODES),
        ("members_come_and_go", Self::MEMBERS),
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
        say_something: 1,
        slow_clients: false,
    };

    pub(crate) const HINTS: Self = Self {
        broker: BrokerFaults {
            lose: 0.1,
            tell_losses: false,
            duplicate: 0.1,
            delay: 0.3,
            max_delay: Duration::from_millis(150),
        },
        ..Self::CALM
    };

    pub(crate) const LINKS: Self = Self {
        cut_broker: 8,
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
        ..Self::CALM
    };

    /// A slow store, so that nodes die in the middle of a write.
    pub(crate) const NODES: Self = Self {
        stores: FaultRates {
            slow: 0.3,
            max_delay: Duration::from_millis(80),
            ..Self::CALM.stores
        },
        stop_node: 2,
        kill_node: 2,
        ..Self::CALM
    };

    pub(crate) const MEMBERS: Self = Self {
        broker: BrokerFaults {
            lose: 0.05,
            ..Self::HINTS.broker
        },
        remove_member: 6,
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
        say_something: 2,
        slow_clients: true,
    };
}
