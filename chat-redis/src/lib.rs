//! Redis for the chat engine.

mod address;
mod broker;
mod dial;
mod discovery;
mod error;
mod layout;
mod limits;
mod nodes;
mod options;
mod pool;
mod presence;
mod redis;
mod script;
mod slot;
mod target;

pub use self::redis::Redis;
pub use broker::RedisBroker;
pub use limits::RedisLimits;
pub use options::Options;
pub use presence::RedisPresence;
