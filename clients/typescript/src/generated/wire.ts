// Made by `cargo xtask codegen` from the types of the engine. Do not edit.

/** The answer to other commands. */
export type AckEvent = {
  ref?: string;
  rev?: number;
  type: "ACK";
};

/** React to a message. */
export type AddReactionCommand = {
  /** With what. */
  emoji: string;
  /** Which message. */
  messageId: MessageId;
  /** What the answer is to repeat. */
  ref?: string | null;
  /** Which room. */
  roomId: RoomId;
  type: "ADD_REACTION";
};

/** A reference to a file; the engine stores no files. */
export type Attachment = {
  /** Its media type, such as `image/png`. */
  mimeType: string;
  /** Its name, for people. */
  name?: string;
  /** Its size in bytes. */
  size?: number;
  /** Where it is: `https` or `http`. */
  url: string;
};

/** A reference to a file; the engine stores no files. */
export type AttachmentInput = {
  /** Its media type, such as `image/png`. */
  mimeType: string;
  /** Its name, for people. */
  name?: string | null;
  /** Its size in bytes. */
  size?: number | null;
  /** Where it is: `https` or `http`. */
  url: string;
};

/** The sender's own name for a message: a second send with the same one stores nothing. */
export type ClientMessageId = string;

/** What a client sends. */
export type Command = JoinRoomCommand | LeaveRoomCommand | SendMessageCommand | EditMessageCommand | DeleteMessageCommand | AddReactionCommand | RemoveReactionCommand | MarkReadCommand | TypingCommand | RefreshTokenCommand | PingCommand;

/** One socket of one user. */
export type ConnectionId = string;

/** Turn a message into a tombstone. */
export type DeleteMessageCommand = {
  /** Whether only the own devices are to forget it. */
  forMe?: boolean;
  /** Which message. */
  messageId: MessageId;
  /** What the answer is to repeat. */
  ref?: string | null;
  /** Which room. */
  roomId: RoomId;
  type: "DELETE_MESSAGE";
};

/** Change the text of a message. */
export type EditMessageCommand = {
  /** Which message. */
  messageId: MessageId;
  /** What the answer is to repeat. */
  ref?: string | null;
  /** Which room. */
  roomId: RoomId;
  /** The new text. */
  text: string;
  type: "EDIT_MESSAGE";
};

/** The identity of a room's log, given when the log is created. A client that resumes with another epoch than the log's cannot be caught up: the log is not the one it knew (a restored backup, a restarted memory store). */
export type Epoch = string;

/** The code of an `ERROR` event and of a REST problem. */
export type ErrorCode = "INVALID_COMMAND" | "UNAUTHENTICATED" | "TOKEN_EXPIRED" | "FORBIDDEN" | "NOT_A_MEMBER" | "NOT_JOINED" | "ROOM_NOT_FOUND" | "MESSAGE_NOT_FOUND" | "MEMBER_NOT_FOUND" | "TOO_LARGE" | "RATE_LIMITED" | "REJECTED" | "CONFLICT" | "UNAVAILABLE" | "INTERNAL";

/** A command failed, or something else that the client should know. */
export type ErrorEvent = {
  code: ErrorCode;
  message: string;
  ref?: string;
  retryAfterMs?: number;
  type: "ERROR";
};

/** What a client gets. */
export type Event = HelloEvent | RoomJoinedEvent | RoomSyncEvent | RoomLeftEvent | MessageAckEvent | AckEvent | PongEvent | ErrorEvent | MessageCreatedEvent | MessageUpdatedEvent | MessageDeletedEvent | MessageHiddenEvent | MemberJoinedEvent | MemberUpdatedEvent | MemberLeftEvent | RoomUpdatedEvent | RoomActivityEvent | RoomAddedEvent | RoomRemovedEvent | TypingEvent | ReadReceiptEvent | OccupancyEvent | UserOnlineEvent | UserOfflineEvent | TokenExpiringEvent | GoingAwayEvent;

/** The server will close the connection with 1012. */
export type GoingAwayEvent = {
  reconnectAfterMs: number;
  type: "GOING_AWAY";
};

/** The first frame. */
export type HelloEvent = {
  connectionId: ConnectionId;
  heartbeatMs: number;
  limits: HelloLimits;
  nodeId: NodeId;
  tokenExpiresAt?: Timestamp;
  type: "HELLO";
  userId: UserId;
};

/** The limits a client should know. */
export type HelloLimits = {
  maxFrameBytes: number;
  maxRoomsPerConnection: number;
  maxTextChars: number;
};

/** Hear a room, fresh or from a position on. */
export type JoinRoomCommand = {
  /** Everything up to this position is there already. */
  after?: number | null;
  /** The epoch in which `after` was seen. */
  epoch?: Epoch | null;
  /** How many of the newest messages to get; default 50, at most 100. Not with `after`. */
  history?: number | null;
  /** What the answer is to repeat. */
  ref?: string | null;
  /** Which room. */
  roomId: RoomId;
  type: "JOIN_ROOM";
};

