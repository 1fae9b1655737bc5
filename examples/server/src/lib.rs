//! What the chat servers on axum and on actix-web share, without a web framework.
//!
//! | variable | meaning | default |
//! |---|---|---|
//! | `CHAT_LISTEN` | where to listen | `127.0.0.1:8080` |
//! | `CHAT_JWT_SECRET` | the HS256 secret of the tokens, at least 32 bytes | a random one, with a warning |
//! | `MONGODB_URI` | the MongoDB that holds rooms, messages and all that lasts | in memory |
//! | `CHAT_MONGODB_DB` | its database | `chat` |
//! | `REDIS_URL` | the Redis by which nodes hear of each other; needs `MONGODB_URI` | in memory |
//! | `CHAT_REDIS_PREFIX` | what its keys and channels begin with | `chat:` |
//! | `CHAT_DEV_TOKENS` | `1`: `POST /dev/token` gives anyone a token for any name | on, if it listens on a loopback address and no secret is given |
//! | `CHAT_METRICS` | `1`: anyone may read `/metrics` | on, if it listens on a loopback address |
//! | `CHAT_ORIGINS` | pages that may connect, comma-separated | any |
//! | `CHAT_CONFIG` | a JSON file with settings of the engine ([`chat_core::Config`]) | none |
//! | `CHAT_WEB_DIR` | the web app to serve at `/`, as `cargo xtask web` built it | `examples/web/out`, if it is there |
//! | `RUST_LOG` | what is logged | `info` |
//!
//! Servers that are given the same MongoDB, Redis and secret are a cluster, on either framework.
//!
//! An adapter mounts the engine under `/chat`, hands everything else to [`Server::answer`], and stops
//! at [`stop_signal`].

mod backends;
mod listen;
mod page;
mod reply;
mod routes;
mod server;
mod settings;
mod signal;
#[cfg(feature = "testing")]
pub mod testing;
mod web;

pub use backends::BackendSettings;
pub use listen::listen;
pub use routes::{BODY_TIMEOUT, MAX_BODY_BYTES};
pub use server::{Error, Server};
pub use settings::Settings;
pub use signal::stop_signal;

/// The README's code, which has to compile. It is here since this is where both adapters may be used.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;
