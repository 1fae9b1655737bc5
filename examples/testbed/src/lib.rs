//! Servers for tests: each is a process of its own on a free port of the loopback interface, with a
//! temporary folder, and goes with the value that started it, or with the process that held it.
//!
//! ```no_run
//! use chat_testbed::RedisServer;
//!
//! let mut redis = RedisServer::start()?;
//! println!("{}", redis.url()); // redis://127.0.0.1:40123
//! redis.kill()?;
//! redis.restart()?; // the same port, nothing in memory
//! # Ok::<(), chat_testbed::Error>(())
//! ```
//!
//! | type | what |
//! |---|---|
//! | [`RedisServer`] | one Redis, to be killed, restarted, paused and resumed |
//! | [`RedisCluster`] | a Redis Cluster of some nodes, each a [`RedisServer`] |
//! | [`RedisSentinel`] | a master, a replica and a sentinel |
//! | [`Redis`] | the server of `REDIS_URL`, or else one of its own: for tests that break nothing |
//! | [`MongoServer`] | one MongoDB, or what stands in for it, to be killed and restarted with its data |
//! | [`Mongo`] | the server of `MONGODB_URI`, or else one of its own: for tests that break nothing |
//! | [`Process`], [`Folder`] | what these are made of, for servers of one's own |
//!
//! Calls block, as they are short and for tests.

mod error;
mod folder;
mod mongo;
mod mongo_server;
mod mongo_wire;
mod process;
mod redis;
mod redis_cluster;
mod redis_sentinel;
mod redis_server;
mod redis_wire;

pub use error::{Error, Result};
pub use folder::Folder;
pub use mongo::{MONGODB_URI, Mongo};
pub use mongo_server::MongoServer;
pub use process::Process;
pub use redis::{REDIS_URL, Redis};
pub use redis_cluster::RedisCluster;
pub use redis_sentinel::RedisSentinel;
pub use redis_server::{RedisServer, free_port};
