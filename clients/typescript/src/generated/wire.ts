// Made by `cargo xtask codegen` from the types of the engine. Do not edit.

/** The reply to other commands. */
export type AckEvent = {
  ref?: string;
  rev?: number;
  type: "ACK";
};

/** Adds a reaction to a message. */
export type AddReactionCommand = {
  /** The emoji. */
  emoji: string;
  /** The message. */
  messageId: MessageId;
  /** A reference that the reply repeats. */
  ref?: string | null;
  /** The room. */
  roomId: RoomId;
  type: "ADD_REACTION";
};

/** A reference to a file. The engine does not store files. */
export type Attachment = {
  /** The media type, for example `image/png`. */
  mimeType: string;
  /** The display name. */
  name?: string;
  /** The size in bytes. */
  size?: number;
  /** The file's `https` or `http` URL. */
  url: string;
};

/** A reference to a file. The engine does not store files. */
export type AttachmentInput = {
  /** The media type, for example `image/png`. */
  mimeType: string;
  /** The display name. */
  name?: string | null;
  /** The size in bytes. */
  size?: number | null;
  /** The file's `https` or `http` URL. */
  url: string;
};

/** The sender's id for a message. Another send with the same id stores nothing. */
export type ClientMessageId = string;

/** A command of a client. */
export type Command = JoinRoomCommand | LeaveRoomCommand | SendMessageCommand | EditMessageCommand | DeleteMessageCommand | AddReactionCommand | RemoveReactionCommand | MarkReadCommand | TypingCommand | RefreshTokenCommand | PingCommand;

/** The id of a connection. */
export type ConnectionId = string;

/** Deletes a message for all users, or hides it from the user. */
export type DeleteMessageCommand = {
  /** `true` to hide the message from the user alone instead of deleting it. */
  forMe?: boolean;
  /** The message. */
  messageId: MessageId;
  /** A reference that the reply repeats. */
  ref?: string | null;
  /** The room. */
  roomId: RoomId;
  type: "DELETE_MESSAGE";
};

/** Changes the text of a message. */
export type EditMessageCommand = {
  /** The message. */
  messageId: MessageId;
  /** A reference that the reply repeats. */
  ref?: string | null;
  /** The room. */
  roomId: RoomId;
  /** The new text. */
  text: string;
  type: "EDIT_MESSAGE";
};

/** The identity of a room's log, assigned when the log is created. A client with another epoch cannot resume: it knew another log (before a restored backup or a restart of a memory store). */
export type Epoch = string;

/** The code of an `ERROR` event and of a REST problem. */
export type ErrorCode = "INVALID_COMMAND" | "UNAUTHENTICATED" | "TOKEN_EXPIRED" | "FORBIDDEN" | "NOT_A_MEMBER" | "NOT_JOINED" | "ROOM_NOT_FOUND" | "MESSAGE_NOT_FOUND" | "MEMBER_NOT_FOUND" | "TOO_LARGE" | "RATE_LIMITED" | "REJECTED" | "CONFLICT" | "UNAVAILABLE" | "INTERNAL";

/** An error. With a `ref`, it is the reply to that command. */
export type ErrorEvent = {
  code: ErrorCode;
  message: string;
  ref?: string;
  retryAfterMs?: number;
  type: "ERROR";
};

/** An event sent to a client. */
export type Event = HelloEvent | RoomJoinedEvent | RoomSyncEvent | RoomLeftEvent | MessageAckEvent | AckEvent | PongEvent | ErrorEvent | MessageCreatedEvent | MessageUpdatedEvent | MessageDeletedEvent | MessageHiddenEvent | MemberJoinedEvent | MemberUpdatedEvent | MemberLeftEvent | RoomUpdatedEvent | RoomActivityEvent | RoomAddedEvent | RoomRemovedEvent | TypingEvent | ReadReceiptEvent | OccupancyEvent | UserOnlineEvent | UserOfflineEvent | TokenExpiringEvent | GoingAwayEvent;

/** The server will close the connection with 1012. */
export type GoingAwayEvent = {
  reconnectAfterMs: number;
  type: "GOING_AWAY";
};

/** The first event of a connection. */
export type HelloEvent = {
  connectionId: ConnectionId;
  heartbeatMs: number;
  limits: HelloLimits;
  nodeId: NodeId;
  tokenExpiresAt?: Timestamp;
  type: "HELLO";
  userId: UserId;
};

