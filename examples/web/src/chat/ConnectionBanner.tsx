"use client";

import { type ConnectionState, LocalClose } from "chat-core-client";
import { useConnection } from "chat-core-client/react-query";
import { useEffect, useState } from "react";
import { Icon } from "@/ui/Icon";

/** The banner stays hidden if connecting takes less time than this. */
const PATIENCE_MS = 1500;

/** Shows that the connection is lost, and when the next attempt starts. */
export function ConnectionBanner() {
  const { state, retryNow } = useConnection();
  const slow = useSlow(state.status === "connecting");
  const words = describe(state, slow);

  return (
    <div className="banner-place" role="status">
      {words !== null && (
        <div
          className="banner"
          data-status={state.status}
          data-attempt={state.status === "reconnecting" ? state.attempt : undefined}
        >
          <Icon name="wifiOff" />
          <span>
            {words}
            {state.status === "reconnecting" && <Countdown to={state.retryAt} />}
          </span>
          {state.status !== "connecting" && (
            <button type="button" className="banner-button" onClick={retryNow}>
              Try now
            </button>
          )}
        </div>
      )}
    </div>
  );
}

function describe(state: ConnectionState, slow: boolean): string | null {
  switch (state.status) {
    case "idle":
    case "connected":
      return null;
    case "connecting":
      return slow ? "Connecting…" : null;
    case "closed":
      return state.code === LocalClose.DISCONNECTED ? null : `The server closed the connection (${state.reason || state.code}).`;
    case "reconnecting":
      if (!navigator.onLine) return "You are offline. Your messages will be sent later.";
      return "Connection lost. Your messages will be sent when it is back.";
  }
}

/** A countdown in seconds. Hidden from screen readers, which would announce every second. */
function Countdown({ to }: { to: number | null }) {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (to === null) return;
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), 250);
    return () => clearInterval(timer);
  }, [to]);

  const seconds = to === null ? null : Math.max(0, Math.ceil((to - now) / 1000));
  return (
    <span className="countdown" aria-hidden="true">
      {seconds === null || seconds === 0 ? " Trying now…" : ` Trying again in ${seconds} s.`}
    </span>
  );
}

/** Returns `true` once `waiting` has been `true` for a while. */
function useSlow(waiting: boolean): boolean {
  const [slow, setSlow] = useState(false);
  useEffect(() => {
    if (!waiting) return setSlow(false);
    const timer = setTimeout(() => setSlow(true), PATIENCE_MS);
    return () => clearTimeout(timer);
  }, [waiting]);
  return slow;
}
