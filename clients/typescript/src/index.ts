export { ChatClient } from "./client.js";
export { LocalClose } from "./connection-state.js";
export type { CloseReason, ConnectionState, ConnectionStatus } from "./connection-state.js";
export type { Cancel, Clock, SocketLike, WakeSource, WebSocketConstructor } from "./environment.js";
export { ChatError } from "./errors.js";
export type { ChatErrorCode, LocalErrorCode } from "./errors.js";
export type { ClientEvents, ServerEvent, UnknownEvent, Unsubscribe } from "./events.js";
export type * from "./generated/wire.js";
export type { ChatClientOptions, TokenRequest } from "./options.js";
export { Outbox } from "./outbox/outbox.js";
export type { Draft, OutboxItem, OutboxState } from "./outbox/item.js";
export type { OutboxStorage } from "./outbox/storage.js";
export { webStorage } from "./outbox/web-storage.js";
export { RestApi } from "./rest/index.js";
export type {
  HistoryQuery,
  Member,
  NewRoom,
  NotificationLevel,
  PageQuery,
  Presence,
  ReadMarker,
  RestSchemas,
  RoomEntry,
  RoomPatch,
  SearchQuery,
} from "./rest/index.js";
export { Room } from "./room.js";
export type { ChangesEvent, JoinedEvent, LogChange, RoomEvents, RoomState } from "./room-events.js";
