//! Echo servers on the adapters' own upgrade and transport, one per way in which a socket reaches
//! the codec. `cargo xtask ws-conformance` runs a third-party suite against them.
//!
//! Prints `<name> <address>` for each server, then an empty line, and serves until stdin closes.
//!
//! | server | the byte stream under the WebSocket |
//! |---|---|
//! | `axum` | the bare socket, taken from hyper |
//! | `axum-tls` | TLS, through hyper |
//! | `actix` | the bare socket, taken from actix by `on_connect` |
//! | `actix-tunnel` | through actix, without `on_connect` |
//! | `actix-tls` | TLS, through actix |
//!
//! The suite does not speak TLS, so a plain listener forwards to each TLS server.
#![allow(clippy::print_stdout, reason = "prints the addresses")]

mod actix;
mod axum;
mod echo;
mod tls;

use std::error::Error;
use std::net::TcpListener;

use tokio::io::AsyncReadExt;

use crate::tls::Tls;

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// The suite's largest messages have 16 MiB.
const MAX_MESSAGE_BYTES: usize = 16 << 20;

#[tokio::main]
async fn main() -> Result<()> {
    let tls = Tls::new()?;
    let servers = [
        ("axum", axum::serve(listen()?)?),
        ("axum-tls", tls.front(axum::serve_tls(listen()?, &tls)?)?),
        ("actix", actix::serve(listen()?, true)?),
        ("actix-tunnel", actix::serve(listen()?, false)?),
        ("actix-tls", tls.front(actix::serve_tls(listen()?, &tls)?)?),
    ];
    for (name, address) in servers {
        println!("{name} {address}");
    }
    println!();
    let mut input = Vec::new();
    tokio::io::stdin().read_to_end(&mut input).await?;
    Ok(())
}

fn listen() -> std::io::Result<TcpListener> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}
