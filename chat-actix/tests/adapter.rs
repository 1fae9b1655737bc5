//! Runs the adapter suite over handed-over sockets and through actix.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::io;

use actix_web::{App, HttpServer};
use chat_actix::{Options, chat_scope, on_connect};
use chat_core::testing::adapter::Mount;
use tokio::task::JoinSet;

/// Starts a server with several workers. Dropping the returned set stops it.
fn serve(mount: Mount, hand_over: bool) -> JoinSet<io::Result<()>> {
    let options = Options {
        origins: mount.origins,
        frame_timeout: mount.frame_timeout,
    };
    let engine = mount.engine;
    let app = move || App::new().service(chat_scope("/chat", engine.clone(), options.clone()));
    let server = HttpServer::new(app).workers(3).disable_signals();
    let server = match hand_over {
        true => server.on_connect(on_connect),
        false => server.tcp_nodelay(true),
    };
    JoinSet::from_iter([server.listen(mount.listener).unwrap().run()])
}

async fn handed_over(mount: Mount) -> JoinSet<io::Result<()>> {
    serve(mount, true)
}

async fn through_actix(mount: Mount) -> JoinSet<io::Result<()>> {
    serve(mount, false)
}

mod over_sockets_handed_over {
    chat_core::adapter_suite!(super::handed_over);
}

mod over_actix {
    chat_core::adapter_suite!(super::through_actix);
}
