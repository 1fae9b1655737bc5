//! The pages of the guide say what the code does: their tables name everything that there is, and nothing
//! else; their frames are frames; their links lead somewhere.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod links;
mod model;
mod page;
mod permissions;
mod protocol;
mod rest;
mod security;
mod server_api;
mod settings;
