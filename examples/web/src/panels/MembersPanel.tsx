"use client";

import type { Member } from "chat-core-client";
import { useChatClient, useMembers, usePresence } from "chat-core-client/react-query";
import { type FormEvent, type KeyboardEvent, useState } from "react";
import { useTry } from "@/chat/Toasts";
import { useSelf } from "@/chat/self";
import { ROLES, allows } from "@/lib/permissions";
import { useScope } from "@/room/scope";
import { rove } from "@/ui/rove";
import { MemberRow } from "./MemberRow";
import { Panel } from "./Panel";

export function MembersPanel({ onClose }: { onClose: () => void }) {
  const self = useSelf();
  const { roomId, info, role } = useScope();
  const { members, hasMore, loadMore, isPending } = useMembers(roomId);
  const presence = usePresence(members.map((member) => member.userId));
  const [stop, setStop] = useState<string | null>(null);

  const isOnline = (member: Member) => presence.get(member.userId)?.online ?? member.userId === self;
  const ordered = [...members].sort(
    (a, b) =>
      Number(isOnline(b)) - Number(isOnline(a)) ||
      ROLES.indexOf(b.role) - ROLES.indexOf(a.role) ||
      a.userId.localeCompare(b.userId),
  );
  const first = stop ?? ordered[0]?.userId;

  function onKeyDown(event: KeyboardEvent) {
    rove(event, ".member");
  }

  return (
    <Panel title="Members" onClose={onClose}>
      <div className="panel-body">
        {info?.kind !== "direct" && allows(role, "invite") && <Invite roomId={roomId} />}
        {isPending && members.length === 0 && <p className="hint">Loading…</p>}
        <ul className="members" onKeyDown={onKeyDown}>
          {ordered.map((member) => (
            <MemberRow
              key={member.userId}
              member={member}
              online={isOnline(member)}
              lastSeenAt={presence.get(member.userId)?.lastSeenAt}
              isStop={member.userId === first}
              onFocus={() => setStop(member.userId)}
            />
          ))}
        </ul>
        {hasMore && (
          <button type="button" className="button small more" onClick={loadMore}>
            Load more members
          </button>
        )}
      </div>
    </Panel>
  );
}

function Invite({ roomId }: { roomId: string }) {
  const client = useChatClient();
  const attempt = useTry();
  const [name, setName] = useState("");

  async function submit(event: FormEvent) {
    event.preventDefault();
    if (await attempt(() => client.rest.putMember(roomId, name.trim(), "member"))) setName("");
  }

  return (
    <form className="invite" onSubmit={submit}>
      <input
        className="field"
        aria-label="Add a member"
        placeholder="Add a member"
        autoCapitalize="none"
        autoComplete="off"
        value={name}
        onChange={(event) => setName(event.target.value)}
      />
      <button className="button" disabled={name.trim() === ""}>
        Add
      </button>
    </form>
  );
}
