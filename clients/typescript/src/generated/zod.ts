// Made by `cargo xtask codegen` from the types of the engine. Do not edit.

// Must come first: it says how schemas are made.
import "../zod/config.js";
import { z } from "zod";
import { depthOf, jsonBytes, points, utf8Bytes } from "../zod/measures.js";

export const AckEvent = z.object({
  ref: z.exactOptional(z.string()),
  rev: z.exactOptional(z.int().min(0).max(9007199254740991)),
  type: z.literal("ACK"),
});

export const Attachment = z.object({
  mimeType: z.string().regex(new RegExp("^[!-.0-~]+/[!-~]+$", "u")).refine(points(0, 127)),
  name: z.exactOptional(z.string().regex(new RegExp("^[^\\u0000-\\u001f\\u007f-\\u009f]*$", "u")).refine(points(0, 255)).refine((value) => utf8Bytes(value) <= 255)),
  size: z.exactOptional(z.int().min(0).max(9007199254740991)),
  url: z.string().regex(new RegExp("^[hH][tT][tT][pP][sS]?://", "u")),
});

export const AttachmentInput = z.strictObject({
  mimeType: z.string().regex(new RegExp("^[!-.0-~]+/[!-~]+$", "u")).refine(points(0, 127)),
  name: z.exactOptional(z.nullable(z.string().regex(new RegExp("^(?:[\\u0020\\u00a0\\u1680\\u2000-\\u200a\\u202f\\u205f\\u2800\\u3000]|[^\\u0000-\\u001f\\u007f-\\u009f\\u2028\\u2029\\u0020\\u00a0\\u1680\\u2000-\\u200a\\u202f\\u205f\\u2800\\u3000\\u00ad\\u034f\\u0600-\\u0605\\u061c\\u06dd\\u070f\\u0890-\\u0891\\u08e2\\u115f-\\u1160\\u17b4-\\u17b5\\u180b-\\u180f\\u200b-\\u200f\\u202a-\\u202e\\u2060-\\u206f\\u3164\\ufe00-\\ufe0f\\ufeff\\uffa0\\ufff0-\\ufffb\ud804\udcbd\ud804\udccd\ud80d\udc30-\ud80d\udc3f\ud82f\udca0-\ud82f\udca3\ud834\udd73-\ud834\udd7a\udb40\udc00-\udb43\udfff][\\u180b-\\u180d\\u180f\\ufe00-\\ufe0f\udb40\udd00-\udb40\uddef]*(?:[\\u200c-\\u200d][^\\u0000-\\u001f\\u007f-\\u009f\\u2028\\u2029\\u0020\\u00a0\\u1680\\u2000-\\u200a\\u202f\\u205f\\u2800\\u3000\\u00ad\\u034f\\u0600-\\u0605\\u061c\\u06dd\\u070f\\u0890-\\u0891\\u08e2\\u115f-\\u1160\\u17b4-\\u17b5\\u180b-\\u180f\\u200b-\\u200f\\u202a-\\u202e\\u2060-\\u206f\\u3164\\ufe00-\\ufe0f\\ufeff\\uffa0\\ufff0-\\ufffb\ud804\udcbd\ud804\udccd\ud80d\udc30-\ud80d\udc3f\ud82f\udca0-\ud82f\udca3\ud834\udd73-\ud834\udd7a\udb40\udc00-\udb43\udfff][\\u180b-\\u180d\\u180f\\ufe00-\\ufe0f\udb40\udd00-\udb40\uddef]*)*)*$", "u")).refine(points(0, 255)).refine((value) => utf8Bytes(value) <= 255))),
  size: z.exactOptional(z.nullable(z.int().min(0).max(9007199254740991))),
  url: z.string().regex(new RegExp("^[hH][tT][tT][pP][sS]?://[^/?#@]+(?:[/?#]|$)", "u")).refine(points(0, 2048)).refine((value) => utf8Bytes(value) <= 2048),
});

export const ClientMessageId = z.string().regex(new RegExp("^[^\\u0000-\\u0020\\u007f-\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000\\u00ad\\u034f\\u0600-\\u0605\\u061c\\u06dd\\u070f\\u0890-\\u0891\\u08e2\\u115f-\\u1160\\u17b4-\\u17b5\\u180b-\\u180f\\u200b-\\u200f\\u202a-\\u202e\\u2060-\\u206f\\u3164\\ufe00-\\ufe0f\\ufeff\\uffa0\\ufff0-\\ufffb\ud804\udcbd\ud804\udccd\ud80d\udc30-\ud80d\udc3f\ud82f\udca0-\ud82f\udca3\ud834\udd73-\ud834\udd7a\udb40\udc00-\udb43\udfff]+$", "u")).refine(points(1, 128));

