// SPDX-License-Identifier: AGPL-3.0-or-later
// The page's one connection, and what pages show of how it stands.
import { hasSessionCookie } from '../api/client';
import { session } from '../features/session/session.svelte';
import { Connection, type RoomHandler, type Standing, type Message } from './connection';

function address(): string {
  const scheme = location.protocol === 'https:' ? 'wss:' : 'ws:';
  return `${scheme}//${location.host}/ws`;
}

const BACK_WITHIN_MS = 20_000;

class Live {
  standing = $state<Standing>('off');
  /** The line was there and is not now: what the page shows may be old. */
  isLost = $state(false);
  readonly #connection = new Connection(
    () => new WebSocket(address(), 'lathe.v1'),
    (standing) => this.#become(standing),
    // A session that ran out is renewed by any call.
    () => (hasSessionCookie() ? session.reload() : Promise.resolve()),
  );

  start(): void {
    session.onChange(() => this.#connection.restart());
    addEventListener('online', () => this.#connection.hurry());
    document.addEventListener('visibilitychange', () => {
      if (!document.hidden) this.#connection.hurry();
    });
  }

  #become(standing: Standing): void {
    this.standing = standing;
    if (standing === 'waiting') this.isLost = true;
    if (standing === 'live' || standing === 'off') this.isLost = false;
  }

  watch(room: string, handler: RoomHandler): () => void {
    return this.#connection.watch(room, handler);
  }

  async send(type: string, body: Record<string, unknown>): Promise<Message> {
    return this.#connection.send(type, body);
  }

  /** Once more after the line was cut: only for commands that carry a key of their own. */
  async sendWhenBack(type: string, body: Record<string, unknown>): Promise<Message> {
    await this.#connection.whenLive(BACK_WITHIN_MS);
    return this.#connection.send(type, body);
  }

}

export const live = new Live();
