//! Wrappers that inject faults into a backend, by a seed.
//!
//! The decision about the n-th operation of a wrapper depends on the seed and on n alone. So where
//! operations come in the same order (one thread, paused time), a run can be repeated.

mod broker;
mod dice;
mod messages;
#[cfg(test)]
mod tests;

pub use broker::{BrokerFaults, FaultyBroker};
pub use messages::{FaultyMessages, MessageFaults};
