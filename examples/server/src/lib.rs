//! The parts of the example chat servers that do not depend on a web framework.
//!
//! | variable | meaning | default |
//! |---|---|---|
//! | `CHAT_LISTEN` | address and port to listen on | `127.0.0.1:8080` |
//! | `CHAT_JWT_SECRET` | HS256 secret for tokens, at least 32 bytes | random, with a warning |
//! | `MONGODB_URI` | MongoDB for rooms, messages and other durable data | in memory |
//! | `CHAT_MONGODB_DB` | MongoDB database | `chat` |
//! | `REDIS_URL` | Redis that connects the nodes; requires `MONGODB_URI` | in memory |
//! | `CHAT_REDIS_PREFIX` | prefix of Redis keys and channels | `chat:` |
//! | `CHAT_DEV_TOKENS` | `1`: `POST /dev/token` gives anyone a token for any name | on for a loopback address without a secret |
//! | `CHAT_METRICS` | `1`: anyone may read `/metrics` | on for a loopback address |
//! | `CHAT_ORIGINS` | origins of pages that may connect, comma-separated | any |
//! | `CHAT_CONFIG` | JSON file with engine settings ([`chat_core::Config`]) | none |
//! | `CHAT_WEB_DIR` | web app to serve at `/`, built by `cargo xtask web` | `examples/web/out`, if it exists |
//! | `RUST_LOG` | log filter | `info` |
//!
//! Servers with the same MongoDB, Redis and secret form a cluster, on either framework.
//!
//! A server mounts the engine under `/chat`, passes all other requests to [`Server::answer`], and
//! stops on [`stop_signal`].

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

/// Compiles the code in the README. It is here because this crate can depend on both adapters.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;
