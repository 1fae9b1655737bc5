//! Frames on their way to one socket: encoded once, queued within bounds, written in batches.

mod frame;
mod outbox;
mod transport;

pub use frame::{Frame, FrameClass, FrameKind};
pub(crate) use outbox::{Batch, Closing, Outbox, OutboxLimits, Outgoing, Pool};
pub use transport::{Inbound, ReceiveError, Transport};
