"use client";

import type { Member, Role } from "chat-core-client";
import { useChatClient, useRoomActions } from "chat-core-client/react-query";
import { useState } from "react";
import { useTry } from "@/chat/Toasts";
import { useSelf } from "@/chat/self";
import { ROLES, mayActOn } from "@/lib/permissions";
import { useNavigate } from "@/lib/route";
import { ago } from "@/lib/time";
import { useScope } from "@/room/scope";
import { Avatar } from "@/ui/Avatar";
import { Menu, MenuItem } from "@/ui/Menu";

const MUTE_MS = 60 * 60 * 1000;

interface Props {
  member: Member;
  online: boolean;
  lastSeenAt: string | undefined;
  isStop: boolean;
  onFocus: () => void;
}

export function MemberRow({ member, online, lastSeenAt, isStop, onFocus }: Props) {
  const self = useSelf();
  const [anchor, setAnchor] = useState<HTMLElement | null>(null);
  const isSelf = member.userId === self;
  const about = online ? "Online" : lastSeenAt === undefined ? "Offline" : `Last seen ${ago(lastSeenAt)}`;

  return (
    <li>
      <button
        type="button"
        className="member"
        tabIndex={isStop ? 0 : -1}
        aria-haspopup={isSelf ? undefined : "menu"}
        onFocus={onFocus}
        onClick={(event) => !isSelf && setAnchor(anchor === null ? event.currentTarget : null)}
      >
        <Avatar userId={member.userId} online={online} />
        <span className="member-main">
          <span className="member-name">
            {member.userId}
            {isSelf && <span className="hint"> (you)</span>}
          </span>
          <span className="member-about">{about}</span>
        </span>
        {member.role !== "member" && <span className={`role ${member.role}`}>{member.role}</span>}
      </button>
      {anchor !== null && <MemberMenu anchor={anchor} member={member} onClose={() => setAnchor(null)} />}
    </li>
  );
}

function MemberMenu({ anchor, member, onClose }: { anchor: HTMLElement; member: Member; onClose: () => void }) {
  const client = useChatClient();
  const { roomId, role } = useScope();
  const { create } = useRoomActions();
  const navigate = useNavigate();
  const attempt = useTry();
  const { userId } = member;

  const run = (action: () => Promise<unknown>) => () => {
    onClose();
    void attempt(action);
  };
  // A user can only grant roles below their own. Ownership is transferred in another way.
  const roles: Role[] = ROLES.filter((to) => to !== member.role && to !== "owner" && mayActOn(role, to, "changeRole"));
  const isMuted = member.mutedUntil !== undefined && Date.parse(member.mutedUntil) > Date.now();

  return (
    <Menu anchor={anchor} label={userId} onClose={onClose}>
      <MenuItem
        icon="at"
        onSelect={run(async () => {
          const room = await create({ kind: "direct", members: [userId], metadata: {} });
          navigate({ room: room.id });
        })}
      >
        Send a direct message
      </MenuItem>
      {mayActOn(role, member.role, "changeRole") &&
        roles.map((to) => (
          <MenuItem key={to} icon="users" onSelect={run(() => client.rest.putMember(roomId, userId, to))}>
            Make {to}
          </MenuItem>
        ))}
      {mayActOn(role, member.role, "mute") &&
        (isMuted ? (
          <MenuItem icon="clock" onSelect={run(() => client.rest.unmute(roomId, userId))}>
            Unmute
          </MenuItem>
        ) : (
          <MenuItem
            icon="clock"
            onSelect={run(() => client.rest.mute(roomId, userId, new Date(Date.now() + MUTE_MS).toISOString()))}
          >
            Mute for an hour
          </MenuItem>
        ))}
      {mayActOn(role, member.role, "remove") && (
        <MenuItem icon="leave" danger onSelect={run(() => client.rest.removeMember(roomId, userId))}>
          Remove
        </MenuItem>
      )}
      {mayActOn(role, member.role, "ban") && (
        <MenuItem icon="alert" danger onSelect={run(() => client.rest.ban(roomId, userId))}>
          Ban
        </MenuItem>
      )}
    </Menu>
  );
}
