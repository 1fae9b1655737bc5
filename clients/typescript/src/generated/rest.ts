// Made by `cargo xtask codegen` from docs/openapi.json. Do not edit.

export interface paths {
    "/blocks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists the users whom the user has blocked. */
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
        /** Blocks a user: hides that user's messages and ends direct messages between the two. */
        put: operations["block"];
        post?: never;
        /** Unblocks a user. */
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
        /** Returns the presence of users who share a room with the user. */
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
        /** Returns the user's visibility. */
        get: operations["get_visibility"];
        /** Makes the user appear offline to others, or visible again. */
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
        /** Lists the user's rooms by latest activity. */
        get: operations["list_rooms"];
        put?: never;
        /** Creates a room. Two users have at most one direct room. */
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
        /** Returns a room. */
        get: operations["get_room"];
        put?: never;
        post?: never;
        /** Deletes a room and its history. */
        delete: operations["delete_room"];
        options?: never;
        head?: never;
        /** Changes a room's name, metadata or settings, or transfers its ownership. */
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
        /** Lists the audit log of a room. Requires an admin. */
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
        /** Lists a room's bans. */
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
        /** Bans a user and removes them from the room. */
        put: operations["ban"];
        post?: never;
        /** Lifts a ban. */
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
        /** Returns the changes of a room after a position, including edits and deletions. */
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
        /** Lists a room's members. */
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
        /** Returns a page of a room's history. Takes at most one of `before`, `after`, `around`, `beforeTime` and `afterTime`; without one, returns the newest messages. */
        get: operations["history"];
        put?: never;
        /** Sends a message. Sending again with the same `clientMessageId` stores nothing. */
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
        /** Returns a message. */
        get: operations["get_message"];
        put?: never;
        post?: never;
        /** Deletes a message, which leaves a tombstone, or hides it from the user alone. */
        delete: operations["delete_message"];
        options?: never;
        head?: never;
        /** Changes the text of one of the user's messages. */
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
        /** Lists the users who reacted to a message with an emoji. */
        get: operations["list_reactors"];
        /** Adds a reaction to a message. */
        put: operations["react"];
        post?: never;
        /** Removes a reaction. */
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
        /** Moves the user's read marker in a thread forward. */
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
        /** Lists the readers of a message. */
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
        /** Returns a page of the replies in a message's thread. */
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
        /** Lifts a mute. */
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
        /** Returns the user's notification level in a room. */
        get: operations["get_notifications"];
        /** Sets the user's notification level in a room. */
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
        /** Lists the pinned messages of a room. */
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
        /** Returns the online members of a room or, for a large room, their number. */
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
        /** Lists the read markers of a room's members. */
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
        /** Lists the reports of a room. Requires a moderator. */
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
        /** Resolves or dismisses an open report. */
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
        /** Shadow-mutes a member: hides the member's messages from others, without notice to the member. */
        put: operations["shadow_mute"];
        post?: never;
        /** Lifts a shadow mute. */
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
        /** Searches the messages that the user may read, newest first. Requires at least one of `q`, `senderId`, `since` and `until`. */
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
        /** Returns the user's unread counts over all rooms. */
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
        /** @description A reference to a file. The engine does not store files. */
        Attachment: {
            /** @description The media type, for example `image/png`. */
            mimeType: string;
            /** @description The display name. */
            name?: string;
            /** @description The size in bytes. */
            size?: number;
            /** @description The file's `https` or `http` URL. */
            url: string;
        };
        /** @description A reference to a file. The engine does not store files. */
        AttachmentInput: {
            /** @description The media type, for example `image/png`. */
            mimeType: string;
            /** @description The display name. */
            name?: string | null;
            /** @description The size in bytes. */
            size?: number | null;
            /** @description The file's `https` or `http` URL. */
            url: string;
        };
        /** @description A moderator's action in the audit log. */
        AuditAction: "delete_message" | "remove_member" | "change_role" | "transfer_ownership" | "ban" | "unban" | "mute" | "unmute" | "shadow_mute" | "shadow_unmute" | "pin" | "unpin" | "update_room" | "resolve_report";
        /** @description An entry of a room's audit log. */
        AuditEntry: {
            /** @description The action. */
            action: components["schemas"]["AuditAction"];
            /** @description The user who acted; absent for the app. */
            actorId?: components["schemas"]["UserId"];
            /** @description The time of the action. */
            at: components["schemas"]["Timestamp"];
            /** @description Details, for example the reason for a ban or the new role. */
            detail?: string;
            /** @description The entry id, which sorts by time. */
            id: components["schemas"]["AuditId"];
            /** @description The affected message. */
            messageId?: components["schemas"]["MessageId"];
            /** @description The room. */
            roomId: components["schemas"]["RoomId"];
            /** @description The affected user. */
            userId?: components["schemas"]["UserId"];
        };
        /**
         * Format: uuid
         * @description The id of an audit log entry: a UUIDv7.
         */
        AuditId: string;
        /** @description A page of a room's audit log. */
        AuditLog: {
            /** @description The entries, newest first. */
            entries: components["schemas"]["AuditEntry"][];
            /** @description The next page. */
            page: components["schemas"]["NextPage"];
        };
        /** @description A ban of a user from a room. */
        Ban: {
            /** @description The start of the ban. */
            at: components["schemas"]["Timestamp"];
            /** @description The user who imposed the ban; absent for the app. */
            by?: components["schemas"]["UserId"];
            /** @description The reason, shown to the banned user and the moderators. */
            reason?: string;
            /** @description The end of the ban; absent for a permanent ban. */
            until?: components["schemas"]["Timestamp"];
            /** @description The banned user. */
            userId: components["schemas"]["UserId"];
        };
        /** @description A page of a room's bans. */
        BanList: {
            /** @description The bans, by user id. */
            bans: components["schemas"]["Ban"][];
            /** @description The next page. */
            page: components["schemas"]["NextPage"];
        };
        /** @description The users whom the user has blocked. */
        BlockList: {
            /** @description The users, by user id. */
            users: components["schemas"]["UserId"][];
        };
        /** @description The changes of a room after a position. */
        Changes: {
            /** @description Each changed message once, in its latest state, by ascending `rev`. */
            changes: components["schemas"]["Message"][];
            /** @description The epoch of the log. */
            epoch: components["schemas"]["Epoch"];
            /** @description The head of the log at the time of the read. There is more while `through` is below it. */
            head: number;
            /** @description The position up to which the result is complete. The next read starts here. */
            through: number;
        };
        /** @description The sender's id for a message. Another send with the same id stores nothing. */
        ClientMessageId: string;
        /**
         * @description The outcome of a report.
         * @enum {string}
         */
        Decided: "resolved" | "dismissed";
        /** @description A moderator's decision on a report. */
        Decision: {
            /** @description `resolved` or `dismissed`. */
            status: components["schemas"]["Decided"];
        };
        /** @description A message to be sent, before the engine assigns its id and time. */
        Draft: {
            /** @description The attached files. */
            attachments?: components["schemas"]["AttachmentInput"][];
            /** @description The sender's id for the message. Another send with the same id stores nothing. */
            clientMessageId?: components["schemas"]["ClientMessageId"] | null;
            /** @description The time at which the message expires. The room's retention may remove it earlier. */
            expiresAt?: components["schemas"]["Timestamp"] | null;
            /** @description The mentioned users. */
            mentions?: components["schemas"]["UserId"][];
            /** @description The app's data. */
            metadata?: {
                [key: string]: unknown;
            };
            /** @description The message that this one replies to. */
            replyTo?: components["schemas"]["MessageId"] | null;
            /**
             * @description The text. May be empty only if there are attachments.
             * @default
             */
            text?: string;
            /** @description The root message of the thread. */
            threadId?: components["schemas"]["MessageId"] | null;
        };
        /** @description A message's new text. */
        Edit: {
            /** @description The new text. */
            text: string;
        };
        /**
         * Format: uuid
         * @description The identity of a room's log, assigned when the log is created.  A client with another epoch cannot resume: it knew another log (before a restored backup or a restart of a memory store).
         */
        Epoch: string;
        /** @description The code of an `ERROR` event and of a REST problem. */
        ErrorCode: "INVALID_COMMAND" | "UNAUTHENTICATED" | "TOKEN_EXPIRED" | "FORBIDDEN" | "NOT_A_MEMBER" | "NOT_JOINED" | "ROOM_NOT_FOUND" | "MESSAGE_NOT_FOUND" | "MEMBER_NOT_FOUND" | "TOO_LARGE" | "RATE_LIMITED" | "REJECTED" | "CONFLICT" | "UNAVAILABLE" | "INTERNAL";
        /** @description A page of search results. */
        Found: {
            /** @description The messages, newest first. A short or empty page may be followed by more. */
            messages: components["schemas"]["Message"][];
            /** @description The next page. */
            page: components["schemas"]["NextPage"];
        };
        /** @description A page of a room's history. */
        History: {
            /** @description The messages by ascending `seq`, including tombstones. */
            messages: components["schemas"]["Message"][];
            /** @description The cursors of the adjacent pages. */
            page: components["schemas"]["HistoryNeighbours"];
        };
        /** @description The `before` and `after` parameters of the adjacent pages. */
        HistoryNeighbours: {
            /** @description The `after` of the page of newer messages. Null if there are none. */
            after: string | null;
            /** @description The `before` of the page of older messages. Null if there are none. */
            before: string | null;
        };
        /** @description The new position of a read marker. */
        MarkRead: {
            /** @description The `seq` of the last message read. */
            seq: number;
        };
        /** @description A member of a room. */
        Member: {
            /** @description The time of joining. */
            joinedAt: components["schemas"]["Timestamp"];
            /** @description The time until which the member may not write. */
            mutedUntil?: components["schemas"]["Timestamp"];
            /** @description The notification level. Only the member sees it. */
            notifications?: components["schemas"]["NotificationLevel"];
            /** @description The role in the room. */
            role: components["schemas"]["Role"];
            /** @description `true` if others do not see the member's messages. Only other members with the role of a moderator or above see this field. */
            shadowMuted?: boolean;
            /** @description The user. */
            userId: components["schemas"]["UserId"];
        };
        /** @description A page of a room's members. */
        MemberList: {
            /** @description The members, by user id. */
            members: components["schemas"]["Member"][];
            /** @description The next page. */
            page: components["schemas"]["NextPage"];
        };
        /** @description A message in its latest state, as stored and as sent to clients. An absent field means null. */
        Message: {
            /** @description The attached files. */
            attachments?: components["schemas"]["Attachment"][];
            /** @description The id that the sender chose for the message. */
            clientMessageId?: components["schemas"]["ClientMessageId"];
            /** @description The time at which the message was accepted. Never decreases along the positions of a room. */
            createdAt: components["schemas"]["Timestamp"];
            /** @description The time of deletion. A deleted message is a tombstone without text, attachments or reactions. */
            deletedAt?: components["schemas"]["Timestamp"];
            /** @description The user who deleted the message; absent if the app did. */
            deletedBy?: components["schemas"]["UserId"];
            /** @description The time of the last edit. */
            editedAt?: components["schemas"]["Timestamp"];
            /** @description The user who last edited the message; absent if the app did. */
            editedBy?: components["schemas"]["UserId"];
            /** @description The time at which the message expires and is removed from the history. */
            expiresAt?: components["schemas"]["Timestamp"];
            /** @description The message id. */
            id: components["schemas"]["MessageId"];
            /** @description The origin of the message. */
            kind: components["schemas"]["MessageKind"];
            /** @description The mentioned users. */
            mentions?: components["schemas"]["UserId"][];
            /** @description The app's data. */
            metadata?: {
                [key: string]: unknown;
            };
            /** @description The time at which the message was pinned. */
            pinnedAt?: components["schemas"]["Timestamp"];
            /** @description The user who pinned the message; absent if the app did. */
            pinnedBy?: components["schemas"]["UserId"];
            /** @description The number of users of each emoji that has more of them than `reactions` lists. */
            reactionCounts?: {
                [key: string]: number;
            };
            /** @description The first 20 users of each emoji, in the order of their reactions. */
            reactions?: {
                [key: string]: components["schemas"]["UserId"][];
            };
            /** @description The message that this one replies to. */
            replyTo?: components["schemas"]["MessageId"];
            /** @description The position of the latest change. Equals `seq` until the message changes. */
            rev: number;
            /** @description The room. */
            roomId: components["schemas"]["RoomId"];
            /** @description The user who sent the message; absent if the engine or the app did. */
            senderId?: components["schemas"]["UserId"];
            /** @description The position at which the message was created: its place in the history. Never changes. */
            seq: number;
            /** @description The event that a system message records. */
            system?: components["schemas"]["SystemEvent"];
            /** @description The text. Empty in a tombstone. */
            text: string;
            /** @description A summary of the thread, if the message is a thread's root. Only set in pages of the history: it is computed on read and never stored. */
            thread?: components["schemas"]["ThreadSummary"];
            /** @description The root message of the thread. */
            threadId?: components["schemas"]["MessageId"];
        };
        /**
         * Format: uuid
         * @description The id of a message: a UUIDv7 assigned by the accepting node.
         */
        MessageId: string;
        /** @description The origin of a message. */
        MessageKind: "user" | "system";
        /** @description The report of a message. */
        NewReport: {
            /** @description The reason in the reporter's words. */
            reason: string;
        };
        /** @description A room to be created. */
        NewRoom: {
            /** @description The room id, if the app lets users choose ids. By default, the server generates one. */
            id?: components["schemas"]["RoomId"] | null;
            /** @description The kind. */
            kind: components["schemas"]["RoomKind"];
            /**
             * @description The initial members besides the user. Exactly one for a direct room.
             * @default []
             */
            members?: components["schemas"]["UserId"][];
            /**
             * @description The app's data.
             * @default {}
             */
            metadata?: {
                [key: string]: unknown;
            };
            /** @description The display name. */
            name?: string | null;
        };
        /** @description The cursor of the next page of a list. */
        NextPage: {
            /** @description The `cursor` of the next page. Null on the last page. */
            next: string | null;
        };
        /** @description The messages of a room for which a member wants notifications. The engine stores the level; the app sends the notifications. */
        NotificationLevel: "all" | "mentions" | "none";
        /** @description The user's notification level in a room. */
        Notifications: {
            /** @description The level. */
            level: components["schemas"]["NotificationLevel"];
        };
        /** @description The user's notification level in a room. */
        NotificationsInput: {
            /** @description The level. */
            level: components["schemas"]["NotificationLevel"];
        };
        /** @description A page of a room's pinned messages. */
        Pins: {
            /** @description The messages, most recently pinned first. */
            messages: components["schemas"]["Message"][];
            /** @description The next page. */
            page: components["schemas"]["NextPage"];
        };
        /** @description The presence of a user. */
        Presence: {
            /** @description The time at which the last device disconnected; absent if the user is online or the time is unknown. */
            lastSeenAt?: components["schemas"]["Timestamp"];
            /** @description `true` if any device of the user is connected to any node. */
            online: boolean;
            /** @description The user. */
            userId: components["schemas"]["UserId"];
        };
        /** @description The presence of users. */
        PresenceList: {
            /** @description The requested users who share a room with the user. */
            users: components["schemas"]["Presence"][];
        };
        /** @description A problem document (RFC 9457) with the error's code. */
        Problem: {
            /** @description The error code for programs. */
            code: components["schemas"]["ErrorCode"];
            /** @description A description of the error for humans. */
            detail: string;
            /** @description The time to wait before a retry, in milliseconds. */
            retryAfterMs?: number;
            /** @description The HTTP status. */
            status: number;
            /** @description The reason phrase of the status. */
            title: string;
            /** @description Always `about:blank`: the problem has no meaning beyond its status. */
            type: string;
        };
        /** @description The duration of and reason for a ban. */
        PutBan: {
            /** @description The reason, shown to the banned user and the moderators. */
            reason?: string | null;
            /** @description The end of the ban. Without it, the ban is permanent. */
            until?: components["schemas"]["Timestamp"] | null;
        };
        /** @description The role to give to a member. */
        PutMember: {
            /** @description The role. */
            role: components["schemas"]["Role"];
        };
        /** @description The duration of a mute. */
        PutMute: {
            /** @description The end of the mute. */
            until: components["schemas"]["Timestamp"];
        };
        /** @description A page of the users who reacted to a message with an emoji. */
        ReactorList: {
            /** @description The total number of users over all pages. */
            count: number;
            /** @description The next page. */
            page: components["schemas"]["NextPage"];
            /** @description `true` if the requesting user is one of them. */
            reacted: boolean;
            /** @description The users of this page, by user id. */
            users: components["schemas"]["UserId"][];
        };
        /** @description A page of a room's read markers. */
        ReadList: {
            /** @description The next page. */
            page: components["schemas"]["NextPage"];
            /** @description The markers, by user id. */
            reads: components["schemas"]["ReadMarker"][];
        };
        /** @description A user's read marker in a room. It never moves back. */
        ReadMarker: {
            /** @description The time of the last move. */
            at: components["schemas"]["Timestamp"];
            /** @description The `seq` of the last message read, or 0. */
            seq: number;
            /** @description The user. */
            userId: components["schemas"]["UserId"];
        };
        /** @description The readers of a message. */
        ReaderList: {
            /** @description The number of members who have read the message, without its sender. */
            count: number;
            /** @description Some of them, by user id. Empty in a large room. */
            users: components["schemas"]["UserId"][];
        };
        /** @description A user's report of a message, as moderators see it. */
        Report: {
            /** @description The time of the report. */
            createdAt: components["schemas"]["Timestamp"];
            /** @description The report id, which sorts by time. */
            id: components["schemas"]["ReportId"];
            /** @description The reported message. */
            messageId: components["schemas"]["MessageId"];
            /** @description The reason for the report. */
            reason: string;
            /** @description The user who reported the message. */
            reporterId: components["schemas"]["UserId"];
            /** @description The time of the decision. */
            resolvedAt?: components["schemas"]["Timestamp"];
            /** @description The moderator who decided; absent if the report is open or the app decided. */
            resolvedBy?: components["schemas"]["UserId"];
            /** @description The room. */
            roomId: components["schemas"]["RoomId"];
            /** @description The sender of the message; absent for the app. */
            senderId?: components["schemas"]["UserId"];
            /** @description The status. */
            status: components["schemas"]["ReportStatus"];
            /** @description The text of the message at the time of the report. */
            text: string;
        };
        /**
         * Format: uuid
         * @description The id of a message report: a UUIDv7.
         */
        ReportId: string;
        /** @description A page of a room's reports. */
        ReportList: {
            /** @description The next page. */
            page: components["schemas"]["NextPage"];
            /** @description The reports, newest first. */
            reports: components["schemas"]["Report"][];
        };
        /** @description The status of a report. */
        ReportStatus: "open" | "resolved" | "dismissed";
        /** @description The role of a member in a room, in ascending order of rights. */
        Role: "guest" | "member" | "moderator" | "admin" | "owner";
        /** @description A room with the epoch of its log, as sent to clients. */
        Room: {
            /** @description `true` if joins and leaves are recorded in the log as system messages. Default: `true` for direct and group rooms, `false` for public rooms. */
            announceMembership: boolean;
            /** @description The time of creation. */
            createdAt: components["schemas"]["Timestamp"];
            /** @description The epoch of its log. */
            epoch: components["schemas"]["Epoch"];
            /** @description The room id. */
            id: components["schemas"]["RoomId"];
            /** @description `true` if `JOIN_ROOM` makes a non-member of a public room a member. Default: `true`. */
            joinOnDemand: boolean;
            /** @description The kind. */
            kind: components["schemas"]["RoomKind"];
            /** @description The number of members. */
            memberCount: number;
            /** @description The app's data. */
            metadata: {
                [key: string]: unknown;
            };
            /** @description The display name. */
            name?: string;
            /** @description The owner; absent for the app. */
            ownerId?: components["schemas"]["UserId"];
            /** @description The number of newest messages that are kept; absent keeps all. Up to a sixteenth more may be stored. */
            retentionMessages?: number;
            /** @description The time for which messages are kept, in seconds; absent keeps them forever. */
            retentionSeconds?: number;
            /** @description The minimum time between two messages of a member, in seconds; 0 turns slow mode off. Moderators and higher roles are exempt. */
            slowModeSeconds?: number;
        };
        /** @description A change of a room. Absent fields stay unchanged. */
        RoomChange: {
            /** @description `true` to record joins and leaves in the log. */
            announceMembership?: boolean;
            /** @description `true` if `JOIN_ROOM` makes a non-member of a public room a member. */
            joinOnDemand?: boolean;
            /** @description The new metadata. Replaces the whole object. */
            metadata?: {
                [key: string]: unknown;
            };
            /** @description The new name; null removes it. */
            name?: string | null;
            /** @description The new owner, who must be a member. No other field may be given. */
            ownerId?: components["schemas"]["UserId"];
            /** @description The number of newest messages that are kept; null keeps all. */
            retentionMessages?: number | null;
            /** @description The time for which messages are kept, in seconds; null keeps them forever. */
            retentionSeconds?: number | null;
            /** @description The minimum time between two messages of a member, in seconds; 0 turns slow mode off. */
            slowModeSeconds?: number;
        };
        /** @description An entry of the user's list of rooms. */
        RoomEntry: {
            /** @description `true` if joins and leaves are recorded in the log as system messages. Default: `true` for direct and group rooms, `false` for public rooms. */
            announceMembership: boolean;
            /** @description The time of creation. */
            createdAt: components["schemas"]["Timestamp"];
            /** @description The epoch of its log. */
            epoch: components["schemas"]["Epoch"];
            /** @description The highest position taken in the log, or 0. */
            head: number;
            /** @description The room id. */
            id: components["schemas"]["RoomId"];
            /** @description `true` if `JOIN_ROOM` makes a non-member of a public room a member. Default: `true`. */
            joinOnDemand: boolean;
            /** @description The kind. */
            kind: components["schemas"]["RoomKind"];
            /** @description The newest message. */
            lastMessage?: components["schemas"]["Message"];
            /** @description The number of members. */
            memberCount: number;
            /** @description The number of unread messages that mention the user. */
            mentions: number;
            /** @description The app's data. */
            metadata: {
                [key: string]: unknown;
            };
            /** @description The display name. */
            name?: string;
            /** @description The owner; absent for the app. */
            ownerId?: components["schemas"]["UserId"];
            /** @description The user's read marker, or 0. */
            readSeq: number;
            /** @description The number of newest messages that are kept; absent keeps all. Up to a sixteenth more may be stored. */
            retentionMessages?: number;
            /** @description The time for which messages are kept, in seconds; absent keeps them forever. */
            retentionSeconds?: number;
            /** @description The user's role. */
            role: components["schemas"]["Role"];
            /** @description The minimum time between two messages of a member, in seconds; 0 turns slow mode off. Moderators and higher roles are exempt. */
            slowModeSeconds?: number;
            /** @description The number of unread messages of others, counted up to 1000. */
            unread: number;
        };
        /** @description The id of a room, chosen by the app or generated by the engine. */
        RoomId: string;
        /** @description The kind of a room. */
        RoomKind: "direct" | "group" | "public";
        /** @description A page of the user's rooms. */
        RoomList: {
            /** @description The next page. */
            page: components["schemas"]["NextPage"];
            /** @description The rooms, by latest activity. */
            rooms: components["schemas"]["RoomEntry"][];
        };
        /** @description The presence of a room's members. */
        RoomPresence: {
            /** @description The number of members. */
            members: number;
            /** @description The members who are online, by user id. */
            online: components["schemas"]["UserId"][];
        } | {
            /** @description The number of members. */
            members: number;
            /** @description The number of subscribers, as in `OCCUPANCY`; absent if occupancy is turned off. */
            onlineCount?: number;
        };
        /** @description A sent message. */
        SentMessage: {
            /** @description The attached files. */
            attachments?: components["schemas"]["Attachment"][];
            /** @description The id that the sender chose for the message. */
            clientMessageId?: components["schemas"]["ClientMessageId"];
            /** @description The time at which the message was accepted. Never decreases along the positions of a room. */
            createdAt: components["schemas"]["Timestamp"];
            /** @description The time of deletion. A deleted message is a tombstone without text, attachments or reactions. */
            deletedAt?: components["schemas"]["Timestamp"];
            /** @description The user who deleted the message; absent if the app did. */
            deletedBy?: components["schemas"]["UserId"];
            /** @description `true` if a message with the same `clientMessageId` was already stored. */
            duplicate: boolean;
            /** @description The time of the last edit. */
            editedAt?: components["schemas"]["Timestamp"];
            /** @description The user who last edited the message; absent if the app did. */
            editedBy?: components["schemas"]["UserId"];
            /** @description The time at which the message expires and is removed from the history. */
            expiresAt?: components["schemas"]["Timestamp"];
            /** @description The message id. */
            id: components["schemas"]["MessageId"];
            /** @description The origin of the message. */
            kind: components["schemas"]["MessageKind"];
            /** @description The mentioned users. */
            mentions?: components["schemas"]["UserId"][];
            /** @description The app's data. */
            metadata?: {
                [key: string]: unknown;
            };
            /** @description The time at which the message was pinned. */
            pinnedAt?: components["schemas"]["Timestamp"];
            /** @description The user who pinned the message; absent if the app did. */
            pinnedBy?: components["schemas"]["UserId"];
            /** @description The number of users of each emoji that has more of them than `reactions` lists. */
            reactionCounts?: {
                [key: string]: number;
            };
            /** @description The first 20 users of each emoji, in the order of their reactions. */
            reactions?: {
                [key: string]: components["schemas"]["UserId"][];
            };
            /** @description The message that this one replies to. */
            replyTo?: components["schemas"]["MessageId"];
            /** @description The position of the latest change. Equals `seq` until the message changes. */
            rev: number;
            /** @description The room. */
            roomId: components["schemas"]["RoomId"];
            /** @description The user who sent the message; absent if the engine or the app did. */
            senderId?: components["schemas"]["UserId"];
            /** @description The position at which the message was created: its place in the history. Never changes. */
            seq: number;
            /** @description The event that a system message records. */
            system?: components["schemas"]["SystemEvent"];
            /** @description The text. Empty in a tombstone. */
            text: string;
            /** @description A summary of the thread, if the message is a thread's root. Only set in pages of the history: it is computed on read and never stored. */
            thread?: components["schemas"]["ThreadSummary"];
            /** @description The root message of the thread. */
            threadId?: components["schemas"]["MessageId"];
        };
        /** @description The event that a system message records. */
        SystemEvent: {
            /** @constant */
            event: "member_joined";
            /** @description The member's role. */
            role: components["schemas"]["Role"];
            /** @description The new member. */
            userId: components["schemas"]["UserId"];
        } | {
            /** @constant */
            event: "member_updated";
            /** @description The new role. */
            role: components["schemas"]["Role"];
            /** @description The member. */
            userId: components["schemas"]["UserId"];
        } | {
            /** @constant */
            event: "member_left";
            /** @description `left`, `removed` or `banned`. */
            reason: string;
            /** @description The former member. */
            userId: components["schemas"]["UserId"];
        } | {
            /** @constant */
            event: "room_renamed";
            /** @description The new name; absent if the name was removed. */
            name?: string;
        } | {
            /** @constant */
            event: "notice";
        };
        /** @description A page of a thread. */
        Thread: {
            /** @description The replies by ascending `seq`, including tombstones. */
            messages: components["schemas"]["Message"][];
            /** @description The cursors of the adjacent pages. */
            page: components["schemas"]["HistoryNeighbours"];
            /** @description The `seq` of the last reply that the user read, or 0. */
            readSeq: number;
            /** @description The root message. */
            root: components["schemas"]["Message"];
            /** @description The number of later replies by others. */
            unread: number;
        };
        /** @description A user's read marker and unread count in a thread. */
        ThreadRead: {
            /** @description The `seq` of the last reply read, or 0. */
            readSeq: number;
            /** @description The number of replies after the marker that others sent and that are not deleted. Counted up to 1000. */
            unread: number;
        };
        /** @description A summary of a thread. Deleted and expired replies do not count. */
        ThreadSummary: {
            /** @description The creation time of the newest reply. */
            lastReplyAt: components["schemas"]["Timestamp"];
            /** @description The newest reply. */
            lastReplyId: components["schemas"]["MessageId"];
            /** @description The `seq` of the newest reply. */
            lastReplySeq: number;
            /** @description The number of replies. */
            replyCount: number;
        };
        /**
         * Format: date-time
         * @description A point in time, in whole milliseconds since 1970-01-01 UTC.
         */
        Timestamp: string;
        /** @description A user's unread counts over all their rooms. */
        UnreadTotal: {
            /** @description Unread messages that mention the user. */
            mentions: number;
            /** @description Rooms with unread messages. */
            rooms: number;
            /** @description Unread messages, with each room counted up to `Unread::MAX`(crate::model::Unread::MAX). */
            unread: number;
        };
        /** @description The app's id of a user. */
        UserId: string;
        /** @description The visibility of the user's presence. */
        Visibility: {
            /** @description `true` if the user appears offline to others. */
            invisible: boolean;
        };
        /** @description The visibility of the user's presence. */
        VisibilityInput: {
            /** @description `true` if the user appears offline to others. */
            invisible: boolean;
        };
    };
    responses: {
        /** @description The request is malformed or breaks a rule. */
        BadRequest: {
            headers: {
                "Cache-Control": components["headers"]["NoStore"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The request conflicts with the current state. */
        Conflict: {
            headers: {
                "Cache-Control": components["headers"]["NoStore"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The user lacks the permission. */
        Forbidden: {
            headers: {
                "Cache-Control": components["headers"]["NoStore"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description An internal error of the server. */
        InternalServerError: {
            headers: {
                "Cache-Control": components["headers"]["NoStore"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The room, message or member does not exist or is not visible to the user. */
        NotFound: {
            headers: {
                "Cache-Control": components["headers"]["NoStore"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The input exceeds a limit. */
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
        /** @description A backend does not respond, or the server is shutting down. Retry after `Retry-After`. */
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
        /** @description The rate limit or the limit of concurrent requests is exceeded. Retry after `Retry-After`. */
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
        /** @description The token is missing or invalid. */
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
        /** @description The app rejected the message. `detail` has the reason. */
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
        /** @description The time for which the document may be cached. */
        CacheControl: string;
        /** @description For `If-None-Match`. */
        ETag: string;
        /** @description The location of the created entity, relative to the request's URI. */
        Location: string;
        /** @description Forbids caching, since the response is for one user. */
        NoStore: "no-store";
        /** @description The time to wait before a retry, in seconds. */
        RetryAfter: number;
        /** @description The authentication scheme. */
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
            /** @description All blocked users. */
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
            /** @description The user is blocked. */
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
            /** @description The user is not blocked. */
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
                /** @description The `ETag` of the document that the client already has. */
                "If-None-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The document. */
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
            /** @description The document has not changed. */
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
                /** @description The user ids, separated by commas. */
                users: (string & (unknown & unknown))[];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The presence of the users. */
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
            /** @description The visibility. */
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
            /** @description The new visibility. */
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
                /** @description The maximum number of entries. */
                limit?: number;
                /** @description The `next` of the previous page. Without it, the first page is returned. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of rooms. */
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
                /** @description A unique key of the request. A retry with the same key returns the room that the first request created. */
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
            /** @description The existing direct room of the two users, or the room created with this key. */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Room"];
                };
            };
            /** @description The new room. */
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
            /** @description The room. */
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
            /** @description The room is deleted. */
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
            /** @description The updated room. */
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
                /** @description The maximum number of entries. */
                limit?: number;
                /** @description The `next` of the previous page. Without it, the first page is returned. */
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
            /** @description A page of entries. */
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
                /** @description The maximum number of entries. */
                limit?: number;
                /** @description The `next` of the previous page. Without it, the first page is returned. */
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
            /** @description A page of bans. */
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
            /** @description The user is banned. */
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
            /** @description The user is not banned. */
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
                /** @description Returns the changes after this position. Default: all changes. */
                after?: number;
                /** @description The maximum number of entries. */
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
            /** @description The changes. There are more while `through` is below `head`. */
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
            /** @description The user's membership, new or existing. */
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
            /** @description The user is not a member. */
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
                /** @description The maximum number of entries. */
                limit?: number;
                /** @description The `next` of the previous page. Without it, the first page is returned. */
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
            /** @description A page of members. */
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
            /** @description The existing member with the given role. */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Member"];
                };
            };
            /** @description The new member. */
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
            /** @description The user is not a member. */
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
                /** @description Returns the newest messages with a lower `seq`. */
                before?: number;
                /** @description Returns the oldest messages with a higher `seq`. */
                after?: number;
                /** @description Returns the message with this id or `seq` and the messages around it. */
                around?: number | string;
                /** @description Returns the newest messages created before this time. */
                beforeTime?: string;
                /** @description Returns the oldest messages created at or after this time. */
                afterTime?: string;
                /** @description The maximum number of entries. */
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
            /** @description A page of messages. */
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
            /** @description The first message with this `clientMessageId`. */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SentMessage"];
                };
            };
            /** @description The new message. It is durable. */
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
            /** @description The message or its tombstone. */
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
                /** @description `all` deletes the message for all users, `me` hides it from the user alone. Default: `all`. */
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
            /** @description The message is deleted or hidden. */
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
            /** @description The updated message. */
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
            /** @description The updated message. */
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
            /** @description The message is not pinned. */
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
                /** @description The maximum number of entries. */
                limit?: number;
                /** @description The `next` of the previous page. Without it, the first page is returned. */
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
            /** @description A page of users. */
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
            /** @description The updated message. */
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
            /** @description The user has no such reaction on the message. */
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
            /** @description The current marker and unread count. */
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
            /** @description The number of readers and some of their ids. */
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
                /** @description Returns the newest messages with a lower `seq`. */
                before?: number;
                /** @description Returns the oldest messages with a higher `seq`. */
                after?: number;
                /** @description Returns the message with this id or `seq` and the messages around it. */
                around?: number | string;
                /** @description Returns the newest messages created before this time. */
                beforeTime?: string;
                /** @description Returns the oldest messages created at or after this time. */
                afterTime?: string;
                /** @description The maximum number of entries. */
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
            /** @description A page of replies. */
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
            /** @description The user's existing report of this message. */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Report"];
                };
            };
            /** @description The new report. */
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
            /** @description The muted member. */
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
            /** @description The member is not muted. */
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
            /** @description The notification level. */
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
            /** @description The new notification level. */
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
                /** @description The `next` of the previous page. Without it, the first page is returned. */
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
            /** @description A page of pinned messages, most recently pinned first. */
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
            /** @description The presence of the room. */
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
            /** @description The current marker. */
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
                /** @description The maximum number of entries. */
                limit?: number;
                /** @description The `next` of the previous page. Without it, the first page is returned. */
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
            /** @description A page of read markers. */
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
                /** @description Returns only reports of this status. */
                status?: "open" | "resolved" | "dismissed";
                /** @description The maximum number of entries. */
                limit?: number;
                /** @description The `next` of the previous page. Without it, the first page is returned. */
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
            /** @description A page of reports. */
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
            /** @description The updated report. */
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
            /** @description The member is shadow-muted. */
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
            /** @description The member is not shadow-muted. */
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
                /** @description The `ETag` of the document that the client already has. */
                "If-None-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The document. */
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
            /** @description The document has not changed. */
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
                /** @description The words that a message must contain. */
                q?: string;
                /** @description The room to search. Default: all rooms of the user. */
                roomId?: string;
                /** @description The sender of the messages. */
                senderId?: string;
                /** @description The earliest creation time, inclusive. */
                since?: string;
                /** @description The latest creation time, exclusive. */
                until?: string;
                /** @description The maximum number of entries. */
                limit?: number;
                /** @description The `next` of the previous page. Without it, the first page is returned. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of messages. */
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
            /** @description The totals. */
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
