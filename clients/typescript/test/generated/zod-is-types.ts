// Made by `cargo xtask codegen` from the types of the engine. Do not edit.

import type { z } from "zod";
import type * as wire from "../../src/generated/wire.js";
import type * as schemas from "../../src/generated/zod.js";

type Same<A, B> =
  (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true : never;

export const SAME: {
  AckEvent: Same<z.infer<typeof schemas.AckEvent>, wire.AckEvent>;
  AddReactionCommand: Same<z.infer<typeof schemas.AddReactionCommand>, wire.AddReactionCommand>;
  Attachment: Same<z.infer<typeof schemas.Attachment>, wire.Attachment>;
  AttachmentInput: Same<z.infer<typeof schemas.AttachmentInput>, wire.AttachmentInput>;
  ClientMessageId: Same<z.infer<typeof schemas.ClientMessageId>, wire.ClientMessageId>;
  Command: Same<z.infer<typeof schemas.Command>, wire.Command>;
  ConnectionId: Same<z.infer<typeof schemas.ConnectionId>, wire.ConnectionId>;
  DeleteMessageCommand: Same<z.infer<typeof schemas.DeleteMessageCommand>, wire.DeleteMessageCommand>;
  EditMessageCommand: Same<z.infer<typeof schemas.EditMessageCommand>, wire.EditMessageCommand>;
  Epoch: Same<z.infer<typeof schemas.Epoch>, wire.Epoch>;
  ErrorCode: Same<z.infer<typeof schemas.ErrorCode>, wire.ErrorCode>;
  ErrorEvent: Same<z.infer<typeof schemas.ErrorEvent>, wire.ErrorEvent>;
  Event: Same<z.infer<typeof schemas.Event>, wire.Event>;
  GoingAwayEvent: Same<z.infer<typeof schemas.GoingAwayEvent>, wire.GoingAwayEvent>;
  HelloEvent: Same<z.infer<typeof schemas.HelloEvent>, wire.HelloEvent>;
  HelloLimits: Same<z.infer<typeof schemas.HelloLimits>, wire.HelloLimits>;
  JoinRoomCommand: Same<z.infer<typeof schemas.JoinRoomCommand>, wire.JoinRoomCommand>;
  LeaveRoomCommand: Same<z.infer<typeof schemas.LeaveRoomCommand>, wire.LeaveRoomCommand>;
  MarkReadCommand: Same<z.infer<typeof schemas.MarkReadCommand>, wire.MarkReadCommand>;
  MemberJoinedEvent: Same<z.infer<typeof schemas.MemberJoinedEvent>, wire.MemberJoinedEvent>;
  MemberLeftEvent: Same<z.infer<typeof schemas.MemberLeftEvent>, wire.MemberLeftEvent>;
  MemberUpdatedEvent: Same<z.infer<typeof schemas.MemberUpdatedEvent>, wire.MemberUpdatedEvent>;
  Message: Same<z.infer<typeof schemas.Message>, wire.Message>;
  MessageAckEvent: Same<z.infer<typeof schemas.MessageAckEvent>, wire.MessageAckEvent>;
  MessageCreatedEvent: Same<z.infer<typeof schemas.MessageCreatedEvent>, wire.MessageCreatedEvent>;
  MessageDeletedEvent: Same<z.infer<typeof schemas.MessageDeletedEvent>, wire.MessageDeletedEvent>;
  MessageHiddenEvent: Same<z.infer<typeof schemas.MessageHiddenEvent>, wire.MessageHiddenEvent>;
  MessageId: Same<z.infer<typeof schemas.MessageId>, wire.MessageId>;
  MessageKind: Same<z.infer<typeof schemas.MessageKind>, wire.MessageKind>;
  MessageUpdatedEvent: Same<z.infer<typeof schemas.MessageUpdatedEvent>, wire.MessageUpdatedEvent>;
  NodeId: Same<z.infer<typeof schemas.NodeId>, wire.NodeId>;
  OccupancyEvent: Same<z.infer<typeof schemas.OccupancyEvent>, wire.OccupancyEvent>;
  PingCommand: Same<z.infer<typeof schemas.PingCommand>, wire.PingCommand>;
  PongEvent: Same<z.infer<typeof schemas.PongEvent>, wire.PongEvent>;
  ReadReceiptEvent: Same<z.infer<typeof schemas.ReadReceiptEvent>, wire.ReadReceiptEvent>;
  RefreshTokenCommand: Same<z.infer<typeof schemas.RefreshTokenCommand>, wire.RefreshTokenCommand>;
  RemoveReactionCommand: Same<z.infer<typeof schemas.RemoveReactionCommand>, wire.RemoveReactionCommand>;
  Role: Same<z.infer<typeof schemas.Role>, wire.Role>;
  Room: Same<z.infer<typeof schemas.Room>, wire.Room>;
  RoomActivityEvent: Same<z.infer<typeof schemas.RoomActivityEvent>, wire.RoomActivityEvent>;
  RoomAddedEvent: Same<z.infer<typeof schemas.RoomAddedEvent>, wire.RoomAddedEvent>;
  RoomId: Same<z.infer<typeof schemas.RoomId>, wire.RoomId>;
  RoomJoinedEvent: Same<z.infer<typeof schemas.RoomJoinedEvent>, wire.RoomJoinedEvent>;
  RoomKind: Same<z.infer<typeof schemas.RoomKind>, wire.RoomKind>;
  RoomLeftEvent: Same<z.infer<typeof schemas.RoomLeftEvent>, wire.RoomLeftEvent>;
  RoomRemovedEvent: Same<z.infer<typeof schemas.RoomRemovedEvent>, wire.RoomRemovedEvent>;
  RoomSyncEvent: Same<z.infer<typeof schemas.RoomSyncEvent>, wire.RoomSyncEvent>;
  RoomUpdatedEvent: Same<z.infer<typeof schemas.RoomUpdatedEvent>, wire.RoomUpdatedEvent>;
  SendMessageCommand: Same<z.infer<typeof schemas.SendMessageCommand>, wire.SendMessageCommand>;
  SystemEvent: Same<z.infer<typeof schemas.SystemEvent>, wire.SystemEvent>;
  ThreadSummary: Same<z.infer<typeof schemas.ThreadSummary>, wire.ThreadSummary>;
  Timestamp: Same<z.infer<typeof schemas.Timestamp>, wire.Timestamp>;
  TokenExpiringEvent: Same<z.infer<typeof schemas.TokenExpiringEvent>, wire.TokenExpiringEvent>;
  TypingCommand: Same<z.infer<typeof schemas.TypingCommand>, wire.TypingCommand>;
  TypingEvent: Same<z.infer<typeof schemas.TypingEvent>, wire.TypingEvent>;
  UserId: Same<z.infer<typeof schemas.UserId>, wire.UserId>;
  UserOfflineEvent: Same<z.infer<typeof schemas.UserOfflineEvent>, wire.UserOfflineEvent>;
  UserOnlineEvent: Same<z.infer<typeof schemas.UserOnlineEvent>, wire.UserOnlineEvent>;
} = {
  AckEvent: true,
  AddReactionCommand: true,
  Attachment: true,
  AttachmentInput: true,
  ClientMessageId: true,
  Command: true,
  ConnectionId: true,
  DeleteMessageCommand: true,
  EditMessageCommand: true,
  Epoch: true,
  ErrorCode: true,
  ErrorEvent: true,
  Event: true,
  GoingAwayEvent: true,
  HelloEvent: true,
  HelloLimits: true,
  JoinRoomCommand: true,
  LeaveRoomCommand: true,
  MarkReadCommand: true,
  MemberJoinedEvent: true,
  MemberLeftEvent: true,
  MemberUpdatedEvent: true,
  Message: true,
  MessageAckEvent: true,
  MessageCreatedEvent: true,
  MessageDeletedEvent: true,
  MessageHiddenEvent: true,
  MessageId: true,
  MessageKind: true,
  MessageUpdatedEvent: true,
  NodeId: true,
  OccupancyEvent: true,
  PingCommand: true,
  PongEvent: true,
  ReadReceiptEvent: true,
  RefreshTokenCommand: true,
  RemoveReactionCommand: true,
  Role: true,
  Room: true,
  RoomActivityEvent: true,
  RoomAddedEvent: true,
  RoomId: true,
  RoomJoinedEvent: true,
  RoomKind: true,
  RoomLeftEvent: true,
  RoomRemovedEvent: true,
  RoomSyncEvent: true,
  RoomUpdatedEvent: true,
  SendMessageCommand: true,
  SystemEvent: true,
  ThreadSummary: true,
  Timestamp: true,
  TokenExpiringEvent: true,
  TypingCommand: true,
  TypingEvent: true,
  UserId: true,
  UserOfflineEvent: true,
  UserOnlineEvent: true,
};
