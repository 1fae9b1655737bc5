use chat_core::{Error, ErrorKind};
use redis::RedisError;

/// Redis did not do it, or nobody knows: what the engine may try again.
pub(crate) fn unavailable(error: RedisError, operation: &'static str) -> Error {
    metrics::counter!("chat_redis_errors_total", "operation" => operation).increment(1);
    Error::unavailable(error).during(operation)
}

/// Redis answered something that its command cannot answer.
pub(crate) fn unexpected(what: &'static str) -> RedisError {
    RedisError::from((redis::ErrorKind::UnexpectedReturnType, what))
}

/// A bounded queue is full.
pub(crate) fn full(operation: &'static str) -> Error {
    Error::new(
        ErrorKind::Unavailable,
        "too many commands are waiting for Redis",
    )
    .during(operation)
}

pub(crate) fn timed_out(what: &'static str) -> RedisError {
    RedisError::from(std::io::Error::new(std::io::ErrorKind::TimedOut, what))
}
