// SPDX-License-Identifier: AGPL-3.0-or-later
// Which fault points are met, doing what; and calls to a server that may fail, be slow or fall.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Json, Reply } from '../lib/api.ts';
import { root } from '../lib/paths.ts';
import { eventually } from '../lib/wait.ts';

const words = (name: string): string[] => (process.env[name] ?? '').split(' ').filter((word) => word !== '');
const chosen = (name: string, all: string[]): string[] => {
  const some = words(name);
  return some.length === 0 ? all : all.filter((one) => some.some((word) => one.startsWith(word)));
};

/** From the second passage on, three times: the server starts, and gets over it by itself where it can. What is held is held for good. */
export const ACTIONS = chosen('LATHE_FAULT_ACTIONS', ['fail@2x3', 'delay:300ms@2x3', 'wait@2x1', 'crash@2']);

export const POINTS = chosen('LATHE_FAULT_POINTS', [...readFileSync(join(root, 'docs/reference/faults.md'), 'utf8').matchAll(/^\| `([a-z_.]+)` \|/gm)].map((row) => row[1] as string));

/** How long somebody waits for a server that may hold a request for good. */
export const PATIENCE_MS = 3_000;

/** A reply, or nothing when the server went away or kept silent. */
export async function attempt(call: (signal: AbortSignal) => Promise<Reply>): Promise<Reply | undefined> {
  try {
    return await call(AbortSignal.timeout(PATIENCE_MS));
  } catch {
    return undefined;
  }
}

/** Asks until the answer has the status; what `take` finds in it. */
export function again<T>(what: string, call: () => Promise<Reply>, status: number, take: (body: Json) => T): Promise<NonNullable<Exclude<T, false>>> {
  return eventually(what, async () => {
    const reply = await call();
    if (reply.status !== status) throw new Error(`${reply.status} ${reply.text.slice(0, 300)}`);
    return take(reply.body);
  }, { within_ms: 60_000, every_ms: 200 });
}
