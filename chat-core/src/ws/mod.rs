//! The server's side of a WebSocket (RFC 6455), for adapters: the handshake, a codec without I/O,
//! and a [`Transport`](crate::engine::Transport) over any `AsyncRead + AsyncWrite`.
//!
//! | file | what |
//! |---|---|
//! | `handshake.rs` | an HTTP request in, the 101 response and the token out, or a [`Refusal`] |
//! | `origin.rs` | which web pages may connect |
//! | `decoder.rs` | bytes in, whole messages out; holds nothing between messages |
//! | `message.rs` | what a message under assembly is bounded by |
//! | `encoder.rs` | frames in, bytes out |
//! | `stream.rs` | the socket around them: buffers shared by a thread, timeouts, the close handshake |
//! | `serve.rs` | the end of an upgrade: the engine, or an echo in the conformance suite |
//!
//! Frame headers and close codes are parsed and written by `tungstenite`. What is ours is what
//! its `WebSocket` type cannot give: a connection that is idle owns no buffer (its read buffer is
//! at least 4 KiB, by default 128 KiB), a message is bounded before it is read, and all frames that
//! wait are written at once. Extensions (compression) are never negotiated.

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