/** The limits announced in `HELLO`. */
export type HelloLimits = {
  maxFrameBytes: number;
  maxRoomsPerConnection: number;
  maxTextChars: number;
};

/** Subscribes the connection to a room, from now or from a position on. */
export type JoinRoomCommand = {
  /** The position up to which the client already has everything. */
  after?: number | null;
  /** The epoch of the log that `after` refers to. */
  epoch?: Epoch | null;
  /** The number of newest messages to return; default 50, at most 100. Ignored on a resume. */
  history?: number | null;
  /** A reference that the reply repeats. */
  ref?: string | null;
  /** The room. */
  roomId: RoomId;
  type: "JOIN_ROOM";
};

/** Unsubscribes the connection from a room. */
export type LeaveRoomCommand = {
  /** A reference that the reply repeats. */
  ref?: string | null;
  /** The room. */
  roomId: RoomId;
  type: "LEAVE_ROOM";
};

/** Moves the user's read marker forward. */
export type MarkReadCommand = {
  /** A reference that the reply repeats. */
  ref?: string | null;
  /** The room. */
  roomId: RoomId;
  /** The `seq` of the last message read. */
  seq: number;
  /** The root of the thread to mark. Without it, the room is marked. */
  threadId?: MessageId | null;
  type: "MARK_READ";
};

/** A user became a member. Has a `rev` if the room announces membership. */
export type MemberJoinedEvent = {
  message?: Message;
  rev?: number;
  role: Role;
  roomId: RoomId;
  type: "MEMBER_JOINED";
  userId: UserId;
};

/** A member left or was removed. */
export type MemberLeftEvent = {
  message?: Message;
  reason: string;
  rev?: number;
  roomId: RoomId;
  type: "MEMBER_LEFT";
  userId: UserId;
};

/** A member's role changed. */
export type MemberUpdatedEvent = {
  message?: Message;
  rev?: number;
  role: Role;
  roomId: RoomId;
  type: "MEMBER_UPDATED";
  userId: UserId;
};

/** A message in its latest state, as stored and as sent to clients. An absent field means null. */
export type Message = {
  /** The attached files. */
  attachments?: Array<Attachment>;
  /** The id that the sender chose for the message. */
  clientMessageId?: ClientMessageId;
  /** The time at which the message was accepted. Never decreases along the positions of a room. */
  createdAt: Timestamp;
  /** The time of deletion. A deleted message is a tombstone without text, attachments or reactions. */
  deletedAt?: Timestamp;
  /** The user who deleted the message; absent if the app did. */
  deletedBy?: UserId;
  /** The time of the last edit. */
  editedAt?: Timestamp;
  /** The user who last edited the message; absent if the app did. */
  editedBy?: UserId;
  /** The time at which the message expires and is removed from the history. */
  expiresAt?: Timestamp;
  /** The message id. */
  id: MessageId;
  /** The origin of the message. */
  kind: MessageKind;
  /** The mentioned users. */
  mentions?: Array<UserId>;
  /** The app's data. */
  metadata?: Record<string, unknown>;
  /** The time at which the message was pinned. */
  pinnedAt?: Timestamp;
  /** The user who pinned the message; absent if the app did. */
  pinnedBy?: UserId;
  /** The number of users of each emoji that has more of them than `reactions` lists. */
  reactionCounts?: Record<string, number>;
  /** The first 20 users of each emoji, in the order of their reactions. */
  reactions?: Record<string, Array<UserId>>;
  /** The message that this one replies to. */
  replyTo?: MessageId;
  /** The position of the latest change. Equals `seq` until the message changes. */
  rev: number;
  /** The room. */
  roomId: RoomId;
  /** The user who sent the message; absent if the engine or the app did. */
  senderId?: UserId;
  /** The position at which the message was created: its place in the history. Never changes. */
  seq: number;
  /** The event that a system message records. */
  system?: SystemEvent;
  /** The text. Empty in a tombstone. */
  text: string;
  /** A summary of the thread, if the message is a thread's root. Only set in pages of the history: it is computed on read and never stored. */
  thread?: ThreadSummary;
  /** The root message of the thread. */
  threadId?: MessageId;
};

