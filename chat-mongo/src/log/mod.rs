//! A room's log: how positions are given out, and what is known of its head.
//!
//! A message holds all positions that it took in `p`, under a unique index with the room. So a
//! position that a change has superseded stays taken, and a write that believes it to be free, since
//! what it knows of the head is old, is refused. (Indexes on `seq` and `rev` alone would let it in.)
//! What frees positions, which is expiry, first raises the log's floor.

mod append;
mod change;
mod floor;
mod head;
mod known;
mod lifetime;
mod settle;
mod trim;

pub(crate) use floor::JUMP;
pub(crate) use head::Reading;
pub(crate) use known::{Known, Logs, Slot};
