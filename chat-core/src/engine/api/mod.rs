//! The engine's API for the app and the REST service, a superset of the client's commands. Methods
//! that act for a user take an [`Actor`](super::Actor), whose role decides. To non-members, a room
//! that is not public looks missing: every call returns `RoomNotFound`.

mod members;
mod messages;
mod moderation;
mod reactions;
mod reading;
mod request;
mod rooms;
mod search;
mod users;

pub use reactions::Reactors;
pub use reading::{History, ThreadPage, UnreadTotal};
pub use rooms::{RoomEntry, RoomPosition};
pub use search::Search;