/** The reply to `SEND_MESSAGE`. The message is durable. */
export type MessageAckEvent = {
  clientMessageId?: ClientMessageId;
  createdAt: Timestamp;
  duplicate: boolean;
  messageId: MessageId;
  ref?: string;
  rev: number;
  roomId: RoomId;
  seq: number;
  type: "MESSAGE_ACK";
};

/** A new message. */
export type MessageCreatedEvent = {
  message: Message;
  rev: number;
  roomId: RoomId;
  type: "MESSAGE_CREATED";
};

/** A message became a tombstone. */
export type MessageDeletedEvent = {
  deletedAt: Timestamp;
  messageId: MessageId;
  rev: number;
  roomId: RoomId;
  seq: number;
  /** The root of the thread it was in, whose reply count drops by one. */
  threadId?: MessageId;
  type: "MESSAGE_DELETED";
};

/** A message is hidden from this user. With `rev`, it replaces an event that only others may see. Without `rev`, the user has hidden the message. */
export type MessageHiddenEvent = {
  messageId?: MessageId;
  rev?: number;
  roomId: RoomId;
  seq?: number;
  type: "MESSAGE_HIDDEN";
};

/** The id of a message: a UUIDv7 assigned by the accepting node. */
export type MessageId = string;

/** The origin of a message. */
export type MessageKind = "user" | "system";

/** A message changed. Contains its new state. */
export type MessageUpdatedEvent = {
  message: Message;
  rev: number;
  roomId: RoomId;
  type: "MESSAGE_UPDATED";
};

/** The id of a node: a running engine. */
export type NodeId = string;

/** The occupancy of a large room, instead of the presence of each user. */
export type OccupancyEvent = {
  members: number;
  online: number;
  roomId: RoomId;
  type: "OCCUPANCY";
};

/** Requests a `PONG`. */
export type PingCommand = {
  /** A reference that the reply repeats. */
  ref?: string | null;
  type: "PING";
};

/** The reply to `PING`. */
export type PongEvent = {
  ref?: string;
  type: "PONG";
};

/** A user's read marker moved. */
export type ReadReceiptEvent = {
  roomId: RoomId;
  seq: number;
  type: "READ_RECEIPT";
  userId: UserId;
};

/** Replaces the token before it expires. */
export type RefreshTokenCommand = {
  /** A reference that the reply repeats. */
  ref?: string | null;
  /** The new token. */
  token: string;
  type: "REFRESH_TOKEN";
};

/** Removes a reaction. */
export type RemoveReactionCommand = {
  /** The emoji. */
  emoji: string;
  /** The message. */
  messageId: MessageId;
  /** A reference that the reply repeats. */
  ref?: string | null;
  /** The room. */
  roomId: RoomId;
  type: "REMOVE_REACTION";
};

/** The role of a member in a room, in ascending order of rights. */
export type Role = "guest" | "member" | "moderator" | "admin" | "owner";

/** A room with the epoch of its log, as sent to clients. */
export type Room = {
  /** `true` if joins and leaves are recorded in the log as system messages. Default: `true` for direct and group rooms, `false` for public rooms. */
  announceMembership: boolean;
  /** The time of creation. */
  createdAt: Timestamp;
  /** The epoch of its log. */
  epoch: Epoch;
  /** The room id. */
  id: RoomId;
  /** `true` if `JOIN_ROOM` makes a non-member of a public room a member. Default: `true`. */
  joinOnDemand: boolean;
  /** The kind. */
  kind: RoomKind;
  /** The number of members. */
  memberCount: number;
  /** The app's data. */
  metadata: Record<string, unknown>;
  /** The display name. */
  name?: string;
  /** The owner; absent for the app. */
  ownerId?: UserId;
  /** The number of newest messages that are kept; absent keeps all. Up to a sixteenth more may be stored. */
  retentionMessages?: number;
  /** The time for which messages are kept, in seconds; absent keeps them forever. */
  retentionSeconds?: number;
  /** The minimum time between two messages of a member, in seconds; 0 turns slow mode off. Moderators and higher roles are exempt. */
  slowModeSeconds?: number;
};

/** New activity in a room that this connection has not joined. */
export type RoomActivityEvent = {
  head: number;
  roomId: RoomId;
  type: "ROOM_ACTIVITY";
  unread: number;
};

