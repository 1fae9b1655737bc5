//! MongoDB for [`chat_core`]: all four stores in one database.

mod codec;
mod error;
mod log;
mod message;
mod messages;
mod moderation;
mod options;
mod read;
mod rooms;
mod schema;
mod store;
mod sweep;
mod users;

pub use options::MongoOptions;
pub use store::MongoStore;
