use std::net::SocketAddr;
use std::sync::Arc;

use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::pki_types::{PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::{TlsAcceptor, TlsConnector};

use crate::{Result, listen};

const NAME: &str = "localhost";

/// A certificate for `localhost`, and a client that trusts it.
pub(crate) struct Tls {
    server: ServerConfig,
    client: Arc<ClientConfig>,
}

impl Tls {
    pub(crate) fn new() -> Result<Self> {
        let CertifiedKey { cert, signing_key } = generate_simple_self_signed([NAME.to_owned()])?;
        let key = PrivateKeyDer::try_from(signing_key.serialize_der())?;
        let server = ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(vec![cert.der().clone()], key)?;
        let mut roots = RootCertStore::empty();
        roots.add(cert.der().clone())?;
        let client = ClientConfig::builder()
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self {
            server,
            client: Arc::new(client),
        })
    }

    pub(crate) fn server_config(&self) -> ServerConfig {
        self.server.clone()
    }

    pub(crate) fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(Arc::new(self.server_config()))
    }

    /// Listens without TLS and forwards both directions to `server` over TLS.
    pub(crate) fn front(&self, server: SocketAddr) -> Result<SocketAddr> {
        let listener = TcpListener::from_std(listen()?)?;
        let address = listener.local_addr()?;
        let connector = TlsConnector::from(Arc::clone(&self.client));
        tokio::spawn(async move {
            while let Ok((plain, _)) = listener.accept().await {
                tokio::spawn(pass(plain, server, connector.clone()));
            }
        });
        Ok(address)
    }
}

/// Forwards until both directions end, or one breaks, so that the suite sees its socket close.
async fn pass(mut plain: TcpStream, server: SocketAddr, connector: TlsConnector) -> Result<()> {
    let socket = TcpStream::connect(server).await?;
    socket.set_nodelay(true)?;
    plain.set_nodelay(true)?;
    let mut secured = connector
        .connect(ServerName::try_from(NAME)?, socket)
        .await?;
    copy_bidirectional(&mut plain, &mut secured).await?;
    Ok(())
}
