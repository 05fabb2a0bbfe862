// SPDX-License-Identifier: AGPL-3.0-or-later
// Somebody who watches an auction over a socket, and comes back after every kill with the last sequence seen.
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import type { Json } from '../lib/api.ts';
import { Socket } from '../lib/socket.ts';
import { eventually } from '../lib/wait.ts';
import type { Lot } from './lots.ts';
import type { World } from './world.ts';

const CATCHES_UP_MS = 240_000;

export class Watcher {
  readonly lot: Lot;
  readonly #world: World;
  readonly #room: string;
  #last = -1;
  /** The sequence that each message after a snapshot had. */
  readonly #seen: number[] = [];
  #isStopped = false;
  /** The server was busy, or too many came back at once: another try follows. */
  #isRefused = false;
  #socket: Socket | undefined;
  resumed = 0;

  private constructor(world: World, lot: Lot) {
    this.#world = world;
    this.lot = lot;
    this.#room = `auction:${lot.id}`;
  }

  static start(world: World, lot: Lot): Watcher {
    const watcher = new Watcher(world, lot);
    void watcher.#live();
    return watcher;
  }

  stop(): void {
    this.#isStopped = true;
    this.#socket?.cut();
  }

  async #live(): Promise<void> {
    while (!this.#isStopped && !this.#world.isOver) {
      try {
        const socket = await Socket.open(this.#world.lathe.origin);
        this.#socket = socket;
        socket.send(JSON.stringify({ type: 'join', room: this.#room, after_sequence: this.#last }));
        if (this.#last >= 0) this.resumed += 1;
        this.#isRefused = false;
        for (let taken = 0; taken < socket.received.length || socket.close_code === undefined; await pause(10)) {
          for (; taken < socket.received.length; taken++) this.#take(socket.received[taken]);
          if (this.#isRefused) socket.cut();
        }
      } catch {
        // The server is down; it comes back.
      }
      await pause(this.#isRefused ? 1000 : 30);
    }
  }

  #take(message: Json): void {
    if (message.type === 'snapshot') {
      this.#last = message.sequence as number;
      this.#seen.push(-this.#last); // from here on it counts anew
    } else if (message.type === 'error') {
      this.#isRefused = true;
    } else if (message.type !== 'ok' && message.room === this.#room && (message.sequence ?? 0) > 0) {
      this.#seen.push(message.sequence as number);
      this.#last = message.sequence as number;
    }
  }

  /** It has come to the end, without a gap and without a message twice. */
  async judge(): Promise<void> {
    const { sequence } = await this.lot.load();
    await eventually(`the watcher of ${this.lot.id} is at ${sequence}`, () => this.#last >= sequence, { within_ms: CATCHES_UP_MS });
    this.stop();
    let last: number | undefined;
    for (const seen of this.#seen) {
      if (seen > 0) assert.ok(last === undefined || seen === last + 1, `after ${last} came ${seen} in ${this.lot.id}: ${this.#seen.join(' ')}`);
      last = Math.abs(seen);
    }
  }
}
