import { Backoff } from "./backoff.js";
import type { Cancel } from "./environment.js";
import { ChatError } from "./errors.js";
import type { Event, Message, Role, RoomJoinedEvent } from "./generated/wire.js";
import type { RoomHost } from "./room.js";
import type { ChangesEvent, JoinedEvent, LogChange, RoomState } from "./room-events.js";
import { RoomLog, hiddenChange, logChange } from "./room-log.js";

/** Receives the changes of a room's log. */
export interface RoomSyncListener {
  state(state: RoomState): void;
  joined(joined: JoinedEvent, answer: RoomJoinedEvent): void;
  changes(changes: ChangesEvent): void;
}

/** Keeps a room's log complete: joins the room, resumes after a lost connection, and fills gaps. */
export class RoomSync {
  #state: RoomState = { status: "left" };
  #wanted = false;
  #history: number | undefined;
  #joined: JoinedEvent | undefined;
  /** A resumed join that is still receiving missed changes. */
  #resuming: { joined: JoinedEvent; answer: RoomJoinedEvent } | undefined;
  readonly #log = new RoomLog();
  readonly #backoff: Backoff;
  #retry: Cancel = () => {};
  /** Increments to invalidate answers to earlier requests. */
  #round = 0;
  #healing = false;
  #healAgain = false;

  constructor(
    private readonly roomId: string,
    private readonly host: RoomHost,
    private readonly listener: RoomSyncListener,
  ) {
    const { backoffMinMs, backoffMaxMs, random } = host.settings;
    this.#backoff = new Backoff(backoffMinMs, backoffMaxMs, random);
  }

  get state(): RoomState {
    return this.#state;
  }

  get wanted(): boolean {
    return this.#wanted;
  }

  get through(): number {
    return this.#log.through;
  }

