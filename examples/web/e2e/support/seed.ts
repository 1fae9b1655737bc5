import type { ChatServer } from "./server";

interface Message {
  readonly id: string;
  readonly seq: number;
}

export async function say(server: ChatServer, userId: string, roomId: string, text: string, more: object = {}): Promise<Message> {
  const clientMessageId = crypto.randomUUID();
  return server.call<Message>(userId, "POST", `/rooms/${roomId}/messages`, { clientMessageId, text, ...more });
}

export async function sayMany(server: ChatServer, userId: string, roomId: string, texts: readonly string[]): Promise<void> {
  for (const text of texts) await say(server, userId, roomId, text);
}

/** Creates rooms and a conversation of a small company. */
export async function seedCompany(server: ChatServer): Promise<void> {
  const join = (userId: string, roomId: string) => server.call(userId, "POST", `/rooms/${roomId}/join`);
  const create = (userId: string, room: object) => server.call<{ id: string }>(userId, "POST", "/rooms", room);
  const people = ["alice", "ben", "chioma", "dmitri", "elena"];
  for (const userId of people) await join(userId, "general");
  await create("alice", { kind: "public", id: "design", name: "Design" });
  await create("chioma", { kind: "public", id: "releases", name: "Releases" });
  for (const userId of ["ben", "chioma", "elena"]) await join(userId, "design");
  for (const userId of ["alice", "ben"]) await join(userId, "releases");
  const leads = await create("elena", { kind: "group", name: "Team leads", members: ["alice", "chioma"] });
  const direct = await create("ben", { kind: "direct", members: ["alice"] });

  await say(server, "elena", leads.id, "Numbers for Q3 are in the usual place.");
  await say(server, "ben", direct.id, "Lunch at the new ramen place?");
  await say(server, "chioma", "releases", "2.4.0 is out. Thanks everyone!");
  await say(server, "elena", "design", "New icons are in review, @alice", { mentions: ["alice"] });

  await say(server, "chioma", "general", "Good morning! The staging cluster is back after last night's maintenance.");
  await say(server, "chioma", "general", "Two of the nodes needed a kernel update, nothing dramatic.");
  const plan = await say(server, "ben", "general", "Nice. Are we still on for the launch rehearsal at 14:00?");
  const yes = await say(server, "dmitri", "general", "Yes, room is booked. Agenda: https://example.com/rehearsal", { replyTo: plan.id });
  await say(server, "elena", "general", "I'll bring the new onboarding screens. @alice could you check `onboarding.json` before?", {
    mentions: ["alice"],
  });
  await say(server, "ben", "general", "And somebody please bring cake 🍰");
  for (const [userId, emoji] of [["alice", "👍"], ["ben", "👍"], ["chioma", "👍"], ["elena", "🎉"]] as const) {
    await server.call(userId, "PUT", `/rooms/general/messages/${yes.id}/reactions/${encodeURIComponent(emoji)}`);
  }
  await say(server, "dmitri", "general", "I can run the demo if nobody else wants to.", { threadId: plan.id });
  await say(server, "chioma", "general", "Please do, yours was great last time.", { threadId: plan.id });
  await say(server, "elena", "general", "🎉");
}