export const ConnectionId = z.string().regex(new RegExp("^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$", "u"));

export const Epoch = z.string().regex(new RegExp("^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$", "u"));

export const ErrorCode = z.enum(["INVALID_COMMAND", "UNAUTHENTICATED", "TOKEN_EXPIRED", "FORBIDDEN", "NOT_A_MEMBER", "NOT_JOINED", "ROOM_NOT_FOUND", "MESSAGE_NOT_FOUND", "MEMBER_NOT_FOUND", "TOO_LARGE", "RATE_LIMITED", "REJECTED", "CONFLICT", "UNAVAILABLE", "INTERNAL"]);

export const GoingAwayEvent = z.object({
  reconnectAfterMs: z.int().min(0).max(9007199254740991),
  type: z.literal("GOING_AWAY"),
});

export const HelloLimits = z.object({
  maxFrameBytes: z.int().min(0).max(9007199254740991),
  maxRoomsPerConnection: z.int().min(0).max(9007199254740991),
  maxTextChars: z.int().min(0).max(9007199254740991),
});

export const MessageId = z.string().regex(new RegExp("^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$", "u"));

export const MessageKind = z.enum(["user", "system"]);

export const NodeId = z.string().regex(new RegExp("^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$", "u"));

export const PingCommand = z.strictObject({
  ref: z.exactOptional(z.nullable(z.string().refine(points(0, 64)).refine((value) => utf8Bytes(value) <= 64))),
  type: z.literal("PING"),
});

export const PongEvent = z.object({
  ref: z.exactOptional(z.string()),
  type: z.literal("PONG"),
});

export const RefreshTokenCommand = z.strictObject({
  ref: z.exactOptional(z.nullable(z.string().refine(points(0, 64)).refine((value) => utf8Bytes(value) <= 64))),
  token: z.string(),
  type: z.literal("REFRESH_TOKEN"),
});

export const Role = z.enum(["guest", "member", "moderator", "admin", "owner"]);

export const RoomId = z.string().regex(new RegExp("^[^\\u0000-\\u0020\\u007f-\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000\\u00ad\\u034f\\u0600-\\u0605\\u061c\\u06dd\\u070f\\u0890-\\u0891\\u08e2\\u115f-\\u1160\\u17b4-\\u17b5\\u180b-\\u180f\\u200b-\\u200f\\u202a-\\u202e\\u2060-\\u206f\\u3164\\ufe00-\\ufe0f\\ufeff\\uffa0\\ufff0-\\ufffb\ud804\udcbd\ud804\udccd\ud80d\udc30-\ud80d\udc3f\ud82f\udca0-\ud82f\udca3\ud834\udd73-\ud834\udd7a\udb40\udc00-\udb43\udfff]+$", "u")).refine(points(1, 128));

export const RoomKind = z.enum(["direct", "group", "public"]);

export const Timestamp = z.iso.datetime({ offset: true });

export const UserId = z.string().regex(new RegExp("^[^\\u0000-\\u0020\\u007f-\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000\\u00ad\\u034f\\u0600-\\u0605\\u061c\\u06dd\\u070f\\u0890-\\u0891\\u08e2\\u115f-\\u1160\\u17b4-\\u17b5\\u180b-\\u180f\\u200b-\\u200f\\u202a-\\u202e\\u2060-\\u206f\\u3164\\ufe00-\\ufe0f\\ufeff\\uffa0\\ufff0-\\ufffb\ud804\udcbd\ud804\udccd\ud80d\udc30-\ud80d\udc3f\ud82f\udca0-\ud82f\udca3\ud834\udd73-\ud834\udd7a\udb40\udc00-\udb43\udfff]+$", "u")).refine(points(1, 128));

export const AddReactionCommand = z.strictObject({
  emoji: z.string().regex(new RegExp("^[^\\u0000-\\u0020\\u007f-\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]+$", "u")).refine(points(1, 64)).refine((value) => utf8Bytes(value) <= 64),
  messageId: MessageId,
  ref: z.exactOptional(z.nullable(z.string().refine(points(0, 64)).refine((value) => utf8Bytes(value) <= 64))),
  roomId: RoomId,
  type: z.literal("ADD_REACTION"),
});

