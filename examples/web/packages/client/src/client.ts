import type { ConnectionState } from "./connection-state.js";
import type { ClientEvents, Unsubscribe } from "./events.js";
import type { HelloLimits } from "./generated/wire.js";
import type { ChatClientOptions } from "./options.js";
import type { Outbox } from "./outbox/index.js";
import type { RestApi } from "./rest/index.js";
import type { Room } from "./room.js";

/** A user's connection to the chat, kept up for as long as it is wanted. */
export declare class ChatClient {
  /** `url`: where the chat is mounted, such as `https://example.com/chat` or, in a browser, `/chat`. */
  constructor(url: string, options: ChatClientOptions);

  readonly state: ConnectionState;
  /** Known from the options, or since the first connection. */
  readonly userId: string | undefined;
  readonly limits: HelloLimits | undefined;
  readonly outbox: Outbox;
  readonly rest: RestApi;
  /** How many frames were dropped as malformed. */
  readonly malformedFrames: number;

  /** Connects, and stays connected. Does nothing where it already tries. */
  connect(): void;
  /** Resolves at the next `connected` (at once if it is), rejects when it is `closed`. */
  whenConnected(): Promise<void>;
  /** Closes for now: rooms and outbox stay for the next `connect()`. */
  disconnect(): void;
  /** Tries again now instead of at `retryAt`. */
  retryNow(): void;
  room(roomId: string): Room;
  on<E extends keyof ClientEvents>(event: E, listener: (event: ClientEvents[E]) => void): Unsubscribe;
}
