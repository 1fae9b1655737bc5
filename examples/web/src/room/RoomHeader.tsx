"use client";

import { useMembers, usePresence, useRoom } from "chat-core-client/react-query";
import { useState } from "react";
import { cx } from "@/lib/cx";
import { allows } from "@/lib/permissions";
import { ago } from "@/lib/time";
import { type Panel, useNavigate, useRoute } from "@/lib/route";
import { usePeer } from "@/rooms/use-peer";
import { Avatar } from "@/ui/Avatar";
import { Icon, type IconName } from "@/ui/Icon";
import { IconButton } from "@/ui/IconButton";
import { RoomMenu } from "./RoomMenu";
import { useScope } from "./scope";

const PANELS: readonly { panel: Panel; icon: IconName; label: string }[] = [
  { panel: "search", icon: "search", label: "Search" },
  { panel: "pins", icon: "pin", label: "Pinned messages" },
  { panel: "members", icon: "users", label: "Members" },
];

/** The name of the room, its presence, and buttons for the panels. */
export function RoomHeader() {
  const { roomId, info, role } = useScope();
  const navigate = useNavigate();
  const { panel } = useRoute();
  const peer = usePeer(info);
  const [menu, setMenu] = useState<HTMLElement | null>(null);
  const title = info?.kind === "direct" ? (peer ?? "…") : (info?.name ?? info?.id ?? roomId);

  return (
    <header className="room-head">
      <IconButton icon="arrowLeft" label="Back to rooms" className="back" onClick={() => navigate({ room: null })} />
      {peer === undefined ? (
        <span className="room-sign large" aria-hidden="true">
          <Icon name={info?.kind === "group" ? "lock" : "hash"} />
        </span>
      ) : (
        <Avatar userId={peer} />
      )}
      <div className="room-head-main">
        <h1>{title}</h1>
        <p className="room-head-about">{peer === undefined ? <Occupancy /> : <LastSeen userId={peer} />}</p>
      </div>
      <div className="room-head-actions">
        {PANELS.map((each) => (
          <IconButton
            key={each.panel}
            icon={each.icon}
            label={each.label}
            aria-pressed={panel === each.panel}
            onClick={() => navigate({ panel: panel === each.panel ? null : each.panel, thread: null })}
          />
        ))}
        {(info?.kind !== "direct" || allows(role, "updateRoom")) && (
          <IconButton
            icon="more"
            label="Room menu"
            aria-haspopup="menu"
            aria-expanded={menu !== null}
            onClick={(event) => setMenu(menu === null ? event.currentTarget : null)}
          />
        )}
      </div>
      {menu !== null && <RoomMenu anchor={menu} onClose={() => setMenu(null)} />}
    </header>
  );
}

function LastSeen({ userId }: { userId: string }) {
  const presence = usePresence([userId]).get(userId);
  if (presence?.online) {
    return (
      <>
        <span className="presence-dot online inline" aria-hidden="true" /> Online
      </>
    );
  }
  return <>{presence?.lastSeenAt === undefined ? "Offline" : `Last seen ${ago(presence.lastSeenAt)}`}</>;
}

function Occupancy() {
  const { roomId, info } = useScope();
  const { occupancy } = useRoom(roomId);
  const { members } = useMembers(roomId);
  const presence = usePresence(members.map((member) => member.userId));
  const online = occupancy?.online ?? [...presence.values()].filter((one) => one.online).length;
  const count = occupancy?.members ?? info?.memberCount ?? members.length;
  if (count === 0) return null;
  return (
    <>
      <span className={cx("count", online > 0 && "less")}>
        {count} {count === 1 ? "member" : "members"}
        {online > 0 && " · "}
      </span>
      {online > 0 && (
        <>
          <span className="presence-dot online inline" aria-hidden="true" /> {online} online
        </>
      )}
    </>
  );
}
