//! A WebSocket server (RFC 6455) for adapters: the handshake, a codec without I/O, and a
//! [`Transport`](crate::engine::Transport) over any `AsyncRead + AsyncWrite`.
//!
//! | file | contents |
//! |---|---|
//! | `handshake.rs` | the handshake: from a request to the 101 response and the token, or a [`Refusal`] |
//! | `origin.rs` | the check of `Origin` |
//! | `decoder.rs` | the decoder from bytes to messages |
//! | `message.rs` | the assembly of a message and its bounds |
//! | `encoder.rs` | the encoder from frames to bytes |
//! | `stream.rs` | the socket: shared buffers, timeouts, the close handshake |
//! | `serve.rs` | the target of an upgrade: the engine, or an echo server in the conformance suite |
//!
//! `tungstenite` parses and writes frame headers and close codes. Its `WebSocket` type is not used:
//! its read buffer takes at least 4 KiB (by default 128 KiB) per connection. Here, an idle
//! connection owns no buffer, a message is bounded before it is read, and all waiting frames are
//! written at once. Extensions (compression) are never negotiated.

mod decoder;
mod encoder;
#[cfg(test)]
mod frames;
mod handshake;
mod mask;
mod message;
mod origin;
mod scratch;
mod serve;
mod stream;

pub use decoder::Decoder;
pub use encoder::{encode, encode_close};
pub use handshake::{BearerToken, Refusal, Upgrade, detached};
pub use origin::{AllowedOrigins, InvalidOrigin};
#[doc(hidden)]
pub use serve::Serve;
pub use stream::{WsOptions, WsStream};
