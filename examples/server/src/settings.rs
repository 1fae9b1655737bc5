use std::env;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use chat_core::Config;
use chat_core::ws::AllowedOrigins;

use crate::Error;
use crate::backends::BackendSettings;

/// Where the web app is after it was built, seen from the root of the workspace.
const WEB_DIR: &str = "examples/web/out";

/// What the environment says.
#[derive(Debug)]
pub struct Settings {
    /// Where to listen.
    pub listen: SocketAddr,
    /// The HS256 secret of the tokens.
    pub jwt_secret: String,
    /// Whether anyone gets a token for any name.
    pub dev_tokens: bool,
    /// Which web pages may connect.
    pub origins: AllowedOrigins,
    /// The engine's.
    pub config: Config,
    /// The web app to serve; without one there is a small page.
    pub web_dir: Option<PathBuf>,
    /// Where rooms, messages and the rest are.
    pub backends: BackendSettings,
}

impl Settings {
    /// Reads the variables.
    ///
    /// # Errors
    /// If one has a value that means nothing; the error names it.
    pub fn from_env() -> Result<Self, Error> {
        let listen = variable("CHAT_LISTEN").unwrap_or_else(|| "127.0.0.1:8080".to_owned());
        let listen = listen
            .parse()
            .map_err(|_| format!("CHAT_LISTEN is no address: {listen}"))?;
        let backends = BackendSettings::read(variable);
        let jwt_secret = variable("CHAT_JWT_SECRET").unwrap_or_else(|| {
            tracing::warn!(
                "CHAT_JWT_SECRET is not set: tokens are valid on this node, until it restarts"
            );
            format!("{}{}", uuid::Uuid::new_v4(), uuid::Uuid::new_v4())
        });
        let origins = match variable("CHAT_ORIGINS") {
            Some(list) => AllowedOrigins::list(list.split(',').map(str::trim))?,
            None => AllowedOrigins::any(),
        };
        let config = match variable("CHAT_CONFIG") {
            Some(path) => {
                let file = std::fs::read(&path).map_err(|e| format!("CHAT_CONFIG {path}: {e}"))?;
                serde_json::from_slice(&file).map_err(|e| format!("CHAT_CONFIG {path}: {e}"))?
            }
            None => Config::default(),
        };
        Ok(Self {
            listen,
            jwt_secret,
            // In memory there is nothing to protect that would outlive the process.
            dev_tokens: variable("CHAT_DEV_TOKENS")
                .map_or_else(|| backends.is_memory(), |v| v == "1"),
            origins,
            config,
            web_dir: match variable("CHAT_WEB_DIR") {
                Some(dir) => Some(dir.into()),
                None => Some(PathBuf::from(WEB_DIR)).filter(|dir| Path::is_dir(dir)),
            },
            backends,
        })
    }
}

/// A variable that is set and not empty.
fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|v| !v.is_empty())
}
