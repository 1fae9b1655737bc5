use std::time::Duration;

use chat_core::ws::AllowedOrigins;

/// Settings of the adapter. The limits for clients are in the engine's `Config`.
#[derive(Debug, Clone)]
pub struct Options {
    /// The origins whose web pages may open a WebSocket. Set a list if your app authenticates by
    /// cookie. Default: any.
    pub origins: AllowedOrigins,
    /// The time limit for receiving a whole message, from its first byte. Default: 30 seconds.
    pub frame_timeout: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            origins: AllowedOrigins::any(),
            frame_timeout: Duration::from_secs(30),
        }
    }
}
