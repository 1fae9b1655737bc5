//! Opening connections.

use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::io::tcp::TcpSettings;
use redis::{
    AsyncConnectionConfig, Client, ConnectionAddr, IntoConnectionInfo, ProtocolVersion, PushInfo,
    RedisConnectionInfo, RedisResult,
};

use crate::Options;
use crate::address::Address;
use crate::error::timed_out;
use crate::target::Target;

/// A callback for push messages. It must not block.
pub(crate) type OnPush = Box<dyn Fn(PushInfo) + Send + Sync>;

/// Opens connections to the servers of one [`Target`].
#[derive(Debug, Clone)]
pub(crate) struct Dialer {
    target: Target,
    options: Options,
}

impl Dialer {
    pub(crate) const fn new(target: Target, options: Options) -> Self {
        Self { target, options }
    }

    pub(crate) const fn target(&self) -> &Target {
        &self.target
    }

    pub(crate) const fn options(&self) -> &Options {
        &self.options
    }

    /// Connects to a server and logs in.
    pub(crate) async fn dial(
        &self,
        address: &Address,
        on_push: Option<OnPush>,
    ) -> RedisResult<MultiplexedConnection> {
        let Target {
            username,
            password,
            db,
            ..
        } = &self.target;
        // RESP3 delivers publications on connections that also send commands.
        let login = login(username.as_deref(), password.as_deref())
            .set_db(*db)
            .set_protocol(ProtocolVersion::RESP3);
        self.connect(address, login, on_push).await
    }

    /// Connects to a sentinel.
    pub(crate) async fn dial_sentinel(
        &self,
        address: &Address,
    ) -> RedisResult<MultiplexedConnection> {
        let Options {
            sentinel_username,
            sentinel_password,
            ..
        } = &self.options;
        let login = login(sentinel_username.as_deref(), sentinel_password.as_deref());
        self.connect(address, login, None).await
    }

    async fn connect(
        &self,
        address: &Address,
        login: RedisConnectionInfo,
        on_push: Option<OnPush>,
    ) -> RedisResult<MultiplexedConnection> {
        let info = self
            .addr(address)
            .into_connection_info()?
            .set_redis_settings(login.set_lib_name("chat-redis", env!("CARGO_PKG_VERSION")))
            .set_tcp_settings(TcpSettings::default().set_nodelay(true));
        let mut config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(self.options.connect_timeout))
            .set_response_timeout(Some(self.options.response_timeout));
        if let Some(on_push) = on_push {
            config = config.set_push_sender(move |push| {
                on_push(push);
                Ok::<(), std::convert::Infallible>(())
            });
        }
        let client = self.client(info)?;
        let connecting = client.get_multiplexed_async_connection_with_config(&config);
        // The driver's timeout may not cover all steps, for example DNS lookup.
        let limit = self.options.connect_timeout + Duration::from_millis(100);
        match tokio::time::timeout(limit, connecting).await {
            Ok(connected) => connected,
            Err(_) => Err(timed_out("connecting timed out")),
        }
    }

    #[cfg(feature = "tls")]
    fn client(&self, info: redis::ConnectionInfo) -> RedisResult<Client> {
        match (&self.options.root_certificates, self.target.tls) {
            (Some(root), true) => {
                let certificates = redis::TlsCertificates {
                    client_tls: None,
                    root_cert: Some(root.clone()),
                };
                Client::build_with_tls(info, certificates)
            }
            _ => Client::open(info),
        }
    }

    #[cfg(not(feature = "tls"))]
    #[allow(clippy::unused_self, reason = "with TLS it depends on the options")]
    fn client(&self, info: redis::ConnectionInfo) -> RedisResult<Client> {
        Client::open(info)
    }

    fn addr(&self, address: &Address) -> ConnectionAddr {
        let (host, port) = (address.host.to_string(), address.port);
        if self.target.tls {
            ConnectionAddr::TcpTls {
                host,
                port,
                insecure: false,
                tls_params: None,
            }
        } else {
            ConnectionAddr::Tcp(host, port)
        }
    }
}

fn login(username: Option<&str>, password: Option<&str>) -> RedisConnectionInfo {
    let mut login = RedisConnectionInfo::default();
    if let Some(username) = username {
        login = login.set_username(username);
    }
    if let Some(password) = password {
        login = login.set_password(password);
    }
    login
}
