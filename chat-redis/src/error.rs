use chat_core::{Error, ErrorKind};
use redis::RedisError;

/// Converts a failed command, or one with an unknown outcome, and counts it.
pub(crate) fn unavailable(error: RedisError, operation: &'static str) -> Error {
    metrics::counter!("chat_redis_errors_total", "operation" => operation).increment(1);
    Error::unavailable(error).during(operation)
}

pub(crate) fn unexpected(what: &'static str) -> RedisError {
    RedisError::from((redis::ErrorKind::UnexpectedReturnType, what))
}

pub(crate) fn full(operation: &'static str) -> Error {
    Error::new(
        ErrorKind::Unavailable,
        "too many commands are queued for Redis",
    )
    .during(operation)
}

pub(crate) fn timed_out(what: &'static str) -> RedisError {
    RedisError::from(std::io::Error::new(std::io::ErrorKind::TimedOut, what))
}
