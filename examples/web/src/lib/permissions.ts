import type { Role } from "chat-core-client";

/** The server's roles in ascending order. */
export const ROLES = ["guest", "member", "moderator", "admin", "owner"] as const satisfies readonly Role[];

/** The lowest role for each action. It decides what the app offers; the server checks permissions. */
const LEAST = {
  send: "member",
  react: "member",
  invite: "member",
  deleteAny: "moderator",
  pin: "moderator",
  remove: "moderator",
  ban: "moderator",
  mute: "moderator",
  updateRoom: "admin",
  changeRole: "admin",
  deleteRoom: "owner",
} as const satisfies Record<string, Role>;

export type Action = keyof typeof LEAST;

const rank = (role: Role): number => ROLES.indexOf(role);

export function allows(role: Role | undefined, action: Action): boolean {
  return role !== undefined && rank(role) >= rank(LEAST[action]);
}

/** Returns `true` if `actor` may do this to a member of role `target`, which must be lower. */
export function mayActOn(actor: Role | undefined, target: Role, action: Action): boolean {
  return actor !== undefined && allows(actor, action) && rank(actor) > rank(target);
}
