// SPDX-License-Identifier: AGPL-3.0-or-later
// The operator's commands: config, user, check, backup while running, restore, rebuild.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { type Json, expectProblem, expectStatus } from '../../lib/api.ts';
import { eachEngine, Lathe, useLathe } from '../../lib/lathe.ts';
import type { Person } from '../../lib/people.ts';
import { buy, expectSound, itemOf, license, newBuyer, newSeller, publishSpec, shopSettings, type Spec } from '../../lib/shop.ts';
import { eventually } from '../../lib/wait.ts';

async function digest(url: string): Promise<string> {
  const response = await fetch(url);
  assert.equal(response.status, 200, url);
  return createHash('sha256').update(Buffer.from(await response.arrayBuffer())).digest('hex');
}

/** What a buyer and a seller see, without what differs from call to call. */
async function pictureOf(lathe: Lathe, buyer: Person, seller: Person, spec: Spec): Promise<Json> {
  const as = (person: Person) => lathe.api.as(person.tokens.access_token);
  const picture: Json = {
    me: expectStatus(await as(buyer).get('/me'), 200),
    orders: expectStatus(await as(buyer).get('/orders'), 200),
    licenses: expectStatus(await as(buyer).get('/licenses'), 200),
    sales: expectStatus(await as(seller).get('/orders/sales'), 200),
    ledger: expectStatus(await as(seller).get('/me/ledger'), 200),
    balance: expectStatus(await as(seller).get('/me/balance'), 200),
    spec: expectStatus(await lathe.api.get(`/specs/${spec.id}`), 200),
  };
  const { files } = expectStatus(await as(buyer).get(`/licenses/${picture.licenses.items[0].id}/downloads`), 200);
  picture.files = files.map((file: Json) => [file.kind, file.sha256, file.size_bytes]);
  for (const file of files) {
    const path = new URL(file.url, lathe.origin);
    assert.equal(await digest(`${lathe.origin}${path.pathname}${path.search}`), file.sha256);
  }
  return picture;
}

