//! Servers for tests.
//!
//! Each server is a process with a free port on the loopback interface and a temporary folder. It stops
//! when its value is dropped or when the test process ends.
//!
//! ```no_run
//! use chat_testbed::RedisServer;
//!
//! let mut redis = RedisServer::start()?;
//! println!("{}", redis.url()); // redis://127.0.0.1:40123
//! redis.kill()?;
//! redis.restart()?; // the same port, without data
//! # Ok::<(), chat_testbed::Error>(())
//! ```
//!
//! | type | purpose |
//! |---|---|
//! | [`RedisServer`] | a Redis that can be killed, restarted, paused and resumed |
//! | [`RedisCluster`] | a Redis Cluster whose nodes are [`RedisServer`]s |
//! | [`RedisSentinel`] | a master, a replica and a sentinel |
//! | [`Redis`] | the server at `REDIS_URL`, or a new one, for tests without faults |
//! | [`MongoServer`] | a MongoDB (or its stand-in) that can be killed and restarted with its data |
//! | [`Mongo`] | the server at `MONGODB_URI`, or a new one, for tests without faults |
//! | [`Proxy`] | a TCP proxy in front of a server; it cuts connections and drops responses |
//! | [`Process`], [`Folder`] | the building blocks, for other servers |
//!
//! All functions block.

mod error;
mod folder;
mod mongo;
mod mongo_server;
mod mongo_wire;
mod process;
mod proxy;
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
pub use proxy::Proxy;
pub use redis::{REDIS_URL, Redis};
pub use redis_cluster::RedisCluster;
pub use redis_sentinel::RedisSentinel;
pub use redis_server::{RedisServer, free_port};
