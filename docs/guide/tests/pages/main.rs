//! Compares the pages of the guide with the code: their tables are complete, their frames are valid,
//! and their links have targets.

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
