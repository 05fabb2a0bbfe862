// SPDX-License-Identifier: AGPL-3.0-or-later
// One socket for everything live. It comes back by itself, joins its rooms again where they stopped, and says how it stands. A
// command is answered once; whether a command that was cut off reached the server only the sender's own key can tell.
import { Problem, type ProblemDocument } from '../api/problem';

export type Standing = 'off' | 'connecting' | 'live' | 'waiting';

export type Message = { type: string; room?: string; sequence?: number; [member: string]: unknown };

export type RoomHandler = {
  /** The whole state: at first, and whenever too much was missed. */
  snapshot: (state: Record<string, unknown>) => void;
  /** What happened, in order and once each. */
  message: (message: Message) => void;
  /** The room cannot be watched (any more). */
  refused?: (problem: Problem) => void;
};

type Room = {
  name: string;
  handlers: Set<RoomHandler>;
  /** Under which messages come: "me" is "account:…". */
  canonical: string;
  sequence: number;
  snapshot?: Record<string, unknown>;
};

type Waiting = { resolve: (reply: Message) => void; reject: (error: unknown) => void; timer: Timer };
type Timer = ReturnType<typeof setTimeout>;
export type Wire = Pick<WebSocket, 'send' | 'close' | 'readyState'> & {
  onopen: ((event: Event) => void) | null;
  onmessage: ((event: MessageEvent) => void) | null;
  onclose: ((event: CloseEvent) => void) | null;
};

const REPLY_WITHIN_MS = 15_000;
const SILENCE_MS = 45_000;
const JOIN_AGAIN_MS = 2000;
const PONG_WITHIN_MS = 8_000;
const FIRST_WAIT_MS = 400;
const LONGEST_WAIT_MS = 10_000;
const OPEN = 1;

/** The command was sent, and the line went before the answer: it may have been done. */
export class CutOff extends Error {
  override readonly name = 'CutOff';
  constructor() {
    super('The connection was lost before the answer came.');
  }
}

export class Connection {
  readonly #dial: () => Wire;
  readonly #prepare: () => Promise<void>;
  readonly #onStanding: (standing: Standing) => void;
  readonly #rooms = new Map<string, Room>();
  readonly #waiting = new Map<string, Waiting>();
  /** Who waits for the line to come back. */
  readonly #hopeful = new Set<() => void>();
  #wire: Wire | undefined;
  #standing: Standing = 'off';
  #next_id = 1;
  #tries = 0;
  #retry: Timer | undefined;
  #silence: Timer | undefined;

  /** prepare comes before a line that was lost is dialled again: the session may need renewal. */
  constructor(dial: () => Wire, onStanding: (standing: Standing) => void = () => {}, prepare: () => Promise<void> = () => Promise.resolve()) {
    this.#dial = dial;
    this.#onStanding = onStanding;
    this.#prepare = prepare;
  }

  get standing(): Standing {
    return this.#standing;
  }

