//! The table of all REST calls. It routes requests, and the OpenAPI document is generated from it,
//! so the two cannot diverge. A new call is one row here and its handler.

use super::cost::cost;
use super::request::{Emoji, Parameter};
use super::route::Call;
use super::{blocks, members, messages, moderation, reads, rooms, search};
use crate::engine::RateClass;

use crate::{MessageId, ReportId, RoomId, UserId};

#[cfg(feature = "schema")]
use super::shape;
#[cfg(feature = "schema")]
use crate::engine::UnreadTotal;
#[cfg(feature = "schema")]
use crate::model::{Draft, Member, Message, ReadMarker, Report, RoomPresence, ThreadRead};
#[cfg(feature = "schema")]
use crate::protocol::RoomView;
#[cfg(feature = "schema")]
use crate::schema::{SchemaOf, schema_of};

/// The description of a call in the OpenAPI document.
#[cfg(feature = "schema")]
pub(crate) struct Described {
    pub(crate) about: &'static str,
    /// The tag that groups calls by topic.
    pub(crate) tag: &'static str,
    /// The types of the path parameters.
    pub(crate) segments: &'static [SchemaOf],
    pub(crate) headers: &'static [Parameter],
    pub(crate) body: Option<Body>,
    pub(crate) answers: &'static [Answer],
    /// Problem statuses besides those common to all calls of its kind.
    pub(crate) problems: &'static [u16],
}

#[cfg(feature = "schema")]
pub(crate) struct Body {
    pub(crate) required: bool,
    pub(crate) schema: SchemaOf,
}

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
    LIMIT "limit": PageLength, "The maximum number of entries.";
    CURSOR "cursor": Cursor, "The `next` of the previous page. Without it, the first page is returned.";
    BEFORE "before": Position, "Returns the newest messages with a lower `seq`.";
    AFTER "after": Position, "Returns the oldest messages with a higher `seq`.";
    AROUND "around": PositionOrMessage, "Returns the message with this id or `seq` and the messages around it.";
    BEFORE_TIME "beforeTime": Time, "Returns the newest messages created before this time.";
    AFTER_TIME "afterTime": Time, "Returns the oldest messages created at or after this time.";
    SINCE "after": Position, "Returns the changes after this position. Default: all changes.";
    FOR "for": DeletedFor, "`all` deletes the message for all users, `me` hides it from the user alone. Default: `all`.";
    STATUS "status": ReportStatus, "Returns only reports of this status.";
    Q "q": Words, "The words that a message must contain.";
    ROOM_ID "roomId": Id, "The room to search. Default: all rooms of the user.";
    SENDER_ID "senderId": Id, "The sender of the messages.";
    CREATED_SINCE "since": Time, "The earliest creation time, inclusive.";
    CREATED_UNTIL "until": Time, "The latest creation time, exclusive.";
    IDEMPOTENCY_KEY "Idempotency-Key": IdempotencyKey, "A unique key of the request. A retry with the same key returns the room that the first request created.";
    #[required]
    USERS "users": Users, "The user ids, separated by commas.";
}

