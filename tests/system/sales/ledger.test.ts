// SPDX-License-Identifier: AGPL-3.0-or-later
// The ledger against somebody with a hand in the database: it refuses changes, and what got past that shows in `lathe check`.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { promisify } from 'node:util';
import { expectStatus, type Json } from '../../lib/api.ts';
import { eachEngine, useLathe } from '../../lib/lathe.ts';
import type { Person } from '../../lib/people.ts';
import { query } from '../../lib/postgres.ts';
import { buy, expectSound, itemOf, license, newBuyer, newSeller, publishSpec, shopSettings } from '../../lib/shop.ts';
import { eventually } from '../../lib/wait.ts';

eachEngine('the ledger', (engine) => {
  const lathe = useLathe({ engine, settings: shopSettings });

  const run = async (text: string): Promise<string> => {
    const { database, data } = lathe();
    if (database) return JSON.stringify(await query(database, text));
    const file = readdirSync(data).find((name) => name.endsWith('.db'));
    assert.ok(file && existsSync(join(data, file)), 'the database is in the data directory');
    return (await promisify(execFile)('sqlite3', ['-cmd', '.timeout 5000', join(data, file), text])).stdout;
  };

  let seller: Person;
  let unsealed: Json;

  before(async () => {
    seller = await newSeller(lathe());
    const spec = await publishSpec(seller, { licenses: [license('basic', 1999)] });
    for (let i = 0; i < 3; i++) await buy(await newBuyer(lathe()), [itemOf(spec, 'basic')]);
    unsealed = expectStatus(await seller.api.get('/me/balance'), 200);
    assert.equal(unsealed.items[0].sales.amount, 3 * 1999);
  });

  test('its lines can be neither changed nor deleted', async () => {
    for (const text of [
      'update ledger_entry set minor = minor + 1',
      'delete from ledger_entry',
      "update ledger_transaction set reason = 'gift'",
      'delete from ledger_transaction',
    ]) {
      await assert.rejects(run(text), /append-only/, text);
    }
    await expectSound(lathe());
  });

  test('what was changed behind the triggers shows', async () => {
    await eventually('everything is sealed', async () => /\b3\b/.test(await run('select count(*) as n from ledger_seal')), {
      within_ms: 90_000,
    });
    await expectSound(lathe());
    assert.deepEqual(expectStatus(await seller.api.get('/me/balance'), 200), unsealed, 'the balance is another once its lines are sealed');
    const first = '(select transaction_id from ledger_seal where sequence = 1)';
    const off = engine === 'sqlite' ? 'drop trigger ledger_entry_kept' : 'alter table ledger_entry disable trigger all';
    await run(off);
    await run(`update ledger_entry set minor = minor * 2 where transaction_id = ${first}`);
    const { code, output } = await lathe().run(['check']);
    assert.equal(code, 1, output);
    assert.match(output, /BROKEN\s+payments\.ledger_chain/);
    assert.match(output, /BROKEN\s+payments\.ledger_providers/);
    assert.match(output, /ok\s+payments\.ledger_balances/);
    assert.match(output, /BROKEN\s+payments\.ledger_kept_balances/);
  });
});
