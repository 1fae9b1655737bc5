//! The running thing.

mod frame;
mod transport;

pub use frame::{Frame, FrameClass, FrameKind};
pub use transport::{Inbound, ReceiveError, Transport};
