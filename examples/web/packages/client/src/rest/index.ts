import type { components, operations } from "../generated/rest.js";

export type RestSchemas = components["schemas"];
type Query<Op extends keyof operations> = NonNullable<operations[Op]["parameters"]["query"]>;

export type Member = RestSchemas["Member"];
export type RoomEntry = RestSchemas["RoomEntry"];
export type RoomInfo = RestSchemas["Room"];
export type NewRoom = RestSchemas["NewRoom"];
export type RoomPatch = RestSchemas["RoomChange"];
export type Presence = RestSchemas["Presence"];
export type ReadMarker = RestSchemas["ReadMarker"];
export type NotificationLevel = RestSchemas["NotificationLevel"];
export type HistoryQuery = Query<"history">;
export type SearchQuery = Query<"search">;
export type PageQuery = { limit?: number; cursor?: string };

/** The calls of the REST service. Each rejects with a `ChatError`; a `signal` calls it off. */
export interface RestApi {
  rooms(query?: PageQuery, signal?: AbortSignal): Promise<RestSchemas["RoomList"]>;
  createRoom(room: NewRoom, idempotencyKey?: string): Promise<RoomInfo>;
  room(roomId: string, signal?: AbortSignal): Promise<RoomInfo>;
  updateRoom(roomId: string, patch: RoomPatch): Promise<RoomInfo>;
  deleteRoom(roomId: string): Promise<void>;
  joinRoom(roomId: string): Promise<Member>;
  leaveRoom(roomId: string): Promise<void>;

  members(roomId: string, query?: PageQuery, signal?: AbortSignal): Promise<RestSchemas["MemberList"]>;
  putMember(roomId: string, userId: string, role: RestSchemas["Role"]): Promise<Member>;
  removeMember(roomId: string, userId: string): Promise<void>;
  bans(roomId: string, query?: PageQuery, signal?: AbortSignal): Promise<RestSchemas["BanList"]>;
  ban(roomId: string, userId: string, ban?: RestSchemas["PutBan"]): Promise<void>;
  unban(roomId: string, userId: string): Promise<void>;
  mute(roomId: string, userId: string, until: string): Promise<Member>;
  unmute(roomId: string, userId: string): Promise<void>;
  shadowMute(roomId: string, userId: string): Promise<void>;
  shadowUnmute(roomId: string, userId: string): Promise<void>;

  history(roomId: string, query?: HistoryQuery, signal?: AbortSignal): Promise<RestSchemas["History"]>;
  changes(
    roomId: string,
    query: Query<"changes">,
    signal?: AbortSignal,
  ): Promise<RestSchemas["Changes"]>;
  message(roomId: string, messageId: string, signal?: AbortSignal): Promise<RestSchemas["Message"]>;
  send(roomId: string, draft: RestSchemas["Draft"]): Promise<RestSchemas["SentMessage"]>;
  editMessage(roomId: string, messageId: string, text: string): Promise<RestSchemas["Message"]>;
  deleteMessage(roomId: string, messageId: string, options?: { forMe?: boolean }): Promise<void>;
  pin(roomId: string, messageId: string): Promise<RestSchemas["Message"]>;
  unpin(roomId: string, messageId: string): Promise<void>;
  pins(roomId: string, signal?: AbortSignal): Promise<RestSchemas["Pins"]>;
  react(roomId: string, messageId: string, emoji: string): Promise<RestSchemas["Message"]>;
  unreact(roomId: string, messageId: string, emoji: string): Promise<void>;
  thread(
    roomId: string,
    messageId: string,
    query?: HistoryQuery,
    signal?: AbortSignal,
  ): Promise<RestSchemas["Thread"]>;

  markRead(roomId: string, seq: number): Promise<ReadMarker>;
  markThreadRead(roomId: string, messageId: string, seq: number): Promise<RestSchemas["ThreadRead"]>;
  reads(roomId: string, query?: PageQuery, signal?: AbortSignal): Promise<RestSchemas["ReadList"]>;
  readers(roomId: string, messageId: string, signal?: AbortSignal): Promise<RestSchemas["ReaderList"]>;
  unread(signal?: AbortSignal): Promise<RestSchemas["UnreadTotal"]>;
  search(query: SearchQuery, signal?: AbortSignal): Promise<RestSchemas["Found"]>;

  presence(userIds: readonly string[], signal?: AbortSignal): Promise<RestSchemas["PresenceList"]>;
  roomPresence(roomId: string, signal?: AbortSignal): Promise<RestSchemas["RoomPresence"]>;
  visibility(signal?: AbortSignal): Promise<RestSchemas["Visibility"]>;
  setVisibility(invisible: boolean): Promise<RestSchemas["Visibility"]>;
  notifications(roomId: string, signal?: AbortSignal): Promise<RestSchemas["Notifications"]>;
  setNotifications(roomId: string, level: NotificationLevel): Promise<RestSchemas["Notifications"]>;

  blocks(signal?: AbortSignal): Promise<RestSchemas["BlockList"]>;
  block(userId: string): Promise<void>;
  unblock(userId: string): Promise<void>;
  report(roomId: string, messageId: string, reason: string): Promise<RestSchemas["Report"]>;
  reports(
    roomId: string,
    query?: Query<"list_reports">,
    signal?: AbortSignal,
  ): Promise<RestSchemas["ReportList"]>;
  resolveReport(
    roomId: string,
    reportId: string,
    decision: RestSchemas["Decision"],
  ): Promise<RestSchemas["Report"]>;
  audit(roomId: string, query?: PageQuery, signal?: AbortSignal): Promise<RestSchemas["AuditLog"]>;
}
