use std::net::TcpListener;

use tokio::net::TcpSocket;

use crate::{Error, Settings};

/// The length of the kernel's accept queue. The usual 128 is too short for a reconnect storm.
const BACKLOG: u32 = 1_024;

/// Listens on the configured address and logs it.
///
/// # Errors
/// Fails if the address is not local, or the port is in use.
pub fn listen(settings: &Settings) -> Result<TcpListener, Error> {
    let address = settings.listen;
    let failed = |error| format!("CHAT_LISTEN {address}: {error}");
    let socket = if address.is_ipv4() {
        TcpSocket::new_v4()
    } else {
        TcpSocket::new_v6()
    };
    let socket = socket.map_err(failed)?;
    // Lets a restarted server bind while old connections are in TIME_WAIT.
    socket.set_reuseaddr(cfg!(unix)).map_err(failed)?;
    socket.bind(address).map_err(failed)?;
    let listener = socket.listen(BACKLOG).map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    tracing::info!("listening on http://{address}");
    if settings.dev_tokens {
        tracing::info!(
            "anyone can get a token for any name: POST http://{address}/dev/token {{\"userId\": \"alice\"}}"
        );
    } else {
        tracing::info!("sign tokens with CHAT_JWT_SECRET (HS256), with claims `sub` and `exp`");
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
