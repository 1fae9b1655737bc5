import type { Message, RoomEntry } from "chat-core-client";

/** Returns the preview of the newest message for the room list. */
export function preview({ kind, lastMessage: message }: Pick<RoomEntry, "kind" | "lastMessage">, self: string): string {
  if (message === undefined) return "No messages yet";
  if (message.kind === "system") return systemText(message);
  if (message.deletedAt !== undefined) return "Message deleted";
  const text = message.text !== "" ? message.text : `📎 ${message.attachments?.[0]?.name ?? "Attachment"}`;
  const who = message.senderId === self ? "You" : message.senderId;
  // In a direct room the title already names the other user.
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
      return system.name === undefined ? "The room name was removed" : `The room was renamed to “${system.name}”`;
    default:
      return message.text;
  }
}

/** Returns the display name of a room that is not direct. */
export function roomName(room: Pick<RoomEntry, "id" | "name">): string {
  return room.name ?? room.id;
}

/** Derives a readable room id from a name: `Coffee break!` becomes `coffee-break`. */
export function roomIdOf(name: string): string {
  return name
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, "-")
    .replace(/^-+|-+$/g, "");
}
