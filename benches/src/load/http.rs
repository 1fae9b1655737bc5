use bytes::Bytes;
use http::{Method, Request, StatusCode, header};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use crate::Result;
use crate::target::Target;

/// A connection for sequential HTTP requests. A connection per request would use up the ports.
pub(crate) struct Http {
    target: Target,
    sender: Option<SendRequest<Full<Bytes>>>,
}

impl Http {
    pub(crate) const fn new(target: Target) -> Self {
        Self {
            target,
            sender: None,
        }
    }

    /// Sends a JSON request. The path is relative to the server, not to the prefix.
    pub(crate) async fn post(
        &mut self,
        path: &str,
        token: Option<&str>,
        body: String,
    ) -> Result<(StatusCode, Bytes)> {
        let mut request = Request::builder()
            .method(Method::POST)
            .uri(path)
            .header(header::HOST, &self.target.authority)
            .header(header::CONTENT_TYPE, "application/json");
        if let Some(token) = token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        let request = request.body(Full::from(body))?;
        let response = self.sender().await?.send_request(request).await?;
        let status = response.status();
        let body = response.into_body().collect().await?.to_bytes();
        Ok((status, body))
    }

    async fn sender(&mut self) -> Result<&mut SendRequest<Full<Bytes>>> {
        let usable = match &mut self.sender {
            Some(sender) => sender.ready().await.is_ok(),
            None => false,
        };
        if !usable {
            self.sender = None;
        }
        if self.sender.is_none() {
            let stream = TcpStream::connect(self.target.address).await?;
            let (sender, connection) = handshake(TokioIo::new(stream)).await?;
            // Ends when the sender is dropped. Its errors surface in the requests.
            tokio::spawn(connection);
            self.sender = Some(sender);
        }
        self.sender.as_mut().ok_or_else(|| "not connected".into())
    }
}
