//! What a client can do, over HTTP: requests of the [`http`] crate in, responses out, whatever the
//! web framework.
//!
//! | file | what |
//! |---|---|
//! | `service` | [`RestService`]: who asks, may they now, and what comes back |
//! | `calls` | the table of the calls: a new one is a row of it, and its handler |
//! | `route` | method and path to a call |
//! | `request`, `body` | queries and bodies |
//! | `reply`, `problem` | responses, and those that tell of errors |
//! | `documents` | the OpenAPI document and the JSON Schema of the socket |
//! | `cursor` | where the next page starts |
//! | `rooms`, `members`, `messages`, `reads`, `search`, `moderation`, `blocks` | the calls |
//!
//! # The calls
//! Paths are relative to the mount. Whoever calls is a user, by `Authorization: Bearer` or whatever
//! else the app's [`Authenticator`](crate::backend::Authenticator) finds in the headers. (An app that
//! goes by a cookie sees to it that other sites cannot send it: `SameSite`, or a check of `Origin`.)
//! Lists take `limit` (1 to 100, default 50) and give the `cursor` of the next page as `page.next`,
//! null at the end. A page ends earlier where its entries would take more than
//! [`Config::page_max_bytes`](crate::Config::page_max_bytes), but has one at least. A `Location` is relative to the request's URI.
//!
//! `POST /rooms` takes an `Idempotency-Key` of 1 to 255 visible ASCII characters: sent again with the
//! same key and body, by the same user, it gives the room as it is by now, while they are in it; with
//! another body it is 409.
//!
//! | call | body | answer |
//! |---|---|---|
//! | `POST /rooms` | `{kind, id?, name?, members?, metadata?}` | 201 the room, with `Location`; 200 the direct room these two users have already, or the room that the same user made with the same `Idempotency-Key` |
//! | `GET /rooms` | | 200 `{rooms: […room, role, head, readSeq, unread, mentions, lastMessage?], page}`, latest activity first |
//! | `GET /rooms/{room}` | | 200 the room |
//! | `PATCH /rooms/{room}` | `{name?, metadata?, slowModeSeconds?, retentionSeconds?, retentionMessages?, announceMembership?, joinOnDemand?}`; what is absent stays, a null `name`, `retentionSeconds` or `retentionMessages` goes, `metadata` is replaced in whole | 200 the room |
//! | `PATCH /rooms/{room}` by its owner | `{ownerId}`, alone: a member, who becomes the owner; the one before becomes an admin | 200 the room |
//! | `DELETE /rooms/{room}` | | 204 |
//! | `GET /rooms/{room}/members` | | 200 `{members: [{userId, role, joinedAt, mutedUntil?, notifications?, shadowMuted?}], page}`, by user id; `notifications` is told of oneself alone, `shadowMuted` to moderators, and not of themselves |
//! | `PUT /rooms/{room}/members/{user}` | `{role}` | 201 the member, added, with `Location`; 200 the member, who was one |
//! | `DELETE /rooms/{room}/members/{user}` | | 204, also when they were none |
//! | `GET /rooms/{room}/bans` | | 200 `{bans: [{userId, by?, at, until?, reason?}], page}`, those in force, by user id; for moderators |
//! | `PUT /rooms/{room}/bans/{user}` | none, or `{until?, reason?}` | 204 |
//! | `DELETE /rooms/{room}/bans/{user}` | | 204, also when there was none |
//! | `PUT /rooms/{room}/mutes/{user}` | `{until}` | 200 the member; 404 `MEMBER_NOT_FOUND` when they are none |
//! | `DELETE /rooms/{room}/mutes/{user}` | | 204, also when there was no mute; 404 as above |
//! | `PUT` / `DELETE /rooms/{room}/shadow-mutes/{user}` | | 204, also when there was one, or none; 404 as above |
//! | `GET /rooms/{room}/notifications` | | 200 `{level}`, one's own: `all`, `mentions`, `none` |
//! | `PUT /rooms/{room}/notifications` | `{level}` | 200 the same |
//! | `POST /rooms/{room}/join` | | 200 the member one is, or was already |
//! | `POST /rooms/{room}/leave` | | 204, in a public room also when one was none |
//! | `GET /rooms/{room}/messages` with at most one of `before`, `after`, `around`, `beforeTime`, `afterTime`; `limit` | | 200 `{messages, page: {before, after}}`, ascending |
//! | `POST /rooms/{room}/messages` | `{text?, clientMessageId?, replyTo?, threadId?, mentions?, attachments?, metadata?, expiresAt?}` | 201 the message and `duplicate: false`, with `Location`; 200 the first message with this `clientMessageId`, and `duplicate: true` |
//! | `GET /rooms/{room}/messages/{message}` | | 200 the message |
//! | `PATCH /rooms/{room}/messages/{message}` | `{text}` | 200 the message |
//! | `DELETE /rooms/{room}/messages/{message}`, with `for=me` hidden from the user alone | | 204, also when it was deleted before |
//! | `PUT` / `DELETE /rooms/{room}/messages/{message}/pin` | | 200 the message; 204 |
//! | `GET /rooms/{room}/pins` with `cursor` | | 200 `{messages, page}`, the one pinned last first; as many as fit |
//! | `GET /rooms/{room}/messages/{message}/replies`, paged as messages are | | 200 `{root, messages, page, readSeq, unread}` |
//! | `PUT /rooms/{room}/messages/{message}/read` | `{seq}` | 200 `{readSeq, unread}` of the thread |
//! | `GET /rooms/{room}/messages/{message}/readers` | | 200 `{count, users}` |
//! | `POST /rooms/{room}/messages/{message}/reports` | `{reason}` | 201 the report; 200 the user's first one of this message |
//! | `GET /rooms/{room}/reports` with `status` | | 200 `{reports, page}`, newest first; for moderators |
//! | `PATCH /rooms/{room}/reports/{report}` | `{status}`: `resolved`, `dismissed` | 200 the report; 409 when it was decided about |
//! | `GET /rooms/{room}/audit` | | 200 `{entries, page}`, newest first; for admins |
//! | `GET /rooms/{room}/messages/{message}/reactions/{emoji}` | | 200 `{count, reacted, users, page}`, by user id; a message lists the first 20 only |
//! | `PUT /rooms/{room}/messages/{message}/reactions/{emoji}` | | 200 the message |
//! | `DELETE /rooms/{room}/messages/{message}/reactions/{emoji}` | | 204, also when there was none |
//! | `GET /rooms/{room}/changes` with `after` (default 0) and `limit` | | 200 `{changes, through, head, epoch}`; more while `through` is below `head` |
//! | `PUT /rooms/{room}/read` | `{seq}` | 200 `{userId, seq, at}`, the marker as it is now |
//! | `GET /rooms/{room}/reads` | | 200 `{reads: [{userId, seq, at}], page}`, by user id |
//! | `GET /rooms/{room}/presence` | | 200 `{online: [userId], members}`; in rooms above `presence_max` `{onlineCount, members}` |
//! | `GET /search` with `q`, `senderId`, `since`, `until`, one at least; `roomId` | | 200 `{messages, page}`, newest first |
//! | `GET /unread` | | 200 `{unread, mentions, rooms}`, over all rooms |
//! | `GET /blocks` | | 200 `{users}` |
//! | `PUT` / `DELETE /blocks/{user}` | | 204 |
//! | `GET` / `PUT /presence/visibility` | `{invisible}` | 200 the same |
//! | `GET /presence` with `users=a,b` | | 200 `{users: [{userId, online, lastSeenAt?}]}`, of those one shares a room with |
//!
//! # Documents
//! Without authentication, with an `ETag`, and with the feature `schema`, which is on by default:
//! `GET /openapi.json` describes the calls, `GET /schema.json` the commands and events of the socket;
//! both by [`chat_core::schema`](crate::schema), with the engine's own limits.
//!
//! # Errors
//! `application/problem+json` (RFC 9457) with `type`, `title`, `status`, `detail`, and as extensions
//! `code` and, where it is known, `retryAfterMs`. A room that is not public is, to whoever is no
//! member of it or is banned, one that does not exist: 404 `ROOM_NOT_FOUND`, whatever the call; only
//! `POST /rooms` with its id is 409, where [`Config::client_room_ids`](crate::Config::client_room_ids)
//! lets users choose ids; else an `id` is 403. The status of a code is
//! [`ErrorCode::status`](crate::protocol::ErrorCode::status); 429 and 503 carry `Retry-After`, 401
//! `WWW-Authenticate`. Of HTTP's own, all with `INVALID_COMMAND`, there are 404 for an unknown path,
//! 405 with `Allow`, and 415 for a body that is not `application/json`. An unknown or repeated query
//! parameter and an unknown field are 400, and cost a permit like any call; so is an id that is none.
//! Once the engine shuts down, whatever changes something is answered with 503: the next node does it.

mod blocks;
mod body;
mod calls;
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
mod problem;
mod reads;
mod reply;
mod request;
mod rooms;
mod route;
mod search;
mod service;

pub(crate) use calls::CALLS;
#[cfg(feature = "schema")]
pub(crate) use calls::{Answer, Body};
#[cfg(feature = "schema")]
pub(crate) use problem::ProblemBody;
#[cfg(feature = "schema")]
pub(crate) use reads::MAX_USERS;
#[cfg(feature = "schema")]
pub(crate) use request::{DEFAULT_LIMIT, MAX_LIMIT, Parameter};
#[cfg(feature = "schema")]
pub(crate) use route::Call;
pub use service::RestService;
