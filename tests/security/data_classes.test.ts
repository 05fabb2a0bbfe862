// SPDX-License-Identifier: AGPL-3.0-or-later
// Every column of the database is of a class whose protection is documented: data_classes.txt, docs/operations/data.md. What is secret
// is of a kind that nobody reads anything from, unless it says why.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { engines, Lathe, serveIsMissing } from '../lib/lathe.ts';
import { sql } from '../lib/leftovers.ts';
import { root, testFile } from '../lib/paths.ts';

const COLUMNS = {
  sqlite: "select m.name || '.' || p.name from sqlite_master m, pragma_table_info(m.name) p where m.type = 'table' and m.name not like 'sqlite_%'",
  postgresql: "select table_name || '.' || column_name from information_schema.columns where table_schema = 'public'",
};

function classes(): Map<string, string> {
  const lines = readFileSync(testFile('security/data_classes.txt'), 'utf8').split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  const found = new Map<string, string>();
  for (const line of lines) {
    const [table = '', name = '', ...columns] = line.split(/\s+/);
    for (const column of columns) {
      assert.ok(!found.has(`${table}.${column}`), `${table}.${column} is there twice`);
      found.set(`${table}.${column}`, name);
    }
  }
  return found;
}

describe('data by class', { skip: serveIsMissing() }, () => {
  test('each column has its class, and each class says what it needs', async () => {
    const columns = new Set<string>();
    for (const engine of engines) {
      const lathe = await Lathe.create({ engine });
      try {
        assert.equal((await lathe.run(['migrate'])).code, 0);
        for (const [column] of await sql(lathe, COLUMNS[engine])) columns.add(column ?? '');
      } finally {
        await lathe.dispose();
      }
    }
    assert.ok(columns.size > 500, `${columns.size} columns`);
    const known = classes();
    assert.deepEqual([...columns].filter((column) => !known.has(column)), [], 'without a class');
    assert.deepEqual([...known.keys()].filter((column) => !columns.has(column)), [], 'not there');
    const page = readFileSync(join(root, 'docs/operations/data.md'), 'utf8');
    for (const name of new Set(classes().values())) assert.match(page, new RegExp(`^\\| \\*\\*${name}\\*\\* \\|`, 'm'), `${name} is not on the page`);
  });

  test('what sounds like a secret is one', () => {
    const named = [...classes()].filter(([column]) => /password|digest|secret|token(?!_version)|salt|(?<!is_)reserve_price/.test(column));
    const elsewhere = named.filter(([, name]) => name !== 'secret').map(([column]) => column);
    assert.deepEqual(elsewhere, ['idempotency_claim.digest'], 'of the body of a request');
  });
});
