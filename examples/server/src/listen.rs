use std::net::TcpListener;

use tokio::net::TcpSocket;

use crate::{Error, Settings};

/// Connections that the kernel takes before the server does: a crowd that comes back at once is more
/// than the usual 128.
const BACKLOG: u32 = 1_024;

/// Listens where the settings say, and says so in the log.
///
/// # Errors
/// If the address is not this machine's, or its port is in use.
pub fn listen(settings: &Settings) -> Result<TcpListener, Error> {
    let address = settings.listen;
    let failed = |error| format!("CHAT_LISTEN {address}: {error}");
    let socket = if address.is_ipv4() {
        TcpSocket::new_v4()
    } else {
        TcpSocket::new_v6()
    };
    let socket = socket.map_err(failed)?;
    // So that a restart need not wait until the old connections are forgotten.
    socket.set_reuseaddr(cfg!(unix)).map_err(failed)?;
    socket.bind(address).map_err(failed)?;
    let listener = socket.listen(BACKLOG).map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    tracing::info!("listening on http://{address}");
    if settings.dev_tokens {
        tracing::info!(
            "anyone gets a token for any name: POST http://{address}/dev/token {{\"userId\": \"alice\"}}"
        );
    } else {
        tracing::info!("tokens are made with CHAT_JWT_SECRET, by HS256, with `sub` and `exp`");
    }
    Ok(listener.into_std().map_err(failed)?)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use chat_core::Config;
    use chat_core::ws::AllowedOrigins;

    use super::*;
    use crate::BackendSettings;

    #[tokio::test]
    async fn a_port_in_use_is_named() {
        let mut settings = Settings {
            listen: ([127, 0, 0, 1], 0).into(),
            jwt_secret: String::new(),
            dev_tokens: false,
            metrics: false,
            origins: AllowedOrigins::any(),
            config: Config::default(),
            web_dir: None,
            backends: BackendSettings::default(),
        };
        let first = listen(&settings).unwrap();
        settings.listen = first.local_addr().unwrap();
        let error = listen(&settings).unwrap_err().to_string();
        let named = format!("CHAT_LISTEN {}: ", settings.listen);
        assert!(error.starts_with(&named), "{error}");
    }
}
