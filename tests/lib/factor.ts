// SPDX-License-Identifier: AGPL-3.0-or-later
// The second factor as its owner uses it. Codes are those of Debian's oathtool, which shares no line with the program.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expectProblem, expectStatus, type Json } from './api.ts';
import type { Lathe } from './lathe.ts';
import { sql } from './leftovers.ts';
import type { Person } from './people.ts';

const STEP_MS = 30_000;

/** What the app shows now, or so many steps of 30 seconds from now. */
export async function appCode(secret: string, steps = 0): Promise<string> {
  const at = new Date(Date.now() + steps * STEP_MS).toISOString().replace('T', ' ').replace(/\..*/, ' UTC');
  const { stdout } = await promisify(execFile)('oathtool', ['--totp', '--base32', '--now', at, secret]);
  return stdout.trim();
}

/** The present code, as if none had been used yet: a test has no 30 seconds for the next one. */
export async function freshCode(lathe: Lathe, person: Person, secret: string): Promise<string> {
  await sql(lathe, `update second_factor set last_step = 0 where account_id = (select id from account where username = '${person.username}')`);
  return appCode(secret);
}

export type Factor = { secret: string; codes: string[]; used: string };

/** Turns it on in the person's session. */
export async function turnOn(person: Person): Promise<Factor> {
  const { secret } = expectStatus(await person.api.post('/me/second-factor', { password: person.password }), 201);
  const used = await appCode(secret);
  const { codes } = expectStatus(await person.api.post('/me/second-factor/confirm', { code: used }), 200);
  return { secret, codes, used };
}

/** The challenge that a right password gets. */
export async function challengeOf(lathe: Lathe, person: { username: string; password: string }): Promise<string> {
  const reply = await lathe.api.post('/auth/login', { login: person.username, password: person.password });
  const problem: Json = expectProblem(reply, 401, 'identity.second_factor_required');
  return problem.challenge;
}
