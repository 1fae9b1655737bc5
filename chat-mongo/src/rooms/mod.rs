//! Rooms and members. Operations on a room and its members are transactions that also update the
//! room's document, so concurrent ones conflict.

mod document;
mod members;
mod store;
mod transaction;

pub(crate) use transaction::Turns;
