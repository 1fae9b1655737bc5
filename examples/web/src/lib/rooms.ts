import type { Message, RoomEntry } from "chat-core-client";

/** What a line of the room list says about the newest message. */
export function preview({ kind, lastMessage: message }: Pick<RoomEntry, "kind" | "lastMessage">, self: string): string {
  if (message === undefined) return "No messages yet";
  if (message.kind === "system") return systemText(message);
  if (message.deletedAt !== undefined) return "Message deleted";
  const text = message.text !== "" ? message.text : `📎 ${message.attachments?.[0]?.name ?? "Attachment"}`;
  const who = message.senderId === self ? "You" : message.senderId;
  // In a conversation of two, the other one stands above it.
  return who === undefined || (kind === "direct" && who !== "You") ? text : `${who}: ${text}`;
}

export function systemText(message: Message): string {
  const system = message.system;
  switch (system?.event) {
    case "member_joined":
      return `${system.userId} joined`;
    case "member_left":
      if (system.reason === "removed") return `${system.userId} was removed`;
      return system.reason === "banned" ? `${system.userId} was banned` : `${system.userId} left`;
    case "member_updated":
      return `${system.userId} is now ${system.role}`;
    case "room_renamed":
      return system.name === undefined ? "The room has no name any more" : `The room is now called “${system.name}”`;
    default:
      return message.text;
  }
}

/** What to call a room that is not a conversation of two. */
export function roomName(room: Pick<RoomEntry, "id" | "name">): string {
  return room.name ?? room.id;
}

/** An id that can be typed and told, from a name: `Coffee break!` is `coffee-break`. */
export function roomIdOf(name: string): string {
  return name
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, "-")
    .replace(/^-+|-+$/g, "");
}