/** Cease to hear a room. */
export type LeaveRoomCommand = {
  /** What the answer is to repeat. */
  ref?: string | null;
  /** Which room. */
  roomId: RoomId;
  type: "LEAVE_ROOM";
};

/** Move the own read marker forward. */
export type MarkReadCommand = {
  /** What the answer is to repeat. */
  ref?: string | null;
  /** Which room. */
  roomId: RoomId;
  /** The `seq` of the last message read. */
  seq: number;
  /** The root of the thread that was read; else the room was. */
  threadId?: MessageId | null;
  type: "MARK_READ";
};

/** Someone became a member. With a `rev` where the room announces it. */
export type MemberJoinedEvent = {
  message?: Message;
  rev?: number;
  role: Role;
  roomId: RoomId;
  type: "MEMBER_JOINED";
  userId: UserId;
};

/** A member is one no longer. */
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

/** A message in its latest state, as stored and as on the wire. Absent means null. */
export type Message = {
  /** The files it refers to. */
  attachments?: Array<Attachment>;
  /** The sender's own name for it. */
  clientMessageId?: ClientMessageId;
  /** When it was accepted. Never decreases along the positions of a room. */
  createdAt: Timestamp;
  /** When it was deleted: then it is a tombstone without text, attachments and reactions. */
  deletedAt?: Timestamp;
  /** Who deleted it; absent where the app did. */
  deletedBy?: UserId;
  /** When its text was last edited. */
  editedAt?: Timestamp;
  /** Who edited it last; absent where the app did. */
  editedBy?: UserId;
  /** When it will be removed from the history. */
  expiresAt?: Timestamp;
  /** Its id. */
  id: MessageId;
  /** Who made it. */
  kind: MessageKind;
  /** The users it names. */
  mentions?: Array<UserId>;
  /** What the app keeps with it. */
  metadata?: Record<string, unknown>;
  /** When it was pinned. */
  pinnedAt?: Timestamp;
  /** Who pinned it; absent where the app did. */
  pinnedBy?: UserId;
  /** The number of users of each emoji that has more of them than `reactions` lists. */
  reactionCounts?: Record<string, number>;
  /** The first 20 users of each emoji, in the order of their reactions. */
  reactions?: Record<string, Array<UserId>>;
  /** The message it answers. */
  replyTo?: MessageId;
  /** The position of its latest change; equals `seq` until there is one. */
  rev: number;
  /** Its room. */
  roomId: RoomId;
  /** The user who sent it; absent where the engine or the app did. */
  senderId?: UserId;
  /** The position at which it was created: its place in the history. Never changes. */
  seq: number;
  /** What a system message stands for. */
  system?: SystemEvent;
  /** What it says; empty in a tombstone. */
  text: string;
  /** What was answered in its thread, where it is the root of one and a page of history was read. It is counted by the reader and never stored. */
  thread?: ThreadSummary;
  /** The root of the thread it is in. */
  threadId?: MessageId;
};

/** The answer to `SEND_MESSAGE`: the message is durable. */
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
  /** The root of the thread it was in, whose replies are one less. */
  threadId?: MessageId;
  type: "MESSAGE_DELETED";
};

/** A message is not for this user: they hid it, or what its position holds they are not to see. With a `rev` in place of the event that others get, else when the user hides a message. */
export type MessageHiddenEvent = {
  messageId?: MessageId;
  rev?: number;
  roomId: RoomId;
  seq?: number;
  type: "MESSAGE_HIDDEN";
};

/** A message: a UUIDv7, given by the node that accepted it. */
export type MessageId = string;

/** Who made a message. */
export type MessageKind = "user" | "system";

/** A message in its new state. */
export type MessageUpdatedEvent = {
  message: Message;
  rev: number;
  roomId: RoomId;
  type: "MESSAGE_UPDATED";
};

/** A running engine. */
export type NodeId = string;

/** How many are in a large room, in place of who comes and goes. */
export type OccupancyEvent = {
  members: number;
  online: number;
  roomId: RoomId;
  type: "OCCUPANCY";
};

/** Ask for a `PONG`. */
export type PingCommand = {
  /** What the answer is to repeat. */
  ref?: string | null;
  type: "PING";
};

/** The answer to `PING`. */
export type PongEvent = {
  ref?: string;
  type: "PONG";
};

/** Someone read up to a message. */
export type ReadReceiptEvent = {
  roomId: RoomId;
  seq: number;
  type: "READ_RECEIPT";
  userId: UserId;
};

/** Bring a new token before the old one runs out. */
export type RefreshTokenCommand = {
  /** What the answer is to repeat. */
  ref?: string | null;
  /** The new token. */
  token: string;
  type: "REFRESH_TOKEN";
};

/** Take a reaction back. */
export type RemoveReactionCommand = {
  /** With what. */
  emoji: string;
  /** Which message. */
  messageId: MessageId;
  /** What the answer is to repeat. */
  ref?: string | null;
  /** Which room. */
  roomId: RoomId;
  type: "REMOVE_REACTION";
};

