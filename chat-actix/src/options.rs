use std::time::Duration;

use chat_core::ws::AllowedOrigins;

/// What the adapter does; what a client may do is in the engine's `Config`.
#[derive(Debug, Clone)]
pub struct Options {
    /// Which web pages may open a WebSocket. Give a list if the app authenticates by cookie.
    /// Default: any.
    pub origins: AllowedOrigins,
    /// How long a message may take to arrive once it has begun. Default: 30 seconds.
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
