//! An example of embedding: an app with its own users, teams and cookie login that adds chat.
//!
//! Run `cargo run -p embed`, open <http://127.0.0.1:8081>, and log in as `alice`, `bob` or `carol` with
//! the password `demo-alice`, `demo-bob` or `demo-carol`. All data is in memory.
//!
//! | file | purpose | chat code |
//! |---|---|---|
//! | `users` | users with demo passwords, sessions | none |
//! | `teams` | teams and their people | none |
//! | `login` | `POST /login`, `POST /logout`, the user of a request | none |
//! | `page` | a demo page | none |
//! | `sessions` | [`Authenticator`]: maps a session cookie to a user | all |
//! | `rooms` | [`RoomStore`]: exposes the app's teams as rooms | all |
//! | `people` | routes that add people to a team and remove them | two calls |
//! | `app` | connects the parts | five lines |
//!
//! # Users
//! For each WebSocket and REST call, the engine passes the request's headers to the app's
//! [`Authenticator`]. This one reads the session cookie and ignores tokens. The identity it returns
//! includes the end of the session, at which the engine closes the connection. A logout closes the
//! user's connections at once, with [`Engine::disconnect`].
//!
//! # Rooms
//! The app's teams are the rooms, so there is no second list of members to keep in sync. The engine
//! reads the app's [`RoomStore`] and caches memberships for up to [`Config::membership_max_age_ms`],
//! so it must learn of a removal at once. The app therefore changes its teams *through* the engine: its
//! routes call [`Engine::add_member`] and [`Engine::remove_member`]. These check permissions, write to
//! the teams through the [`RoomStore`], and notify all nodes and the person's devices (`ROOM_ADDED`,
//! `ROOM_REMOVED`).
//!
//! The app's routes and the chat's API follow the same rules: everyone in a team may add others or
//! leave, and a lead (a moderator of the room) may also remove people. The store rejects operations
//! that the app does not support (new rooms, other roles, bans, mutes) with `Forbidden`.
//!
//! # Cookies and origins
//! A browser adds cookies to requests from any page, and lets any page open a WebSocket to any server.
//! `SameSite=Lax` withholds the cookie from other sites, but one "site" includes all subdomains of a
//! domain and all ports of a host. Without a list of origins, any page on them could open a WebSocket
//! as the user who views it, and read and write that user's rooms. [`Options::origins`] is this list. A
//! middleware checks the same list for all other requests that change data, the chat's REST calls
//! included. An app whose scripts send a token instead of a cookie does not need it.
//!
//! # Demo only
//! The source contains the passwords in plain text. A real app stores hashes (Argon2id) and limits
//! login attempts. All data is lost when the process exits. Behind TLS, set `EMBED_ORIGINS` to
//! `https://…`, which makes the cookie `Secure`.
//!
//! [`Authenticator`]: chat_core::backend::Authenticator
//! [`RoomStore`]: chat_core::backend::RoomStore
//! [`Config::membership_max_age_ms`]: chat_core::Config::membership_max_age_ms
//! [`Engine::add_member`]: chat_core::Engine::add_member
//! [`Engine::disconnect`]: chat_core::Engine::disconnect
//! [`Engine::remove_member`]: chat_core::Engine::remove_member
//! [`Options::origins`]: chat_axum::Options::origins

mod app;
mod login;
mod page;
mod people;
mod rooms;
mod sessions;
mod teams;
mod users;

pub use app::App;
