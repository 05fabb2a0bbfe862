// SPDX-License-Identifier: AGPL-3.0-or-later
// A crowd of clients (flood.c), a program of its own that costs little, so that who measures beside it is not held up.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Child } from '../lib/child.ts';
import { builtBeside } from '../lib/paths.ts';
import { eventually } from '../lib/wait.ts';

/** "@@@@@@@@" in a path becomes a number that no other request has, so that no kept reply answers it. */
export type Request = { method: string; path: string; token?: string; body?: string };
/** rate: requests per second, whether answered or not; 0: each client asks again as soon as it was answered. */
export type Order = { port: number; connections: number; rate: number; requests: Request[]; processors?: string | undefined };
export type Counts = { answers: Record<string, number>; sent: number; late: number; broken: number; without_retry_after: number };

function textOf(port: number, { method, path, token, body = '' }: Request): string {
  const lines = [`${method} /api/v1${path} HTTP/1.1`, `Host: 127.0.0.1:${port}`, ...(token ? [`Authorization: Bearer ${token}`] : [])];
  if (method !== 'GET') lines.push('Content-Type: application/json', `Content-Length: ${Buffer.byteLength(body)}`);
  const text = `${lines.join('\r\n')}\r\n\r\n${body}`;
  return `${Buffer.byteLength(text)}\n${text}`;
}

export const answersIn = (counts: Counts): number => Object.values(counts.answers).reduce((all, one) => all + one, 0);

export class Flood {
  readonly #child: Child;
  readonly #file: string;

  private constructor(child: Child, file: string) {
    [this.#child, this.#file] = [child, file];
  }

  /** Goes on until it is stopped. */
  static async start(order: Order): Promise<Flood> {
    const file = join(tmpdir(), `lathe-flood-${process.pid}-${order.port}`);
    await writeFile(file, order.requests.map((request) => textOf(order.port, request)).join(''));
    const child = new Child(builtBeside('tests/faults/flood'), [String(order.port), String(order.connections), String(order.rate), file]);
    const flood = new Flood(child, file);
    execFileSync('renice', ['-n', '5', '-p', String(child.pid)], { stdio: 'ignore' });
    if (order.processors) execFileSync('taskset', ['-cp', order.processors, String(child.pid)], { stdio: 'ignore' });
    await eventually('the crowd is there', () => {
      assert.equal(child.exit, undefined, child.output);
      return flood.#lines().length > 1;
    });
    return flood;
  }

  #lines(): string[] {
    return this.#child.output.split('\n').slice(0, -1);
  }

  counts(): Counts {
    return JSON.parse(this.#lines().at(-1) as string) as Counts;
  }

  async stop(): Promise<Counts> {
    await this.#child.stop('SIGKILL');
    await rm(this.#file, { force: true });
    return this.counts();
  }
}
