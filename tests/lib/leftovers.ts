// SPDX-License-Identifier: AGPL-3.0-or-later
// What a server keeps, seen from beside it: the rows of every table and the files of the data directory. A request that is
// refused leaves both as they were.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual, promisify } from 'node:util';
import type { Lathe } from './lathe.ts';
import { query } from './postgres.ts';
import { eventually } from './wait.ts';

export type Kept = { rows: Record<string, number>; files: string[] };

/**
 * Written by the clock, not by the request that is judged; and the reply that is kept for a day under a request's own
 * Idempotency-Key, so that a repeated refusal is the same refusal.
 */
const NOT_OF_THE_REQUEST = new Set(['job', 'ledger_unsealed', 'ledger_seal', 'ledger_balance', 'idempotency_claim']);

function sqliteFile(lathe: Lathe): string {
  const name = readdirSync(lathe.data).find((each) => each.endsWith('.db'));
  assert.ok(name, 'the database is in the data directory');
  return join(lathe.data, name);
}

/** One statement on the server's database, beside the server; rows as arrays of texts. */
export async function sql(lathe: Lathe, text: string): Promise<string[][]> {
  if (lathe.database) return (await query(lathe.database, text)).map((row) => Object.values(row).map(String));
  const { stdout } = await promisify(execFile)('sqlite3', ['-cmd', '.timeout 10000', '-separator', '\t', sqliteFile(lathe), text]);
  return stdout.split('\n').filter(Boolean).map((line) => line.split('\t'));
}

async function tables(lathe: Lathe): Promise<string[]> {
  const names = lathe.database
    ? await sql(lathe, "select tablename from pg_tables where schemaname = 'public'")
    : await sql(lathe, "select name from sqlite_master where type = 'table' and name not like 'sqlite_%' and name not like 'item_match%' and name not like 'chat_match%'");
  return names.map(([name]) => name as string).filter((name) => !NOT_OF_THE_REQUEST.has(name)).sort();
}

async function countRows(lathe: Lathe): Promise<Record<string, number>> {
  const names = await tables(lathe);
  const counts = await sql(lathe, names.map((name) => `select '${name}', count(*) from ${name}`).join(' union all '));
  return Object.fromEntries(counts.map(([name, count]) => [name, Number(count)]));
}

/** Blobs, staged uploads, scratch files; neither the database nor its journal. */
function listFiles(lathe: Lathe): string[] {
  return readdirSync(lathe.data, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(lathe.data.length + 1))
    .filter((name) => !/\.db(-wal|-shm|-journal)?$/.test(name) && !name.startsWith('mail/'))
    .sort();
}

export async function kept(lathe: Lathe): Promise<Kept> {
  return { rows: await countRows(lathe), files: listFiles(lathe) };
}

/**
 * What still has to follow: events without a position (on PostgreSQL they wait for older transactions, those of other databases
 * too), consumers that are behind, jobs that are due or run.
 */
const TO_FOLLOW = `
  select (select count(*) from event where position is null)
       + (select count(*) from event_consumer, feed where event_consumer.position < feed.position)
       + (select count(*) from job where status = 1 or (status = 0 and due_at <= `;

async function isFollowed(lathe: Lathe): Promise<boolean> {
  const [row] = await sql(lathe, `${TO_FOLLOW}${Date.now() * 1_000}))`);
  return row?.[0] === '0';
}

/** The same, once nothing changes any more: consumers have followed, jobs and sweeps are done. */
export async function settled(lathe: Lathe): Promise<Kept> {
  let last = await kept(lathe);
  return eventually(
    'what is kept settles',
    async () => {
      const wasFollowed = await isFollowed(lathe);
      const now = await kept(lathe);
      const isSame = isDeepStrictEqual(now, last);
      last = now;
      return wasFollowed && isSame && now;
    },
    { every_ms: 200, within_ms: 90_000 },
  );
}

/** Runs what must be refused and compares what is kept before and after it. */
export async function expectNothingLeft<T>(lathe: Lathe, refused: () => Promise<T>): Promise<T> {
  const before = await settled(lathe);
  const result = await refused();
  assert.deepEqual(await settled(lathe), before, 'a refusal left something behind');
  return result;
}
