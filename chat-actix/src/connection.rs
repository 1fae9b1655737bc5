use tokio::net::TcpStream;
use tokio_util::either::Either;

use crate::tunnel::Tunnel;

/// The byte stream under a WebSocket, after the upgrade: the bare socket, with actix out of the way, or
/// else through actix, whatever it listens with. One type for both, so that the engine's loop is
/// compiled once.
pub(crate) type Connection = Either<TcpStream, Tunnel>;
