// SPDX-License-Identifier: AGPL-3.0-or-later
// A client of GET /ws: commands with their answers, and what comes by itself, in the order in which it came.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import WebSocket from 'ws';
import type { Json } from './api.ts';

export type SocketOptions = { token?: string; /** sub-protocols besides lathe.v1 */ protocols?: string[]; headers?: Record<string, string>; /** for https://: whom to trust, whom to ask for, from which address */ tls?: { ca: string; servername: string; localAddress?: string } };
type Waiter = { take: (message: Json) => boolean };

const WITHIN_MS = 60_000;

function url(origin: string): string {
  return `${origin.replace(/^http/, 'ws')}/ws`;
}

function connect(origin: string, { token, protocols = [], headers = {}, tls }: SocketOptions): WebSocket {
  const authorization = token ? { authorization: `Bearer ${token}` } : {};
  return new WebSocket(url(origin), ['lathe.v1', ...protocols], { headers: { ...authorization, ...headers }, ...tls });
}

/** The status of a connection that must be refused. */
export async function refusedSocket(origin: string, options: SocketOptions = {}): Promise<number> {
  const socket = connect(origin, options);
  socket.on('error', () => {});
  try {
    return await new Promise((resolve, reject) => {
      socket.once('open', () => reject(new Error('the connection was opened')));
      socket.once('unexpected-response', (_request, response) => resolve(response.statusCode ?? 0));
    });
  } finally {
    socket.terminate();
  }
}

export class Socket {
  /** Everything but answers, as it came. */
  readonly received: Json[] = [];
  /** Once it is closed. */
  close_code: number | undefined;
  readonly #socket: WebSocket;
  readonly #answers = new Map<number, (message: Json) => void>();
  readonly #waiters = new Set<Waiter>();
  #last_id = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (data) => this.#take(JSON.parse(String(data))));
    socket.on('close', (code) => (this.close_code = code));
    socket.on('error', () => {});
  }

  static async open(origin: string, options: SocketOptions = {}): Promise<Socket> {
    const socket = connect(origin, options);
    const opened = new Socket(socket);
    await once(socket, 'open');
    return opened;
  }

  #take(message: Json): void {
    const answer = message.type === 'ok' || message.type === 'error' ? this.#answers.get(message.id) : undefined;
    if (answer) {
      this.#answers.delete(message.id);
      answer(message);
      return;
    }
    this.received.push(message);
    for (const waiter of this.#waiters) if (waiter.take(message)) this.#waiters.delete(waiter);
  }

  #within<T>(what: string, start: (resolve: (value: T) => void) => void): Promise<T> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${what}: not within ${WITHIN_MS} ms; closed with ${this.close_code}; got ${JSON.stringify(this.received.slice(-5))}`)), WITHIN_MS);
      start((value) => {
        clearTimeout(timer);
        resolve(value);
      });
    });
  }

  /** The answer to a command, whatever it is. */
  call(type: string, members: Json = {}): Promise<Json> {
    const id = ++this.#last_id;
    return this.#within(`an answer to ${type}`, (resolve) => {
      this.#answers.set(id, resolve);
      this.#socket.send(JSON.stringify({ type, id, ...members }));
    });
  }

  /** The answer to a command that must be done. */
  async do(type: string, members: Json = {}): Promise<Json> {
    const answer = await this.call(type, members);
    assert.equal(answer.type, 'ok', `${type}: ${JSON.stringify(answer)}`);
    return answer;
  }

  /** The problem with a command that must be refused with this code. */
  async refused(type: string, members: Json, code: string): Promise<Json> {
    const answer = await this.call(type, members);
    assert.equal(answer.type, 'error', `${type}: ${JSON.stringify(answer)}`);
    assert.equal(answer.problem.code, code, JSON.stringify(answer.problem));
    return answer.problem;
  }

  /** The first message, of those that came or will come, that the predicate takes. */
  until(what: string, wanted: (message: Json) => boolean): Promise<Json> {
    const there = this.received.find(wanted);
    if (there) return Promise.resolve(there);
    return this.#within(what, (resolve) => {
      this.#waiters.add({
        take: (message) => {
          if (!wanted(message)) return false;
          resolve(message);
          return true;
        },
      });
    });
  }

  send(text: string): void {
    this.#socket.send(text);
  }

  /** As when the network goes: no closing handshake. */
  cut(): void {
    this.#socket.terminate();
  }

  async close(): Promise<void> {
    if (this.#socket.readyState === WebSocket.CLOSED) return;
    const closed = once(this.#socket, 'close');
    this.#socket.close();
    await closed;
  }

  async closed(): Promise<number> {
    if (this.close_code === undefined) await this.#within<void>('the end of the connection', (resolve) => this.#socket.once('close', () => resolve()));
    return this.close_code ?? 0;
  }
}
