import type { components, operations } from "../generated/rest.js";
import { type Http, path } from "./http.js";

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
export type ReportsQuery = Query<"list_reports">;
export type SearchQuery = Query<"search">;
export interface PageQuery {
  readonly limit?: number;
  readonly cursor?: string;
}

type Answer<Schema extends keyof RestSchemas> = Promise<RestSchemas[Schema]>;

/** The REST API. Each call rejects with a `ChatError` on failure. A `signal` aborts it. */
export class RestApi {
  /** @internal */
  constructor(private readonly http: Http) {}

  rooms(query: PageQuery = {}, signal?: AbortSignal): Answer<"RoomList"> {
    return this.http.call(path`/rooms`, { query: { ...query }, signal });
  }

  createRoom(body: NewRoom, idempotencyKey?: string): Answer<"Room"> {
    return this.http.call(path`/rooms`, { method: "POST", body, headers: idempotencyKey === undefined ? {} : { "Idempotency-Key": idempotencyKey } });
  }

  room(roomId: string, signal?: AbortSignal): Answer<"Room"> {
    return this.http.call(path`/rooms/${roomId}`, { signal });
  }

  updateRoom(roomId: string, body: RoomPatch): Answer<"Room"> {
    return this.http.call(path`/rooms/${roomId}`, { method: "PATCH", body });
  }

  deleteRoom(roomId: string): Promise<void> {
    return this.http.call(path`/rooms/${roomId}`, { method: "DELETE" });
  }

  joinRoom(roomId: string): Answer<"Member"> {
    return this.http.call(path`/rooms/${roomId}/join`, { method: "POST" });
  }

  leaveRoom(roomId: string): Promise<void> {
    return this.http.call(path`/rooms/${roomId}/leave`, { method: "POST" });
  }

  members(roomId: string, query: PageQuery = {}, signal?: AbortSignal): Answer<"MemberList"> {
    return this.http.call(path`/rooms/${roomId}/members`, { query: { ...query }, signal });
  }

  putMember(roomId: string, userId: string, role: RestSchemas["Role"]): Answer<"Member"> {
    return this.http.call(path`/rooms/${roomId}/members/${userId}`, { method: "PUT", body: { role } });
  }

  removeMember(roomId: string, userId: string): Promise<void> {
    return this.http.call(path`/rooms/${roomId}/members/${userId}`, { method: "DELETE" });
  }

  bans(roomId: string, query: PageQuery = {}, signal?: AbortSignal): Answer<"BanList"> {
    return this.http.call(path`/rooms/${roomId}/bans`, { query: { ...query }, signal });
  }

  ban(roomId: string, userId: string, body: RestSchemas["PutBan"] = {}): Promise<void> {
    return this.http.call(path`/rooms/${roomId}/bans/${userId}`, { method: "PUT", body });
  }

  unban(roomId: string, userId: string): Promise<void> {
    return this.http.call(path`/rooms/${roomId}/bans/${userId}`, { method: "DELETE" });
  }

  mute(roomId: string, userId: string, until: string): Answer<"Member"> {
    return this.http.call(path`/rooms/${roomId}/mutes/${userId}`, { method: "PUT", body: { until } });
  }

  unmute(roomId: string, userId: string): Promise<void> {
    return this.http.call(path`/rooms/${roomId}/mutes/${userId}`, { method: "DELETE" });
  }

  shadowMute(roomId: string, userId: string): Promise<void> {
    return this.http.call(path`/rooms/${roomId}/shadow-mutes/${userId}`, { method: "PUT" });
  }

  shadowUnmute(roomId: string, userId: string): Promise<void> {
    return this.http.call(path`/rooms/${roomId}/shadow-mutes/${userId}`, { method: "DELETE" });
  }

  history(roomId: string, query: HistoryQuery = {}, signal?: AbortSignal): Answer<"History"> {
    return this.http.call(path`/rooms/${roomId}/messages`, { query: { ...query }, signal });
  }

  changes(roomId: string, query: Query<"changes">, signal?: AbortSignal): Answer<"Changes"> {
    return this.http.call(path`/rooms/${roomId}/changes`, { query: { ...query }, signal });
  }

  message(roomId: string, messageId: string, signal?: AbortSignal): Answer<"Message"> {
    return this.http.call(path`/rooms/${roomId}/messages/${messageId}`, { signal });
  }

  send(roomId: string, body: RestSchemas["Draft"]): Answer<"SentMessage"> {
    return this.http.call(path`/rooms/${roomId}/messages`, { method: "POST", body });
  }

  editMessage(roomId: string, messageId: string, text: string): Answer<"Message"> {
    return this.http.call(path`/rooms/${roomId}/messages/${messageId}`, { method: "PATCH", body: { text } });
  }

  deleteMessage(roomId: string, messageId: string, options: { forMe?: boolean } = {}): Promise<void> {
    return this.http.call(path`/rooms/${roomId}/messages/${messageId}`, { method: "DELETE", query: { for: options.forMe ? "me" : undefined } });
  }

