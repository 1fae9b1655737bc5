/** The keys in the query cache. */
export const chatKeys = {
  all: ["chat"] as const,
  rooms: () => ["chat", "rooms"] as const,
  unread: () => ["chat", "unread"] as const,
  room: (roomId: string) => ["chat", "room", roomId] as const,
  /** All loaded windows of a room's messages. */
  windows: (roomId: string) => ["chat", "messages", roomId] as const,
  messages: (roomId: string, around?: string | number) =>
    ["chat", "messages", roomId, around ?? "newest"] as const,
  threads: (roomId: string) => ["chat", "thread", roomId] as const,
  thread: (roomId: string, rootId: string) => ["chat", "thread", roomId, rootId] as const,
  members: (roomId: string) => ["chat", "members", roomId] as const,
  reads: (roomId: string) => ["chat", "reads", roomId] as const,
  pins: (roomId: string) => ["chat", "pins", roomId] as const,
  search: (query: object) => ["chat", "search", query] as const,
};
