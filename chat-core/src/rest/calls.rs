//! The calls: one table, by which requests are routed and from which the OpenAPI document is made, so
//! that the two cannot differ. A new call is one row here and its handler.

use super::request::{Emoji, Parameter};
use super::route::Call;
use super::{blocks, members, messages, moderation, reads, rooms, search};
use crate::cost::cost;
use crate::engine::RateClass;
use crate::{MessageId, ReportId, RoomId, UserId};

#[cfg(feature = "schema")]
use crate::engine::UnreadTotal;
#[cfg(feature = "schema")]
use crate::model::{Draft, Member, Message, ReadMarker, Report, RoomPresence, ThreadRead};
#[cfg(feature = "schema")]
use crate::protocol::RoomView;
#[cfg(feature = "schema")]
use crate::schema::{SchemaOf, schema_of, shape};

/// What the OpenAPI document says of a call beyond what its routing needs.
#[cfg(feature = "schema")]
pub(crate) struct Described {
    pub(crate) about: &'static str,
    /// What it is about, in a word.
    pub(crate) tag: &'static str,
    /// The types of the segments in braces.
    pub(crate) segments: &'static [SchemaOf],
    pub(crate) headers: &'static [Parameter],
    pub(crate) body: Option<Body>,
    pub(crate) answers: &'static [Answer],
    /// Statuses of problems beside those that any call of its kind can meet.
    pub(crate) problems: &'static [u16],
}

/// The body a call takes.
#[cfg(feature = "schema")]
pub(crate) struct Body {
    pub(crate) required: bool,
    pub(crate) schema: SchemaOf,
}

/// The answer to a call that succeeds.
#[cfg(feature = "schema")]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) about: &'static str,
    pub(crate) schema: Option<SchemaOf>,
}

