//! The rooms' logs, read state and pushes in memory.
//!
//! | file | content |
//! |---|---|
//! | `store` | [`MemoryMessages`]: a locked log per room |
//! | `log` | one room's log: messages by `seq` and by `rev`; no lock and no clock |
//! | `append`, `change`, `history`, `changes`, `threads` | the operations on it |
//! | `reads`, `counts` | markers and hidden messages; unread counts in O(log n) |
//! | `search` | one page of a search over many logs, in bounded steps |
//! | `pushes` | the queue of pending push notifications |
//! | `expiry` | the removal of messages, and the schedule of expiries |

mod append;
mod change;
mod changes;
mod counts;
mod expiry;
mod history;
mod log;
mod pushes;
mod reads;
mod search;
mod store;
mod threads;

pub use store::MemoryMessages;
