//! Redis backend for the chat engine: a broker, presence and rate limits shared by all nodes, on a
//! single server, behind Sentinel or on a Redis Cluster.
//!
//! ```no_run
//! use chat_core::Engine;
//! use chat_redis::{Options, Redis};
//! # use chat_core::backend::{Authenticator, Credentials, Identity};
//! # #[derive(Debug)] struct Login;
//! # #[async_trait::async_trait]
//! # impl Authenticator for Login {
//! #     async fn authenticate(&self, _: Credentials<'_>) -> chat_core::Result<Identity> {
//! #         Ok(Identity::new(chat_core::UserId::new("alice")?))
//! #     }
//! # }
//!
//! # #[tokio::main]
//! # async fn main() -> chat_core::Result<()> {
//! let redis = Redis::open("redis://127.0.0.1", Options::default())?;
//! redis.ping().await?; // to require Redis at startup
//! let engine = Engine::builder(Login) // `Login` knows the app's users
//!     .broker(redis.broker()?)
//!     .presence(redis.presence())
//!     .limiter(redis.limits())
//!     .build();
//! # drop(engine);
//! # Ok(())
//! # }
//! ```
//!
//! Redis holds no durable state. If hints are lost, the engine reads the log. While Redis is
//! unavailable, messages reach other nodes more slowly, presence does not change and rate limits do
//! not apply.
//!
//! # URLs
//! | URL | deployment |
//! |---|---|
//! | `redis://[[user]:password@]host[:port][/db]` | a single server |
//! | `redis+cluster://[…@]host[:port][,host[:port]…]` | a cluster, discovered from the listed servers |
//! | `redis+sentinel://[…@]host[:port][,…]/service[/db]` | the master of a Sentinel service; user and password are the master's |
//! | `rediss://`, `rediss+cluster://`, `rediss+sentinel://` | the same with TLS; requires the `tls` feature |
//!
//! User and password are percent-encoded and never appear in logs or errors. All other settings are
//! in [`Options`].
//!
//! TLS trusts the system's certificates, or those in [`Options`]. It uses ring. An app that also
//! enables another rustls provider must install one as the process default.
//!
//! # Keys and channels
//! The default prefix is `chat:`.
//!
//! | name | kind | content |
//! |---|---|---|
//! | `chat:u:{userId}` | channel | hints for the nodes of a user |
//! | `chat:r:{roomId}` | channel | hints for the nodes of a room |
//! | `chat:probe:{node}:{n}` | channel | probes of a node's own connections |
//! | `chat:p:{part}:leases` | hash | the leases of online users, in 64 parts; the braces are part of the name |
//! | `chat:p:{part}:due` | sorted set | the times at which to check users for expired leases |
//! | `chat:p:{part}:seen` | sorted set | the times at which offline users were last seen |
//! | `chat:l:{length}:{class}:{length}:{user}[:{room}]` | string | the state of a rate limit, with an expiry |
//!
//! # Requirements
//! Redis 6.2 or later, 7.0 or later for a cluster, or a compatible Valkey. Tested with Redis 7.0.
//! The user needs these ACL rules:
//!
//! ```text
//! ~chat:* &chat:* +@connection +publish +subscribe +unsubscribe +eval +evalsha +time +get +set
//! +hget +hset +hdel +zadd +zrem +zscore +zrangebyscore +zremrangebyscore +pexpire
//! ```
//! and on a cluster `+spublish +ssubscribe +sunsubscribe +cluster|slots`.
//!
//! With `maxmemory`, use `noeviction` or one of the `volatile-` policies: the keys of online users
//! have no expiry.
//!
//! # Metrics
//! | name | kind | meaning |
//! |---|---|---|
//! | `chat_redis_errors_total{operation}` | counter | failed calls |
//! | `chat_redis_retries_total` | counter | commands retried because a slot had moved or a server was not ready |
//! | `chat_redis_publish_commands`, `chat_redis_publish_seconds` | histogram | publications per write, and duration of the write |
//! | `chat_redis_publish_refused_total` | counter | batches rejected because the queue was full |
//! | `chat_redis_subscriptions` | gauge | subscribed topics |
//! | `chat_redis_arrivals_dropped_total` | counter | arrivals dropped because the engine did not keep up |
//! | `chat_redis_links_lost_total` | counter | broker connections lost, and failed attempts to connect |
//! | `chat_redis_probes_lost_total` | counter | probes of broker connections that failed |
//!
//! # Files
//! | file | content |
//! |---|---|
//! | `redis`, `options` | [`Redis`], [`Options`] |
//! | `broker/` | [`RedisBroker`]: Pub/Sub, with one writer and a subscribed connection per server |
//! | `presence/` | [`RedisPresence`]: leases in 64 parts, changed by scripts |
//! | `limits` | [`RedisLimits`]: one key per rate, with an expiry |
//! | `target`, `address` | parsing of URLs |
//! | `discovery`, `layout`, `slot` | discovery of servers and their slots |
//! | `dial`, `pool`, `nodes` | connections, routing and retries of commands |
//! | `script`, `error` | scripts by hash; conversion of driver errors |

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