/// Declares the calls. A row has, in this order:
///
/// - the description, method, path, name and rate class;
/// - the handler, with the types of the path parameters, which it receives after the request;
/// - the maximum [cost](crate::rest::cost);
/// - the query parameters, headers and body;
/// - the responses by status;
/// - the problem statuses besides those of every call (400, 401, 403, 413, 429, 500, 503), of every
///   call in a room (404) and of every call with a body (415).
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
    /// Lists the user's rooms by latest activity.
    GET "/rooms" list_rooms: Query = rooms::list(),
        costs Page, tells Nobody, calls 4 + 2 per RoomsOfUser + 3 per Entry, reads Rooms Messages,
        query LIMIT CURSOR,
        200 <rooms::List<'_>> "A page of rooms.";
    /// Creates a room. Two users have at most one direct room.
    POST "/rooms" create_room: Create = rooms::create(),
        costs Room, tells Members(1 Room), calls 8,
        header IDEMPOTENCY_KEY,
        body rooms::NewRoom,
        201 <RoomView<'_>> "The new room.",
        200 <RoomView<'_>> "The existing direct room of the two users, or the room created with this key.",
        problems 409;
    /// Returns a room.
    GET "/rooms/{roomId}" get_room: Query = rooms::get(RoomId),
        costs Room, tells Nobody, calls 4,
        200 <RoomView<'_>> "The room.";
    /// Changes a room's name, metadata or settings, or transfers its ownership.
    PATCH "/rooms/{roomId}" update_room: Manage = rooms::update(RoomId),
        costs Room, tells Members(3 RoomAndMessage), calls 10 + 2 per Member,
        body rooms::Patch,
        200 <RoomView<'_>> "The updated room.",
        problems 409;
    /// Deletes a room and its history.
    DELETE "/rooms/{roomId}" delete_room: Manage = rooms::delete(RoomId),
        costs Nothing, tells Members(1 Small), calls 8,
        204 "The room is deleted.";

    /// Lists a room's members.
    GET "/rooms/{roomId}/members" list_members: Query = members::list(RoomId),
        costs Page, tells Nobody, calls 4,
        query LIMIT CURSOR,
        200 <members::List> "A page of members.";
    /// Adds a user to a room, or changes a member's role.
    PUT "/rooms/{roomId}/members/{userId}" put_member: Manage = members::put(RoomId, UserId),
        costs Small, tells Members(2 Room), calls 10 + 2 per Member,
        body members::PutMember,
        201 <Member> "The new member.",
        200 <Member> "The existing member with the given role.",
        problems 409;
    /// Removes a member.
    DELETE "/rooms/{roomId}/members/{userId}" remove_member: Manage = members::remove(RoomId, UserId),
        costs Nothing, tells Members(1 Small), calls 8 + 2 per Member,
        204 "The user is not a member.";
    /// Lists a room's bans.
    GET "/rooms/{roomId}/bans" list_bans: Query = members::bans(RoomId),
        costs Page, tells Nobody, calls 4,
        query LIMIT CURSOR,
        200 <members::Bans> "A page of bans.";
    /// Bans a user and removes them from the room.
    PUT "/rooms/{roomId}/bans/{userId}" ban: Manage = members::ban(RoomId, UserId),
        costs Nothing, tells Members(1 Small), calls 8 + 2 per Member,
        optional body members::PutBan,
        204 "The user is banned.";
    /// Lifts a ban.
    DELETE "/rooms/{roomId}/bans/{userId}" unban: Manage = members::unban(RoomId, UserId),
        costs Nothing, tells Nobody, calls 4,
        204 "The user is not banned.";
    /// Mutes a member.
    PUT "/rooms/{roomId}/mutes/{userId}" mute: Manage = members::mute(RoomId, UserId),
        costs Small, tells Nobody, calls 4,
        body members::PutMute,
        200 <Member> "The muted member.";
    /// Lifts a mute.
    DELETE "/rooms/{roomId}/mutes/{userId}" unmute: Manage = members::unmute(RoomId, UserId),
        costs Nothing, tells Nobody, calls 4,
        204 "The member is not muted.";
    /// Shadow-mutes a member: hides the member's messages from others, without notice to the member.
    PUT "/rooms/{roomId}/shadow-mutes/{userId}" shadow_mute: Manage = members::shadow_mute(RoomId, UserId),
        costs Nothing, tells Nobody, calls 4,
        204 "The member is shadow-muted.";
    /// Lifts a shadow mute.
    DELETE "/rooms/{roomId}/shadow-mutes/{userId}" shadow_unmute: Manage = members::shadow_unmute(RoomId, UserId),
        costs Nothing, tells Nobody, calls 4,
        204 "The member is not shadow-muted.";
    /// Returns the user's notification level in a room.
    GET "/rooms/{roomId}/notifications" get_notifications: Query = members::notifications(RoomId),
        costs Small, tells Nobody, calls 4,
        200 <members::Notifications> "The notification level.";
    /// Sets the user's notification level in a room.
    PUT "/rooms/{roomId}/notifications" set_notifications: Manage = members::set_notifications(RoomId),
        costs Small, tells Nobody, calls 4,
        body members::Notifications,
        200 <members::Notifications> "The new notification level.";
    /// Makes the user a member of a public room.
    POST "/rooms/{roomId}/join" join: Join = members::join(RoomId),
        costs Small, tells Members(1 Small), calls 8 + 2 per Member,
        200 <Member> "The user's membership, new or existing.";
    /// Ends the user's membership.
    POST "/rooms/{roomId}/leave" leave: Join = members::leave(RoomId),
        costs Nothing, tells Members(1 Small), calls 8 + 2 per Member,
        204 "The user is not a member.",
        problems 409;

    /// Returns a page of a room's history. Takes at most one of `before`, `after`, `around`, `beforeTime` and `afterTime`; without one, returns the newest messages.
    GET "/rooms/{roomId}/messages" history: Query = messages::history(RoomId),
        costs Page, tells Nobody, calls 6, reads Messages,
        query BEFORE AFTER AROUND BEFORE_TIME AFTER_TIME LIMIT,
        200 <messages::History<'_>> "A page of messages.";
    /// Sends a message. Sending again with the same `clientMessageId` stores nothing.
    POST "/rooms/{roomId}/messages" send: Send = messages::send(RoomId),
        costs Message, tells Members(1 Message), calls 8 + 2 per Member,
        body Draft,
        201 <messages::Stored<'_>> "The new message. It is durable.",
        200 <messages::Stored<'_>> "The first message with this `clientMessageId`.",
        problems 422;
    /// Returns a message.
    GET "/rooms/{roomId}/messages/{messageId}" get_message: Query = messages::get(RoomId, MessageId),
        costs Message, tells Nobody, calls 6,
        200 <Message> "The message or its tombstone.";
    /// Changes the text of one of the user's messages.
    PATCH "/rooms/{roomId}/messages/{messageId}" edit_message: Change = messages::edit(RoomId, MessageId),
        costs Message, tells Members(1 Message), calls 8 + 2 per Member,
        body messages::Edit,
        200 <Message> "The updated message.",
        problems 422;
    /// Deletes a message, which leaves a tombstone, or hides it from the user alone.
    DELETE "/rooms/{roomId}/messages/{messageId}" delete_message: Change = messages::delete(RoomId, MessageId),
        costs Nothing, tells Members(1 Small), calls 8 + 2 per Member,
        query FOR,
        204 "The message is deleted or hidden.",
        problems 409;
    /// Lists the users who reacted to a message with an emoji.
    GET "/rooms/{roomId}/messages/{messageId}/reactions/{emoji}" list_reactors: Query = messages::reactors(RoomId, MessageId, Emoji),
        costs Page, tells Nobody, calls 4,
        query LIMIT CURSOR,
        200 <messages::ReactorList> "A page of users.";
    /// Adds a reaction to a message.
    PUT "/rooms/{roomId}/messages/{messageId}/reactions/{emoji}" react: Change = messages::react(RoomId, MessageId, Emoji),
        costs Message, tells Members(1 Message), calls 8 + 2 per Member,
        200 <Message> "The updated message.",
        problems 409;
    /// Removes a reaction.
    DELETE "/rooms/{roomId}/messages/{messageId}/reactions/{emoji}" unreact: Change = messages::unreact(RoomId, MessageId, Emoji),
        costs Nothing, tells Members(1 Message), calls 8 + 2 per Member,
        204 "The user has no such reaction on the message.";
    /// Pins a message.
    PUT "/rooms/{roomId}/messages/{messageId}/pin" pin: Change = messages::pin(RoomId, MessageId),
        costs Message, tells Members(1 Message), calls 10 + 2 per Member, reads Messages,
        200 <Message> "The updated message.",
        problems 409;
    /// Unpins a message.
    DELETE "/rooms/{roomId}/messages/{messageId}/pin" unpin: Change = messages::unpin(RoomId, MessageId),
        costs Nothing, tells Members(1 Message), calls 10 + 2 per Member,
        204 "The message is not pinned.";
    /// Lists the pinned messages of a room.
    GET "/rooms/{roomId}/pins" list_pins: Query = messages::pins(RoomId),
        costs Page, tells Nobody, calls 4, reads Messages,
        query CURSOR,
        200 <messages::Pins> "A page of pinned messages, most recently pinned first.";
    /// Returns a page of the replies in a message's thread.
    GET "/rooms/{roomId}/messages/{messageId}/replies" thread: Query = messages::thread(RoomId, MessageId),
        costs Thread, tells Nobody, calls 8, reads Messages,
        query BEFORE AFTER AROUND BEFORE_TIME AFTER_TIME LIMIT,
        200 <messages::Thread<'_>> "A page of replies.";
    /// Returns the changes of a room after a position, including edits and deletions.
    GET "/rooms/{roomId}/changes" changes: Query = messages::changes(RoomId),
        costs Page, tells Nobody, calls 4, reads Messages,
        query SINCE LIMIT,
        200 <messages::Changes<'_>> "The changes. There are more while `through` is below `head`.";

    /// Moves the user's read marker forward.
    PUT "/rooms/{roomId}/read" mark_read: Read = reads::mark(RoomId),
        costs Small, tells Joined(1 Small), calls 6,
        body reads::MarkRead,
        200 <ReadMarker> "The current marker.";
    /// Moves the user's read marker in a thread forward.
    PUT "/rooms/{roomId}/messages/{messageId}/read" mark_thread_read: Read = reads::mark_thread(RoomId, MessageId),
        costs Small, tells Nobody, calls 6,
        body reads::MarkRead,
        200 <ThreadRead> "The current marker and unread count.";
    /// Lists the readers of a message.
    GET "/rooms/{roomId}/messages/{messageId}/readers" readers: Query = reads::readers(RoomId, MessageId),
        costs Readers, tells Nobody, calls 6,
        200 <reads::ReaderList> "The number of readers and some of their ids.";
    /// Returns the user's unread counts over all rooms.
    GET "/unread" unread: Query = reads::unread(),
        costs Small, tells Nobody, calls 2 + 2 per RoomsOfUser, reads Rooms,
        200 <UnreadTotal> "The totals.";
    /// Lists the read markers of a room's members.
    GET "/rooms/{roomId}/reads" list_reads: Query = reads::list(RoomId),
        costs Page, tells Nobody, calls 4,
        query LIMIT CURSOR,
        200 <reads::Reads> "A page of read markers.";
    /// Returns the online members of a room or, for a large room, their number.
    GET "/rooms/{roomId}/presence" room_presence: Query = reads::room_presence(RoomId),
        costs Online, tells Nobody, calls 4,
        200 <RoomPresence> "The presence of the room.";
    /// Returns the user's visibility.
    GET "/presence/visibility" get_visibility: Query = reads::visibility(),
        costs Small, tells Nobody, calls 4,
        200 <reads::Visibility> "The visibility.";
    /// Makes the user appear offline to others, or visible again.
    PUT "/presence/visibility" set_visibility: Manage = reads::set_visibility(),
        costs Small, tells Members(1 Small), calls 8 + 1 per SharedRoom, reads SharedRooms,
        body reads::Visibility,
        200 <reads::Visibility> "The new visibility.";
    /// Returns the presence of users who share a room with the user.
    GET "/presence" presence: Query = reads::presence(),
        costs Presence, tells Nobody, calls 4 + 1 per SharedRoom, reads SharedRooms,
        query USERS,
        200 <reads::Online> "The presence of the users.";

    /// Searches the messages that the user may read, newest first. Requires at least one of `q`, `senderId`, `since` and `until`.
    GET "/search" search: Search = search::search(),
        costs Page, tells Nobody, calls 4 + 1 per RoomsOfUser + 1 per Entry, reads Rooms Messages,
        query Q ROOM_ID SENDER_ID CREATED_SINCE CREATED_UNTIL LIMIT CURSOR,
        200 <search::Found> "A page of messages.",
        problems 404;

    /// Reports a message to the room's moderators.
    POST "/rooms/{roomId}/messages/{messageId}/reports" report: Manage = moderation::report(RoomId, MessageId),
        costs Report, tells Nobody, calls 6,
        body moderation::NewReport,
        201 <Report> "The new report.",
        200 <Report> "The user's existing report of this message.";
    /// Lists the reports of a room. Requires a moderator.
    GET "/rooms/{roomId}/reports" list_reports: Query = moderation::reports(RoomId),
        costs Page, tells Nobody, calls 4,
        query STATUS LIMIT CURSOR,
        200 <moderation::Reports> "A page of reports.";
    /// Resolves or dismisses an open report.
    PATCH "/rooms/{roomId}/reports/{reportId}" resolve_report: Manage = moderation::resolve(RoomId, ReportId),
        costs Report, tells Nobody, calls 4,
        body moderation::Decision,
        200 <Report> "The updated report.",
        problems 409;
    /// Lists the audit log of a room. Requires an admin.
    GET "/rooms/{roomId}/audit" list_audit: Query = moderation::audit(RoomId),
        costs Page, tells Nobody, calls 4,
        query LIMIT CURSOR,
        200 <moderation::Audit> "A page of entries.";

    /// Lists the users whom the user has blocked.
    GET "/blocks" list_blocks: Query = blocks::list(),
        costs Blocked, tells Nobody, calls 4,
        200 <blocks::Blocked> "All blocked users.";
    /// Blocks a user: hides that user's messages and ends direct messages between the two.
    PUT "/blocks/{userId}" block: Manage = blocks::block(UserId),
        costs Nothing, tells Nobody, calls 6,
        204 "The user is blocked.",
        problems 409;
    /// Unblocks a user.
    DELETE "/blocks/{userId}" unblock: Manage = blocks::unblock(UserId),
        costs Nothing, tells Nobody, calls 6,
        204 "The user is not blocked.";
}
