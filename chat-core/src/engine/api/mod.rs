//! What the app and the REST service can do: everything that a client can, and more. Whatever acts
//! for a user is given an [`Actor`](super::Actor), whose role decides. A room that is not public is, for
//! users who are no members, one that does not exist: `RoomNotFound`, whatever they ask.

mod members;
mod messages;
pub(crate) mod moderation;
mod reactions;
mod reading;
mod request;
mod rooms;
mod search;
mod users;

pub use reactions::Reactors;
pub use reading::{History, ThreadPage, UnreadTotal};
pub(crate) use request::InFlight;
pub(crate) use rooms::CreationKey;
pub use rooms::{CreateRoom, RoomEntry, RoomPosition};
pub use search::Search;
