// SPDX-License-Identifier: AGPL-3.0-or-later
// Databases of their own on the PostgreSQL that tools/with-postgres started.
import { randomBytes } from 'node:crypto';
import pg from 'pg';

const url = process.env['LATHE_TEST_POSTGRES_URL'];

async function onServer(statement: string): Promise<void> {
  if (!url) throw new Error('LATHE_TEST_POSTGRES_URL is not set: run the tests by "tools/test system [PATH]"');
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

export type Database = { url: string; drop: () => Promise<void> };

export async function createDatabase(): Promise<Database> {
  const name = `lathe_test_${randomBytes(6).toString('hex')}`;
  await onServer(`create database ${name}`);
  const own = new URL(url as string);
  own.pathname = `/${name}`;
  return { url: own.href, drop: () => onServer(`drop database if exists ${name} with (force)`) };
}

/** An independent look at the rows, for tests of durability and for what no reply shows. */
export async function query(database: Database, text: string, values: unknown[] = []): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  try {
    return (await client.query(text, values)).rows as Record<string, unknown>[];
  } finally {
    await client.end();
  }
}
