//! The REST API, independent of web frameworks: takes requests of the [`http`] crate and returns
//! responses.
//!
//! | file | contents |
//! |---|---|
//! | `service` | [`RestService`]: authentication, rate limits and dispatch |
//! | `calls` | the table of calls; a new call is a row and its handler |
//! | `route` | routing from method and path to a call |
//! | `request`, `body` | queries and request bodies |
//! | `reply`, `problem` | responses and error responses |
//! | `documents` | the OpenAPI document and the JSON Schema of the socket |
//! | `cursor` | cursors of pages |
//! | `rooms`, `members`, `messages`, `reads`, `search`, `moderation`, `blocks` | the handlers |
//!
//! # The calls
//! Paths are relative to the mount. The caller is a user, identified by `Authorization: Bearer` or
//! any other header that the app's [`Authenticator`](crate::backend::Authenticator) reads. (An app
//! that uses a cookie must protect it against cross-site requests, by `SameSite` or a check of
//! `Origin`.)
//!
//! Lists take a `limit` (1 to 100, default 50) and return the `cursor` of the next page as
//! `page.next`, null at the end. A page ends early if its entries would exceed
//! [`Config::page_max_bytes`](crate::Config::page_max_bytes), but has at least one entry. A
//! `Location` is relative to the request's URI. A repeated `PUT` or `DELETE` succeeds, except for
//! the deletion of a room.
//!
//! `POST /rooms` takes an `Idempotency-Key` of 1 to 255 visible ASCII characters. A retry by the
//! same user with the same key and body returns the room in its current state, if the user is still
//! a member. With another body, it fails with 409.
//!
//! | call | body | response |
//! |---|---|---|
//! | `POST /rooms` | `{kind, id?, name?, members?, metadata?}` | 201 the room, with `Location`; 200 the existing direct room of the two users, or the room that the user created with the same `Idempotency-Key` |
//! | `GET /rooms` | | 200 `{rooms: […room, role, head, readSeq, unread, mentions, lastMessage?], page}`, latest activity first |
//! | `GET /rooms/{room}` | | 200 the room |
//! | `PATCH /rooms/{room}` | `{name?, metadata?, slowModeSeconds?, retentionSeconds?, retentionMessages?, announceMembership?, joinOnDemand?}`; absent fields stay unchanged, a null `name`, `retentionSeconds` or `retentionMessages` is removed, `metadata` is replaced | 200 the room |
//! | `PATCH /rooms/{room}` by its owner | `{ownerId}` alone: transfers ownership to a member; the previous owner becomes an admin | 200 the room |
//! | `DELETE /rooms/{room}` | | 204 |
//! | `GET /rooms/{room}/members` | | 200 `{members: [{userId, role, joinedAt, mutedUntil?, notifications?, shadowMuted?}], page}`, by user id; `notifications` only of the caller, `shadowMuted` only for moderators and only of others |
//! | `PUT /rooms/{room}/members/{user}` | `{role}` | 201 the new member, with `Location`; 200 the existing member |
//! | `DELETE /rooms/{room}/members/{user}` | | 204 |
//! | `GET /rooms/{room}/bans` | | 200 `{bans: [{userId, by?, at, until?, reason?}], page}`, bans in force, by user id; for moderators |
//! | `PUT /rooms/{room}/bans/{user}` | none, or `{until?, reason?}` | 204 |
//! | `DELETE /rooms/{room}/bans/{user}` | | 204 |
//! | `PUT /rooms/{room}/mutes/{user}` | `{until}` | 200 the member; 404 `MEMBER_NOT_FOUND` if the user is not a member |
//! | `DELETE /rooms/{room}/mutes/{user}` | | 204; 404 as above |
//! | `PUT` / `DELETE /rooms/{room}/shadow-mutes/{user}` | | 204; 404 as above |
//! | `GET /rooms/{room}/notifications` | | 200 `{level}` of the caller: `all`, `mentions`, `none` |
//! | `PUT /rooms/{room}/notifications` | `{level}` | 200 the same |
//! | `POST /rooms/{room}/join` | | 200 the caller's membership, new or existing |
//! | `POST /rooms/{room}/leave` | | 204, in a public room also for a non-member |
//! | `GET /rooms/{room}/messages` with at most one of `before`, `after`, `around`, `beforeTime`, `afterTime`; `limit` | | 200 `{messages, page: {before, after}}`, ascending |
//! | `POST /rooms/{room}/messages` | `{text?, clientMessageId?, replyTo?, threadId?, mentions?, attachments?, metadata?, expiresAt?}` | 201 the message with `duplicate: false` and `Location`; 200 the first message with this `clientMessageId` and `duplicate: true` |
//! | `GET /rooms/{room}/messages/{message}` | | 200 the message |
//! | `PATCH /rooms/{room}/messages/{message}` | `{text}` | 200 the message |
//! | `DELETE /rooms/{room}/messages/{message}`; with `for=me` only hides it from the caller | | 204 |
//! | `PUT` / `DELETE /rooms/{room}/messages/{message}/pin` | | 200 the message; 204 |
//! | `GET /rooms/{room}/pins` with `cursor` | | 200 `{messages, page}`, most recently pinned first; as many as fit |
//! | `GET /rooms/{room}/messages/{message}/replies`, paged like messages | | 200 `{root, messages, page, readSeq, unread}` |
//! | `PUT /rooms/{room}/messages/{message}/read` | `{seq}` | 200 `{readSeq, unread}` of the thread |
//! | `GET /rooms/{room}/messages/{message}/readers` | | 200 `{count, users}` |
//! | `POST /rooms/{room}/messages/{message}/reports` | `{reason}` | 201 the report; 200 the caller's existing report of this message |
//! | `GET /rooms/{room}/reports` with `status` | | 200 `{reports, page}`, newest first; for moderators |
//! | `PATCH /rooms/{room}/reports/{report}` | `{status}`: `resolved`, `dismissed` | 200 the report; 409 if it is already decided |
//! | `GET /rooms/{room}/audit` | | 200 `{entries, page}`, newest first; for admins |
//! | `GET /rooms/{room}/messages/{message}/reactions/{emoji}` | | 200 `{count, reacted, users, page}`, by user id; the message itself lists only the first 20 |
//! | `PUT /rooms/{room}/messages/{message}/reactions/{emoji}` | | 200 the message |
//! | `DELETE /rooms/{room}/messages/{message}/reactions/{emoji}` | | 204 |
//! | `GET /rooms/{room}/changes` with `after` (default 0) and `limit` | | 200 `{changes, through, head, epoch}`; more while `through` is below `head` |
//! | `PUT /rooms/{room}/read` | `{seq}` | 200 `{userId, seq, at}`, the current marker |
//! | `GET /rooms/{room}/reads` | | 200 `{reads: [{userId, seq, at}], page}`, by user id |
//! | `GET /rooms/{room}/presence` | | 200 `{online: [userId], members}`; in rooms above `presence_max` `{onlineCount, members}` |
//! | `GET /search` with at least one of `q`, `senderId`, `since`, `until`; `roomId` | | 200 `{messages, page}`, newest first |
//! | `GET /unread` | | 200 `{unread, mentions, rooms}`, over all rooms |
//! | `GET /blocks` | | 200 `{users}` |
//! | `PUT` / `DELETE /blocks/{user}` | | 204 |
//! | `GET` / `PUT /presence/visibility` | `{invisible}` | 200 the same |
//! | `GET /presence` with `users=a,b` | | 200 `{users: [{userId, online, lastSeenAt?}]}`, of users who share a room with the caller |
//!
//! # Documents
//! `GET /openapi.json` describes the calls and `GET /schema.json` the commands and events of the
//! socket, both with the engine's limits (see [`chat_core::schema`](crate::schema)). They need no
//! authentication, have an `ETag` and require the feature `schema`, which is on by default.
//!
//! # Errors
//! Errors are `application/problem+json` (RFC 9457) with `type`, `title`, `status`, `detail`, and
//! the extensions `code` and `retryAfterMs` (if known).
//!
//! - [`ErrorCode::status`](crate::protocol::ErrorCode::status) gives the status of a code. 429 and
//!   503 have `Retry-After`, 401 has `WWW-Authenticate`.
//! - For non-members and banned users, a room that is not public does not exist: every call returns
//!   404 `ROOM_NOT_FOUND`. Only `POST /rooms` with its id returns 409, if
//!   [`Config::client_room_ids`](crate::Config::client_room_ids) lets users choose ids. Otherwise,
//!   an `id` returns 403.
//! - An unknown path returns 404, a wrong method 405 with `Allow`, and a body that is not
//!   `application/json` 415, all with the code `INVALID_COMMAND`.
//! - Unknown or repeated query parameters, unknown fields and malformed ids return 400. They count
//!   towards the rate limit.
//! - While the engine shuts down, writes return 503, so that a retry reaches another node.

mod blocks;
mod body;
mod calls;
pub mod cost;
#[doc(hidden)]
pub mod cursor;
#[cfg(feature = "schema")]
mod documents;
#[cfg(feature = "testing")]
#[doc(hidden)]
pub mod fuzz;
mod members;
mod messages;
mod moderation;
#[cfg(feature = "schema")]
mod openapi;
mod problem;
mod reads;
mod reply;
mod request;
mod rooms;
mod route;
mod search;
mod service;
#[cfg(feature = "schema")]
mod shape;

pub(crate) use calls::CALLS;
#[cfg(feature = "schema")]
pub use openapi::openapi;
pub use service::RestService;
