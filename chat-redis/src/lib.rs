//! Redis for the chat engine: a broker, presence and rate limits that all nodes share; on one
//! server, on one that Sentinel watches over, or on a Redis Cluster.
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
//! redis.ping().await?; // if the app is not to start without it
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
//! Nothing in Redis is the truth: hints may be lost, and the engine then reads the log. While Redis
//! is away, rooms go on more slowly, presence stands still and nobody is limited.
//!
//! # URLs
//! | URL | what |
//! |---|---|
//! | `redis://[[user]:password@]host[:port][/db]` | one server |
//! | `redis+cluster://[…@]host[:port][,host[:port]…]` | a cluster; some of its servers, which tell of the others |
//! | `redis+sentinel://[…@]host[:port][,…]/service[/db]` | the master that sentinels know by a name; user and password are the master's |
//! | `rediss://`, `rediss+cluster://`, `rediss+sentinel://` | the same by TLS, with the feature `tls` |
//!
//! User and password are percent-encoded; they reach no log and no error. Everything else is in
//! [`Options`].
//!
//! With `tls` the system's certificates are trusted, or those of [`Options`]. The cryptography is
//! ring's; an app that has another provider for rustls, too, installs one as the process's default.
//!
//! # What is where
//! With the default prefix `chat:`.
//!
//! | name | kind | what |
//! |---|---|---|
//! | `chat:u:{userId}` | channel | hints for a user's nodes |
//! | `chat:r:{roomId}` | channel | hints for a room's nodes |
//! | `chat:probe:{node}:{n}` | channel | a node's proof that its connection works |
//! | `chat:p:{part}:leases` | hash | the leases of each user online, for each of 64 parts; the braces are in the name |
//! | `chat:p:{part}:due` | sorted set | when to look whether a user's leases ran out |
//! | `chat:p:{part}:seen` | sorted set | when users who have gone were last seen |
//! | `chat:l:{length}:{class}:{length}:{user}[:{room}]` | string | the state of a rate limit, with an expiry |
//!
//! # What it needs
//! Redis 6.2 or later, 7.0 or later as a cluster; Valkey speaks the same. Tested with 7.0. As ACL rules:
//!
//! ```text
//! ~chat:* &chat:* +@connection +publish +subscribe +unsubscribe +eval +evalsha +time +get +set
//! +hget +hset +hdel +zadd +zrem +zscore +zrangebyscore +zremrangebyscore +pexpire
//! ```
//! and on a cluster `+spublish +ssubscribe +sunsubscribe +cluster|slots`.
//!
//! With `maxmemory` let the policy be `noeviction` or one of the `volatile-` ones: the keys without
//! an expiry are those of who is online.
//!
//! # Metrics
//! | name | kind | what |
//! |---|---|---|
//! | `chat_redis_errors_total{operation}` | counter | calls that failed |
//! | `chat_redis_retries_total` | counter | commands sent again, because a slot had moved or a server was not ready |
//! | `chat_redis_publish_commands`, `chat_redis_publish_seconds` | histogram | publications in one write, and its time |
//! | `chat_redis_publish_refused_total` | counter | batches refused because too much was waiting |
//! | `chat_redis_subscriptions` | gauge | topics that are heard |
//! | `chat_redis_arrivals_dropped_total` | counter | arrivals lost because the engine did not keep up |
//! | `chat_redis_links_lost_total` | counter | connections of the broker lost, and attempts that failed |
//! | `chat_redis_probes_lost_total` | counter | times one was found deaf |
//!
//! # The files
//! | file | what |
//! |---|---|
//! | `redis`, `options` | [`Redis`], [`Options`] |
//! | `broker/` | [`RedisBroker`]: hints by Pub/Sub; one connection writes, one for each server listens |
//! | `presence/` | [`RedisPresence`]: leases in 64 parts, changed by scripts |
//! | `limits` | [`RedisLimits`]: the state of a rate in one key, with an expiry |
//! | `target`, `address` | what a URL says |
//! | `discovery`, `layout`, `slot` | which server has what: one server, sentinels, a cluster |
//! | `dial`, `pool`, `nodes` | connections, and commands sent again where a slot has moved |
//! | `script`, `error` | scripts by their hash; what an error of the driver means |

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
