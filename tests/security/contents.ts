// SPDX-License-Identifier: AGPL-3.0-or-later
// The whole content of a server's database as text, beside the server, and what differs between two of them.
import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Lathe } from '../lib/lathe.ts';
import { query } from '../lib/postgres.ts';

function sqliteFile(lathe: Lathe): string {
  return join(lathe.data, readdirSync(lathe.data).find((name) => name.endsWith('.db')) ?? 'lathe.db');
}

export async function execute(lathe: Lathe, text: string): Promise<void> {
  if (lathe.database) await query(lathe.database, text);
  else await promisify(execFile)('sqlite3', ['-cmd', '.timeout 10000', sqliteFile(lathe), text]);
}

/** Every row of every table as a line; bytes are shown as hexadecimal digits and, so that a word can be found in them, as text. */
export async function dump(lathe: Lathe): Promise<string> {
  const run = promisify(execFile);
  const { stdout } = lathe.database
    ? await run('pg_dump', ['--data-only', '--inserts', '--rows-per-insert=1', lathe.database.url], { maxBuffer: 256 << 20 })
    : await run('sqlite3', ['-cmd', '.timeout 10000', sqliteFile(lathe), '.dump'], { maxBuffer: 256 << 20 });
  return stdout;
}

/** Written by the clock or for the request itself, not by what a request does. */
const NOT_OF_THE_REQUEST = /^INSERT INTO "?(public\.)?"?(job|ledger_unsealed|ledger_seal|ledger_balance|idempotency_claim|sqlite_|event_reader|consumer)\w*/;

export async function contents(lathe: Lathe): Promise<Set<string>> {
  const lines = (await dump(lathe)).split('\n');
  return new Set(lines.filter((line) => line.startsWith('INSERT INTO') && !NOT_OF_THE_REQUEST.test(line)));
}

export function differences(earlier: Set<string>, later: Set<string>): string[] {
  const gone = [...earlier].filter((line) => !later.has(line)).map((line) => `- ${line.slice(0, 300)}`);
  const come = [...later].filter((line) => !earlier.has(line)).map((line) => `+ ${line.slice(0, 300)}`);
  return [...gone, ...come];
}