export const DeleteMessageCommand = z.strictObject({
  forMe: z.exactOptional(z.boolean()),
  messageId: MessageId,
  ref: z.exactOptional(z.nullable(z.string().refine(points(0, 64)).refine((value) => utf8Bytes(value) <= 64))),
  roomId: RoomId,
  type: z.literal("DELETE_MESSAGE"),
});

export const EditMessageCommand = z.strictObject({
  messageId: MessageId,
  ref: z.exactOptional(z.nullable(z.string().refine(points(0, 64)).refine((value) => utf8Bytes(value) <= 64))),
  roomId: RoomId,
  text: z.string().regex(new RegExp("^[^\\u0000]*$", "u")).refine(points(1, 4000)),
  type: z.literal("EDIT_MESSAGE"),
});

export const ErrorEvent = z.object({
  code: ErrorCode,
  message: z.string(),
  ref: z.exactOptional(z.string()),
  retryAfterMs: z.exactOptional(z.int().min(0).max(9007199254740991)),
  type: z.literal("ERROR"),
});

export const HelloEvent = z.object({
  connectionId: ConnectionId,
  heartbeatMs: z.int().min(0).max(9007199254740991),
  limits: HelloLimits,
  nodeId: NodeId,
  tokenExpiresAt: z.exactOptional(Timestamp),
  type: z.literal("HELLO"),
  userId: UserId,
});

export const JoinRoomCommand = z.strictObject({
  after: z.exactOptional(z.nullable(z.int().min(0).max(9007199254740991))),
  epoch: z.exactOptional(z.nullable(Epoch)),
  history: z.exactOptional(z.nullable(z.int().min(0).max(100))),
  ref: z.exactOptional(z.nullable(z.string().refine(points(0, 64)).refine((value) => utf8Bytes(value) <= 64))),
  roomId: RoomId,
  type: z.literal("JOIN_ROOM"),
});

export const LeaveRoomCommand = z.strictObject({
  ref: z.exactOptional(z.nullable(z.string().refine(points(0, 64)).refine((value) => utf8Bytes(value) <= 64))),
  roomId: RoomId,
  type: z.literal("LEAVE_ROOM"),
});

export const MarkReadCommand = z.strictObject({
  ref: z.exactOptional(z.nullable(z.string().refine(points(0, 64)).refine((value) => utf8Bytes(value) <= 64))),
  roomId: RoomId,
  seq: z.int().min(0).max(9007199254740991),
  threadId: z.exactOptional(z.nullable(MessageId)),
  type: z.literal("MARK_READ"),
});

export const MessageAckEvent = z.object({
  clientMessageId: z.exactOptional(ClientMessageId),
  createdAt: Timestamp,
  duplicate: z.boolean(),
  messageId: MessageId,
  ref: z.exactOptional(z.string()),
  rev: z.int().min(0).max(9007199254740991),
  roomId: RoomId,
  seq: z.int().min(0).max(9007199254740991),
  type: z.literal("MESSAGE_ACK"),
});

export const MessageDeletedEvent = z.object({
  deletedAt: Timestamp,
  messageId: MessageId,
  rev: z.int().min(0).max(9007199254740991),
  roomId: RoomId,
  seq: z.int().min(0).max(9007199254740991),
  threadId: z.exactOptional(MessageId),
  type: z.literal("MESSAGE_DELETED"),
});

export const MessageHiddenEvent = z.object({
  messageId: z.exactOptional(MessageId),
  rev: z.exactOptional(z.int().min(0).max(9007199254740991)),
  roomId: RoomId,
  seq: z.exactOptional(z.int().min(0).max(9007199254740991)),
  type: z.literal("MESSAGE_HIDDEN"),
});

export const OccupancyEvent = z.object({
  members: z.int().min(0).max(9007199254740991),
  online: z.int().min(0).max(9007199254740991),
  roomId: RoomId,
  type: z.literal("OCCUPANCY"),
});

export const ReadReceiptEvent = z.object({
  roomId: RoomId,
  seq: z.int().min(0).max(9007199254740991),
  type: z.literal("READ_RECEIPT"),
  userId: UserId,
});

export const RemoveReactionCommand = z.strictObject({
  emoji: z.string().regex(new RegExp("^[^\\u0000-\\u0020\\u007f-\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]+$", "u")).refine(points(1, 64)).refine((value) => utf8Bytes(value) <= 64),
  messageId: MessageId,
  ref: z.exactOptional(z.nullable(z.string().refine(points(0, 64)).refine((value) => utf8Bytes(value) <= 64))),
  roomId: RoomId,
  type: z.literal("REMOVE_REACTION"),
});