/** What a member is in a room, from least to most. */
export type Role = "guest" | "member" | "moderator" | "admin" | "owner";

/** A room as on the wire: with the epoch of its log. */
export type Room = {
  /** Whether joins and leaves are announced in the log (`kind: "system"`). Default: on for direct and group rooms, off for public ones. */
  announceMembership: boolean;
  /** When it was created. */
  createdAt: Timestamp;
  /** The epoch of its log. */
  epoch: Epoch;
  /** Its id. */
  id: RoomId;
  /** Whether `JOIN_ROOM` makes a non-member of a public room a member. Default: on. */
  joinOnDemand: boolean;
  /** Its kind. */
  kind: RoomKind;
  /** How many members it has. */
  memberCount: number;
  /** What the app keeps with it. */
  metadata: Record<string, unknown>;
  /** Its name, for people. */
  name?: string;
  /** Who owns it; absent is the app. */
  ownerId?: UserId;
  /** How many messages are kept, the newest; absent is all. Up to a sixteenth more may be there. */
  retentionMessages?: number;
  /** How long messages are kept, in seconds; absent is for good. */
  retentionSeconds?: number;
  /** The least time between two messages of one member, in seconds; 0 is off. Moderators and whoever stands above them are exempt. */
  slowModeSeconds?: number;
};

/** Something happened in a room that this connection has not joined. */
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

/** A room, as the app names it, or as the engine did when the app gave no name. */
export type RoomId = string;

/** The answer to `JOIN_ROOM`. */
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

/** What kind of room it is. */
export type RoomKind = "direct" | "group" | "public";

/** The answer to `LEAVE_ROOM`. */
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

/** What was missed, in batches. */
export type RoomSyncEvent = {
  changes: Array<Message>;
  done: boolean;
  roomId: RoomId;
  through: number;
  type: "ROOM_SYNC";
};

/** The room changed; it is given as it is now, unless it is gone. With a `rev` where it was renamed. */
export type RoomUpdatedEvent = {
  message?: Message;
  rev?: number;
  room?: Room;
  roomId: RoomId;
  type: "ROOM_UPDATED";
};

/** Send a message. */
export type SendMessageCommand = {
  /** The files it refers to. */
  attachments?: Array<AttachmentInput>;
  /** The sender's own name for it. */
  clientMessageId: ClientMessageId;
  /** When it is to be removed from the history. */
  expiresAt?: Timestamp | null;
  /** The users it names. */
  mentions?: Array<UserId>;
  /** What the app keeps with it. */
  metadata?: Record<string, unknown>;
  /** What the answer is to repeat. */
  ref?: string | null;
  /** The message it answers. */
  replyTo?: MessageId | null;
  /** Where to. */
  roomId: RoomId;
  /** What it says. */
  text?: string;
  /** The root of the thread it is in. */
  threadId?: MessageId | null;
  type: "SEND_MESSAGE";
};

/** What a system message stands for. */
export type SystemEvent = {
  event: "member_joined";
  /** As what. */
  role: Role;
  /** Who. */
  userId: UserId;
} | {
  event: "member_updated";
  /** To what. */
  role: Role;
  /** Whose. */
  userId: UserId;
} | {
  event: "member_left";
  /** `left`, `removed` or `banned`. */
  reason: string;
  /** Who. */
  userId: UserId;
} | {
  event: "room_renamed";
  /** Its new name. */
  name?: string;
} | {
  event: "notice";
};

/** What was answered in a thread. Replies that were deleted or have expired do not count. */
export type ThreadSummary = {
  /** When the newest reply was sent. */
  lastReplyAt: Timestamp;
  /** The newest reply. */
  lastReplyId: MessageId;
  /** The `seq` of the newest reply. */
  lastReplySeq: number;
  /** How many replies there are. */
  replyCount: number;
};

/** A point in time, in whole milliseconds since 1970-01-01 UTC. */
export type Timestamp = string;

/** The token runs out soon. */
export type TokenExpiringEvent = {
  expiresAt: Timestamp;
  type: "TOKEN_EXPIRING";
};

/** Say that one is typing, or is no longer. */
export type TypingCommand = {
  /** What the answer is to repeat. */
  ref?: string | null;
  /** Which room. */
  roomId: RoomId;
  type: "TYPING";
  /** Whether one is. */
  typing: boolean;
};

/** Someone is typing, or is no longer. */
export type TypingEvent = {
  expiresInMs: number;
  roomId: RoomId;
  type: "TYPING";
  typing: boolean;
  userId: UserId;
};

/** A user, as the app names them. */
export type UserId = string;

/** A user is offline. */
export type UserOfflineEvent = {
  lastSeenAt?: Timestamp;
  type: "USER_OFFLINE";
  userId: UserId;
};

/** A user is online. */
export type UserOnlineEvent = {
  type: "USER_ONLINE";
  userId: UserId;
};