  /** Joins the room and keeps it joined. Returns the last join if it is joined already. */
  want(history: number | undefined): JoinedEvent | undefined {
    this.#history = history ?? this.#history;
    if (this.#wanted && this.#state.status === "joined") return this.#joined;
    const again = this.#state.status === "failed" || this.#state.status === "removed";
    if (this.#wanted && !again) return undefined;
    this.#wanted = true;
    this.#enter({ status: "joining" });
    this.#join();
    return undefined;
  }

  leave(): Promise<void> {
    const heard = this.#state.status === "joined" || this.#state.status === "joining";
    this.#wanted = false;
    this.#stop();
    this.#enter({ status: "left" });
    if (!heard || !this.host.connection.up) return Promise.resolve();
    return new Promise((resolve) => {
      // The answer does not matter: the room counts as left.
      this.host.connection.request({ type: "LEAVE_ROOM", roomId: this.roomId }, () => resolve());
    });
  }

  role(role: Role): void {
    if (this.#state.status === "joined") this.#enter({ ...this.#state, role });
  }

  up(): void {
    if (this.#wanted) this.#join();
  }

  down(): void {
    this.#stop();
    if (this.#state.status === "joined") this.#enter({ status: "joining" });
  }

  heard(event: Event): void {
    if (event.type === "ROOM_REMOVED") {
      this.#stop();
      this.#log.forget();
      if (this.#wanted) this.#enter({ status: "removed", reason: event.reason });
    } else if (event.type === "ROOM_ADDED") {
      if (this.#wanted && this.#state.status !== "joined") this.#rejoin();
    } else if (event.type === "ROOM_SYNC") {
      this.#missed(event.changes, event.through, event.done);
    } else if (event.type === "MESSAGE_HIDDEN" && event.rev === undefined) {
      this.#tell([hiddenChange(event)], true);
    } else {
      const taken = logChange(event);
      if (!taken || !this.#wanted || this.#log.epoch === undefined) return;
      const { changes, gap } = this.#log.take(taken.rev, taken.change);
      this.#tell(changes, true);
      if (gap && !this.#resuming) this.#heal();
    }
  }

  /**
   * Handles a dropped frame. It may have been the last one for a while, so that no later event would
   * reveal the gap. During a resume no event ever would, as a batch gives its end but not its start.
   */
  malformed(): void {
    if (this.#resuming) {
      this.#stop();
      this.#retry = this.host.settings.clock.after(this.#backoff.next(), () => this.#join());
    } else if (this.#state.status === "joined") {
      this.#heal();
    }
  }

  #rejoin(): void {
    this.#enter({ status: "joining" });
    this.#join();
  }

  #join(): void {
    const { connection, settings } = this.host;
    this.#stop();
    if (!connection.up) return;
    const round = this.#round;
    const epoch = this.#log.epoch;
    const command = {
      type: "JOIN_ROOM",
      roomId: this.roomId,
      ...(this.#history === undefined ? {} : { history: this.#history }),
      ...(epoch === undefined ? {} : { epoch, after: this.#log.through }),
    } as const;
    connection.request(command, (answer) => {
      if (round !== this.#round) return;
      if (!(answer instanceof ChatError)) {
        if (answer.type === "ROOM_JOINED") this.#answered(answer);
        return;
      }
      // `up` retries the join.
      if (answer.code === "DISCONNECTED") return;
      if (answer.retryable) {
        const wait = Math.max(answer.retryAfterMs ?? 0, this.#backoff.next());
        this.#retry = settings.clock.after(wait, () => this.#join());
      } else {
        this.#enter({ status: "failed", code: answer.code, reason: answer.message });
      }
    });
  }

  #answered(answer: RoomJoinedEvent): void {
    const { epoch, head, role, readSeq, recovered, messages = [] } = answer;
    const again = this.#log.epoch !== undefined || this.#joined !== undefined;
    const joined = { epoch, head, role, readSeq, recovered, again, messages };
    if (recovered) {
      this.#resuming = { joined, answer };
      this.#awaitMissed();
      return;
    }
    this.#log.begin(epoch, head);
    this.#done(joined, answer);
  }

  #missed(changes: readonly Message[], through: number, done: boolean): void {
    if (!this.#resuming) return;
    const healed = this.#log.heal(changes, through);
    this.#tell(healed.changes, false);
    if (!done) return this.#awaitMissed();
    const { joined, answer } = this.#resuming;
    this.#retry();
    this.#resuming = undefined;
    this.#done(joined, answer);
    if (healed.gap) this.#heal();
  }

  #awaitMissed(): void {
    this.#retry();
    this.#retry = this.host.settings.clock.after(this.host.settings.ackTimeoutMs, () => this.#join());
  }

  #done(joined: JoinedEvent, answer: RoomJoinedEvent): void {
    this.#backoff.reset();
    this.#joined = joined;
    this.#enter({ status: "joined", role: joined.role, epoch: joined.epoch });
    this.listener.joined(joined, answer);
  }

  /** Reads the missing positions. */
  #heal(): void {
    // A pending read may not include positions lost since it began, so read again afterwards.
    this.#healAgain = this.#healing;
    if (this.#healing) return;
    this.#healing = true;
    const round = this.#round;
    void this.#readMissing(round).then(
      (again) => {
        if (round !== this.#round) return;
        this.#healing = false;
        if (again || this.#healAgain) this.#heal();
      },
      () => {
        if (round !== this.#round) return;
        this.#healing = false;
        this.#retry = this.host.settings.clock.after(this.#backoff.next(), () => this.#heal());
      },
    );
  }

  /** Reads once. Resolves to `true` if there is more to read. */
  async #readMissing(round: number): Promise<boolean> {
    const read = await this.host.rest.changes(this.roomId, { after: this.#log.through });
    if (round !== this.#round) return false;
    if (read.epoch !== this.#log.epoch) {
      // The log was replaced. A join finds that out too, and starts again.
      this.#rejoin();
      return false;
    }
    this.#backoff.reset();
    const { changes, gap } = this.#log.heal(read.changes, read.through);
    this.#tell(changes, true);
    return gap || this.#log.through < read.head;
  }

  #tell(changes: readonly LogChange[], live: boolean): void {
    if (changes.length > 0) this.listener.changes({ changes, through: this.#log.through, live });
  }

  /** Cancels all pending work. */
  #stop(): void {
    this.#round += 1;
    this.#retry();
    this.#resuming = undefined;
    this.#healing = this.#healAgain = false;
  }

  #enter(state: RoomState): void {
    this.#state = state;
    this.listener.state(state);
  }
}