export const Room = z.object({
  announceMembership: z.boolean(),
  createdAt: Timestamp,
  epoch: Epoch,
  id: RoomId,
  joinOnDemand: z.boolean(),
  kind: RoomKind,
  memberCount: z.int().min(0).max(9007199254740991),
  metadata: z.record(z.string(), z.unknown()),
  name: z.exactOptional(z.string()),
  ownerId: z.exactOptional(UserId),
  retentionMessages: z.exactOptional(z.int().min(0).max(9007199254740991)),
  retentionSeconds: z.exactOptional(z.int().min(0).max(9007199254740991)),
  slowModeSeconds: z.exactOptional(z.int().min(0).max(4294967295)),
});

export const RoomActivityEvent = z.object({
  head: z.int().min(0).max(9007199254740991),
  roomId: RoomId,
  type: z.literal("ROOM_ACTIVITY"),
  unread: z.int().min(0).max(9007199254740991),
});

export const RoomLeftEvent = z.object({
  ref: z.exactOptional(z.string()),
  roomId: RoomId,
  type: z.literal("ROOM_LEFT"),
});

export const RoomRemovedEvent = z.object({
  reason: z.string(),
  roomId: RoomId,
  type: z.literal("ROOM_REMOVED"),
});

export const SendMessageCommand = z.strictObject({
  attachments: z.exactOptional(z.array(AttachmentInput).max(10)),
  clientMessageId: ClientMessageId,
  expiresAt: z.exactOptional(z.nullable(Timestamp)),
  mentions: z.exactOptional(z.array(UserId).max(50)),
  metadata: z.exactOptional(z.record(z.string(), z.unknown()).refine((value) => jsonBytes(value) <= 4096).refine((value) => depthOf(value) <= 8)),
  ref: z.exactOptional(z.nullable(z.string().refine(points(0, 64)).refine((value) => utf8Bytes(value) <= 64))),
  replyTo: z.exactOptional(z.nullable(MessageId)),
  roomId: RoomId,
  text: z.exactOptional(z.string().regex(new RegExp("^[^\\u0000]*$", "u")).refine(points(0, 4000))),
  threadId: z.exactOptional(z.nullable(MessageId)),
  type: z.literal("SEND_MESSAGE"),
});

export const SystemEvent = z.discriminatedUnion("event", [
  z.object({
    event: z.literal("member_joined"),
    role: Role,
    userId: UserId,
  }),
  z.object({
    event: z.literal("member_updated"),
    role: Role,
    userId: UserId,
  }),
  z.object({
    event: z.literal("member_left"),
    reason: z.string(),
    userId: UserId,
  }),
  z.object({
    event: z.literal("room_renamed"),
    name: z.exactOptional(z.string()),
  }),
  z.object({
    event: z.literal("notice"),
  }),
]);

export const ThreadSummary = z.object({
  lastReplyAt: Timestamp,
  lastReplyId: MessageId,
  lastReplySeq: z.int().min(0).max(9007199254740991),
  replyCount: z.int().min(0).max(9007199254740991),
});

export const TokenExpiringEvent = z.object({
  expiresAt: Timestamp,
  type: z.literal("TOKEN_EXPIRING"),
});

export const TypingCommand = z.strictObject({
  ref: z.exactOptional(z.nullable(z.string().refine(points(0, 64)).refine((value) => utf8Bytes(value) <= 64))),
  roomId: RoomId,
  type: z.literal("TYPING"),
  typing: z.boolean(),
});

export const TypingEvent = z.object({
  expiresInMs: z.int().min(0).max(9007199254740991),
  roomId: RoomId,
  type: z.literal("TYPING"),
  typing: z.boolean(),
  userId: UserId,
});

export const UserOfflineEvent = z.object({
  lastSeenAt: z.exactOptional(Timestamp),
  type: z.literal("USER_OFFLINE"),
  userId: UserId,
});

export const UserOnlineEvent = z.object({
  type: z.literal("USER_ONLINE"),
  userId: UserId,
});

export const Command = z.discriminatedUnion("type", [
  JoinRoomCommand,
  LeaveRoomCommand,
  SendMessageCommand,
  EditMessageCommand,
  DeleteMessageCommand,
  AddReactionCommand,
  RemoveReactionCommand,
  MarkReadCommand,
  TypingCommand,
  RefreshTokenCommand,
  PingCommand,
]);