  /** Watches a room until the returned function is called. The first watcher opens the line, the last one closes it. */
  watch(name: string, handler: RoomHandler): () => void {
    let room = this.#rooms.get(name);
    if (!room) {
      room = { name, handlers: new Set(), canonical: name, sequence: -1 };
      this.#rooms.set(name, room);
    } else if (room.snapshot) {
      handler.snapshot(room.snapshot);
    }
    const is_stale = !room.snapshot;
    if (is_stale) room.sequence = -1; // so that the newcomer sees the whole state
    room.handlers.add(handler);
    if (this.#standing === 'off') this.#open();
    else if (this.#standing === 'live' && is_stale) void this.#join(room);
    return () => this.#unwatch(name, handler);
  }

  /** Rejects with the server's Problem, or CutOff. */
  async send(type: string, body: Record<string, unknown> = {}): Promise<Message> {
    if (this.#standing === 'off') this.#open();
    if (this.#standing !== 'live') throw new TypeError('not connected');
    return this.#ask(type, body);
  }

  /** Rejects with CutOff when the line does not come back in time. */
  whenLive(within_ms: number): Promise<void> {
    if (this.#standing === 'live') return Promise.resolve();
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#hopeful.delete(resolve_now);
        reject(new CutOff());
      }, within_ms);
      const resolve_now = () => {
        clearTimeout(timer);
        resolve();
      };
      this.#hopeful.add(resolve_now);
    });
  }

  /** Starts anew with what the browser's session is now (somebody logged in or out). */
  restart(): void {
    if (this.#standing === 'off') return;
    for (const room of this.#rooms.values()) forget(room);
    this.#drop();
    this.#tries = 0;
    this.#open();
  }

  /** The network is back, or the page is looked at again: no need to wait out the delay. */
  hurry(): void {
    if (this.#standing !== 'waiting') return;
    clearTimeout(this.#retry);
    this.#tries = 0;
    this.#reopen();
  }

  #unwatch(name: string, handler: RoomHandler): void {
    const room = this.#rooms.get(name);
    if (!room?.handlers.delete(handler) || room.handlers.size > 0) return;
    this.#rooms.delete(name);
    if (this.#rooms.size === 0) this.#shut();
    else if (this.#standing === 'live') this.#ask('leave', { room: name }).catch(() => {});
  }

  #become(standing: Standing): void {
    if (this.#standing === standing) return;
    this.#standing = standing;
    this.#onStanding(standing);
  }

  #reopen(): void {
    this.#become('connecting');
    const open = () => {
      if (this.#standing === 'connecting' && !this.#wire) this.#open();
    };
    this.#prepare().then(open, open);
  }

  #open(): void {
    this.#become('connecting');
    const wire = this.#dial();
    this.#wire = wire;
    wire.onopen = () => this.#onOpen(wire);
    wire.onmessage = (event) => this.#onMessage(wire, String(event.data));
    wire.onclose = () => this.#onClose(wire);
  }

  #shut(): void {
    clearTimeout(this.#retry);
    this.#drop();
    this.#become('off');
  }

  /** Lets the line go without waiting for its end. */
  #drop(): void {
    const wire = this.#wire;
    this.#wire = undefined;
    clearTimeout(this.#silence);
    wire?.close();
    for (const waiting of this.#waiting.values()) {
      clearTimeout(waiting.timer);
      waiting.reject(new CutOff());
    }
    this.#waiting.clear();
  }

  #onOpen(wire: Wire): void {
    if (wire !== this.#wire) return;
    this.#tries = 0;
    this.#listen();
    this.#become('live');
    for (const room of this.#rooms.values()) void this.#join(room);
    for (const resolve of this.#hopeful) resolve();
    this.#hopeful.clear();
  }

  #onClose(wire: Wire): void {
    if (wire !== this.#wire) return;
    this.#drop();
    if (this.#rooms.size === 0) {
      this.#become('off');
      return;
    }
    const longest = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** this.#tries++);
    this.#become('waiting');
    this.#retry = setTimeout(() => this.#reopen(), longest * (0.5 + Math.random() / 2));
  }

  /** A line that says nothing for long is asked, and let go when it does not answer. */
  #listen(): void {
    clearTimeout(this.#silence);
    const wire = this.#wire;
    this.#silence = setTimeout(() => {
      this.#ask('ping', {}, PONG_WITHIN_MS).catch(() => {
        if (wire && wire === this.#wire) this.#onClose(wire);
      });
    }, SILENCE_MS);
  }

  #ask(type: string, body: Record<string, unknown>, within_ms = REPLY_WITHIN_MS): Promise<Message> {
    const wire = this.#wire;
    if (!wire || wire.readyState !== OPEN) return Promise.reject(new TypeError('not connected'));
    const id = String(this.#next_id++);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(id);
        reject(new CutOff());
      }, within_ms);
      this.#waiting.set(id, { resolve, reject, timer });
      wire.send(JSON.stringify({ type, id, ...body }));
    });
  }

  async #join(room: Room): Promise<void> {
    try {
      const reply = await this.#ask('join', { room: room.name, ...(room.sequence >= 0 ? { after_sequence: room.sequence } : {}) });
      if (typeof reply.room === 'string') room.canonical = reply.room;
    } catch (error) {
      if (!(error instanceof Problem)) return;
      if (error.status === 429 || error.status >= 500) {
        this.#joinLater(room);
        return;
      }
      for (const handler of room.handlers) handler.refused?.(error);
    }
  }

  /** Many come back at once after the server did: those who were too many try again. */
  #joinLater(room: Room): void {
    const wire = this.#wire;
    const again = () => {
      if (wire && wire === this.#wire && this.#rooms.get(room.name) === room) void this.#join(room);
    };
    setTimeout(again, JOIN_AGAIN_MS * (0.5 + Math.random()));
  }

  #onMessage(wire: Wire, text: string): void {
    if (wire !== this.#wire) return;
    this.#listen();
    const message = JSON.parse(text) as Message;
    if (message.type === 'ok' || message.type === 'error') this.#onReply(message);
    else this.#onEvent(message);
  }

  #onReply(message: Message): void {
    const id = String(message.id);
    const waiting = this.#waiting.get(id);
    if (!waiting) return;
    this.#waiting.delete(id);
    clearTimeout(waiting.timer);
    if (message.type === 'ok') {
      waiting.resolve(message);
      return;
    }
    const document = (message.problem ?? {}) as Partial<ProblemDocument>;
    waiting.reject(new Problem(document, document.status ?? 500));
  }

  #onEvent(message: Message): void {
    for (const room of this.#rooms.values()) {
      if (message.room !== room.canonical && message.room !== room.name) continue;
      if (message.type === 'snapshot') this.#onSnapshot(room, message);
      else if (isFresh(room, message)) for (const handler of room.handlers) handler.message(message);
    }
  }

  #onSnapshot(room: Room, message: Message): void {
    room.sequence = message.sequence ?? 0;
    room.snapshot = message;
    for (const handler of room.handlers) handler.snapshot(message);
  }
}

function forget(room: Room): void {
  room.sequence = -1;
  delete room.snapshot;
}

/** Messages of the room's own stream come once; those without a number are not part of it. */
function isFresh(room: Room, message: Message): boolean {
  if (message.sequence === undefined || message.sequence === 0) return true;
  if (message.sequence <= room.sequence) return false;
  room.sequence = message.sequence;
  delete room.snapshot;
  return true;
}
