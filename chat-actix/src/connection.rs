use tokio::net::TcpStream;
use tokio_util::either::Either;

use crate::tunnel::Tunnel;

/// The byte stream under a WebSocket after the upgrade: the bare TCP socket, or a tunnel through
/// actix. One type covers both, so the engine's loop is compiled once.
pub(crate) type Connection = Either<TcpStream, Tunnel>;
