import type { Role } from "chat-core-client";

/** From least to most, as the server has them. */
export const ROLES = ["guest", "member", "moderator", "admin", "owner"] as const satisfies readonly Role[];

/** The least role that may do it; the server decides, this only says what to offer. */
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

/** Whether `actor` may do it to a member of this role: only to those below. */
export function mayActOn(actor: Role | undefined, target: Role, action: Action): boolean {
  return actor !== undefined && allows(actor, action) && rank(actor) > rank(target);
}