export const Message = z.object({
  attachments: z.exactOptional(z.array(Attachment)),
  clientMessageId: z.exactOptional(ClientMessageId),
  createdAt: Timestamp,
  deletedAt: z.exactOptional(Timestamp),
  deletedBy: z.exactOptional(UserId),
  editedAt: z.exactOptional(Timestamp),
  editedBy: z.exactOptional(UserId),
  expiresAt: z.exactOptional(Timestamp),
  id: MessageId,
  kind: MessageKind,
  mentions: z.exactOptional(z.array(UserId)),
  metadata: z.exactOptional(z.record(z.string(), z.unknown())),
  pinnedAt: z.exactOptional(Timestamp),
  pinnedBy: z.exactOptional(UserId),
  reactionCounts: z.exactOptional(z.record(z.string(), z.int().min(0).max(9007199254740991))),
  reactions: z.exactOptional(z.record(z.string(), z.array(UserId))),
  replyTo: z.exactOptional(MessageId),
  rev: z.int().min(0).max(9007199254740991),
  roomId: RoomId,
  senderId: z.exactOptional(UserId),
  seq: z.int().min(0).max(9007199254740991),
  system: z.exactOptional(SystemEvent),
  text: z.string(),
  thread: z.exactOptional(ThreadSummary),
  threadId: z.exactOptional(MessageId),
});

export const RoomAddedEvent = z.object({
  room: Room,
  type: z.literal("ROOM_ADDED"),
});

export const MemberJoinedEvent = z.object({
  message: z.exactOptional(Message),
  rev: z.exactOptional(z.int().min(0).max(9007199254740991)),
  role: Role,
  roomId: RoomId,
  type: z.literal("MEMBER_JOINED"),
  userId: UserId,
});

export const MemberLeftEvent = z.object({
  message: z.exactOptional(Message),
  reason: z.string(),
  rev: z.exactOptional(z.int().min(0).max(9007199254740991)),
  roomId: RoomId,
  type: z.literal("MEMBER_LEFT"),
  userId: UserId,
});

export const MemberUpdatedEvent = z.object({
  message: z.exactOptional(Message),
  rev: z.exactOptional(z.int().min(0).max(9007199254740991)),
  role: Role,
  roomId: RoomId,
  type: z.literal("MEMBER_UPDATED"),
  userId: UserId,
});

export const MessageCreatedEvent = z.object({
  message: Message,
  rev: z.int().min(0).max(9007199254740991),
  roomId: RoomId,
  type: z.literal("MESSAGE_CREATED"),
});

export const MessageUpdatedEvent = z.object({
  message: Message,
  rev: z.int().min(0).max(9007199254740991),
  roomId: RoomId,
  type: z.literal("MESSAGE_UPDATED"),
});

export const RoomJoinedEvent = z.object({
  epoch: Epoch,
  head: z.int().min(0).max(9007199254740991),
  messages: z.exactOptional(z.array(Message)),
  readSeq: z.int().min(0).max(9007199254740991),
  recovered: z.boolean(),
  ref: z.exactOptional(z.string()),
  role: Role,
  roomId: RoomId,
  type: z.literal("ROOM_JOINED"),
});

export const RoomSyncEvent = z.object({
  changes: z.array(Message),
  done: z.boolean(),
  roomId: RoomId,
  through: z.int().min(0).max(9007199254740991),
  type: z.literal("ROOM_SYNC"),
});

export const RoomUpdatedEvent = z.object({
  message: z.exactOptional(Message),
  rev: z.exactOptional(z.int().min(0).max(9007199254740991)),
  room: z.exactOptional(Room),
  roomId: RoomId,
  type: z.literal("ROOM_UPDATED"),
});

export const Event = z.discriminatedUnion("type", [
  HelloEvent,
  RoomJoinedEvent,
  RoomSyncEvent,
  RoomLeftEvent,
  MessageAckEvent,
  AckEvent,
  PongEvent,
  ErrorEvent,
  MessageCreatedEvent,
  MessageUpdatedEvent,
  MessageDeletedEvent,
  MessageHiddenEvent,
  MemberJoinedEvent,
  MemberUpdatedEvent,
  MemberLeftEvent,
  RoomUpdatedEvent,
  RoomActivityEvent,
  RoomAddedEvent,
  RoomRemovedEvent,
  TypingEvent,
  ReadReceiptEvent,
  OccupancyEvent,
  UserOnlineEvent,
  UserOfflineEvent,
  TokenExpiringEvent,
  GoingAwayEvent,
]);
