"use client";

import type { NewRoom } from "chat-core-client";
import { useRoomActions } from "chat-core-client/react-query";
import { type FormEvent, useId, useState } from "react";
import { useTry } from "@/chat/Toasts";
import { cx } from "@/lib/cx";
import { roomIdOf } from "@/lib/rooms";
import { useNavigate } from "@/lib/route";
import { Dialog } from "@/ui/Dialog";
import { Icon, type IconName } from "@/ui/Icon";

type Way = "direct" | "group" | "public" | "join";

const WAYS: readonly { way: Way; icon: IconName; title: string; about: string; label: string; submit: string }[] = [
  { way: "direct", icon: "at", title: "Direct", about: "Just the two of you", label: "User name", submit: "Start chatting" },
  { way: "group", icon: "lock", title: "Group", about: "People you invite", label: "Name", submit: "Create group" },
  { way: "public", icon: "hash", title: "Public", about: "Open to everyone", label: "Name", submit: "Create room" },
  { way: "join", icon: "users", title: "Join", about: "An existing room", label: "Room name", submit: "Join room" },
];

export function NewRoomDialog({ onClose }: { onClose: () => void }) {
  const { create, join } = useRoomActions();
  const navigate = useNavigate();
  const attempt = useTry();
  const [way, setWay] = useState<Way>("direct");
  const [name, setName] = useState("");
  const [members, setMembers] = useState("");
  const [busy, setBusy] = useState(false);
  const field = useId();
  const chosen = WAYS.find((each) => each.way === way) ?? WAYS[0];

  async function submit(event: FormEvent) {
    event.preventDefault();
    setBusy(true);
    const done = await attempt(async () => navigate({ room: await open() }));
    setBusy(false);
    if (done) onClose();
  }

  async function open(): Promise<string> {
    if (way === "join") {
      const id = roomIdOf(name);
      await join(id);
      return id;
    }
    return (await create(newRoom(way, name.trim(), members))).id;
  }

  return (
    <Dialog title="New conversation" onClose={onClose}>
      <form onSubmit={submit}>
        <fieldset className="ways">
          <legend className="visually-hidden">Type of conversation</legend>
          {WAYS.map((each) => (
            <label key={each.way} className={cx("way", each.way === way && "chosen")}>
              <input
                type="radio"
                name="way"
                className="visually-hidden"
                checked={each.way === way}
                onChange={() => setWay(each.way)}
              />
              <Icon name={each.icon} />
              <span className="way-title">{each.title}</span>
              <span className="way-about">{each.about}</span>
            </label>
          ))}
        </fieldset>
        <label htmlFor={`${field}-name`}>{chosen?.label}</label>
        <input
          id={`${field}-name`}
          className="field"
          required
          maxLength={60}
          autoComplete="off"
          autoCapitalize="none"
          placeholder={way === "direct" ? "bob" : "coffee"}
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
        {way === "group" && (
          <>
            <label htmlFor={`${field}-members`}>Members</label>
            <input
              id={`${field}-members`}
              className="field"
              autoComplete="off"
              autoCapitalize="none"
              placeholder="bob, carol"
              value={members}
              onChange={(event) => setMembers(event.target.value)}
            />
          </>
        )}
        <div className="dialog-actions">
          <button type="button" className="button" onClick={onClose}>
            Cancel
          </button>
          <button className="button primary" disabled={busy || name.trim() === ""}>
            {chosen?.submit}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

function newRoom(way: Exclude<Way, "join">, name: string, members: string): NewRoom {
  const invited = members.split(/[\s,]+/u).filter((member) => member !== "");
  switch (way) {
    case "direct":
      return { kind: "direct", members: [name], metadata: {} };
    case "group":
      return { kind: "group", name, members: invited, metadata: {} };
    case "public":
      // A readable id, with which others can join.
      return { kind: "public", id: roomIdOf(name), name, members: [], metadata: {} };
  }
}