macro_rules! parameters {
    ($($(#[$($required:ident)?])? $name:ident $wire:literal: $shape:ident, $about:literal;)*) => {$(
        pub(super) const $name: Parameter = Parameter {
            name: $wire,
            #[cfg(feature = "schema")]
            about: $about,
            #[cfg(feature = "schema")]
            required: parameters!(@required $($($required)?)?),
            #[cfg(feature = "schema")]
            schema: schema_of::<shape::$shape>,
        };
    )*};
    (@required required) => { true };
    (@required) => { false };
}

parameters! {
    LIMIT "limit": PageLength, "The most entries of the page.";
    CURSOR "cursor": Cursor, "Where the page starts: the `next` of the one before it.";
    BEFORE "before": Position, "The newest messages with a `seq` below this.";
    AFTER "after": Position, "The oldest messages with a `seq` above this.";
    AROUND "around": PositionOrMessage, "This message, by its id or `seq`, and those on both sides.";
    BEFORE_TIME "beforeTime": Time, "The newest messages created before this time.";
    AFTER_TIME "afterTime": Time, "The oldest messages created at or after this time.";
    SINCE "after": Position, "What changed after this position; all of it by default.";
    FOR "for": DeletedFor, "Whether the message is deleted for all, which is the default, or hidden from the user alone.";
    STATUS "status": ReportStatus, "Those of this status.";
    Q "q": Words, "Every word of it is in the text.";
    ROOM_ID "roomId": Id, "In this room; else in all rooms of the user.";
    SENDER_ID "senderId": Id, "Sent by this user.";
    CREATED_SINCE "since": Time, "Created at or after this time.";
    CREATED_UNTIL "until": Time, "Created before this time.";
    IDEMPOTENCY_KEY "Idempotency-Key": IdempotencyKey, "A second request of the user with the same key gives the room of the first.";
    #[required]
    USERS "users": Users, "Whom: user ids, with commas between.";
}

/// A row: what the call does, method, path, name and rate class; the handler, with the types of the
/// segments in braces, which it gets after the request; what it [costs](crate::cost) at most; what may be
/// in the query, the headers and the body; the answers by status; and the statuses of problems beside those of every call (400, 401, 403, 413, 429,
/// 500, 503), of every call in a room (404) and of every call with a body (415).
macro_rules! calls {
    ($(
        #[doc = $about:literal]
        $method:ident $path:literal $name:ident: $class:ident = $module:ident::$handler:ident($($segment:ty),*),
            costs $size:ident, tells $audience:ident $(($frames:literal $event:ident))?,
            calls $calls:literal $(+ $n:literal per $each:ident)* $(, reads $($reads:ident)+)?
            $(, query $($parameter:ident)+)?
            $(, header $($header:ident)+)?
            $(, body $body:ty)?
            $(, optional body $optional:ty)?
            $(, $status:literal $(<$answer:ty>)? $text:literal)+
            $(, problems $($problem:literal)+)?;
    )*) => {
        pub(crate) static CALLS: &[Call] = &[$(Call {
            method: stringify!($method),
            path: $path,
            name: stringify!($name),
            class: RateClass::$class,
            cost: cost!(concat!(stringify!($method), " ", $path), $class, $size,
                tells $audience $(($frames $event))?, calls $calls $(+ $n per $each)* $(, reads $($reads)+)?),
            query: &[$($($parameter),+)?],
            needs_body: calls!(@needs $($body)?),
            perform: |request| Box::pin(async move {
                #[allow(unused_mut, unused_variables, reason = "a path may have no braces")]
                let mut segments = request.segments.iter();
                $module::$handler(request, $(&segments.next::<$segment>()?),*).await
            }),
            #[cfg(feature = "schema")]
            described: Described {
                about: $about,
                tag: stringify!($module),
                segments: &[$(schema_of::<$segment>),*],
                headers: &[$($($header),+)?],
                body: calls!(@body $($body)? $(optional $optional)?),
                answers: &[$(Answer {
                    status: $status,
                    about: $text,
                    schema: calls!(@answer $($answer)?),
                }),+],
                problems: &[$($($problem),+)?],
            },
        }),*];
    };
    (@needs) => { false };
    (@needs $body:ty) => { true };
    (@body) => { None };
    (@body optional $body:ty) => { Some(Body { required: false, schema: schema_of::<$body> }) };
    (@body $body:ty) => { Some(Body { required: true, schema: schema_of::<$body> }) };
    (@answer) => { None };
    (@answer $answer:ty) => { Some(schema_of::<$answer>) };
}

calls! {
    /// The user's rooms, by latest activity.
    GET "/rooms" list_rooms: Query = rooms::list(),
        costs Page, tells Nobody, calls 4 + 2 per RoomsOfUser + 3 per Entry, reads Rooms Messages,
        query LIMIT CURSOR,
        200 <rooms::List<'_>> "a page of them";
    /// Creates a room. Two users have one direct room.
    POST "/rooms" create_room: Create = rooms::create(),
        costs Room, tells Members(1 Room), calls 8,
        header IDEMPOTENCY_KEY,
        body rooms::NewRoom,
        201 <RoomView<'_>> "the new room",
        200 <RoomView<'_>> "the direct room that these two users have already, or the room of this key",
        problems 409;
    /// A room.
    GET "/rooms/{roomId}" get_room: Query = rooms::get(RoomId),
        costs Room, tells Nobody, calls 4,
        200 <RoomView<'_>> "the room";
    /// Changes a room's name, metadata or settings, or hands it over.
    PATCH "/rooms/{roomId}" update_room: Manage = rooms::update(RoomId),
        costs Room, tells Members(3 RoomAndMessage), calls 10 + 2 per Member,
        body rooms::Patch,
        200 <RoomView<'_>> "the room after it",
        problems 409;
    /// Deletes a room with its history.
    DELETE "/rooms/{roomId}" delete_room: Manage = rooms::delete(RoomId),
        costs Nothing, tells Members(1 Small), calls 8,
        204 "it is gone";

    /// A room's members.
    GET "/rooms/{roomId}/members" list_members: Query = members::list(RoomId),
        costs Page, tells Nobody, calls 4,
        query LIMIT CURSOR,
        200 <members::List> "a page of them";
    /// Adds a user to a room, or changes a member's role.
    PUT "/rooms/{roomId}/members/{userId}" put_member: Manage = members::put(RoomId, UserId),
        costs Small, tells Members(2 Room), calls 10 + 2 per Member,
        body members::PutMember,
        201 <Member> "the member, added",
        200 <Member> "the member, who was one before",
        problems 409;
    /// Removes a member.
    DELETE "/rooms/{roomId}/members/{userId}" remove_member: Manage = members::remove(RoomId, UserId),
        costs Nothing, tells Members(1 Small), calls 8 + 2 per Member,
        204 "they are none, also when they were none before";
    /// A room's bans.
    GET "/rooms/{roomId}/bans" list_bans: Query = members::bans(RoomId),
        costs Page, tells Nobody, calls 4,
        query LIMIT CURSOR,
        200 <members::Bans> "a page of them";
    /// Bans a user, who is a member no longer.
    PUT "/rooms/{roomId}/bans/{userId}" ban: Manage = members::ban(RoomId, UserId),
        costs Nothing, tells Members(1 Small), calls 8 + 2 per Member,
        optional body members::PutBan,
        204 "they are banned";
    /// Ends a ban.
    DELETE "/rooms/{roomId}/bans/{userId}" unban: Manage = members::unban(RoomId, UserId),
        costs Nothing, tells Nobody, calls 4,
        204 "there is none, also when there was none before";
    /// Mutes a member.
    PUT "/rooms/{roomId}/mutes/{userId}" mute: Manage = members::mute(RoomId, UserId),
        costs Small, tells Nobody, calls 4,
        body members::PutMute,
        200 <Member> "the member";
    /// Ends a mute.
    DELETE "/rooms/{roomId}/mutes/{userId}" unmute: Manage = members::unmute(RoomId, UserId),
        costs Nothing, tells Nobody, calls 4,
        204 "there is none, also when there was none before";
    /// Mutes a member without their knowing: what they send, nobody else sees.
    PUT "/rooms/{roomId}/shadow-mutes/{userId}" shadow_mute: Manage = members::shadow_mute(RoomId, UserId),
        costs Nothing, tells Nobody, calls 4,
        204 "they are muted";
    /// Ends that.
    DELETE "/rooms/{roomId}/shadow-mutes/{userId}" shadow_unmute: Manage = members::shadow_unmute(RoomId, UserId),
        costs Nothing, tells Nobody, calls 4,
        204 "they are not, also when they were not before";
    /// Of which messages of a room the user wants to be notified.
    GET "/rooms/{roomId}/notifications" get_notifications: Query = members::notifications(RoomId),
        costs Small, tells Nobody, calls 4,
        200 <members::Notifications> "of these";
    /// Says of which messages of a room the user wants to be notified.
    PUT "/rooms/{roomId}/notifications" set_notifications: Manage = members::set_notifications(RoomId),
        costs Small, tells Nobody, calls 4,
        body members::Notifications,
        200 <members::Notifications> "of these";
    /// Makes the user a member of a public room.
    POST "/rooms/{roomId}/join" join: Join = members::join(RoomId),
        costs Small, tells Members(1 Small), calls 8 + 2 per Member,
        200 <Member> "the member they are, or were already";
    /// Ends the user's membership.
    POST "/rooms/{roomId}/leave" leave: Join = members::leave(RoomId),
        costs Nothing, tells Members(1 Small), calls 8 + 2 per Member,
        204 "they are none, also when they were none before",
        problems 409;

    /// A page of a room's history: the newest messages, or those at one of `before`, `after`, `around`, `beforeTime` and `afterTime`.
    GET "/rooms/{roomId}/messages" history: Query = messages::history(RoomId),
        costs Page, tells Nobody, calls 6, reads Messages,
        query BEFORE AFTER AROUND BEFORE_TIME AFTER_TIME LIMIT,
        200 <messages::History<'_>> "the page";
    /// Sends a message. A second one with the same `clientMessageId` stores nothing.
    POST "/rooms/{roomId}/messages" send: Send = messages::send(RoomId),
        costs Message, tells Members(1 Message), calls 8 + 2 per Member,
        body Draft,
        201 <messages::Stored<'_>> "the message; it is durable",
        200 <messages::Stored<'_>> "the first message with this `clientMessageId`",
        problems 422;
    /// A message.
    GET "/rooms/{roomId}/messages/{messageId}" get_message: Query = messages::get(RoomId, MessageId),
        costs Message, tells Nobody, calls 6,
        200 <Message> "the message, or its tombstone";
    /// Changes the text of an own message.
    PATCH "/rooms/{roomId}/messages/{messageId}" edit_message: Change = messages::edit(RoomId, MessageId),
        costs Message, tells Members(1 Message), calls 8 + 2 per Member,
        body messages::Edit,
        200 <Message> "the message after it",
        problems 422;
    /// Turns a message into a tombstone, or hides it from the user alone.
    DELETE "/rooms/{roomId}/messages/{messageId}" delete_message: Change = messages::delete(RoomId, MessageId),
        costs Nothing, tells Members(1 Small), calls 8 + 2 per Member,
        query FOR,
        204 "it is one, also when it was one before",
        problems 409;
    /// The users who reacted to a message with an emoji.
    GET "/rooms/{roomId}/messages/{messageId}/reactions/{emoji}" list_reactors: Query = messages::reactors(RoomId, MessageId, Emoji),
        costs Page, tells Nobody, calls 4,
        query LIMIT CURSOR,
        200 <messages::ReactorList> "a page of them";
    /// Reacts to a message.
    PUT "/rooms/{roomId}/messages/{messageId}/reactions/{emoji}" react: Change = messages::react(RoomId, MessageId, Emoji),
        costs Message, tells Members(1 Message), calls 8 + 2 per Member,
        200 <Message> "the message after it",
        problems 409;
    /// Takes a reaction back.
    DELETE "/rooms/{roomId}/messages/{messageId}/reactions/{emoji}" unreact: Change = messages::unreact(RoomId, MessageId, Emoji),
        costs Nothing, tells Members(1 Message), calls 8 + 2 per Member,
        204 "there is none, also when there was none before";
    /// Pins a message.
    PUT "/rooms/{roomId}/messages/{messageId}/pin" pin: Change = messages::pin(RoomId, MessageId),
        costs Message, tells Members(1 Message), calls 10 + 2 per Member, reads Messages,
        200 <Message> "the message after it",
        problems 409;
    /// Unpins a message.
    DELETE "/rooms/{roomId}/messages/{messageId}/pin" unpin: Change = messages::unpin(RoomId, MessageId),
        costs Nothing, tells Members(1 Message), calls 10 + 2 per Member,
        204 "it is not pinned, also when it was not before";
    /// The pinned messages of a room.
    GET "/rooms/{roomId}/pins" list_pins: Query = messages::pins(RoomId),
        costs Page, tells Nobody, calls 4, reads Messages,
        query CURSOR,
        200 <messages::Pins> "a page of them, as many as fit into its bytes";
    /// A page of a thread: the replies to a message.
    GET "/rooms/{roomId}/messages/{messageId}/replies" thread: Query = messages::thread(RoomId, MessageId),
        costs Thread, tells Nobody, calls 8, reads Messages,
        query BEFORE AFTER AROUND BEFORE_TIME AFTER_TIME LIMIT,
        200 <messages::Thread<'_>> "the page";
    /// What changed in a room after a position, edits and deletions included.
    GET "/rooms/{roomId}/changes" changes: Query = messages::changes(RoomId),
        costs Page, tells Nobody, calls 4, reads Messages,
        query SINCE LIMIT,
        200 <messages::Changes<'_>> "the changes; there are more while `through` is below `head`";

    /// Moves the user's read marker forward.
    PUT "/rooms/{roomId}/read" mark_read: Read = reads::mark(RoomId),
        costs Small, tells Joined(1 Small), calls 6,
        body reads::MarkRead,
        200 <ReadMarker> "the marker as it is now";
    /// Moves the user's marker in a thread forward.
    PUT "/rooms/{roomId}/messages/{messageId}/read" mark_thread_read: Read = reads::mark_thread(RoomId, MessageId),
        costs Small, tells Nobody, calls 6,
        body reads::MarkRead,
        200 <ThreadRead> "the marker as it is now";
    /// Who has read a message.
    GET "/rooms/{roomId}/messages/{messageId}/readers" readers: Query = reads::readers(RoomId, MessageId),
        costs Readers, tells Nobody, calls 6,
        200 <reads::ReaderList> "their count, and some of them";
    /// What the user has not read, over all rooms.
    GET "/unread" unread: Query = reads::unread(),
        costs Small, tells Nobody, calls 2 + 2 per RoomsOfUser, reads Rooms,
        200 <UnreadTotal> "the sums";
    /// The read markers of a room's members.
    GET "/rooms/{roomId}/reads" list_reads: Query = reads::list(RoomId),
        costs Page, tells Nobody, calls 4,
        query LIMIT CURSOR,
        200 <reads::Reads> "a page of them";
    /// Who of a room is online, or of a large one how many.
    GET "/rooms/{roomId}/presence" room_presence: Query = reads::room_presence(RoomId),
        costs Online, tells Nobody, calls 4,
        200 <RoomPresence> "what is known of the room";
    /// Whether the user appears offline to others.
    GET "/presence/visibility" get_visibility: Query = reads::visibility(),
        costs Small, tells Nobody, calls 4,
        200 <reads::Visibility> "whether they do";
    /// Says whether the user appears offline to others, until they say otherwise.
    PUT "/presence/visibility" set_visibility: Manage = reads::set_visibility(),
        costs Small, tells Members(1 Small), calls 8 + 1 per SharedRoom, reads SharedRooms,
        body reads::Visibility,
        200 <reads::Visibility> "whether they do";
    /// Who is online of users that share a room with the user.
    GET "/presence" presence: Query = reads::presence(),
        costs Presence, tells Nobody, calls 4 + 1 per SharedRoom, reads SharedRooms,
        query USERS,
        200 <reads::Online> "what is known of them";

    /// Searches the messages that the user may read, newest first. At least one of `q`, `senderId`, `since` and `until` is given.
    GET "/search" search: Search = search::search(),
        costs Page, tells Nobody, calls 4 + 1 per RoomsOfUser + 1 per Entry, reads Rooms Messages,
        query Q ROOM_ID SENDER_ID CREATED_SINCE CREATED_UNTIL LIMIT CURSOR,
        200 <search::Found> "a page of what was found",
        problems 404;

    /// Reports a message to the room's moderators.
    POST "/rooms/{roomId}/messages/{messageId}/reports" report: Manage = moderation::report(RoomId, MessageId),
        costs Report, tells Nobody, calls 6,
        body moderation::NewReport,
        201 <Report> "the report",
        200 <Report> "the first report of this message by the user";
    /// The reports of a room, for its moderators.
    GET "/rooms/{roomId}/reports" list_reports: Query = moderation::reports(RoomId),
        costs Page, tells Nobody, calls 4,
        query STATUS LIMIT CURSOR,
        200 <moderation::Reports> "a page of them";
    /// Decides about an open report.
    PATCH "/rooms/{roomId}/reports/{reportId}" resolve_report: Manage = moderation::resolve(RoomId, ReportId),
        costs Report, tells Nobody, calls 4,
        body moderation::Decision,
        200 <Report> "the report after it",
        problems 409;
    /// What moderators did in a room, for its admins.
    GET "/rooms/{roomId}/audit" list_audit: Query = moderation::audit(RoomId),
        costs Page, tells Nobody, calls 4,
        query LIMIT CURSOR,
        200 <moderation::Audit> "a page of it";

    /// Whom the user has blocked.
    GET "/blocks" list_blocks: Query = blocks::list(),
        costs Blocked, tells Nobody, calls 4,
        200 <blocks::Blocked> "all of them";
    /// Blocks a user: the user sees nothing more of what they send, and neither writes to the other directly.
    PUT "/blocks/{userId}" block: Manage = blocks::block(UserId),
        costs Nothing, tells Nobody, calls 6,
        204 "they are blocked",
        problems 409;
    /// Ends that.
    DELETE "/blocks/{userId}" unblock: Manage = blocks::unblock(UserId),
        costs Nothing, tells Nobody, calls 6,
        204 "they are not, also when they were not before";
}