eachEngine('operator', (engine) => {
  const lathe = useLathe({ engine, settings: shopSettings });
  let buyer: Person;
  let seller: Person;
  let spec: Spec;

  before(async () => {
    seller = await newSeller(lathe());
    buyer = await newBuyer(lathe());
    spec = await publishSpec(seller, { licenses: [license('premium', 4999, ['mp3', 'wav'])] });
    await buy(buyer, [itemOf(spec, 'premium')]);
    await eventually('the sale is counted', async () =>
      expectStatus(await lathe().api.get(`/specs/${spec.id}`), 200).purchase_count === 1);
  });

  test('config shows every setting, its source, and no secret', async () => {
    const { code, output } = await lathe().run(['config'], {
      LATHE_STRIPE_SECRET_KEY: 'sk_test_canary',
      LATHE_STRIPE_PUBLISHABLE_KEY: 'pk_test_shown',
      LATHE_STRIPE_WEBHOOK_SECRET: 'whsec_canary',
    });
    assert.equal(code, 0, output);
    assert.match(output, /LATHE_BCRYPT_COST=4 .*environment/);
    assert.match(output, /LATHE_LISTEN=/);
    assert.match(output, /pk_test_shown/);
    assert.doesNotMatch(output, /canary/);
  });

  test('unknown and bad settings stop the start, one line each', async () => {
    const { code, output } = await lathe().run(['config'], { LATHE_LISTN: 'x', LATHE_BCRYPT_COST: '99', LATHE_LOOPS: 'many' });
    assert.equal(code, 2);
    assert.equal(output.trim().split('\n').length, 3, output);
    assert.match(output, /LATHE_LISTN.*LATHE_LISTEN/);
  });

  test('an admin is made on the command line and can log in', async () => {
    const made = await lathe().run(['user', 'create', '--role', 'admin', '--email', 'root@example.org', '--username', 'root', '--random-password']);
    assert.equal(made.code, 0, made.output);
    const password = /password (\S+)/.exec(made.output)?.[1] ?? '';
    const session = expectStatus(await lathe().api.post('/auth/login', { login: 'root', password }), 200);
    assert.deepEqual(session.user.roles, ['admin']);
    const again = await lathe().run(['user', 'create', '--role', 'admin', '--email', 'root@example.org', '--username', 'other', '--random-password']);
    assert.equal(again.code, 1);
    assert.match(again.output, /in use/);
  });

  test('check finds nothing wrong in a shop that sold something', () => expectSound(lathe()));

  test('check finds a blob that was damaged, and one that is gone', { skip: engine !== 'sqlite' }, async () => {
    const folder = join(lathe().data, 'media', 'blobs');
    const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    assert.ok(files.length > 0);
    const victim = join(files[0]!.parentPath ?? files[0]!.path, files[0]!.name);
    const { readFileSync, chmodSync } = await import('node:fs');
    const bytes = readFileSync(victim);
    chmodSync(victim, 0o600);
    writeFileSync(victim, Buffer.concat([bytes.subarray(0, bytes.length - 1), Buffer.from([bytes[bytes.length - 1]! ^ 1])]));
    const damaged = await lathe().run(['check']);
    assert.equal(damaged.code, 1, damaged.output);
    assert.match(damaged.output, /BROKEN\s+media\./);
    rmSync(victim);
    const gone = await lathe().run(['check']);
    assert.equal(gone.code, 1, gone.output);
    writeFileSync(victim, bytes);
    await expectSound(lathe());
  });

  test('a backup of a running shop, restored elsewhere, is the same shop', async () => {
    const target = join(lathe().data, '..', `backup-${engine}-${process.pid}`);
    const before = await pictureOf(lathe(), buyer, seller, spec);
    const saved = await lathe().run(['backup', target]);
    assert.equal(saved.code, 0, saved.output);
    assert.ok(existsSync(join(target, 'manifest.json')));
    assert.equal(statSync(join(target, 'secret.key')).mode & 0o777, 0o600);
    const twice = await lathe().run(['backup', target]);
    assert.equal(twice.code, 1, 'a backup does not write over another');

    const copy = await Lathe.create({ engine, settings: shopSettings, name: 'restored' });
    try {
      rmSync(copy.data, { recursive: true });
      const restored = await runRestore(copy, target);
      assert.equal(restored.code, 0, restored.output);
      await copy.start();
      assert.deepEqual(await pictureOf(copy, buyer, seller, spec), withOrigin(before, lathe(), copy));
      await expectSound(copy);
      const again = await runRestore(copy, target);
      assert.equal(again.code, 1, 'nothing is restored over what is there');
    } finally {
      await copy.dispose();
      rmSync(target, { recursive: true, force: true });
    }
  });

  test('what is counted from events can be rebuilt', async () => {
    const count = async (): Promise<Json> => expectStatus(await lathe().api.get(`/specs/${spec.id}`), 200).purchase_count;
    const before = await count();
    const unknown = await lathe().run(['rebuild', 'nobody']);
    assert.equal(unknown.code, 1);
    await lathe().stop();
    const rebuilt = await lathe().run(['rebuild', 'analytics.counters']);
    assert.equal(rebuilt.code, 0, rebuilt.output);
    await lathe().start();
    assert.equal(await count(), before);
  });

  test('an unknown command says so', async () => {
    const { code, output } = await lathe().run(['frobnicate']);
    assert.equal(code, 2);
    assert.match(output, /no command 'frobnicate'/);
    expectProblem(await lathe().api.get('/admin/nothing'), 404, 'common.no_such_path');
  });

  /** In a folder that is there, since the data directory must not be. */
  function runRestore(copy: Lathe, source: string): Promise<{ code: number; output: string }> {
    return lathe().run(['restore', source], {
      LATHE_DATA_DIR: copy.data,
      ...(copy.database ? { LATHE_DATABASE_URL: copy.database.url } : {}),
    });
  }
});

/** Addresses carry the origin of the instance that wrote them. */
function withOrigin(picture: Json, from: Lathe, to: Lathe): Json {
  return JSON.parse(JSON.stringify(picture).replaceAll(from.origin, to.origin));
}
