//! Rooms and who is in them. What touches a room and its members at once is a transaction, in which
//! the room's count of members moves, too; so no two of them can miss each other.

mod document;
mod members;
mod store;
mod transaction;

pub(crate) use transaction::Turns;
