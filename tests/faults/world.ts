// SPDX-License-Identifier: AGPL-3.0-or-later
// A server that is killed again and again, people who go on with their business all the same, and a journal of what they were told.
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { Api, type Reply } from '../lib/api.ts';
import { Lathe } from '../lib/lathe.ts';
import type { PostgresServer } from '../lib/postgres_server.ts';
import { PowerLoss } from '../lib/power_loss/power_loss.ts';
import { eventually } from '../lib/wait.ts';

/** Asks the server whether something it acknowledged is still so. */
export type Check = () => Promise<void>;

const SAMPLE = 12; // acknowledgements of earlier rounds that are looked at again after each kill
const PATIENCE_MS = 180_000;
/** Refusals that a kill leaves behind for a while: a lease of the killed server has to run out. */
const PASSING = new Set(['idempotency.running', 'media.upload_busy']);

function isConnectionLoss(error: unknown): boolean {
  return error instanceof TypeError && /fetch failed|terminated|other side closed/.test(`${error.message} ${String(error.cause)}`);
}

/** What else is struck: the disk's unsynced bytes, all of them or (torn) any part; the database server. */
export type Around = { power?: PowerLoss | undefined; isTorn?: boolean; postgres?: PostgresServer | undefined };

export class World {
  readonly lathe: Lathe;
  readonly random: () => number;
  readonly around: Around;
  isEnding = false;
  /** The server will not come back: who still asks gives up. */
  isOver = false;
  kills = 0;
  /** Requests whose reply a kill took away. */
  cut = 0;
  /** Requests that were told to come later, for want of a database. */
  unavailable = 0;
  readonly #journal = new Map<string, Check>();
  #recent = new Set<string>();
  #isUp = true;
  #waiting: (() => void)[] = [];
  #struck: Promise<void> = Promise.resolve();

  constructor(lathe: Lathe, random: () => number, around: Around = {}) {
    this.lathe = lathe;
    this.random = random;
    this.around = around;
  }

  get acknowledged(): number {
    return this.#journal.size;
  }

  pick<T>(list: readonly T[]): T {
    const item = list[Math.floor(this.random() * list.length)];
    assert.ok(item !== undefined, 'nothing to pick from');
    return item;
  }

  /** Notes what the server acknowledged; a later word about the same thing replaces the earlier one. */
  acknowledge(what: string, check: Check): void {
    this.#journal.set(what, check);
    this.#recent.add(what);
  }

  forget(what: string): void {
    this.#journal.delete(what);
    this.#recent.delete(what);
  }

  api(token?: string): Api {
    return new Api(this.lathe.origin, token);
  }

  /** Sends again, over every kill, until there is an answer that is not a passing refusal. */
  async ask(token: string | undefined, send: (api: Api) => Promise<Reply>): Promise<Reply> {
    const end = performance.now() + PATIENCE_MS;
    for (;;) {
      await this.#whenUp();
      assert.ok(!this.isOver, 'the world is over');
      try {
        const reply = await send(this.api(token));
        if (!this.#isPassing(reply) || performance.now() > end) return reply;
        await pause(250);
      } catch (error) {
        if (this.isOver || !isConnectionLoss(error)) throw error;
        this.cut += 1;
        await pause(10); // the end of the server is known here before it is known to the one who killed it
        this.#demandServer();
      }
    }
  }

  #isPassing(reply: Reply): boolean {
    if (this.around.postgres && reply.status === 503) {
      this.unavailable += 1;
      return true;
    }
    return reply.status === 409 && PASSING.has(reply.body?.code);
  }

  /** A server that ended without being killed comes back for nobody. */
  #demandServer(): void {
    if (this.#isUp && this.lathe.exit) throw new Error(`the server ended by itself:\n${this.lathe.output.slice(-4000)}`);
  }

  /** The bytes of a file, over every kill; a reply that ends early is asked for again. */
  async bytes(token: string, path: string): Promise<Uint8Array> {
    for (;;) {
      await this.#whenUp();
      try {
        const reply = await fetch(new URL(path, this.lathe.origin), { headers: { authorization: `Bearer ${token}` } });
        const bytes = new Uint8Array(await reply.arrayBuffer());
        if (this.around.postgres && reply.status === 503) {
          await pause(250);
          continue;
        }
        assert.equal(reply.status, 200, Buffer.from(bytes.subarray(0, 500)).toString());
        return bytes;
      } catch (error) {
        if (this.isOver || !isConnectionLoss(error)) throw error;
        this.cut += 1;
        await pause(10);
      }
    }
  }

  #whenUp(): Promise<void> {
    return this.#isUp ? Promise.resolve() : new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Kills the server, or the one of its database, takes unsynced bytes if power is lost too, and starts it on what is left. */
  strike(): Promise<void> {
    assert.ok(!this.isOver, 'the world is over');
    this.#struck = this.#strike();
    return this.#struck;
  }

  /** From here on nobody kills the server or starts it again, also where a test failed in the middle of that. */
  async end(): Promise<void> {
    this.isOver = true;
    await this.#struck.catch(() => undefined); // told to who struck
    for (const resume of this.#waiting.splice(0)) resume();
  }

  async #strike(): Promise<void> {
    this.kills += 1;
    if (this.around.postgres && this.random() < 0.7) {
      await this.#strikeDatabase(this.around.postgres);
      return;
    }
    this.#isUp = false;
    await this.lathe.kill();
    await this.around.postgres?.kill();
    await this.around.power?.strike(this.around.isTorn ? this.random : undefined);
    await this.around.postgres?.start();
    await this.checkData();
    await this.around.power?.begin();
    await this.lathe.start(this.around.power?.settings ?? {});
    await this.#verify();
    this.#isUp = true;
    for (const resume of this.#waiting.splice(0)) resume();
  }

  /** Lathe lives through it: not ready while there is no database, ready soon after it is back. */
  async #strikeDatabase(postgres: PostgresServer): Promise<void> {
    await postgres.kill();
    await eventually('Lathe says that it is not ready', async () => (await this.#readiness()) === 503);
    await postgres.start();
    await eventually('Lathe is ready again', async () => (await this.#readiness()) === 200);
    await this.checkData();
    await this.#verify();
  }

  async #readiness(): Promise<number> {
    this.#demandServer();
    const reply = await fetch(`${this.lathe.origin}/readyz`);
    await reply.arrayBuffer();
    return reply.status;
  }

  async checkData(): Promise<void> {
    const { code, output } = await this.lathe.run(['check']);
    assert.equal(code, 0, `after kill ${this.kills}: ${output}`);
  }

  async #verify(): Promise<void> {
    const recent = [...this.#recent];
    this.#recent = new Set();
    const earlier = [...this.#journal.keys()];
    const sample = earlier.length === 0 ? [] : Array.from({ length: SAMPLE }, () => this.pick(earlier));
    await this.#verifyAll([...new Set([...recent, ...sample])]);
  }

  async verifyEverything(): Promise<void> {
    await this.#verifyAll([...this.#journal.keys()]);
  }

  async #verifyAll(names: string[]): Promise<void> {
    const left = [...names];
    const lane = async (): Promise<void> => {
      for (let what = left.pop(); what !== undefined; what = left.pop()) {
        try {
          const check = this.#journal.get(what);
          // A lane that lost its database may say so once more before it has a new one.
          if (this.around.postgres) await eventually(what, async () => (await check?.(), true), { every_ms: 200 });
          else await check?.();
        } catch (error) {
          throw new Error(`acknowledged, but after kill ${this.kills} not so: ${what}`, { cause: error });
        }
      }
    };
    await Promise.all(Array.from({ length: 6 }, lane));
  }
}
