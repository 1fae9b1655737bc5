// Made by `cargo xtask codegen` from docs/openapi.json. Do not edit.

export interface paths {
    "/blocks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whom the user has blocked. */
        get: operations["list_blocks"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/blocks/{userId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Blocks a user: the user sees nothing more of what they send, and neither writes to the other directly. */
        put: operations["block"];
        post?: never;
        /** Ends that. */
        delete: operations["unblock"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openapi.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** This document. */
        get: operations["openapi_json"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/presence": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who is online of users that share a room with the user. */
        get: operations["presence"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/presence/visibility": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether the user appears offline to others. */
        get: operations["get_visibility"];
        /** Says whether the user appears offline to others, until they say otherwise. */
        put: operations["set_visibility"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/rooms": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The user's rooms, by latest activity. */
        get: operations["list_rooms"];
        put?: never;
        /** Creates a room. Two users have one direct room. */
        post: operations["create_room"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/rooms/{roomId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A room. */
        get: operations["get_room"];
        put?: never;
        post?: never;
        /** Deletes a room with its history. */
        delete: operations["delete_room"];
        options?: never;
        head?: never;
        /** Changes a room's name, metadata or settings, or hands it over. */
        patch: operations["update_room"];
        trace?: never;
    };
    "/rooms/{roomId}/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What moderators did in a room, for its admins. */
        get: operations["list_audit"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/rooms/{roomId}/bans": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A room's bans. */
        get: operations["list_bans"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/rooms/{roomId}/bans/{userId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Bans a user, who is a member no longer. */
        put: operations["ban"];
        post?: never;
        /** Ends a ban. */
        delete: operations["unban"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/rooms/{roomId}/changes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What changed in a room after a position, edits and deletions included. */
        get: operations["changes"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/rooms/{roomId}/join": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Makes the user a member of a public room. */
        post: operations["join"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/rooms/{roomId}/leave": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Ends the user's membership. */
        post: operations["leave"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/rooms/{roomId}/members": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A room's members. */
        get: operations["list_members"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/rooms/{roomId}/members/{userId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Adds a user to a room, or changes a member's role. */
        put: operations["put_member"];
        post?: never;
        /** Removes a member. */
        delete: operations["remove_member"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/rooms/{roomId}/messages": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A page of a room's history: the newest messages, or those at one of `before`, `after`, `around`, `beforeTime` and `afterTime`. */
        get: operations["history"];
        put?: never;
        /** Sends a message. A second one with the same `clientMessageId` stores nothing. */
        post: operations["send"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/rooms/{roomId}/messages/{messageId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A message. */
        get: operations["get_message"];
        put?: never;
        post?: never;
        /** Turns a message into a tombstone, or hides it from the user alone. */
        delete: operations["delete_message"];
        options?: never;
        head?: never;
        /** Changes the text of an own message. */
        patch: operations["edit_message"];
        trace?: never;
    };
    "/rooms/{roomId}/messages/{messageId}/pin": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Pins a message. */
        put: operations["pin"];
        post?: never;
        /** Unpins a message. */
        delete: operations["unpin"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/rooms/{roomId}/messages/{messageId}/reactions/{emoji}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The users who reacted to a message with an emoji. */
        get: operations["list_reactors"];
        /** Reacts to a message. */
        put: operations["react"];
        post?: never;
        /** Takes a reaction back. */
        delete: operations["unreact"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/rooms/{roomId}/messages/{messageId}/read": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Moves the user's marker in a thread forward. */
        put: operations["mark_thread_read"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/rooms/{roomId}/messages/{messageId}/readers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who has read a message. */
        get: operations["readers"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/rooms/{roomId}/messages/{messageId}/replies": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A page of a thread: the replies to a message. */
        get: operations["thread"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/rooms/{roomId}/messages/{messageId}/reports": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Reports a message to the room's moderators. */
        post: operations["report"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/rooms/{roomId}/mutes/{userId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Mutes a member. */
        put: operations["mute"];
        post?: never;
        /** Ends a mute. */
        delete: operations["unmute"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/rooms/{roomId}/notifications": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Of which messages of a room the user wants to be notified. */
        get: operations["get_notifications"];
        /** Says of which messages of a room the user wants to be notified. */
        put: operations["set_notifications"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/rooms/{roomId}/pins": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The pinned messages of a room. */
        get: operations["list_pins"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/rooms/{roomId}/presence": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who of a room is online, or of a large one how many. */
        get: operations["room_presence"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/rooms/{roomId}/read": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Moves the user's read marker forward. */
        put: operations["mark_read"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/rooms/{roomId}/reads": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The read markers of a room's members. */
        get: operations["list_reads"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/rooms/{roomId}/reports": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The reports of a room, for its moderators. */
        get: operations["list_reports"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/rooms/{roomId}/reports/{reportId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** Decides about an open report. */
        patch: operations["resolve_report"];
        trace?: never;
    };
    "/rooms/{roomId}/shadow-mutes/{userId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Mutes a member without their knowing: what they send, nobody else sees. */
        put: operations["shadow_mute"];
        post?: never;
        /** Ends that. */
        delete: operations["shadow_unmute"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/schema.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The JSON Schema of the commands and events of the socket. */
        get: operations["schema_json"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/search": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Searches the messages that the user may read, newest first. At least one of `q`, `senderId`, `since` and `until` is given. */
        get: operations["search"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/unread": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What the user has not read, over all rooms. */
        get: operations["unread"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description A reference to a file; the engine stores no files. */
        Attachment: {
            /** @description Its media type, such as `image/png`. */
            mimeType: string;
            /** @description Its name, for people. */
            name?: string;
            /** @description Its size in bytes. */
            size?: number;
            /** @description Where it is: `https` or `http`. */
            url: string;
        };
        /** @description A reference to a file; the engine stores no files. */
        AttachmentInput: {
            /** @description Its media type, such as `image/png`. */
            mimeType: string;
            /** @description Its name, for people. */
            name?: string | null;
            /** @description Its size in bytes. */
            size?: number | null;
            /** @description Where it is: `https` or `http`. */
            url: string;
        };
        /** @description What a moderator did, for the audit log. */
        AuditAction: "delete_message" | "remove_member" | "change_role" | "transfer_ownership" | "ban" | "unban" | "mute" | "unmute" | "shadow_mute" | "shadow_unmute" | "pin" | "unpin" | "update_room" | "resolve_report";
        /** @description An entry of a room's audit log. */
        AuditEntry: {
            /** @description What was done. */
            action: components["schemas"]["AuditAction"];
            /** @description Who did it; absent where the app did. */
            actorId?: components["schemas"]["UserId"];
            /** @description When. */
            at: components["schemas"]["Timestamp"];
            /** @description More about it, such as the reason of a ban or the new role. */
            detail?: string;
            /** @description Its id, which sorts by time. */
            id: components["schemas"]["AuditId"];
            /** @description To which message. */
            messageId?: components["schemas"]["MessageId"];
            /** @description The room. */
            roomId: components["schemas"]["RoomId"];
            /** @description To whom. */
            userId?: components["schemas"]["UserId"];
        };
        /**
         * Format: uuid
         * @description An entry of an audit log: a UUIDv7.
         */
        AuditId: string;
        /** @description A page of a room's audit log. */
        AuditLog: {
            /** @description Newest first. */
            entries: components["schemas"]["AuditEntry"][];
            /** @description Where it goes on. */
            page: components["schemas"]["NextPage"];
        };
        /** @description A user who may not be a member of a room. */
        Ban: {
            /** @description Since when. */
            at: components["schemas"]["Timestamp"];
            /** @description Who said so; absent is the app. */
            by?: components["schemas"]["UserId"];
            /** @description Why, for the banned user and the moderators. */
            reason?: string;
            /** @description Until when; absent is for good. */
            until?: components["schemas"]["Timestamp"];
            /** @description Who. */
            userId: components["schemas"]["UserId"];
        };
        /** @description A page of a room's bans. */
        BanList: {
            /** @description By user id. */
            bans: components["schemas"]["Ban"][];
            /** @description Where it goes on. */
            page: components["schemas"]["NextPage"];
        };
        /** @description Whom the user has blocked. */
        BlockList: {
            /** @description By user id. */
            users: components["schemas"]["UserId"][];
        };
        /** @description What changed in a room after a position. */
        Changes: {
            /** @description Each message that changed, once, in its latest state, by ascending `rev`. */
            changes: components["schemas"]["Message"][];
            /** @description The epoch of the log. */
            epoch: components["schemas"]["Epoch"];
            /** @description The head of the log when it was read; there is more while `through` is below it. */
            head: number;
            /** @description The answer is complete up to this position; the next read starts here. */
            through: number;
        };
        /** @description The sender's own name for a message: a second send with the same one stores nothing. */
        ClientMessageId: string;
        /**
         * @description What became of a report.
         * @enum {string}
         */
        Decided: "resolved" | "dismissed";
        /** @description What a moderator decides. */
        Decision: {
            /** @description `resolved` or `dismissed`. */
            status: components["schemas"]["Decided"];
        };
        /** @description What a sender wants to send, before the engine gives it an id and a time. */
        Draft: {
            /** @description The files it refers to. */
            attachments?: components["schemas"]["AttachmentInput"][];
            /** @description The sender's own name for it. A second send with the same one stores nothing. */
            clientMessageId?: components["schemas"]["ClientMessageId"] | null;
            /** @description When it is to be removed from the history; the room's retention may remove it earlier. */
            expiresAt?: components["schemas"]["Timestamp"] | null;
            /** @description The users it names. */
            mentions?: components["schemas"]["UserId"][];
            /** @description What the app keeps with it. */
            metadata?: {
                [key: string]: unknown;
            };
            /** @description The message it answers. */
            replyTo?: components["schemas"]["MessageId"] | null;
            /**
             * @description What it says; may be empty only with attachments.
             * @default
             */
            text?: string;
            /** @description The root of the thread it is in. */
            threadId?: components["schemas"]["MessageId"] | null;
        };
        /** @description A message's new text. */
        Edit: {
            /** @description The text. */
            text: string;
        };
        /**
         * Format: uuid
         * @description The identity of a room's log, given when the log is created.  A client that resumes with another epoch than the log's cannot be caught up: the log is not the one it knew (a restored backup, a restarted memory store).
         */
        Epoch: string;
        /** @description The code of an `ERROR` event and of a REST problem. */
        ErrorCode: "INVALID_COMMAND" | "UNAUTHENTICATED" | "TOKEN_EXPIRED" | "FORBIDDEN" | "NOT_A_MEMBER" | "NOT_JOINED" | "ROOM_NOT_FOUND" | "MESSAGE_NOT_FOUND" | "MEMBER_NOT_FOUND" | "TOO_LARGE" | "RATE_LIMITED" | "REJECTED" | "CONFLICT" | "UNAVAILABLE" | "INTERNAL";
        /** @description A page of what was found. */
        Found: {
            /** @description Newest first. There may be fewer than asked for, or none, and more on the next page. */
            messages: components["schemas"]["Message"][];
            /** @description Where it goes on. */
            page: components["schemas"]["NextPage"];
        };
        /** @description A page of a room's history. */
        History: {
            /** @description By ascending `seq`, tombstones of deleted messages included. */
            messages: components["schemas"]["Message"][];
            /** @description The pages on either side. */
            page: components["schemas"]["HistoryNeighbours"];
        };
        /** @description What to pass as `before` and `after` for the pages on either side, where there is anything. */
        HistoryNeighbours: {
            /** @description For the newer messages; null where there are none. */
            after: string | null;
            /** @description For the older messages; null where there are none. */
            before: string | null;
        };
        /** @description How far the user has read. */
        MarkRead: {
            /** @description The `seq` of the last message read. */
            seq: number;
        };
        /** @description A member of a room. */
        Member: {
            /** @description Since when. */
            joinedAt: components["schemas"]["Timestamp"];
            /** @description Until when they may not write. */
            mutedUntil?: components["schemas"]["Timestamp"];
            /** @description Of what they want to be notified; nobody else's business. */
            notifications?: components["schemas"]["NotificationLevel"];
            /** @description What they are in the room. */
            role: components["schemas"]["Role"];
            /** @description Whether others do not see what they write. Only moderators, and whoever stands above them, are to know. */
            shadowMuted?: boolean;
            /** @description Who. */
            userId: components["schemas"]["UserId"];
        };
        /** @description A page of a room's members. */
        MemberList: {
            /** @description By user id. */
            members: components["schemas"]["Member"][];
            /** @description Where it goes on. */
            page: components["schemas"]["NextPage"];
        };
        /** @description A message in its latest state, as stored and as on the wire. Absent means null. */
        Message: {
            /** @description The files it refers to. */
            attachments?: components["schemas"]["Attachment"][];
            /** @description The sender's own name for it. */
            clientMessageId?: components["schemas"]["ClientMessageId"];
            /** @description When it was accepted. Never decreases along the positions of a room. */
            createdAt: components["schemas"]["Timestamp"];
            /** @description When it was deleted: then it is a tombstone without text, attachments and reactions. */
            deletedAt?: components["schemas"]["Timestamp"];
            /** @description Who deleted it; absent where the app did. */
            deletedBy?: components["schemas"]["UserId"];
            /** @description When its text was last edited. */
            editedAt?: components["schemas"]["Timestamp"];
            /** @description Who edited it last; absent where the app did. */
            editedBy?: components["schemas"]["UserId"];
            /** @description When it will be removed from the history. */
            expiresAt?: components["schemas"]["Timestamp"];
            /** @description Its id. */
            id: components["schemas"]["MessageId"];
            /** @description Who made it. */
            kind: components["schemas"]["MessageKind"];
            /** @description The users it names. */
            mentions?: components["schemas"]["UserId"][];
            /** @description What the app keeps with it. */
            metadata?: {
                [key: string]: unknown;
            };
            /** @description When it was pinned. */
            pinnedAt?: components["schemas"]["Timestamp"];
            /** @description Who pinned it; absent where the app did. */
            pinnedBy?: components["schemas"]["UserId"];
            /** @description The number of users of each emoji that has more of them than `reactions` lists. */
            reactionCounts?: {
                [key: string]: number;
            };
            /** @description The first 20 users of each emoji, in the order of their reactions. */
            reactions?: {
                [key: string]: components["schemas"]["UserId"][];
            };
            /** @description The message it answers. */
            replyTo?: components["schemas"]["MessageId"];
            /** @description The position of its latest change; equals `seq` until there is one. */
            rev: number;
            /** @description Its room. */
            roomId: components["schemas"]["RoomId"];
            /** @description The user who sent it; absent where the engine or the app did. */
            senderId?: components["schemas"]["UserId"];
            /** @description The position at which it was created: its place in the history. Never changes. */
            seq: number;
            /** @description What a system message stands for. */
            system?: components["schemas"]["SystemEvent"];
            /** @description What it says; empty in a tombstone. */
            text: string;
            /** @description What was answered in its thread, where it is the root of one and a page of history was read. It is counted by the reader and never stored. */
            thread?: components["schemas"]["ThreadSummary"];
            /** @description The root of the thread it is in. */
            threadId?: components["schemas"]["MessageId"];
        };
        /**
         * Format: uuid
         * @description A message: a UUIDv7, given by the node that accepted it.
         */
        MessageId: string;
        /** @description Who made a message. */
        MessageKind: "user" | "system";
        /** @description Why a message is reported. */
        NewReport: {
            /** @description In the reporter's words. */
            reason: string;
        };
        /** @description A room to be created. */
        NewRoom: {
            /** @description Its id, where the app lets its users choose ids; without one the server makes one. */
            id?: components["schemas"]["RoomId"] | null;
            /** @description Its kind. */
            kind: components["schemas"]["RoomKind"];
            /**
             * @description The first members, beside the user; one for a direct room.
             * @default []
             */
            members?: components["schemas"]["UserId"][];
            /**
             * @description What the app keeps with it.
             * @default {}
             */
            metadata?: {
                [key: string]: unknown;
            };
            /** @description Its name, for people. */
            name?: string | null;
        };
        /** @description Where the next page of a list starts. */
        NextPage: {
            /** @description To be passed as `cursor`; null at the end. */
            next: string | null;
        };
        /** @description Of which messages of a room a member wants to be notified. The engine keeps it for the app, which sends the notifications. */
        NotificationLevel: "all" | "mentions" | "none";
        /** @description Of which messages of a room the user wants to be notified. */
        Notifications: {
            /** @description Of which. */
            level: components["schemas"]["NotificationLevel"];
        };
        /** @description Of which messages of a room the user wants to be notified. */
        NotificationsInput: {
            /** @description Of which. */
            level: components["schemas"]["NotificationLevel"];
        };
        /** @description A room's pinned messages. */
        Pins: {
            /** @description The one pinned last first. */
            messages: components["schemas"]["Message"][];
            /** @description Where it goes on. */
            page: components["schemas"]["NextPage"];
        };
        /** @description Whether a user is online. */
        Presence: {
            /** @description When the last device went; absent while online, and where it is not known. */
            lastSeenAt?: components["schemas"]["Timestamp"];
            /** @description Whether any device of theirs is connected to any node. */
            online: boolean;
            /** @description Who. */
            userId: components["schemas"]["UserId"];
        };
        /** @description Who is online. */
        PresenceList: {
            /** @description Those asked for that the user shares a room with. */
            users: components["schemas"]["Presence"][];
        };
        /** @description RFC 9457, with the error's code. */
        Problem: {
            /** @description What went wrong, for programs. */
            code: components["schemas"]["ErrorCode"];
            /** @description What went wrong, for people. */
            detail: string;
            /** @description When trying again makes sense, in milliseconds. */
            retryAfterMs?: number;
            /** @description The status. */
            status: number;
            /** @description The name of the status. */
            title: string;
            /** @description `about:blank`: the status says it. */
            type: string;
        };
        /** @description For how long a user is banned, and why. */
        PutBan: {
            /** @description Why, for the banned user and the moderators. */
            reason?: string | null;
            /** @description Until when; absent is for good. */
            until?: components["schemas"]["Timestamp"] | null;
        };
        /** @description What a member is to be. */
        PutMember: {
            /** @description The role. */
            role: components["schemas"]["Role"];
        };
        /** @description For how long a member is muted. */
        PutMute: {
            /** @description Until when they may not write. */
            until: components["schemas"]["Timestamp"];
        };
        /** @description A page of the users who reacted to a message with one emoji. */
        ReactorList: {
            /** @description The number of users who did, over all pages. */
            count: number;
            /** @description Where it goes on. */
            page: components["schemas"]["NextPage"];
            /** @description Whether the user who asks is one of them. */
            reacted: boolean;
            /** @description The users of this page, by user id. */
            users: components["schemas"]["UserId"][];
        };
        /** @description A page of a room's read markers. */
        ReadList: {
            /** @description Where it goes on. */
            page: components["schemas"]["NextPage"];
            /** @description By user id. */
            reads: components["schemas"]["ReadMarker"][];
        };
        /** @description How far a user has read a room. It never moves back. */
        ReadMarker: {
            /** @description When it was last moved. */
            at: components["schemas"]["Timestamp"];
            /** @description The `seq` of the last message read; 0 when none was. */
            seq: number;
            /** @description Who. */
            userId: components["schemas"]["UserId"];
        };
        /** @description Who has read a message. */
        ReaderList: {
            /** @description How many members have; the sender does not count. */
            count: number;
            /** @description Some of them, by user id; none in a large room. */
            users: components["schemas"]["UserId"][];
        };
        /** @description A user's report of a message, as moderators see it. */
        Report: {
            /** @description When. */
            createdAt: components["schemas"]["Timestamp"];
            /** @description Its id, which sorts by time. */
            id: components["schemas"]["ReportId"];
            /** @description The message. */
            messageId: components["schemas"]["MessageId"];
            /** @description Why. */
            reason: string;
            /** @description Who reports it. */
            reporterId: components["schemas"]["UserId"];
            /** @description When. */
            resolvedAt?: components["schemas"]["Timestamp"];
            /** @description Who decided that; absent while it is open, or where the app did. */
            resolvedBy?: components["schemas"]["UserId"];
            /** @description The room. */
            roomId: components["schemas"]["RoomId"];
            /** @description Who sent the message; absent where the app did. */
            senderId?: components["schemas"]["UserId"];
            /** @description What became of it. */
            status: components["schemas"]["ReportStatus"];
            /** @description What the message said when it was reported. */
            text: string;
        };
        /**
         * Format: uuid
         * @description A report of a message: a UUIDv7.
         */
        ReportId: string;
        /** @description A page of a room's reports. */
        ReportList: {
            /** @description Where it goes on. */
            page: components["schemas"]["NextPage"];
            /** @description Newest first. */
            reports: components["schemas"]["Report"][];
        };
        /** @description What became of a report. */
        ReportStatus: "open" | "resolved" | "dismissed";
        /** @description What a member is in a room, from least to most. */
        Role: "guest" | "member" | "moderator" | "admin" | "owner";
        /** @description A room as on the wire: with the epoch of its log. */
        Room: {
            /** @description Whether joins and leaves are announced in the log (`kind: "system"`). Default: on for direct and group rooms, off for public ones. */
            announceMembership: boolean;
            /** @description When it was created. */
            createdAt: components["schemas"]["Timestamp"];
            /** @description The epoch of its log. */
            epoch: components["schemas"]["Epoch"];
            /** @description Its id. */
            id: components["schemas"]["RoomId"];
            /** @description Whether `JOIN_ROOM` makes a non-member of a public room a member. Default: on. */
            joinOnDemand: boolean;
            /** @description Its kind. */
            kind: components["schemas"]["RoomKind"];
            /** @description How many members it has. */
            memberCount: number;
            /** @description What the app keeps with it. */
            metadata: {
                [key: string]: unknown;
            };
            /** @description Its name, for people. */
            name?: string;
            /** @description Who owns it; absent is the app. */
            ownerId?: components["schemas"]["UserId"];
            /** @description How many messages are kept, the newest; absent is all. Up to a sixteenth more may be there. */
            retentionMessages?: number;
            /** @description How long messages are kept, in seconds; absent is for good. */
            retentionSeconds?: number;
            /** @description The least time between two messages of one member, in seconds; 0 is off. Moderators and whoever stands above them are exempt. */
            slowModeSeconds?: number;
        };
        /** @description A change of a room; what is absent stays as it is. */
        RoomChange: {
            /** @description Whether joins and leaves are announced in the log. */
            announceMembership?: boolean;
            /** @description Whether `JOIN_ROOM` makes a non-member of a public room a member. */
            joinOnDemand?: boolean;
            /** @description The new metadata, in whole. */
            metadata?: {
                [key: string]: unknown;
            };
            /** @description The new name; null removes it. */
            name?: string | null;
            /** @description The new owner, who is a member. */
            ownerId?: components["schemas"]["UserId"];
            /** @description How many messages are kept, the newest; null is all. */
            retentionMessages?: number | null;
            /** @description How long messages are kept, in seconds; null is for good. */
            retentionSeconds?: number | null;
            /** @description The least time between two messages of one member, in seconds; 0 is off. */
            slowModeSeconds?: number;
        };
        /** @description A room in its user's list. */
        RoomEntry: {
            /** @description Whether joins and leaves are announced in the log (`kind: "system"`). Default: on for direct and group rooms, off for public ones. */
            announceMembership: boolean;
            /** @description When it was created. */
            createdAt: components["schemas"]["Timestamp"];
            /** @description The epoch of its log. */
            epoch: components["schemas"]["Epoch"];
            /** @description The highest position taken in its log; 0 when none is. */
            head: number;
            /** @description Its id. */
            id: components["schemas"]["RoomId"];
            /** @description Whether `JOIN_ROOM` makes a non-member of a public room a member. Default: on. */
            joinOnDemand: boolean;
            /** @description Its kind. */
            kind: components["schemas"]["RoomKind"];
            /** @description The newest message. */
            lastMessage?: components["schemas"]["Message"];
            /** @description How many members it has. */
            memberCount: number;
            /** @description Those of them that mention the user. */
            mentions: number;
            /** @description What the app keeps with it. */
            metadata: {
                [key: string]: unknown;
            };
            /** @description Its name, for people. */
            name?: string;
            /** @description Who owns it; absent is the app. */
            ownerId?: components["schemas"]["UserId"];
            /** @description The user's read marker; 0 when they have read nothing. */
            readSeq: number;
            /** @description How many messages are kept, the newest; absent is all. Up to a sixteenth more may be there. */
            retentionMessages?: number;
            /** @description How long messages are kept, in seconds; absent is for good. */
            retentionSeconds?: number;
            /** @description What the user is in it. */
            role: components["schemas"]["Role"];
            /** @description The least time between two messages of one member, in seconds; 0 is off. Moderators and whoever stands above them are exempt. */
            slowModeSeconds?: number;
            /** @description Messages of others after the marker, counted up to 1000. */
            unread: number;
        };
        /** @description A room, as the app names it, or as the engine did when the app gave no name. */
        RoomId: string;
        /** @description What kind of room it is. */
        RoomKind: "direct" | "group" | "public";
        /** @description A page of the user's rooms. */
        RoomList: {
            /** @description Where it goes on. */
            page: components["schemas"]["NextPage"];
            /** @description By latest activity, the newest first. */
            rooms: components["schemas"]["RoomEntry"][];
        };
        /** @description Who of a room's members is online. */
        RoomPresence: {
            /** @description How many members there are. */
            members: number;
            /** @description The members who are online, by user id. */
            online: components["schemas"]["UserId"][];
        } | {
            /** @description How many members there are. */
            members: number;
            /** @description How many hear the room, as `OCCUPANCY` counts them; absent where it is turned off. */
            onlineCount?: number;
        };
        /** @description A message that was sent. */
        SentMessage: {
            /** @description The files it refers to. */
            attachments?: components["schemas"]["Attachment"][];
            /** @description The sender's own name for it. */
            clientMessageId?: components["schemas"]["ClientMessageId"];
            /** @description When it was accepted. Never decreases along the positions of a room. */
            createdAt: components["schemas"]["Timestamp"];
            /** @description When it was deleted: then it is a tombstone without text, attachments and reactions. */
            deletedAt?: components["schemas"]["Timestamp"];
            /** @description Who deleted it; absent where the app did. */
            deletedBy?: components["schemas"]["UserId"];
            /** @description Whether it was there before, by its `clientMessageId`. */
            duplicate: boolean;
            /** @description When its text was last edited. */
            editedAt?: components["schemas"]["Timestamp"];
            /** @description Who edited it last; absent where the app did. */
            editedBy?: components["schemas"]["UserId"];
            /** @description When it will be removed from the history. */
            expiresAt?: components["schemas"]["Timestamp"];
            /** @description Its id. */
            id: components["schemas"]["MessageId"];
            /** @description Who made it. */
            kind: components["schemas"]["MessageKind"];
            /** @description The users it names. */
            mentions?: components["schemas"]["UserId"][];
            /** @description What the app keeps with it. */
            metadata?: {
                [key: string]: unknown;
            };
            /** @description When it was pinned. */
            pinnedAt?: components["schemas"]["Timestamp"];
            /** @description Who pinned it; absent where the app did. */
            pinnedBy?: components["schemas"]["UserId"];
            /** @description The number of users of each emoji that has more of them than `reactions` lists. */
            reactionCounts?: {
                [key: string]: number;
            };
            /** @description The first 20 users of each emoji, in the order of their reactions. */
            reactions?: {
                [key: string]: components["schemas"]["UserId"][];
            };
            /** @description The message it answers. */
            replyTo?: components["schemas"]["MessageId"];
            /** @description The position of its latest change; equals `seq` until there is one. */
            rev: number;
            /** @description Its room. */
            roomId: components["schemas"]["RoomId"];
            /** @description The user who sent it; absent where the engine or the app did. */
            senderId?: components["schemas"]["UserId"];
            /** @description The position at which it was created: its place in the history. Never changes. */
            seq: number;
            /** @description What a system message stands for. */
            system?: components["schemas"]["SystemEvent"];
            /** @description What it says; empty in a tombstone. */
            text: string;
            /** @description What was answered in its thread, where it is the root of one and a page of history was read. It is counted by the reader and never stored. */
            thread?: components["schemas"]["ThreadSummary"];
            /** @description The root of the thread it is in. */
            threadId?: components["schemas"]["MessageId"];
        };
        /** @description What a system message stands for. */
        SystemEvent: {
            /** @constant */
            event: "member_joined";
            /** @description As what. */
            role: components["schemas"]["Role"];
            /** @description Who. */
            userId: components["schemas"]["UserId"];
        } | {
            /** @constant */
            event: "member_updated";
            /** @description To what. */
            role: components["schemas"]["Role"];
            /** @description Whose. */
            userId: components["schemas"]["UserId"];
        } | {
            /** @constant */
            event: "member_left";
            /** @description `left`, `removed` or `banned`. */
            reason: string;
            /** @description Who. */
            userId: components["schemas"]["UserId"];
        } | {
            /** @constant */
            event: "room_renamed";
            /** @description Its new name. */
            name?: string;
        } | {
            /** @constant */
            event: "notice";
        };
        /** @description A page of a thread. */
        Thread: {
            /** @description The replies by ascending `seq`, tombstones of deleted ones included. */
            messages: components["schemas"]["Message"][];
            /** @description The pages on either side. */
            page: components["schemas"]["HistoryNeighbours"];
            /** @description The `seq` of the last reply that the user read; 0 when none was. */
            readSeq: number;
            /** @description The message that is answered. */
            root: components["schemas"]["Message"];
            /** @description Replies of others after it. */
            unread: number;
        };
        /** @description How far a user has read a thread. */
        ThreadRead: {
            /** @description The `seq` of the last reply read; 0 when none was. */
            readSeq: number;
            /** @description Replies after it that others sent and nobody deleted, counted up to `Unread::MAX`(super::Unread::MAX). */
            unread: number;
        };
        /** @description What was answered in a thread. Replies that were deleted or have expired do not count. */
        ThreadSummary: {
            /** @description When the newest reply was sent. */
            lastReplyAt: components["schemas"]["Timestamp"];
            /** @description The newest reply. */
            lastReplyId: components["schemas"]["MessageId"];
            /** @description The `seq` of the newest reply. */
            lastReplySeq: number;
            /** @description How many replies there are. */
            replyCount: number;
        };
        /**
         * Format: date-time
         * @description A point in time, in whole milliseconds since 1970-01-01 UTC.
         */
        Timestamp: string;
        /** @description What a user has not read, over all their rooms. */
        UnreadTotal: {
            /** @description Those that mention the user. */
            mentions: number;
            /** @description Rooms with unread messages. */
            rooms: number;
            /** @description Messages, each room counted up to `Unread::MAX`(crate::model::Unread::MAX). */
            unread: number;
        };
        /** @description A user, as the app names them. */
        UserId: string;
        /** @description Whether the user appears offline to others. */
        Visibility: {
            /** @description Whether they do. */
            invisible: boolean;
        };
        /** @description Whether the user appears offline to others. */
        VisibilityInput: {
            /** @description Whether they do. */
            invisible: boolean;
        };
    };
    responses: {
        /** @description The request breaks a rule. */
        BadRequest: {
            headers: {
                "Cache-Control": components["headers"]["NoStore"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description It conflicts with what is there. */
        Conflict: {
            headers: {
                "Cache-Control": components["headers"]["NoStore"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The user may not do this. */
        Forbidden: {
            headers: {
                "Cache-Control": components["headers"]["NoStore"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description Our fault. */
        InternalServerError: {
            headers: {
                "Cache-Control": components["headers"]["NoStore"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description There is no such room, or none that the user may know of, or no such message. */
        NotFound: {
            headers: {
                "Cache-Control": components["headers"]["NoStore"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description Something is larger than its limit. */
        PayloadTooLarge: {
            headers: {
                "Cache-Control": components["headers"]["NoStore"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The body did not arrive in time. */
        RequestTimeout: {
            headers: {
                "Cache-Control": components["headers"]["NoStore"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description A backend does not answer, or the server is shutting down; try again. */
        ServiceUnavailable: {
            headers: {
                "Cache-Control": components["headers"]["NoStore"];
                "Retry-After": components["headers"]["RetryAfter"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description Too often, or too many requests at once; `Retry-After` says when again. */
        TooManyRequests: {
            headers: {
                "Cache-Control": components["headers"]["NoStore"];
                "Retry-After": components["headers"]["RetryAfter"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description There is no token, or no valid one. */
        Unauthorized: {
            headers: {
                "Cache-Control": components["headers"]["NoStore"];
                "WWW-Authenticate": components["headers"]["WwwAuthenticate"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The app does not want it; `detail` says why. */
        UnprocessableEntity: {
            headers: {
                "Cache-Control": components["headers"]["NoStore"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The body is not `application/json`. */
        UnsupportedMediaType: {
            headers: {
                "Cache-Control": components["headers"]["NoStore"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
    };
    parameters: never;
    requestBodies: never;
    headers: {
        /** @description May be kept for a while. */
        CacheControl: string;
        /** @description For `If-None-Match`. */
        ETag: string;
        /** @description Where the new thing is, relative to the request's URI. */
        Location: string;
        /** @description What is one user's is not for caches. */
        NoStore: "no-store";
        /** @description When trying again makes sense, in seconds. */
        RetryAfter: number;
        /** @description How to say who one is. */
        WwwAuthenticate: "Bearer";
    };
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    list_blocks: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description all of them */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BlockList"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["PayloadTooLarge"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    block: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                userId: components["schemas"]["UserId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description they are blocked */
            204: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            408: components["responses"]["RequestTimeout"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["PayloadTooLarge"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    unblock: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                userId: components["schemas"]["UserId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description they are not, also when they were not before */
            204: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["PayloadTooLarge"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    openapi_json: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of the document that is there already. */
                "If-None-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description the document */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": Record<string, never>;
                };
            };
            /** @description it is the one that is there already */
            304: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    presence: {
        parameters: {
            query: {
                /** @description Whom: user ids, with commas between. */
                users: (string & (unknown & unknown))[];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description what is known of them */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PresenceList"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["PayloadTooLarge"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    get_visibility: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description whether they do */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Visibility"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["PayloadTooLarge"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    set_visibility: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["VisibilityInput"];
            };
        };
        responses: {
            /** @description whether they do */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Visibility"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    list_rooms: {
        parameters: {
            query?: {
                /** @description The most entries of the page. */
                limit?: number;
                /** @description Where the page starts: the `next` of the one before it. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description a page of them */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RoomList"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["PayloadTooLarge"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    create_room: {
        parameters: {
            query?: never;
            header?: {
                /** @description A second request of the user with the same key gives the room of the first. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewRoom"];
            };
        };
        responses: {
            /** @description the direct room that these two users have already, or the room of this key */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Room"];
                };
            };
            /** @description the new room */
            201: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    Location: components["headers"]["Location"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Room"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            408: components["responses"]["RequestTimeout"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    get_room: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                roomId: components["schemas"]["RoomId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description the room */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Room"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["PayloadTooLarge"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    delete_room: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                roomId: components["schemas"]["RoomId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description it is gone */
            204: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["PayloadTooLarge"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    update_room: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                roomId: components["schemas"]["RoomId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RoomChange"];
            };
        };
        responses: {
            /** @description the room after it */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Room"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            408: components["responses"]["RequestTimeout"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    list_audit: {
        parameters: {
            query?: {
                /** @description The most entries of the page. */
                limit?: number;
                /** @description Where the page starts: the `next` of the one before it. */
                cursor?: string;
            };
            header?: never;
            path: {
                roomId: components["schemas"]["RoomId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description a page of it */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuditLog"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["PayloadTooLarge"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    list_bans: {
        parameters: {
            query?: {
                /** @description The most entries of the page. */
                limit?: number;
                /** @description Where the page starts: the `next` of the one before it. */
                cursor?: string;
            };
            header?: never;
            path: {
                roomId: components["schemas"]["RoomId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description a page of them */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BanList"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["PayloadTooLarge"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    ban: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                roomId: components["schemas"]["RoomId"];
                userId: components["schemas"]["UserId"];
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["PutBan"];
            };
        };
        responses: {
            /** @description they are banned */
            204: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    unban: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                roomId: components["schemas"]["RoomId"];
                userId: components["schemas"]["UserId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description there is none, also when there was none before */
            204: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["PayloadTooLarge"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    changes: {
        parameters: {
            query?: {
                /** @description What changed after this position; all of it by default. */
                after?: number;
                /** @description The most entries of the page. */
                limit?: number;
            };
            header?: never;
            path: {
                roomId: components["schemas"]["RoomId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description the changes; there are more while `through` is below `head` */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Changes"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["PayloadTooLarge"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    join: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                roomId: components["schemas"]["RoomId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description the member they are, or were already */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Member"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["PayloadTooLarge"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    leave: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                roomId: components["schemas"]["RoomId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description they are none, also when they were none before */
            204: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            408: components["responses"]["RequestTimeout"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["PayloadTooLarge"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    list_members: {
        parameters: {
            query?: {
                /** @description The most entries of the page. */
                limit?: number;
                /** @description Where the page starts: the `next` of the one before it. */
                cursor?: string;
            };
            header?: never;
            path: {
                roomId: components["schemas"]["RoomId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description a page of them */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MemberList"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["PayloadTooLarge"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    put_member: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                roomId: components["schemas"]["RoomId"];
                userId: components["schemas"]["UserId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PutMember"];
            };
        };
        responses: {
            /** @description the member, who was one before */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Member"];
                };
            };
            /** @description the member, added */
            201: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    Location: components["headers"]["Location"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Member"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            408: components["responses"]["RequestTimeout"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    remove_member: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                roomId: components["schemas"]["RoomId"];
                userId: components["schemas"]["UserId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description they are none, also when they were none before */
            204: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["PayloadTooLarge"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    history: {
        parameters: {
            query?: {
                /** @description The newest messages with a `seq` below this. */
                before?: number;
                /** @description The oldest messages with a `seq` above this. */
                after?: number;
                /** @description This message, by its id or `seq`, and those on both sides. */
                around?: number | string;
                /** @description The newest messages created before this time. */
                beforeTime?: string;
                /** @description The oldest messages created at or after this time. */
                afterTime?: string;
                /** @description The most entries of the page. */
                limit?: number;
            };
            header?: never;
            path: {
                roomId: components["schemas"]["RoomId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description the page */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["History"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["PayloadTooLarge"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    send: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                roomId: components["schemas"]["RoomId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Draft"];
            };
        };
        responses: {
            /** @description the first message with this `clientMessageId` */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SentMessage"];
                };
            };
            /** @description the message; it is durable */
            201: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    Location: components["headers"]["Location"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SentMessage"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["UnprocessableEntity"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    get_message: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                roomId: components["schemas"]["RoomId"];
                messageId: components["schemas"]["MessageId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description the message, or its tombstone */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Message"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["PayloadTooLarge"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    delete_message: {
        parameters: {
            query?: {
                /** @description Whether the message is deleted for all, which is the default, or hidden from the user alone. */
                for?: "all" | "me";
            };
            header?: never;
            path: {
                roomId: components["schemas"]["RoomId"];
                messageId: components["schemas"]["MessageId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description it is one, also when it was one before */
            204: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            408: components["responses"]["RequestTimeout"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["PayloadTooLarge"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    edit_message: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                roomId: components["schemas"]["RoomId"];
                messageId: components["schemas"]["MessageId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Edit"];
            };
        };
        responses: {
            /** @description the message after it */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Message"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["UnprocessableEntity"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    pin: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                roomId: components["schemas"]["RoomId"];
                messageId: components["schemas"]["MessageId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description the message after it */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Message"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            408: components["responses"]["RequestTimeout"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["PayloadTooLarge"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    unpin: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                roomId: components["schemas"]["RoomId"];
                messageId: components["schemas"]["MessageId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description it is not pinned, also when it was not before */
            204: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["PayloadTooLarge"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    list_reactors: {
        parameters: {
            query?: {
                /** @description The most entries of the page. */
                limit?: number;
                /** @description Where the page starts: the `next` of the one before it. */
                cursor?: string;
            };
            header?: never;
            path: {
                roomId: components["schemas"]["RoomId"];
                messageId: components["schemas"]["MessageId"];
                emoji: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description a page of them */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReactorList"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["PayloadTooLarge"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    react: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                roomId: components["schemas"]["RoomId"];
                messageId: components["schemas"]["MessageId"];
                emoji: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description the message after it */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Message"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            408: components["responses"]["RequestTimeout"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["PayloadTooLarge"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    unreact: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                roomId: components["schemas"]["RoomId"];
                messageId: components["schemas"]["MessageId"];
                emoji: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description there is none, also when there was none before */
            204: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["PayloadTooLarge"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    mark_thread_read: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                roomId: components["schemas"]["RoomId"];
                messageId: components["schemas"]["MessageId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["MarkRead"];
            };
        };
        responses: {
            /** @description the marker as it is now */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ThreadRead"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    readers: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                roomId: components["schemas"]["RoomId"];
                messageId: components["schemas"]["MessageId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description their count, and some of them */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReaderList"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["PayloadTooLarge"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    thread: {
        parameters: {
            query?: {
                /** @description The newest messages with a `seq` below this. */
                before?: number;
                /** @description The oldest messages with a `seq` above this. */
                after?: number;
                /** @description This message, by its id or `seq`, and those on both sides. */
                around?: number | string;
                /** @description The newest messages created before this time. */
                beforeTime?: string;
                /** @description The oldest messages created at or after this time. */
                afterTime?: string;
                /** @description The most entries of the page. */
                limit?: number;
            };
            header?: never;
            path: {
                roomId: components["schemas"]["RoomId"];
                messageId: components["schemas"]["MessageId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description the page */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Thread"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["PayloadTooLarge"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    report: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                roomId: components["schemas"]["RoomId"];
                messageId: components["schemas"]["MessageId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewReport"];
            };
        };
        responses: {
            /** @description the first report of this message by the user */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Report"];
                };
            };
            /** @description the report */
            201: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    Location: components["headers"]["Location"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Report"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    mute: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                roomId: components["schemas"]["RoomId"];
                userId: components["schemas"]["UserId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PutMute"];
            };
        };
        responses: {
            /** @description the member */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Member"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    unmute: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                roomId: components["schemas"]["RoomId"];
                userId: components["schemas"]["UserId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description there is none, also when there was none before */
            204: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["PayloadTooLarge"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    get_notifications: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                roomId: components["schemas"]["RoomId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description of these */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Notifications"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["PayloadTooLarge"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    set_notifications: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                roomId: components["schemas"]["RoomId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NotificationsInput"];
            };
        };
        responses: {
            /** @description of these */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Notifications"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    list_pins: {
        parameters: {
            query?: {
                /** @description Where the page starts: the `next` of the one before it. */
                cursor?: string;
            };
            header?: never;
            path: {
                roomId: components["schemas"]["RoomId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description a page of them, as many as fit into its bytes */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Pins"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["PayloadTooLarge"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    room_presence: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                roomId: components["schemas"]["RoomId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description what is known of the room */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RoomPresence"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["PayloadTooLarge"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    mark_read: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                roomId: components["schemas"]["RoomId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["MarkRead"];
            };
        };
        responses: {
            /** @description the marker as it is now */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReadMarker"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    list_reads: {
        parameters: {
            query?: {
                /** @description The most entries of the page. */
                limit?: number;
                /** @description Where the page starts: the `next` of the one before it. */
                cursor?: string;
            };
            header?: never;
            path: {
                roomId: components["schemas"]["RoomId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description a page of them */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReadList"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["PayloadTooLarge"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    list_reports: {
        parameters: {
            query?: {
                /** @description Those of this status. */
                status?: "open" | "resolved" | "dismissed";
                /** @description The most entries of the page. */
                limit?: number;
                /** @description Where the page starts: the `next` of the one before it. */
                cursor?: string;
            };
            header?: never;
            path: {
                roomId: components["schemas"]["RoomId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description a page of them */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReportList"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["PayloadTooLarge"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    resolve_report: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                roomId: components["schemas"]["RoomId"];
                reportId: components["schemas"]["ReportId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Decision"];
            };
        };
        responses: {
            /** @description the report after it */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Report"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            408: components["responses"]["RequestTimeout"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    shadow_mute: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                roomId: components["schemas"]["RoomId"];
                userId: components["schemas"]["UserId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description they are muted */
            204: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["PayloadTooLarge"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    shadow_unmute: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                roomId: components["schemas"]["RoomId"];
                userId: components["schemas"]["UserId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description they are not, also when they were not before */
            204: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["PayloadTooLarge"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    schema_json: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of the document that is there already. */
                "If-None-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description the document */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content: {
                    "application/schema+json": Record<string, never>;
                };
            };
            /** @description it is the one that is there already */
            304: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    search: {
        parameters: {
            query?: {
                /** @description Every word of it is in the text. */
                q?: string;
                /** @description In this room; else in all rooms of the user. */
                roomId?: string;
                /** @description Sent by this user. */
                senderId?: string;
                /** @description Created at or after this time. */
                since?: string;
                /** @description Created before this time. */
                until?: string;
                /** @description The most entries of the page. */
                limit?: number;
                /** @description Where the page starts: the `next` of the one before it. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description a page of what was found */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Found"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["PayloadTooLarge"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    unread: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description the sums */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UnreadTotal"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["PayloadTooLarge"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
}
