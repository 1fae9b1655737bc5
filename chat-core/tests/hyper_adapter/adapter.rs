//! An adapter for plain hyper.

use std::convert::Infallible;
use std::fmt::Display;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use chat_core::rest::RestService;
use chat_core::ws::{AllowedOrigins, BearerToken, Refusal, Upgrade, WsOptions, WsStream, detached};
use chat_core::{Engine, Handshake};
use http::uri::PathAndQuery;
use http::{Request, Response, StatusCode, Uri};
use http_body_util::{BodyDataStream, Full};
use hyper::body::Body;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};

const PREFIX: &str = "/chat";

pub(crate) struct Chat {
    engine: Engine,
    rest: RestService,
    origins: AllowedOrigins,
    pub(crate) options: WsOptions,
}

pub(crate) async fn serve(listener: TcpListener, chat: Arc<Chat>) {
    while let Ok((socket, address)) = listener.accept().await {
        let chat = Arc::clone(&chat);
        tokio::spawn(async move {
            let answer = service_fn(async |request| {
                let response = chat.answer(request, address.ip()).await;
                Ok::<_, Infallible>(response.map(Full::new))
            });
            let http = http1::Builder::new();
            let _ = http
                .serve_connection(TokioIo::new(socket), answer)
                .with_upgrades()
                .await;
        });
    }
}

impl Chat {
    pub(crate) fn new(engine: Engine, origins: AllowedOrigins, frame_timeout: Duration) -> Self {
        let options = WsOptions {
            max_message_bytes: engine.config().limits.max_frame_bytes,
            frame_timeout,
            ..WsOptions::default()
        };
        Self {
            rest: RestService::new(engine.clone()),
            engine,
            origins,
            options,
        }
    }

    pub(crate) async fn answer<B>(&self, mut request: Request<B>, from: IpAddr) -> Response<Bytes>
    where
        B: Body<Data = Bytes, Error: Display>,
    {
        let Some(uri) = below_prefix(request.uri()) else {
            let mut response = Response::new(Bytes::new());
            *response.status_mut() = StatusCode::NOT_FOUND;
            return response;
        };
        *request.uri_mut() = uri;
        if request.uri().path() == "/ws" {
            self.upgrade(request, from)
                .unwrap_or_else(|refusal| refusal.response())
        } else {
            self.call(request, from).await
        }
    }

    fn upgrade<B>(
        &self,
        mut request: Request<B>,
        from: IpAddr,
    ) -> Result<Response<Bytes>, Refusal> {
        let (method, uri, headers) = (request.method(), request.uri(), request.headers());
        let mut upgrade = Upgrade::accept(method, uri, headers, &self.origins)?;
        let handshake = Handshake::new(upgrade.take_token().map(BearerToken::into_inner))
            .headers(detached(headers))
            .remote_addr(Some(from));
        let (engine, options) = (self.engine.clone(), self.options);
        let upgraded = hyper::upgrade::on(&mut request);
        tokio::spawn(async move {
            let Ok(upgraded) = upgraded.await else { return };
            let Ok(parts) = upgraded.downcast::<TokioIo<TcpStream>>() else {
                return;
            };
            let transport = WsStream::new(parts.io.into_inner(), &parts.read_buf, options);
            engine.serve(transport, handshake).await;
        });
        Ok(upgrade.response())
    }

    async fn call<B>(&self, request: Request<B>, from: IpAddr) -> Response<Bytes>
    where
        B: Body<Data = Bytes, Error: Display>,
    {
        let request = request.map(BodyDataStream::new);
        self.rest.answer(request, Some(from)).await
    }
}

/// Strips the prefix from a URI, keeping the query.
fn below_prefix(uri: &Uri) -> Option<Uri> {
    let below = uri.path_and_query()?.as_str().strip_prefix(PREFIX)?;
    match below.as_bytes().first() {
        Some(b'/') => Some(below.parse::<PathAndQuery>().ok()?.into()),
        None | Some(b'?') => format!("/{below}").parse().ok(),
        Some(_) => None,
    }
}
