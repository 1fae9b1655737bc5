use std::env;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use chat_core::Config;
use chat_core::ws::AllowedOrigins;

use crate::Error;
use crate::backends::BackendSettings;

/// The build output of the web app, relative to the root of the workspace.
const WEB_DIR: &str = "examples/web/out";

/// The minimum that HS256 requires (RFC 7518, section 3.2).
const LEAST_SECRET_BYTES: usize = 32;

/// The server's settings, from environment variables.
#[derive(Debug)]
pub struct Settings {
    /// The address to listen on.
    pub listen: SocketAddr,
    /// The HS256 secret for tokens.
    pub jwt_secret: String,
    /// `true` if anyone can get a token for any name.
    pub dev_tokens: bool,
    /// `true` if anyone may read the metrics.
    pub metrics: bool,
    /// The origins of web pages that may connect.
    pub origins: AllowedOrigins,
    /// The engine's settings.
    pub config: Config,
    /// The folder of the web app. If `None`, the server shows a small demo page.
    pub web_dir: Option<PathBuf>,
    /// The addresses of the backends.
    pub backends: BackendSettings,
}

impl Settings {
    /// Reads the environment variables.
    ///
    /// # Errors
    /// Fails if a variable is invalid. The error names it.
    pub fn from_env() -> Result<Self, Error> {
        Self::read(variable)
    }

    /// Reads the settings from `variable`, which looks up a variable by name.
    fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, Error> {
        let listen = variable("CHAT_LISTEN").unwrap_or_else(|| "127.0.0.1:8080".to_owned());
        let listen: SocketAddr = listen
            .parse()
            .map_err(|_| format!("CHAT_LISTEN must be an address and a port, not {listen}"))?;
        let given = variable("CHAT_JWT_SECRET");
        if let Some(secret) = &given
            && secret.len() < LEAST_SECRET_BYTES
        {
            let least = format!("CHAT_JWT_SECRET must have at least {LEAST_SECRET_BYTES} bytes");
            return Err(format!("{least}, not {}", secret.len()).into());
        }
        let is_local = listen.ip().is_loopback();
        let is_on = |name, default| variable(name).map_or(default, |value| value == "1");
        let dev_tokens = is_on("CHAT_DEV_TOKENS", is_local && given.is_none());
        let metrics = is_on("CHAT_METRICS", is_local);
        let jwt_secret = given.unwrap_or_else(|| {
            tracing::warn!(
                "CHAT_JWT_SECRET is not set: tokens are valid only on this node until it restarts"
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
            dev_tokens,
            metrics,
            origins,
            config,
            web_dir: match variable("CHAT_WEB_DIR") {
                Some(dir) => Some(dir.into()),
                None => Some(PathBuf::from(WEB_DIR)).filter(|dir| Path::is_dir(dir)),
            },
            backends: BackendSettings::read(variable),
        })
    }
}

fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|v| !v.trim().is_empty())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const SECRET: &str = "0123456789abcdef0123456789abcdef";

    fn read(variables: &[(&str, &str)]) -> Result<Settings, Error> {
        Settings::read(|name| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn tokens_are_given_out_where_asked_or_where_nothing_is_at_stake() {
        let here = ("CHAT_LISTEN", "127.0.0.1:80");
        let here_too = ("CHAT_LISTEN", "[::1]:80");
        let anywhere = ("CHAT_LISTEN", "0.0.0.0:80");
        let secret = ("CHAT_JWT_SECRET", SECRET);
        let (on, off) = (("CHAT_DEV_TOKENS", "1"), ("CHAT_DEV_TOKENS", "0"));
        let mongo = ("MONGODB_URI", "mongodb://127.0.0.1");
        for (variables, expected) in [
            (&[][..], true),
            (&[here], true),
            (&[here_too], true),
            (&[here, mongo], true),
            (&[anywhere], false),
            (&[anywhere, mongo], false),
            (&[here, secret], false),
            (&[here, secret, mongo], false),
            (&[anywhere, secret], false),
            (&[here, off], false),
            (&[here, secret, on], true),
            (&[anywhere, secret, on], true),
            (&[anywhere, on], true),
        ] {
            assert_eq!(
                read(variables).unwrap().dev_tokens,
                expected,
                "{variables:?}"
            );
        }
    }

    #[test]
    fn metrics_are_for_this_machine_unless_asked_otherwise() {
        let anywhere = ("CHAT_LISTEN", "0.0.0.0:80");
        for (variables, expected) in [
            (&[][..], true),
            (&[("CHAT_METRICS", "0")], false),
            (&[anywhere], false),
            (&[anywhere, ("CHAT_METRICS", "1")], true),
        ] {
            assert_eq!(read(variables).unwrap().metrics, expected, "{variables:?}");
        }
    }

    #[test]
    fn a_short_secret_is_refused_and_not_repeated() {
        let error = read(&[("CHAT_JWT_SECRET", &SECRET[1..])]).unwrap_err();
        let error = error.to_string();
        assert_eq!(error, "CHAT_JWT_SECRET must have at least 32 bytes, not 31");
        let random = read(&[]).unwrap().jwt_secret;
        assert!(random.len() >= LEAST_SECRET_BYTES);
        assert_ne!(random, read(&[]).unwrap().jwt_secret);
    }
}
