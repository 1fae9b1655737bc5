use std::net::{SocketAddr, TcpListener};

use actix_web::{App, HttpServer};
use chat_actix::{Options, on_connect, ws_resource};

use crate::Result;
use crate::echo::Echo;
use crate::tls::Tls;

/// Serves on the listener. With `bare`, the server takes the sockets over from actix.
pub(crate) fn serve(listener: TcpListener, bare: bool) -> Result<SocketAddr> {
    let address = listener.local_addr()?;
    let mut server = HttpServer::new(|| App::new().service(resource())).workers(1);
    if bare {
        server = server.on_connect(on_connect);
    }
    tokio::spawn(server.disable_signals().listen(listener)?.run());
    Ok(address)
}

pub(crate) fn serve_tls(listener: TcpListener, tls: &Tls) -> Result<SocketAddr> {
    let address = listener.local_addr()?;
    let server = HttpServer::new(|| App::new().service(resource()))
        .workers(1)
        .on_connect(on_connect)
        .disable_signals()
        .listen_rustls_0_23(listener, tls.server_config())?
        .run();
    tokio::spawn(server);
    Ok(address)
}

fn resource() -> actix_web::Resource {
    ws_resource("/", Echo, Options::default())
}
