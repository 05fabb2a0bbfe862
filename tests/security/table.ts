// SPDX-License-Identifier: AGPL-3.0-or-later
// Reads matrix.txt: who may call what.
import { readFileSync } from 'node:fs';
import { testFile } from '../lib/paths.ts';
import { ACTORS, type Actor } from './world.ts';

/** ok: done. may: allowed, but what it names is not in a state for it. The numbers are refusals. */
export type Answer = 'ok' | 'may' | '401' | '403' | '404';
export type Row = {
  line: number;
  name: string; // "GET /api/v1/me"
  method: string;
  path: string;
  answers: Record<Actor, Answer>;
  /** What an unverified account gets instead where LATHE_REQUIRE_VERIFIED_EMAIL is on; undefined: the same. */
  unverified: Answer | undefined;
  /** What the variables of the path stand for; with "!" a new one for each call that is allowed. */
  objects: Record<string, string>;
};

const ANSWERS = new Set<string>(['ok', 'may', '401', '403', '404']);

export function readTable(): Row[] {
  const lines = readFileSync(testFile('security/matrix.txt'), 'utf8').split('\n');
  return lines.map((line, at) => ({ line, at })).filter(({ line }) => line !== '' && !line.startsWith('#')).map(({ line, at }) => {
    const [method = '', path = '', ...rest] = line.trim().split(/\s+/);
    const words = rest.slice(0, ACTORS.length);
    const unverified = rest[ACTORS.length];
    const wrong = words.filter((word) => !ANSWERS.has(word));
    if (words.length < ACTORS.length || wrong.length > 0 || (unverified !== '=' && !ANSWERS.has(unverified ?? ''))) throw new Error(`matrix.txt: ${line}`);
    return {
      line: at + 1,
      name: `${method} ${path}`,
      method,
      path,
      answers: Object.fromEntries(ACTORS.map((actor, at) => [actor, words[at]])) as Row['answers'],
      unverified: unverified === '=' ? undefined : (unverified as Answer),
      objects: Object.fromEntries(rest.slice(ACTORS.length + 1).map((pair) => pair.split('=') as [string, string])),
    };
  });
}
