//! An app with users, a cookie login and teams of its own that gets chat: in memory, to be read.
//! `cargo run -p embed`, then open <http://127.0.0.1:8081> and log in as `alice`, `bob` or `carol`
//! with the password `demo-alice`, `demo-bob` or `demo-carol`.
//!
//! | file | what | of the chat? |
//! |---|---|---|
//! | `users` | users with demo passwords, sessions | no |
//! | `teams` | teams with people in them | no |
//! | `login` | `POST /login`, `POST /logout`, who a request comes from | no |
//! | `page` | a page to try it | no |
//! | `sessions` | [`Authenticator`]: who a session cookie belongs to | yes |
//! | `rooms` | [`RoomStore`]: the app's teams as rooms | yes |
//! | `people` | the routes that add people to a team and remove them | two calls |
//! | `app` | puts it together | five lines |
//!
//! # The chat's users are the app's
//! The engine asks the app's [`Authenticator`] who opens a WebSocket or makes a REST call, and hands
//! it the headers of the request: here a cookie says so, and tokens mean nothing. The identity carries
//! the end of the session, at which the engine closes the connection. A logout ends the connections at
//! once, by [`Engine::disconnect`].
//!
//! # The chat's rooms are the app's
//! There is no second list of members to keep in step with the first: the engine asks the app's
//! [`RoomStore`], and remembers the answer for a moment. So it has to hear of a change, or a removed
//! person would read on for up to [`Config::membership_max_age_ms`]. The app therefore changes its
//! teams *through* the engine: its routes call [`Engine::add_member`] and [`Engine::remove_member`],
//! which check who may do it, write into the teams by way of the [`RoomStore`], and tell all nodes
//! and the person's own devices (`ROOM_ADDED`, `ROOM_REMOVED`).
//!
//! The roles say the same on both sides, so it does not matter whether a change comes by the app's
//! routes or the chat's: whoever is in a team may add others, a lead (a moderator of the room) may also
//! remove them, and everyone may leave. What the app knows nothing of (new rooms, other roles, bans,
//! mutes) the store refuses with `Forbidden`, whoever asks.
//!
//! # Cookies, and so origins
//! A browser adds a cookie to a request by itself, whichever page makes it, and lets any page open a
//! WebSocket to anywhere. `SameSite=Lax` keeps the cookie away from pages of other sites, but a
//! "site" is wide: all subdomains of a domain, and all ports of a host. Without a list of origins
//! any of them could open a WebSocket as the user who looks at it, and read and write their rooms.
//! [`Options::origins`] is that list. For all requests that change something, the chat's REST calls
//! included, a middleware of the app checks the same one. (With tokens that the page's script adds by
//! itself there would be no need.)
//!
//! # What is for the demo only
//! Passwords stand in the source and are compared as they are: a real app stores hashes
//! (Argon2id) and limits how often one may try. Users, teams, sessions and messages are gone when
//! the process is. Behind TLS set `EMBED_ORIGINS` to `https://…`, which makes the cookie `Secure`.
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