/** The user was added to a room. */
export type RoomAddedEvent = {
  room: Room;
  type: "ROOM_ADDED";
};

/** The id of a room, chosen by the app or generated by the engine. */
export type RoomId = string;

/** The reply to `JOIN_ROOM`. */
export type RoomJoinedEvent = {
  epoch: Epoch;
  head: number;
  messages?: Array<Message>;
  readSeq: number;
  recovered: boolean;
  ref?: string;
  role: Role;
  roomId: RoomId;
  type: "ROOM_JOINED";
};

/** The kind of a room. */
export type RoomKind = "direct" | "group" | "public";

/** The reply to `LEAVE_ROOM`. */
export type RoomLeftEvent = {
  ref?: string;
  roomId: RoomId;
  type: "ROOM_LEFT";
};

/** The user was removed from a room, or the room was deleted. */
export type RoomRemovedEvent = {
  reason: string;
  roomId: RoomId;
  type: "ROOM_REMOVED";
};

/** A batch of missed changes. */
export type RoomSyncEvent = {
  changes: Array<Message>;
  done: boolean;
  roomId: RoomId;
  through: number;
  type: "ROOM_SYNC";
};

/** The room changed. Contains its current state, unless it was deleted. Has a `rev` after a rename. */
export type RoomUpdatedEvent = {
  message?: Message;
  rev?: number;
  room?: Room;
  roomId: RoomId;
  type: "ROOM_UPDATED";
};

/** Sends a message. */
export type SendMessageCommand = {
  /** The attached files. */
  attachments?: Array<AttachmentInput>;
  /** The sender's id for the message. Another send with the same id stores nothing. */
  clientMessageId: ClientMessageId;
  /** The time at which the message expires. */
  expiresAt?: Timestamp | null;
  /** The mentioned users. */
  mentions?: Array<UserId>;
  /** The app's data. */
  metadata?: Record<string, unknown>;
  /** A reference that the reply repeats. */
  ref?: string | null;
  /** The message that this one replies to. */
  replyTo?: MessageId | null;
  /** The room. */
  roomId: RoomId;
  /** The text. May be empty only if there are attachments. */
  text?: string;
  /** The root message of the thread. */
  threadId?: MessageId | null;
  type: "SEND_MESSAGE";
};

/** The event that a system message records. */
export type SystemEvent = {
  event: "member_joined";
  /** The member's role. */
  role: Role;
  /** The new member. */
  userId: UserId;
} | {
  event: "member_updated";
  /** The new role. */
  role: Role;
  /** The member. */
  userId: UserId;
} | {
  event: "member_left";
  /** `left`, `removed` or `banned`. */
  reason: string;
  /** The former member. */
  userId: UserId;
} | {
  event: "room_renamed";
  /** The new name; absent if the name was removed. */
  name?: string;
} | {
  event: "notice";
};

/** A summary of a thread. Deleted and expired replies do not count. */
export type ThreadSummary = {
  /** The creation time of the newest reply. */
  lastReplyAt: Timestamp;
  /** The newest reply. */
  lastReplyId: MessageId;
  /** The `seq` of the newest reply. */
  lastReplySeq: number;
  /** The number of replies. */
  replyCount: number;
};

/** A point in time, in whole milliseconds since 1970-01-01 UTC. */
export type Timestamp = string;

/** The token expires soon. */
export type TokenExpiringEvent = {
  expiresAt: Timestamp;
  type: "TOKEN_EXPIRING";
};

/** Starts or stops the user's typing notification. */
export type TypingCommand = {
  /** A reference that the reply repeats. */
  ref?: string | null;
  /** The room. */
  roomId: RoomId;
  type: "TYPING";
  /** `true` if the user is typing. */
  typing: boolean;
};

/** A user started or stopped typing. */
export type TypingEvent = {
  expiresInMs: number;
  roomId: RoomId;
  type: "TYPING";
  typing: boolean;
  userId: UserId;
};

/** The app's id of a user. */
export type UserId = string;

/** A user went offline. */
export type UserOfflineEvent = {
  lastSeenAt?: Timestamp;
  type: "USER_OFFLINE";
  userId: UserId;
};

/** A user went online. */
export type UserOnlineEvent = {
  type: "USER_ONLINE";
  userId: UserId;
};
