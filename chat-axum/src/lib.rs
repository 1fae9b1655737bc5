//! Chat for axum.
