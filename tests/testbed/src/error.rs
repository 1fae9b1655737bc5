use std::io;

/// The result of an operation of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An error of a test server.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The program is not installed.
    #[error("{0} is not installed; `cargo xtask services` installs it")]
    NotInstalled(&'static str),
    /// The program could not be started, stopped or signalled.
    #[error("{what}")]
    Io {
        /// A description of the failed operation.
        what: String,
        /// The cause.
        source: io::Error,
    },
    /// The server did not start, or returned an error.
    #[error("{0}")]
    Server(String),
}

impl Error {
    pub(crate) fn io(what: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let what = what.into();
        move |source| Self::Io { what, source }
    }
}
