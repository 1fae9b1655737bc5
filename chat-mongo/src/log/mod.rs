//! A room's log: the allocation of positions and the cached head.
//!
//! The field `p` of a message holds all positions it took, in a unique index with the room. A
//! position that a change superseded therefore stays taken, and a write based on a stale head is
//! rejected. (Indexes on `seq` and `rev` alone would accept it.) Expiry frees positions, but raises
//! the log's floor first.

mod append;
mod change;
mod epochs;
mod floor;
mod head;
mod known;
mod lifetime;
mod settle;
mod trim;

pub(crate) use floor::JUMP;
pub(crate) use head::Reading;
pub(crate) use known::{Known, Logs, Slot};