  pin(roomId: string, messageId: string): Answer<"Message"> {
    return this.http.call(path`/rooms/${roomId}/messages/${messageId}/pin`, { method: "PUT" });
  }

  unpin(roomId: string, messageId: string): Promise<void> {
    return this.http.call(path`/rooms/${roomId}/messages/${messageId}/pin`, { method: "DELETE" });
  }

  pins(roomId: string, signal?: AbortSignal): Answer<"Pins"> {
    return this.http.call(path`/rooms/${roomId}/pins`, { signal });
  }

  reactors(roomId: string, messageId: string, emoji: string, page: PageQuery = {}, signal?: AbortSignal): Answer<"ReactorList"> {
    return this.http.call(path`/rooms/${roomId}/messages/${messageId}/reactions/${emoji}`, { query: { ...page }, signal });
  }

  react(roomId: string, messageId: string, emoji: string): Answer<"Message"> {
    return this.http.call(path`/rooms/${roomId}/messages/${messageId}/reactions/${emoji}`, { method: "PUT" });
  }

  unreact(roomId: string, messageId: string, emoji: string): Promise<void> {
    return this.http.call(path`/rooms/${roomId}/messages/${messageId}/reactions/${emoji}`, { method: "DELETE" });
  }

  thread(roomId: string, messageId: string, query: HistoryQuery = {}, signal?: AbortSignal): Answer<"Thread"> {
    return this.http.call(path`/rooms/${roomId}/messages/${messageId}/replies`, { query: { ...query }, signal });
  }

  markRead(roomId: string, seq: number): Answer<"ReadMarker"> {
    return this.http.call(path`/rooms/${roomId}/read`, { method: "PUT", body: { seq } });
  }

  markThreadRead(roomId: string, messageId: string, seq: number): Answer<"ThreadRead"> {
    return this.http.call(path`/rooms/${roomId}/messages/${messageId}/read`, { method: "PUT", body: { seq } });
  }

  reads(roomId: string, query: PageQuery = {}, signal?: AbortSignal): Answer<"ReadList"> {
    return this.http.call(path`/rooms/${roomId}/reads`, { query: { ...query }, signal });
  }

  readers(roomId: string, messageId: string, signal?: AbortSignal): Answer<"ReaderList"> {
    return this.http.call(path`/rooms/${roomId}/messages/${messageId}/readers`, { signal });
  }

  unread(signal?: AbortSignal): Answer<"UnreadTotal"> {
    return this.http.call(path`/unread`, { signal });
  }

  search(query: SearchQuery, signal?: AbortSignal): Answer<"Found"> {
    return this.http.call(path`/search`, { query: { ...query }, signal });
  }

  presence(users: readonly string[], signal?: AbortSignal): Answer<"PresenceList"> {
    return this.http.call(path`/presence`, { query: { users }, signal });
  }

  roomPresence(roomId: string, signal?: AbortSignal): Answer<"RoomPresence"> {
    return this.http.call(path`/rooms/${roomId}/presence`, { signal });
  }

  visibility(signal?: AbortSignal): Answer<"Visibility"> {
    return this.http.call(path`/presence/visibility`, { signal });
  }

  setVisibility(invisible: boolean): Answer<"Visibility"> {
    return this.http.call(path`/presence/visibility`, { method: "PUT", body: { invisible } });
  }

  notifications(roomId: string, signal?: AbortSignal): Answer<"Notifications"> {
    return this.http.call(path`/rooms/${roomId}/notifications`, { signal });
  }

  setNotifications(roomId: string, level: NotificationLevel): Answer<"Notifications"> {
    return this.http.call(path`/rooms/${roomId}/notifications`, { method: "PUT", body: { level } });
  }

  blocks(signal?: AbortSignal): Answer<"BlockList"> {
    return this.http.call(path`/blocks`, { signal });
  }

  block(userId: string): Promise<void> {
    return this.http.call(path`/blocks/${userId}`, { method: "PUT" });
  }

  unblock(userId: string): Promise<void> {
    return this.http.call(path`/blocks/${userId}`, { method: "DELETE" });
  }

  report(roomId: string, messageId: string, reason: string): Answer<"Report"> {
    return this.http.call(path`/rooms/${roomId}/messages/${messageId}/reports`, { method: "POST", body: { reason } });
  }

  reports(roomId: string, query: ReportsQuery = {}, signal?: AbortSignal): Answer<"ReportList"> {
    return this.http.call(path`/rooms/${roomId}/reports`, { query: { ...query }, signal });
  }

  resolveReport(roomId: string, reportId: string, body: RestSchemas["Decision"]): Answer<"Report"> {
    return this.http.call(path`/rooms/${roomId}/reports/${reportId}`, { method: "PATCH", body });
  }

  audit(roomId: string, query: PageQuery = {}, signal?: AbortSignal): Answer<"AuditLog"> {
    return this.http.call(path`/rooms/${roomId}/audit`, { query: { ...query }, signal });
  }
}
